"""What must hold whatever happened, checked from outside: trays and foreign books against the database and its journal.

Numbers in brackets are those of the invariants that the project keeps; nothing here uses the daemon's own verbs.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

from support.sim.courier import Depot
from support.sim.cups import FOREIGN_FORMAT
from support.sim.market import Platform
from support.sim.printer import Piece
from support.sim.store import Disk
from waybilld.store import schema
from waybilld.store.seal import Seal
from waybilld.store.sql import Runner
from waybilld.store.verify import verify
from waybilld_sdk.orders import Confirmation, OrderStatus

__all__ = ["Named", "Piece", "confirmed_before_printed", "everything", "orders_in", "unsettled"]

_OVER = {"cancelled", "superseded"}
_MOST_ATTEMPTS = 25
_ON_PAPER = {"printed", "verified", "handed_over"}


class Named(Protocol):
    """A fault."""

    name: str
    act: Callable[[Any], None]


def rows(run: Runner, table: str) -> list[dict[str, Any]]:
    """Every row of a table, by its primary key."""
    found = run._connection.execute(f'SELECT * FROM "{table}" ORDER BY 1')
    names = [d[0] for d in found.description]
    return [dict(zip(names, row, strict=True)) for row in found]


def _of_order(run: Runner) -> dict[int, list[int]]:
    """Shipments by order id."""
    orders = {line["id"]: line["order"] for line in rows(run, "order_line")}
    found: dict[int, list[int]] = defaultdict(list)
    for line in rows(run, "shipment_line"):
        if line["shipment"] not in found[orders[line["order_line"]]]:
            found[orders[line["order_line"]]].append(line["shipment"])
    return found


def orders_in(run: Runner, state: str) -> list[str]:
    """External ids of orders whose label has an attempt in this state."""
    labels = {a["label"] for a in rows(run, "attempt") if a["state"] == state}
    shipments = {x["shipment"] for x in rows(run, "label") if x["id"] in labels}
    said = {o["id"]: o["external_id"] for o in rows(run, "order")}
    return [said[order] for order, of_order in _of_order(run).items() if shipments & set(of_order)]


def confirmed_before_printed(run: Runner, told: Confirmation, pieces: Sequence[Piece]) -> list[str]:
    """[6, 10] At the moment at which the platform hears of a parcel its label is proven and in a tray, unless the shop
    accepts what was sent."""
    (order,) = [o for o in rows(run, "order") if o["external_id"] == told.external_id]
    shipments = {s["id"]: s for s in rows(run, "shipment")}
    of_order = [shipments[i] for i in _of_order(run)[order["id"]]]
    if not any(s["state"] in _ON_PAPER for s in of_order):
        return [f"{told.external_id} was confirmed in state {[s['state'] for s in of_order]}"]
    numbers = {w["number"] for w in rows(run, "waybill")}
    if told.waybill_number not in numbers:
        return [f"{told.external_id} was confirmed with the unknown number {told.waybill_number}"]
    labels = {label["id"] for label in rows(run, "label") if label["shipment"] in {s["id"] for s in of_order}}
    if any(a["accepted"] for a in rows(run, "attempt") if a["label"] in labels):
        return []
    return [] if pieces else [f"{told.external_id} was confirmed although no label ever came out"]


def unsettled(run: Runner, platform: Platform) -> list[str]:
    """[1, 15] Orders that are neither done, nor cancelled, nor blocked for a visible reason."""
    problems = []
    known = {o["external_id"]: o for o in rows(run, "order")}
    shipments = {s["id"]: s for s in rows(run, "shipment")}
    blocked = {c["shipment"] for c in rows(run, "case") if c["state"] == "open" and c["blocking"] and c["message"]}
    of_order = _of_order(run)
    for name, order in platform.orders.items():
        row = known.get(name)
        if row is None:
            problems.append(f"{name} never reached the database")
            continue
        if row["status"] != order.status:
            problems.append(f"{name} is {order.status} on the platform and {row['status']} here")
        for shipment in (shipments[i] for i in of_order[row["id"]]):
            done = shipment["state"] in _ON_PAPER and shipment["confirmed_at_us"] is not None
            if not (done or shipment["state"] in _OVER or shipment["id"] in blocked):
                jobs = [(j["kind"], j["state"], j["reason"]) for j in rows(run, "job") if j["shipment"] == shipment["id"]]
                problems.append(f"{name}: shipment {shipment['id']} is {shipment['state']}, unblocked, jobs {jobs}")
        live = [i for i in of_order[row["id"]] if shipments[i]["state"] not in _OVER]
        if order.status is OrderStatus.PAID and not live:
            problems.append(f"{name} is paid and has no shipment under way")
        if len(live) > 1:
            problems.append(f"{name} is handled {len(live)} times at once: shipments {live}")
    open_attempts = [a["id"] for a in rows(run, "attempt") if a["state"] in {"prepared", "sending", "sent"}]
    if open_attempts:
        problems.append(f"attempts {open_attempts} are still open")
    return problems


def everything(
    disk: Disk,
    seal: Seal,
    platform: Platform,
    depot: Depot,
    pieces: Sequence[Piece],
    node: str,
    sent_again: Sequence[str] = (),
) -> list[str]:
    """All checks of a finished run. `sent_again` are names of jobs that a print server began once more by itself."""
    run = disk.runner()
    return [
        *unsettled(run, platform),
        *_labels(run, seal, pieces, Counter(int(name.split("-")[1]) for name in sent_again if name.startswith("attempt-"))),
        *_waybills(run, depot),
        *_platform(run, platform),
        *_gate(run),
        *_journal(run, node),
        *_verified(run, seal),
    ]


def _verified(run: Runner, seal: Seal) -> list[str]:
    """The daemon's own `db verify` on the same database: it must agree with all the others."""
    return [f"db verify: {finding}" for finding in verify(run, seal, full=True)]


def _labels(run: Runner, seal: Seal, pieces: Sequence[Piece], again: Counter[int]) -> list[str]:
    """[1, 5, 6, 7] Trays against attempts: none lost, none twice, and every conclusion is true."""
    problems = []
    out: dict[int, list[Piece]] = defaultdict(list)
    for piece, labels in _sorted_out(run, seal, pieces):
        if len(labels) != 1:
            problems.append(f"a piece from {piece.printer} at {piece.at:.3f} belongs to labels {sorted(labels)}")
        for number in labels:
            out[number].append(piece)
    tries: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for attempt in rows(run, "attempt"):
        tries[attempt["label"]].append(attempt)
    looked_for = {i["label"]: i["state"] for i in rows(run, "intercept")}
    for label in rows(run, "label"):
        problems += _label(label, tries[label["id"]], out[label["id"]], again)
        if out[label["id"]] and label["superseded_by"] is not None and looked_for.get(label["id"], "gone") == "gone":
            problems.append(f"label {label['serial']} lies in a tray, a copy has its place, and nobody looks for it")
        if label["shipment"] is None and len(tries[label["id"]]) > 1:
            problems.append(f"label {label['serial']} of the house was tried {len(tries[label['id']])} times")
    return problems


def labels_out(run: Runner, seal: Seal, pieces: Sequence[Piece]) -> set[int]:
    """The labels that lie in the trays."""
    return {number for _, labels in _sorted_out(run, seal, pieces) for number in labels}


def _sorted_out(run: Runner, seal: Seal, pieces: Sequence[Piece]) -> Iterator[tuple[Piece, set[int]]]:
    """Each piece with the labels that it may be, by what was sent for them."""
    by_digest: dict[str, set[int]] = defaultdict(set)
    for attempt in rows(run, "attempt"):
        if attempt["document_digest"]:
            by_digest[attempt["document_digest"]].add(attempt["label"])
    for piece in pieces:
        if piece.raw and not piece.raw.endswith(FOREIGN_FORMAT):
            yield piece, next((by_digest[d] for d in _digests(seal, piece.raw) if d in by_digest), set())


def _digests(seal: Seal, raw: bytes) -> Iterator[str]:
    """What the document may have been: without a question put inside it, and with the darkness that was set before it."""
    document = raw.replace(b"~HS", b"")
    yield seal.digest(document)
    for darkness in range(31):
        yield seal.digest(b"~SD%02d" % darkness + document)


def _label(
    label: dict[str, Any], tries: Sequence[dict[str, Any]], out: Sequence[Piece], again: Counter[int]
) -> list[str]:
    name = f"label {label['serial']}"
    told = [(a["id"], a["printer"], a["state"], a["evidence"]) for a in tries]
    states = Counter(a["state"] for a in tries)
    problems = []
    if len(tries) > _MOST_ATTEMPTS:
        problems.append(f"{name} was tried {len(tries)} times: nobody waits between two attempts")
    for attempt in tries:
        if attempt["state"] == "proven" and attempt["evidence"] < 4:
            problems.append(f"{name}: attempt {attempt['id']} is proven by evidence E{attempt['evidence']} only")
        if attempt["state"] == "proven" and not any(p.printer == attempt["printer"] for p in out):
            problems.append(f"{name} is said to be proven on {attempt['printer']}, where it never came out: {told}")
    if states["proven"] > 1:
        problems.append(f"{name} was proven {states['proven']} times: {told}")
    explained = max(1, states["proven"] + states["unconfirmed"]) + sum(again[attempt["id"]] for attempt in tries)
    doubted = any(attempt["state"] == "unconfirmed" or again[attempt["id"]] for attempt in tries)
    if len(out) > explained or (len(out) > 1 and not doubted):
        places = [(p.printer, round(p.at, 3)) for p in out]
        problems.append(f"{name} came out {len(out)} times, which no record explains: {places}, attempts {told}")
    if out and not states["proven"] and not states["unconfirmed"]:
        problems.append(f"{name} came out on {out[0].printer}, and its attempts deny it: {told}")
    if states["unconfirmed"] and states["refuted"] and tries[-1]["state"] == "refuted":
        problems.append(f"{name} was sent again after nobody could say what became of it: {told}")
    return problems


def _waybills(run: Runner, depot: Depot) -> list[str]:
    """[2, 3] The carrier's books against ours: nothing bought twice, nothing bought and forgotten."""
    problems = []
    waybills = rows(run, "waybill")
    for key, count in Counter(key for key, _ in depot.sales).items():
        if count > 1:
            problems.append(f"the carrier sold {count} waybills under {key}")
    live = Counter(w["parcel"] for w in waybills if w["state"] not in {"refused", "voided"})
    problems += [f"parcel {parcel} has {count} live waybills" for parcel, count in live.items() if count > 1]
    numbers = Counter((w["account"], w["number"]) for w in waybills if w["number"])
    problems += [f"number {number} was used {count} times" for number, count in numbers.items() if count > 1]
    ours = {w["key"]: w for w in waybills}
    parcels = {p["id"]: p["shipment"] for p in rows(run, "parcel")}
    blocked = {c["shipment"] for c in rows(run, "case") if c["state"] == "open" and c["blocking"]}
    for key, number in depot.sales:
        row = ours.get(key)
        if row is None:
            problems.append(f"the carrier sold {number} under {key}, for which no intent was ever written")
        elif row["number"] != number and parcels[row["parcel"]] not in blocked:
            problems.append(f"the carrier sold {number}; our record says {row['state']} {row['number']}, unblocked")
    sold = set(depot.sales)
    for row in waybills:
        if row["account"] == "courier" and row["state"] == "bought" and (row["key"], row["number"]) not in sold:
            problems.append(f"we recorded {row['number']}, which the carrier never sold under {row['key']}")
    return problems


def _platform(run: Runner, platform: Platform) -> list[str]:
    """[1, 10] What the platform was told, and what it gave away."""
    problems = []
    told = Counter(c.external_id for c in platform.confirmed.values())
    problems += [f"{name} was confirmed {count} times" for name, count in told.items() if count > 1]
    known = {o["external_id"] for o in rows(run, "order")}
    problems += [f"{name} was acknowledged and is lost" for name in sorted(platform.taken - known)]
    said = {o["id"]: o["external_id"] for o in rows(run, "order")}
    confirmed = {s["id"] for s in rows(run, "shipment") if s["confirmed_at_us"] is not None}
    for order, shipments in _of_order(run).items():
        if confirmed & set(shipments) and said[order] not in told:
            problems.append(f"{said[order]} counts as confirmed, and the platform never heard of it")
    return problems


def _gate(run: Runner) -> list[str]:
    """[8] No closing token was allowed for a shipment that was blocked or cancelled by then."""
    problems = []
    state: dict[int, str] = {}
    cases: dict[int, dict[int, bool]] = defaultdict(dict)
    where: dict[int, int] = {}
    for entry in rows(run, "journal"):
        for table, row_id, columns in json.loads(entry["body"])["rows"]:
            if table == "shipment" and "state" in columns:
                state[row_id] = columns["state"]
            if table == "case":
                where.setdefault(row_id, columns.get("shipment", 0))
                is_open = columns.get("state", "open") == "open"
                blocks = cases[where[row_id]].get(row_id, bool(columns.get("blocking")))
                cases[where[row_id]][row_id] = blocks and is_open
        if entry["kind"] == "attempt.sent":
            shipment = entry["shipment"]
            if shipment is None:
                # A separator or a test label: it belongs to nobody's parcel.
                continue
            if any(cases[shipment].values()) or state[shipment] in _OVER:
                problems.append(f"entry {entry['seq']} opened the gate for shipment {shipment}, which was blocked")
    return problems


def _journal(run: Runner, node: str) -> list[str]:
    """[13] The chain holds without a gap, and folding it gives the tables."""
    problems = []
    head, expected = "0" * 64, 1
    folded: dict[str, dict[int, dict[str, Any]]] = defaultdict(dict)
    for entry in rows(run, "journal"):
        told = [entry[k] for k in ("seq", "at_us", "node", "shipment", "job", "kind", "version", "body")]
        text = json.dumps(told, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
        head = hashlib.sha256(f"{head}\n{text}".encode()).hexdigest()
        if entry["hash"] != head or entry["seq"] != expected or entry["node"] != node:
            return [f"the journal's chain breaks at entry {entry['seq']}"]
        expected += 1
        for table, row_id, columns in json.loads(entry["body"])["rows"]:
            folded[table].setdefault(row_id, {}).update(columns)
    for table in schema.FOLDED:
        silent = schema.UNJOURNALED.get(table.name, frozenset()) | {"id"}
        for row in rows(run, table.name):
            ours = folded[table.name].pop(row["id"], {})
            for column, value in row.items():
                if column not in silent and ours.get(column) != value:
                    problems.append(
                        f"{table.name} {row['id']}: {column} is {value!r}, the journal says {ours.get(column)!r}"
                    )
        problems += [f"the journal tells of {table.name} {row_id}, which is not there" for row_id in folded[table.name]]
    return problems
