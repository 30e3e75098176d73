"""What the demo tells a person: how to take part at the beginning, and what came of it at the end."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from waybilld.cli.client import Api
from waybilld.cli.demo.place import Place, shown
from waybilld.cli.demo.plan import Plan
from waybilld.cli.demo.progress import Progress, look
from waybilld.http.table import CASES, QUARANTINE, UNCONFIRMED
from waybilld.store.queries.shapes import CaseRow, QuarantineRow, UnconfirmedRow
from waybilld_sdk.files.words import printable

_MOST = 20
"""Cases and rows that are listed one by one; more are counted."""

_MOST_ASKED = 1000
"""What the API gives of a list at most."""


@dataclass(frozen=True, slots=True)
class Tray:
    """What lies in a printer's tray by its own ledger: how many labels, and the last picture."""

    printer: str
    labels: int
    picture: Path | None


@dataclass(frozen=True, slots=True)
class Result:
    """Everything that the summary is made of. `cases`, `quarantine` and `unconfirmed` are the API's own entries."""

    progress: Progress
    cases: Sequence[CaseRow]
    quarantine: Sequence[QuarantineRow]
    unconfirmed: Sequence[UnconfirmedRow]
    trays: Sequence[Tray]
    refused_files: Sequence[Path]


def program() -> str:
    """How to type `waybilld` here."""
    beside = Path(sys.executable).with_name("waybilld")
    return shown(beside) if beside.exists() else f"{shown(Path(sys.executable))} -m waybilld.cli.main"


def read_tray(place: Place, printer: str) -> Tray:
    """Read a tray's ledger; a last line that is being written at this moment does not count yet."""
    try:
        data = (place.tray(printer) / "ledger.jsonl").read_bytes()
    except FileNotFoundError:
        return Tray(printer, 0, None)
    lines = [json.loads(line) for line in data.splitlines(keepends=True) if line.endswith(b"\n")]
    names = [str(line["png"]) for line in lines if line["png"]]
    return Tray(printer, len(lines), place.tray(printer) / names[-1] if names else None)


def outcome(api: Api, place: Place, printers: Sequence[str]) -> Result:
    """Gather what came of everything. Raises what `Api` raises."""
    most = {"limit": _MOST_ASKED}
    return Result(
        progress=look(api, place),
        cases=api.get(CASES.path, most)["cases"],
        quarantine=list(reversed(api.get(QUARANTINE.path, most)["quarantine"])),
        unconfirmed=api.get(UNCONFIRMED.path, most)["unconfirmed"],
        trays=[read_tray(place, printer) for printer in printers],
        refused_files=place.refused_files(),
    )


def invitation(place: Place, plan: Plan, pid: int, *, samples: int) -> str:
    """What runs, and the exact commands with which to disturb it."""
    me, config = program(), shown(place.config)
    python, first = shown(Path(sys.executable)), plan.printers[0].name
    tell = f"{python} -m waybilld_printers.virtual tell {shown(place.ready(first))}"
    dropped = f" ({samples} sample files were dropped)" if samples else ""
    return f"""\
The daemon runs, pid {pid}, with {len(plan.printers)} virtual printers{dropped}. In another terminal, try:

  drop an order export      cp my-orders.csv {shown(place.drop)}/
  open a printer's head     {tell} head-open
  close it again            {tell} head-close
  kill the daemon           kill -9 {pid}
  see the printers          {me} --config {config} printers
  see what waits, and why   {me} --config {config} orders --blocked
  metrics                   curl -s {plan.listen}/metrics
  what the daemon says      tail -f {shown(place.log)}
"""


def summary(place: Place, result: Result) -> str:
    """Printed, blocked, rejected, unconfirmed, and where the pictures are."""
    sections = [
        _orders(result.progress),
        _printed(result),
        _listed("Unconfirmed: nobody knows whether these labels are on paper", map(_unconfirmed, result.unconfirmed))
        or "Unconfirmed: none",
        _blocked(result.cases),
        _listed("Rejected rows and files", map(_quarantined, result.quarantine)),
        _refused(result.refused_files),
        _look(place, result),
    ]
    return "\n\n".join(section for section in sections if section)


def _orders(seen: Progress) -> str:
    others = seen.orders - seen.total
    note = f" (not to be shipped: {others}; unpaid, cancelled, refunded or shipped already)" if others > 0 else ""
    return f"{seen.orders} orders: {seen.line()}{note}"


def _printed(result: Result) -> str:
    lines = [f"  {tray.printer}  {tray.labels:>5}  {_folder(tray)}".rstrip() for tray in result.trays]
    return "\n".join(["Labels printed, by the printers' own ledgers:", *lines])


def _folder(tray: Tray) -> str:
    """The folder of a tray's pictures; empty where nothing came out."""
    return f"pictures in {shown(tray.picture.parent)}/" if tray.picture else ""


def _blocked(cases: Sequence[CaseRow]) -> str:
    blocking = [case for case in cases if case["blocking"]]
    counted = Counter(case["code"] for case in blocking)
    head = ", ".join(f"{count} {code}" for code, count in counted.most_common())
    return _listed(f"Blocked, each waits for a person: {head}", map(_case, blocking)) or "Blocked: none"


def _case(case: CaseRow) -> str:
    return f"order {', '.join(case['orders'])} (shipment {case['shipment']}): {case['code']}: {case['message']}"


def _quarantined(entry: QuarantineRow) -> str:
    return f"{entry['place']}: {entry['reason']}"


def _unconfirmed(label: UnconfirmedRow) -> str:
    return f"label {label['serial']} on {label['printer']}: {label['reason'] or label['evidence']}"


def _refused(files: Sequence[Path]) -> str:
    if not files:
        return ""
    return f"The rejected rows, with their reasons, to correct and drop again: {shown(files[0].parent)}/"


def _listed(heading: str, lines: Iterable[str]) -> str:
    """A heading with its lines, shortened; empty where there are none."""
    kept = list(lines)
    if not kept:
        return ""
    more = [f"  … and {len(kept) - _MOST} more"] if len(kept) > _MOST else []
    return "\n".join([heading, *(f"  {printable(line)}" for line in kept[:_MOST]), *more])


def _look(place: Place, result: Result) -> str:
    pictures = [tray.picture for tray in result.trays if tray.picture]
    if not pictures:
        return ""
    me = f"{program()} --config {shown(place.config)}"
    return f"""\
Look at one label:        xdg-open {shown(pictures[0])}
The story of one parcel:  {me} shipments show 1
Prove the journal:        {me} db verify"""
