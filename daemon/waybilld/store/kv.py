"""The small durable map that each adapter instance has."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.sqlite import insert as upsert

from waybilld.store import schema
from waybilld.store.sql import Prepared, Runner
from waybilld.store.tx import Tx

_t = schema.kv
_MOST_BYTES = 65_536
_GET = Prepared(select(_t.c.value).where(_t.c.instance == bindparam("instance")).where(_t.c.key == bindparam("key")))
_PUT = Prepared(
    upsert(_t)
    .values(instance=bindparam("instance"), key=bindparam("key"), value=bindparam("value"))
    .on_conflict_do_update(index_elements=["instance", "key"], set_={"value": bindparam("value")})
)
_DELETE = Prepared(delete(_t).where(_t.c.instance == bindparam("instance")).where(_t.c.key == bindparam("key")))


def get(run: Runner, instance: str, key: str) -> str | None:
    """The value, or None."""
    row = run.row(_GET, instance=instance, key=key)
    return str(row[0]) if row else None


def put(tx: Tx, instance: str, values: Mapping[str, str | None], expect: Mapping[str, str | None]) -> bool:
    """Set all values if all expectations hold; False and no change otherwise. Raises `ValueError` on a huge value."""
    if any(get(tx.run, instance, key) != value for key, value in expect.items()):
        return False
    for key, value in values.items():
        if value is None:
            tx.run.run(_DELETE, instance=instance, key=key)
        elif len(value.encode()) > _MOST_BYTES:
            raise ValueError(f"{instance}: the value of {key!r} is over {_MOST_BYTES} bytes")
        else:
            tx.run.run(_PUT, instance=instance, key=key, value=value)
    return True
