"""The tables. Columns are INTEGER, TEXT and BLOB only; instants are microseconds since the epoch, UTC (`*_us`).

Partial unique indexes carry two of the promises: one live waybill per parcel, one live attempt per label and printer.
"""

from __future__ import annotations

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)

SCHEMA_VERSION = "0001"
"""The Alembic revision that this program reads and writes."""

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _int(name: str, *args: object, null: bool = False, index: bool = False) -> Column[int]:
    return Column(name, Integer, *args, nullable=null, index=index)  # type: ignore[arg-type]


def _text(name: str, *args: object, null: bool = False) -> Column[str]:
    return Column(name, Text, *args, nullable=null)  # type: ignore[arg-type]


def _id() -> Column[int]:
    return Column("id", Integer, primary_key=True)


private = Table(
    "private",
    metadata,
    _id(),
    Column("data_key", LargeBinary, nullable=True),
    Column("sealed", LargeBinary, nullable=True),
    _int("made_at_us"),
    Index(
        "ix_private_unshredded",
        "made_at_us",
        sqlite_where=text("data_key IS NOT NULL"),
        postgresql_where=text("data_key IS NOT NULL"),
    ),
)
"""Sealed text of one order version, of a quarantined record, or of a run's sheet. Without its `data_key` a row, and every
blob that names it, is shredded."""

order = Table(
    "order",
    metadata,
    _id(),
    _text("shop"),
    _text("external_id"),
    _int("version"),
    _text("content_hash"),
    _text("status"),
    _int("paid_at_us", null=True),
    _int("ship_by_us", null=True),
    _int("private", ForeignKey("private.id")),
    UniqueConstraint("shop", "external_id"),
)

order_version = Table(
    "order_version",
    metadata,
    _id(),
    _int("order", ForeignKey("order.id")),
    _int("version"),
    _text("content_hash"),
    _int("seen_at_us"),
    _int("private", ForeignKey("private.id"), index=True),
    UniqueConstraint("order", "version"),
)

order_line = Table(
    "order_line",
    metadata,
    _id(),
    _int("order", ForeignKey("order.id")),
    _text("ref"),
    _text("sku"),
    _int("qty"),
    _int("unit_price_minor", null=True),
    _text("currency", null=True),
    _text("status"),
    UniqueConstraint("order", "ref"),
)

shipment = Table(
    "shipment",
    metadata,
    _id(),
    _text("shop"),
    _text("state"),
    _int("version"),
    _int("round"),
    _text("warehouse", null=True),
    _text("carrier_account", null=True),
    _text("service", null=True),
    _text("excluded", null=True),
    _text("pool", null=True),
    _text("wave", null=True),
    _int("ship_by_us", null=True),
    _int("confirmed_at_us", null=True),
    Index("ix_shipment_state", "state"),
)
"""`round` counts how often the road began anew; `excluded` is a JSON list of [account, service] that refused."""

shipment_line = Table(
    "shipment_line",
    metadata,
    _id(),
    _int("shipment", ForeignKey("shipment.id"), index=True),
    _int("order_line", ForeignKey("order_line.id"), index=True),
    _int("qty"),
)

parcel = Table(
    "parcel",
    metadata,
    _id(),
    _int("shipment", ForeignKey("shipment.id"), index=True),
    _text("ref"),
    _int("weight_g", null=True),
    _text("size_mm", null=True),
)

waybill = Table(
    "waybill",
    metadata,
    _id(),
    _int("parcel", ForeignKey("parcel.id"), index=True),
    _int("generation"),
    _text("account"),
    _text("key"),
    _text("number", null=True),
    _text("parent", null=True),
    _text("state"),
    _int("cost_minor", null=True),
    _text("currency", null=True),
    _text("sort_codes", null=True),
    UniqueConstraint("key"),
    Index(
        "uq_waybill_live_parcel",
        "parcel",
        unique=True,
        sqlite_where=text("state NOT IN ('refused','voided')"),
        postgresql_where=text("state NOT IN ('refused','voided')"),
    ),
    Index(
        "uq_waybill_account_number",
        "account",
        "number",
        unique=True,
        sqlite_where=text("number IS NOT NULL"),
        postgresql_where=text("number IS NOT NULL"),
    ),
)
"""States: intended, bought, refused, voided. Doubt stands on the job that buys."""

label = Table(
    "label",
    metadata,
    _id(),
    _int("shipment", ForeignKey("shipment.id"), null=True, index=True),
    _int("parcel", ForeignKey("parcel.id"), null=True),
    _text("kind"),
    _int("copy"),
    _text("serial"),
    _int("superseded_by", ForeignKey("label.id"), null=True),
    _int("scanned_at_us", null=True),
    UniqueConstraint("serial"),
)
"""What belongs to no shipment (`separator`, `test`) has no pages either: it is drawn for one printer and printed once.

`scanned_at_us` is the first packing scan. The evidence of an attempt does not tell it: a person's word is as high."""

blob = Table(
    "blob",
    metadata,
    _id(),
    _int("private", ForeignKey("private.id")),
    _text("digest"),
    Column("sealed", LargeBinary, nullable=False),
    _int("expires_at_us", null=True, index=True),
)
"""Pixels and documents, sealed with the data key of their private row. `digest` is keyed."""

page = Table(
    "page",
    metadata,
    _id(),
    _int("label", ForeignKey("label.id")),
    _text("variant"),
    _text("page_key"),
    _int("width"),
    _int("height"),
    _text("commands", null=True),
    _text("digest"),
    _int("blob", null=True, index=True),
    UniqueConstraint("label", "variant"),
)
"""`variant` is dots per mm and media, e.g. `8/100x150`. `commands` is set where the printer draws a part of the page by
itself: a language and the part's box in dots, such as `zpl 0 0 800 1200`; the commands stand in the blob behind the pixels.
`blob` is empty once retention took both."""

document = Table(
    "document",
    metadata,
    _id(),
    _int("page", ForeignKey("page.id")),
    _text("language"),
    _text("settings"),
    _int("token_bytes"),
    _int("blob"),
    _text("digest"),
    UniqueConstraint("page", "language", "settings"),
)
"""A page encoded ahead for the printers of its pool; deleted when its attempt is settled. Not in the journal."""

artwork = Table(
    "artwork",
    metadata,
    Column("waybill", Integer, ForeignKey("waybill.id"), primary_key=True),
    _text("form"),
    _int("blob"),
    _text("digest"),
)
"""The label that a carrier drew for a waybill; `form` is its media type, or `commands/` and a printer language. Not in the
journal."""

LIVE_ATTEMPT = "state = 'prepared' OR state = 'sending' OR state = 'sent'"
"""The condition of both partial indexes on attempts that are under way. Written out: with `IN` of three values
SQLite took twice as long for each change of a row (27 µs against 13)."""

attempt = Table(
    "attempt",
    metadata,
    _id(),
    _int("label", ForeignKey("label.id"), index=True),
    _text("printer"),
    _int("at_us"),
    _int("epoch"),
    _text("language"),
    _text("document_digest"),
    _text("state"),
    _int("evidence"),
    _text("before", null=True),
    _text("after", null=True),
    _text("reason", null=True),
    _int("accepted", null=True),
    Index(
        "uq_attempt_live_label",
        "label",
        unique=True,
        sqlite_where=text(LIVE_ATTEMPT),
        postgresql_where=text(LIVE_ATTEMPT),
    ),
    Index(
        "uq_attempt_live_printer",
        "printer",
        unique=True,
        sqlite_where=text(LIVE_ATTEMPT),
        postgresql_where=text(LIVE_ATTEMPT),
    ),
    Index("ix_attempt_printer_state", "printer", "state"),
)
"""`at_us` is when it was begun. `accepted` is 1 where the printer's policy took what was sent for printed without proof."""

job = Table(
    "job",
    metadata,
    _id(),
    _text("kind"),
    _int("shipment", ForeignKey("shipment.id"), null=True, index=True),
    _int("label", ForeignKey("label.id"), null=True),
    _text("pool", null=True),
    _text("printer", null=True),
    _int("made_at_us"),
    _text("key"),
    _text("state"),
    _int("run_at_us", null=True),
    _int("tries"),
    _text("reason", null=True),
    _text("owner", null=True),
    _int("epoch", null=True),
    UniqueConstraint("key"),
    Index(
        "ix_job_open",
        "kind",
        "state",
        "pool",
        "tries",
        "shipment",
        "id",
        sqlite_where=text("state != 'done'"),
        postgresql_where=text("state != 'done'"),
    ),
)

"""`printer` is set where only this one may take the job. Only a print job of no shipment has none."""

case = Table(
    "case",
    metadata,
    _id(),
    _int("shipment", ForeignKey("shipment.id"), index=True),
    _int("label", ForeignKey("label.id"), null=True),
    _text("code"),
    _int("blocking"),
    _text("state"),
    _text("message"),
    _text("owner", null=True),
    _int("opened_at_us"),
    _int("due_at_us", null=True),
    Index(
        "ix_case_blocking_open",
        "shipment",
        sqlite_where=text("state = 'open' AND blocking = 1"),
        postgresql_where=text("state = 'open' AND blocking = 1"),
    ),
)

failover = Table(
    "failover",
    metadata,
    _id(),
    _text("pool"),
    _text("printer"),
    _int("attempt", ForeignKey("attempt.id")),
    _int("label", ForeignKey("label.id")),
    _text("left_as"),
    _int("at_us"),
    _int("told_at_us", null=True),
    _int("separator", ForeignKey("label.id"), null=True),
    _int("settled_at_us", null=True),
    Index(
        "ix_failover_open",
        "pool",
        sqlite_where=text("told_at_us IS NULL OR settled_at_us IS NULL"),
        postgresql_where=text("told_at_us IS NULL OR settled_at_us IS NULL"),
    ),
)
"""A label that a printer had when its pool went on without it. `left_as` is the attempt's state then. `told_at_us` is
set once a separator, the label `separator`, told the packer so on the printer that went on, or the printer itself went on
first; `settled_at_us` once the printer has been asked again what became of the label."""

intercept = Table(
    "intercept",
    metadata,
    _id(),
    _int("label", ForeignKey("label.id")),
    _text("printer"),
    _text("reason"),
    _text("state"),
    _int("opened_at_us"),
    _int("closed_at_us", null=True),
    UniqueConstraint("label"),
    Index(
        "ix_intercept_open",
        "opened_at_us",
        sqlite_where=text("state = 'open'"),
        postgresql_where=text("state = 'open'"),
    ),
)
"""Copies on paper, or perhaps on paper, that must not go on a parcel. States: open, found (somebody has it), gone (it never
came out)."""

reprint = Table(
    "reprint",
    metadata,
    _id(),
    _int("label", ForeignKey("label.id"), index=True),
    _int("copy_of", ForeignKey("label.id")),
    _text("reason"),
    _int("uid", null=True),
    _text("user"),
    _int("at_us", index=True),
)
"""Who asked for a further copy of a label, and why. `uid` is empty where a printer's policy did."""

printer = Table(
    "printer",
    metadata,
    _id(),
    _text("name"),
    _text("mode"),
    _text("reason"),
    _int("uid"),
    _text("user"),
    _int("at_us"),
    UniqueConstraint("name"),
)
"""What people told a printer: open, paused, draining. One without a row is open."""

quarantine = Table(
    "quarantine",
    metadata,
    _id(),
    _text("shop"),
    _text("fingerprint"),
    _text("place"),
    _text("reason"),
    _int("private", ForeignKey("private.id")),
    _int("at_us"),
    UniqueConstraint("shop", "fingerprint"),
)

run = Table(
    "run",
    metadata,
    _id(),
    _text("name"),
    _text("state"),
    _int("private", ForeignKey("private.id"), index=True),
    _int("opened_at_us"),
    _int("opened_uid"),
    _text("opened_user"),
    _int("closed_at_us", null=True),
    _int("closed_uid", null=True),
    _text("closed_user", null=True),
    Index(
        "ix_run_open",
        "opened_at_us",
        sqlite_where=text("state = 'open'"),
        postgresql_where=text("state = 'open'"),
    ),
)
"""A tour of own delivery. States: open, closed. `private` holds what its sheet shows, with a data key of its own, which
closing deletes. `closed_uid` is empty where nobody but retention closed it."""

run_stop = Table(
    "run_stop",
    metadata,
    _id(),
    _int("run", ForeignKey("run.id")),
    _int("place"),
    _int("shipment", ForeignKey("shipment.id")),
    _int("open"),
    UniqueConstraint("run", "place"),
    Index(
        "uq_run_stop_open_shipment",
        "shipment",
        unique=True,
        sqlite_where=text("open = 1"),
        postgresql_where=text("open = 1"),
    ),
)
"""The shipments of a run in the order of its stops. `open` is 1 until the run is closed: one open run for a shipment."""

run_showing = Table(
    "run_showing",
    metadata,
    _id(),
    _int("run", ForeignKey("run.id"), index=True),
    _int("at_us"),
    _int("uid"),
    _text("user"),
)
"""Who was shown the sheet of a run, and when."""

pack = Table(
    "pack",
    metadata,
    _id(),
    _text("pool"),
    _text("state"),
    _int("made_at_us"),
    _int("made_uid"),
    _text("made_user"),
    _int("closed_at_us", null=True),
)
"""Labels of a pool that people print from a PDF, because no printer does. States: open, closed."""

pack_item = Table(
    "pack_item",
    metadata,
    _id(),
    _int("pack", ForeignKey("pack.id")),
    _int("number"),
    _int("label", ForeignKey("label.id")),
    _int("page", ForeignKey("page.id")),
    _int("attempt", ForeignKey("attempt.id")),
    _text("state"),
    _int("settled_at_us", null=True),
    _int("settled_uid", null=True),
    _text("settled_user", null=True),
    UniqueConstraint("pack", "number"),
    UniqueConstraint("attempt"),
    Index(
        "uq_pack_item_open_label",
        "label",
        unique=True,
        sqlite_where=text("state = 'open'"),
        postgresql_where=text("state = 'open'"),
    ),
)
"""A label of a pack, with its number on the check-off sheet. States: open, printed, spoiled, unused. While it is open its
attempt is `sent`."""

pack_showing = Table(
    "pack_showing",
    metadata,
    _id(),
    _int("pack", ForeignKey("pack.id"), index=True),
    _int("at_us"),
    _int("uid"),
    _text("user"),
)
"""Who was given the PDF of a pack, and when: each time its labels may have come out once more."""


printer_seen = Table(
    "printer_seen",
    metadata,
    _id(),
    _text("printer"),
    _text("serial"),
    _text("model"),
    _text("firmware"),
    _int("at_us"),
    UniqueConstraint("printer"),
)
"""What the device behind a printer's name told of itself last, and since when; empty where it told nothing."""

printer_reading = Table(
    "printer_reading",
    metadata,
    _id(),
    _text("printer"),
    _int("at_us"),
    _text("serial"),
    _int("odometer", null=True),
    _int("length_mm", null=True),
    _int("length_step_mm"),
    Index("ix_printer_reading_printer", "printer", "at_us"),
)
"""The device's counters, once a day. `length_step_mm`: in what steps the device tells `length_mm`."""

printer_load = Table(
    "printer_load",
    metadata,
    _id(),
    _text("printer"),
    _text("wound"),
    _int("at_us"),
    _int("uid", null=True),
    _text("user"),
    _int("full_mm", null=True),
    _text("media"),
    _int("pitch_um"),
    _text("serial"),
    _int("odometer", null=True),
    _int("length_mm", null=True),
    _int("after_attempt"),
    Index("ix_printer_load_printer", "printer", "wound"),
)
"""A roll or a ribbon that was put in. `uid` is empty where the device showed it and nobody said what it is: then `full_mm`
is empty, too. `serial`, `odometer` and `length_mm` are the device's then, empty until it is asked next where it could not be
asked; attempts with a number above `after_attempt` are
printed on it. `pitch_um`: one label with its gap, in micrometres."""

maintenance = Table(
    "maintenance",
    metadata,
    _id(),
    _text("printer"),
    _int("at_us"),
    _int("uid"),
    _text("user"),
    _text("what"),
    _text("note"),
    _text("serial"),
    _int("odometer", null=True),
    _int("length_mm", null=True),
    Index("ix_maintenance_printer", "printer"),
)
"""What was done to a printer, by whom, and how far the device's counters were."""

spare = Table(
    "spare",
    metadata,
    _id(),
    _text("warehouse"),
    _text("item"),
    _text("kind"),
    _int("on_hand"),
    _int("reorder_at"),
    UniqueConstraint("warehouse", "item"),
)
"""Rolls, ribbons and cartridges on the shelf."""

spare_move = Table(
    "spare_move",
    metadata,
    _id(),
    _int("spare", ForeignKey("spare.id")),
    _int("at_us"),
    _int("uid"),
    _text("user"),
    _text("doing"),
    _int("change"),
    _int("on_hand"),
    Index("ix_spare_move_spare", "spare", "at_us"),
)
"""How they came and went; `on_hand` is what was there afterwards."""

trouble = Table(
    "trouble",
    metadata,
    _id(),
    _text("printer"),
    _text("cause"),
    _text("source"),
    _int("began_us"),
    _int("ended_us", null=True),
    _int("labels"),
    _int("after_attempt"),
    _int("uid", null=True),
    _text("user"),
    _text("note"),
    _text("serial", null=True),
    Index("ix_trouble_began", "began_us"),
    Index(
        "uq_trouble_open",
        "printer",
        "cause",
        unique=True,
        sqlite_where=text("ended_us IS NULL"),
        postgresql_where=text("ended_us IS NULL"),
    ),
)
"""What went wrong, from when to when. A printer has one open trouble of a cause; what a person reports is over at once and
names a label's `serial`. `labels` counts those affected: for a device's, the labels on attempts above `after_attempt` that
did not come out at once, counted when it ends."""

cursor = Table("cursor", metadata, Column("name", Text, primary_key=True), _text("value"))

lease = Table("lease", metadata, Column("name", Text, primary_key=True), _text("owner"), _int("epoch"))

kv = Table(
    "kv",
    metadata,
    Column("instance", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    _text("value"),
)
"""What an adapter keeps: never personal data, never in the journal."""

journal = Table(
    "journal",
    metadata,
    Column("seq", Integer, primary_key=True),
    _int("at_us"),
    _text("node"),
    _int("shipment", null=True),
    _int("job", null=True),
    _text("kind"),
    _int("version", null=True),
    _text("body"),
    _text("hash"),
    Index("ix_journal_shipment", "shipment"),
)

FOLDED = (
    order, order_version, order_line, shipment, shipment_line, parcel, waybill, label, page, attempt, job, case,
    failover, intercept, reprint, printer, run, run_stop, run_showing, pack, pack_item, pack_showing,
    printer_seen, printer_reading, printer_load, maintenance, spare, spare_move, trouble,
)  # fmt: skip
"""Tables that folding the journal must give back, row by row."""

UNJOURNALED = {
    "page": frozenset({"blob"}),
    "job": frozenset({"owner", "epoch"}),
}
"""Columns that are ownership or retention marks, not state."""
