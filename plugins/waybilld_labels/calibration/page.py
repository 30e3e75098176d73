"""Draws the calibration label. Nothing on it is scaled to the media: a label that is too small is refused.

Along the top and left edges runs a scale in millimetres from the page's corner, and a corner that is cut off or stands away
from the paper's shows that the print is off. The gauges tell by how much. The strip at the foot is a ruler for who has none:
it is cut off from a second label along its line, which its marks touch, so that the cut need not be straight.
"""

from __future__ import annotations

import hashlib

from waybilld_labels.calibration.gauge import ACROSS, DOWN
from waybilld_labels.calibration.patches import bars, patches
from waybilld_labels.calibration.pen import Pen
from waybilld_labels.fonts.faces import digests
from waybilld_labels.layout.engine import Paper, check_paper
from waybilld_labels.page.box import Box
from waybilld_labels.page.canvas import PAPER
from waybilld_labels.page.png import from_rows
from waybilld_sdk.errors import Hold
from waybilld_sdk.labels import LabelRequest, Page

KIND = "calibration"
"""The `kind` of a request that is drawn here."""

LEAST_MM = (60.0, 100.0)
VERSION = "calibration-1"
"""Raised with every change that moves a dot."""

_STRIP_MM = 13.0
_STRIP_ZERO_MM = 5.0
_CORNER_MM, _CORNER_THICK_MM = 5.0, 0.5
_COLUMN_MM = 28.0
"""Where the right column begins, behind the room in which a ruler lies along the gauge of the top edge."""

_ACROSS_FOOT_MM = 30.0
_DOWN_RIGHT_MM = 21.0
_BARS_MM = 29.0


def draw(request: LabelRequest) -> Page:
    """The label for one printer, which `texts` name: `printer`, and `now`, what it is told with every label.

    Raises `Hold` for media that the gauges do not fit on, and for paper that no page is drawn for.
    """
    width, height = request.media_mm
    if width < LEAST_MM[0] or height < LEAST_MM[1]:
        raise Hold(
            f"the calibration label needs media of {LEAST_MM[0]:g} x {LEAST_MM[1]:g} mm, and the printer holds "
            f"{width:g} x {height:g} mm: load larger media for the calibration, and set media_mm to it",
            code="media-too-small",
        )
    check_paper(Paper(request.media_mm, request.dots_per_mm))
    pen = Pen(request.media_mm, request.dots_per_mm)
    texts = dict(request.texts)
    _scales(pen)
    _title(pen, texts.get("printer", ""), texts.get("now", ""))
    _across(pen)
    _down(pen)
    _column(pen, texts.get("printer", ""))
    _strip(pen)
    _corners(pen)
    canvas = pen.canvas
    key = hashlib.sha256(repr((VERSION, digests(), request)).encode("ascii", "backslashreplace")).hexdigest()
    return Page(canvas.width, canvas.height, from_rows(canvas.packed(), canvas.width, canvas.height), f"{key}-1")


def _corners(pen: Pen) -> None:
    width, height, far, thick = pen.width_mm, pen.height_mm, _CORNER_MM, _CORNER_THICK_MM
    for left, right, near in ((0, far, 0), (width - far, width, width - thick)):
        for top, bottom, level in ((0, far, 0), (height - far, height, height - thick)):
            pen.box(left, level, right, level + thick)
            pen.box(near, top, near + thick, bottom)


def _length(mm: int) -> float:
    """How long the line of a scale is: longer at 5 and at 10."""
    return 3.4 if mm % 10 == 0 else 2.6 if mm % 5 == 0 else 1.8


def _scales(pen: Pen) -> None:
    """Along the top edge and along the left one, from the page's corner."""
    for mm in range(6, int(pen.width_mm - _CORNER_MM)):
        pen.upright(mm, 0, _length(mm))
        if mm % 10 == 0:
            pen.text(f"{mm}", mm, 3.5, 2, align=0.5)
    for mm in range(6, int(pen.height_mm - _STRIP_MM)):
        pen.level(mm, 0, _length(mm))
        if mm % 10 == 0:
            pen.text(f"{mm}", 3.7, mm - 1.1, 2)


def _title(pen: Pen, printer: str, now: str) -> None:
    room = pen.width_mm - 12
    pen.text("CALIBRATION 校准", 9, 6.6, 3.6, bold=True, most=room)
    pen.text(printer, 9, 11.0, 3, bold=True, most=room)
    pen.text(now, 9, 14.8, 2, most=room)


_LEFT = "LEFT 左边: ruler's 0 on the paper's edge 尺 0 对纸边"
_TOP = "TOP 上边"


def _across(pen: Pen) -> None:
    """The gauge of the left edge: figures, then the ruler's number of each fifth mark, then the marks down to the ruler."""
    foot = _ACROSS_FOOT_MM
    pen.text(_LEFT, 9, 18.3, 2, bold=True, most=pen.width_mm - 11)
    for mark in ACROSS.marks():
        pen.upright(mark.at_mm, foot - _length(mark.reads), foot)
        if mark.reads % 5 == 0:
            pen.text(_figure(mark.reads), mark.at_mm, 21.4, 2.4, bold=True, align=0.5)
            pen.text(f"{mark.ruler_mm}", mark.at_mm, 24.2, 1.9, align=0.5)
    pen.level(foot, 6, 54)
    pen.text("▼ ruler 尺", 9, foot + 0.5, 1.9)


def _down(pen: Pen) -> None:
    """The gauge of the top edge, the same on its side."""
    right = _DOWN_RIGHT_MM
    pen.text(_TOP, 9, 33.4, 2, bold=True)
    for mark in DOWN.marks():
        pen.level(mark.at_mm, right - _length(mark.reads), right)
        if mark.reads % 5 == 0:
            pen.text(_figure(mark.reads), 13.2, mark.at_mm - 1.4, 2.4, bold=True, align=1)
            pen.text(f"{mark.ruler_mm}", 16.8, mark.at_mm - 1.1, 1.9, align=1)
    pen.upright(right, 36, 84)
    pen.text("◀ 尺", right + 0.6, 36, 1.9)


def _figure(tenths: int) -> str:
    return f"{tenths / 10:+.1f}" if tenths else "0.0"


_STEPS = (
    "1 Lay a ruler, or the strip below, along a gauge with its 0 on the edge of the paper. 尺沿刻度放，0 对纸边。",
    "2 One mark meets the ruler at its own small number. Its bold figure is the reading; each mark is 0.1. "
    "只有一条刻线对准尺上同号的毫米线：粗体数字即读数，每格 0.1。",
)


def _column(pen: Pen, printer: str) -> None:
    """What to do, and what shows how dark and how finely the printer prints, as far as there is room."""
    left, right, foot = _COLUMN_MM, pen.width_mm - 2.5, pen.height_mm - _STRIP_MM - 1
    y = 33.6
    for text in _STEPS:
        y = pen.lines(text, left, y, 1.9, right - left) + 0.4
    y = pen.lines(f"3 waybilld printers calibrate {printer} --left X --top Y", left, y, 1.9, right - left, bold=True) + 0.4
    y = patches(pen, left, y + 0.6, right)
    begin = max(y + 1, 86.0)
    if begin + _BARS_MM <= foot:
        bars(pen, 7.5, begin, right, foot)


def _strip(pen: Pen) -> None:
    """The ruler to cut off: a dashed line, and under it the marks that touch it."""
    top = pen.height_mm - _STRIP_MM
    # A long name of a printer makes the text above run on: the ruler must not suffer.
    pen.canvas.fill(Box(0, pen.dots(top - 0.5), pen.canvas.width, pen.canvas.height), PAPER)
    for start in range(0, int(pen.width_mm), 3):
        pen.level(top, start, start + 1.6)
    for mm in range(int(pen.width_mm - _STRIP_ZERO_MM - 2) + 1):
        at = _STRIP_ZERO_MM + mm
        pen.upright(at, top, top + _length(mm) + (1.2 if mm == 0 else 0))
        if mm % 10 == 0:
            pen.text(f"{mm}", at, top + 3.5 + (1.0 if mm == 0 else 0), 2.2, bold=mm == 0, align=0.5)
    pen.text("RULER 尺: cut off a second label 从第二张标签剪下", 7.5, top + 7.4, 2.2, most=pen.width_mm - 15)
