"""A printer that lost power between two looks: its counter then proves nothing, however well it fits."""

from __future__ import annotations

from dataclasses import replace

import pytest

from support.memory_device import MemoryDevice
from waybilld_printers.probes.zebra.decide import Case, decide
from waybilld_printers.probes.zebra.observation import HostStatus, Observation
from waybilld_printers.transports.raw.adapter import RawPrinter
from waybilld_printers.transports.raw.settings import RawSettings
from waybilld_printers.virtual.device import DeviceConfig
from waybilld_sdk.printing import AttemptRef, Document, Evidence, Outcome, Snapshot
from waybilld_sdk.testing.run import run_now

LABEL = Document("zpl", b"^XA^PW80^LL80^FO8,8^GFA,2,2,1,FF81^FS", b"^XZ")


def case(uptime_before: int | None, uptime_after: int, elapsed_s: float | None) -> Case:
    """The counter rose by one, everything is clear, and the same printer answers."""
    before = Observation("S1", 10, uptime_before, HostStatus())
    after = Observation("S1", 11, uptime_after, HostStatus())
    return Case(before, after, Evidence.ACKNOWLEDGED, 5, 60.0, 1.0, elapsed_s)


@pytest.mark.parametrize(
    ("before", "after", "elapsed", "restarted"),
    [
        (1000, 1060, 60.0, False),
        (1000, 1057, 60.0, False),
        (1000, 3, 60.0, True),
        (2, 62, 60.0, False),
        (2, 3, 7.0, True),
        (2, 20, 60.0, True),
        (None, 3, 60.0, True),
        (1000, 3, None, True),
        (2, 3, None, False),
    ],
)
def test_a_clock_that_did_not_run_on_is_a_restart(
    before: int | None, after: int, elapsed: float | None, restarted: bool
) -> None:
    """A printer that was switched on twice within a minute shows a clock that only seems to have gone on."""
    rule, _ = decide(case(before, after, elapsed))
    assert rule.outcome is (Outcome.UNCONFIRMED if restarted else Outcome.PROVEN)


@pytest.mark.parametrize(
    ("before", "after", "wall_s", "doubted"),
    [
        (60, 300, 240.0, False),
        (60, 300, 243.0, False),
        (60, 300, 7_000.0, True),
        # A clock that was set back says nothing against the printer.
        (60, 300, -9.0, False),
        (60, 300, None, False),
        (None, 300, 7_000.0, False),
        (60, None, 240.0, True),
        (None, None, 240.0, False),
    ],
)
def test_after_a_restart_of_the_daemon_the_wall_clock_may_raise_a_doubt(
    before: int | None, after: int | None, wall_s: float | None, doubted: bool
) -> None:
    """The machine was off for two hours and the printer with it: what it counted since may be a power-on feed."""
    looks = Observation("S1", 10, before, HostStatus()), Observation("S1", 11, after, HostStatus())
    counted = Case(*looks, Evidence.ACKNOWLEDGED, 5, 60.0, 1.0, None, wall_s)
    assert decide(counted)[0].outcome is (Outcome.UNCONFIRMED if doubted else Outcome.PROVEN)
    uncounted = replace(counted, after=replace(looks[1], odometer=10))
    assert decide(uncounted)[0].name == "never-arrived"


def test_one_look_without_the_time_since_power_on_is_asked_again() -> None:
    """An answer may be cut short by a slow network; that alone is no restart."""
    looks = Observation("S1", 10, 60, HostStatus()), Observation("S1", 11, None, HostStatus())
    rule, _ = decide(Case(*looks, Evidence.ACKNOWLEDGED, 1, 0.0, 1.0, 3.0))
    assert (rule.name, rule.outcome) == ("counted-silent-on-power", Outcome.PENDING)


@pytest.mark.parametrize("status_port", [9200, None], ids=["status-port", "print-port-only"])
def test_the_receipt_knows_how_long_the_printer_had_been_on(status_port: int | None) -> None:
    """Without it a restart after the token cannot be seen, and a power-on feed passes for our label."""
    behind = MemoryDevice(DeviceConfig(labels_per_second=None))
    behind.context.advance(500)
    settings = {"host": "printer", "media_mm": (50, 25), "speed_ips": 14, "status_port": status_port}
    printer = RawPrinter(behind.context, RawSettings.model_validate(settings))
    seen: list[Snapshot] = []

    async def gate(before: Snapshot) -> bool:
        seen.append(before)
        return True

    sent = run_now(printer.submit(LABEL, AttemptRef("a1", "a test"), gate))
    assert isinstance(seen[0]["uptime_s"], int)
    assert seen[0]["uptime_s"] >= 500
    assert sent.receipt.before == seen[0]
