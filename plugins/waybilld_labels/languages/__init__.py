"""Printer languages: a page in, a document out."""
