"""The state of a printer that answers with status bytes, as people and dashboards are shown it."""

from __future__ import annotations

from waybilld_printers.probes.card import NO_CARD, Card
from waybilld_printers.probes.signs import NOT_ANSWERING, Look
from waybilld_sdk.printing import PrinterState, PrinterStatus, Supply


def status_of(look: Look, card: Card = NO_CARD) -> PrinterStatus:
    """The state to show, with what the printer has told of itself."""
    if not look.answered:
        # The reason tells it from a printer that can never tell its state.
        reasons: tuple[str, ...] = ("timed-out",) if look.reached else ("connecting-to-device",)
        return PrinterStatus(PrinterState.UNKNOWN, reasons, NOT_ANSWERING, card.serial, card.model)
    working = PrinterState.PROCESSING if look.busy else PrinterState.IDLE
    low = any(sign.keyword == "media-low-warning" for sign in look.signs)
    return PrinterStatus(
        PrinterState.STOPPED if look.stopped else working,
        tuple(dict.fromkeys(sign.keyword for sign in look.signs)),
        look.signs[0].advice if look.signs else "",
        serial=card.serial,
        model=card.model,
        firmware=card.firmware,
        length_mm=card.length_mm,
        length_step_mm=card.length_step_mm,
        supplies=(Supply("media", "labels", low=True),) if low else (),
    )
