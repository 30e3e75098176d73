"""Sheets that somebody else made: which file is printed for an order.

The order's number comes from outside. It may name a file in the folder that the configuration names, and nothing else.
"""

from __future__ import annotations

import re
from pathlib import PurePath

MEDIA_TYPES = {".pdf": "application/pdf", ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg"}
"""What a file holds, by the ending of its name."""

_PLACEHOLDER = re.compile(r"\{[^{}]*\}")
_ORDER = "{order}"
_PLAIN = re.compile(r"[^/\\\x00-\x1f\x7f]{1,200}")


class UnusableName(ValueError):
    """An order number that cannot be part of a file's name; the message says why."""


def unknown_placeholders(pattern: str) -> tuple[str, ...]:
    """What stands in braces in a path and is not `{order}`."""
    return tuple(found for found in _PLACEHOLDER.findall(pattern) if found != _ORDER)


def has_stray_brace(pattern: str) -> bool:
    """Whether a brace stands without its partner, as in `{order.pdf`."""
    return bool(re.search(r"[{}]", _PLACEHOLDER.sub("", pattern)))


def per_order(pattern: str) -> bool:
    """Whether each order has a file of its own."""
    return _ORDER in pattern


def folder_of(pattern: str) -> str:
    """The folder in which the orders' own files stand: everything before the first part that the order's number decides."""
    parts = PurePath(pattern).parts
    fixed = next(at for at, part in enumerate(parts) if _ORDER in part)
    return str(PurePath(*parts[:fixed]))


def path_of(pattern: str, order: str) -> str:
    """The file of an order. Raises `UnusableName` where the order's number would lead anywhere but to one file's name."""
    if not per_order(pattern):
        return pattern
    if not _PLAIN.fullmatch(order) or not order.isprintable() or order.startswith(".") or order != order.strip():
        raise UnusableName(f"the order number {order[:40]!r} cannot be part of a file's name")
    return str(PurePath(*(part.replace(_ORDER, order) for part in PurePath(pattern).parts)))
