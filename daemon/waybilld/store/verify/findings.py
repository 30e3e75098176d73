"""What `db verify` finds, and what is to be done about each kind of it."""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass


class Check(enum.StrEnum):
    """The kinds of checks."""

    FILE = "file"
    SCHEMA = "schema"
    CHAIN = "chain"
    FOLD = "fold"
    ROAD = "road"
    ORDERS = "orders"
    INTENT = "intent"
    WAYBILLS = "waybills"
    OWNERS = "owners"
    EVIDENCE = "evidence"
    GATE = "gate"
    RUNS = "runs"
    PACKS = "packs"
    SEALS = "seals"


PROMISES: dict[Check, str] = {
    Check.FILE: "the file is a sound SQLite database whose references lead somewhere",
    Check.SCHEMA: "schema and program are of one version, and the indexes that enforce promises are there",
    Check.CHAIN: "the journal is unbroken: numbered without gaps, each entry's hash resting on the one before",
    Check.FOLD: "every row is what the journal's entries add up to, and no row is without an entry",
    Check.ROAD: "every step of a shipment, job, attempt and waybill is one that the rules allow",
    Check.ORDERS: "no order is lost: every paid order has a shipment, and every shipment moves or shows why not",
    Check.INTENT: "nothing was bought or printed before the intent to do so was committed",
    Check.WAYBILLS: "one live waybill per parcel, one parcel per number",
    Check.OWNERS: "one live attempt per label and printer, and nobody acts in an older start's name",
    Check.EVIDENCE: "printed means proven, and what nobody could prove has a case",
    Check.GATE: "no label was let go for a shipment that was cancelled or blocked",
    Check.RUNS: "a shipment stands in one open run, and the sheet of a closed run is shredded",
    Check.PACKS: "a label of a pack is open exactly while people may print it, and settled with evidence",
    Check.SEALS: "sealed text and pixels open and are what was sealed, or are shredded",
}
"""What each check would have to be true, in one line."""

INVARIANTS: dict[Check, tuple[int, ...]] = {
    Check.SCHEMA: (12,),
    Check.CHAIN: (13,),
    Check.FOLD: (13,),
    Check.ROAD: (6, 13),
    Check.ORDERS: (1,),
    Check.INTENT: (2,),
    Check.WAYBILLS: (3,),
    Check.OWNERS: (4,),
    Check.EVIDENCE: (6,),
    Check.GATE: (8,),
}
"""Which of the house's fifteen invariants a check is the database's half of; docs/reference/verify.md says what they say."""

_OUTSIDE = "something other than waybilld wrote to the database"
ADVICE: dict[Check, str] = {
    Check.FILE: "stop the daemon, keep this file, and restore the last backup; then test the disk",
    Check.SCHEMA: "stop the daemon and run `waybilld db upgrade`; if that changes nothing, restore the last backup",
    Check.CHAIN: f"{_OUTSIDE}, or the disk lost writes: keep this file, and restore the last backup that verifies",
    Check.FOLD: f"{_OUTSIDE}, or the disk lost writes: keep this file, and restore the last backup that verifies",
    Check.ROAD: "look at the shipment's story with `waybilld shipments show`, and report this as a bug",
    Check.ORDERS: "open the shipment's cases, replan it, or drop the order again",
    Check.INTENT: "ask the carrier or look at the printer for what really happened, and report this as a bug",
    Check.WAYBILLS: "stop both parcels, ask the carrier which number is valid, and have the other one voided",
    Check.OWNERS: "make sure that only one daemon works on this state folder, and restart it",
    Check.EVIDENCE: "look whether the label came out before the parcel is handed over",
    Check.GATE: "look whether the label came out, and stop the parcel",
    Check.RUNS: "close the run with `waybilld runs close`, or open it anew; and report this as a bug",
    Check.PACKS: "look where the label is, and report this as a bug",
    Check.SEALS: "check that master.key is the one of this database; else restore the last backup",
}
"""What a person does about a finding of each check."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it must be: which check, where in the database, and what, without personal data."""

    check: Check
    where: str
    message: str

    @property
    def advice(self) -> str:
        """What to do about it, for a person."""
        return ADVICE[self.check]

    def __str__(self) -> str:
        return f"{self.check}: {self.where}: {self.message}; {self.advice}"


class Findings:
    """Collects findings, at most `most` of each check in full: one damage can show in every row."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._found: list[Finding] = []
        self._counts: Counter[Check] = Counter()

    def add(self, check: Check, where: str, message: str) -> None:
        """Keep one finding."""
        self._counts[check] += 1
        if self._counts[check] <= self._most:
            self._found.append(Finding(check, where, message))

    def __iter__(self) -> Iterator[Finding]:
        yield from self._found
        for check, number in self._counts.items():
            if number > self._most:
                yield Finding(check, "more", f"{number - self._most} more findings of this kind")
