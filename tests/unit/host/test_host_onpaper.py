"""A page on a printer's paper: what is lost, and that the picture shows it."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from waybilld.host.onpaper import look, picture
from waybilld_sdk.printing import Evidence, PrinterCapabilities, Sides

PLAIN = PrinterCapabilities(
    language="zpl", dots_per_mm=10, media_mm=(10.0, 8.0), splits_token=True, proves=Evidence.ACKNOWLEDGED
)
"""100 x 80 dots: a tenth of a millimetre is a dot."""


def png(*boxes: tuple[int, int, int, int]) -> bytes:
    """A page of 100 x 80 dots with black boxes."""
    image = Image.new("1", (100, 80), 1)
    for box in boxes:
        image.paste(0, box)
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


FULL = png((0, 0, 100, 80))
MIDDLE = png((40, 30, 60, 50))


def codes(found: bytes, printer: PrinterCapabilities) -> list[tuple[str, str]]:
    """Each finding's code and side."""
    sides = ("left", "top", "right", "bottom")
    return [(one.code, next(side for side in sides if f" {side} " in f" {one.message} ")) for one in look(found, printer)]


def test_a_page_that_fits_has_no_findings() -> None:
    """A warning on every label is read by nobody."""
    assert look(FULL, PLAIN) == ()
    assert look(png(), replace(PLAIN, offset_mm=(9.0, 9.0))) == ()
    assert look(MIDDLE, replace(PLAIN, offset_mm=(4.0, -3.0), margins_mm=Sides(0, 0, 6.0, 8.0))) == ()


def test_what_is_pushed_over_an_edge_is_told_with_its_length() -> None:
    """Nothing is cropped in silence."""
    (left,) = look(MIDDLE, replace(PLAIN, offset_mm=(-4.1, 0.0)))
    assert left.code == "off-paper"
    assert "pushes 0.1 mm of what is drawn over the left edge" in left.message
    assert "-4.1, +0 mm" in left.message
    assert codes(FULL, replace(PLAIN, offset_mm=(0.1, -0.1))) == [("off-paper", "top"), ("off-paper", "right")]
    assert codes(FULL, replace(PLAIN, offset_mm=(-0.1, 0.1))) == [("off-paper", "left"), ("off-paper", "bottom")]


def test_ink_in_a_margin_is_told() -> None:
    """Once for each side: where it is over the edge already, the margin is no news."""
    margins = replace(PLAIN, margins_mm=Sides(top=3.1, right=4.1, bottom=3.1, left=4.1))
    assert codes(MIDDLE, margins) == [("in-margin", side) for side in ("left", "top", "right", "bottom")]
    assert "0.1 mm of what is drawn stand in the margin at the left" in look(MIDDLE, margins)[0].message
    assert codes(MIDDLE, replace(margins, offset_mm=(-4.1, 0.0))) == [
        ("off-paper", "left"),
        ("in-margin", "top"),
        ("in-margin", "bottom"),
    ]


@given(
    st.tuples(st.integers(-30, 30), st.integers(-30, 30)),
    st.tuples(*[st.integers(0, 30)] * 4),
    st.tuples(st.integers(0, 90), st.integers(0, 70)),
)
def test_findings_and_picture_agree(offset: tuple[int, int], margins: tuple[int, ...], at: tuple[int, int]) -> None:
    """A picture without red has no findings, and the other way round: dot for dot, nothing is lost or made."""
    page = png((*at, at[0] + 10, at[1] + 10))
    printer = replace(
        PLAIN,
        offset_mm=(offset[0] / 10, offset[1] / 10),
        margins_mm=Sides(*(mm / 10 for mm in margins)),
    )
    with Image.open(io.BytesIO(picture(page, printer))) as image:
        colours = {colour: count for count, colour in image.getcolors() or ()}
    red, black = colours.get((214, 0, 28), 0), colours.get((0, 0, 0), 0)
    assert black + red == 100
    assert bool(red) == bool(look(page, printer))


def test_the_picture_shows_the_paper() -> None:
    """The page lies on its paper to the dot: edge, shaded margin, the print moved, what is lost in red."""
    printer = replace(PLAIN, offset_mm=(-0.5, 0.2), margins_mm=Sides(right=1.0))
    with Image.open(io.BytesIO(picture(png((0, 0, 10, 10), (90, 70, 100, 80)), printer))) as image:
        assert image.size == (180, 160)
        paper = image.crop((40, 40, 140, 120))
        desk = image.getpixel((0, 0))
        assert image.getpixel((39, 39)) == image.getpixel((140, 120)) not in (desk, (255, 255, 255))
        assert image.getpixel((37, 45)) == (214, 0, 28)
        assert paper.getpixel((0, 2)) == (0, 0, 0)
        assert paper.getpixel((0, 1)) == paper.getpixel((5, 2)) == (255, 255, 255)
        assert paper.getpixel((99, 0)) == paper.getpixel((90, 0)) not in (desk, (255, 255, 255))
        assert paper.getpixel((89, 0)) == (255, 255, 255)
        assert paper.getpixel((88, 75)) == (0, 0, 0)
        assert paper.getpixel((92, 75)) == (214, 0, 28)


@pytest.mark.parametrize("caption", ["", "pack-1: 100 x 150 mm"])
def test_a_caption_stands_under_it(caption: str) -> None:
    """It says for which printer; the paper above stays as it is."""
    with Image.open(io.BytesIO(picture(MIDDLE, PLAIN))) as opened:
        bare = opened.convert("RGB")
    with Image.open(io.BytesIO(picture(MIDDLE, PLAIN, caption))) as image:
        assert image.crop((0, 0, *bare.size)).tobytes() == bare.tobytes()
        assert (image.height > bare.height) == bool(caption)
