"""The file itself: SQLite's own checks, and whether the schema is the one that this program enforces promises with."""

from __future__ import annotations

from sqlalchemy import Column, MetaData, Table, Text, column, func, select

from waybilld.store import schema
from waybilld.store.sql import Prepared, Runner
from waybilld.store.verify.findings import Check, Findings

_FINE = "ok"
_INTEGRITY = Prepared(select(func.pragma_integrity_check().table_valued("integrity_check").c.integrity_check))
_REFERENCES = Prepared(
    select(column("table"), column("rowid"), column("parent")).select_from(
        func.pragma_foreign_key_check().table_valued("table", "rowid", "parent")
    )
)
_m = Table("sqlite_master", MetaData(), Column("type", Text), Column("name", Text))
_OBJECTS = Prepared(select(_m.c.type, _m.c.name))
_r = Table("alembic_version", MetaData(), Column("version_num", Text))
_REVISION = Prepared(select(_r.c.version_num))


def check_file(run: Runner, findings: Findings) -> None:
    """`PRAGMA integrity_check` and `foreign_key_check` (sqlite.org/pragma.html), as table-valued functions."""
    for (line,) in run.each(_INTEGRITY):
        if line != _FINE:
            findings.add(Check.FILE, "integrity_check", str(line))
    for table, rowid, parent in run.each(_REFERENCES):
        findings.add(Check.FILE, f"{table} {rowid}", f"it refers to a row of {parent} that does not exist")


def check_schema(run: Runner, findings: Findings) -> None:
    """The revision, and that each declared table and index is there."""
    revisions = [str(row[0]) for row in run.rows(_REVISION)]
    if revisions != [schema.SCHEMA_VERSION]:
        text = f"it stands at {', '.join(revisions) or 'none'}, this program needs {schema.SCHEMA_VERSION}"
        findings.add(Check.SCHEMA, "schema version", text)
    found = {(kind, name) for kind, name in run.rows(_OBJECTS)}
    wanted = [("table", table.name) for table in schema.metadata.sorted_tables]
    wanted += [("index", str(index.name)) for table in schema.metadata.sorted_tables for index in table.indexes]
    for kind, name in wanted:
        if (kind, name) not in found:
            findings.add(Check.SCHEMA, f"{kind} {name}", "it is missing")
