"""What a CPCL device says about itself.

Source: Zebra CPCL Programming Manual, section 11: ``ESC h`` (bit 0 busy, 1 out of paper, 2 latch open, 3 battery low, 4
reset since), ``ESC i`` (bit 7 no ribbon, 6 paper low, 5 label not taken, 4 jam), ``ESC v`` (model, firmware and serial
number, NUL), ``ESC J R U`` (labels since the count was cleared, two bytes, the more significant first).
"""

from waybilld_printers.virtual.status import Status


def short(status: Status, *, reset: bool) -> bytes:
    """``ESC h``. Busy: a label moves, waits, or is owed."""
    busy = status.printing or status.remaining > 0 or status.formats > 0
    return bytes([busy | status.paper_out << 1 | status.head_open << 2 | reset << 4])


def extended(status: Status) -> bytes:
    """``ESC i``."""
    return bytes([status.jammed << 4 | status.media_low << 6 | status.ribbon_out << 7])


def about(status: Status) -> bytes:
    """``ESC v``."""
    return f"{status.model} {status.firmware} {status.serial}\0".encode()


def user_count(status: Status) -> bytes:
    """``ESC J R U``."""
    return (status.user_count % 65536).to_bytes(2)
