"""A template made ready for drawing: its expressions compiled, and known which cells are the same on label after label."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from PIL import Image as Pictures

from waybilld_labels.fonts.faces import Weight
from waybilld_labels.page.box import Box
from waybilld_labels.page.picture import ink_of
from waybilld_labels.template.expressions import Condition, Words, compile_condition, compile_words
from waybilld_labels.template.library import Ready
from waybilld_labels.template.model import AnyCell, Barcode, Cell, ColumnOf, Image, Place, RowOf, Table, Template, Text
from waybilld_labels.template.scope import LABEL, MORE, TABLE

REPEATING = frozenset({"kind", "carrier", "account", "service", "sender", "shop", "mode", "texts", "media", "batch"})
"""Fields that are the same for many labels in a row: what only these decide is drawn once and kept."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of a text cell with its words compiled; `size_mm` is its em."""

    words: Words
    weight: Weight
    size_mm: float
    beside: bool
    when: Condition | None


@dataclass(frozen=True, slots=True)
class Leaf:
    """What a cell shows, compiled. `repeating`: it looks the same as long as the fields of `REPEATING` do."""

    name: str
    paragraphs: tuple[Paragraph, ...] = ()
    data: Words | None = None
    columns: tuple[Words, ...] = ()
    more: Words | None = None
    repeating: bool = True


class Compiled:
    """A template with everything compiled. Cells are found by identity: get it once and keep it."""

    def __init__(self, ready: Ready) -> None:
        self.ready = ready
        self.template: Template = ready.template
        cells = list(_cells(self.template.layout))
        self.conditions: tuple[tuple[Cell, Condition], ...] = tuple(
            (cell, compile_condition(cell.when, LABEL)) for cell in cells if cell.when is not None
        )
        self._when = {id(cell): at for at, (cell, _) in enumerate(self.conditions)}
        self._leaves = {id(cell): _leaf(cell) for cell in cells}
        names = [c.names for _, c in self.conditions] + [n for leaf in self._leaves.values() for n in _names(leaf)]
        if any(isinstance(cell, Table) for cell in cells):
            names.append(frozenset({"lines", "shown_lines"}))
        self.names: frozenset[str] = frozenset().union(*names)
        """Every field that the template asks for, by its first name."""
        self.repeating: tuple[str, ...] = tuple(sorted(self.names & REPEATING))
        self.pages = any(isinstance(cell, Table) and cell.overflow == "next-page" for cell in cells)

    def leaf(self, cell: Cell) -> Leaf:
        """What a cell shows."""
        return self._leaves[id(cell)]

    def picture(self, cell: Image, box: Box) -> Pictures.Image:
        """The picture of an image cell for a box; ones are ink. The layer that it is drawn on keeps it."""
        return ink_of(self.ready.images[cell.image], (box.width, box.height), dither=cell.dither)

    def condition(self, cell: Cell) -> int | None:
        """Which of `conditions` is the cell's; None where it has none."""
        return self._when.get(id(cell))


def _cells(cell: AnyCell) -> Iterator[AnyCell]:
    yield cell
    parts = (
        cell.column
        if isinstance(cell, ColumnOf)
        else cell.row
        if isinstance(cell, RowOf)
        else cell.place
        if isinstance(cell, Place)
        else ()
    )
    for part in parts:
        yield from _cells(part)


def _leaf(cell: AnyCell) -> Leaf:
    if isinstance(cell, Text):
        paragraphs = tuple(_paragraphs(cell))
        return _named(Leaf(cell.name, paragraphs=paragraphs))
    if isinstance(cell, Barcode):
        return _named(Leaf(cell.name, data=compile_words(cell.barcode, LABEL)))
    if isinstance(cell, Table):
        columns = tuple(compile_words(column.value, TABLE) for column in cell.columns)
        return Leaf(cell.name or "goods", columns=columns, more=compile_words(cell.more, MORE), repeating=False)
    return Leaf(cell.name)


def _paragraphs(cell: Text) -> Iterator[Paragraph]:
    if isinstance(cell.text, str):
        yield Paragraph(compile_words(cell.text, LABEL), Weight(cell.weight), cell.size, beside=False, when=None)
        return
    for part in cell.text:
        when = compile_condition(part.when, LABEL) if part.when is not None else None
        yield Paragraph(compile_words(part.say, LABEL), Weight(part.weight), part.size, part.beside, when)


def _named(leaf: Leaf) -> Leaf:
    used = frozenset().union(*_names(leaf))
    name = leaf.name or ", ".join(sorted(used)) or "text"
    return Leaf(name, leaf.paragraphs, leaf.data, leaf.columns, leaf.more, repeating=used <= REPEATING)


def _names(leaf: Leaf) -> list[frozenset[str]]:
    words = [leaf.data, leaf.more, *leaf.columns, *(p.words for p in leaf.paragraphs), *(p.when for p in leaf.paragraphs)]
    return [found.names for found in words if found is not None]
