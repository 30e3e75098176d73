"""The `cups` transport: one job at a time on a queue of a CUPS server, and what the queue shows of it."""
