"""The canvas works on rows as numbers; Pillow, with a byte for each dot, is the second opinion."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from waybilld_labels.fonts import glyphs
from waybilld_labels.fonts.faces import Weight
from waybilld_labels.page.box import Box
from waybilld_labels.page.canvas import INK, PAPER, Canvas
from waybilld_labels.page.stencil import Stencil, of_picture, of_rows

EDGES = st.integers(-30, 90)
INKS = st.sampled_from([INK, PAPER])
STENCILS = st.integers(1, 40).flatmap(
    lambda width: st.builds(
        Stencil, st.just(width), st.lists(st.integers(0, (1 << width) - 1), min_size=1, max_size=20).map(tuple)
    )
)
FILLS = st.tuples(st.just("fill"), st.tuples(EDGES, EDGES, EDGES, EDGES), INKS)
STAMPS = st.tuples(st.sampled_from(["stamp", "copy"]), st.tuples(STENCILS, EDGES, EDGES), INKS)
TEXTS = st.tuples(
    st.just("text"),
    st.tuples(st.text(alphabet="gjÅyá\u0301\u0323国。—|_ 😀", max_size=9), EDGES, EDGES, st.sampled_from([7, 16, 31, 200])),
    INKS,
)


class Plain:
    """The same page as a Pillow picture, ones are ink, drawn glyph by glyph."""

    def __init__(self, width: int, height: int) -> None:
        self.image = Image.new("1", (width, height), 0)

    def fill(self, box: Box, ink: int) -> None:
        if box.width > 0 and box.height > 0:
            self.image.paste(ink, (box.left, box.top, box.right, box.bottom))

    def stamp(self, picture: Stencil, left: int, top: int, ink: int) -> None:
        self.image.paste(ink, (left, top), picture.picture())

    def copy(self, picture: Stencil, left: int, top: int) -> None:
        self.image.paste(picture.picture(), (left, top))

    def text(self, text: str, left: int, top: int, size: int, ink: int) -> None:
        of, pen, before = glyphs.font(Weight.REGULAR, size), left, 0
        for char in text:
            shape = glyphs.glyph(char, of)
            if shape.mask.width:
                x = pen + shape.left if shape.advance else pen - (before + shape.mask.width) // 2
                self.stamp(shape.mask, x, top + round(glyphs.ASCENT * size) + shape.top, ink)
            pen += shape.advance
            before = shape.advance or before


@settings(max_examples=150, deadline=None)
@given(st.sampled_from([(64, 48), (61, 50), (3, 70)]), st.lists(FILLS | STAMPS | TEXTS, max_size=7))
def test_whatever_is_drawn_is_what_pillow_draws(size, steps) -> None:  # type: ignore[no-untyped-def]
    """A row shifted by one dot too many would land in the row above: a bar code that scans as another, words that smear."""
    canvas, plain = Canvas.blank(*size), Plain(*size)
    for kind, what, ink in steps:
        if kind == "fill":
            canvas.fill(Box(*what), ink)
            plain.fill(Box(*what), ink)
        elif kind == "stamp":
            canvas.stamp(*what, ink)
            plain.stamp(*what, ink)
        elif kind == "copy":
            canvas.copy(*what)
            plain.copy(*what)
        else:
            text, left, top, high = what
            canvas.text(text, left, top, Weight.REGULAR, high, ink)
            plain.text(text, left, top, high, ink)
    assert canvas.packed() == plain.image.tobytes("raw", "1")


@given(STENCILS)
def test_a_stencil_comes_back_from_pictures_rows_and_turns(picture: Stencil) -> None:
    """A turned address or bar code that loses a column is another address or bar code."""
    assert of_picture(picture.picture()) == picture
    assert of_rows(picture.picture().tobytes(), picture.width) == picture
    once = picture.turned(90)
    assert (once.width, once.height) == (picture.height, picture.width)
    assert once.turned(270) == picture
    assert once.turned(90) == picture.turned(180)


def test_a_layer_is_not_changed_by_what_is_drawn_on_it() -> None:
    """The words of one label must not stand on the next one."""
    below = Canvas.blank(32, 8)
    below.fill(Box(0, 0, 4, 8))
    layer = below.layer()
    above = Canvas(layer)
    above.fill(Box(0, 0, 32, 8))
    assert above.packed() == b"\xff" * 32
    assert Canvas(layer).packed() == layer.rows == b"\xf0\0\0\0" * 8


def test_glyphs_in_memory_stay_within_their_bound(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    """A wave of addresses from all of China has thousands of characters in a dozen sizes, in every worker."""
    monkeypatch.setattr(glyphs, "_GLYPHS_KEPT_BYTES", 40_000)
    canvas = Canvas.blank(800, 40)
    for first in range(0x4E00, 0x5200, 16):
        canvas.text("".join(map(chr, range(first, first + 16))), 0, 0, Weight.REGULAR, 24)
        kept = sum(len(spread) for spread in glyphs._shelf.values())
        assert kept <= 40_000 // (100 * 15)
