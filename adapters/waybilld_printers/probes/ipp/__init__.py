"""What IPP attributes of a queue and a job say about a label."""
