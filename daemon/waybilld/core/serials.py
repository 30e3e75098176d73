"""Print serials: what a packing scan reads to know this very copy of a label."""

from __future__ import annotations


def label_serial(parcel: int, copy: int) -> str:
    """The serial of a parcel's waybill label: unique in the node, capitals and digits, short for a small QR code."""
    return f"W{parcel:07d}.{copy}"
