"""What an ESC/POS printer's echo and status prove about one label: a table of rules, read from the top.

Pixels go to paper as they arrive, so that the host's gate stands before the first byte: below TOKEN nothing was sent. The
printer's buffer cannot be asked about; only the name that it gives back is a proof.
"""

from __future__ import annotations

from waybilld_printers.probes.course import Case
from waybilld_printers.probes.plainrules import LEFT_OPEN, NO_ANSWER, STOPPED
from waybilld_printers.probes.rules import Rule
from waybilld_sdk.printing import Outcome

RULES: tuple[Rule[Case], ...] = (
    Rule(
        "echoed",
        lambda case: case.course.echoed,
        Outcome.PROVEN,
        "The printer gave this attempt's name back, which it does when all before it is printed.",
    ),
    Rule(
        "withheld",
        lambda case: case.withheld,
        Outcome.REFUTED,
        "No byte of the label was sent.",
    ),
    LEFT_OPEN,
    NO_ANSWER,
    STOPPED,
    Rule(
        "line-lost",
        lambda case: not case.course.whole,
        Outcome.UNCONFIRMED,
        "The connection that carried the label ended before the printer gave its name back; look at what came out.",
    ),
    Rule(
        "settling",
        lambda case: not case.overdue,
        Outcome.PENDING,
        "The printer has not given this attempt's name back yet; listening for the time of two labels.",
    ),
    Rule(
        "no-echo",
        lambda _case: True,
        Outcome.UNCONFIRMED,
        "The printer is idle and never gave this attempt's name back; it may not know GS ( H. Look at what came out.",
    ),
)
"""Exactly one rule answers every case: the first that holds, and the last one always does."""
