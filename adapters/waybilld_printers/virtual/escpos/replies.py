"""What an ESC/POS device says about itself.

Sources: Epson ESC/POS Application Programming Guide, ``DLE EOT`` (bits 1 and 4 on, 0 and 7 off), ``GS a`` (automatic
status back: four bytes, the first 0xx1xx00), ``GS I`` (header 5FH, text, NUL), ``GS ( H`` function 48 (37H 22H, the
process id, NUL), ``DLE DC4`` functions 2 and 8 (3BH 30H NUL and 37H 25H NUL).
"""

from waybilld_printers.virtual.status import Status

_FIXED = 0x12


def real_time(n: int, status: Status) -> bytes:
    """``DLE EOT n``: 1 the printer, 2 why it is offline, 3 errors, 4 the paper."""
    match n:
        case 1:
            value = _offline(status) << 3
        case 2:
            value = status.head_open << 2 | status.paper_out << 5 | _error(status) << 6
        case 3:
            # A cover that is opened while paper moves is an error that goes away by itself; a jam shows at the cutter.
            value = status.jammed << 3 | (status.head_open and status.remaining > 0) << 6
        case _:
            value = (status.media_low and 0x0C) | (status.paper_out and 0x60)
    return bytes([_FIXED | value])


def automatic(status: Status) -> bytes:
    """The four bytes of automatic status back."""
    first = 0x10 | _offline(status) << 3 | status.head_open << 5
    second = status.jammed << 3 | (status.head_open and status.remaining > 0) << 6
    third = (status.media_low and 0x03) | (status.paper_out and 0x0C)
    return bytes([first, second, third, 0x0F])


def about(n: int, status: Status) -> bytes | None:
    """``GS I n``; None for what it does not know."""
    texts = {65: status.firmware, 66: "EPSON", 67: status.model, 68: status.serial}
    if n in texts:
        return b"\x5f" + texts[n].encode() + b"\0"
    # Model id of the TM-T88 family; type: no multi-byte characters, with cutter.
    return {1: b"\x20", 49: b"\x20", 2: b"\x02", 50: b"\x02"}.get(n)


def paper(status: Status) -> bytes:
    """``GS r 1``."""
    return bytes([(status.media_low and 0x03) | (status.paper_out and 0x0C)])


def process_id(identity: bytes) -> bytes:
    """The echo of ``GS ( H`` function 48."""
    return b"\x37\x22" + identity + b"\0"


CLEARED = b"\x37\x25\0"
POWER_OFF = b"\x3b\x30\0"


def _offline(status: Status) -> bool:
    return status.error or status.paused


def _error(status: Status) -> bool:
    return status.jammed or status.ribbon_out or (status.head_open and status.remaining > 0)
