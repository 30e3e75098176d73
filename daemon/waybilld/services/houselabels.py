"""Labels of the house's own: separators and test labels, drawn for one printer, printed once and kept nowhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from waybilld.host.context import Lender
from waybilld.host.drawing import RendererBug, Sheets, ToDraw, draw_all
from waybilld.services.fleet import PoolPrinter
from waybilld.store.failovers import Suspect
from waybilld_sdk.context import Limits
from waybilld_sdk.errors import AdapterError, Retry
from waybilld_sdk.labels import LabelRequest, Render
from waybilld_sdk.printing import Document

SEPARATOR = "separator"
_DRAW_S = 20.0
_TRIES = 3
_MOST_NAMED = 4
"""Suspects that fit a separator; there are hardly ever more than one."""


class Undrawable(Exception):
    """The label cannot be drawn; the message says why."""


class HouseLabels:
    """Draws them in a worker process."""

    def __init__(self, lender: Lender, render: Render) -> None:
        self._lender = lender
        self._render = render

    async def document(self, printer: PoolPrinter, request: LabelRequest) -> Document:
        """One label for one printer. Raises `Undrawable`."""
        caps, encoding = printer.capabilities, printer.encoding
        wanted = replace(request, dots_per_mm=caps.dots_per_mm, media_mm=caps.media_mm)
        order = ToDraw(wanted, ((encoding.language, encoding.key, encoding.settings, encoding.encode),))
        drawn = await self._drawn(order)
        if isinstance(drawn, AdapterError | RendererBug):
            raise Undrawable(str(drawn)) from drawn
        if isinstance(drawn, Exception):
            raise drawn
        if len(drawn) != 1:
            raise Undrawable(f"the {request.kind} label has {len(drawn)} pages: make its template fit one")
        return drawn[0].documents[0][2]


    async def _drawn(self, order: ToDraw) -> Sheets | Exception:
        found: Sheets | Exception = Retry("it was not tried")
        for _ in range(_TRIES):
            try:
                (found,) = await self._lender.work(draw_all, self._render, (order,), limits=Limits(_DRAW_S))
            except Retry as e:
                # Worker processes are killed for other people's labels too.
                found = e
            else:
                break
        return found


def separator(pool: str, printer: str, suspects: Sequence[Suspect]) -> LabelRequest:
    """What tells the packer that a pool goes on here, and which labels to look for where."""
    named = [_suspect(suspect) for suspect in suspects[:_MOST_NAMED]]
    texts = [("reason", _REASON), *((f"suspect-{at}", text) for at, text in enumerate(named, 1))]
    if len(suspects) > len(named):
        texts.append(("more", f"and {len(suspects) - len(named)} more: waybilld labels unconfirmed"))
    return LabelRequest(SEPARATOR, 0, (0, 0), batch=f"{pool} → {printer}", texts=tuple(texts))


_REASON = "Another printer stopped; its labels go on here. 另一台打印机停了，标签从这里继续。"


def _suspect(suspect: Suspect) -> str:
    what = "withdrawn, comes again here" if suspect.withdrawn else "may be on paper there: look, and scan it"
    return f"{suspect.printer}: {suspect.serial} {what}"
