"""The opening check: what is well, what is to be watched, what stops the day."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from unit.http.http_house import Daemon, shop_config
from waybilld.config.load import Loaded
from waybilld.config.model import Config, Pool
from waybilld.host.processes import Killed
from waybilld.host.sheetfile import Look
from waybilld.http import opening
from waybilld.http.opening import SheetFile, Stock, Stored, Trouble
from waybilld.http.shapes import PrinterRow
from waybilld.store.queries.shapes import Counts
from waybilld_sdk.context import Limits
from waybilld_sdk.errors import Retry
from waybilld_sdk.printing import PrinterState, PrinterStatus
from waybilld_sdk.shipping import Balance

GIB = 1 << 30
NOW = datetime(2026, 5, 10, 8, tzinfo=UTC)
COUNTS: Counts = {
    "orders": 1,
    "shipments": {},
    "blocked": 0,
    "working": 0,
    "cases": 0,
    "unconfirmed": 0,
    "quarantined": 0,
    "attempts": {},
    "jobs": {},
    "journal_seq": 9,
}


@pytest.mark.parametrize(
    ("free", "disk", "level"),
    [
        (50 * GIB, 100 * GIB, "ok"),
        (9 * GIB, 100 * GIB, "warn"),
        (GIB - 1, 2 * GIB, "warn"),
        (GIB, 2 * GIB, "ok"),
        ((100 << 20) - 1, 2 * GIB, "stop"),
        (0, 0, "stop"),
    ],
)
def test_disk(free: int, disk: int, level: str) -> None:
    """Below 1 GiB or a tenth somebody should act, below 100 MiB nothing more is taken in."""
    found = opening.storage(Stored(COUNTS, free, disk, NOW), NOW.timestamp())
    assert [f["level"] for f in found if f["subject"] == "disk"] == [level]


@pytest.mark.parametrize(("days", "level"), [(0, "ok"), (6.9, "ok"), (7.1, "warn"), (None, "warn"), (-1, "ok")])
def test_backup_age(days: float | None, level: str) -> None:
    """A backup that nobody made for a week is noticed now, and not on the day it is needed."""
    at = None if days is None else datetime.fromtimestamp(NOW.timestamp() - days * 86_400, UTC)
    found = opening.storage(Stored(COUNTS, 50 * GIB, 100 * GIB, at), NOW.timestamp())
    assert [f["level"] for f in found if f["subject"] == "backup"] == [level]


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"at": 5}', '{"at": "yesterday"}', '{"at": "2026-05-01T00:00:00"}', '{"path": "x"}']
)
def test_a_broken_marker_is_no_backup(tmp_path: Path, text: str) -> None:
    """Half a marker proves nothing, and must not keep the check from running."""
    (tmp_path / opening.BACKUP_MARKER).write_text(text)
    assert opening.last_backup(tmp_path) is None


def test_marker_of_db_backup_is_read(tmp_path: Path) -> None:
    """The marker is the only link between the backup command and this check."""
    (tmp_path / opening.BACKUP_MARKER).write_text(json.dumps({"at": NOW.isoformat(), "path": "/b/w.db"}))
    assert opening.last_backup(tmp_path) == NOW


@pytest.mark.parametrize(
    ("stock", "level"),
    [
        (Stock("a", 500, "waybills", "", ""), "ok"),
        (Stock("a", 9, "waybills", "a has 9 left: ask for more", ""), "warn"),
        (Stock("a", 0, "waybills", "a has 0 left", ""), "stop"),
        (Stock("a", -5, "minor", "", ""), "stop"),
        (Stock("a", None, "", "", ""), "ok"),
        (Stock("a", None, "", "", "no answer"), "warn"),
    ],
)
def test_numbers_left(stock: Stock, level: str) -> None:
    """A range that runs dry on a busy afternoon stops the whole packing station."""
    assert [f["level"] for f in opening.numbers([stock])] == [level]


CARD = SheetFile("store", "card", "/srv/card.pdf")
INVOICE = SheetFile("store", "invoice", "/srv/i/{order}.pdf")
GONE = Look("file is not there", "put it there", later=True)


@pytest.mark.parametrize(
    ("files", "looks", "levels"),
    [
        ([], [], []),
        ([], None, []),
        ([CARD, INVOICE], [Look(), Look()], [("sheets", "ok")]),
        ([CARD, INVOICE], [GONE, GONE], [("card of store", "stop"), ("invoice of store", "warn")]),
        ([CARD, INVOICE], [Look(), Look("folder is none", "make it")], [("invoice of store", "stop")]),
        ([CARD], None, [("sheets", "stop")]),
    ],
)
def test_files_of_print_sets(files: list[SheetFile], looks: list[Look] | None, levels: list[tuple[str, str]]) -> None:
    """A missing card holds all orders of its set; a folder of invoices may be made with the first invoice."""
    found = opening.sheets(files, looks)
    assert [(f["subject"], f["level"]) for f in found] == levels
    assert all(f["todo"] for f in found if f["level"] != "ok")


def row(name: str, pool: str, state: str) -> PrinterRow:
    """A printer in a state."""
    base: Any = {"name": name, "pool": pool, "state": state, "reasons": ["media-empty"], "advice": "", "queue": 0}
    base |= {"mode": "open", "told": "", "backs": [], "last": None, "has": None, "drained": False, "unconfirmed": "hold"}
    found: PrinterRow = base
    return found


def test_a_pool_without_a_working_printer_stops_the_day() -> None:
    """One broken printer of two is a nuisance; the last one of a pool is not."""
    rows = [row("a", "one", "stopped"), row("b", "one", "idle"), row("c", "two", "unknown")]
    found = {f["subject"]: f["level"] for f in opening.printers(rows)}
    assert found == {"printer a": "warn", "printer b": "ok", "printer c": "warn", "pool two": "stop"}


def test_a_paused_printer_and_an_untried_backup_are_named() -> None:
    """Both are forgotten easily, and both are noticed on the busiest day."""
    paused = {**row("a", "one", "idle"), "mode": "paused", "told": "roll change (supervisor)"}
    backup = {**row("z", "", "idle"), "backs": ["one"]}
    rows: Any = [paused, backup]
    found = {f["subject"]: (f["level"], f["text"]) for f in opening.printers(rows)}
    assert found == {"printer a": ("warn", "paused: roll change (supervisor)"), "printer z": ("ok", "idle")}
    pools = (Pool.model_validate({"name": "one", "printers": ("a",), "backups": ("z",), "drill_days": 10}),)
    (untried,) = opening.backups(rows, pools, 1_000_000_000)
    assert untried["text"] == "has never printed, and pool one relies on it"
    backup["last"] = {"at": "2001-08-31T00:00:00Z"}
    assert [f["text"] for f in opening.backups(rows, pools, 1_000_000_000)] == []
    assert "nothing for 11 days" in opening.backups(rows, pools, 1_000_200_000)[0]["text"]


def test_a_label_in_a_stopped_printer_waits_too() -> None:
    """It is in nobody's queue, and its parcel waits longest of all."""
    stuck: Any = {**row("a", "one", "stopped"), "has": "W1.1", "queue": 2}
    (printer, pool) = opening.printers([stuck])
    assert printer["text"] == "stopped: media-empty; W1.1 is in it"
    assert pool["text"] == "no printer works, and 3 labels wait"
    alone = opening.printers([{**stuck, "queue": 0}])[1]
    assert alone["text"] == "no printer works, and 1 label waits"


def test_draining_comes_to_an_end() -> None:
    """Who waits to pull the plug must see when it may be pulled, and what is still in it before."""
    draining: Any = {**row("a", "one", "idle"), "mode": "draining", "told": "repair (mei)", "has": "W1.1"}
    assert opening.printers([draining])[0]["text"] == "draining: repair (mei); W1.1 is in it"
    drained = {**draining, "has": None, "drained": True}
    assert opening.printers([drained])[0]["text"] == "drained, nothing in it: repair (mei)"


def test_what_counts_without_proof_is_said_every_morning() -> None:
    """Accept-sent is a choice, and whoever did not make it must know of it."""
    trusting: Any = {**row("a", "one", "idle"), "unconfirmed": "accept-sent"}
    (found,) = opening.printers([trusting])
    assert (found["level"], "accept-sent: what was sent counts as printed" in found["text"]) == ("ok", True)


def test_a_printer_that_cannot_tell_is_not_called_broken() -> None:
    """Most cheap ones tell nothing: a check that warns of them each morning is a check that nobody reads."""
    blind: Any = {**row("a", "one", "unknown"), "reasons": []}
    assert [f["level"] for f in opening.printers([blind])] == ["ok"]


def test_plugins() -> None:
    """A quarantine names the very command that ends it."""
    assert [f["level"] for f in opening.plugins([])] == ["ok"]
    found = opening.plugins([Trouble("printer.a", "five bugs", quarantined=True), Trouble("shop.b", "no folder")])
    assert [f["level"] for f in found] == ["stop", "warn"]
    assert "waybilld plugins release printer.a" in found[0]["todo"]


def test_everything_that_is_not_ok_says_what_to_do() -> None:
    """A warning without advice is a puzzle."""
    counts: Counts = {**COUNTS, "blocked": 2, "unconfirmed": 1}
    findings = [
        *opening.storage(Stored(counts, 0, GIB, None), NOW.timestamp()),
        *opening.work(counts),
        *opening.printers([row("a", "one", "stopped")]),
        *opening.plugins([Trouble("x", "why")]),
        *opening.numbers([Stock("a", None, "", "", "no answer")]),
    ]
    assert all(f["todo"] for f in findings if f["level"] != "ok")
    assert opening.worst(findings) == "stop"
    assert opening.worst([]) == "ok"


def test_check_gathers_from_the_daemon(daemon: Daemon) -> None:
    """Each part of the running daemon reaches its line, also one that cannot be asked."""
    daemon.app.lanes["zebra-1"].press.show(PrinterStatus(PrinterState.IDLE))
    daemon.app.troubles["carrier.numbers"] = "no range"
    daemon.app.troubles["printer.zebra-2"] = "does not answer"
    daemon.app.fleet.printers["zebra-2"].instance.guard.quarantine("blocked the loop")
    daemon.numbers.left = Balance(3, "waybills", "numbers has 3 left: ask for more")
    told = daemon.get("/api/v1/check")
    found = {f["subject"]: (f["level"], f["text"]) for f in told["findings"]}
    assert found["database"][0] == "ok"
    assert found["carrier numbers"] == ("warn", "3 waybill numbers left")
    assert found["printer zebra-1"][0] == "ok"
    assert found["printer.zebra-2"] == ("stop", "in quarantine: blocked the loop")
    assert found["carrier.numbers"][0] == "warn"
    assert found["shipments"][0] == "warn"
    assert told["level"] == "stop"
    daemon.numbers.error = Retry("the line is down")
    found = {f["subject"]: (f["level"], f["text"]) for f in daemon.get("/api/v1/check")["findings"]}
    assert found["carrier numbers"][1].startswith("could not be asked: the line is down")


def test_check_looks_at_the_files_of_print_sets(daemon: Daemon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the configuration to the line; a server of files that hangs costs one line and no more."""
    monkeypatch.setattr(daemon.app, "loaded", Loaded(tmp_path / "w.yaml", _config(tmp_path / "card.pdf")))

    def told() -> dict[str, tuple[str, str]]:
        return {f["subject"]: (f["level"], f["text"]) for f in daemon.get("/api/v1/check")["findings"]}

    level, text = told()["card of store"]
    assert level == "stop"
    assert text.startswith(f"the file {tmp_path}/card.pdf is not there: orders that need it wait")
    (tmp_path / "card.pdf").write_bytes(b"%PDF-1.7")
    assert told()["sheets"][0] == "ok"
    monkeypatch.setattr(daemon.app, "lender", Hanging())
    assert told()["sheets"] == ("stop", "the files of print sets do not answer")


class Hanging:
    """A lender whose worker had to be killed."""

    async def work(self, fn: Callable[..., object], *args: object, limits: Limits) -> object:
        """Killed at its limit."""
        raise Killed(fn.__name__, f"{limits.seconds:g} s with {len(args)} list")


def _config(card: Path) -> Config:
    items = [{"label": "waybill"}, {"label": "card", "file": str(card)}]
    return shop_config({"default": items, "express": items})
