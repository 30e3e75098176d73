"""Looks at what a run left behind, from outside: trays, odometers, the carrier's book, the confirmations, the database.

Nothing here imports the daemon, with one exception: `waybilld db verify` is run as people run it.
"""

from __future__ import annotations

import contextlib
import csv
import hashlib
import json
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import zxingcpp
from PIL import Image

from scenario.kill_orders import CANARY_PHONE

Row = tuple[Any, ...]
Told = tuple[str, str]
"""(order, waybill number) of one confirmation."""

_SERIAL, _NUMBER = zxingcpp.BarcodeFormat.QRCode, zxingcpp.BarcodeFormat.Code128
_BOTH = zxingcpp.barcode_formats_from_str("QRCode,Code128")


@dataclass(slots=True)
class Findings:
    """What the audit found. `failures` are broken promises, one sentence each; the rest are counts."""

    failures: list[str] = field(default_factory=list)
    proven: int = 0
    unconfirmed: int = 0
    on_paper: int = 0
    attempts: int = 0
    resent: int = 0
    journal: int = 0
    spares: int = 0
    """Hidden half-written files that kills left in the drop folder: allowed, and never taken for orders."""


@dataclass(frozen=True, slots=True)
class Paper:
    """One label in a tray, as a person with a scanner sees it."""

    printer: str
    picture: str
    serial: str
    number: str


@dataclass(frozen=True, slots=True)
class Book:
    """The database, read once."""

    orders: list[Row]
    """(id, external id)"""
    labels: list[Row]
    """(label id, serial, shipment, waybill number, external id)"""
    attempts: list[Row]
    """(label id, printer, state)"""
    waybills: list[Row]
    """(parcel, number, state, key)"""
    kv: dict[str, str]
    confirmed: set[str]
    """External ids."""
    blocked: set[int]
    """Shipments with an open case `print-unconfirmed`."""
    shipments: int
    journal: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that a run left behind, as values. `files` are the orders of each dropped file."""

    book: Book
    papers: tuple[Paper, ...]
    odometers: Mapping[str, int]
    told: tuple[Told, ...]
    files: Mapping[str, frozenset[str]]
    lying: Mapping[str, frozenset[str]]
    """Names of files by sub-folder of the drop folder, "" for itself; hidden ones under `hidden`."""
    troubles: tuple[str, ...]
    """What was wrong already while reading."""


def gather(folder: Path, files: Mapping[str, frozenset[str]], odometers: Mapping[str, int]) -> Evidence:
    """Read one run's folder. `odometers` is what each printer counted."""
    troubles: list[str] = []
    database = folder / "state" / "waybilld.db"
    with contextlib.closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as connection:
        book = _read(connection)
        troubles += _sound(connection)
    papers = tuple(paper for printer in odometers for paper in _tray(folder / printer / "tray", printer, troubles))
    told = tuple(_told(folder / "drop" / "shipped", troubles))
    troubles += _private(folder)
    troubles += verified(folder)
    return Evidence(book, papers, odometers, told, files, _lying(folder / "drop"), tuple(troubles))


def judge(evidence: Evidence) -> Findings:
    """Hold what was found against the promises. Pure."""
    findings = Findings(
        failures=list(evidence.troubles),
        on_paper=len(evidence.papers),
        attempts=len(evidence.book.attempts),
        journal=evidence.book.journal,
        spares=len(evidence.lying["hidden"]),
    )
    findings.failures += _orders(evidence.book, frozenset().union(*evidence.files.values()))
    findings.failures += _labels(evidence.book, evidence.papers, findings)
    findings.failures += _counts(evidence.book, evidence.papers, evidence.odometers)
    findings.failures += _numbers(evidence.book)
    findings.failures += _confirmations(evidence.told, evidence.book)
    findings.failures += _folder(evidence.lying, frozenset(evidence.files))
    return findings


def _read(connection: sqlite3.Connection) -> Book:
    rows = connection.execute
    return Book(
        orders=rows('SELECT id, external_id FROM "order"').fetchall(),
        labels=rows(
            "SELECT DISTINCT l.id, l.serial, l.shipment, w.number, o.external_id FROM label l"
            " LEFT JOIN waybill w ON w.parcel = l.parcel AND w.state = 'bought'"
            " JOIN shipment_line sl ON sl.shipment = l.shipment JOIN order_line ol ON ol.id = sl.order_line"
            ' JOIN "order" o ON o.id = ol."order"'
        ).fetchall(),
        attempts=rows("SELECT label, printer, state FROM attempt").fetchall(),
        waybills=rows("SELECT parcel, number, state, key FROM waybill").fetchall(),
        kv=dict(rows("SELECT key, value FROM kv WHERE instance = 'carrier.own'").fetchall()),
        confirmed={
            str(row[0])
            for row in rows(
                "SELECT DISTINCT o.external_id FROM shipment s JOIN shipment_line sl ON sl.shipment = s.id"
                ' JOIN order_line ol ON ol.id = sl.order_line JOIN "order" o ON o.id = ol."order"'
                " WHERE s.confirmed_at_us IS NOT NULL"
            )
        },
        blocked={
            int(row[0])
            for row in rows(
                "SELECT shipment FROM \"case\" WHERE code = 'print-unconfirmed' AND state = 'open' AND blocking = 1"
            )
        },
        shipments=int(rows("SELECT count(*) FROM shipment").fetchone()[0]),
        journal=int(rows("SELECT count(*) FROM journal").fetchone()[0]),
    )


def _sound(connection: sqlite3.Connection) -> Iterator[str]:
    """SQLite's own checks, the journal's chain, and nothing left in the hands of a dead daemon."""
    verdict = connection.execute("PRAGMA integrity_check").fetchall()
    if verdict != [("ok",)]:
        yield f"SQLite finds the database damaged: {verdict[:3]}"
    dangling = connection.execute("PRAGMA foreign_key_check").fetchall()
    if dangling:
        yield f"rows refer to rows that are not there: {dangling[:3]}"
    yield from _chain(connection)
    live = connection.execute("SELECT id, state FROM attempt WHERE state IN ('prepared','sending','sent')").fetchall()
    if live:
        yield f"attempts are still open although all is settled: {live[:5]}"
    jobs = connection.execute(
        "SELECT j.id, j.kind, j.state FROM job j WHERE j.state NOT IN ('done') AND NOT EXISTS"
        ' (SELECT 1 FROM "case" c WHERE c.shipment = j.shipment AND c.state = \'open\' AND c.blocking = 1)'
    ).fetchall()
    if jobs:
        yield f"jobs of shipments that nothing blocks are not done: {jobs[:5]}"


def _chain(connection: sqlite3.Connection) -> Iterator[str]:
    """Each entry's hash covers the one before: SHA-256 over both, the first is taken as it stands."""
    previous: str | None = None
    expected = 1
    for seq, at_us, node, shipment, job, kind, version, body, found in connection.execute(
        "SELECT seq, at_us, node, shipment, job, kind, version, body, hash FROM journal ORDER BY seq"
    ):
        if seq != expected:
            yield f"the journal has a gap before entry {seq}"
            return
        expected += 1
        text = json.dumps([seq, at_us, node, shipment, job, kind, version, body], separators=(",", ":"), sort_keys=True)
        if previous is not None and hashlib.sha256(f"{previous}\n{text}".encode("ascii")).hexdigest() != found:
            yield f"the journal's chain breaks at entry {seq}"
            return
        previous = found


def _tray(tray: Path, printer: str, failures: list[str]) -> Iterator[Paper]:
    """Every label of a tray, read with a scanner's eyes."""
    for line in (tray / "ledger.jsonl").read_text("utf-8").splitlines():
        entry = json.loads(line)
        where = f"{printer} label {entry['n']}"
        if entry["kind"] != "format" or entry["complaints"]:
            failures.append(f"{where} is not a clean label of ours: {entry['kind']} {entry['complaints']}")
            continue
        with Image.open(tray / entry["png"]) as picture:
            codes = {
                code.format: code.text
                for code in zxingcpp.read_barcodes(picture.convert("L"), formats=_BOTH, try_invert=False)
            }
        if set(codes) != {_SERIAL, _NUMBER}:
            failures.append(f"{where}: its picture {entry['png']} shows {sorted(map(str, codes))}, not a QR and a Code 128")
            continue
        yield Paper(printer, entry["png"], codes[_SERIAL], codes[_NUMBER])


def _orders(book: Book, dropped: frozenset[str]) -> Iterator[str]:
    """Every order of every file stands in the database once, with one shipment and one label."""
    stored = [str(external_id) for _, external_id in book.orders]
    if set(stored) != dropped or len(stored) != len(dropped):
        lost, more = sorted(dropped - set(stored)), sorted(set(stored) - dropped)
        yield f"orders lost: {lost[:5]} ({len(lost)}), orders that nobody dropped: {more[:5]} ({len(more)})"
    if book.shipments != len(dropped):
        yield f"{len(dropped)} orders have {book.shipments} shipments"
    labelled = Counter(str(row[4]) for row in book.labels)
    missing = sorted(dropped - set(labelled))
    if missing:
        yield f"orders without a label: {missing[:5]} ({len(missing)})"
    twice = [order for order, count in labelled.items() if count > 1]
    if twice:
        yield f"orders with more than one label, although nobody asked for a copy: {twice[:5]}"


def _labels(book: Book, papers: Sequence[Paper], findings: Findings) -> Iterator[str]:
    """Every label is proven or listed unconfirmed; what the trays hold agrees, and nothing came out twice."""
    by_label: dict[int, list[Row]] = {}
    for row in book.attempts:
        by_label.setdefault(int(row[0]), []).append(row)
    out = {paper.serial: paper for paper in papers}
    for serial, count in Counter(paper.serial for paper in papers).items():
        if count > 1:
            where = [f"{p.printer}/{p.picture}" for p in papers if p.serial == serial]
            yield f"label {serial} came out {count} times: {', '.join(where)}"
    serials = {str(row[1]) for row in book.labels}
    for paper in papers:
        if paper.serial not in serials:
            yield f"{paper.printer}/{paper.picture} carries serial {paper.serial}, which no label has"
    for label, serial, shipment, number, external_id in book.labels:
        states = [str(row[2]) for row in by_label.get(int(label), [])]
        findings.resent += max(0, len(states) - 1)
        paper_of = out.get(str(serial))
        if paper_of is not None and paper_of.number != number:
            yield f"label {serial} of order {external_id} shows {paper_of.number}, but its waybill is {number}"
        proven = [row for row in by_label.get(int(label), []) if row[2] == "proven"]
        if len(proven) == 1 and "unconfirmed" not in states:
            findings.proven += 1
            if paper_of is None:
                yield f"label {serial} is proven and in no tray"
            elif paper_of.printer != proven[0][1]:
                yield f"label {serial} is proven on {proven[0][1]} and lies in the tray of {paper_of.printer}"
        elif "unconfirmed" in states and not proven:
            findings.unconfirmed += 1
            if int(shipment) not in book.blocked:
                yield f"label {serial} is unconfirmed and no case says so"
        else:
            yield f"label {serial} of order {external_id} is neither proven nor unconfirmed: {states}"


def _counts(book: Book, papers: Sequence[Paper], odometers: Mapping[str, int]) -> Iterator[str]:
    """A printer's counter rose by its proven labels and at most by its unconfirmed ones; its tray holds as many."""
    for printer, odometer in odometers.items():
        states = Counter(str(row[2]) for row in book.attempts if row[1] == printer)
        lying = sum(paper.printer == printer for paper in papers)
        if lying != odometer:
            yield f"{printer} counted {odometer} labels, its tray holds {lying}"
        if not states["proven"] <= odometer <= states["proven"] + states["unconfirmed"]:
            yield f"{printer} counted {odometer} labels; {states['proven']} are proven, {states['unconfirmed']} unconfirmed"


def _numbers(book: Book) -> Iterator[str]:
    """One number for each parcel, none issued twice, and the carrier's own book says the same."""
    if any(row[2] != "bought" for row in book.waybills):
        yield f"purchases are unsettled: {[row for row in book.waybills if row[2] != 'bought'][:5]}"
    for name, column in (("parcels with several waybills", 0), ("numbers that two parcels have", 1)):
        several = [key for key, count in Counter(row[column] for row in book.waybills).items() if count > 1]
        if several:
            yield f"{name}: {several[:5]}"
    issued = {key.removeprefix("key:"): number for key, number in book.kv.items() if key.startswith("key:")}
    ours = {str(row[3]): str(row[1]) for row in book.waybills}
    if issued != ours:
        there, here = sorted(issued.items() - ours.items()), sorted(ours.items() - issued.items())
        yield f"the carrier's book and ours differ: only there {there[:5]}, only here {here[:5]}"
    used = [json.loads(spans) for key, spans in book.kv.items() if key.startswith("used:")]
    taken = sum(last - first + 1 for spans in used for first, last in spans)
    if taken != len(issued) or len(set(issued.values())) != len(issued):
        yield f"the carrier's book used {taken} serials for {len(issued)} keys and {len(set(issued.values()))} numbers"


def _told(shipped: Path, troubles: list[str]) -> Iterator[Told]:
    """Every line of the confirmations."""
    for path in sorted(shipped.glob("shipped-*.csv")):
        with path.open(encoding="utf-8-sig", newline="") as stream:
            for row in csv.DictReader(stream):
                if None in row or None in row.values():
                    troubles.append(f"{path.name} has a torn line: {row}")
                    continue
                yield row["order_id"], row["waybill_number"]


def _confirmations(told: Sequence[Told], book: Book) -> Iterator[str]:
    """The confirmations hold each confirmed order once, with its waybill, and no other."""
    twice = [order for order, count in Counter(order for order, _ in told).items() if count > 1]
    if twice:
        yield f"orders confirmed twice: {twice[:5]}"
    differ = sorted({order for order, _ in told} ^ book.confirmed)
    if differ:
        yield f"confirmations and database differ: {differ[:5]} ({len(differ)})"
    numbers = {str(row[4]): str(row[3]) for row in book.labels}
    wrong = [(order, number) for order, number in told if numbers.get(order) != number]
    if wrong:
        yield f"confirmed with another number than the parcel has: {wrong[:5]}"


def _lying(drop: Path) -> dict[str, frozenset[str]]:
    """What lies where in the drop folder."""
    subs = ("", "done", "rejected")
    found = {sub: frozenset(path.name for path in (drop / sub).glob("[!.]*") if path.is_file()) for sub in subs}
    return found | {"hidden": frozenset(path.name for path in drop.rglob(".*") if path.is_file())}


def _folder(lying: Mapping[str, frozenset[str]], names: frozenset[str]) -> Iterator[str]:
    """Every file lies in `done` under its own name, once; nothing is rejected or left."""
    done = lying["done"]
    if done != names:
        yield f"files not in done: {sorted(names - done)[:5]}, unexpected there: {sorted(done - names)[:5]}"
    if lying["rejected"] or lying[""]:
        yield f"rejected: {sorted(lying['rejected'])[:5]}, left in the drop folder: {sorted(lying[''])[:5]}"


def _private(folder: Path) -> Iterator[str]:
    """Personal data stands in sealed rows only: not in the database's bytes, not in the log."""
    canary = CANARY_PHONE.encode()
    for path in (folder / "daemon.log", *sorted((folder / "state").glob("waybilld.db*"))):
        if canary in path.read_bytes():
            yield f"a consignee's phone number stands readable in {path.name}"


def verified(folder: Path) -> Iterator[str]:
    """`waybilld db verify` finds nothing."""
    ran = subprocess.run(
        [sys.executable, "-m", "waybilld.cli.main", "--config", str(folder / "waybilld.yaml"), "db", "verify"],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    if ran.returncode != 0:
        yield f"`waybilld db verify` ended with {ran.returncode}: {(ran.stdout + ran.stderr)[-1500:]}"
