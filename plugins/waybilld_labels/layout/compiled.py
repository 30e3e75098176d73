"""A template made ready for drawing: its expressions compiled, and known which cells are the same on label after label."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from PIL import Image as Pictures

from waybilld_labels.fonts.faces import Weight
from waybilld_labels.page.box import Box
from waybilld_labels.page.picture import ink_of
from waybilld_labels.template.check import walk
from waybilld_labels.template.expressions import Condition, Words, compile_condition, compile_words
from waybilld_labels.template.library import Ready
from waybilld_labels.template.model import AnyCell, Barcode, Cell, Image, Table, Template, Text
from waybilld_labels.template.scope import LABEL, MORE, TABLE
from waybilld_sdk.files.words import dotted, quoted

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
    column_whens: tuple[Condition | None, ...] = ()
    more: Words | None = None
    repeating: bool = True


class Compiled:
    """A template with everything compiled. Cells are found by identity: get it once and keep it."""

    def __init__(self, ready: Ready) -> None:
        self.ready = ready
        self.template: Template = ready.template
        placed = [(dotted(path), cell) for path, cell in walk(self.template.layout, ("layout",))]
        cells = [cell for _, cell in placed]
        of = f"the template {ready.name}, "
        self.conditions: tuple[tuple[Cell, Condition], ...] = tuple(
            (cell, compile_condition(cell.when, LABEL, of + path)) for path, cell in placed if cell.when is not None
        )
        self._when = {id(cell): at for at, (cell, _) in enumerate(self.conditions)}
        self._leaves = {id(cell): _leaf(cell, path, of + path) for path, cell in placed}
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

    def shown(self, cells: Iterable[Cell]) -> frozenset[str]:
        """The first names of the fields whose words stand in these cells; what only decides whether they do is not among
        them."""
        words = [words for cell in cells for words in _words(self._leaves[id(cell)])]
        return frozenset().union(*[found.names for found in words])

    def picture(self, cell: Image, box: Box) -> Pictures.Image:
        """The picture of an image cell for a box; ones are ink. The layer that it is drawn on keeps it."""
        return ink_of(self.ready.images[cell.image], (box.width, box.height), dither=cell.dither)

    def condition(self, cell: Cell) -> int | None:
        """Which of `conditions` is the cell's; None where it has none."""
        return self._when.get(id(cell))


def _leaf(cell: AnyCell, path: str, where: str) -> Leaf:
    if isinstance(cell, Text):
        return _named(Leaf(cell.name, paragraphs=tuple(_paragraphs(cell, where))), path)
    if isinstance(cell, Barcode):
        return _named(Leaf(cell.name, data=compile_words(cell.barcode, LABEL, where)), path)
    if isinstance(cell, Table):
        columns = tuple(compile_words(column.value, TABLE, where) for column in cell.columns)
        whens = tuple(
            compile_condition(column.when, LABEL, where) if column.when is not None else None for column in cell.columns
        )
        more = compile_words(cell.more, MORE, where)
        return Leaf(cell.name or "goods", columns=columns, column_whens=whens, more=more, repeating=False)
    return Leaf(cell.name or path)


def _paragraphs(cell: Text, where: str) -> Iterator[Paragraph]:
    if isinstance(cell.text, str):
        words = compile_words(cell.text, LABEL, where)
        yield Paragraph(words, Weight(cell.weight), cell.size, beside=False, when=None)
        return
    for part in cell.text:
        when = compile_condition(part.when, LABEL, where) if part.when is not None else None
        yield Paragraph(compile_words(part.say, LABEL, where), Weight(part.weight), part.size, part.beside, when)


def _named(leaf: Leaf, path: str) -> Leaf:
    """The leaf with a name that a person finds: its own, else the fields that it shows, else its words and its path."""
    used = frozenset().union(*_names(leaf))
    name = leaf.name or ", ".join(sorted(used)) or _by_words(leaf, path)
    return replace(leaf, name=name, repeating=used <= REPEATING)


def _by_words(leaf: Leaf, path: str) -> str:
    words = next((p.words.constant for p in leaf.paragraphs if p.words.constant), "")
    return f"{quoted(words[:_NAME_CHARACTERS])} ({path})" if words else path


_NAME_CHARACTERS = 24


def _names(leaf: Leaf) -> list[frozenset[str]]:
    whens = [*(p.when for p in leaf.paragraphs), *leaf.column_whens]
    return [found.names for found in (*_words(leaf), *whens) if found is not None]


def _words(leaf: Leaf) -> list[Words]:
    found = [leaf.data, leaf.more, *leaf.columns, *(p.words for p in leaf.paragraphs)]
    return [words for words in found if words is not None]
