"""What Prometheus sees: one registry, base units, bounded labels, never an order id.

Naming follows prometheus.io/docs/practices/naming.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from contextlib import suppress

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.process_collector import ProcessCollector

from waybilld.core.lifecycle import State
from waybilld.core.printers import Mode
from waybilld.store.queries.labels import InDoubt

_CALL_BUCKETS = (0.001, 0.005, 0.02, 0.1, 0.5, 2.0, 10.0, 30.0)
_STAGE_BUCKETS = (0.05, 0.2, 1.0, 5.0, 30.0, 120.0, 600.0)
_LAG_BUCKETS = (0.001, 0.005, 0.01, 0.05, 0.2, 1.0, 5.0)


class Meters:
    """All metrics of one daemon."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._calls: dict[tuple[str, str, str], Histogram] = {}
        ProcessCollector(registry=self.registry)
        self._of_the_daemon(self.registry)
        self._of_shops_and_carriers(self.registry)
        self._of_shipments(self.registry)
        self._of_printing(self.registry)
        self._of_labels_in_doubt(self.registry)
        self._of_packing(self.registry)
        self._of_upkeep(self.registry)

    def _of_the_daemon(self, r: CollectorRegistry) -> None:
        self.reactor_lag = Histogram(
            "waybilld_reactor_lag_seconds", "How late the reactor ran a timer", buckets=_LAG_BUCKETS, registry=r
        )
        self.calls = Histogram(
            "waybilld_adapter_call_seconds",
            "Calls to adapters",
            ["instance", "op", "outcome"],
            buckets=_CALL_BUCKETS,
            registry=r,
        )
        self.journal_seq = Gauge("waybilld_journal_entries", "Entries in the journal", registry=r)

    def _of_shops_and_carriers(self, r: CollectorRegistry) -> None:
        self.orders_seen = Counter(
            "waybilld_orders_seen_total", "Orders read from marketplaces", ["shop", "outcome"], registry=r
        )
        self.last_poll = Gauge(
            "waybilld_last_poll_timestamp_seconds", "When a shop was last polled with success", ["shop"], registry=r
        )
        self.numbers_left = Gauge(
            "waybilld_carrier_balance", "Waybill numbers or credit left on an account", ["account"], registry=r
        )

    def _of_shipments(self, r: CollectorRegistry) -> None:
        self.stage = Histogram(
            "waybilld_stage_seconds",
            "Time that a shipment spent in a state before it left it forwards",
            ["stage"],
            buckets=_STAGE_BUCKETS,
            registry=r,
        )
        self.shipments = Gauge("waybilld_shipments", "Shipments by state", ["state"], registry=r)
        for state in State:
            self.shipments.labels(state.value)
        self.blocked = Gauge("waybilld_shipments_blocked", "Shipments with an open blocking case", registry=r)

    def _of_printing(self, r: CollectorRegistry) -> None:
        self.attempts = Counter(
            "waybilld_print_attempts_total",
            "Print attempts that were settled",
            ["printer", "outcome", "evidence"],
            registry=r,
        )
        self.failovers = Counter(
            "waybilld_failovers_total",
            "Labels that a pool went on without their printer, by what became of them there then",
            ["pool", "printer", "outcome"],
            registry=r,
        )
        self.printer_mode = Gauge(
            "waybilld_printer_mode",
            "1 for what people told a printer: open, draining, paused",
            ["printer", "mode"],
            registry=r,
        )
        self.printer_state = Gauge(
            "waybilld_printer_state", "1 for the state and reason a printer is in", ["printer", "reason"], registry=r
        )

    def _of_labels_in_doubt(self, r: CollectorRegistry) -> None:
        self._unconfirmed = Gauge(
            "waybilld_labels_unconfirmed",
            "Labels that may or may not be on paper, by the printer that had them; those in packs are not among them",
            ["printer"],
            registry=r,
        )
        self._intercepts = Gauge(
            "waybilld_intercepts_open", "Superseded copies on paper, or perhaps on paper, that nobody has found", registry=r
        )
        self._packs = Gauge("waybilld_packs_open", "Packs of which not every label is told", registry=r)
        self._pack_labels = Gauge(
            "waybilld_pack_labels_open", "Labels in packs of which nobody has told what became of them", registry=r
        )

    def _of_upkeep(self, r: CollectorRegistry) -> None:
        self.troubles = Counter(
            "waybilld_troubles_total", "Troubles that began, or were reported", ["printer", "cause"], registry=r
        )
        self.roll_labels = Gauge("waybilld_roll_left_labels", "Labels left on the roll, as told", ["printer"], registry=r)
        self.roll_meters = Gauge("waybilld_roll_left_meters", "Length left on the roll, as told", ["printer"], registry=r)
        self.ribbon_meters = Gauge("waybilld_ribbon_left_meters", "Ribbon left, as told", ["printer"], registry=r)
        self.head_meters = Gauge(
            "waybilld_print_head_meters", "How far the print head ran since it was replaced", ["printer"], registry=r
        )
        self.spares = Gauge("waybilld_spares", "Spare pieces on the shelf", ["warehouse", "item"], registry=r)
        self.bad_labels = Counter("waybilld_bad_labels_total", "Labels that people reported bad", ["cause"], registry=r)

    def _of_packing(self, r: CollectorRegistry) -> None:
        self.labels_waiting = Gauge("waybilld_labels_waiting", "Labels that wait for a printer", ["pool"], registry=r)
        self.reprints = Counter(
            "waybilld_reprints_total",
            "Labels that were printed again: the cause of a reported trouble, unconfirmed (the printer's policy), or other",
            ["reason"],
            registry=r,
        )

    def left(self, instance: str, op: str, outcome: str, seconds: float) -> None:
        """A call to an adapter ended."""
        key = (instance, op, outcome)
        if key not in self._calls:
            # Looking a child up by its labels costs more than counting with it.
            self._calls[key] = self.calls.labels(*key)
        self._calls[key].observe(seconds)

    def in_doubt(self, found: InDoubt | None, printers: Iterable[str]) -> None:
        """Show what somebody should look for, of all `printers` and of those that left and still had labels. NaN for None:
        nobody can count it now, and the number of before would silence an alarm."""
        by_printer = dict.fromkeys(printers, 0.0 if found else math.nan) | (found.unconfirmed if found else {})
        self._unconfirmed.clear()
        for name, number in by_printer.items():
            self._unconfirmed.labels(name).set(number)
        self._intercepts.set(found.intercepts if found else math.nan)
        self._packs.set(found.packs if found else math.nan)
        self._pack_labels.set(found.pack_labels if found else math.nan)

    def mode(self, name: str, mode: Mode) -> None:
        """Show what people told a printer."""
        for one in Mode:
            self.printer_mode.labels(name, one.value).set(one is mode)

    def printer(self, name: str, reasons: Iterable[str]) -> None:
        """Show a printer's reasons, and no older ones."""
        shown = set(reasons) or {"none"}
        for metric in self.printer_state.collect():
            for sample in metric.samples:
                if sample.labels["printer"] == name and sample.labels["reason"] not in shown:
                    self.printer_state.remove(name, sample.labels["reason"])
        for reason in shown:
            self.printer_state.labels(name, reason).set(1)

    @staticmethod
    def show(gauge: Gauge, labels: Sequence[str], value: float | None) -> None:
        """Set a gauge; None takes it away, because nobody knows."""
        if value is not None:
            gauge.labels(*labels).set(value)
        else:
            with suppress(KeyError):
                gauge.remove(*labels)

    def exposition(self) -> bytes:
        """The text that Prometheus scrapes."""
        return generate_latest(self.registry)
