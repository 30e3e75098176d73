"""Where the boxes of the label stand, in whole dots, for any paper and resolution.

Designed at 100 x 150 mm. On other paper all lengths scale by one factor, so that the proportions stay; bar height and
module width do not, because scanners set them. Height to spare goes to the goods.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import accumulate, pairwise

from waybilld_labels.page.box import Box
from waybilld_sdk.errors import Hold

SMALLEST_MM = (74.0, 100.0)
FINEST_DOTS_PER_MM = 24.0
COARSEST_DOTS_PER_MM = 5.9
"""6 dots/mm ("152 dpi") is the coarsest label printer, 24 ("600 dpi") the finest."""

LARGEST_MM = (220.0, 400.0)
BAR_HEIGHT_MM = 15.2
LINE_MM = 0.5
"""Thickness of the outer frame and of the rules between the main parts."""

_LOWEST_MM = 23.0
"""Height below the address that sender, one line of goods, order numbers and the QR code need on the smallest paper."""

_DESIGN_MM = (100.0, 135.0)
"""The size at which lengths are as written: at 135 mm of height the goods still have room for their lines."""


@dataclass(frozen=True, slots=True)
class Scale:
    """Turns design millimetres into dots. `factor` is the paper's size against the design's."""

    dots_per_mm: float
    factor: float

    def dots(self, design_mm: float) -> int:
        """A length that grows and shrinks with the paper; never under one dot."""
        return max(1, round(design_mm * self.factor * self.dots_per_mm))

    def exact(self, mm: float) -> int:
        """A length that a scanner or an eye sets, whatever the paper."""
        return max(1, round(mm * self.dots_per_mm))


@dataclass(frozen=True, slots=True)
class Frame:
    """The boxes of one label. `copy` and `sort` are None where the label has no such row."""

    width: int
    height: int
    scale: Scale
    outer: Box
    header: Box
    copy: Box | None
    sort: Box | None
    barcode: Box
    consignee_tag: Box
    consignee: Box
    sender_tag: Box
    sender: Box
    goods: Box
    footer: Box
    serial: Box


def frame(media_mm: tuple[float, float], dots_per_mm: float, *, has_sort: bool, has_copy: bool) -> Frame:
    """The boxes for a paper of (width, height) mm. Raises `Hold` when paper or resolution cannot carry the label."""
    _check(media_mm, dots_per_mm)
    scale = Scale(dots_per_mm, min(media_mm[0] / _DESIGN_MM[0], media_mm[1] / _DESIGN_MM[1]))
    dots = scale.dots
    width, height = round(media_mm[0] * dots_per_mm), round(media_mm[1] * dots_per_mm)
    outer = Box(0, 0, width, height).inset(dots(2))
    left, right = outer.left, outer.right
    tag, panel, foot = left + dots(9), right - dots(29), outer.bottom - dots(6)
    upper = (
        dots(13),
        dots(11) if has_copy else 0,
        dots(15) if has_sort else 0,
        scale.exact(BAR_HEIGHT_MM) + dots(10.5),
    )
    # A label without sort codes gives part of their height to the address; a short one takes from it for what is below.
    spare = outer.height - sum(upper) - scale.exact(_LOWEST_MM)
    edges = tuple(accumulate((*upper, min(dots(36 if has_sort else 40), spare), dots(12)), initial=outer.top))
    header, copy, sort, barcode, address, sender = (Box(left, top, right, bottom) for top, bottom in pairwise(edges))
    return Frame(
        width=width,
        height=height,
        scale=scale,
        outer=outer,
        header=header,
        copy=copy if has_copy else None,
        sort=sort if has_sort else None,
        barcode=barcode,
        consignee_tag=replace(address, right=tag),
        consignee=replace(address, left=tag),
        sender_tag=replace(sender, right=tag),
        sender=replace(sender, left=tag, right=panel),
        goods=Box(left, sender.bottom, panel, foot),
        footer=Box(left, foot, panel, outer.bottom),
        serial=Box(panel, sender.top, right, outer.bottom),
    )


def _check(media_mm: tuple[float, float], dots_per_mm: float) -> None:
    width, height = media_mm
    if not (width >= SMALLEST_MM[0] and height >= SMALLEST_MM[1]):
        raise Hold(
            f"the waybill label needs paper of at least {SMALLEST_MM[0]:g} x {SMALLEST_MM[1]:g} mm, and the printer's "
            f"media is {width:g} x {height:g} mm: load larger labels and correct the printer's media setting",
            code="media-too-small",
        )
    if not (width <= LARGEST_MM[0] and height <= LARGEST_MM[1]):
        raise Hold(
            f"the printer's media is {width:g} x {height:g} mm, and a waybill label is drawn up to "
            f"{LARGEST_MM[0]:g} x {LARGEST_MM[1]:g} mm: correct the printer's media setting",
            code="media-too-large",
        )
    if not COARSEST_DOTS_PER_MM <= dots_per_mm <= FINEST_DOTS_PER_MM:
        raise Hold(
            f"the printer's resolution is given as {dots_per_mm:g} dots/mm, and label printers have 6 to 24 "
            '(8 is "203 dpi", 11.8 "300 dpi"): correct the printer\'s resolution setting',
            code="resolution-unsupported",
        )
