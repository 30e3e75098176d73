"""What is in a printer, and what counts as printed without a proof: on every screen that somebody looks at."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from unit.http.http_house import Daemon, now
from unit.store.store_house import policies
from waybilld.core.printers import Mode
from waybilld.core.unconfirmed import Unconfirmed
from waybilld.http.values import Peer
from waybilld.services.errands import Report
from waybilld.services.floor import Rehearsed, passed
from waybilld.store import attempts, outcomes
from waybilld.store.attempts import Task
from waybilld.store.jobs import Owner
from waybilld_sdk.printing import Evidence, Outcome, PrinterState, PrinterStatus, Verdict

ROOT = Peer(4242, 0, 0)
STOPPED = PrinterStatus(PrinterState.STOPPED, ("cover-open",), "Close the print head.")


def tell(daemon: Daemon, name: str, what: str) -> None:
    """A person tells a printer something."""
    daemon.ask(f"/api/v1/printers/{name}/{what}", "POST", b'{"reason": "repair"}', ROOT)


def printer(daemon: Daemon, name: str = "zebra-1") -> Any:
    """Its row."""
    return next(row for row in daemon.get("/api/v1/printers")["printers"] if row["name"] == name)


def waits(daemon: Daemon, shipment: int) -> str | None:
    """What a shipment waits for."""
    briefs = [brief for row in daemon.get("/api/v1/orders")["orders"] for brief in row["shipments"]]
    return next(brief["waits"] for brief in briefs if brief["id"] == shipment)


def live(daemon: Daemon) -> tuple[str, int]:
    """The label that zebra-1 has in it: its serial and shipment."""
    sql = "SELECT label.serial, label.shipment FROM attempt JOIN label ON label.id = attempt.label WHERE attempt.state = ?"
    ((serial, shipment),) = daemon.house.rows(sql, "sending")
    return str(serial), int(shipment)


def sent(daemon: Daemon) -> Task:
    """All of the label that zebra-1 has in it is sent."""
    house = daemon.house
    task = attempts.live(house.run, "zebra-1")
    assert task is not None
    house.do(lambda tx: attempts.adopt(tx, task, Owner("lane-zebra-1", house.epoch)))
    assert house.sent(task)
    return task


def test_the_label_in_a_stopped_printer_is_on_every_screen(daemon: Daemon) -> None:
    """With one printer and its head open it was nowhere: not in the queue, not with the order, not in the check."""
    serial, shipment = live(daemon)
    daemon.app.lanes["zebra-1"].press.show(PrinterStatus(PrinterState.IDLE))
    assert (printer(daemon)["has"], printer(daemon, "zebra-2")["has"]) == (serial, None)
    assert waits(daemon, shipment) == f"{serial} is in printer zebra-1"
    daemon.app.lanes["zebra-1"].press.show(STOPPED)
    assert waits(daemon, shipment) == f"{serial} is in printer zebra-1, which is stopped: Close the print head"
    found = {row["subject"]: row["text"] for row in daemon.get("/api/v1/check")["findings"]}
    assert f"{serial} is in it" in found["printer zebra-1"]
    queue = printer(daemon)["queue"]
    assert f"{queue + 1} label" in found["pool pool"]


def test_a_drained_printer_says_that_its_plug_may_be_pulled(daemon: Daemon) -> None:
    """Not while a label is in it, nor while the rest of an order's set is to come."""
    serial, _ = live(daemon)
    tell(daemon, "zebra-1", "drain")
    tell(daemon, "zebra-2", "drain")
    rows = printer(daemon), printer(daemon, "zebra-2")
    assert [(row["mode"], row["has"], row["drained"]) for row in rows] == [
        ("draining", serial, False),
        ("draining", None, True),
    ]
    task = sent(daemon)
    verdict = Verdict(Outcome.PROVEN, Evidence.PRINTED, "counted", {})
    daemon.house.do(lambda tx: outcomes.proven(tx, task, verdict, policies()))
    assert printer(daemon)["drained"]
    tell(daemon, "zebra-1", "pause")
    assert not printer(daemon)["drained"]


def test_what_was_only_sent_is_not_called_printed_without_more(daemon: Daemon) -> None:
    """Every byte acknowledged is no paper: each list says so until a scan proves it."""
    task = sent(daemon)
    daemon.house.do(
        lambda tx: outcomes.unconfirmed(tx, task, Evidence.ACKNOWLEDGED, "no word", Unconfirmed.ACCEPT_SENT, policies())
    )
    shown = {b["id"]: (b["state"], b["sent_only"]) for o in daemon.get("/api/v1/orders")["orders"] for b in o["shipments"]}
    assert shown[task.shipment] == ("printed", True)
    assert not any(sent_only for number, (_, sent_only) in shown.items() if number != task.shipment)
    assert daemon.get(f"/api/v1/shipments/{task.shipment}")["sent_only"]
    lane = daemon.app.lanes["zebra-1"]
    lane.printer = replace(lane.printer, unconfirmed=Unconfirmed.ACCEPT_SENT)
    assert printer(daemon)["unconfirmed"] == daemon.get("/api/v1/printers/zebra-1")["unconfirmed"] == "accept-sent"
    told = json.loads(daemon.ask(f"/api/v1/labels/{task.serial}/scan", "POST", b"", ROOT).body)
    assert told["word"] == "go"
    assert not daemon.get(f"/api/v1/shipments/{task.shipment}")["sent_only"]


@pytest.mark.parametrize(
    ("modes", "ready"),
    [((Mode.OPEN, Mode.OPEN), True), ((Mode.OPEN, Mode.PAUSED), False), ((Mode.DRAINING, Mode.OPEN), False)],
)
def test_who_takes_no_labels_takes_none_over(modes: tuple[Mode, ...], ready: bool) -> None:
    """A printer that prints its test label and is paused would stand still on the day."""
    rows = [Rehearsed(f"p{n}", n > 0, "proven", Evidence.PRINTED, "", 0.2, "", mode) for n, mode in enumerate(modes)]
    assert passed(rows, dict.fromkeys(("p0", "p1"), Evidence.PRINTED)) is ready


def test_the_drill_tells_what_people_told_each_printer(daemon: Daemon) -> None:
    """The row says why the pool is not ready, though the label came out."""
    tell(daemon, "zebra-2", "pause")
    desk = daemon.app.floor

    async def printed(*_: object) -> Any:
        return Report("X1.1", "proven", Evidence.PRINTED, "", 0.2)

    desk._print = printed  # type: ignore[method-assign]
    rows = now(desk.drill("pool"))
    assert [(row.printer, row.mode) for row in rows] == [("zebra-1", Mode.OPEN), ("zebra-2", Mode.PAUSED)]
