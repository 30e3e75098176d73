"""The first schema: orders, shipments, waybills, labels, attempts, jobs, cases, journal."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "cursor",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_cursor")),
    )
    op.create_table(
        "journal",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at_us", sa.Integer(), nullable=False),
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("shipment", sa.Integer(), nullable=True),
        sa.Column("job", sa.Integer(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_journal")),
    )
    op.create_index("ix_journal_shipment", "journal", ["shipment"], unique=False)
    op.create_table(
        "kv",
        sa.Column("instance", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("instance", "key", name=op.f("pk_kv")),
    )
    op.create_table(
        "lease",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_lease")),
    )
    op.create_table(
        "private",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("data_key", sa.LargeBinary(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("made_at_us", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_private")),
    )
    op.create_index(
        "ix_private_unshredded",
        "private",
        ["made_at_us"],
        unique=False,
        sqlite_where=sa.text("data_key IS NOT NULL"),
        postgresql_where=sa.text("data_key IS NOT NULL"),
    )
    op.create_table(
        "shipment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("shop", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("warehouse", sa.Text(), nullable=True),
        sa.Column("carrier_account", sa.Text(), nullable=True),
        sa.Column("service", sa.Text(), nullable=True),
        sa.Column("excluded", sa.Text(), nullable=True),
        sa.Column("pool", sa.Text(), nullable=True),
        sa.Column("wave", sa.Text(), nullable=True),
        sa.Column("ship_by_us", sa.Integer(), nullable=True),
        sa.Column("confirmed_at_us", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shipment")),
    )
    op.create_index("ix_shipment_state", "shipment", ["state"], unique=False)
    op.create_table(
        "blob",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("private", sa.Integer(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at_us", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["private"], ["private.id"], name=op.f("fk_blob_private")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_blob")),
    )
    op.create_index(op.f("ix_blob_expires_at_us"), "blob", ["expires_at_us"], unique=False)
    op.create_table(
        "order",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("shop", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("paid_at_us", sa.Integer(), nullable=True),
        sa.Column("ship_by_us", sa.Integer(), nullable=True),
        sa.Column("private", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["private"], ["private.id"], name=op.f("fk_order_private")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order")),
        sa.UniqueConstraint("shop", "external_id", name=op.f("uq_order_shop_external_id")),
    )
    op.create_table(
        "parcel",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("shipment", sa.Integer(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("weight_g", sa.Integer(), nullable=True),
        sa.Column("size_mm", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["shipment"], ["shipment.id"], name=op.f("fk_parcel_shipment")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parcel")),
    )
    op.create_index(op.f("ix_parcel_shipment"), "parcel", ["shipment"], unique=False)
    op.create_table(
        "quarantine",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("shop", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("private", sa.Integer(), nullable=False),
        sa.Column("at_us", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["private"], ["private.id"], name=op.f("fk_quarantine_private")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quarantine")),
        sa.UniqueConstraint("shop", "fingerprint", name=op.f("uq_quarantine_shop_fingerprint")),
    )
    op.create_table(
        "label",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("shipment", sa.Integer(), nullable=True),
        sa.Column("parcel", sa.Integer(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("copy", sa.Integer(), nullable=False),
        sa.Column("serial", sa.Text(), nullable=False),
        sa.Column("superseded_by", sa.Integer(), nullable=True),
        sa.Column("scanned_at_us", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["parcel"], ["parcel.id"], name=op.f("fk_label_parcel")),
        sa.ForeignKeyConstraint(["shipment"], ["shipment.id"], name=op.f("fk_label_shipment")),
        sa.ForeignKeyConstraint(["superseded_by"], ["label.id"], name=op.f("fk_label_superseded_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_label")),
        sa.UniqueConstraint("serial", name=op.f("uq_label_serial")),
    )
    op.create_index(op.f("ix_label_shipment"), "label", ["shipment"], unique=False)
    op.create_table(
        "case",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("shipment", sa.Integer(), nullable=False),
        sa.Column("label", sa.Integer(), nullable=True),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("blocking", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("opened_at_us", sa.Integer(), nullable=False),
        sa.Column("due_at_us", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["label"], ["label.id"], name=op.f("fk_case_label")),
        sa.ForeignKeyConstraint(["shipment"], ["shipment.id"], name=op.f("fk_case_shipment")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case")),
    )
    op.create_index(
        "ix_case_blocking_open",
        "case",
        ["shipment"],
        unique=False,
        sqlite_where=sa.text("state = 'open' AND blocking = 1"),
        postgresql_where=sa.text("state = 'open' AND blocking = 1"),
    )
    op.create_index(op.f("ix_case_shipment"), "case", ["shipment"], unique=False)
    op.create_table(
        "order_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("order", sa.Integer(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("qty", sa.Integer(), nullable=False),
        sa.Column("unit_price_minor", sa.Integer(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["order"], ["order.id"], name=op.f("fk_order_line_order")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_line")),
        sa.UniqueConstraint("order", "ref", name=op.f("uq_order_line_order_ref")),
    )
    op.create_table(
        "order_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("order", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("seen_at_us", sa.Integer(), nullable=False),
        sa.Column("private", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["order"], ["order.id"], name=op.f("fk_order_version_order")),
        sa.ForeignKeyConstraint(["private"], ["private.id"], name=op.f("fk_order_version_private")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_version")),
        sa.UniqueConstraint("order", "version", name=op.f("uq_order_version_order_version")),
    )
    op.create_index(op.f("ix_order_version_private"), "order_version", ["private"], unique=False)
    op.create_table(
        "waybill",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("parcel", sa.Integer(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("parent", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("cost_minor", sa.Integer(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("sort_codes", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["parcel"], ["parcel.id"], name=op.f("fk_waybill_parcel")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waybill")),
        sa.UniqueConstraint("key", name=op.f("uq_waybill_key")),
    )
    op.create_index(op.f("ix_waybill_parcel"), "waybill", ["parcel"], unique=False)
    op.create_index(
        "uq_waybill_account_number",
        "waybill",
        ["account", "number"],
        unique=True,
        sqlite_where=sa.text("number IS NOT NULL"),
        postgresql_where=sa.text("number IS NOT NULL"),
    )
    op.create_index(
        "uq_waybill_live_parcel",
        "waybill",
        ["parcel"],
        unique=True,
        sqlite_where=sa.text("state NOT IN ('refused','voided')"),
        postgresql_where=sa.text("state NOT IN ('refused','voided')"),
    )
    op.create_table(
        "attempt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("label", sa.Integer(), nullable=False),
        sa.Column("printer", sa.Text(), nullable=False),
        sa.Column("at_us", sa.Integer(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("document_digest", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Integer(), nullable=False),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("after", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("accepted", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["label"], ["label.id"], name=op.f("fk_attempt_label")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempt")),
    )
    op.create_index(op.f("ix_attempt_label"), "attempt", ["label"], unique=False)
    op.create_index("ix_attempt_printer_state", "attempt", ["printer", "state"], unique=False)
    op.create_index(
        "uq_attempt_live_label",
        "attempt",
        ["label"],
        unique=True,
        sqlite_where=sa.text("state = 'prepared' OR state = 'sending' OR state = 'sent'"),
        postgresql_where=sa.text("state = 'prepared' OR state = 'sending' OR state = 'sent'"),
    )
    op.create_index(
        "uq_attempt_live_printer",
        "attempt",
        ["printer"],
        unique=True,
        sqlite_where=sa.text("state = 'prepared' OR state = 'sending' OR state = 'sent'"),
        postgresql_where=sa.text("state = 'prepared' OR state = 'sending' OR state = 'sent'"),
    )
    op.create_table(
        "job",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("shipment", sa.Integer(), nullable=True),
        sa.Column("label", sa.Integer(), nullable=True),
        sa.Column("pool", sa.Text(), nullable=True),
        sa.Column("printer", sa.Text(), nullable=True),
        sa.Column("made_at_us", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("run_at_us", sa.Integer(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("epoch", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["label"], ["label.id"], name=op.f("fk_job_label")),
        sa.ForeignKeyConstraint(["shipment"], ["shipment.id"], name=op.f("fk_job_shipment")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
        sa.UniqueConstraint("key", name=op.f("uq_job_key")),
    )
    op.create_index(
        "ix_job_open",
        "job",
        ["kind", "state", "pool", "tries", "shipment", "id"],
        unique=False,
        sqlite_where=sa.text("state != 'done'"),
        postgresql_where=sa.text("state != 'done'"),
    )
    op.create_index(op.f("ix_job_shipment"), "job", ["shipment"], unique=False)
    op.create_table(
        "page",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("label", sa.Integer(), nullable=False),
        sa.Column("variant", sa.Text(), nullable=False),
        sa.Column("page_key", sa.Text(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("commands", sa.Text(), nullable=True),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("blob", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["label"], ["label.id"], name=op.f("fk_page_label")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_page")),
        sa.UniqueConstraint("label", "variant", name=op.f("uq_page_label_variant")),
    )
    op.create_index(op.f("ix_page_blob"), "page", ["blob"], unique=False)
    op.create_table(
        "shipment_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("shipment", sa.Integer(), nullable=False),
        sa.Column("order_line", sa.Integer(), nullable=False),
        sa.Column("qty", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["order_line"], ["order_line.id"], name=op.f("fk_shipment_line_order_line")),
        sa.ForeignKeyConstraint(["shipment"], ["shipment.id"], name=op.f("fk_shipment_line_shipment")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shipment_line")),
    )
    op.create_index(op.f("ix_shipment_line_order_line"), "shipment_line", ["order_line"], unique=False)
    op.create_index(op.f("ix_shipment_line_shipment"), "shipment_line", ["shipment"], unique=False)
    op.create_table(
        "artwork",
        sa.Column("waybill", sa.Integer(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("blob", sa.Integer(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["waybill"], ["waybill.id"], name=op.f("fk_artwork_waybill")),
        sa.PrimaryKeyConstraint("waybill", name=op.f("pk_artwork")),
    )
    op.create_table(
        "document",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("settings", sa.Text(), nullable=False),
        sa.Column("token_bytes", sa.Integer(), nullable=False),
        sa.Column("blob", sa.Integer(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["page"], ["page.id"], name=op.f("fk_document_page")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document")),
        sa.UniqueConstraint("page", "language", "settings", name=op.f("uq_document_page_language_settings")),
    )
    op.create_table(
        "run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("private", sa.Integer(), nullable=False),
        sa.Column("opened_at_us", sa.Integer(), nullable=False),
        sa.Column("opened_uid", sa.Integer(), nullable=False),
        sa.Column("opened_user", sa.Text(), nullable=False),
        sa.Column("closed_at_us", sa.Integer(), nullable=True),
        sa.Column("closed_uid", sa.Integer(), nullable=True),
        sa.Column("closed_user", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["private"], ["private.id"], name=op.f("fk_run_private")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run")),
    )
    op.create_index(
        "ix_run_open",
        "run",
        ["opened_at_us"],
        unique=False,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index(op.f("ix_run_private"), "run", ["private"], unique=False)
    op.create_table(
        "run_showing",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("at_us", sa.Integer(), nullable=False),
        sa.Column("uid", sa.Integer(), nullable=False),
        sa.Column("user", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["run"], ["run.id"], name=op.f("fk_run_showing_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run_showing")),
    )
    op.create_index(op.f("ix_run_showing_run"), "run_showing", ["run"], unique=False)
    op.create_table(
        "run_stop",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("shipment", sa.Integer(), nullable=False),
        sa.Column("open", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["run"], ["run.id"], name=op.f("fk_run_stop_run")),
        sa.ForeignKeyConstraint(["shipment"], ["shipment.id"], name=op.f("fk_run_stop_shipment")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run_stop")),
        sa.UniqueConstraint("run", "place", name=op.f("uq_run_stop_run_place")),
    )
    op.create_index(
        "uq_run_stop_open_shipment",
        "run_stop",
        ["shipment"],
        unique=True,
        sqlite_where=sa.text("open = 1"),
        postgresql_where=sa.text("open = 1"),
    )
    op.create_table(
        "failover",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pool", sa.Text(), nullable=False),
        sa.Column("printer", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("label", sa.Integer(), nullable=False),
        sa.Column("left_as", sa.Text(), nullable=False),
        sa.Column("at_us", sa.Integer(), nullable=False),
        sa.Column("told_at_us", sa.Integer(), nullable=True),
        sa.Column("separator", sa.Integer(), nullable=True),
        sa.Column("settled_at_us", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["attempt"], ["attempt.id"], name=op.f("fk_failover_attempt")),
        sa.ForeignKeyConstraint(["label"], ["label.id"], name=op.f("fk_failover_label")),
        sa.ForeignKeyConstraint(["separator"], ["label.id"], name=op.f("fk_failover_separator")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_failover")),
    )
    op.create_index(
        "ix_failover_open",
        "failover",
        ["pool"],
        unique=False,
        sqlite_where=sa.text("told_at_us IS NULL OR settled_at_us IS NULL"),
        postgresql_where=sa.text("told_at_us IS NULL OR settled_at_us IS NULL"),
    )
    op.create_table(
        "intercept",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("label", sa.Integer(), nullable=False),
        sa.Column("printer", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("opened_at_us", sa.Integer(), nullable=False),
        sa.Column("closed_at_us", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["label"], ["label.id"], name=op.f("fk_intercept_label")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_intercept")),
        sa.UniqueConstraint("label", name=op.f("uq_intercept_label")),
    )
    op.create_index(
        "ix_intercept_open",
        "intercept",
        ["opened_at_us"],
        unique=False,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "reprint",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("label", sa.Integer(), nullable=False),
        sa.Column("copy_of", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("uid", sa.Integer(), nullable=True),
        sa.Column("user", sa.Text(), nullable=False),
        sa.Column("at_us", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["copy_of"], ["label.id"], name=op.f("fk_reprint_copy_of")),
        sa.ForeignKeyConstraint(["label"], ["label.id"], name=op.f("fk_reprint_label")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reprint")),
    )
    op.create_index(op.f("ix_reprint_at_us"), "reprint", ["at_us"], unique=False)
    op.create_index(op.f("ix_reprint_label"), "reprint", ["label"], unique=False)
    op.create_table(
        "printer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("uid", sa.Integer(), nullable=False),
        sa.Column("user", sa.Text(), nullable=False),
        sa.Column("at_us", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_printer")),
        sa.UniqueConstraint("name", name=op.f("uq_printer_name")),
    )
    op.create_table(
        "pack",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pool", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("made_at_us", sa.Integer(), nullable=False),
        sa.Column("made_uid", sa.Integer(), nullable=False),
        sa.Column("made_user", sa.Text(), nullable=False),
        sa.Column("closed_at_us", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pack")),
    )
    op.create_table(
        "pack_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pack", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("label", sa.Integer(), nullable=False),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("settled_at_us", sa.Integer(), nullable=True),
        sa.Column("settled_uid", sa.Integer(), nullable=True),
        sa.Column("settled_user", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["attempt"], ["attempt.id"], name=op.f("fk_pack_item_attempt")),
        sa.ForeignKeyConstraint(["label"], ["label.id"], name=op.f("fk_pack_item_label")),
        sa.ForeignKeyConstraint(["pack"], ["pack.id"], name=op.f("fk_pack_item_pack")),
        sa.ForeignKeyConstraint(["page"], ["page.id"], name=op.f("fk_pack_item_page")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pack_item")),
        sa.UniqueConstraint("attempt", name=op.f("uq_pack_item_attempt")),
        sa.UniqueConstraint("pack", "number", name=op.f("uq_pack_item_pack_number")),
    )
    op.create_index(
        "uq_pack_item_open_label",
        "pack_item",
        ["label"],
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "pack_showing",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pack", sa.Integer(), nullable=False),
        sa.Column("at_us", sa.Integer(), nullable=False),
        sa.Column("uid", sa.Integer(), nullable=False),
        sa.Column("user", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["pack"], ["pack.id"], name=op.f("fk_pack_showing_pack")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pack_showing")),
    )
    op.create_index(op.f("ix_pack_showing_pack"), "pack_showing", ["pack"], unique=False)
    op.create_table(
        "printer_seen",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("printer", sa.Text(), nullable=False),
        sa.Column("serial", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("firmware", sa.Text(), nullable=False),
        sa.Column("at_us", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_printer_seen")),
        sa.UniqueConstraint("printer", name=op.f("uq_printer_seen_printer")),
    )
    op.create_table(
        "printer_reading",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("printer", sa.Text(), nullable=False),
        sa.Column("at_us", sa.Integer(), nullable=False),
        sa.Column("serial", sa.Text(), nullable=False),
        sa.Column("odometer", sa.Integer(), nullable=True),
        sa.Column("length_mm", sa.Integer(), nullable=True),
        sa.Column("length_step_mm", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_printer_reading")),
    )
    op.create_index("ix_printer_reading_printer", "printer_reading", ["printer", "at_us"], unique=False)
    op.create_table(
        "printer_load",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("printer", sa.Text(), nullable=False),
        sa.Column("wound", sa.Text(), nullable=False),
        sa.Column("at_us", sa.Integer(), nullable=False),
        sa.Column("uid", sa.Integer(), nullable=True),
        sa.Column("user", sa.Text(), nullable=False),
        sa.Column("full_mm", sa.Integer(), nullable=True),
        sa.Column("media", sa.Text(), nullable=False),
        sa.Column("pitch_um", sa.Integer(), nullable=False),
        sa.Column("serial", sa.Text(), nullable=False),
        sa.Column("odometer", sa.Integer(), nullable=True),
        sa.Column("length_mm", sa.Integer(), nullable=True),
        sa.Column("after_attempt", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_printer_load")),
    )
    op.create_index("ix_printer_load_printer", "printer_load", ["printer", "wound"], unique=False)
    op.create_table(
        "maintenance",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("printer", sa.Text(), nullable=False),
        sa.Column("at_us", sa.Integer(), nullable=False),
        sa.Column("uid", sa.Integer(), nullable=False),
        sa.Column("user", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("serial", sa.Text(), nullable=False),
        sa.Column("odometer", sa.Integer(), nullable=True),
        sa.Column("length_mm", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_maintenance")),
    )
    op.create_index("ix_maintenance_printer", "maintenance", ["printer"], unique=False)
    op.create_table(
        "spare",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("warehouse", sa.Text(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("on_hand", sa.Integer(), nullable=False),
        sa.Column("reorder_at", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spare")),
        sa.UniqueConstraint("warehouse", "item", name=op.f("uq_spare_warehouse_item")),
    )
    op.create_table(
        "trouble",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("printer", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("began_us", sa.Integer(), nullable=False),
        sa.Column("ended_us", sa.Integer(), nullable=True),
        sa.Column("labels", sa.Integer(), nullable=False),
        sa.Column("after_attempt", sa.Integer(), nullable=False),
        sa.Column("uid", sa.Integer(), nullable=True),
        sa.Column("user", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("serial", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trouble")),
    )
    op.create_index("ix_trouble_began", "trouble", ["began_us"], unique=False)
    op.create_index(
        "uq_trouble_open",
        "trouble",
        ["printer", "cause"],
        unique=True,
        sqlite_where=sa.text("ended_us IS NULL"),
        postgresql_where=sa.text("ended_us IS NULL"),
    )
    op.create_table(
        "spare_move",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("spare", sa.Integer(), nullable=False),
        sa.Column("at_us", sa.Integer(), nullable=False),
        sa.Column("uid", sa.Integer(), nullable=False),
        sa.Column("user", sa.Text(), nullable=False),
        sa.Column("doing", sa.Text(), nullable=False),
        sa.Column("change", sa.Integer(), nullable=False),
        sa.Column("on_hand", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["spare"], ["spare.id"], name=op.f("fk_spare_move_spare")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spare_move")),
    )
    op.create_index("ix_spare_move_spare", "spare_move", ["spare", "at_us"], unique=False)
