"""HTTP: one route table for the Unix socket and, once people can log in, for TCP; metrics and health on TCP."""
