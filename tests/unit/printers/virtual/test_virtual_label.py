"""The virtual printer's reading of one format, and its own decoder and drawing of graphics."""

import base64
import binascii
import io
import time
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from waybilld_printers.virtual.drawing import draw
from waybilld_printers.virtual.label import Label, Refused
from waybilld_printers.virtual.zpl.format import Settings, read_format
from waybilld_printers.virtual.zpl.graphics import decode

ROWS = bytes.fromhex("FF00 8001 8001 AA55 FFFF 0000 0000 1234")


def settings() -> Settings:
    return Settings(8, width=832, length=1216)


def read(body: bytes, memory: Settings | None = None) -> Label:
    return read_format(b"^XA" + body + b"^XZ", memory or settings())


def wrapped(kind: bytes, data: bytes, crc: int | None = None) -> bytes:
    text = base64.b64encode(zlib.compress(data) if kind == b"Z64" else data)
    return b":%s:%s:%04X" % (kind, text, binascii.crc_hqx(text, 0) if crc is None else crc)


def header(data: bytes, row: int) -> bytes:
    return b"A,%d,%d,%d," % (len(data), len(data), row)


def black(label: Label) -> set[tuple[int, int]]:
    picture, complaints = draw(label)
    assert complaints == ()
    image = Image.open(io.BytesIO(picture))
    assert image.mode == "1"
    assert image.size == (label.width, label.length)
    return {(x, y) for x in range(image.width) for y in range(image.height) if not image.getpixel((x, y))}


@given(st.integers(1, 9), st.integers(1, 12), st.data())
def test_every_form_of_a_graphic_decodes_to_the_same_dots(row: int, rows: int, data: st.DataObject) -> None:
    """Else an encoder could be blamed, or excused, for a fault of this decoder."""
    dots = data.draw(st.binary(min_size=row * rows, max_size=row * rows))
    start = header(dots, row)
    forms = [
        start + dots.hex().encode(),
        start + dots.hex("\n").encode().upper(),
        start + wrapped(b"B64", dots),
        start + wrapped(b"Z64", dots) + b"\r\n",
        b"B" + start[1:] + dots,
    ]
    assert {decode(form).data for form in forms} == {dots}


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"FF,8001:AA55!,,1234", "FF00 8001 8001 AA55 FFFF 0000 0000 1234"),
        (b"HF00", "FF00"),
        (b"IF1", "FFF1"),
        (b"JFgFJF", "FFFF FFFF FFFF FFFF FFFF FFFF FFFF"),
        (b"hG0", "0000 0000 0000 0000 0000 0000 0000 0000 0000 0000"),
        (b"F,F!", "F000 FFFF"),
        (b"\n80\r\n01\n", "8001"),
    ],
)
def test_ascii_compression(data: bytes, expected: str) -> None:
    """The manual's alternative data compression scheme; else compressed labels would come out as noise."""
    dots = bytes.fromhex(expected)
    bitmap = decode(b"A,%d,%d,2," % (len(data), len(dots)) + data)
    assert (bitmap.data.hex(), bitmap.complaints) == (dots.hex(), ())


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        (header(ROWS, 2) + wrapped(b"Z64", ROWS, crc=1), "wrong CRC"),
        (header(ROWS, 2) + wrapped(b"Z64", ROWS) + b"0", "four hexadecimal digits"),
        (header(ROWS, 2) + wrapped(b"Z64", ROWS + ROWS), "more than the 16 bytes"),
        (header(ROWS, 2) + wrapped(b"B64", ROWS[:8]), "fewer than the 16 bytes"),
        (header(ROWS, 2) + b":Z64:AAAA:%04X" % binascii.crc_hqx(b"AAAA", 0), "cannot be unpacked"),
        (header(ROWS, 2) + b"FFxx", "unknown character"),
        (b"A,16,16,2," + b"z" * 100 + b"F", "longer than the graphic"),
        (b"A,16,99999999,2,FF", "impossible counts"),
        (b"A,16,16,0,FF", "impossible counts"),
        (b"C,16,16,2,FF", "not supported"),
        (b"A,16", "without its counts"),
    ],
)
def test_broken_graphics_are_refused_with_a_reason(parameters: bytes, reason: str) -> None:
    """Real devices silently print nothing; a test that looks at the ledger must learn why."""
    with pytest.raises(Refused, match=reason):
        decode(parameters)


def test_a_compressed_bomb_is_not_unpacked() -> None:
    """Else a few bytes from outside could fill the memory."""
    with pytest.raises(Refused, match="more than"):
        decode(header(ROWS, 2) + wrapped(b"Z64", bytes(50_000_000)))


def test_a_graphic_stands_at_its_origin() -> None:
    """Else the picture in the tray would not be the page that was encoded."""
    label = read(b"^PW24^LL5^FO9,2^GFA,2,2,1,81FF^FS")
    assert black(label) == {(9, 2), (16, 2), *((x, 3) for x in range(9, 17))}


@pytest.mark.parametrize(
    ("prefix", "expected"),
    [
        (b"^LH3,1^LS1^LT1^FO2,0", (4, 2)),
        (b"^FT2,4", (2, 3)),
        (b"^MUM^FO0.5,0.25", (4, 2)),
        (b"^FO2,0^POI", (21, 7)),
        (b"^FO2,0^PMY", (21, 0)),
    ],
)
def test_commands_that_move_the_picture(prefix: bytes, expected: tuple[int, int]) -> None:
    """Sticky settings of an earlier job shift labels on real devices; this one must show it."""
    assert black(read(b"^PW24^LL8" + prefix + b"^GFA,1,1,1,80^FS")) == {expected}


def test_settings_stay_for_the_next_format() -> None:
    """Else an encoder that forgets its preamble would look right here and wrong on paper."""
    memory = settings()
    read(b"^PW400^LL300^LH5,6", memory)
    label = read(b"^GFA,1,1,1,80", memory)
    assert (label.width, label.length, label.graphics[0].x, label.graphics[0].y) == (400, 300, 5, 6)


def test_reverse_printing_inverts_what_is_below() -> None:
    """``^LRY``: black on black becomes white."""
    assert black(read(b"^PW8^LL1^GFA,1,1,1,F0^FS^LRY^GFA,1,1,1,3C^FS")) == {(0, 0), (1, 0), (4, 0), (5, 0)}


def test_everything_else_is_complained_about_once() -> None:
    """Else a text command that this device cannot draw would pass for printed text."""
    label = read(b"^FO1,1^A0N,30^FDhello^FS^FO1,9^A0N,30^FDyou^FS^BY2^BCN,50^FDx^FS^XG1^CC!^PQfive^FX note^FS")
    assert label.complaints == (
        "not drawn: ^A0",
        "not drawn: ^FD",
        "not drawn: ^BC",
        "not drawn: ^XG",
        "unknown command: ^CC",
        "not understood: ^PQfive",
    )


def test_quantity_and_pause() -> None:
    """``^PQ`` decides how many labels come out: a wrong number is a wrong parcel."""
    assert (read(b"^PQ3").quantity, read(b"^PQ0").quantity, read(b"").quantity) == (3, 1, 1)
    assert (read(b"^PQ9,3").pause_every, read(b"^PQ9,3,1,Y").pause_every) == (3, 0)


def test_only_formats_with_fields_print() -> None:
    """Else every set-up format would cost a blank label and an odometer step."""
    assert not read(b"^PW800^JUS^MMT").printable
    assert read(b"^GFA,1,1,1,80").printable


def test_off_the_label_is_told() -> None:
    """Else a page too large for its label would be cut without a word."""
    _picture, complaints = draw(read(b"^PW20^LL2^FO0,1^GFA,2,2,1,8080^FS"))
    assert complaints == ("^GF beyond the edge of the label",)


def test_repeats_without_a_digit_cost_no_time() -> None:
    """A megabyte of them held the device, and the test that used it, for minutes."""
    began = time.process_time()
    label = read(b"^GFA,8000,8000,100," + b"G" * 300_000)
    _picture, complaints = draw(label)
    assert any("unknown character" in complaint for complaint in complaints)
    assert time.process_time() - began < 2.0
