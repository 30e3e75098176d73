"""Model, firmware, length and warnings of a Zebra printer: what the console shows, and what explains a status kept back."""

from __future__ import annotations

import json
import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.memory_device import MemoryDevice
from waybilld_printers.probes.card import NO_CARD, Card
from waybilld_printers.probes.zebra.card import CARD_GETVAR, CARD_JSON, ERRORS, WARNINGS
from waybilld_printers.probes.zebra.observation import HostStatus, Observation
from waybilld_printers.probes.zebra.states import status_of
from waybilld_printers.probes.zebra.wire import Dialect, Garbled
from waybilld_printers.transports.raw.adapter import RawPrinter
from waybilld_printers.transports.raw.looks import CARD_S
from waybilld_printers.transports.raw.settings import RawSettings
from waybilld_printers.virtual.device import DeviceConfig
from waybilld_sdk.printing import PrinterState, Supply
from waybilld_sdk.sound import fault_in
from waybilld_sdk.testing.run import run_now

LENGTH = "8560 INCHES, 21744 CENTIMETERS"
LOOK = Observation("S1", 7, 30, HostStatus())


def told(system: str, dialect: Dialect[Card] = CARD_JSON) -> Card:
    """The card of a device whose system status is `system`."""
    names = ("device.product_name", "appl.name", "odometer.total_print_length", "zpl.system_status")
    values = dict(zip(names, ("ZTC ZD421", "V93.21.15Z", LENGTH, system), strict=True))
    answer = json.dumps(values) if dialect is CARD_JSON else "".join(f'"{value}"' for value in values.values())
    card = dialect.read(answer.encode())
    assert card is not None
    return card


@pytest.mark.parametrize("dialect", [CARD_JSON, CARD_GETVAR], ids=lambda dialect: dialect.name)
def test_a_card_says_what_the_device_said(dialect: Dialect[Card]) -> None:
    """What runs out and what must be updated is reckoned from these."""
    assert told("0,0,00000000,00000000,0,00000000,00000000", dialect) == Card("ZTC ZD421", "V93.21.15Z", 217_440, 10)
    low = told("0,0,00000000,00000000,1,00000000,00000008", dialect)
    assert [sign.name for sign in low.signs] == ["media-low"]


EVIL = "ZD\x1b[2J\nINFO fake line \u202e\ud800" + "x" * 500


def test_a_card_cannot_write_into_the_log() -> None:
    """Model and firmware are shown to people and kept in rows."""
    names = ("device.product_name", "appl.name", "odometer.total_print_length", "zpl.system_status")
    card = CARD_JSON.read(json.dumps(dict.fromkeys(names, EVIL)).encode())
    assert card is not None
    assert fault_in(status_of(LOOK, card, answers_when_faulted=True)) == ""


@pytest.mark.parametrize("text", ["1" * 8000, "1" + " " * 8000, " " * 8000, "0,0,00000000" + " " * 8000, "1 " * 4000])
def test_no_card_costs_more_than_a_glance(text: str) -> None:
    """A pattern that tries every blank from every other one holds the daemon up."""
    began = time.process_time()
    assert told(text).signs == ()
    names = ("device.product_name", "appl.name", "odometer.total_print_length", "zpl.system_status")
    CARD_JSON.read(json.dumps(dict.fromkeys(names, text)).encode())
    assert time.process_time() - began < 1.0


@pytest.mark.parametrize("system", ["?", "", "0,0", "0,1,zz,00000004", "0,1,00000000,4"])
def test_another_form_of_the_system_status_is_no_news(system: str) -> None:
    """A shifted field must not read as a jam."""
    assert told(system).signs == ()


@pytest.mark.parametrize(("bit", "name"), [*((bit, sign.name) for bit, sign in ERRORS.items())])
def test_each_error_nibble_has_a_word(bit: int, name: str) -> None:
    """One nibble off, and a packer looks for a jam in a printer with a broken head."""
    card = told(f"0,1,00000000,{bit:08X}")
    assert [sign.name for sign in card.signs] == [name]
    assert status_of(LOOK, card, answers_when_faulted=False).advice == ERRORS[bit].advice


@pytest.mark.parametrize(("bit", "name"), [*((bit, sign.name) for bit, sign in WARNINGS.items())])
def test_a_warning_stops_nothing(bit: int, name: str) -> None:
    """A printer that wants its head cleaned still prints."""
    card = told(f"0,0,00000000,00000000,1,00000000,{bit:08X}")
    status = status_of(LOOK, card, answers_when_faulted=False)
    assert (status.state, status.reasons) == (PrinterState.IDLE, (WARNINGS[bit].keyword,))
    assert status.supplies == ((Supply("media", "labels", low=True),) if name == "media-low" else ())


def test_what_the_flags_show_is_told_before_a_warning() -> None:
    """An open head is why nothing comes out; the nearly empty roll is not."""
    card = told("0,0,00000000,00000000,1,00000000,00000008")
    opened = replace(LOOK, flags=HostStatus(head_open=True, label_waiting=True))
    status = status_of(opened, card, answers_when_faulted=False)
    assert status.reasons == ("cover-open-error", "output-area-full-report", "media-low-warning")
    assert status.advice == "Close the print head."


def test_the_card_explains_a_status_that_is_kept_back() -> None:
    """ "Check everything" is what people are told only where the device says no more."""
    hidden = replace(LOOK, flags=None)
    jammed = status_of(hidden, told("0,1,00000000,00000008"), answers_when_faulted=False)
    assert (jammed.state, jammed.reasons) == (PrinterState.STOPPED, ("media-jam-error",))
    assert status_of(hidden, NO_CARD, answers_when_faulted=False).reasons == ("other-error",)


@given(st.sampled_from([CARD_JSON, CARD_GETVAR]), st.binary(max_size=200))
def test_noise_is_garbled_or_no_answer(dialect: Dialect[Card], noise: bytes) -> None:
    """A device that talks nonsense must not crash the lane."""
    for read in (dialect.read, dialect.rest):
        try:
            card = read(noise)
        except Garbled:
            continue
        assert card is None or isinstance(card, Card)


@pytest.mark.parametrize("status_port", [9200, None], ids=["status-port", "print-port-only"])
def test_a_status_tells_who_the_printer_is_and_asks_for_that_once_a_minute(status_port: int | None) -> None:
    """The state is asked all day long; the model does not change."""
    behind = MemoryDevice(DeviceConfig(labels_per_second=None))
    settings = {"host": "printer", "media_mm": (50, 25), "status_port": status_port}
    printer = RawPrinter(behind.context, RawSettings.model_validate(settings))
    status = run_now(printer.status())
    device = behind.device.status(behind.now())
    assert (status.model, status.firmware) == (device.model, device.firmware)
    assert (status.length_mm, status.length_step_mm) == (0, 10)
    asked, heard = behind.questions, behind.received
    behind.context.advance(2)
    run_now(printer.status())
    assert behind.questions - asked == (1 if status_port else 0)
    assert b"appl.name" not in behind.received[len(heard) :]
    behind.context.advance(CARD_S)
    run_now(printer.status())
    assert behind.questions - asked == (3 if status_port else 0)
    assert (b"appl.name" in behind.received[len(heard) :]) == (status_port is None)


def test_a_length_that_was_told_before_the_newest_label_is_not_told_as_of_now() -> None:
    """It is asked for once a minute, and the count with each look: an old length beside a new count is a roll that does not
    get shorter, and then loses a minute's labels at once."""
    behind = MemoryDevice(DeviceConfig(labels_per_second=None))
    settings = {"host": "printer", "media_mm": (50, 25), "status_port": 9200}
    printer = RawPrinter(behind.context, RawSettings.model_validate(settings))
    assert run_now(printer.status()).length_mm == 0
    behind.device.receive(b"^XA^FO10,10^GB20,20,2^FS^XZ", behind.now())
    behind.device.advance(behind.now())
    behind.context.advance(2)
    printed = run_now(printer.status())
    assert (printed.odometer, printed.length_mm) == (1, None)
    behind.context.advance(CARD_S)
    told = run_now(printer.status())
    assert told.odometer == 1
    assert told.length_mm
