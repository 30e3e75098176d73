"""The kit's own drivers: a test that would wait for ever must fail instead."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from waybilld_sdk.errors import AuthNeeded
from waybilld_sdk.settings import SecretRef
from waybilld_sdk.testing.context import FakeContext, FakeKv
from waybilld_sdk.testing.run import WouldWaitError, run_now, run_together


def test_waiting_for_nothing_is_an_error() -> None:
    """A test must end, also when the adapter forgot to fire its signal."""
    with pytest.raises(WouldWaitError, match=r"FakeSignal\.wait"):
        run_now(FakeContext().signal().wait())


def test_waiting_for_each_other_is_an_error() -> None:
    """A deadlock of two calls must be seen, not hung in."""
    ctx = FakeContext()
    first, second = ctx.signal(), ctx.signal()

    async def wait_then_fire(waits: int) -> None:
        await (first, second)[waits].wait()
        (second, first)[waits].fire()

    with pytest.raises(WouldWaitError, match="each other"):
        run_together(wait_then_fire(0), wait_then_fire(1))


def test_results_and_exceptions_keep_their_place() -> None:
    """A caller's error must not be taken for another's."""

    async def divide(by: int) -> float:
        return 1 / by

    results = run_together(divide(1), divide(0), divide(2))
    assert (results[0], results[2]) == (1, 0.5)
    assert isinstance(results[1], ZeroDivisionError)


def test_clocks_move_together() -> None:
    """Adapters measure with one clock and write down the other."""
    ctx = FakeContext(start=datetime(2026, 1, 1, tzinfo=UTC))
    before = ctx.monotonic()
    run_now(ctx.sleep(90))
    assert ctx.monotonic() - before == 90
    assert ctx.now() == datetime(2026, 1, 1, 0, 1, 30, tzinfo=UTC)


def test_kv_compares_before_it_swaps() -> None:
    """Two instances that race rely on exactly this."""
    kv = FakeKv()
    assert run_now(kv.put({"a": "1"}, {"a": None}))
    assert not run_now(kv.put({"a": "2"}, {"a": None}))
    assert run_now(kv.put({"a": None}, {"a": "1"}))
    assert run_now(kv.get("a")) is None
    with pytest.raises(ValueError, match="64 KiB"):
        run_now(kv.put({"a": "x" * 65537}, {}))


def test_what_was_not_lent_is_said() -> None:
    """An adapter that reaches for the network in an offline test must be caught by name."""
    ctx = FakeContext(secrets={"TOKEN": "s"})
    with pytest.raises(AssertionError, match="lends no HTTP"):
        run_now(ctx.http.request("GET", "https://example.com", {}))
    with pytest.raises(AssertionError, match="lends no sockets"):
        run_now(ctx.dial("printer", 9100, send_buffer=1, user_timeout=1, connect_timeout=1))
    with pytest.raises(AssertionError, match="top-level"):
        run_now(ctx.work(lambda: 1))
    assert ctx.secret(SecretRef(env="TOKEN")) == "s"
    with pytest.raises(AuthNeeded, match="OTHER"):
        ctx.secret(SecretRef(env="OTHER"))
