"""The life of one print attempt as data. A row says the most that may have happened.

`sending` is committed before the first byte, `sent` before the closing token's first byte. What may stand on paper is the
copy number: a resend after `refuted` is the same copy and the same pixels; a print after `unconfirmed` is copy + 1.
"""

from __future__ import annotations

import enum

from waybilld_sdk.printing import Outcome


class AttemptState(enum.StrEnum):
    """`prepared → sending → sent → proven | refuted | unconfirmed`."""

    PREPARED = "prepared"
    SENDING = "sending"
    SENT = "sent"
    PROVEN = "proven"
    REFUTED = "refuted"
    UNCONFIRMED = "unconfirmed"


A = AttemptState

LIVE = frozenset({A.PREPARED, A.SENDING, A.SENT})
"""At most one of these for a label and for a printer: the database enforces it."""

ATTEMPT_RULES: frozenset[tuple[AttemptState, AttemptState]] = frozenset(
    {
        (A.PREPARED, A.SENDING),
        (A.PREPARED, A.REFUTED),
        (A.SENDING, A.SENT),
        (A.SENDING, A.REFUTED),
        (A.SENDING, A.UNCONFIRMED),
        (A.SENT, A.PROVEN),
        (A.SENT, A.REFUTED),
        (A.SENT, A.UNCONFIRMED),
        (A.UNCONFIRMED, A.PROVEN),
        (A.UNCONFIRMED, A.REFUTED),
    }
)
"""Every allowed change. Late evidence may still settle `unconfirmed`; nothing leaves `proven` or `refuted`."""


HOUSE_KINDS = frozenset({"separator", "test", "calibration"})
"""Kinds of labels that belong to no shipment: printed once, never sent again, and nobody is asked about them."""


VAIN_IN_A_ROW = 3
"""So many attempts in a row of one label on one printer, none of which printed it, and the labels behind it pass."""
MOST_PASSES = 4
"""How often the others pass a label before a person looks at it, if the printer printed others meanwhile: then it is not the
printer's fault."""


def allowed(old: AttemptState, new: AttemptState) -> bool:
    """Whether an attempt may change from `old` to `new`."""
    return (old, new) in ATTEMPT_RULES


def settled(outcome: Outcome) -> AttemptState | None:
    """The attempt's state after a verdict; None while the label is still owed."""
    return {
        Outcome.PROVEN: A.PROVEN,
        Outcome.REFUTED: A.REFUTED,
        Outcome.UNCONFIRMED: A.UNCONFIRMED,
        Outcome.PENDING: None,
    }[outcome]
