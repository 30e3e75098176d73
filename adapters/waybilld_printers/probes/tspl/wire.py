"""The question put to a TSPL printer, its answer, and how to take a label back. Pure.

Source: TSC TSPL/TSPL2 Programming Manual, "Status Polling and Immediate Commands": `<ESC>!?`, one byte, answered at any
time, also in an error; `~!T`, the model's name; `~!@`, the whole kilometres of media that ran through. Section `CLS`: it
empties the image buffer.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from waybilld_printers.probes.card import LONGEST, Card
from waybilld_printers.probes.signs import Look, Sign, raised
from waybilld_sdk.plain import plain

QUESTION = b"\x1b!?"
_PRINTING = 0x20

SIGNS: Final[dict[int, Sign]] = {
    0x01: Sign("head-open", "cover-open-error", "Close the print head."),
    0x40: Sign("cover-open", "cover-open-error", "Close the cover."),
    0x02: Sign("jam", "media-jam-error", "Open the printer, take the jammed label out, and close it."),
    0x04: Sign("paper-out", "media-empty-error", "Load a new roll of labels and press FEED."),
    0x08: Sign("ribbon-out", "marker-supply-empty-error", "Load a new ribbon."),
    0x80: Sign("other-error", "other-error", "The printer shows an error, often heat; look at its lights."),
    0x10: Sign("paused", "paused", "Press PAUSE on the printer to let it go on."),
}
"""Bits of the answer in the order in which people must act. Some models have no bit 6 (cover)."""

DROP = b"CLS\r\n"
"""The body lies in the image buffer, and nothing prints it but `PRINT`."""


def read(data: bytes) -> Look | None:
    """One byte is the whole answer. Of several no one knows which is it: this look says nothing."""
    if not data:
        return None
    if len(data) > 1:
        return Look(answered=False)
    return Look(signs=raised(data[0], SIGNS), busy=bool(data[0] & _PRINTING))


CARD_QUESTIONS = (b"~!T\r\n", b"~!@\r\n")
_MM_PER_KM = 1_000_000


def read_card(answers: Sequence[bytes]) -> Card:
    """Model and length. Whole kilometres are far too coarse to count labels by, and the card says so."""
    model, mileage = (_text(answer) for answer in answers)
    digits = re.match(r"[0-9]{1,6}", mileage)
    return Card(model, length_mm=int(digits[0]) * _MM_PER_KM if digits else None, length_step_mm=_MM_PER_KM)


def _text(answer: bytes) -> str:
    return plain(answer.decode("ascii", "replace").replace("\ufffd", " "), LONGEST)


def flush(picture_bytes: int) -> bytes:
    """Line ends fill a `BITMAP` that was cut short, and are empty lines elsewhere; then the image buffer is emptied.

    The first byte spoils a line that was cut short, so that the rest of a `PRINT` does not become one.
    """
    return b"?" + b"\r\n" * (picture_bytes // 2 + 1) + DROP
