"""One label over the API: what it is, what its bar code means, and why it does not come out by itself."""

from __future__ import annotations

import json
from typing import Any

import pytest

from unit.http.http_house import Daemon
from waybilld.http.values import HttpError, Peer
from waybilld_sdk.printing import PrinterState, PrinterStatus

ROOT = Peer(4242, 0, 0)


def post(daemon: Daemon, path: str, **body: object) -> Any:
    """A change."""
    content = json.dumps(body).encode() if body else b""
    return json.loads(daemon.ask(f"/api/v1/{path}", "POST", content, ROOT).body)


def show(daemon: Daemon, name: str, state: PrinterState, *reasons: str, advice: str = "") -> None:
    """A lane saw its printer."""
    daemon.app.lanes[name].press.show(PrinterStatus(state, reasons, advice))


def test_what_a_label_is(daemon: Daemon) -> None:
    """Asked before a person is, so that nobody looks on the floor for a typing slip."""
    assert daemon.get("/api/v1/labels/S1") == {
        "serial": "S1", "kind": "waybill", "shipment": 1, "copy": 1, "superseded_by": None,
    }  # fmt: skip
    copy = post(daemon, "labels/S1/reprint", reason="jam")["serial"]
    assert daemon.get("/api/v1/labels/S1")["superseded_by"] == copy
    with pytest.raises(HttpError) as raised:
        daemon.get("/api/v1/labels/S99")
    assert (raised.value.status, raised.value.error) == (404, "there is no label S99")


def test_the_bar_code_is_scanned_as_well(daemon: Daemon) -> None:
    """One-dimensional scanners read the waybill number alone, and end it with a carriage return."""
    told = post(daemon, "labels/N000001%0D/scan")
    assert (told["serial"], told["word"], told["text"]) == ("S1", "go", "shipment 1 is verified")


def test_a_copy_tells_why_it_does_not_come_out(daemon: Daemon) -> None:
    """Nobody goes to a printer that was paused an hour ago, and waits."""
    show(daemon, "zebra-1", PrinterState.IDLE)
    assert post(daemon, "labels/S1/reprint", reason="jam")["standstill"] == ""
    post(daemon, "printers/zebra-1/pause", reason="roll change")
    show(daemon, "zebra-2", PrinterState.STOPPED, "cover-open", advice="Close the print head.")
    assert post(daemon, "labels/S2/reprint", reason="jam")["standstill"] == (
        "nothing prints it yet: printer zebra-1 is paused (roll change): waybilld printers resume zebra-1; "
        "printer zebra-2 is stopped: Close the print head"
    )
    show(daemon, "zebra-2", PrinterState.UNKNOWN, "connecting-to-device", advice="refused")
    (waiting, *_) = [label for (label,) in daemon.house.rows(
        "SELECT label.serial FROM job JOIN label ON label.id = job.label WHERE job.kind = 'print' AND job.state = 'ready'"
    )]  # fmt: skip
    assert "printer zebra-2 does not answer: refused" in post(daemon, f"labels/{waiting}/move", to="zebra-2")["standstill"]
    assert "zebra-1" not in post(daemon, f"labels/{waiting}/move", to="zebra-2")["standstill"]
