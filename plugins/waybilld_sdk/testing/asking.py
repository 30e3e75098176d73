"""A printer asked as the host asks it, with what must hold of every answer, whatever is being tested."""

from __future__ import annotations

import json

from waybilld_sdk.printing import AttemptRef, Evidence, Gate, Outcome, Receipt, Snapshot, SubmitResult, Verdict
from waybilld_sdk.testing.rig import PrinterRig

PATIENCE_S = 20.0
"""Seconds that a test waits for a verdict at most."""


async def open_gate(_snapshot: Snapshot) -> bool:
    """The gate that lets every label through."""
    return True


async def closed_gate(_snapshot: Snapshot) -> bool:
    """The gate that stops every label."""
    return False


def submit(rig: PrinterRig, name: str, gate: Gate = open_gate) -> SubmitResult:
    """Send one label as attempt `name`."""

    async def looked_at(snapshot: Snapshot) -> bool:
        _demand_plain(snapshot, "the gate was given")
        return await gate(snapshot)

    result = rig.run(rig.printer.submit(rig.document(), AttemptRef(name, f"test {name}"), looked_at))
    _demand_plain(result.receipt.before, "the receipt has")
    assert result.receipt.attempt.id == name, "a receipt belongs to the attempt that was submitted"
    return result


def evidence(rig: PrinterRig, receipt: Receipt) -> Verdict:
    """One look at the evidence."""
    return demand(rig.run(rig.printer.evidence(receipt)), receipt)


def verdict(rig: PrinterRig, receipt: Receipt) -> Verdict:
    """The verdict once the label is no longer owed; the last one after `PATIENCE_S` seconds. The host waits no longer either
    for a label whose closing token is said to be lost."""

    async def ask() -> Verdict:
        waited, step = 0.0, 0.005
        while True:
            found = demand(await rig.printer.evidence(receipt), receipt)
            if found.outcome is not Outcome.PENDING or found.token_lost or waited >= PATIENCE_S:
                return found
            await rig.pause(step)
            waited, step = waited + step, min(step * 2, 0.1)

    return rig.run(ask())


def demand(found: Verdict, receipt: Receipt) -> Verdict:
    """`found`, if it keeps what every verdict must keep. Raises `AssertionError`, which says what it does not."""
    assert found.reason, "every verdict gives its reason in a sentence: people read it in the label's history"
    _demand_plain(found.after, "the verdict has")
    if found.outcome is Outcome.PENDING and not found.token_lost:
        assert found.evidence >= receipt.reached, (
            "while a label is owed, its evidence must not fall below what the sending reached (receipt.reached): a lower "
            "number is no way to say 'nothing seen yet'. If the device itself shows that the closing token never arrived, "
            "say token_lost=True"
        )
    if found.token_lost:
        assert found.outcome is Outcome.PENDING, "token_lost goes with PENDING only: the host cancels the attempt then"
    if found.outcome is Outcome.PROVEN:
        assert found.evidence >= Evidence.PRINTED, "PROVEN needs Evidence.PRINTED or better: less is UNCONFIRMED to the host"
    return found


async def until_out(rig: PrinterRig, labels: int) -> None:
    """Wait until so many labels are out; the assertion that follows says whether they are."""
    waited = 0.0
    while rig.labels_out() < labels and waited < PATIENCE_S:
        await rig.pause(0.02)
        waited += 0.02


def _demand_plain(snapshot: Snapshot, who: str) -> None:
    """The host stores snapshots as JSON, and gives `before` back after a restart: it must be the same then."""
    try:
        stored: object = json.loads(json.dumps(snapshot, allow_nan=False))
    except (TypeError, ValueError) as error:
        what = f"{who} {snapshot!r}: {error}"
        raise AssertionError(f"snapshots must be plain JSON, because the host stores them: {what}") from None
    assert stored == snapshot, f"snapshots must come back from JSON as they were: {who} one that does not"
    flat = all(value is None or isinstance(value, str | int) for value in snapshot.values())
    assert flat, f"a snapshot's values are text, whole numbers, true, false or null: {who} {snapshot!r}"
