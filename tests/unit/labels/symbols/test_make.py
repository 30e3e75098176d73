"""Every symbology at every resolution: what goes in comes out of a reader, or is held with a reason."""

from __future__ import annotations

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from support.hostile import HOSTILE
from waybilld_labels.symbols.gs1 import check_digit
from waybilld_labels.symbols.make import KINDS, Symbology, make, module_dots, stencil
from waybilld_sdk.errors import Hold

ROOM_MM = (96.0, 40.0)
RESOLUTIONS = (6.0, 8.0, 11.8, 12.0, 24.0)
DATA: dict[Symbology, tuple[str, str]] = {
    "code128": ("SF1234567890123", "SF1234567890123"),
    "gs1-128": ("(01)09501101530003(10)AB-123", "010950110153000310AB-123"),
    "sscc": ("095011015300000017"[:17], "00" + "09501101530000001" + check_digit("09501101530000001")),
    "qr": ("W0000042.1 收件人", "W0000042.1 收件人"),
    "datamatrix": ("W0000042.1 §", "W0000042.1 §"),
    "pdf417": ("RR123456785CN;Sampletown;94000", "RR123456785CN;Sampletown;94000"),
}


def scan(symbology: Symbology, data: str, dots_per_mm: float) -> str | None:
    """What a reader makes of the symbol on white paper, drawn as large as the room allows; None where it does not fit."""
    room = (round(ROOM_MM[0] * dots_per_mm), round(ROOM_MM[1] * dots_per_mm))
    symbol = make(symbology, data)
    dots = module_dots(symbol, room, dots_per_mm, (0.25, 0.51))
    if dots is None:
        return None
    drawn = stencil(symbol, dots, room[1]).picture()
    quiet = [modules * dots for modules in symbol.quiet]
    assert drawn.width + 2 * quiet[0] <= room[0]
    assert drawn.height + 2 * quiet[1] <= room[1]
    paper = Image.new("L", (drawn.width + 2 * quiet[0], drawn.height + 2 * quiet[1]), 255)
    paper.paste(0, (quiet[0], quiet[1]), drawn)
    (code,) = zxingcpp.read_barcodes(paper)
    return str(code.text)


@pytest.mark.parametrize("dots_per_mm", RESOLUTIONS)
@pytest.mark.parametrize("symbology", DATA)
def test_a_reader_gives_back_what_went_in(symbology: Symbology, dots_per_mm: float) -> None:
    """A symbol that scans on one printer and not on another is found out at the depot."""
    data, expected = DATA[symbology]
    said = scan(symbology, data, dots_per_mm)
    assert said is not None
    assert said.replace("(", "").replace(")", "") == expected


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=20))
def test_any_printable_number_reads_back(text: str) -> None:
    """Code sets are switched by content; `>` and `_` are letters like others."""
    assert scan("code128", text, 8.0) in {text, None}


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet=st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=30))
@pytest.mark.parametrize("symbology", ["qr", "datamatrix"])
def test_any_text_reads_back_from_a_square(symbology: Symbology, text: str) -> None:
    """Chinese names and emoji too, or they are held."""
    try:
        assert scan(symbology, text, 12.0) in {text, None}
    except Hold as held:
        assert held.code == "barcode-unprintable"


@pytest.mark.parametrize("symbology", KINDS)
def test_hostile_data_is_held_or_reads_back(symbology: Symbology) -> None:
    """Never a symbol that says something else, and never a crash."""
    for hostile in HOSTILE:
        try:
            symbol = make(symbology, hostile.text)
        except Hold as held:
            assert held.code == "barcode-unprintable"
            continue
        assert symbology not in {"sscc", "gs1-128"}
        assert symbol.data == hostile.text
        assert hostile.text.isprintable()


def test_code_sets_are_the_shortest() -> None:
    """Two letters and thirteen digits are 145 modules: 61.9 mm at three dots, which fits 76 mm stock."""
    assert make("code128", "SF1234567890123").width == 145


@pytest.mark.parametrize(
    ("symbology", "data", "said"),
    [
        ("sscc", "09501101530000001" + str((int(check_digit("09501101530000001")) + 1) % 10), "check digit is"),
        ("sscc", "12345", "has 18 digits"),
        ("gs1-128", "0109501101530003", "each identifier in brackets"),
        ("gs1-128", "(01)09501101530004", "check digit, and this one is wrong"),
        ("gs1-128", "(10)" + "A" * 60, "carries 48 characters"),
        ("code128", "", "nothing to hold"),
        ("code128", "A" * 81, "printable ASCII"),
        ("qr", "a\x00b", "printable"),
    ],
)
def test_what_is_no_such_data_is_held_with_the_reason(symbology: Symbology, data: str, said: str) -> None:
    """A wrong check digit on a pallet label comes back as a claim."""
    with pytest.raises(Hold, match=said):
        make(symbology, data)
