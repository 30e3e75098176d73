"""A Zebra printer's flags as the words that people and dashboards use, and what to do about them.

Keywords are those of RFC 8011, section 5.4.12 (`printer-state-reasons`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from waybilld_printers.probes.card import NO_CARD, Card
from waybilld_printers.probes.signs import Sign
from waybilld_printers.probes.zebra.observation import HostStatus, Observation
from waybilld_sdk.printing import PrinterState, PrinterStatus, Supply


@dataclass(frozen=True, slots=True)
class Word:
    """One flag, its keyword, and what a packer does about it. `stops`: no label comes out while it stands."""

    shows: Callable[[HostStatus], bool]
    keyword: str
    advice: str
    stops: bool = True

    @property
    def sign(self) -> Sign:
        """Without the flag that it belongs to."""
        return Sign(self.keyword, self.keyword, self.advice, self.stops)


WORDS: tuple[Word, ...] = (
    Word(lambda flags: flags.head_open, "cover-open-error", "Close the print head."),
    Word(lambda flags: flags.paper_out, "media-empty-error", "Load a new roll of labels and press FEED."),
    Word(lambda flags: flags.ribbon_out, "marker-supply-empty-error", "Load a new ribbon."),
    Word(lambda flags: flags.paused, "paused", "Press PAUSE on the printer to let it go on."),
    Word(lambda flags: flags.over_temperature, "other-error", "The print head is too hot; let it cool down."),
    Word(lambda flags: flags.under_temperature, "other-error", "The print head is too cold; let it warm up."),
    Word(
        lambda flags: flags.ram_corrupt,
        "other-error",
        "The printer lost its settings; switch it off and on and check them.",
    ),
    Word(
        lambda flags: flags.diagnostic,
        "other-error",
        "The printer is in diagnostic mode; press FEED twice or restart it.",
    ),
    Word(
        lambda flags: flags.partial,
        "other-warning",
        "The printer holds an unfinished label; cancel the attempt it belongs to, or switch the printer off and on.",
        stops=False,
    ),
    Word(lambda flags: flags.label_waiting, "output-area-full-report", "Take the label that waits.", stops=False),
    Word(lambda flags: flags.buffer_full, "spool-area-full-report", "The printer's memory is full; wait.", stops=False),
)

HIDDEN_FAULT = "The printer keeps its status back: check paper, ribbon and print head, and close it."
NOT_ANSWERING = (
    "The printer does not answer: check that it is on, its network cable and its address. If it prints and only its answers "
    "do not come through, set `answers: false`."
)


def blockers(flags: HostStatus, *, within_format: bool = False) -> str:
    """Why no label may be sent now, in words; empty when the device is well and idle.

    `within_format`: our own unfinished format is in the device, so that the partial and full-buffer flags are expected.
    """
    reasons = [word.advice for word in WORDS if word.stops and word.shows(flags)]
    if flags.holds:
        reasons.append(
            f"It still holds {flags.formats} waiting and {flags.remaining} unprinted labels; let it finish or cancel them."
        )
    if flags.partial and not within_format:
        reasons.append("It holds an unfinished label; cancel the attempt it belongs to, or switch the printer off and on.")
    if flags.buffer_full and not within_format:
        reasons.append("Its memory is full; wait.")
    return " ".join(reasons)


def status_of(look: Observation, card: Card = NO_CARD, *, answers_when_faulted: bool) -> PrinterStatus:
    """The state to show. `answers_when_faulted`: the profile's word on whether missing flags mean a fault or nothing.

    What the card tells beyond the flags is added to them, and stands for them where they are kept back.
    """
    known = PrinterStatus(
        PrinterState.UNKNOWN,
        ("timed-out",),
        NOT_ANSWERING,
        serial=look.serial or "",
        model=card.model,
        odometer=look.odometer,
        firmware=card.firmware,
        length_mm=card.length_mm,
        length_step_mm=card.length_step_mm,
        supplies=(Supply("media", "labels", low=True),) if any(sign.name == "media-low" for sign in card.signs) else (),
    )
    flags = look.flags
    if flags is None:
        if look.silent or answers_when_faulted:
            return known
        faults = [sign for sign in card.signs if sign.stops]
        advice = faults[0].advice if faults else HIDDEN_FAULT
        reasons = tuple(dict.fromkeys(sign.keyword for sign in faults)) or ("other-error",)
        return replace(known, state=PrinterState.STOPPED, reasons=reasons, advice=advice)
    # What stops the printer is told before what only wants attention.
    shown = sorted((*(word.sign for word in WORDS if word.shows(flags)), *card.signs), key=lambda sign: not sign.stops)
    if any(sign.stops for sign in shown):
        state = PrinterState.STOPPED
    else:
        state = PrinterState.PROCESSING if flags.holds or flags.partial else PrinterState.IDLE
    reasons = tuple(dict.fromkeys(sign.keyword for sign in shown))
    return replace(known, state=state, reasons=reasons, advice=shown[0].advice if shown else "")
