"""Text for terminals: tables that stay in line with Chinese text, and nothing that a terminal would obey."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

import click

from waybilld_sdk.files.words import printable

JSON_OPTION = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_GAP = "  "


def width(text: str) -> int:
    """How many columns a text takes: wide and full-width characters two, combining ones none (UAX #11)."""
    columns = 0
    for character in text:
        if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me", "Cf"):
            continue
        columns += 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1
    return columns


def table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Columns as wide as their widest cell. Cells are data: made printable here; None and empty are shown as `-`."""
    cells = [tuple(headings), *(tuple(_cell(value) for value in row) for row in rows)]
    widths = [max(width(row[column]) for row in cells) for column in range(len(headings))]
    return "\n".join(_GAP.join(map(_padded, row, widths)).rstrip() for row in cells)


def say(text: str) -> None:
    """A line of ours with data in it, made printable."""
    click.echo(printable(text))


def say_json(value: Any) -> None:
    """JSON for programs. Control characters and lone surrogates become escapes."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    # JSON escapes only what lies below U+0020; a terminal also obeys some of what lies above.
    click.echo("".join(c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] for c in text))


def when(instant: str | None) -> str:
    """An ISO 8601 instant as people read it: date, time to the second, UTC."""
    return f"{instant[:10]} {instant[11:19]}" if instant else ""


def counted(number: int, word: str) -> str:
    """So many of something: `1 label`, `2 labels`."""
    return f"{number} {word}{'' if number == 1 else 's'}"


def _cell(value: object) -> str:
    return printable(str(value)) if value not in (None, "") else "-"


def _padded(text: str, size: int) -> str:
    return text + " " * (size - width(text))
