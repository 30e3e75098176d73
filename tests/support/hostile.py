"""What somebody might type into a name, an address or a message: commands of every printer language, text that breaks text.

Each string is one idea. They stand in `hostile.json` by whose trick they are; what is only long is made here. Sources of the
commands: the manuals that the encoders name, and the reference manuals of PJL and SGD.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Hostile:
    """One string; `family` is whose trick it is."""

    family: str
    text: str


_LONG = (
    "A" * 100_000,
    "字" * 100_000,
    " " * 100_000,
    "a " * 50_000,
    "^XZ" * 30_000,
    "\u0301" * 50_000,
    "W" * 200,
    "i" * 500,
    "示范路18号" * 60,
    "-" * 300,
    "1" * 300,
    "." * 300,
    "（" * 200,
    "）" * 200,
    "https://example.com/" + "a" * 300,
    "*" * 40,
)

HOSTILE: tuple[Hostile, ...] = (
    *(
        Hostile(family, text)
        for family, texts in json.loads(Path(__file__).with_name("hostile.json").read_text("ascii")).items()
        for text in texts
    ),
    *(Hostile("long", text) for text in _LONG),
)
