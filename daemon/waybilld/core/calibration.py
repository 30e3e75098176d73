"""From what a person reads on a calibration label to the offset that puts the print right."""

from __future__ import annotations

from waybilld_sdk.printing import PrinterCapabilities

MOST_MM = 2.0
"""How far the gauges of the label reach. No mark of theirs says more: such a reading comes of the scale along the edge, of
other media than the printer is configured with, or of a slip of the pen."""

_DECIMALS = 1


class NotARead(ValueError):
    """A reading that cannot be one; the message says why, and what to look at."""


def corrected(offset_mm: tuple[float, float], left_mm: float, top_mm: float) -> tuple[float, float]:
    """The offset, right and down in steps of 0.1 mm, with which the page's corner comes to lie on the paper's.

    `offset_mm` is what the label was printed with. `left_mm` and `top_mm` say where the paper's edge runs on the label's own
    scale: above 0 where it cuts the print off, below 0 where it leaves white before it. Both are as the label is read, also
    where it left the printer upside down. Raises `NotARead`.
    """
    for name, mm in (("left", left_mm), ("top", top_mm)):
        if not abs(mm) <= MOST_MM:
            raise NotARead(
                f"{mm:g} mm at the {name} edge stands on no mark of the gauge, which ends at {MOST_MM:.1f} mm: check that "
                "media_mm is the paper in the printer and calibrate the printer's own sensor; if it is still as far off, "
                "put what the scale along the edge shows into offset_mm by hand, and print the label again"
            )
    across, down = (round(have + read, _DECIMALS) + 0.0 for have, read in zip(offset_mm, (left_mm, top_mm), strict=True))
    return across, down


def snippet(name: str, offset_mm: tuple[float, float]) -> str:
    """The lines of the configuration that say so, as they stand under `printers:`."""
    return f"  - name: {name}\n    settings:\n      offset_mm: [{offset_mm[0]:g}, {offset_mm[1]:g}]\n"


def told(what: PrinterCapabilities) -> str:
    """What a printer is told with every label, in one line."""
    width, height = what.media_mm
    across, down = what.offset_mm
    parts = [
        f"{width:g} x {height:g} mm",
        f"{what.dots_per_mm:g} dots/mm",
        f"offset {across:+g}, {down:+g} mm" if (across, down) != (0, 0) else "offset 0",
        "upside down" if what.upside_down else "",
        f"darkness {what.darkness}" if what.darkness is not None else "",
        f"{what.speed_ips} in/s" if what.speed_ips is not None else "",
        str(what.media_mode or ""),
    ]
    return " · ".join(part for part in parts if part)
