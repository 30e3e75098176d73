"""Sealed text and pixels: each opens with this node's key and is what its keyed digest names, or is shredded.

Without the key these checks cannot be made. Text is always checked whole; of the pixels a sample, unless asked for all.
"""

from __future__ import annotations

from cryptography.exceptions import InvalidTag
from sqlalchemy import bindparam, func, or_, select

from waybilld.core.canonical import digest
from waybilld.store import schema
from waybilld.store.seal import Seal, Shredded
from waybilld.store.sql import Prepared, Runner
from waybilld.store.verify.findings import Check, Findings
from waybilld.store.verify.journal import Report

_SAMPLE = 2000
"""About so many blobs are opened when not all are asked for."""

_STEP = 1000
_p, _v, _b, _page, _d = schema.private, schema.order_version, schema.blob, schema.page, schema.document
_PRIVATE = Prepared(
    select(_p.c.id, _p.c.data_key, _p.c.sealed, _v.c.content_hash, _v.c.order)
    .outerjoin(_v, _v.c.private == _p.c.id)
    .order_by(_p.c.id)
)
_BLOBS = Prepared(
    select(_b.c.id, _b.c.digest, _b.c.sealed, _p.c.data_key)
    .join(_p, _p.c.id == _b.c.private)
    .where(_b.c.id % bindparam("every") == 0)
    .order_by(_b.c.id)
)
_BLOB_COUNT = Prepared(select(func.count()).select_from(_b))
_PAGES = Prepared(
    select(_page.c.id)
    .outerjoin(_b, _b.c.id == _page.c.blob)
    .where(_page.c.blob.is_not(None))
    .where(or_(_b.c.id.is_(None), _b.c.digest != _page.c.digest))
)
_DOCUMENTS = Prepared(
    select(_d.c.id).outerjoin(_b, _b.c.id == _d.c.blob).where(or_(_b.c.id.is_(None), _b.c.digest != _d.c.digest))
)


def check_references(run: Runner, findings: Findings) -> None:
    """Pages and documents name a blob with their digest; needs no key."""
    for kind, query in (("page", _PAGES), ("document", _DOCUMENTS)):
        for (row_id,) in run.each(query):
            findings.add(Check.SEALS, f"{kind} {row_id}", "its pixels or bytes are missing, or are another label's")


def check_sealed(run: Runner, seal: Seal, findings: Findings, report: Report, *, full: bool) -> None:
    """Open every text, and all blobs or a sample of them."""
    for number, (row_id, wrapped, sealed, content_hash, order) in enumerate(run.each(_PRIVATE), start=1):
        where = f"private {row_id}" + (f" of order {order}" if order is not None else "")
        wrong = _text_fault(seal, wrapped, sealed, content_hash)
        if wrong:
            findings.add(Check.SEALS, where, wrong)
        if number % _STEP == 0:
            report("sealed text", number, 0)
    total = (run.row(_BLOB_COUNT) or (0,))[0]
    every = 1 if full else max(1, total // _SAMPLE)
    for number, (row_id, keyed, sealed, wrapped) in enumerate(run.each(_BLOBS, every=every), start=1):
        wrong = _blob_fault(seal, wrapped, sealed, keyed)
        if wrong:
            findings.add(Check.SEALS, f"blob {row_id}", wrong)
        if number % _STEP == 0:
            report("sealed pixels", number, total // every)


def _text_fault(seal: Seal, wrapped: bytes | None, sealed: bytes | None, content_hash: str | None) -> str | None:
    if wrapped is None and sealed is None:
        return None
    if wrapped is None or sealed is None:
        return "it is half shredded: the key or the text is left over"
    try:
        text = seal.open(seal.unwrap(wrapped), sealed)
    except (InvalidTag, ValueError):
        return "it does not open: it was changed, or was sealed with another master.key"
    if content_hash is not None and seal.digest(digest(text).encode()) != content_hash:
        return "it opens, but is not the text that the order's version was made from"
    return None


def _blob_fault(seal: Seal, wrapped: bytes | None, sealed: bytes, keyed: str) -> str | None:
    try:
        data = seal.open(seal.unwrap(wrapped), sealed)
    except Shredded:
        return None
    except (InvalidTag, ValueError):
        return "it does not open: it was changed, or was sealed with another master.key"
    return None if seal.digest(data) == keyed else "it opens, but its digest is another one"
