"""What TSPL, CPCL and ESC/POS devices keep whatever TCP does to the bytes, and whatever the bytes are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.virtual_devices import labels, make
from waybilld_printers.virtual.device import Printed
from waybilld_printers.virtual.drawing import draw

TSPL = b"SIZE 3 mm,1 mm\r\nCLS\r\nBITMAP 8,2,1,2,0,\x7e\x00\r\nPRINT 1,1\r\n"
CPCL = b"! 0 200 200 8 1\r\nPW 24\r\nCG 1 2 8 2 \x81\xff\r\nFORM\r\nPRINT\r\n"
RASTER = b"\x1dv0\x00\x01\x00\x04\x00\x81\xff\x00\x18"
PIECES: dict[str, list[bytes]] = {
    "tspl": [
        TSPL,
        b"CLS\n",
        b"BITMAP 0,0,2,2,0,\x1b!P\r\nPRINT 1\n",
        b"\x1b!?",
        b"\x1b!S",
        b"PRI\x1b!?NT 1\r\n",
        b"BITMAP 0,0,0,9,1,\r\n",
        b"SET REPRINT OFF\r",
        b'EOJ\r\nOUT "x"\r\n',
        b"junk\x1bjunk\r\n",
        b"~!T\r\n",
        b"\x1b",
        b"\r\n\r\n",
    ],
    "cpcl": [
        CPCL,
        b"! 0 200 200 5 1\nEG 1 1 0 0 F F\nPRINT\n",
        b"\x1bh",
        b"\x1bJRU",
        b"\x1bJ",
        b'! U1 getvar "x"\r\n',
        b"! 0 200 200 8 1\r",
        b"CG 1 2 0 0 ",
        b"ABORT\r\n",
        b"text \x1b!",
        b"\r\n",
    ],
    "escpos": [
        b"\x1b@" + RASTER + b"\x1dV\x01",
        b"\x1b@",
        RASTER[:-1],
        b"\x1dV\x01",
        b"\x1d(H\x06\x00000001",
        b"\x10\x04\x01",
        b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08",
        b"\x10\x14\x01\x10\x04",
        b"\x10",
        b"text\n",
        b"\x1b~",
        b"\x1dI\x44",
        b"\x1d(D\x03\x00\x14\x02\x00",
        b"\x1bd\x02",
        b"\x1dv0\x00\x01\x00\x00\x00",
    ],
}
STARTS = {"tspl": b"", "cpcl": b"! 0 200 200 8 1\r\n", "escpos": b""}
EVERY = pytest.mark.parametrize("language", PIECES)


def shown(printed: list[Printed]) -> list[object]:
    """What can be seen of it: how many rows a piece of paper was made of cannot."""
    return [
        (one.kind, one.odometer, one.label and (one.label.raw, one.label.width, one.label.length, draw(one.label)))
        for one in printed
    ]


@EVERY
@given(data=st.data())
def test_any_cutting_of_a_stream_prints_the_same(language: str, data: st.DataObject) -> None:
    """Else a label would print, or an answer be given, depending on how TCP happened to cut the bytes."""
    stream = b"".join(data.draw(st.lists(st.sampled_from(PIECES[language]), max_size=10)))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=20)))
    pieces = [stream[start:end] for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    whole, cut = make(language, None), make(language, None)
    answer = whole.receive(stream, 0.0)
    answers = b"".join(cut.receive(piece, 0.0) for piece in pieces)
    assert answers == answer
    one, other = whole.advance(0.0), cut.advance(0.0)
    assert shown(one) == shown(other)
    assert language == "escpos" or one == other


@EVERY
@given(garbage=st.binary(max_size=300), size=st.integers(1, 7))
def test_garbage_never_raises(language: str, garbage: bytes, size: int) -> None:
    """Else bytes from outside could kill the device, or every test that uses it."""
    device = make(language, None)
    data = STARTS[language] + garbage
    for at in range(0, len(data), size):
        device.receive(data[at : at + size], 0.0)
    for label in labels(device.advance(0.0)):
        draw(label)


@pytest.mark.parametrize(("language", "job", "pixel"), [("tspl", TSPL, b"\x7e"), ("cpcl", CPCL, b"\x81")])
def test_a_picture_that_was_cut_off_swallows_what_follows(language: str, job: bytes, pixel: bytes) -> None:
    """The next label's bytes are taken for pixels of the one before, and questions too: only a loss of power frees it."""
    device = make(language, None)
    device.receive(job[: job.index(pixel) + 1], 0.0)
    device.receive(job, 0.0)
    assert [label.raw for label in labels(device.advance(0.0))] != [job]
    device.power_cycle(0.0)
    device.receive(job, 0.0)
    assert [label.raw for label in labels(device.advance(0.0))] == [job]


@pytest.mark.parametrize(("language", "job"), [("tspl", TSPL), ("cpcl", CPCL)])
def test_a_job_without_an_end_does_not_fill_the_memory(
    language: str, job: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is thrown away with a complaint, and the device goes on."""
    monkeypatch.setattr("waybilld_printers.virtual.lines.JOB_LIMIT", 200)
    device = make(language, None)
    device.receive(job.replace(b"PRINT", b"SPEED 4\r\n" * 100 + b"PRINT"), 0.0)
    (label,) = labels(device.advance(0.0))
    assert "a job over 200 bytes was discarded" in label.complaints
    assert len(label.raw) <= 200
    assert label.graphics == ()
