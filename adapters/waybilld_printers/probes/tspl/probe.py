"""The TSPL probe as one value."""

from __future__ import annotations

from waybilld_printers.probes.probe import Probe
from waybilld_printers.probes.tspl.decide import RULES
from waybilld_printers.probes.tspl.wire import CARD_QUESTIONS, DROP, QUESTION, flush, read, read_card

TSPL = Probe(
    name="tspl",
    question=QUESTION,
    read=read,
    rules=RULES,
    drop=DROP,
    flush=flush,
    unmarked=True,
    answers_within_body=True,
    shows_busy=True,
    card_questions=CARD_QUESTIONS,
    read_card=read_card,
)
