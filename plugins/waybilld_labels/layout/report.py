"""What a person should know of a drawn page: collected while drawing, said once for the whole page."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from waybilld_labels.fonts.glyphs import missing
from waybilld_labels.page.box import Box
from waybilld_sdk.labels import Finding

_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\U00010800-\U00010fff\U0001e800-\U0001efff]")
"""Hebrew, Arabic and their neighbours: Unicode 15, DerivedBidiClass, the default ranges of R and AL."""


@dataclass(frozen=True, slots=True)
class DrawnSymbol:
    """A bar code on the page. `bars` is its box in dots, `quiet` the dots of white it needs (beside, above and below),
    `dots` the width of a module; `turned` says that it was drawn upright on paper of its own, which the boxes count from.
    """

    name: str
    data: str
    bars: Box
    quiet: tuple[int, int]
    dots: int
    linear: bool
    turned: bool


@dataclass(slots=True)
class Report:
    """Names of cells whose words were shortened, that hold right-to-left text, or characters that the font lacks, these with
    their number; and names of fields that characters were removed from before anything was drawn.

    Names, never the words: they may be part of a person's name or address.
    """

    shortened: dict[str, None] = field(default_factory=dict)
    lacking: dict[str, int] = field(default_factory=dict)
    leftward: dict[str, None] = field(default_factory=dict)
    removed: dict[str, int] = field(default_factory=dict)
    others: dict[Finding, None] = field(default_factory=dict)
    symbols: list[DrawnSymbol] = field(default_factory=list)

    def drawn(self, name: str, text: str) -> None:
        """Note the characters of a drawn text that the font has no glyph for."""
        count = missing(text)
        if count:
            self.lacking[name] = self.lacking.get(name, 0) + count
            # The font has no script that runs from right to left, so that such text is always among what is lacking.
            if _RIGHT_TO_LEFT.search(text):
                self.leftward[name] = None

    def add(self, other: Report) -> None:
        """Take in what was noted while a layer below was drawn."""
        self.shortened.update(other.shortened)
        for name, count in other.lacking.items():
            self.lacking[name] = self.lacking.get(name, 0) + count
        self.leftward.update(other.leftward)
        self.others.update(other.others)
        self.symbols += other.symbols

    def findings(self) -> tuple[Finding, ...]:
        """One finding of each kind."""
        found = list(self.others)
        if self.lacking:
            count = sum(self.lacking.values())
            found.append(
                Finding(
                    "missing-glyph",
                    f"{count} character{'s' if count > 1 else ''} of {_places(self.lacking)} "
                    f"{'are' if count > 1 else 'is'} not in the label font and drawn as a crossed box: "
                    "compare the label with the order before the parcel leaves",
                )
            )
        if self.removed:
            count = sum(self.removed.values())
            found.append(
                Finding(
                    "characters-removed",
                    f"{count} character{'s' if count > 1 else ''} of {_places(self.removed)} "
                    f"{'were' if count > 1 else 'was'} left out, because no label can show them (control characters, broken "
                    "characters, heaped accents, text beyond all measure): compare the label with the order before the "
                    "parcel leaves",
                )
            )
        if self.leftward:
            found.append(
                Finding(
                    "right-to-left",
                    f"{_places(self.leftward)} holds text that runs from right to left, which the label cannot set: "
                    "write the address by hand, or ask the buyer for it in another script",
                )
            )
        if self.shortened:
            found.append(
                Finding(
                    "text-shortened",
                    f"the label has no room for all of: {_places(self.shortened)}; the order shows the whole text",
                )
            )
        return tuple(found)


def _places(names: dict[str, int] | dict[str, None]) -> str:
    return ", ".join(sorted(names))
