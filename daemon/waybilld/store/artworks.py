"""Labels that carriers drew: kept sealed with the order's own data key beside their waybill, until the order is shredded."""

from __future__ import annotations

from sqlalchemy import bindparam, insert, select

from waybilld.store import schema
from waybilld.store.orderdata import data_key
from waybilld.store.pages import open_blob, seal_blob
from waybilld.store.seal import Seal
from waybilld.store.sql import Prepared, Runner
from waybilld.store.tx import Tx
from waybilld_sdk.shipping import CommandArtwork, DocumentArtwork

_a = schema.artwork
_KEEP = Prepared(insert(_a).values({c: bindparam(c) for c in ("waybill", "form", "blob", "digest")}))
_LOAD = Prepared(select(_a.c.form, _a.c.blob).where(_a.c.waybill == bindparam("waybill")))
_STANDS = Prepared(select(_a.c.waybill).where(_a.c.waybill == bindparam("waybill")))
_COMMANDS = "commands/"
"""Before the language's name, where the artwork is no document but commands of a printer."""


def keep(tx: Tx, waybill: int, private: int, artwork: DocumentArtwork | CommandArtwork) -> None:
    """Keep a bought waybill's artwork in the unit that commits the purchase."""
    form = artwork.media_type if isinstance(artwork, DocumentArtwork) else _COMMANDS + artwork.language
    blob, digest = seal_blob(tx, private, data_key(tx.run, tx.seal, private), artwork.body, None)
    tx.run.run(_KEEP, waybill=waybill, form=form, blob=blob, digest=digest)


def stands(run: Runner, waybill: int) -> bool:
    """Whether the carrier drew a waybill's label."""
    return run.row(_STANDS, waybill=waybill) is not None


def load(run: Runner, seal: Seal, waybill: int) -> DocumentArtwork | CommandArtwork | None:
    """A waybill's artwork; None where the label is drawn here. Raises `Shredded` when the order's key is gone."""
    found = run.row(_LOAD, waybill=waybill)
    if found is None:
        return None
    form, body = found[0], open_blob(run, seal, found[1])
    if form.startswith(_COMMANDS):
        return CommandArtwork(form.removeprefix(_COMMANDS), body)
    return DocumentArtwork(form, body)
