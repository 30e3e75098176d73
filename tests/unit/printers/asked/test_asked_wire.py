"""What printers with status bytes are asked, what their answers mean to people, and how what was cut off is taken out."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waybilld_printers.probes.card import Card
from waybilld_printers.probes.cpcl import wire as cpcl
from waybilld_printers.probes.cpcl.probe import CPCL
from waybilld_printers.probes.escpos import wire as escpos
from waybilld_printers.probes.escpos.probe import ESCPOS
from waybilld_printers.probes.probe import Probe
from waybilld_printers.probes.signs import SILENT, UNREACHABLE, Look, Sign, blocked
from waybilld_printers.probes.states import status_of
from waybilld_printers.probes.tspl import wire as tspl
from waybilld_printers.probes.tspl.probe import TSPL
from waybilld_sdk.printing import PrinterState, Supply
from waybilld_sdk.sound import fault_in

GOOD = bytes((0x12, 0x12, 0x12, 0x12))
EVERY = pytest.mark.parametrize("probe", [ESCPOS, TSPL, CPCL], ids=lambda probe: probe.name)


def seen(look: Look | None) -> Look:
    assert look is not None
    return look


@pytest.mark.parametrize(
    ("probe", "answer", "state", "reasons", "advice"),
    [
        (TSPL, b"\x00", PrinterState.IDLE, (), ""),
        (TSPL, b"\x20", PrinterState.PROCESSING, (), ""),
        (TSPL, b"\x01", PrinterState.STOPPED, ("cover-open-error",), "print head"),
        (TSPL, b"\x02", PrinterState.STOPPED, ("media-jam-error",), "jammed"),
        (TSPL, b"\x04", PrinterState.STOPPED, ("media-empty-error",), "new roll"),
        (TSPL, b"\x08", PrinterState.STOPPED, ("marker-supply-empty-error",), "ribbon"),
        (TSPL, b"\x10", PrinterState.STOPPED, ("paused",), "PAUSE"),
        (TSPL, b"\x40", PrinterState.STOPPED, ("cover-open-error",), "cover"),
        (TSPL, b"\x80", PrinterState.STOPPED, ("other-error",), "lights"),
        (TSPL, b"\x05", PrinterState.STOPPED, ("cover-open-error", "media-empty-error"), "print head"),
        (TSPL, b"\x24", PrinterState.STOPPED, ("media-empty-error",), "new roll"),
        (CPCL, b"\x00", PrinterState.IDLE, (), ""),
        (CPCL, b"\x10", PrinterState.IDLE, (), ""),
        (CPCL, b"\x01", PrinterState.PROCESSING, (), ""),
        (CPCL, b"\x02", PrinterState.STOPPED, ("media-empty-error",), "new roll"),
        (CPCL, b"\x04", PrinterState.STOPPED, ("cover-open-error",), "latch"),
        (CPCL, b"\x08", PrinterState.IDLE, ("other-warning",), "battery"),
        (ESCPOS, GOOD, PrinterState.IDLE, (), ""),
        (ESCPOS, b"\x1a\x16\x12\x12", PrinterState.STOPPED, ("cover-open-error",), "cover"),
        (ESCPOS, b"\x1a\x32\x12\x72", PrinterState.STOPPED, ("media-empty-error",), "new roll"),
        (ESCPOS, b"\x12\x12\x12\x1e", PrinterState.IDLE, ("media-low-warning",), "nearly"),
        (ESCPOS, b"\x1a\x52\x1a\x12", PrinterState.STOPPED, ("media-jam-error",), "cutter"),
        (ESCPOS, b"\x1a\x52\x32\x12", PrinterState.STOPPED, ("other-error",), "off and on"),
        (ESCPOS, b"\x1a\x52\x52\x12", PrinterState.STOPPED, ("other-error",), "hot"),
        (ESCPOS, b"\x1a\x52\x16\x12", PrinterState.STOPPED, ("other-error",), "error"),
        (ESCPOS, b"\x1a\x1a\x12\x12", PrinterState.STOPPED, ("other-error",), "off-line"),
    ],
)
def test_each_bit_has_a_word_and_an_advice(
    probe: Probe, answer: bytes, state: PrinterState, reasons: tuple[str, ...], advice: str
) -> None:
    """One bit off, and a packer changes the ribbon of a printer that has no paper."""
    status = status_of(seen(probe.read(answer)))
    assert (status.state, status.reasons) == (state, reasons)
    assert advice in status.advice
    assert not status.advice or status.advice.endswith(".")


@pytest.mark.parametrize(
    "table", [tspl.SIGNS, cpcl.SIGNS, {**escpos.OFF_LINE_SIGNS, **escpos.ERROR_SIGNS}, escpos.ROLL_SIGNS]
)
def test_every_sign_says_what_to_do(table: dict[int, Sign]) -> None:
    """A reason without an advice is a printer that somebody restarts."""
    assert all(sign.advice.endswith(".") and sign.keyword for sign in table.values())


def test_what_blocks_a_label_is_said_in_words() -> None:
    """A lane that stands still must say why."""
    assert blocked(Look()) == ""
    assert "printing" in blocked(Look(busy=True))
    assert "answers: false" in blocked(SILENT)
    assert blocked(UNREACHABLE) == blocked(SILENT)
    low = escpos.ROLL_SIGNS[0x0C]
    assert blocked(Look(signs=(low,))) == ""
    assert blocked(Look(signs=(tspl.SIGNS[0x01], tspl.SIGNS[0x04]))).count(".") == 2


def test_a_printer_that_says_nothing_is_unknown_not_broken() -> None:
    """Silence says nothing."""
    assert status_of(SILENT).state is status_of(UNREACHABLE).state is PrinterState.UNKNOWN
    # Without a reason it would pass for a printer that can never tell its state, and be given the next label.
    assert (status_of(SILENT).reasons, status_of(UNREACHABLE).reasons) == (("timed-out",), ("connecting-to-device",))
    assert CPCL.read(b"\xff") == SILENT
    assert CPCL.read(b"\x00\x00") == TSPL.read(b" \x00") == SILENT


@EVERY
@given(noise=st.binary(max_size=60))
def test_noise_never_raises(probe: Probe, noise: bytes) -> None:
    """A device that talks nonsense must not crash the lane."""
    look = probe.read(noise)
    assert look is None or isinstance(look, Look)
    assert probe.read(b"") is None


@EVERY
def test_a_look_is_kept_as_plain_values(probe: Probe) -> None:
    """The attempt's record is read by people after a quarrel."""
    look = Look(signs=(tspl.SIGNS[0x01], tspl.SIGNS[0x04]), busy=True)
    assert look.to_snapshot(probe.name) == {
        "probe": probe.name,
        "answered": True,
        "signs": "head-open paper-out",
        "busy": True,
        "restarted": False,
    }


class TestEcho:
    """`GS ( H`: the one proof that an ESC/POS printer has."""

    @given(st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=40))
    def test_a_name_is_four_characters_that_the_command_takes(self, attempt: str) -> None:
        name = escpos.process_id(attempt)
        assert len(name) == 4
        assert all(0x21 <= byte <= 0x7E for byte in name)
        assert escpos.ask_echo(attempt) == b"\x1d(H\x06\x00\x30\x30" + name

    def test_neighbours_have_other_names(self) -> None:
        """The echo of the label before must not prove this one."""
        names = [escpos.process_id(f"attempt-{number}") for number in range(5_000)]
        assert all(name not in names[at + 1 : at + 100] for at, name in enumerate(names))

    def test_the_name_is_heard_among_other_answers(self) -> None:
        """Status bytes come before, after and between."""
        name = escpos.process_id("attempt-7")
        assert escpos.echoed(GOOD + b"\x37\x22" + name + b"\x00" + GOOD, "attempt-7")
        for heard in (b"", GOOD, b"\x37\x22" + name, name, b"\x37\x22" + name + b"\x01", b"\x37\x22" + name[:3] + b"\x00"):
            assert not escpos.echoed(heard, "attempt-7")
        assert not escpos.echoed(b"\x37\x22" + name + b"\x00", "attempt-8")

    def test_a_status_is_read_with_a_name_between_its_bytes(self) -> None:
        name = b"\x37\x22" + escpos.process_id("attempt-7") + b"\x00"
        assert escpos.read(GOOD[:2] + name + GOOD[2:]) == Look()
        assert escpos.read(GOOD[:3] + name) is None

    def test_answers_that_nobody_asked_for_make_the_look_say_nothing(self) -> None:
        """Pixels that look like a question are answered: with five bytes no one knows which is the cover's."""
        assert escpos.read(b"\x12" + GOOD) == SILENT


class TestLeftover:
    """What a cut may have left must be filled up and taken out, and nothing may come out for it."""

    @given(st.integers(0, 5000))
    def test_the_fill_is_as_long_as_the_picture(self, size: int) -> None:
        for probe in (ESCPOS, TSPL, CPCL):
            flush = probe.flush(size)
            assert size <= len(flush) <= size + 12
            assert b"PRINT" not in flush

    def test_each_language_ends_with_its_own_word(self) -> None:
        assert tspl.flush(10) == b"?" + b"\r\n" * 6 + b"CLS\r\n"
        assert cpcl.flush(4) == bytes(4) + b"\r\nABORT\r\n"
        assert escpos.flush(4) == bytes(4) + b"\x1b@\x1dVB\x00"


class TestCard:
    """What a printer tells of itself: whose warranty it is, and how far it has run."""

    def test_tspl_tells_model_and_kilometres(self) -> None:
        card = tspl.read_card([b"TTP-244 Pro\r\n", b"12\r"])
        assert (card.model, card.length_mm, card.length_step_mm) == ("TTP-244 Pro", 12_000_000, 1_000_000)
        assert tspl.read_card([b"x" * 500, b"?"]).length_mm is None
        assert len(tspl.read_card([b"x" * 500, b"?"]).model) == 64

    def test_escpos_tells_model_firmware_and_serial(self) -> None:
        card = escpos.read_card([b"\x5fTM-T88VI\x00", b"\x5f30.29 ESC/POS\x00", b"\x12\x5fX7QY001\x00"])
        assert (card.model, card.firmware, card.serial) == ("TM-T88VI", "30.29 ESC/POS", "X7QY001")
        assert escpos.read_card([b"\x12", b"", b"_half"]) == Card()
        assert escpos.read_card([b"2_TM_x\x00", b"ab\x00\x5fV1\x00", b"_\x00"]) == Card("TM_x", "V1")

    @given(st.lists(st.binary(max_size=80), min_size=2, max_size=2))
    def test_noise_never_raises(self, answers: list[bytes]) -> None:
        assert isinstance(tspl.read_card(answers), Card)
        assert isinstance(escpos.read_card([*answers, b""]), Card)

    @pytest.mark.parametrize("answer", [b"_" * 65_536, b"_" + b" " * 65_536, b"_a" * 32_768, b"9" * 65_536])
    def test_no_card_costs_more_than_a_glance(self, answer: bytes) -> None:
        """An answer of underscores was searched anew from each of them."""
        began = time.process_time()
        assert len(tspl.read_card([answer, answer]).model) <= 64
        assert len(escpos.read_card([answer, answer, answer]).model) <= 80
        assert time.process_time() - began < 1.0

    def test_a_card_cannot_write_into_the_log(self) -> None:
        """Model and serial are shown to people and kept in rows."""
        evil = b"TT\x1b[2J\nINFO fake \x9b31m\x00"
        for card in (tspl.read_card([evil, b"1"]), escpos.read_card([b"\x5f" + evil] * 3)):
            assert fault_in(status_of(Look(), card)) == ""

    def test_a_roll_that_runs_low_is_a_supply(self) -> None:
        low = status_of(seen(escpos.read(b"\x12\x12\x12\x1e")))
        assert low.supplies == (Supply("media", "labels", low=True),)
