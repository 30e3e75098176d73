"""What hand scanners read off a label, as the serial of the label that is meant.

The QR code holds the serial, which no two pieces of paper share. The carrier's bar code (Code 128, ISO/IEC 15417) holds the
waybill number, and that stands on every copy of the label: on the one in force and on the one that should be thrown away.
"""

from __future__ import annotations

from sqlalchemy import bindparam, select

from waybilld.core.intercepts import InterceptState
from waybilld.core.scans import Scanned, Word
from waybilld.store import copies, schema
from waybilld.store.sql import Prepared, Runner

_w, _l, _i = schema.waybill, schema.label, schema.intercept
_WAYBILLS = Prepared(select(_w.c.parcel, _w.c.state).where(_w.c.number == bindparam("number")).order_by(_w.c.id))
_LOOKED_FOR = select(_i.c.id).where(_i.c.label == _l.c.id).where(_i.c.state == InterceptState.OPEN.value).exists()
_PARCELS_SHIPMENT = select(schema.parcel.c.shipment).where(schema.parcel.c.id == bindparam("parcel")).scalar_subquery()
_LABELS = Prepared(
    select(_l.c.serial, _l.c.superseded_by, _LOOKED_FOR)
    .where(_l.c.shipment == _PARCELS_SHIPMENT)
    .where(_l.c.parcel == bindparam("parcel"))
    .where(_l.c.kind == "waybill")
    .order_by(_l.c.id)
)
_DEAD = frozenset({"refused", "voided"})


def serial_of(run: Runner, code: str) -> str | Scanned:
    """The serial that a scanned code stands for, or what the packer is told where it stands for no single label.

    Scanners end what they type with a carriage return, some with blanks: these are no part of the code. Capitals are: Code
    128 has both cases, and two numbers that differ in nothing else are two numbers.
    """
    code = code.strip()
    if copies.by_serial(run, code) is not None:
        return code
    found = run.rows(_WAYBILLS, number=code)
    parcels = [parcel for parcel, state in found if state not in _DEAD]
    if not parcels:
        # What no label and no waybill is called is the scan's to answer.
        return code if not found else Scanned(code, Word.STOP, f"waybill {code} is {found[-1][1]}: put it aside")
    labels = [row for parcel in parcels for row in run.rows(_LABELS, parcel=parcel)]
    standing = [serial for serial, newer, looked_for in labels if newer is None or looked_for]
    if len(standing) == 1:
        return str(standing[0])
    if not standing:
        return Scanned(code, Word.STOP, f"waybill {code} has no label yet: where does this one come from?")
    told = f"waybill {code} stands on {' and on '.join(standing)}: scan the QR code, or type the serial beside it"
    return Scanned(code, Word.STOP, told)
