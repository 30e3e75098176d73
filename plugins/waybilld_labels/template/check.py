"""What a template's model cannot say: names in expressions, fragments and pictures that exist, cells where they belong."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from waybilld_labels.page.picture import Unreadable, ink_of
from waybilld_labels.template.effects import idle
from waybilld_labels.template.expressions import BadExpression, compile_condition, compile_words
from waybilld_labels.template.model import (
    AnyCell,
    Artwork,
    Barcode,
    ColumnOf,
    Fragment,
    Image,
    Include,
    Place,
    RowOf,
    Table,
    Template,
    Text,
)
from waybilld_labels.template.scope import LABEL, MORE, TABLE
from waybilld_sdk.files.explain import Finding
from waybilld_sdk.files.marks import Document
from waybilld_sdk.files.words import KeyPath, did_you_mean, quoted

_LOOKED_AT = 400
"""Dots across at which a picture is tried: 50 mm at 203 dpi."""

_DEEPEST = 8
"""Fragments inside fragments."""


@dataclass(frozen=True, slots=True)
class Source:
    """One file that was read and understood. `shown` is how mistakes name it, `folder` where its pictures lie, `text` what
    stands in it."""

    name: str
    shown: str
    folder: Path
    document: Document
    value: Template | Fragment
    text: str = ""


@dataclass(frozen=True, slots=True)
class Inside(Finding):
    """A finding within a text: so many characters from its beginning."""

    offset: int = 0


def problems(source: Source, sources: Mapping[str, Source]) -> Iterator[Finding]:
    """Everything that is wrong with a template or fragment among its fellows."""
    value = source.value
    key, name = ("template", value.template) if isinstance(value, Template) else ("fragment", value.fragment)
    if name != source.name:
        yield Finding((key,), f"must be the file's name without its ending, {source.name!r}")
    yield from idle(value)
    cells = list(walk(value.layout, ("layout",)))
    for path, cell in cells:
        yield from _cell(path, cell, source, sources)
    if isinstance(value, Template):
        yield from _template(value, [(path, cell) for path, cell in cells if isinstance(cell, Artwork | Table)])


def walk(cell: AnyCell, path: KeyPath) -> Iterator[tuple[KeyPath, AnyCell]]:
    """A cell and all that it holds, each with its path in the file."""
    yield path, cell
    if isinstance(cell, ColumnOf | RowOf | Place):
        key = "column" if isinstance(cell, ColumnOf) else "row" if isinstance(cell, RowOf) else "place"
        for at, part in enumerate(getattr(cell, key)):
            yield from walk(part, (*path, key, at))


def _template(value: Template, special: list[tuple[KeyPath, AnyCell]]) -> Iterator[Finding]:
    if not 0 < value.scale[0] <= 1 <= value.scale[1] <= 10:
        yield Finding(("scale",), "must be two factors, the first at most 1 and the second at least 1, such as [0.9, 1.2]")
    if min(value.media) < 10:
        yield Finding(("media",), "must be at least 10 mm wide and high")
    artworks = [path for path, cell in special if isinstance(cell, Artwork)]
    if value.for_artwork and len(artworks) != 1:
        yield Finding(("for_artwork",), f"needs one cell `artwork: whole`, and the template has {len(artworks)}")
    if artworks and not value.for_artwork:
        yield Finding(artworks[0], "an artwork cell needs `for_artwork: true` at the top of the template")
    running = [path for path, cell in special if isinstance(cell, Table) and cell.overflow == "next-page"]
    for path in running[1:]:
        yield Finding((*path, "overflow"), "only one table of a template can go on on the next page")


def _cell(path: KeyPath, cell: AnyCell, source: Source, sources: Mapping[str, Source]) -> Iterator[Finding]:
    if cell.when is not None:
        yield from _tried((*path, "when"), cell.when, lambda said: compile_condition(said, LABEL))
    if isinstance(cell, Text):
        yield from _text(path, cell)
    elif isinstance(cell, Barcode):
        yield from _tried((*path, "barcode"), cell.barcode, lambda said: compile_words(said, LABEL))
        if cell.module[0] > cell.module[1]:
            yield Finding((*path, "module"), "must be two lengths in mm, the narrowest first")
    elif isinstance(cell, Table):
        for at, column in enumerate(cell.columns):
            yield from _tried((*path, "columns", at, "value"), column.value, lambda said: compile_words(said, TABLE))
            if column.when is not None:
                yield from _tried((*path, "columns", at, "when"), column.when, lambda said: compile_condition(said, LABEL))
        yield from _tried((*path, "more"), cell.more, lambda said: compile_words(said, MORE))
    elif isinstance(cell, Image):
        yield from _picture((*path, "image"), cell, source)
    elif isinstance(cell, Include):
        yield from _include((*path, "include"), cell.include, source, sources)


def _text(path: KeyPath, cell: Text) -> Iterator[Finding]:
    if isinstance(cell.text, str):
        yield from _tried((*path, "text"), cell.text, lambda said: compile_words(said, LABEL))
        sizes = [cell.size]
    else:
        sizes = [part.size for part in cell.text]
        for at, part in enumerate(cell.text):
            yield from _tried((*path, "text", at, "say"), part.say, lambda said: compile_words(said, LABEL))
            if part.when is not None:
                yield from _tried((*path, "text", at, "when"), part.when, lambda said: compile_condition(said, LABEL))
    if cell.largest is not None and cell.largest < max(sizes):
        yield Finding((*path, "largest"), f"is under the size of {max(sizes):g} mm that the text has anyway")


def _tried(path: KeyPath, said: str, compiled: Callable[[str], object]) -> Iterator[Finding]:
    try:
        compiled(said)
    except BadExpression as error:
        yield Inside(path, str(error), offset=error.offset)


def _picture(path: KeyPath, cell: Image, source: Source) -> Iterator[Finding]:
    if Path(cell.image).name != cell.image:
        yield Finding(path, "must be the name of a file in the template's own folder")
        return
    try:
        shown = ink_of((source.folder / cell.image).read_bytes(), (_LOOKED_AT, _LOOKED_AT), dither=cell.dither)
    except OSError as error:
        yield Finding(path, f"the picture {cell.image} cannot be read: {error.strerror}")
    except Unreadable as error:
        yield Finding(path, f"the picture {cell.image} cannot be used: {error}")
    else:
        if shown.getbbox() is None:
            yield Finding(
                path, f"the picture {cell.image} is so pale that nothing of it is printed: darken it, or use dither"
            )


def _include(path: KeyPath, name: str, source: Source, sources: Mapping[str, Source]) -> Iterator[Finding]:
    fragments = {known: found.value for known, found in sources.items() if isinstance(found.value, Fragment)}
    if name not in fragments:
        if name in sources:
            yield Finding(path, f"{name} is a template, and only fragments can be included")
            return
        near = did_you_mean(name, fragments) or f": known are {', '.join(sorted(fragments))}"
        yield Finding(path, f"there is no fragment {quoted(name)}{near}")
        return
    chain = _chain([source.name, name], fragments)
    if len(chain) > _DEEPEST and chain[-1] not in chain[:-1]:
        yield Finding(path, f"fragments stand more than {_DEEPEST} deep in each other")
    elif chain[-1] == source.name == min(chain):
        # Told once, in the first file of the circle; the others stand in the sentence.
        yield Finding(path, f"goes round in a circle: {' includes '.join(chain)}")


def _chain(names: list[str], fragments: Mapping[str, Fragment]) -> list[str]:
    """The includes that start with `names`: until one comes again, as deep as is allowed and one more, or the deepest."""
    if names[-1] in names[:-1] or len(names) > _DEEPEST:
        return names
    inner = [cell.include for _, cell in walk(fragments[names[-1]].layout, ()) if isinstance(cell, Include)]
    found = [_chain([*names, one], fragments) for one in dict.fromkeys(inner) if one in fragments]
    circles = [chain for chain in found if chain[-1] == names[0]]
    return max(circles or found or [names], key=len)
