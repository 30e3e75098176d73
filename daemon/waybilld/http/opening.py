"""The opening check: is everything there that the day's work needs, and if not, what is to be done.

Everything here but `stored` is a judgement of plain values, the same in the daemon and on a command line without one.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from waybilld.config.model import Config, Pool
from waybilld.core.printers import Mode
from waybilld.core.sheetfiles import per_order
from waybilld.core.unconfirmed import Unconfirmed
from waybilld.host.sheetfile import Look
from waybilld.http.shapes import FindingRow, Level, PrinterRow
from waybilld.store.queries import overview
from waybilld.store.queries.shapes import Counts
from waybilld.store.schema import SCHEMA_VERSION
from waybilld.store.sql import Runner

BACKUP_MARKER = "last-backup.json"
"""What `waybilld db backup` leaves in the state folder; its `at` is an instant in ISO 8601."""

STOP_FREE_BYTES = 100 << 20
WARN_FREE_BYTES = 1 << 30
WARN_FREE_SHARE = 0.10
WARN_BACKUP_DAYS = 7
_DAY_S = 86_400
_ORDER: Sequence[Level] = ("ok", "warn", "stop")


@dataclass(frozen=True, slots=True)
class Stored:
    """What the state folder shows: counts, free and whole bytes of its disk, and when it was last backed up."""

    counts: Counts
    free_bytes: int
    disk_bytes: int
    backup_at: datetime | None


@dataclass(frozen=True, slots=True)
class Stock:
    """What is left on a carrier account; `remaining` None where it cannot tell, `trouble` where it could not be asked."""

    account: str
    remaining: int | None
    unit: str
    warning: str
    trouble: str


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why an instance or plugin does not work."""

    name: str
    why: str
    quarantined: bool = False


@dataclass(frozen=True, slots=True)
class SheetFile:
    """A file, or a file for each order, that a shop prints; `pattern` is its path as `core.sheetfiles` reads it."""

    shop: str
    kind: str
    pattern: str


def sheet_files(config: Config) -> list[SheetFile]:
    """Every file that print sets name, once for each shop."""
    found = [
        SheetFile(shop.name, item.label, str(item.file))
        for shop in config.shops
        for items in shop.print.values()
        for item in items
        if item.file is not None
    ]
    return list(dict.fromkeys(found))


def finding(subject: str, level: Level, text: str, todo: str = "") -> FindingRow:
    """One line of the check."""
    return {"subject": subject, "level": level, "text": text, "todo": todo}


def worst(findings: Iterable[FindingRow]) -> Level:
    """The worst level among them, `ok` for none."""
    return max((f["level"] for f in findings), key=_ORDER.index, default="ok")


def stored(run: Runner, state: Path) -> Stored:
    """Look at database, disk and backup marker. Raises `OSError` where the folder cannot be looked at."""
    disk = os.statvfs(state)
    return Stored(overview.counts(run), disk.f_bavail * disk.f_frsize, disk.f_blocks * disk.f_frsize, last_backup(state))


def last_backup(state: Path) -> datetime | None:
    """When the database was last backed up, None when never or when the marker cannot be read."""
    try:
        told = json.loads((state / BACKUP_MARKER).read_text("utf-8"))
        at = datetime.fromisoformat(str(told["at"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return at if at.tzinfo is not None else None


def storage(found: Stored, now_s: float) -> list[FindingRow]:
    """Database, disk and backup; `now_s` is in seconds since the epoch."""
    entries = found.counts["journal_seq"]
    database = finding("database", "ok", f"readable, schema {SCHEMA_VERSION}, {entries} journal entries")
    return [database, _disk(found), _backup(found.backup_at, now_s)]


def _disk(found: Stored) -> FindingRow:
    text = f"{_size(found.free_bytes)} of {_size(found.disk_bytes)} free where the database lies"
    if found.free_bytes < STOP_FREE_BYTES:
        return finding("disk", "stop", text, "free some space now: without it no order and no label is taken in")
    if found.free_bytes < max(WARN_FREE_BYTES, WARN_FREE_SHARE * found.disk_bytes):
        return finding("disk", "warn", text, "free some space before it becomes urgent")
    return finding("disk", "ok", text)


def _size(size: int) -> str:
    return f"{size / (1 << 30):.1f} GiB" if size >= WARN_FREE_BYTES else f"{size / (1 << 20):.0f} MiB"


def _backup(at: datetime | None, now_s: float) -> FindingRow:
    todo = "run `waybilld db backup FOLDER`, best from cron every day"
    if at is None:
        return finding("backup", "warn", "the database was never backed up from here", todo)
    days = (now_s - at.timestamp()) / _DAY_S
    text = f"last backup {at:%Y-%m-%d %H:%M} UTC, {max(0, int(days))} days ago"
    return finding("backup", "warn", text, todo) if days > WARN_BACKUP_DAYS else finding("backup", "ok", text)


def numbers(stocks: Iterable[Stock]) -> list[FindingRow]:
    """How many waybill numbers, or how much credit, each carrier account has left."""
    found = []
    for stock in stocks:
        subject = f"carrier {stock.account}"
        if stock.trouble:
            found.append(finding(subject, "warn", f"could not be asked: {stock.trouble}", "see the daemon's log"))
        elif stock.remaining is None:
            found.append(finding(subject, "ok", "does not tell what is left"))
        else:
            unit = "waybill numbers" if stock.unit == "waybills" else "minor units of credit"
            level: Level = "stop" if stock.remaining <= 0 else "warn" if stock.warning else "ok"
            found.append(finding(subject, level, f"{stock.remaining} {unit} left", stock.warning))
    return found


def printers(rows: Sequence[PrinterRow]) -> list[FindingRow]:
    """Each printer, and each pool of which none works."""
    found = []
    able = [row for row in rows if _able(row) and row["mode"] == Mode.OPEN]
    working = {pool for row in able for pool in (row["pool"], *row["backs"])}
    for row in rows:
        subject = f"printer {row['name']}"
        if row["mode"] != Mode.OPEN:
            todo = f"when it may print again: `waybilld printers resume {row['name']}`"
            mode = "drained, nothing in it" if row["drained"] else row["mode"]
            found.append(finding(subject, "warn", f"{mode}: {row['told']}{_inside(row)}", todo))
            continue
        if _able(row):
            text = "cannot tell its state" if row["state"] == "unknown" else row["state"]
            found.append(finding(subject, "ok", f"{text}{_accepts(row)}"))
            continue
        reasons = f": {', '.join(row['reasons'])}" if row["reasons"] else ""
        text = f"{row['state']}{reasons}{_inside(row)}{_accepts(row)}"
        found.append(finding(subject, "warn", text, row["advice"] or "look at the printer"))
    queues = {row["pool"]: row["queue"] + _stuck(rows, row["pool"]) for row in rows if row["pool"]}
    for pool in sorted(queues.keys() - working):
        found.append(_idle_pool(pool, queues[pool]))
    return found


def _inside(row: PrinterRow) -> str:
    return f"; {row['has']} is in it" if row["has"] else ""


def _accepts(row: PrinterRow) -> str:
    accepts = row["unconfirmed"] == Unconfirmed.ACCEPT_SENT
    return "; accept-sent: what was sent counts as printed, and nothing proves it" if accepts else ""


def _stuck(rows: Sequence[PrinterRow], pool: str) -> int:
    """How many labels are in printers of a pool that print no more."""
    return sum(row["has"] is not None for row in rows if row["pool"] == pool and not _able(row))


def _able(row: PrinterRow) -> bool:
    """It may be given labels. One that cannot tell its state, and gives no reason, may be well."""
    return row["state"] in ("idle", "processing") or (row["state"] == "unknown" and not row["reasons"])


def backups(rows: Sequence[PrinterRow], pools: Sequence[Pool], now_s: float) -> list[FindingRow]:
    """Backups that nobody has tried for long: one finds out that they do not work on the day on which they must."""
    found = []
    by_name = {row["name"]: row for row in rows}
    for pool in pools:
        for name in pool.backups:
            last = by_name[name]["last"] if name in by_name else None
            days = (now_s - datetime.fromisoformat(last["at"]).timestamp()) / _DAY_S if last else None
            if days is None or days > pool.drill_days:
                when = "has never printed" if days is None else f"has printed nothing for {int(days)} days"
                todo = f"rehearse it: `waybilld printers drill {pool.name}`"
                found.append(finding(f"backup {name}", "warn", f"{when}, and pool {pool.name} relies on it", todo))
    return found


def _idle_pool(pool: str, waits: int) -> FindingRow:
    subject, todo = f"pool {pool}", "make one of its printers work: until then none of its labels is printed"
    if not waits:
        return finding(subject, "stop", "no printer works", todo)
    label = f"{waits} label{' waits' if waits == 1 else 's wait'}"
    todo = f"{todo}, or make a pack: waybilld packs make {pool} -o pack.pdf"
    return finding(subject, "stop", f"no printer works, and {label}", todo)


def work(counts: Counts) -> list[FindingRow]:
    """Shipments and labels that wait for a person."""
    blocked, unconfirmed = counts["blocked"], counts["unconfirmed"]
    return [
        finding("shipments", "warn", f"{blocked} wait for a person", "see `waybilld orders --blocked`")
        if blocked
        else finding("shipments", "ok", "none waits for a person"),
        finding(
            "labels",
            "warn",
            f"{unconfirmed} may or may not be on paper",
            "look for each on the packing table: `waybilld labels unconfirmed`",
        )
        if unconfirmed
        else finding("labels", "ok", "none is unconfirmed"),
    ]


def sheets(files: Sequence[SheetFile], looks: Sequence[Look] | None) -> list[FindingRow]:
    """The files of print sets; `looks` None where nobody could look in time. An order whose file is missing waits as a
    whole, its waybill too."""
    if not files:
        return []
    if looks is None:
        todo = "see whether their disk, or its server, answers: orders that need them wait"
        return [finding("sheets", "stop", "the files of print sets do not answer", todo)]
    wrong = [
        finding(
            f"{file.kind} of {file.shop}",
            "warn" if look.later and per_order(file.pattern) else "stop",
            f"the {look.wrong}: orders that need it wait, and their waybills too",
            look.todo,
        )
        for file, look in zip(files, looks, strict=True)
        if look.wrong
    ]
    return wrong or [finding("sheets", "ok", "the files of print sets are there")]


def plugins(troubles: Sequence[Trouble]) -> list[FindingRow]:
    """What does not work among plugins and their instances."""
    if not troubles:
        return [finding("plugins", "ok", "all work")]
    return [_plugin(trouble) for trouble in troubles]


def _plugin(trouble: Trouble) -> FindingRow:
    if trouble.quarantined:
        todo = f"when its cause is gone: `waybilld plugins release {trouble.name}`"
        return finding(trouble.name, "stop", f"in quarantine: {trouble.why}", todo)
    return finding(trouble.name, "warn", f"could not work when the daemon started: {trouble.why}", "see the daemon's log")
