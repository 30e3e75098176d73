"""What becomes of a label that may or may not be on paper: the printer's policy, and what it can mean for one label."""

from __future__ import annotations

import enum

from waybilld_sdk.printing import Evidence


class Unconfirmed(enum.StrEnum):
    """A printer's policy. None of them sends the same copy again: what is sent is a further copy, with its mark."""

    HOLD = "hold"
    REPRINT_MARKED = "reprint-marked"
    SETTLE_BY_SCAN = "settle-by-scan"
    ACCEPT_SENT = "accept-sent"


def default_policy(proves: Evidence) -> Unconfirmed:
    """A printer that can prove what it printed has an answer for nearly every label, and a person looks at the rest. One
    that cannot would stop the bench at each: there the scan at packing is the proof."""
    return Unconfirmed.HOLD if proves >= Evidence.PRINTED else Unconfirmed.SETTLE_BY_SCAN


def policy_for(policy: Unconfirmed, proves: Evidence, reached: Evidence, copy: int) -> Unconfirmed:
    """The policy that holds for one label.

    `accept-sent` takes a label as printed only where the peer acknowledged every byte (E3). `reprint-marked` prints one
    further copy by itself, never a third: and where nothing can ever be proven it does so only when the sending itself
    failed, or every label would come out twice.
    """
    if policy is Unconfirmed.ACCEPT_SENT and reached < Evidence.ACKNOWLEDGED:
        return Unconfirmed.HOLD
    if policy is Unconfirmed.REPRINT_MARKED:
        if copy > 1:
            return Unconfirmed.HOLD
        if proves < Evidence.PRINTED and reached >= Evidence.ACKNOWLEDGED:
            return Unconfirmed.SETTLE_BY_SCAN
    return policy
