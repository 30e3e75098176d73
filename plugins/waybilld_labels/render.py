"""Draws the standard waybill label: a request in, a page out."""

from __future__ import annotations

from waybilld_labels import goods, sections
from waybilld_labels.content import content, missing_glyphs
from waybilld_labels.drawing import Drawing, begin
from waybilld_labels.page import png as raster
from waybilld_labels.pagekey import page_key
from waybilld_sdk.errors import Hold
from waybilld_sdk.labels import Finding, LabelRequest, Page


def render(request: LabelRequest) -> Page:
    """The waybill label of `request` at its paper and resolution.

    Raises `Hold`, with a code of `docs/reference/label.md`, when the label must not be printed as it is: the address or a
    sort code does not fit, a bar code would not scan, the paper is too small. What was shortened or has no glyph is a
    finding of the page. Raises `StopQueue` when the label font is not installed.
    """
    if request.kind != "waybill":
        raise Hold(
            f"the standard renderer draws waybill labels, not {request.kind!r}: name another renderer in the config",
            code="label-kind-unknown",
        )
    words = content(request)
    drawing = begin(request.media_mm, request.dots_per_mm, has_sort=bool(words.sort_codes), has_copy=request.copy > 1)
    sections.header(drawing, words)
    sections.copy_mark(drawing, request.copy)
    sections.sort_codes(drawing, words)
    sections.barcode(drawing, request.waybill_number)
    sections.consignee(drawing, words)
    sections.sender(drawing, words)
    sections.serial(drawing, request.serial, words)
    goods.goods(drawing, words)
    goods.order_refs(drawing, words)
    width, height = drawing.frame.width, drawing.frame.height
    findings = (*missing_glyphs(words), *_shortened(drawing))
    return Page(width, height, raster.to_png(drawing.canvas.image, width), page_key(request), findings)


def _shortened(drawing: Drawing) -> tuple[Finding, ...]:
    if not drawing.cut:
        return ()
    places = ", ".join(sorted(drawing.cut))
    return (Finding("text-shortened", f"the label has no room for all of: {places}; the order shows the whole text"),)
