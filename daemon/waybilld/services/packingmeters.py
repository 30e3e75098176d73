"""What the packing room waits for and throws away, as metrics: gauges from counts, counters from the journal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from waybilld.core.troubles import LETTERS
from waybilld.services.meters import Meters
from waybilld.store.journal import Line
from waybilld.store.queries import overview
from waybilld.store.sql import Runner

_CAUSES = frozenset(cause.value for cause in LETTERS.values())


def show_packing(meters: Meters, run: Runner, pools: Iterable[str]) -> None:
    """Labels that wait, for each of these pools and for whatever other they wait for."""
    waiting = dict.fromkeys(filter(None, pools), 0) | overview.queues(run)
    for (pool,) in set(_shown(meters)) - {(pool,) for pool in waiting}:
        meters.labels_waiting.remove(pool)
    for pool, count in waiting.items():
        meters.labels_waiting.labels(pool).set(count)


def _shown(meters: Meters) -> Iterable[tuple[str]]:
    return ((sample.labels["pool"],) for metric in meters.labels_waiting.collect() for sample in metric.samples)


class PackingMeters:
    """Counts reprints by reason and bad labels by cause, as the journal tells them."""

    def __init__(self, meters: Meters) -> None:
        self._meters = meters

    def __call__(self, lines: Sequence[Line]) -> None:
        """Take a batch of entries."""
        for line in lines:
            if line.kind == "label.reprint":
                self._meters.reprints.labels(reason_of(line)).inc()
            elif line.kind == "trouble.reported":
                self._meters.bad_labels.labels(str(line.facts["cause"])).inc()


def reason_of(line: Line) -> str:
    """Why a label is printed again, in few words: people write what they like."""
    if "uid" not in line.facts:
        return "unconfirmed"
    word = str(line.facts.get("reason", "")).partition(":")[0].strip()
    return word if word in _CAUSES else "other"
