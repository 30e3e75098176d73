"""Print serials: what a packing scan reads to know this very copy of a label."""

from __future__ import annotations


def label_serial(parcel: int, copy: int) -> str:
    """The serial of a parcel's waybill label: unique in the node, capitals and digits, short for a small QR code."""
    return f"W{parcel:07d}.{copy}"


def sheet_serial(kind: str, parcel: int, copy: int) -> str:
    """The serial of what else is printed for a parcel: the kind's first letter in the waybill's place (`S` for a slip)."""
    return f"{kind[:1].upper()}{parcel:07d}.{copy}"


def page_serial(serial: str, page: int) -> str:
    """The serial of one page of a sheet; the first page has the sheet's own."""
    return serial if page == 1 else f"{serial}-{page}"


def copy_serial(serial: str, copy: int) -> str:
    """The serial of another copy of the same label or page."""
    head, _, tail = serial.partition(".")
    page = tail.partition("-")[2]
    return f"{head}.{copy}-{page}" if page else f"{head}.{copy}"


def page_of(serial: str) -> int:
    """Which page of its sheet a serial names, from 1."""
    return int(serial.partition("-")[2] or 1)


def house_serial(label: int) -> str:
    """The serial of what belongs to no parcel: separators and test labels, by the number of their row."""
    return f"X{label:07d}.1"
