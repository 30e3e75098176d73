"""What a TSPL device says about itself.

Source: TSC TSPL/TSPL2 Programming Manual, ``<ESC>!?`` (one byte of bits), ``<ESC>!S`` (STX, message, warning, two error
bytes, ETX, CR LF), ``~!T`` (model and serial number), ``~!@`` (mileage: whole kilometres; the ending character is 0DH).
"""

from waybilld_printers.virtual.status import Status


def bits(status: Status) -> bytes:
    """``<ESC>!?``: bit 0 head open, 1 jam, 2 out of paper, 3 out of ribbon, 4 pause, 5 printing."""
    value = (
        status.head_open
        | status.jammed << 1
        | status.paper_out << 2
        | status.ribbon_out << 3
        | status.paused << 4
        | status.printing << 5
    )
    return bytes([value])


def extended(status: Status) -> bytes:
    """``<ESC>!S``. Its warning for a receive buffer that is full is "H"."""
    if status.error:
        message = b"E"
    elif status.paused:
        message = b"`"
    else:
        message = b"P" if status.printing else b"@"
    warning = 0x40 | status.media_low | status.buffer_full << 3
    error = 0x40 | status.paper_out | status.jammed << 1 | status.ribbon_out << 2 | status.head_open << 5
    return b"\x02" + message + bytes([warning, 0x40, error]) + b"\x03\r\n"


def model(status: Status) -> bytes:
    """``~!T``."""
    return f"{status.model} {status.serial}\r".encode()


def mileage(status: Status) -> bytes:
    """``~!@``."""
    kilometres = status.print_length_dots // (status.dots_per_mm * 1_000_000)
    return f"{kilometres}\r".encode()
