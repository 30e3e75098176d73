"""Sizes, places and turns of a PDF's page: whatever a file says of its boxes, the label on it comes out dot for dot."""

from __future__ import annotations

import zlib

import pytest
from PIL import Image, ImageChops

from support.hostile_artwork import page, stream
from unit.labels.artwork.pdf_maker import file_of
from waybilld_labels.artwork.pdf import grey_page
from waybilld_labels.artwork.source import CARRIER
from waybilld_sdk.errors import Hold

DOTS_PER_MM = (8.0, 11.8, 12.0)
WIDE, HIGH = 96, 136
"""The label in dots: no square, and with different ink in each corner."""
_MARKS = ((0, 0, 1, 1), (0, 130, 40, 6), (60, 0, 36, 10), (90, 40, 6, 3), (20, 60, 33, 21), (22, 50, 1, 9), (24, 50, 2, 9))


def content(left: float, bottom: float, unit: float) -> str:
    """The ink at a place, a dot `unit` points large."""
    boxes = [(left + x * unit, bottom + y * unit, w * unit, h * unit) for x, y, w, h in _MARKS]
    return "".join("{:.5f} {:.5f} {:.5f} {:.5f} re f\n".format(*box) for box in boxes)


def label(
    dots_per_mm: float, *, left: float = 0, bottom: float = 0, beyond: float = 0, rotate: int = 0, unit: float = 1
) -> bytes:
    """The label as a page whose origin is moved, whose media box goes so many points beyond its crop box, turned."""
    dot = 72 / 25.4 / dots_per_mm / unit
    right, top = left + WIDE * dot, bottom + HIGH * dot
    media = f"{left - beyond:.5f} {bottom - beyond:.5f} {right + beyond:.5f} {top + beyond:.5f}"
    crop = f"/CropBox[{left:.5f} {bottom:.5f} {right:.5f} {top:.5f}]" if beyond else ""
    turned = f"/Rotate {rotate}" if rotate else ""
    said = f"/UserUnit {unit:g}" if unit != 1 else ""
    around = f"{left - 9:.5f} {bottom - 9:.5f} 4 4 re f\n" if beyond else ""
    return page(stream((content(left, bottom, dot) + around).encode()), box=media, entries=crop + turned + said)


def expected() -> Image.Image:
    """The label's dots, drawn without any PDF."""
    image = Image.new("L", (WIDE, HIGH), 255)
    for x, y, w, h in _MARKS:
        image.paste(0, (x, HIGH - y - h, x + w, HIGH - y))
    return image


def dots(body: bytes, dots_per_mm: float) -> Image.Image:
    """The page as black and white."""
    grey, found = grey_page(body, dots_per_mm, CARRIER)
    assert found == ()
    return grey.point([0] * 128 + [255] * 128)


TURNS = {
    0: None, 90: Image.Transpose.ROTATE_270, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_90,
    -90: Image.Transpose.ROTATE_90, 450: Image.Transpose.ROTATE_270,
}  # fmt: skip


@pytest.mark.parametrize("dots_per_mm", DOTS_PER_MM)
@pytest.mark.parametrize("rotate", TURNS)
@pytest.mark.parametrize("beyond", [0.0, 20.5])
@pytest.mark.parametrize(("left", "bottom"), [(0.0, 0.0), (-123.25, -47.5), (301.7, 99.125)])
def test_boxes_and_turns_move_no_dot(dots_per_mm: float, rotate: int, beyond: float, left: float, bottom: float) -> None:
    """A carrier's tool writes the page where and how it likes; a dot that is lost at an edge is a bar that is too thin."""
    drawn = dots(label(dots_per_mm, left=left, bottom=bottom, beyond=beyond, rotate=rotate), dots_per_mm)
    turn = TURNS[rotate]
    due = expected() if turn is None else expected().transpose(turn)
    assert drawn.size == due.size
    assert ImageChops.difference(drawn, due).getbbox() is None


@pytest.mark.parametrize("unit", [2.0, 0.5, 1.25, 10.0])
@pytest.mark.parametrize("rotate", [0, 90])
def test_the_user_unit_is_obeyed(unit: float, rotate: int) -> None:
    """pdfium overlooks it: a label in units of 1/36 inch would come out at half its size, its bars too thin to read."""
    due = expected() if not rotate else expected().transpose(Image.Transpose.ROTATE_270)
    drawn = dots(label(8.0, left=-7, bottom=9, beyond=11, rotate=rotate, unit=unit), 8.0)
    assert drawn.size == due.size
    assert ImageChops.difference(drawn, due).getbbox() is None


@pytest.mark.parametrize("said", ["/User#55nit 2", "/#55serUnit 2.0", "/UserUnit 2 ", "/UserUnit +2"])
def test_the_user_unit_is_found_however_it_is_written(said: str) -> None:
    """A name may be written with escapes."""
    body = label(8.0, unit=2).replace(b"/UserUnit 2", said.encode())
    assert dots(body, 8.0).size == (WIDE, HIGH)


def test_the_user_unit_is_found_in_an_object_stream() -> None:
    """Most writers pack a page's dictionary, so that its names stand nowhere in plain bytes."""
    body = label(8.0, unit=2)
    packed = in_object_stream(body)
    assert b"UserUnit" not in packed
    assert dots(packed, 8.0).tobytes() == dots(body, 8.0).tobytes()


def in_object_stream(body: bytes) -> bytes:
    """A file of `page` with its catalog, tree and page packed into one object stream (ISO 32000-1, 7.5.7 and 7.5.8)."""
    objects = [part.split(b" obj", 1)[1] for part in body.split(b"xref\n")[0].split(b"\nendobj\n") if b" obj" in part]
    dictionaries, content_stream = objects[:3], objects[3]
    joined = b" ".join(dictionaries)
    index, at = [], 0
    for number, one in enumerate(dictionaries, 1):
        index.append(b"%d %d" % (number, at))
        at += len(one) + 1
    first = b" ".join(index) + b" "
    inner = zlib.compress(first + joined)
    head = b"<</Type/ObjStm/N 3/First %d/Filter/FlateDecode/Length %d>>stream\n" % (len(first), len(inner))
    out, starts = b"%PDF-1.7\n", []
    for number, one in ((4, content_stream), (5, head + inner + b"\nendstream")):
        starts.append(len(out))
        out += b"%d 0 obj%b\nendobj\n" % (number, one)
    rows = [(0, 0, 255), *[(2, 5, at) for at in range(3)], (1, starts[0], 0), (1, starts[1], 0), (1, len(out), 0)]
    table = b"".join(kind.to_bytes(1) + where.to_bytes(4) + last.to_bytes(1) for kind, where, last in rows)
    xref = b"6 0 obj<</Type/XRef/Size 7/W[1 4 1]/Root 1 0 R/Length %d>>stream\n%b\nendstream\nendobj\n" % (len(table), table)
    return out + xref + b"startxref\n%d\n%%%%EOF\n" % len(out)


@pytest.mark.parametrize("said", ["0", "-2", "4 0 R", "(x)", "[2]"])
def test_a_user_unit_that_is_no_number_is_refused(said: str) -> None:
    """A label of a guessed size is worse than none."""
    body = label(8.0, unit=2).replace(b"/UserUnit 2", f"/UserUnit {said}".encode())
    with pytest.raises(Hold, match="unit of length") as held:
        grey_page(body, 8.0, CARRIER)
    assert held.value.code == "artwork-unusable"


def test_a_page_without_a_size_is_refused() -> None:
    """pdfium would take it for US Letter, and the label for something on a corner of it."""
    for media in ("5 5 5 90", "0 0 1e9 nan", "0 0 0 0"):
        with pytest.raises(Hold, match="without a size"):
            grey_page(page(stream(b"0 0 9 9 re f"), box=media), 8.0, CARRIER)


def test_a_crop_box_beside_the_page_is_refused() -> None:
    """What is shown is then nothing at all."""
    body = file_of([
        b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/CropBox[200 200 300 300]/Contents 4 0 R>>", stream(b"0 0 9 9 re f"),
    ])  # fmt: skip
    with pytest.raises(Hold, match="would be 0 x 0 dots"):
        grey_page(body, 8.0, CARRIER)
