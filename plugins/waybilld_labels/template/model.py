"""What a template may say. Field descriptions become the JSON Schema and `docs/reference/templates.md`.

A template is a tree of cells. A `column` shares its height among its cells, a `row` its width; `place` puts cells at
measured spots. A cell whose `when` is false is not there, and its room goes to those that grow. Lengths are millimetres.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from waybilld_sdk.settings import Settings

Expression = Annotated[str, Field(min_length=1, max_length=500, json_schema_extra={"format": "jinja-expression"})]
"""A Jinja2 expression over the label's fields, such as `copy > 1`."""

Words = Annotated[str, Field(max_length=4000)]
"""Text in which `{{ expression }}` stands for a value."""

Mm = Annotated[float, Field(ge=0, le=500)]
Size = Annotated[float, Field(ge=1, le=100)]
Align = Literal["left", "center", "right"]
VerticalAlign = Literal["top", "middle", "bottom"]
Rotation = Literal[0, 90, 180, 270]
Overflow = Literal["shorten", "hold"]
Pair = Annotated[tuple[Mm, Mm], Field(strict=False)]


class Border(Settings):
    """Thickness of each edge in mm, drawn inwards; 0 for none."""

    top: Mm = 0.0
    right: Mm = 0.0
    bottom: Mm = 0.0
    left: Mm = 0.0


class Cell(Settings):
    """What every cell may say."""

    name: str = Field(default="", max_length=60, description="How findings call this cell; empty: what it shows.")
    when: Expression | None = Field(default=None, description="The cell is there only where this expression is true.")
    width: Mm | None = Field(default=None, description="Width in mm inside a row or place; without it the cell grows.")
    height: Mm | None = Field(default=None, description="Height in mm inside a column or place; without it the cell grows.")
    exact: bool = Field(default=False, description="Width and height do not scale with the media.")
    grow: Annotated[float, Field(gt=0, le=100)] = Field(
        default=1.0, description="Share of the spare room, against other cells."
    )
    at: Pair | None = Field(default=None, description="Left and top in mm; needed inside a `place`, and only there.")
    pad: Mm | Pair = Field(default=0.0, description="Room inside the edges: mm, or [across, down].")
    border: Mm | Border = Field(default=0.0, description="Lines at the edges: mm for all four, or each edge by name.")
    fill: bool = Field(default=False, description="Ink as ground; text on it is white.")


class Paragraph(Settings):
    """One paragraph of a text cell."""

    say: Words = Field(description="The words; `{{ expression }}` stands for a value. Nothing to say takes no room.")
    size: Size = Field(default=3.0, description="Height of the em box in mm.")
    weight: Literal["regular", "bold"] = "regular"
    beside: bool = Field(default=False, description="On the line of the paragraph before, where both fit.")
    when: Expression | None = Field(default=None, description="The paragraph is there only where this is true.")


class Text(Cell):
    """Words that wrap, shrink together, and never vanish silently."""

    text: Words | Annotated[tuple[Paragraph, ...], Field(min_length=1, max_length=50, strict=False)] = Field(
        description="The words, or a list of paragraphs that shrink together."
    )
    size: Size = Field(default=3.0, description="Height of the em box in mm, where `text` is words.")
    smallest: Size | None = Field(default=None, description="Shrink down to this size in mm (true mm on any media) to fit.")
    largest: Size | None = Field(default=None, description="Grow up to this size in mm where there is room.")
    lines: Annotated[int, Field(ge=0, le=200)] = Field(
        default=1, description="Most lines of a paragraph; 0: as many as the cell has room for."
    )
    weight: Literal["regular", "bold"] = "regular"
    align: Align = "left"
    vertical: VerticalAlign = "middle"
    inverse: bool = Field(default=False, description="White on ink, the ground only as wide as the words.")
    rotate: Rotation = Field(default=0, description="Degrees clockwise.")
    leading: Annotated[float, Field(ge=1, le=3)] = Field(default=1.2, description="Line to line, in sizes.")
    overflow: Overflow = Field(
        default="shorten",
        description="What does not fit: `shorten` ends with … and is reported, `hold` keeps the label from printing.",
    )


class Barcode(Cell):
    """A symbol at whole dots per module, with its quiet zones."""

    barcode: Words = Field(description="The data; `{{ expression }}` stands for a value.")
    symbology: Literal["code128", "gs1-128", "sscc", "qr", "datamatrix", "pdf417"] = "code128"
    module: Annotated[tuple[Mm, Mm], Field(strict=False)] = Field(
        default=(0.25, 0.51),
        description="Narrowest and widest module in mm; the widest between them that fits is taken. A QR code that shall "
        "fill its cell needs a wider one, such as `[0.25, 1]`.",
    )
    bars: Mm | None = Field(default=None, description="Most height of the bars in true mm; without it they fill the cell.")
    caption: Literal["none", "plain", "grouped"] = Field(
        default="none", description="The data below, as it is or in groups."
    )
    caption_size: Size = 3.0
    align: Align = "center"
    vertical: VerticalAlign = "middle"
    rotate: Rotation = 0


class Image(Cell):
    """A picture from a file beside the template, as pure black and white."""

    image: str = Field(
        min_length=1, max_length=200, description="File name, relative to the template's folder: PNG or JPEG."
    )
    align: Align = "center"
    vertical: VerticalAlign = "middle"
    dither: bool = Field(default=False, description="Grey as dots; else every pixel is black or white by its brightness.")


class Line(Cell):
    """A rule through the whole cell: across in a column, down in a row."""

    line: Annotated[float, Field(gt=0, le=20)] = Field(description="Thickness in mm.")


class Blank(Cell):
    """Nothing but its ground and border."""

    box: None = Field(description="Always empty (`box:`): the cell's own `fill` and `border` draw it.")


class Column(Settings):
    """One column of a table."""

    value: Words = Field(description="The words; the row is `line`.")
    head: str = Field(default="", max_length=100, description="Heading, repeated on every page.")
    width: Mm | None = Field(default=None, description="Width in mm; without it the column grows.")
    grow: Annotated[float, Field(gt=0, le=100)] = 1.0
    align: Align = "left"
    weight: Literal["regular", "bold"] = "regular"
    lines: Annotated[int, Field(ge=1, le=20)] = Field(default=1, description="Most lines of one row.")
    when: Expression | None = Field(
        default=None, description="The column is there only where this is true of the label; its room goes to the others."
    )


class Table(Cell):
    """One row for each line of goods."""

    table: Literal["lines"] = Field(description="What the rows are: `lines`, the goods.")
    columns: Annotated[tuple[Column, ...], Field(min_length=1, max_length=12, strict=False)]
    size: Size = 3.0
    smallest: Size | None = Field(default=None, description="A value shrinks down to this before it is shortened.")
    gap: Mm = Field(default=1.2, description="Room between columns in mm.")
    rule: Mm = Field(default=0.0, description="Thickness of the line below each row.")
    overflow: Literal["count", "next-page", "hold"] = Field(
        default="count",
        description="Rows without room: `count` says how many are left out and reports it, `next-page` goes on there, "
        "`hold` keeps the label from printing.",
    )
    more: Words = Field(default="+ {{ left_out }}", description="What the last row says where rows are left out.")


class Include(Cell):
    """Another template's cells in this place."""

    include: str = Field(min_length=1, description="Name of a fragment.")


class Artwork(Cell):
    """Where the carrier's own label is laid."""

    artwork: Literal["whole"] = Field(description="Always `whole`: every dot of the carrier's label is kept.")


class ColumnOf(Cell):
    """Cells one below the other."""

    column: Annotated[tuple[AnyCell, ...], Field(strict=False)]


class RowOf(Cell):
    """Cells side by side."""

    row: Annotated[tuple[AnyCell, ...], Field(strict=False)]


class Place(Cell):
    """Cells at measured spots, later ones over earlier ones."""

    place: Annotated[tuple[AnyCell, ...], Field(strict=False)]


KINDS = ("text", "barcode", "image", "line", "box", "table", "include", "artwork", "column", "row", "place")
"""The keys of which every cell has exactly one: what it is."""


def kind_of(value: Any) -> str | None:
    """The kind of a cell by its key, None where it has none or several."""
    keys = value if isinstance(value, dict) else type(value).model_fields if isinstance(value, Cell) else ()
    found = [kind for kind in KINDS if kind in keys]
    return found[0] if len(found) == 1 else None


AnyCell = Annotated[
    Annotated[Text, Tag("text")]
    | Annotated[Barcode, Tag("barcode")]
    | Annotated[Image, Tag("image")]
    | Annotated[Line, Tag("line")]
    | Annotated[Blank, Tag("box")]
    | Annotated[Table, Tag("table")]
    | Annotated[Include, Tag("include")]
    | Annotated[Artwork, Tag("artwork")]
    | Annotated[ColumnOf, Tag("column")]
    | Annotated[RowOf, Tag("row")]
    | Annotated[Place, Tag("place")],
    Discriminator(kind_of),
]

for _container in (ColumnOf, RowOf, Place):
    _container.model_rebuild()

TemplateName = Annotated[str, Field(pattern=r"^[a-z0-9]+(?:-[a-z0-9]+)*$", max_length=60)]


class Template(Settings):
    """One template file."""

    template: TemplateName = Field(description="Its name, the same as the file's.")
    about: str = Field(min_length=1, max_length=200, description="One line for lists.")
    kind: Literal[
        "waybill", "slip", "pick", "form", "card", "invoice", "separator", "test", "run", "pack", "pack-strip"
    ] = Field(description="What it is for; the print set asks by kind.")
    media: Annotated[tuple[Mm, Mm], Field(strict=False)] = Field(
        description="Width and height in mm that it is designed for."
    )
    scale: Annotated[tuple[float, float], Field(strict=False)] = Field(
        default=(1.0, 1.0),
        description="How far its lengths may shrink and grow for other media, as factors. Media smaller than the first "
        "allows are refused; on media larger than the second the cells that grow take the room.",
    )
    margin: Mm | Pair = Field(
        default=2.0, description="Room at the media's edges where nothing is drawn: mm, or [across, down]."
    )
    for_artwork: bool = Field(default=False, description="For labels that the carrier drew: it has an `artwork` cell.")
    layout: AnyCell


class Fragment(Settings):
    """A file whose cells other templates include."""

    fragment: TemplateName = Field(description="Its name, the same as the file's.")
    about: str = Field(default="", max_length=200, description="One line for lists.")
    layout: AnyCell
