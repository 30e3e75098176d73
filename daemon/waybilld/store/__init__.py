"""Persistence: SQLite with one writer thread, group commit, a hash-chained journal, and sealed private rows.

Verbs take a transaction and know no dialect; statements are SQLAlchemy Core, compiled once, run as text.
"""
