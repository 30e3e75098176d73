"""What probes and Prometheus ask."""

from __future__ import annotations

from typing import Any

from prometheus_client.parser import text_string_to_metric_families
from twisted.internet.defer import Deferred, fail

from unit.http.http_house import Daemon, now
from unit.store.store_house import order
from waybilld.core.runs import Person
from waybilld.http import health
from waybilld.http.values import Request
from waybilld.store import copies, packmaking, scans
from waybilld.store.engine import StoreUnavailable

ASKED = Request("GET", "/readyz")


def test_metrics_are_an_exposition(daemon: Daemon) -> None:
    """A line that Prometheus cannot parse loses every metric of the scrape."""
    families = {f.name for f in text_string_to_metric_families(daemon.ask("/metrics").body.decode())}
    assert "waybilld_shipments" in families


def test_blocked_shipments_are_counted_for_each_scrape(daemon: Daemon) -> None:
    """An alarm on this number must fall silent when the last block is closed, and not only at the next start."""
    expected = daemon.get("/api/v1/status")["blocked"]
    assert f"waybilld_shipments_blocked {float(expected)}\n".encode() in daemon.ask("/metrics").body
    for (shipment,) in daemon.house.rows("SELECT DISTINCT shipment FROM \"case\""):
        daemon.house.unblock(shipment)
    assert b"waybilld_shipments_blocked 0.0\n" in daemon.ask("/metrics").body


def doubts(daemon: Daemon) -> dict[str, float]:
    """What a scrape tells of labels in doubt, by the metric's name without its prefix, and by printer."""
    found = {}
    for family in text_string_to_metric_families(daemon.ask("/metrics").body.decode()):
        for name, labels, value, *_ in family.samples:
            if name.removeprefix("waybilld_") in ("labels_unconfirmed", "intercepts_open", "packs_open", "pack_labels_open"):
                found["/".join([name.removeprefix("waybilld_"), *labels.values()])] = value
    return found


def test_labels_in_doubt_are_counted_for_each_scrape(daemon: Daemon) -> None:
    """The alarm of a bench that stopped scanning; no series for each label of a pack, or Prometheus fills its disk."""
    zero = {"labels_unconfirmed/zebra-2": 0.0, "packs_open": 0.0, "pack_labels_open": 0.0}
    assert doubts(daemon) == {**zero, "labels_unconfirmed/zebra-1": 1.0, "intercepts_open": 0.0}
    house, mei = daemon.house, Person(7001, "mei")
    (row,) = daemon.get("/api/v1/unconfirmed")["unconfirmed"]
    house.do(lambda tx: copies.reprint(tx, row["serial"], "jam", mei))
    assert doubts(daemon) == {**zero, "labels_unconfirmed/zebra-1": 0.0, "intercepts_open": 1.0}
    house.do(lambda tx: scans.scan(tx, row["serial"], mei, house.policies))
    house.until_rendered(order("P-1"), order("P-2"))
    made = house.do(lambda tx: packmaking.make(tx, "pool", 10, mei, house.epoch, 0))
    assert made.labels >= 2
    told = doubts(daemon)
    assert (told["packs_open"], told["pack_labels_open"], told["intercepts_open"]) == (1.0, made.labels, 0.0)
    assert sorted(told) == sorted({**zero, "labels_unconfirmed/zebra-1": 0.0, "intercepts_open": 0.0})


def test_a_printer_that_left_is_counted_while_it_had_labels(daemon: Daemon) -> None:
    """Its labels lie where it stood."""
    daemon.app.lanes = {"zebra-2": daemon.app.lanes["zebra-2"]}
    assert doubts(daemon)["labels_unconfirmed/zebra-1"] == 1.0
    daemon.house.do(lambda tx: scans.scan(tx, "S3", Person(7001, "mei"), daemon.house.policies))
    assert "labels_unconfirmed/zebra-1" not in doubts(daemon)


def test_a_scrape_answers_without_the_database(daemon: Daemon) -> None:
    """Metrics are looked at when something hangs; they must not hang with it."""
    daemon.store.quiet = True
    asked = Deferred.fromCoroutine(health.metrics(daemon.app, Request("GET", "/metrics")))
    daemon.reactor.advance(health.DATABASE_S)
    body = now(asked).body
    for line in ("shipments_blocked", 'labels_unconfirmed{printer="zebra-1"}', "intercepts_open", "pack_labels_open"):
        assert f"waybilld_{line} NaN\n".encode() in body


def test_healthz_needs_nothing(daemon: Daemon) -> None:
    """It only proves that the loop turns: a full disk must not make a supervisor kill the daemon."""
    daemon.app.ready = False
    daemon.store.answer = lambda _: Deferred()
    assert daemon.ask("/healthz").status == 200


def test_ready_while_the_writer_answers(daemon: Daemon) -> None:
    """200 only between a whole start and the begin of a stop."""
    assert daemon.ask("/readyz").status == 200
    daemon.app.ready = False
    assert (daemon.ask("/readyz").status, daemon.ask("/readyz").body) == (503, b"starting or stopping\n")


def test_not_ready_with_a_full_disk(daemon: Daemon) -> None:
    """The reason stands in the answer, so that the sysadmin sees it where the alarm is."""
    daemon.store.answer = lambda _: fail(StoreUnavailable("the database cannot be written now: disk full"))
    response = daemon.ask("/readyz")
    assert (response.status, b"disk full" in response.body) == (503, True)


def test_not_ready_with_a_writer_that_hangs(daemon: Daemon) -> None:
    """A disk that answers nothing must not make the probe hang with it, and its late answer must not be an error."""
    quiet: Deferred[Any] = Deferred()
    daemon.store.answer = lambda _: quiet
    asked = Deferred.fromCoroutine(health.readyz(daemon.app, ASKED))
    assert not asked.called
    daemon.reactor.advance(health.DATABASE_S)
    assert now(asked).status == 503
    quiet.callback(None)
    assert daemon.reactor.getDelayedCalls() == []


def test_not_ready_while_the_disk_refuses_large_changes(daemon: Daemon) -> None:
    """On a full disk a small commit may still fit into the log's old pages: the last refusal counts, not the luck."""
    daemon.store.refused = "the database cannot be written now: database or disk is full (SQLITE_FULL)"
    answer = daemon.ask("/readyz")
    assert answer.status == 503
    assert b"disk is full" in answer.body
