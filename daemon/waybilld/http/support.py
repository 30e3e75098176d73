"""The stored half of a support bundle, the same in the daemon and on a command line without one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import waybilld
from waybilld.config.model import Config
from waybilld.config.show import effective
from waybilld.core import support
from waybilld.http.care import NOTHING, Shown, Tended
from waybilld.http.shapes import SupportReply
from waybilld.store.queries import care
from waybilld.store.queries import support as queries
from waybilld.store.schema import SCHEMA_VERSION
from waybilld.store.sql import Runner
from waybilld_sdk.printing import PrinterState, PrinterStatus

_DAY_US = 86_400_000_000
_UNASKED = PrinterStatus(PrinterState.UNKNOWN)


def gather(
    run: Runner,
    config: Config,
    tended: Sequence[Tended],
    shown: Mapping[str, Shown],
    statuses: Mapping[str, PrinterStatus],
    *,
    ready: bool | None,
    days: float,
    now_us: int,
    printer: str | None,
) -> SupportReply:
    """Everything that may leave the house. `ready` None: no daemon runs. `now_us` in microseconds since the epoch."""
    since_us = now_us - round(days * _DAY_US)
    entries, named = queries.entries(run, since_us, printer)
    return {
        "program": waybilld.__version__,
        "schema": SCHEMA_VERSION,
        "ready": ready,
        "config": support.config(plain(config)),
        "printers": [
            _printer(run, one, shown.get(one.printer.name, NOTHING), statuses.get(one.printer.name, _UNASKED))
            for one in tended
            if printer in (None, one.printer.name)
        ],
        "troubles": queries.ledger(run, since_us, now_us, printer),
        "attempts": queries.attempts(run, named),
        "entries": entries,
    }


def plain(config: Config) -> dict[str, Any]:
    """The configuration as plain values, printers' settings also where their adapter was not asked for its model."""
    found: Any = effective(config)
    for entry, printer in zip(found["printers"], config.printers, strict=True):
        entry["settings"] = {**(printer.settings.model_extra or {}), **(entry["settings"] or {})}
    return dict(found)


def _printer(run: Runner, one: Tended, shown: Shown, status: PrinterStatus) -> dict[str, Any]:
    name, state = one.printer.name, one.state
    device = care.device(run, name)
    return {
        "name": name,
        "pool": one.printer.pool,
        "state": status.state.value,
        "reasons": support.words((*status.reasons, *one.reasons)),
        "model": support.phrase(device["model"]),
        "firmware": support.phrase(device["firmware"]),
        "odometer": shown.counters.odometer,
        "length_mm": shown.counters.length_mm,
        "media": one.printer.media,
        "media_told": state.media,
        "pitch_mm": one.printer.pitch_mm,
        "roll_labels": one.labels_left,
        "roll_measured": state.roll_left.measured.value if state.roll_left else None,
        "ribbon_mm": state.ribbon_left.length_mm if state.ribbon_left else None,
        "head": care.head_row(state.head),
        "supplies": [{"kind": support.word(s.kind), "level": s.level_percent, "low": s.low} for s in state.supplies],
        "maintenance": queries.maintenance(run, name),
    }
