"""Printers as those who care for them see them: put together from configuration, database and what devices show.

The same in the daemon and on a command line without one, which knows no device.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from waybilld.config.model import Config
from waybilld.config.model import Printer as PrinterConfig
from waybilld.core import cards
from waybilld.core.cards import Fitted, Note, State
from waybilld.core.rolls import OUT, Counters, Preflight, Roll, Wound, preflight
from waybilld.http.shapes import CardReply, FindingRow, Level, SupplyRow
from waybilld.store import care
from waybilld.store.queries import care as queries
from waybilld.store.queries import troubles
from waybilld.store.queries.shapes import SpareRow
from waybilld.store.sql import Runner
from waybilld_sdk.printing import Supply

_MOST = 50
_NEWEST = 10


@dataclass(frozen=True, slots=True)
class Shown:
    """What a device shows now: its counters and supplies; nothing of one that nobody asks."""

    counters: Counters = field(default_factory=Counters)
    supplies: tuple[Supply, ...] = ()
    empty: bool = False
    """It says that it has no labels."""
    cured: Mapping[tuple[str, str], int] = field(default_factory=dict)
    """Its troubles that are over, and not closed yet: (printer, cause), since when."""


NOTHING = Shown()


@dataclass(frozen=True, slots=True)
class Tended:
    """A printer with what is known of it, and what people should be told."""

    printer: Fitted
    state: State
    notes: tuple[Note, ...]

    @property
    def reasons(self) -> tuple[str, ...]:
        """What it adds to the reasons that the device gives."""
        return (cards.WRONG_MEDIA,) if cards.is_wrong(self.printer, self.state) else ()

    @property
    def labels_left(self) -> int | None:
        """How many labels are left on its roll, None where nobody knows."""
        return self.state.roll_left.labels if self.state.roll_left else None


def without_devices(config: Config) -> list[Fitted]:
    """The configured printers where no adapter is asked: what labels are drawn for is not known."""
    pools = {name: pool.name for pool in config.pools for name in pool.printers}
    return [
        Fitted(p.name, pools.get(p.name, ""), "", 0.0, p.card.head_life_km, p.card.warranty_end) for p in config.printers
    ]


def tend(run: Runner, printers: Iterable[Fitted], shown: Mapping[str, Shown], now_s: float) -> list[Tended]:
    """Every printer with what people should be told of it; `now_s` in seconds since the epoch."""
    today = datetime.fromtimestamp(now_s, UTC).date()
    found = []
    for printer in printers:
        state = _state(run, printer, shown.get(printer.name, NOTHING))
        found.append(Tended(printer, state, cards.notes(printer, state, today)))
    return found


def _state(run: Runner, printer: Fitted, shown: Shown) -> State:
    roll = queries.left_in(run, printer.name, Wound.ROLL, shown.counters)
    ribbon = queries.left_in(run, printer.name, Wound.RIBBON, shown.counters)
    media, insisted = care.media_in(run, printer.name)
    pitch = printer.pitch_mm or (roll[0].load.pitch_mm if roll else 0.0)
    return State(
        roll=roll[0].load if roll else None,
        roll_left=OUT if shown.empty else roll[1] if roll else None,
        ribbon_left=ribbon[1] if ribbon else None,
        media=media,
        insisted=insisted,
        head=queries.head_of(run, printer.name, shown.counters, pitch, printer.life_km),
        supplies=shown.supplies,
        asks=care.ever_told(run, printer.name),
    )


def preflights(tended: Sequence[Tended], queues: Mapping[str, int], working: frozenset[str]) -> dict[str, Preflight]:
    """For each pool with labels that wait, whether they fit on the rolls of its `working` printers, or of all while none
    works."""
    found = {}
    for pool, waiting in sorted(queues.items()):
        own = [t for t in tended if t.printer.pool == pool]
        able = [t for t in own if t.printer.name in working] or own
        found[pool] = preflight(waiting, [Roll(t.printer.name, t.labels_left) for t in able])
    return found


def card(run: Runner, one: Tended, config: PrinterConfig, shown: Shown, now_us: int) -> CardReply:
    """A printer's card but for its state, which its lane knows; `now_us` in microseconds since the epoch."""
    name, told = one.printer.name, config.card
    device = queries.device(run, name)
    return {
        "name": name,
        "pool": one.printer.pool,
        "place": config.place,
        "state": "unknown",
        "reasons": list(one.reasons),
        "advice": "",
        "unconfirmed": config.unconfirmed.value if config.unconfirmed else "",
        "offset_mm": None,
        "model": device["model"] or told.model,
        "device": device,
        "supplier": told.supplier,
        "support": told.support,
        "bought": told.bought.isoformat() if told.bought else None,
        "warranty_end": told.warranty_end.isoformat() if told.warranty_end else None,
        "media": one.printer.media,
        "odometer": shown.counters.odometer,
        "length_mm": shown.counters.length_mm,
        "length_step_mm": shown.counters.step_mm,
        "roll": queries.left_row(run, name, Wound.ROLL, shown.counters, empty=shown.empty),
        "ribbon": queries.left_row(run, name, Wound.RIBBON, shown.counters),
        "head": queries.head_row(one.state.head),
        "head_life_km": one.printer.life_km,
        "supplies": [supply_row(supply) for supply in shown.supplies],
        "notes": told_notes(one),
        "maintenance": queries.maintenance(run, name, _MOST),
        "troubles": troubles.of_printer(run, name, now_us, _NEWEST, shown.cured),
        "newest": queries.newest_labels(run, name, _NEWEST),
    }


def supply_row(supply: Supply) -> SupplyRow:
    """Ink, toner or paper as people read it."""
    return {"kind": supply.kind, "name": supply.name, "level_percent": supply.level_percent, "low": cards.low(supply)}


def told_notes(one: Tended) -> list[str]:
    """What people should be told of a printer, each with what to do."""
    return [f"{note.text}: {note.todo}" for note in one.notes]


def pool_notes(found: Mapping[str, Preflight]) -> list[str]:
    """What people should be told of pools."""
    return [f"pool {pool}: {told}" for pool, told in found.items() if told.short]


# ---- the morning's check ----------------------------------------------------------------------------------------------


def findings(tended: Sequence[Tended], found: Mapping[str, Preflight], spares: Sequence[SpareRow]) -> list[FindingRow]:
    """Rolls, ribbons, heads and spares as lines of the check: those that need somebody, or one that says that none does."""
    rows = [
        _finding(f"supplies of {one.printer.name}", note.text, note.todo)
        for one in tended
        for note in one.notes
        if note.urgent
    ]
    rows += [
        _finding(f"rolls of pool {pool}", str(told), "have a new roll ready at one of its printers")
        for pool, told in found.items()
        if told.short
    ]
    rows += [_finding(f"spares of {row['warehouse']}", _spare(row), "order some") for row in spares if row["order_now"]]
    return rows or [{"subject": "supplies", "level": "ok", "text": "nothing runs out, as far as is known", "todo": ""}]


def _finding(subject: str, text: str, todo: str) -> FindingRow:
    level: Level = "warn"
    return {"subject": subject, "level": level, "text": text, "todo": todo}


def _spare(row: SpareRow) -> str:
    days = "" if row["days_left"] is None else f", for about {row['days_left']} days"
    return f"{row['item']}: {row['on_hand']} left{days}, to be ordered at {row['reorder_at']}"
