"""A drop folder as a marketplace: order exports go in as CSV, shipment confirmations come out as CSV."""
