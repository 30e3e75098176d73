"""Fits a carrier's finished label into its room without changing a dot: turned by 90 degrees, or freed of white edges."""

from __future__ import annotations

from PIL import Image

from waybilld_labels.artwork.source import Source
from waybilld_sdk.errors import Hold
from waybilld_sdk.labels import Finding

_INK_OF_GREY = [0 if level < 128 else 255 for level in range(256)]
_FORGIVEN = 0.02
"""A label is larger than its stock by so much in many carriers' PDFs; the excess is white."""


def placed(
    grey: Image.Image, room: tuple[int, int], dots_per_mm: float, source: Source
) -> tuple[Image.Image, tuple[Finding, ...]]:
    """The label in mode "1" (0 is ink), not larger than `room` in dots. Raises `Hold` where it is too large."""
    page = grey.point(_INK_OF_GREY, "1")
    if _fits(page.size, room):
        return page, ()
    turned = page.transpose(Image.Transpose.ROTATE_270)
    if _fits(turned.size, room):
        return turned, ()
    box = grey.point([255 - level for level in _INK_OF_GREY]).getbbox()
    if box is None:
        raise Hold(f"{source.whose} file is a white page: {source.again}", code="artwork-unusable")
    ink = page.crop(box)
    nearly = all(have <= want * (1 + _FORGIVEN) for have, want in zip(page.size, room, strict=True))
    for candidate, turn in ((ink, page), (ink.transpose(Image.Transpose.ROTATE_270), turned)):
        if _fits(candidate.size, room):
            return candidate, () if nearly else (_cropped(turn.size, dots_per_mm, source),)
    raise Hold(
        f"{source.whose} page has {_mm(ink.size, dots_per_mm)} of ink on {_mm(page.size, dots_per_mm)}, and there is room "
        f"for {_mm(room, dots_per_mm)}: load larger media, or {source.ask} one of this size",
        code="artwork-too-large",
    )


def _cropped(size: tuple[int, int], dots_per_mm: float, source: Source) -> Finding:
    return Finding(
        "artwork-cropped",
        f"{source.whose} page is {_mm(size, dots_per_mm)}, and only the part with ink on it is printed: "
        f"{source.ask} one of this size",
    )


def _fits(size: tuple[int, int], room: tuple[int, int]) -> bool:
    return size[0] <= room[0] and size[1] <= room[1]


def _mm(size: tuple[int, int], dots_per_mm: float) -> str:
    return f"{size[0] / dots_per_mm:.0f} x {size[1] / dots_per_mm:.0f} mm"
