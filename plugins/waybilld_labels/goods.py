"""What is in the parcel, the buyer's message and the order numbers."""

from __future__ import annotations

from waybilld_labels import typeset
from waybilld_labels.content import Content
from waybilld_labels.drawing import GOODS_CAPTION_MM, Drawing
from waybilld_labels.fonts.faces import Weight
from waybilld_labels.fonts.glyphs import font
from waybilld_labels.page.box import Box
from waybilld_labels.sections import paragraph

_ROW_MM = 4.3
_TEXT_MM = 3.1
_MESSAGE_ROW_MM = 3.5
_MESSAGE_LINES = 2
_ROWS_FOR_TWO = 6
"""Rows of height from which the message may take two lines; in less the goods need the room."""

_SKU_SHARE = 0.42
"""The most of a row's width that a SKU takes; the title needs the rest."""


def goods(drawing: Drawing, words: Content) -> None:
    """The goods, as many lines as fit, and below them the buyer's message."""
    dots = drawing.frame.scale.dots
    box = drawing.frame.goods.inset(dots(1.5), dots(1))
    caption = Box(box.left, box.top, box.right, box.top + dots(GOODS_CAPTION_MM))
    total = f"{words.line_count} 行 LINES / {words.pieces} 件 PCS"
    drawing.line("goods", total, caption, Weight.REGULAR, GOODS_CAPTION_MM, 1.6, at=1)
    bottom = _message(drawing, words, box)
    _table(drawing, words, Box(box.left, caption.bottom + dots(0.8), box.right, bottom))


def order_refs(drawing: Drawing, words: Content) -> None:
    """The platforms' order numbers, on the last line."""
    dots = drawing.frame.scale.dots
    box = drawing.frame.footer.inset(dots(1.5), dots(0.5))
    drawing.line("order refs", f"订单 ORDER {words.order_refs}", box, Weight.REGULAR, 2.9, 2.0)


def _message(drawing: Drawing, words: Content, box: Box) -> int:
    """The buyer's message at the foot of `box`; returns where the room above it ends."""
    if not words.message:
        return box.bottom
    dots = drawing.frame.scale.dots
    most = _MESSAGE_LINES if box.height >= dots(_ROW_MM * _ROWS_FOR_TWO) else 1
    high = most * dots(_MESSAGE_ROW_MM)
    low = Box(box.left, box.bottom - high, box.right, box.bottom)
    drawing.canvas.across(low.top - dots(0.8), low.left, low.right, dots(0.15))
    paragraph(drawing, "message", f"留言 NOTE: {words.message}", low, most)
    return low.top - dots(0.8)


def _table(drawing: Drawing, words: Content, box: Box) -> None:
    row = drawing.frame.scale.dots(_ROW_MM)
    room = max(0, box.height // row)
    shown = words.goods if words.line_count <= room else words.goods[: max(0, room - 1)]
    left_out = words.line_count - len(shown)
    spare = 0 if left_out else room - len(shown)
    top = box.top
    for sku, title, quantity in shown:
        rows = _line(drawing, Box(box.left, top, box.right, top + row), sku, title, quantity, 2 if spare else 1)
        spare -= rows - 1
        top += rows * row
    if left_out:
        drawing.cut["goods"] = None
        if room:
            more = f"+ {left_out} more lines / 另有 {left_out} 行"
            drawing.line("goods", more, Box(box.left, top, box.right, top + row), Weight.BOLD, _TEXT_MM, 2)


def _line(drawing: Drawing, box: Box, sku: str, title: str, quantity: str, most: int) -> int:
    """One line of goods whose first row is `box`; its title may take `most` rows. Returns how many it took."""
    gap = drawing.frame.scale.dots(1.2)
    size = drawing.frame.scale.dots(_TEXT_MM)
    end = box.right - font(Weight.BOLD, size).width(quantity)
    drawing.line("goods", quantity, Box(end, box.top, box.right, box.bottom), Weight.BOLD, _TEXT_MM, _TEXT_MM)
    share = round(box.width * _SKU_SHARE) if title else box.width
    place = Box(box.left, box.top, min(box.left + share, end - gap), box.bottom)
    start = box.left + (drawing.line("goods", sku, place, Weight.BOLD, _TEXT_MM, 2.5) + gap if sku else 0)
    lines = typeset.paragraph_lines(title, max(size, end - gap - start), typeset.measure(Weight.REGULAR, size), most)
    if lines.cut:
        drawing.cut["goods"] = None
    for at, text in enumerate(lines.lines):
        top = box.top + at * box.height + (box.height - size) // 2
        drawing.canvas.text(text, start, top, Weight.REGULAR, size)
    return max(1, len(lines.lines))
