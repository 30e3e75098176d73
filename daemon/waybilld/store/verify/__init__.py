"""`waybilld db verify`: everything that the database alone can show of the promises, read-only, on one snapshot.

What it cannot show: a tail of the journal that was cut off together with every row that it made. A backup made after that
tail was written still holds it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from waybilld.store.seal import Seal
from waybilld.store.sql import Runner
from waybilld.store.verify.file import check_file, check_schema
from waybilld.store.verify.findings import Check, Finding, Findings
from waybilld.store.verify.invariants import check_tables
from waybilld.store.verify.journal import JournalCheck, Report
from waybilld.store.verify.sealed import check_references, check_sealed

_MOST_OF_A_KIND = 50


def verify(run: Runner, seal: Seal | None, *, full: bool = False, report: Report | None = None) -> list[Finding]:
    """Check the database that `run` reads; an empty list says that all is as it must be.

    Begin a transaction on the connection before: then all checks see one moment, also while a daemon works. `seal` None
    leaves out what needs the master key. `full` opens every blob instead of a sample of about 2000. `report(stage, done,
    total)` is called now and then; a total of 0 says that it cannot be known.

    Measured: see docs/reference/verify.md.
    """
    findings = Findings(_MOST_OF_A_KIND)
    tell = report or _silent
    parts: list[tuple[str, Callable[[], object]]] = [
        ("file", lambda: check_file(run, findings)),
        ("schema", lambda: check_schema(run, findings)),
        ("journal", lambda: JournalCheck(run, findings, tell).check()),
        ("tables", lambda: check_tables(run, findings)),
        ("pages", lambda: check_references(run, findings)),
    ]
    if seal is not None:
        parts.append(("seals", lambda: check_sealed(run, seal, findings, tell, full=full)))
    for stage, part in parts:
        tell(stage, 0, 0)
        try:
            part()
        except sqlite3.DatabaseError as e:
            # A torn page ends one part; the others still say what they can.
            findings.add(Check.FILE, stage, f"this part could not be read: {e}")
    return list(findings)


def _silent(stage: str, done: int, total: int) -> None:
    """Nobody wants to know how far it is."""
    del stage, done, total
