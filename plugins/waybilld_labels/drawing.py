"""The canvas, the boxes and what went wrong, as every section of the label needs them; and the layer that never changes."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from waybilld_labels.fonts.faces import Weight
from waybilld_labels.fonts.glyphs import font
from waybilld_labels.geometry import LINE_MM, Frame, frame
from waybilld_labels.old_canvas import PAPER, Canvas
from waybilld_labels.page.box import Box
from waybilld_labels.typeset import shortened

GOODS_CAPTION_MM = 2.6


@dataclass(frozen=True, slots=True)
class Drawing:
    """One label in the making. `cut` collects the names of the fields that had to be shortened."""

    canvas: Canvas
    frame: Frame
    cut: dict[str, None] = field(default_factory=dict)

    def line(
        self,
        name: str,
        text: str,
        box: Box,
        weight: Weight,
        mm: float,
        floor_mm: float,
        *,
        ink: int = 0,
        at: float = 0.0,
    ) -> int:
        """One line of the field `name`, centred in the height of `box`, shrunk and then cut to its width; `at` is 0 for
        the left, 0.5 for the middle, 1 for the right. Returns the width taken."""
        dots = self.frame.scale.dots
        text, size, whole = shortened(text, weight, box.width, dots(mm), dots(floor_mm))
        if not whole:
            self.cut[name] = None
        taken = font(weight, size).width(text)
        left = box.left + round((box.width - taken) * at)
        self.canvas.text(text, left, box.top + (box.height - size) // 2, weight, size, ink)
        return taken


def begin(media_mm: tuple[float, float], dots_per_mm: float, *, has_sort: bool, has_copy: bool) -> Drawing:
    """A drawing with the lines and fixed words of the label on it already. Raises `Hold` as `geometry.frame` does."""
    layer = _static(media_mm, dots_per_mm, has_sort, has_copy)
    return Drawing(Canvas(layer.canvas.image.copy()), layer.frame)


@lru_cache(maxsize=8)
def _static(media_mm: tuple[float, float], dots_per_mm: float, has_sort: bool, has_copy: bool) -> Drawing:
    boxes = frame(media_mm, dots_per_mm, has_sort=has_sort, has_copy=has_copy)
    drawing = Drawing(Canvas.blank(boxes.width, boxes.height), boxes)
    _tag(drawing, boxes.consignee_tag, "收", "TO", 6.0, 3.0)
    _tag(drawing, boxes.sender_tag, "寄", "FROM", 4.0, 2.2)
    _grid(drawing)
    dots = boxes.scale.dots
    caption = boxes.goods.inset(dots(1.5), dots(1))
    caption = Box(caption.left, caption.top, caption.right, caption.top + dots(GOODS_CAPTION_MM))
    drawing.line("caption", "商品 GOODS", caption, Weight.BOLD, GOODS_CAPTION_MM, GOODS_CAPTION_MM)
    return drawing


def _grid(drawing: Drawing) -> None:
    canvas, boxes = drawing.canvas, drawing.frame
    outer, heavy, thin = boxes.outer, boxes.scale.dots(LINE_MM), boxes.scale.dots(0.25)
    canvas.outline(outer, heavy)
    for box in (boxes.copy, boxes.sort, boxes.barcode, boxes.consignee_tag):
        if box is not None:
            canvas.across(box.top, outer.left, outer.right, heavy)
    canvas.across(boxes.sender.top, outer.left, outer.right, heavy)
    canvas.across(boxes.goods.top, outer.left, boxes.serial.left, thin)
    canvas.across(boxes.footer.top, outer.left, boxes.serial.left, thin)
    canvas.fill(Box(outer.left + heavy, boxes.sender.top, boxes.consignee_tag.right, boxes.sender.top + thin), PAPER)
    canvas.down(boxes.serial.left, boxes.serial.top, outer.bottom, thin)


def _tag(drawing: Drawing, box: Box, han: str, latin: str, han_mm: float, latin_mm: float) -> None:
    """A column of ink with who is meant, in white."""
    dots = drawing.frame.scale.dots
    drawing.canvas.fill(box)
    high = dots(han_mm) + dots(latin_mm)
    top = box.top + (box.height - high) // 2
    upper = Box(box.left, top, box.right, top + dots(han_mm))
    drawing.line("tag", han, upper, Weight.BOLD, han_mm, han_mm, ink=PAPER, at=0.5)
    lower = Box(box.left, upper.bottom, box.right, top + high)
    drawing.line("tag", latin, lower, Weight.BOLD, latin_mm, latin_mm / 2, ink=PAPER, at=0.5)
