"""What probes and Prometheus ask."""

from __future__ import annotations

from typing import Any

from prometheus_client.parser import text_string_to_metric_families
from twisted.internet.defer import Deferred, fail

from unit.http.http_house import Daemon, now
from waybilld.http import health
from waybilld.http.values import Request
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


def test_a_scrape_answers_without_the_database(daemon: Daemon) -> None:
    """Metrics are looked at when something hangs; they must not hang with it."""
    daemon.store.quiet = True
    asked = Deferred.fromCoroutine(health.metrics(daemon.app, Request("GET", "/metrics")))
    daemon.reactor.advance(health.DATABASE_S)
    assert b"waybilld_shipments_blocked NaN\n" in now(asked).body


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
