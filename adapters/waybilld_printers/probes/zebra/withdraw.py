"""Taking a label back from a Zebra printer: which command may be sent, and what the looks after it prove. Pure."""

from __future__ import annotations

from waybilld_printers.probes.zebra.decide import Case, decide
from waybilld_sdk.printing import CancelOutcome, Outcome

DROP_PARTIAL, DROP_ALL = b"~JX", b"~JA"
"""ZPL II Programming Guide: `~JX` cancels the partly received format only, `~JA` everything but the label in print."""


def withdrawal(case: Case) -> bytes:
    """The command that takes the attempt back; empty when none may be sent.

    Complete formats are dropped only when they can be ours: the token may have left, and the same printer has counted
    nothing since. An unfinished format is ours in any case, because one connection at a time sends to the device; while
    it stands, the print port tells neither serial nor counter, so that waiting for them would be waiting for ever.
    """
    if case.swapped or case.after.flags is None:
        return b""
    if case.withheld or (case.flags.partial and not case.flags.holds):
        return DROP_PARTIAL
    if not case.identified or case.delta != 0:
        return b""
    return DROP_ALL if case.flags.holds else b""


def settled(case: Case, *, dropped: bool) -> CancelOutcome | None:
    """What became of an attempt that is being cancelled; None while the looks do not tell yet.

    `dropped`: `~JX` was sent after a look that showed the unfinished format, so its absence now is proof at once.
    """
    if case.swapped:
        return CancelOutcome.UNKNOWN
    if case.after.flags is None or not case.flags.empty:
        return None
    rule, _ = decide(case)
    if rule.outcome is Outcome.PROVEN or rule.name == "printed-error-stands":
        return CancelOutcome.PRINTED
    if rule.outcome is Outcome.UNCONFIRMED:
        return CancelOutcome.UNKNOWN
    at_once = dropped and case.withheld and case.identified
    # A stopped device that holds nothing for the time of a label will not print it when it goes on either.
    stopped = rule.name == "fault-first" and case.steady and (case.identified or case.withheld)
    if rule.outcome is Outcome.REFUTED or at_once or stopped:
        return CancelOutcome.CANCELLED
    return None
