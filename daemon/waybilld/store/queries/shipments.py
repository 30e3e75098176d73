"""One shipment: everything that stands in the tables about it, and its whole story from the journal."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, select

from waybilld.core.jobs import JobState
from waybilld.store import journal, pages, schema
from waybilld.store.queries import cases, orders
from waybilld.store.queries.shapes import (
    AttemptRow,
    JobRow,
    LabelRow,
    PageRow,
    ParcelRow,
    ShipmentStory,
    StoryLine,
    WaybillRow,
    instant,
    instant_of,
)
from waybilld.store.seal import Seal
from waybilld.store.sql import Prepared, Runner
from waybilld.store.story import story
from waybilld_sdk.labels import Page

_s, _o, _l, _sl = schema.shipment, schema.order, schema.order_line, schema.shipment_line
_p, _w, _la, _pg, _a, _j = schema.parcel, schema.waybill, schema.label, schema.page, schema.attempt, schema.job
_SHIPMENT = Prepared(
    select(
        _s.c.shop,
        _s.c.state,
        _s.c.version,
        _s.c.warehouse,
        _s.c.carrier_account,
        _s.c.service,
        _s.c.pool,
        _s.c.ship_by_us,
        _s.c.confirmed_at_us,
    ).where(_s.c.id == bindparam("id_"))
)
_ORDERS = Prepared(
    select(*orders.COLUMNS)
    .join(_l, _l.c.order == _o.c.id)
    .join(_sl, _sl.c.order_line == _l.c.id)
    .where(_sl.c.shipment == bindparam("shipment"))
    .distinct()
    .order_by(_o.c.id)
)
_PARCELS = Prepared(select(_p.c.id, _p.c.ref, _p.c.weight_g).where(_p.c.shipment == bindparam("shipment")).order_by(_p.c.id))
_WAYBILLS = Prepared(
    select(_w.c.generation, _w.c.account, _w.c.number, _w.c.state, _w.c.cost_minor, _w.c.currency)
    .where(_w.c.parcel == bindparam("parcel"))
    .order_by(_w.c.generation.desc())
)
_LABELS = Prepared(
    select(_la.c.id, _la.c.serial, _la.c.kind, _la.c.copy, _la.c.superseded_by)
    .where(_la.c.shipment == bindparam("shipment"))
    .order_by(_la.c.id)
)
_PAGES = Prepared(
    select(_pg.c.variant, _pg.c.width, _pg.c.height, _pg.c.blob).where(_pg.c.label == bindparam("label")).order_by(_pg.c.id)
)
_ATTEMPTS = Prepared(
    select(_a.c.id, _a.c.printer, _a.c.state, _a.c.evidence, _a.c.reason, _a.c.before, _a.c.after)
    .where(_a.c.label == bindparam("label"))
    .order_by(_a.c.id)
)
_JOBS = Prepared(
    select(_j.c.id, _j.c.kind, _j.c.state, _j.c.tries, _j.c.run_at_us, _j.c.reason)
    .where(_j.c.shipment == bindparam("shipment"))
    .where(_j.c.state != JobState.DONE.value)
    .order_by(_j.c.id)
)


def shipment(run: Runner, seal: Seal | None, shipment_id: int) -> ShipmentStory | None:
    """One shipment, None where there is none of that number."""
    row = run.row(_SHIPMENT, id_=shipment_id)
    if row is None:
        return None
    return {
        "id": shipment_id,
        "shop": row[0],
        "state": row[1],
        "sent_only": orders.sent_only(run, shipment_id),
        "version": row[2],
        "warehouse": row[3],
        "carrier_account": row[4],
        "service": row[5],
        "pool": row[6],
        "ship_by": instant(row[7]),
        "confirmed_at": instant(row[8]),
        "blocks": orders.blocks(run, shipment_id),
        "orders": [orders.order_whole(run, seal, found) for found in run.rows(_ORDERS, shipment=shipment_id)],
        "parcels": [_parcel(run, found) for found in run.rows(_PARCELS, shipment=shipment_id)],
        "labels": [_label(run, found) for found in run.rows(_LABELS, shipment=shipment_id)],
        "cases": cases.cases_of(run, shipment_id),
        "jobs": [_job(found) for found in run.rows(_JOBS, shipment=shipment_id)],
        "story": [told(line) for line in journal.of_shipment(run, shipment_id)],
    }


def label_page(
    run: Runner, seal: Seal, shipment_id: int, variant: str | None, serial: str | None = None
) -> Page | None:
    """What is printed for a shipment, exactly as it is printed: the page with a serial, else the newest waybill label; None
    where none was drawn.

    Raises `Shredded` when retention deleted it.
    """
    drawn = [found for found in pages.pages_of(run, shipment_id) if variant in (None, found[2])]
    wanted = serial or next((found[0] for found in reversed(drawn) if found[1] == "waybill"), None)
    row = next((page for known, _, _, page in drawn if known == wanted), None)
    return None if row is None else pages.open_page(run, seal, row)


def told(line: journal.Line) -> StoryLine:
    """A journal entry with its sentence."""
    return {
        "seq": line.seq,
        "at": instant_of(line.at_us),
        "shipment": line.shipment,
        "kind": line.kind,
        "text": story(line),
        "facts": line.facts,
    }


def _parcel(run: Runner, row: Sequence[Any]) -> ParcelRow:
    found = run.rows(_WAYBILLS, parcel=row[0])
    return {"id": row[0], "ref": row[1], "weight_g": row[2], "waybills": [_waybill(waybill) for waybill in found]}


def _waybill(row: Sequence[Any]) -> WaybillRow:
    return {
        "generation": row[0],
        "account": row[1],
        "number": row[2],
        "state": row[3],
        "cost_minor": row[4],
        "currency": row[5],
    }


def _label(run: Runner, row: Sequence[Any]) -> LabelRow:
    return {
        "id": row[0],
        "serial": row[1],
        "kind": row[2],
        "copy": row[3],
        "superseded": row[4] is not None,
        "pages": [_page(found) for found in run.rows(_PAGES, label=row[0])],
        "attempts": [_attempt(found) for found in run.rows(_ATTEMPTS, label=row[0])],
    }


def _page(row: Sequence[Any]) -> PageRow:
    return {"variant": row[0], "width": row[1], "height": row[2], "kept": row[3] is not None}


def _attempt(row: Sequence[Any]) -> AttemptRow:
    return {
        "id": row[0],
        "printer": row[1],
        "state": row[2],
        "evidence": f"E{row[3]}",
        "reason": row[4],
        "before": json.loads(row[5]) if row[5] else {},
        "after": json.loads(row[6]) if row[6] else {},
    }


def _job(row: Sequence[Any]) -> JobRow:
    return {
        "id": row[0],
        "kind": row[1],
        "state": row[2],
        "tries": row[3],
        "run_at": instant(row[4]),
        "reason": row[5],
    }
