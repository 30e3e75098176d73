"""How long the print connection is kept: a shared printer must get it back, and a label under way must keep it."""

from __future__ import annotations

import pytest

from support.memory_device import MemoryDevice
from waybilld_printers.transports.raw.adapter import RawPrinter
from waybilld_printers.transports.raw.settings import RawSettings
from waybilld_printers.virtual.device import DeviceConfig
from waybilld_printers.virtual.memory import PrintLine, StatusLine
from waybilld_sdk.printing import AttemptRef, Document, Evidence, Outcome
from waybilld_sdk.testing.asking import open_gate
from waybilld_sdk.testing.run import run_now

LABEL = Document("zpl", b"^XA^PW80^LL80^FO8,8^GFA,2,2,1,FF81^FS", b"^XZ")


class Kept(MemoryDevice):
    """Remembers its connections."""

    def __init__(self) -> None:
        self.streams: list[PrintLine | StatusLine] = []
        super().__init__(DeviceConfig(labels_per_second=None))

    def dial(self, host: str, port: int) -> PrintLine | StatusLine:
        self.streams.append(super().dial(host, port))
        return self.streams[-1]


@pytest.mark.parametrize("status_port", [9200, None], ids=["status-port", "print-port-only"])
def test_a_connection_that_is_never_kept_lasts_for_the_whole_label(status_port: int | None) -> None:
    """With `keep_open_s: 0` a question put between body and token must not close the connection that holds the body."""
    behind = MemoryDevice(DeviceConfig(labels_per_second=None))
    settings = {"host": "printer", "media_mm": (50, 25), "speed_ips": 14, "keep_open_s": 0, "status_port": status_port}
    printer = RawPrinter(behind.context, RawSettings.model_validate(settings))
    for name in ("a1", "a2"):
        sent = run_now(printer.submit(LABEL, AttemptRef(name, "a test"), open_gate))
        assert sent.receipt.reached is Evidence.ACKNOWLEDGED
        assert run_now(printer.evidence(sent.receipt)).outcome is Outcome.PROVEN
    assert behind.labels_out() == 2


def test_a_connection_that_is_never_kept_is_given_back_after_every_call() -> None:
    """Where the print port is also asked for the status, the next computer in line must not wait for us for ever."""
    behind = Kept()
    settings = {"host": "printer", "media_mm": (50, 25), "keep_open_s": 0, "status_port": None}
    printer = RawPrinter(behind.context, RawSettings.model_validate(settings))
    run_now(printer.check())
    run_now(printer.status())
    run_now(printer.submit(LABEL, AttemptRef("a1", "a test"), open_gate))
    assert all(stream.over for stream in behind.streams)
