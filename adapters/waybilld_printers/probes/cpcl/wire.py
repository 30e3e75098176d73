"""The question put to a CPCL printer, its answer, and how to take a label back. Pure.

Source: Zebra CPCL Programming Manual, "Printer Escape Commands": `ESC h` asks for one byte, which comes only when the
printer has finished the label before it, and never inside a session (`! 0` to `PRINT`); its bit 4 says that the printer was
switched on since `ESC N`. `ABORT` ends a session without printing.
"""

from __future__ import annotations

from typing import Final

from waybilld_printers.probes.signs import Look, Sign, raised

QUESTION = b"\x1bh"
NOTE_RESTART = b"\x1bN"
_BUSY, _RESTARTED, _NEVER = 0x01, 0x10, 0xE0

SIGNS: Final[dict[int, Sign]] = {
    0x04: Sign("latch-open", "cover-open-error", "Close the printer's cover until its latch clicks."),
    0x02: Sign("paper-out", "media-empty-error", "Load a new roll of labels."),
    0x08: Sign("battery-low", "other-warning", "The battery is low; charge it or change it.", stops=False),
}
"""Bits of the answer in the order in which people must act."""

END_LINE = b"\r\n"
DROP = b"ABORT\r\n"


def read(data: bytes) -> Look | None:
    """One byte is the whole answer. Of several no one knows which is it, and bits that the manual does not know are no
    answer: then this look says nothing."""
    if not data:
        return None
    byte = data[0]
    if len(data) > 1 or byte & _NEVER:
        return Look(answered=False)
    return Look(signs=raised(byte, SIGNS), busy=bool(byte & _BUSY), restarted=bool(byte & _RESTARTED))


def flush(picture_bytes: int) -> bytes:
    """Zeros fill a `CG` picture that was cut short; outside of a picture a printer passes over them. Then the session ends.

    Not line ends: a printer without an open session would feed paper for each of them.
    """
    return bytes(picture_bytes) + b"\r\n" + DROP
