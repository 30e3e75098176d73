"""Policies as pure functions over values: which orders may ship, from where, by whom."""
