"""Plugins, and everything that the daemon lends them."""
