"""Bar codes: what a scanner needs of them."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby

import pytest
from PIL import Image

from unit.labels.label_samples import CHINESE, LATIN, RESOLUTIONS, picture, places, render, symbols
from waybilld_labels.symbols.grouping import grouped
from waybilld_labels.symbols.make import make
from waybilld_sdk.errors import Hold
from waybilld_sdk.labels import LabelRequest

NUMBERS = ("SF1234567890123", "RA123456785CN", "350123450000000017", "YT-2026/11 x", "1234567890123456789012345678")


@pytest.mark.parametrize("dots_per_mm", RESOLUTIONS)
@pytest.mark.parametrize("media_mm", [(100.0, 150.0), (76.0, 130.0), (100.0, 180.0), (101.6, 152.4), (74.0, 100.0)], ids=str)
@pytest.mark.parametrize("sample", [CHINESE, replace(LATIN, copy=2)], ids=["chinese", "latin-copy"])
def test_a_reader_finds_both_symbols(sample: LabelRequest, media_mm: tuple[float, float], dots_per_mm: float) -> None:
    """A waybill that does not scan stops the belt; a serial that does not scan leaves the label unproven."""
    request = replace(sample, media_mm=media_mm, dots_per_mm=dots_per_mm)
    found = symbols(render(request))
    assert found == {"Code128": request.waybill_number, "QRCode": request.serial}


@pytest.mark.parametrize("number", NUMBERS)
def test_every_kind_of_number_reads_back(number: str) -> None:
    """Code sets are switched by content; each kind must come back to the letter."""
    assert symbols(render(replace(CHINESE, waybill_number=number)))["Code128"] == number


@pytest.mark.parametrize("dots_per_mm", RESOLUTIONS)
@pytest.mark.parametrize("number", NUMBERS)
def test_bars_are_whole_dots_with_quiet_zones(number: str, dots_per_mm: float) -> None:
    """ISO/IEC 15417: 10X of white at each side; a bar a dot too wide costs a grade."""
    request = replace(CHINESE, waybill_number=number, dots_per_mm=dots_per_mm)
    box = places(request)["waybill number"]
    rule = round(0.6 * dots_per_mm)
    page = picture(render(request))
    middle = box.top + round(9 * dots_per_mm)
    row = [page.getpixel((x, middle)) == 0 for x in range(box.left + rule, box.right - rule)]
    runs = [(ink, len(list(run))) for ink, run in groupby(row)]
    assert runs[0][0] is False
    assert runs[-1][0] is False
    modules = make("code128", number).width
    dots, odd = divmod(sum(length for _, length in runs[1:-1]), modules)
    assert odd == 0
    assert dots >= 0.25 * dots_per_mm - 0.1
    assert all(length % dots == 0 for _, length in runs[1:-1])
    assert min(runs[0][1], runs[-1][1]) >= 10 * dots
    assert _bar_height(page, box.left + rule + runs[0][1], middle) >= 15 * dots_per_mm


def _bar_height(page: Image.Image, x: int, y: int) -> int:
    top, bottom = y, y
    while page.getpixel((x, top - 1)) == 0:
        top -= 1
    while page.getpixel((x, bottom + 1)) == 0:
        bottom += 1
    return bottom - top + 1


def test_the_qr_code_has_its_quiet_zone() -> None:
    """ISO/IEC 18004: 4X of white on all sides, no rule and no letter in it."""
    inner = places(CHINESE)["print serial"].inset(3)
    panel = (
        picture(render(CHINESE))
        .crop((inner.left, inner.top, inner.right, inner.bottom))
        .convert("L")
        .point(lambda level: 255 - level)
    )
    rows = [bool(panel.crop((0, y, panel.width, y + 1)).getbbox()) for y in range(panel.height)]
    first = rows.index(True)
    left, _, right, _ = panel.crop((0, first, panel.width, first + 1)).getbbox() or (0, 0, 0, 0)
    dots, odd = divmod(right - left, make("qr", CHINESE.serial).width)
    assert odd == 0
    below = rows.index(False, first)
    letters = rows.index(True, below)
    assert below - first == right - left
    assert min(left, panel.width - right, first, letters - below) >= 4 * dots


@pytest.mark.parametrize("number", ["", "单号", "A\x1d", "é", "A" * 81, "A\n"])
def test_a_number_that_no_scanner_gives_back_is_held(number: str) -> None:
    """Dropping or replacing a character would send the parcel under another parcel's number."""
    with pytest.raises(Hold, match="printable ASCII" if number else "nothing to hold") as held:
        render(replace(CHINESE, waybill_number=number))
    assert held.value.code == "barcode-unprintable"
    if number:
        assert number not in str(held.value)


@pytest.mark.parametrize("field", ["waybill_number", "serial"])
def test_a_symbol_too_fine_for_scanners_is_held(field: str) -> None:
    """Modules under 0.25 mm print, and read in the office, and fail in the depot."""
    request = replace(CHINESE, media_mm=(74.0, 100.0), dots_per_mm=6.0, copy=2)
    long = {"waybill_number": "Ab1" * 20, "serial": "Ab1-" * 100}[field]
    with pytest.raises(Hold, match="choose larger labels") as held:
        render(replace(request, **{field: long}))  # type: ignore[arg-type]
    assert held.value.code == "barcode-too-wide"


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("SF1234567890123", "SF 1234 5678 90123"),
        ("RA123456785CN", "RA 123 456 785 CN"),
        ("350123450000000017", "3501 2345 0000 0000 17"),
        ("12345", "12345"),
        ("123456", "123 456"),
        ("12345678", "1234 5678"),
        ("A-1", "A- 1"),
        ("", ""),
    ],
)
def test_numbers_are_grouped_for_the_eye(number: str, shown: str) -> None:
    """A packer who types the number must not lose count in fifteen digits."""
    assert grouped(number) == shown
