"""Pixels of one page: boxes, pen, PNG."""
