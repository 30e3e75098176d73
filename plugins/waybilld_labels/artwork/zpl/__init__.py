"""Carriers' labels that come as ZPL: read strictly, let through by an allow-list, and written anew for our own document."""
