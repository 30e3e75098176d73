"""Label printers: transports, status probes, profiles, and a virtual device to try them against."""
