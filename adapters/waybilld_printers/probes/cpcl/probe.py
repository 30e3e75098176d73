"""The CPCL probe as one value."""

from __future__ import annotations

from waybilld_printers.probes.cpcl.decide import RULES
from waybilld_printers.probes.cpcl.wire import DROP, END_LINE, NOTE_RESTART, QUESTION, flush, read
from waybilld_printers.probes.probe import Probe

CPCL = Probe(
    name="cpcl",
    question=QUESTION,
    read=read,
    rules=RULES,
    drop=DROP,
    flush=flush,
    unmarked=True,
    end_line=END_LINE,
    silent_when_busy=True,
    acknowledge_restart=NOTE_RESTART,
)
