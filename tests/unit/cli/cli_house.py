"""A configuration with a state folder, for commands that run without a daemon."""

from __future__ import annotations

import shutil
from pathlib import Path

from waybilld.store.engine import FILE

CONFIG = """\
state: state
runtime: rt
listen: 127.0.0.1:0
senders:
  - {name: store, display_name: Sample Store, phone: "010", address: Road 1}
warehouses:
  - {name: main, country: GB}
shops:
  - name: shop
    adapter: files
    sender: store
    pool: pool
    warehouses: [main]
    carriers: [numbers]
    settings: {folder: orders}
carriers:
  - name: numbers
    adapter: numbered
    settings: {scheme: s10, service_indicator: RR, country: GB, ranges: [{first: 1, last: 99}], services: [std]}
printers:
  - {name: zebra-1, adapter: raw, settings: {host: 127.0.0.1}}
pools:
  - {name: pool, printers: [zebra-1]}
"""


def put(folder: Path, database: Path | None, *, key: bool = True) -> Path:
    """Write the configuration and, where given, a copy of a database with its key; the configuration's path."""
    path = folder / "w.yaml"
    path.write_text(CONFIG)
    (folder / "state").mkdir()
    if database is not None:
        shutil.copyfile(database, folder / "state" / FILE)
        if key:
            (folder / "state" / "master.key").write_bytes(b"k" * 32)
    return path
