"""A template and the fields of a label laid out in dots."""
