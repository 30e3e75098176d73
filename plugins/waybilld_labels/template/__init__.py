"""Templates as data: read, checked, chosen."""
