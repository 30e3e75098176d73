"""The questions put to an ESC/POS printer, its answers, the name that it gives back, and how to clean up. Pure.

Source of every command: Epson ESC/POS Command Reference, the page of that command. `DLE EOT n` is answered at once, also
off-line and with a full buffer, with one byte whose bits 1 and 4 are set and bits 0 and 7 clear. `GS ( H` function 48 gives
four characters back when the data before it has been printed, as 37h 22h, the characters, 00h; its first byte has bit 0
set, so that it cannot be taken for a status byte. `GS I n` tells firmware (65), model (67) and serial (68), each as 5Fh,
text, 00h.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from typing import Final

from waybilld_printers.probes.card import LONGEST, Card
from waybilld_printers.probes.signs import Look, Sign, raised
from waybilld_sdk.plain import plain

_KINDS = (1, 2, 3, 4)
QUESTION = b"".join(bytes((0x10, 0x04, kind)) for kind in _KINDS)
"""Printer, cause of being off-line, error, roll sensor."""

_OFF_LINE = 0x08
OFF_LINE_SIGNS: Final[dict[int, Sign]] = {
    0x04: Sign("cover-open", "cover-open-error", "Close the cover."),
    0x20: Sign("paper-out", "media-empty-error", "Load a new roll of paper."),
}
ERROR_SIGNS: Final[dict[int, Sign]] = {
    0x04: Sign("error", "other-error", "The printer shows an error; open and close it, or press FEED."),
    0x08: Sign(
        "cutter", "media-jam-error", "The cutter is stuck: switch the printer off, clear the paper's path, switch it on."
    ),
    0x20: Sign("broken", "other-error", "The printer has an error that it cannot leave: switch it off and on."),
    0x40: Sign("too-hot", "other-error", "The print head is too hot; let it cool down."),
}
ROLL_SIGNS: Final[dict[int, Sign]] = {
    0x60: Sign("paper-out", "media-empty-error", "Load a new roll of paper."),
    0x0C: Sign("paper-low", "media-low-warning", "The roll is nearly at its end; have a new one ready.", stops=False),
}
_ELSE_OFF_LINE = Sign("off-line", "other-error", "The printer is off-line; look at its lights and its feed button.")

_FIXED, _FIXED_VALUE = 0x93, 0x12
_ECHO = re.compile(rb"\x37\x22([\x20-\x7e]{4})\x00", re.S)
_FIRST, _BASE = 0x21, 94

_INITIALIZE = b"\x1b@"
_CUT = b"\x1dVB\x00"


def process_id(attempt: str) -> bytes:
    """The attempt's name as four characters from 21h to 7Eh: 94 to the fourth of them, so that neighbours never share one
    but by a chance of one in 78 million."""
    number = int.from_bytes(hashlib.sha256(attempt.encode()).digest()[:8])
    digits = (number // _BASE**place % _BASE for place in range(4))
    return bytes(_FIRST + digit for digit in digits)


def ask_echo(attempt: str) -> bytes:
    """`GS ( H` function 48 with the attempt's name, to be sent right after its label."""
    return b"\x1d(H\x06\x00\x30\x30" + process_id(attempt)


def echoed(heard: bytes, attempt: str) -> bool:
    """Whether the printer gave the attempt's name back."""
    return process_id(attempt) in _ECHO.findall(heard)


def read(data: bytes) -> Look | None:
    """Four status bytes are the whole answer; names given back between them are not part of it.

    Pixels of a label may look like a question and be answered, so that there may be more: then no byte can be told from
    another, and this look says nothing.
    """
    statuses = [byte for byte in _ECHO.sub(b"", data) if byte & _FIXED == _FIXED_VALUE]
    if len(statuses) < len(_KINDS):
        return None
    if len(statuses) > len(_KINDS):
        return Look(answered=False)
    printer, off_line, error, roll = statuses
    signs = [*raised(off_line, OFF_LINE_SIGNS), *raised(error, ERROR_SIGNS), *raised(roll, ROLL_SIGNS)]
    if printer & _OFF_LINE and not any(sign.stops for sign in signs):
        signs.append(_ELSE_OFF_LINE)
    return Look(signs=tuple({sign.name: sign for sign in signs}.values()))


CARD_QUESTIONS = (b"\x1dI\x43", b"\x1dI\x41", b"\x1dI\x44")
_TEXT = re.compile(rb"(?<![\x20-\x7e])[\x20-\x7e]+(?=\x00)")
"""Begun only where a run of characters begins: from each of them, an answer of characters alone would be searched anew."""


def read_card(answers: Sequence[bytes]) -> Card:
    """Model, firmware and serial; an answer of another form is none."""
    model, firmware, serial = map(_information, answers)
    return Card(model, firmware, serial=serial)


def _information(answer: bytes) -> str:
    """What stands between 5Fh and 00h."""
    marked = (run.partition(b"\x5f") for run in _TEXT.findall(answer))
    return next((plain(text.decode("ascii"), LONGEST) for _, mark, text in marked if mark), "")


def flush(picture_bytes: int) -> bytes:
    """White pixels fill a raster that was cut short, and are nothing elsewhere; then what is on paper is cut off."""
    return bytes(picture_bytes) + _INITIALIZE + _CUT
