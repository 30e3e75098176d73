"""What an answer of a printer adapter must not hold, because it could be neither kept nor shown. Pure.

The host takes an unsound answer for a bug of the adapter, as it does an exception. Adapters clean what they read from
devices with `waybilld_sdk.plain`, and need nothing else.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from waybilld_sdk.plain import LONGEST, MOST, UNFIT
from waybilld_sdk.printing import (
    AttemptRef,
    Evidence,
    Outcome,
    PrinterState,
    PrinterStatus,
    Receipt,
    SubmitResult,
    Supply,
    Verdict,
)

LONGEST_SENTENCE = 2000
"""Characters of an advice, a reason or a detail: some sentences."""

MOST_PARTS = 64
"""Reasons or supplies of one status, and values of one snapshot."""


def fault_in(answer: object) -> str:
    """What is wrong with an answer, without what it holds, which may be personal; empty when it is sound.

    Judged are `PrinterStatus`, `Verdict` and `SubmitResult`, with all that they hold.
    """
    match answer:
        case PrinterStatus():
            return _first("PrinterStatus", _status(answer))
        case Verdict():
            return _first("Verdict", _verdict(answer))
        case SubmitResult():
            return _first("SubmitResult", _submitted(answer))
    return ""


def fault_in_snapshot(snapshot: object) -> str:
    """As `fault_in`, for the snapshot that a gate or a receipt is given."""
    return _first("snapshot", _snapshot(snapshot))


def _first(what: str, faults: Iterable[str]) -> str:
    fault = next((fault for fault in faults if fault), "")
    return fault and f"its {what} is unsound: {fault}"


def _status(status: PrinterStatus) -> Iterable[str]:
    yield _of("state", status.state, PrinterState)
    yield _of("reasons", status.reasons, tuple) or _many("reasons", len(status.reasons))
    yield from (_text("a reason", reason) for reason in status.reasons)
    yield _text("advice", status.advice, LONGEST_SENTENCE)
    yield from (_text(name, getattr(status, name)) for name in ("serial", "model", "firmware"))
    yield from (_count(name, getattr(status, name)) for name in ("odometer", "length_mm"))
    yield _of("supplies", status.supplies, tuple) or _many("supplies", len(status.supplies))
    for supply in status.supplies:
        yield _of("a supply", supply, Supply)
        yield _text("a supply's kind", supply.kind) or _text("a supply's name", supply.name)
        yield _count("a supply's level_percent", supply.level_percent) or _of("a supply's low", supply.low, bool)


def _verdict(verdict: Verdict) -> Iterable[str]:
    yield _of("outcome", verdict.outcome, Outcome)
    yield _of("evidence", verdict.evidence, Evidence)
    yield _text("reason", verdict.reason, LONGEST_SENTENCE)
    yield from _snapshot(verdict.after)
    if verdict.status is not None:
        yield _of("status", verdict.status, PrinterStatus)
        yield from _status(verdict.status)


def _submitted(result: SubmitResult) -> Iterable[str]:
    receipt = result.receipt
    yield _of("receipt", receipt, Receipt)
    yield _of("attempt", receipt.attempt, AttemptRef)
    yield _of("reached", receipt.reached, Evidence)
    if receipt.sent_at is not None:
        finite = isinstance(receipt.sent_at, int | float) and math.isfinite(receipt.sent_at)
        yield "" if finite else "sent_at is no monotonic second"
    yield from _snapshot(receipt.before)
    yield _text("detail", result.detail, LONGEST_SENTENCE)


def _snapshot(snapshot: object) -> Iterable[str]:
    if not isinstance(snapshot, dict):
        yield f"a snapshot is a {type(snapshot).__name__}, not a dict"
        return
    yield _many("values of a snapshot", len(snapshot))
    for name, value in snapshot.items():
        yield _text("a name in a snapshot", name)
        if isinstance(value, str):
            yield _text("a text in a snapshot", value, LONGEST_SENTENCE)
        elif isinstance(value, int) and not isinstance(value, bool):
            yield "" if -MOST <= value <= MOST else "a number in a snapshot is beyond 2**53"
        elif value is not None and not isinstance(value, bool):
            yield f"a value in a snapshot is a {type(value).__name__}, not a text, a whole number, a truth value or None"


def _of(name: str, value: object, kind: type) -> str:
    return "" if isinstance(value, kind) else f"{name} is a {type(value).__name__}, not a {kind.__name__}"


def _many(name: str, number: int) -> str:
    return "" if number <= MOST_PARTS else f"{name}: more than {MOST_PARTS}"


def _text(name: str, text: object, most: int = LONGEST) -> str:
    if not isinstance(text, str):
        return f"{name} is a {type(text).__name__}, not a text"
    if len(text) > most:
        return f"{name} is longer than {most} characters"
    if UNFIT.search(text):
        return f"{name} holds a control character, a line end, a mark of direction or half a character"
    return ""


def _count(name: str, value: object) -> str:
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST):
        return ""
    return f"{name} is no whole number from 0 to 2**53"
