"""Alembic's scripts: each revision runs in one transaction; no revision ever goes back."""
