"""The ESC/POS probe as one value."""

from __future__ import annotations

from waybilld_printers.probes.escpos.decide import RULES
from waybilld_printers.probes.escpos.wire import CARD_QUESTIONS, QUESTION, ask_echo, echoed, flush, read, read_card
from waybilld_printers.probes.probe import Probe

ESCPOS = Probe(
    name="escpos",
    question=QUESTION,
    read=read,
    rules=RULES,
    drop=b"",
    flush=flush,
    card_questions=CARD_QUESTIONS,
    read_card=read_card,
    trailer=ask_echo,
    echoed=echoed,
)
