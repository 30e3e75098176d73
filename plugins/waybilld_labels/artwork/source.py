"""Whose file is laid out, in the words of what is said about it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Source:
    """`whose` stands before "PDF", "label" or "picture", `ask` before what would help, `again` for the whole file anew."""

    whose: str
    ask: str
    again: str


CARRIER = Source("the carrier's", "ask the carrier for", "fetch the label again")
SHEET = Source("the sheet's", "make", "make the file anew")
"""A card or an invoice that the shop put into its print set."""
