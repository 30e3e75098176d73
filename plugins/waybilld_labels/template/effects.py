"""Options that change nothing where they stand: whoever wrote them meant something, and the label would not show it."""

from __future__ import annotations

from collections.abc import Iterator

from waybilld_labels.template.model import AnyCell, Barcode, Cell, ColumnOf, Fragment, Place, RowOf, Table, Template, Text
from waybilld_sdk.files.explain import Finding
from waybilld_sdk.files.words import KeyPath


def idle(value: Template | Fragment) -> Iterator[Finding]:
    """Every option of a template or fragment that certainly has no effect."""
    if isinstance(value, Template):
        for key in ("width", "height", "at"):
            if getattr(value.layout, key) is not None:
                yield Finding(
                    ("layout", key), "has no effect at the top, which fills the media inside its margin", at_key=True
                )
    yield from _inside(value.layout, ("layout",), ground=False)


def _inside(cell: AnyCell, path: KeyPath, *, ground: bool) -> Iterator[Finding]:
    ground = ground or cell.fill
    yield from _own(cell, path, ground=ground)
    if isinstance(cell, ColumnOf | RowOf | Place):
        key = "column" if isinstance(cell, ColumnOf) else "row" if isinstance(cell, RowOf) else "place"
        for at, part in enumerate(getattr(cell, key)):
            yield from _held(part, (*path, key, at), key)
            yield from _inside(part, (*path, key, at), ground=ground)


def _held(cell: Cell, path: KeyPath, key: str) -> Iterator[Finding]:
    """What a cell says of its place that the cell around it decides."""
    if key == "column" and cell.width is not None:
        yield Finding(
            (*path, "width"), "has no effect in a column, whose cells are all as wide as it: use pad, or a row", at_key=True
        )
    if key == "row" and cell.height is not None:
        yield Finding(
            (*path, "height"), "has no effect in a row, whose cells are all as high as it: set the row's height", at_key=True
        )
    if key == "place" and cell.at is None:
        yield Finding(path, "a cell of a `place` needs `at: [left, top]` in mm")
    if key != "place" and cell.at is not None:
        yield Finding(
            (*path, "at"),
            "has no effect outside a `place`: use width or height, or put the cell into a `place`",
            at_key=True,
        )


def _own(cell: AnyCell, path: KeyPath, *, ground: bool) -> Iterator[Finding]:
    if isinstance(cell, Text):
        if cell.inverse and ground:
            yield Finding(
                (*path, "inverse"),
                "stands on ink already (`fill`), so that the words could not be seen: drop one",
                at_key=True,
            )
        if not isinstance(cell.text, str):
            for key in sorted({"size", "weight"} & cell.model_fields_set):
                yield Finding(
                    (*path, key), "has no effect beside a list of paragraphs: write it in each of them", at_key=True
                )
        sizes = [cell.size] if isinstance(cell.text, str) else [part.size for part in cell.text]
        yield from _smallest(cell.smallest, min(sizes), path)
    elif isinstance(cell, Table):
        yield from _smallest(cell.smallest, cell.size, path)
    elif isinstance(cell, Barcode) and cell.fill and not cell.pad and not cell.border:
        yield Finding((*path, "fill"), "has no effect without `pad`: a bar code stands on white", at_key=True)


def _smallest(smallest: float | None, size: float, path: KeyPath) -> Iterator[Finding]:
    if smallest is not None and smallest > size:
        yield Finding((*path, "smallest"), f"is above the size of {size:g} mm, so that nothing can shrink")
