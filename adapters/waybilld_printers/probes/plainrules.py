"""Rules that mean the same for every printer that answers with status bytes; each table names those that it shares."""

from __future__ import annotations

from waybilld_printers.probes.course import Case
from waybilld_printers.probes.rules import Rule
from waybilld_sdk.printing import Outcome

WITHHELD: Rule[Case] = Rule(
    "withheld",
    lambda case: case.withheld,
    Outcome.REFUTED,
    "PRINT never left, and without it nothing can have been printed.",
)
"""For languages in which `PRINT` ends a label."""

LEFT_OPEN: Rule[Case] = Rule(
    "left-open",
    lambda case: case.left_open,
    Outcome.UNCONFIRMED,
    "The connection broke, and the printer has kept silent since: it waits for the rest of the label, or it hangs.",
)

NO_ANSWER: Rule[Case] = Rule(
    "no-answer",
    lambda case: not case.look.answered,
    Outcome.PENDING,
    "The printer does not answer; silence says nothing about the label.",
)

STOPPED: Rule[Case] = Rule(
    "stopped",
    lambda case: case.look.stopped,
    Outcome.PENDING,
    "The printer is stopped and may still hold the label; clear the fault, or end the pause, first.",
)

PRINTING: Rule[Case] = Rule(
    "printing",
    lambda case: case.look.busy,
    Outcome.PENDING,
    "The printer is printing.",
)

INTERRUPTED: Rule[Case] = Rule(
    "interrupted",
    lambda case: case.course.interrupted,
    Outcome.UNCONFIRMED,
    "The printer stopped in the middle of printing; whether it began the label anew is not known, look at it.",
)
