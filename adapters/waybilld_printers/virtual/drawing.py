"""Draws a label from its graphics: a 1-bit picture, one pixel a dot. The only module that needs Pillow."""

import io

from PIL import Image, ImageChops

from waybilld_printers.virtual.label import Bitmap, Graphic, Label, Refused

PADDING = 7
"""Dots: rows are whole bytes, so a graphic may hang over the label's edge by as much without anything being lost."""


def draw(label: Label) -> tuple[bytes, tuple[str, ...]]:
    """The label as PNG bytes, and what could not be drawn."""
    page = Image.new("1", (label.width, label.length), 1)
    complaints: dict[str, None] = {}
    for graphic in label.graphics:
        try:
            bitmap = graphic.source.decode()
        except Refused as refused:
            complaints[f"refused: {refused}"] = None
            continue
        complaints.update(dict.fromkeys(bitmap.complaints))
        if not _stamp(page, graphic, bitmap):
            complaints[f"{graphic.name} beyond the edge of the label"] = None
    if label.mirrored:
        page = page.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    if label.upside_down:
        page = page.transpose(Image.Transpose.ROTATE_180)
    output = io.BytesIO()
    page.save(output, "PNG", compress_level=1)
    return output.getvalue(), tuple(complaints)


def _stamp(page: Image.Image, graphic: Graphic, bitmap: Bitmap) -> bool:
    """Print the graphic over what is there; False when a part of it falls off the label."""
    size = (bitmap.row_bytes * 8, bitmap.rows)
    ink = Image.frombytes("1", size, bitmap.data)
    left, top = graphic.x, graphic.y - (size[1] if graphic.from_bottom else 0)
    if graphic.mode == "reverse":
        box = (left, top, left + size[0], top + size[1])
        page.paste(ImageChops.logical_xor(page.crop(box), ink), (left, top))
    elif graphic.mode == "replace":
        page.paste(ImageChops.invert(ink), (left, top))
    else:
        page.paste(0, (left, top), ink)
    return left >= 0 and top >= 0 and left + size[0] <= page.width + PADDING and top + size[1] <= page.height
