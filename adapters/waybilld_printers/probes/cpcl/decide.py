"""What a CPCL printer's status byte proves about one label: a table of rules, read from the top.

The manual says that the byte comes only when the label before it is finished. On the connection that carried the label an
answer therefore means that the printer is done with it; whether a model keeps that word only a pilot can tell
(`docs/explanation/proof-of-print.md`, "Piloting a model"). A restart loses what the printer held, but a label may have come
out before it.
"""

from __future__ import annotations

from waybilld_printers.probes.course import Case
from waybilld_printers.probes.plainrules import INTERRUPTED, LEFT_OPEN, PRINTING, STOPPED, WITHHELD
from waybilld_printers.probes.rules import Rule
from waybilld_sdk.printing import Outcome

RULES: tuple[Rule[Case], ...] = (
    WITHHELD,
    Rule(
        "unreachable",
        lambda case: not case.look.reached,
        Outcome.PENDING,
        "The printer cannot be reached; that says nothing about the label.",
    ),
    LEFT_OPEN,
    Rule(
        "no-answer",
        lambda case: not case.look.answered,
        Outcome.PENDING,
        "The printer keeps its answer back, as it does until it is done with a label.",
    ),
    Rule(
        "restarted",
        lambda case: case.look.restarted,
        Outcome.UNCONFIRMED,
        "The printer was switched off and on: the label was lost with its memory, or had come out before; look for it.",
    ),
    STOPPED,
    PRINTING,
    Rule(
        "line-lost",
        lambda case: not case.course.whole,
        Outcome.UNCONFIRMED,
        "The connection that carried the label ended before the printer said that it is done; scan the label.",
    ),
    INTERRUPTED,
    Rule(
        "settling",
        lambda case: case.course.halted and not case.overdue,
        Outcome.PENDING,
        "The printer can print again and may still do so; asking again for the time of two labels.",
    ),
    Rule(
        "done-unpiloted",
        lambda case: not case.piloted,
        Outcome.UNCONFIRMED,
        "The printer says that it is done with the label; that is no proof before this model has been piloted.",
    ),
    Rule(
        "done",
        lambda _case: True,
        Outcome.PROVEN,
        "The printer says on the connection that carried the label that it is done, without an error or a restart.",
    ),
)
"""Exactly one rule answers every case: the first that holds, and the last one always does."""
