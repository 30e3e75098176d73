"""Probes: what a printer says of itself, and what may be concluded from it."""
