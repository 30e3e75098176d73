"""What a TSPL printer's status byte proves about one label: a table of rules, read from the top.

The printer counts nothing and names nothing. That it was seen printing after our label, and then idle without an error, on
the connection that carried the label, is all there is; whether that is worth a proof on this model only a pilot can tell
(`docs/explanation/proof-of-print.md`, "Piloting a model").
"""

from __future__ import annotations

from waybilld_printers.probes.course import Case
from waybilld_printers.probes.plainrules import INTERRUPTED, LEFT_OPEN, NO_ANSWER, PRINTING, STOPPED, WITHHELD
from waybilld_printers.probes.rules import Rule
from waybilld_sdk.printing import Outcome

RULES: tuple[Rule[Case], ...] = (
    WITHHELD,
    LEFT_OPEN,
    NO_ANSWER,
    STOPPED,
    PRINTING,
    Rule(
        "line-lost",
        lambda case: not case.course.whole,
        Outcome.UNCONFIRMED,
        "The connection that carried the label ended before the printer was seen done; scan the label.",
    ),
    INTERRUPTED,
    Rule(
        "came-out-unpiloted",
        lambda case: case.course.worked and not case.piloted,
        Outcome.UNCONFIRMED,
        "The printer was seen printing and is done; that is no proof before this model has been piloted.",
    ),
    Rule(
        "came-out",
        lambda case: case.course.worked,
        Outcome.PROVEN,
        "The printer was seen printing after our label and is done, without an error, on the same connection.",
    ),
    Rule(
        "settling",
        lambda case: not case.overdue,
        Outcome.PENDING,
        "The printer shows nothing of the label yet; asking again for the time of two labels.",
    ),
    Rule(
        "never-seen-printing",
        lambda _case: True,
        Outcome.UNCONFIRMED,
        "The printer was never seen printing: the label came out between two looks, or never; scan it.",
    ),
)
"""Exactly one rule answers every case: the first that holds, and the last one always does."""
