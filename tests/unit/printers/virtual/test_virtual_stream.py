"""The virtual printer's reading of a byte stream: what is a format, what is a command, where a format ends."""

import base64
import binascii
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waybilld_printers.virtual.zpl import stream as stream_module
from waybilld_printers.virtual.zpl.stream import Control, Event, Format, Question, Splitter


def z64(data: bytes) -> bytes:
    text = base64.b64encode(zlib.compress(data))
    return b":Z64:%s:%04X" % (text, binascii.crc_hqx(text, 0))


def split(*pieces: bytes) -> list[Event]:
    splitter = Splitter()
    return [event for piece in pieces for event in splitter.feed(piece)]


HEX = b"^XA^PW16^LL2^FO0,0^GFA,4,4,2,FF00AA55^FS^XZ\r\n"
BINARY = b"^XA^FO0,0^GFB,12,12,2,^XZ~JA^XA\x03~\n!^FS^XZ"
PACKED = b"^XA^FO8,0^GFA,8,8,2," + z64(bytes(range(8))) + b"^FS^PQ2^XZ"
BITS = [
    HEX,
    BINARY,
    PACKED,
    b"\x02^FO0,0^GFA,2,2,1,AA55^FS\x03",
    b"~HS",
    b"~HQES",
    b"~SD15^XA^MD5^XZ",
    b"~jx",
    b"~JA",
    b"~WC\r\n",
    b"^XA^FX a comment ~HI here ^FS^FDtext^FS",
    b'! U1 getvar "device.unique_id"\r\n',
    b'! U1 setvar "ip.addr" "10.0.0.1"\r\n',
    b'! U1 getvar "never closed\r\n',
    b"^XA^GFB,9",
    b"^GFB,x,1,1,^^XZ",
    b"~^~~\n~",
    b"junk ! and ^FO more",
    b"^X",
    b"^",
    b"\x00\r\n",
]


@given(st.lists(st.sampled_from(BITS), max_size=12), st.data())
def test_any_cutting_of_a_stream_gives_the_same_events(bits: list[bytes], data: st.DataObject) -> None:
    """Else a label would print, or vanish, depending on how TCP happened to cut the bytes."""
    stream = b"".join(bits)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=20)))
    pieces = [stream[start:end] for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    assert split(*pieces) == split(stream)


@given(st.binary(max_size=200), st.integers(1, 7))
def test_garbage_never_raises_and_cuts_the_same(garbage: bytes, size: int) -> None:
    """Else bytes from outside could kill the device, or every test that uses it."""
    pieces = [garbage[at : at + size] for at in range(0, len(garbage), size)]
    assert split(*pieces) == split(garbage)


def test_byte_by_byte_is_the_same_too() -> None:
    """The hardest cutting of all, over every bit of the vocabulary at once."""
    stream = b"".join(BITS)
    assert split(*(stream[at : at + 1] for at in range(len(stream)))) == split(stream)


def test_binary_graphics_hide_every_prefix() -> None:
    """Else a picture that happens to contain ^XZ or ~JA would end its label or cancel the queue."""
    assert split(BINARY) == [Format(BINARY, ())]


def test_the_raw_bytes_are_exactly_those_sent() -> None:
    """Else the ledger's digest could not be compared with the digest of what was sent."""
    assert [event.raw for event in split(b"\r\n" + HEX + PACKED) if isinstance(event, Format)] == [HEX.strip(), PACKED]


def test_a_control_command_acts_inside_a_format() -> None:
    """Else a status question in the middle of a download would never be answered."""
    splitter = Splitter()
    assert list(splitter.feed(b"^XA^FO0,0~HS")) == [Control("HS", "")]
    assert splitter.partial
    assert [type(event) for event in splitter.feed(b"^XZ")] == [Format]


def test_jx_drops_the_partial_format_and_nothing_else() -> None:
    """Else a cut-off label could not be cleaned away before the next one."""
    splitter = Splitter()
    events = list(splitter.feed(HEX + b"^XA^FO0,0^GFA,4,4,2,FF~JX" + HEX))
    assert events == [Format(HEX.strip(), ()), Control("JX", ""), Format(HEX.strip(), ())]
    assert not splitter.partial


def test_a_second_start_continues_the_partial_format() -> None:
    """Else nobody would notice that a label printed over the remains of a broken one."""
    (event,) = split(b"^XA^FO0,0", HEX)
    assert isinstance(event, Format)
    assert event.raw.startswith(b"^XA^FO0,0^XA")
    assert event.complaints == ("^XA inside a format",)


@pytest.mark.parametrize("size", [1, 1000, 65536])
def test_an_endless_format_does_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    """Else one bad sender could take the machine down; the next label must print, and tell."""
    monkeypatch.setattr(stream_module, "FORMAT_LIMIT", 5000)
    splitter = Splitter()
    stream = b"^XA^GFB,20000,20000,10," + bytes(20000) + b"^FS^XZ" + HEX
    events: list[Event] = []
    for at in range(0, len(stream), size):
        events += splitter.feed(stream[at : at + size])
        assert splitter.pending <= max(5000, size) + size
    assert events == [Format(HEX.strip(), ("a format over 5000 bytes was discarded",))]


def test_questions_and_stray_bytes() -> None:
    """Else SGD questions on the print port would be taken for rubbish, and rubbish for nothing at all."""
    events = split(b'! U1 getvar "appl.name"\r\nhello' + HEX)
    assert events == [Question("appl.name"), Format(HEX.strip(), ("5 stray bytes before the format",))]
