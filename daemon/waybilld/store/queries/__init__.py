"""Readings for people and programs outside: verbs `fn(run, …)` that give plain values ready for JSON.

The daemon runs them on its reading thread, the command line without a daemon on a connection of its own. Personal data
leaves here only as a masked name, and only where the caller holds the seal.
"""
