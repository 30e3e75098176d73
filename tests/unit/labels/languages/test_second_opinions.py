"""Our documents read by programs of other houses, which know nothing of ours."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace

import pypdfium2
import pytest
import zplkit
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops
from zebrafy import ZebrafyZPL

from unit.labels.label_samples import CHINESE, LATIN, RESOLUTIONS, picture, render
from unit.labels.languages.test_languages import ENCODERS, blank, page_of, printer
from waybilld_sdk.labels import Page
from waybilld_sdk.printing import Document

SAMPLES = [
    *(replace(CHINESE, dots_per_mm=dots) for dots in RESOLUTIONS),
    replace(LATIN, copy=2),
    replace(LATIN, media_mm=(101.6, 152.4)),
    replace(CHINESE, media_mm=(76.0, 130.0), dots_per_mm=11.8),
]
PAGES: dict[str, Callable[[], Page]] = {
    **{
        f"{sample.media_mm[0]:g}mm-{sample.dots_per_mm:g}-{sample.copy}": lambda sample=sample: render(sample)  # type: ignore[misc]
        for sample in SAMPLES
    },
    "odd-black": lambda: page_of(blank(813, 77, 0), 813),
    "one-dot": lambda: page_of(blank(1, 1, 0), 1),
}

each_page = pytest.mark.parametrize("made", PAGES.values(), ids=PAGES)
each_zpl = pytest.mark.parametrize("language", ["zpl", "zpl-acs"])


def grey(page: Page) -> Image.Image:
    """The page as it was meant."""
    return picture(page).convert("L")


def by_zplkit(document: Document, page: Page) -> Image.Image:
    """The label as zplkit draws it: strict about CRC, sizes and stray bytes."""
    preamble, rest = (document.body + document.token).split(b"\n", 1)
    assert preamble.startswith(b"^XA")
    drawn = zplkit.render(b"^XA" + rest, options=zplkit.Options(width=page.width, height=page.height, dpi=203))
    assert drawn.warnings == []
    (label,) = drawn.labels
    with Image.open(io.BytesIO(label.png())) as image:
        return image.convert("L")


def by_zebrafy(document: Document, page: Page) -> Image.Image:
    """The label put together of what zebrafy reads in each graphic, where its `^FO` says."""
    text = (document.body + document.token).decode("ascii")
    tops = [int(field.split(",")[1]) for field in text.split("^FO")[1:]]
    sheet = Image.new("L", (page.width, page.height), 255)
    for top, band in zip(tops, ZebrafyZPL(text).to_images(), strict=True):
        sheet.paste(band.convert("L"), (0, top))
    return sheet


each_reader = pytest.mark.parametrize("reader", [by_zplkit, by_zebrafy])


@each_zpl
@each_reader
@each_page
def test_two_houses_see_the_same_label(
    language: str, reader: Callable[[Document, Page], Image.Image], made: Callable[[], Page]
) -> None:
    """Z64 and ASCII compression each have two readers that know nothing of our encoder, and all four see our pixels."""
    page = made()
    drawn = reader(ENCODERS[language](page, printer()), page)
    assert drawn.size == (page.width, page.height)
    assert ImageChops.difference(drawn, grey(page)).getbbox() is None


_RUNS = st.lists(st.tuples(st.integers(1, 1800), st.booleans()), min_size=1, max_size=12)
"""Runs of dots, white or black: up to 450 digits, more than one letter of ASCII compression can count."""


@each_zpl
@settings(max_examples=30, deadline=None)
@given(width=st.integers(1, 3600), runs=st.lists(_RUNS, min_size=1, max_size=6))
def test_two_houses_see_the_same_runs(language: str, width: int, runs: list[list[tuple[int, bool]]]) -> None:
    """Counts of 19, 20, 400 and more, rows that repeat, rows that end in ink: where a run-length code goes wrong."""
    image = blank(width, 2 * len(runs))
    for row, lengths in enumerate(runs):
        at = 0
        for length, ink in lengths:
            if ink:
                image.paste(0, (at, 2 * row, min(at + length, width), 2 * row + 2))
            at += length
    page = page_of(image, width)
    document = ENCODERS[language](page, printer())
    for reader in (by_zplkit, by_zebrafy):
        assert ImageChops.difference(reader(document, page), grey(page)).getbbox() is None


@each_page
def test_pdfium_draws_the_same_dots(made: Callable[[], Page]) -> None:
    """A PDF that a viewer shows is what a printer's driver gets: the media's size, and our dots at its resolution."""
    page = made()
    for dots_per_mm in RESOLUTIONS:
        assert_drawn(page, dots_per_mm)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 1300),
    st.integers(1, 900),
    st.sampled_from([6.0, 8.0, 11.8, 11.811, 12.0, 23.6, 24.0]),
    st.binary(min_size=9),
)
def test_no_size_comes_out_a_dot_too_wide(width: int, height: int, dots_per_mm: float, noise: bytes) -> None:
    """Renderers round sizes up, and a label that is stretched by one dot has bar codes that no scanner reads."""
    stride = -(-width // 8)
    image = Image.frombytes("1", (stride * 8, height), (noise * (stride * height // len(noise) + 1))[: stride * height])
    image.paste(255, (width, 0, stride * 8, height))
    assert_drawn(page_of(image, width), dots_per_mm)


def assert_drawn(page: Page, dots_per_mm: float) -> None:
    """PDFium, which rounds a page up to whole dots as Poppler does, draws the page's dots and no more."""
    document = ENCODERS["pdf"](page, printer(dots_per_mm))
    with pypdfium2.PdfDocument(document.body + document.token) as file:
        assert len(file) == 1
        size = [dots / dots_per_mm / 25.4 * 72 for dots in (page.width, page.height)]
        assert file[0].get_size() == pytest.approx(size, abs=0.0012)
        drawn = file[0].render(scale=dots_per_mm * 25.4 / 72, grayscale=True).to_pil().convert("L")
    assert drawn.size == (page.width, page.height)
    assert ImageChops.difference(drawn, grey(page)).getbbox() is None
