"""What a journal entry says, in one sentence: the same words in the API, on the command line and in support requests.

Every kind that the daemon writes has its teller; an entry of a later version falls back to its kind and facts.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from waybilld.core.lifecycle import Event, Work
from waybilld.core.printers import Mode
from waybilld.store.journal import Line

EVIDENCE = {
    0: "no byte left",
    1: "the body left, its closing token was withheld",
    2: "the closing token was handed over",
    3: "every byte was acknowledged",
    4: "the printer's own end-of-print evidence",
    5: "its bar code was scanned, or somebody has it in hand",
}
"""What each evidence level means, in words for people."""


def story(line: Line) -> str:
    """The entry as a sentence, without its time."""
    teller = _TELLERS.get(line.kind)
    if teller is not None:
        return teller(line)
    if line.kind.endswith(".held"):
        return f"waits for a person after {line.kind.removesuffix('.held')}: {_cases(line)}"
    facts = json.dumps(line.facts, ensure_ascii=False, sort_keys=True) if line.facts else ""
    return f"{line.kind} {facts}".rstrip()


def _rows(line: Line, table: str) -> Iterator[dict[str, Any]]:
    return (columns for name, _, columns in line.rows if name == table)


def _value(line: Line, table: str, column: str) -> Any:
    """The first value that the entry wrote into a column, None where it wrote none."""
    return next((columns[column] for columns in _rows(line, table) if columns.get(column) is not None), None)


def _cases(line: Line) -> str:
    found = [f"{columns['code']}: {columns['message']}" for columns in _rows(line, "case") if "message" in columns]
    return "; ".join(found) or str(line.facts.get("code") or "no reason was kept")


def _with_cases(line: Line, sentence: str) -> str:
    found = any("message" in columns for columns in _rows(line, "case"))
    return f"{sentence}; noted {_cases(line)}" if found else sentence


def _because(line: Line, sentence: str) -> str:
    reason = line.facts.get("reason")
    return f"{sentence}: {reason}" if reason else sentence


def _ingested(line: Line) -> str:
    lines = sum(1 for _ in _rows(line, "order_line"))
    number = _value(line, "order", "external_id")
    whole = f"order {number} of shop {line.facts.get('shop')} came in with {lines} line{'' if lines == 1 else 's'}"
    status = _value(line, "order", "status")
    return whole if line.shipment is not None else f"{whole}; it is {status}, so nothing is shipped"


def _changed_order(line: Line) -> str:
    return f"the shop {line.facts.get('shop')} changed the order: version {line.version}"


def _checked(line: Line) -> str:
    return _with_cases(line, "checked and accepted")


def _allocated(line: Line) -> str:
    return f"allocated to warehouse {_value(line, 'shipment', 'warehouse')}"


def _routed(line: Line) -> str:
    account, service = _value(line, "shipment", "carrier_account"), _value(line, "shipment", "service")
    return _because(line, f"routed to {account}, service {service}")


def _bought(line: Line) -> str:
    return f"waybill {_value(line, 'waybill', 'number')} bought"


def _refused(line: Line) -> str:
    return f"the carrier refused: {line.facts.get('problems')}; another service is looked for"


def _rendered(line: Line) -> str:
    serials = [str(columns["serial"]) for columns in _rows(line, "label") if "serial" in columns]
    papers = dict.fromkeys(str(columns["variant"]) for columns in _rows(line, "page") if "variant" in columns)
    drawn = f"label{'s' if len(serials) > 1 else ''} {', '.join(serials) or 'unknown'}"
    return _with_cases(line, f"{drawn} drawn for {', '.join(papers) or 'no paper'}")


def _printed(line: Line) -> str:
    level = line.facts.get("evidence")
    return f"printed, evidence E{level} ({EVIDENCE.get(level if isinstance(level, int) else -1, 'unknown level')})"


def _intended(line: Line) -> str:
    return f"a waybill of {line.facts.get('account')} is to be bought under key {line.facts.get('key')}"


def _attempt(line: Line) -> str:
    return next((f"attempt {row_id}" for table, row_id, _ in line.rows if table == "attempt"), "the attempt")


def _prepared(line: Line) -> str:
    return f"{_attempt(line)}: printer {line.facts.get('printer')} takes the label"


def _sending(line: Line) -> str:
    printer = line.facts.get("printer")
    return f"{_attempt(line)}: the label goes to printer {printer}" if printer else f"{_attempt(line)}: its bytes go out"


def _sent(line: Line) -> str:
    return f"{_attempt(line)}: the printer has the label, its closing token goes out; from here on it may print"


def _proven(line: Line) -> str:
    level = _value(line, "attempt", "evidence")
    return f"{_attempt(line)}: proven, evidence E{level} ({EVIDENCE.get(level, 'unknown level')})"


def _refuted(line: Line) -> str:
    return _because(line, f"{_attempt(line)}: proven not printed")


def _unconfirmed(line: Line) -> str:
    return _because(line, f"{_attempt(line)}: nobody can say whether it printed")


def _adopted(line: Line) -> str:
    return f"{_attempt(line)}: taken over by the daemon's start {line.facts.get('epoch')}"


def _moved_job(line: Line) -> str:
    words = {
        "ready": "its job is ready again",
        "waiting": "its job waits",
        "in_doubt": "the outcome of its job is unknown and will be asked for",
        "done": "its job is done",
        "dead": "its job was given up",
    }
    to = str(line.facts.get("to"))
    return _because(line, words.get(to, f"its job became {to}"))


def _orphaned(line: Line) -> str:
    return f"the daemon ended during its job, which became {line.facts.get('to')}"


def _held(line: Line) -> str:
    return f"waits for a person: {line.facts.get('code')}: {line.facts.get('reason')}"


def _confirmed(_: Line) -> str:
    return "the shop was told that the parcel is on its way"


def _case_opened(line: Line) -> str:
    return f"waits for a person: {_cases(line)}"


def _started(line: Line) -> str:
    return f"the daemon started, its start {line.facts.get('epoch')}, version {line.facts.get('program')}"


def _quarantined(line: Line) -> str:
    return f"a record of shop {line.facts.get('shop')} could not be read: {line.facts.get('place')}"


def _shredded(line: Line) -> str:
    return f"the personal data of {line.facts.get('texts')} old orders or records was shredded, as the retention says"


def _by(line: Line) -> str:
    """Who did it, as the entry's facts name them."""
    user, uid = line.facts.get("user"), line.facts.get("uid")
    return f"user {user} (id {uid})" if user else f"user id {uid}"


def _run_opened(line: Line) -> str:
    return f"run {line.facts.get('run')} with {_stops(line)} opened by {_by(line)}"


def _run_shown(line: Line) -> str:
    page = line.facts.get("page")
    which = f"page {page} of the sheet" if page is not None else "the sheet"
    return f"{which} of run {line.facts.get('run')}, {_stops(line)}, shown to {_by(line)} as {line.facts.get('form')}"


def _run_closed(line: Line) -> str:
    by = f"by {_by(line)}" if "uid" in line.facts else "as the retention says, because nobody did"
    return f"run {line.facts.get('run')} with {_stops(line)} closed {by}; its sheet is shredded"


def _run_refused(line: Line) -> str:
    return f"{_by(line)} is no dispatcher and was refused to {line.facts.get('what')}"


def _stops(line: Line) -> str:
    count = line.facts.get("stops")
    return f"{count} stop{'' if count == 1 else 's'}"


def _made_label(line: Line) -> str:
    return f"{line.facts.get('label_kind')} label {line.facts.get('serial')} begun"


def _made_job(line: Line) -> str:
    return f"it is to come out of printer {line.facts.get('printer')}, once"


def _left(line: Line) -> str:
    return f"pool {line.facts.get('pool')} goes on without printer {line.facts.get('printer')}, which had the label"


def _back(line: Line) -> str:
    return f"printer {line.facts.get('printer')} was asked what became of the label that it was left with"


def _told(line: Line) -> str:
    if line.facts.get("separator") is None:
        return "the printer went on by itself: nobody needs to be told"
    return "a separator names what the printer before was left with"


def _reprint(line: Line) -> str:
    serial = _value(line, "label", "serial")
    by = f"by {_by(line)}" if "uid" in line.facts else "by the printer's policy"
    return _because(line, f"copy {_value(line, 'label', 'copy')} asked for {by}: {serial}")


def _pack_made(line: Line) -> str:
    facts = line.facts
    return f"pack {facts.get('pack')} made of {facts.get('labels')} labels of pool {facts.get('pool')} by {_by(line)}"


def _pack_item(line: Line) -> str:
    where = f"number {line.facts.get('number')} of pack {line.facts.get('pack')}"
    return f"{_attempt(line)}: the label is {where}; from here on people may print it, and no printer does"


def _pack_told(line: Line) -> str:
    words = {"printed": "was printed", "spoiled": "came out and cannot be used", "unused": "was not printed"}
    mark = str(line.facts.get("mark"))
    return f"number {line.facts.get('number')} of pack {line.facts.get('pack')} {words.get(mark, mark)}, says {_by(line)}"


def _pack_shown(line: Line) -> str:
    return f"the PDF of pack {line.facts.get('pack')} given to {_by(line)}"


def _moved_label(line: Line) -> str:
    printer = line.facts.get("printer")
    to = f"printer {printer}" if printer else f"pool {line.facts.get('pool')}"
    return f"moved to {to} by {_by(line)}"


def _printer_told(line: Line) -> str:
    words = {"open": "may print again", "draining": "finishes what it has begun", "paused": "takes no labels"}
    mode = line.kind.removeprefix("printer.")
    return _because(line, f"printer {line.facts.get('printer')} {words[mode]}, says {_by(line)}")


def _seen(line: Line) -> str:
    told = ", ".join(str(v) for c in ("model", "serial", "firmware") if (v := _value(line, "printer_seen", c)))
    what = "is another device now" if line.facts.get("another") else "tells of itself"
    return f"printer {line.facts.get('printer')} {what}: {told or 'nothing any more'}"


def _read_counters(line: Line) -> str:
    labels, length = _value(line, "printer_reading", "odometer"), _value(line, "printer_reading", "length_mm")
    told = [f"{labels} labels" if labels is not None else "", f"{length} mm" if length is not None else ""]
    return f"printer {line.facts.get('printer')} has printed {', '.join(filter(None, told)) or 'nothing that it counts'}"


def _loaded(line: Line) -> str:
    length = line.facts.get("full_mm")
    metres = f"{length / 1000:g} m" if isinstance(length, int | float) else "unknown length"
    return f"a {line.facts.get('wound')} of {metres} put into printer {line.facts.get('printer')} by {_by(line)}"


def _maintained(line: Line) -> str:
    return f"printer {line.facts.get('printer')}: {line.facts.get('what')}, by {_by(line)}"


def _spare_set(line: Line) -> str:
    where = f"{line.facts.get('item')} in warehouse {line.facts.get('warehouse')}"
    return f"spare {where} is ordered again at {line.facts.get('reorder_at')}, says {_by(line)}"


def _spare_moved(line: Line) -> str:
    f = line.facts
    words = {"add": "put on the shelf", "take": "taken", "count": "counted"}
    done = words.get(str(f.get("doing")), "moved")
    moved = f"{f.get('amount')} of {f.get('item')} {done} in warehouse {f.get('warehouse')} by {_by(line)}"
    return f"{moved}: {f.get('on_hand')} there"


def _trouble(line: Line) -> str:
    ends = {"opened": "begins", "closed": "is over", "reported": f"is reported by {_by(line)}"}
    return f"trouble {line.facts.get('cause')} of printer {line.facts.get('printer')} {ends[line.kind.rpartition('.')[2]]}"


def _intercepted(line: Line) -> str:
    found = line.kind == "intercept.found"
    return "the superseded copy was found" if found else "the superseded copy never came out: nobody needs to look for it"


def _stepped(line: Line) -> str:
    event = line.kind.removeprefix("shipment.").replace("_", " ")
    return f"{event}: {line.facts.get('from')} to {line.facts.get('to')}"


_TELLERS: Mapping[str, Callable[[Line], str]] = {
    **{f"shipment.{event}": _stepped for event in Event if event is not Event.INGESTED},
    "order.ingested": _ingested,
    "order.changed": _changed_order,
    "record.quarantined": _quarantined,
    "private.shredded": _shredded,
    "shipment.checked": _checked,
    "shipment.allocated": _allocated,
    "shipment.routed": _routed,
    "shipment.released": lambda _: "released",
    "shipment.bought": _bought,
    "shipment.refused": _refused,
    "shipment.rendered": _rendered,
    "shipment.printed": _printed,
    "shipment.confirmed": _confirmed,
    "waybill.intended": _intended,
    "attempt.prepared": _prepared,
    "attempt.sending": _sending,
    "attempt.sent": _sent,
    "attempt.proven": _proven,
    "attempt.refuted": _refuted,
    "attempt.unconfirmed": _unconfirmed,
    "attempt.adopted": _adopted,
    "job.moved": _moved_job,
    "job.orphaned": _orphaned,
    "job.held": _held,
    "case.opened": _case_opened,
    "case.closed": lambda _: "its case is answered",
    "label.made": _made_label,
    "label.reprint": _reprint,
    "label.found": lambda line: f"{_by(line)} scanned it although evidence had said that it did not come out",
    "label.scanned": lambda line: f"its label was scanned by {_by(line)}",
    "label.released": lambda line: f"to be printed after all, says {_by(line)}",
    "label.cancelled": lambda line: f"dropped by {_by(line)}",
    "label.moved": _moved_label,
    "label.copied": lambda line: f"copy {line.facts.get('serial')} drawn",
    "job.made": _made_job,
    "printer.left": _left,
    "printer.back": _back,
    **{f"printer.{mode}": _printer_told for mode in Mode},
    "printer.seen": _seen,
    "printer.read": _read_counters,
    "printer.loaded": _loaded,
    "printer.roll_changed": lambda line: f"printer {line.facts.get('printer')} had no media and has some again: a new roll",
    "printer.media_told": lambda line: f"{_by(line)} told which labels are in printer {line.facts.get('printer')}",
    "printer.anchored": lambda line: f"printer {line.facts.get('printer')} was asked how far its counters are",
    "printer.maintained": _maintained,
    "spare.set": _spare_set,
    "spare.moved": _spare_moved,
    "trouble.opened": _trouble,
    "trouble.closed": _trouble,
    "trouble.reported": _trouble,
    "failover.told": _told,
    "intercept.found": _intercepted,
    "intercept.gone": _intercepted,
    "daemon.started": _started,
    "pack.made": _pack_made,
    "pack.item": _pack_item,
    "pack.told": _pack_told,
    "pack.shown": _pack_shown,
    "pack.closed": lambda line: f"every label of pack {line.facts.get('pack')} is settled",
    "run.opened": _run_opened,
    "run.shown": _run_shown,
    "run.closed": _run_closed,
    "run.refused": _run_refused,
}

KINDS = frozenset({*_TELLERS, *(f"{work}.held" for work in Work)})
"""Every kind of entry that has a sentence of its own."""
