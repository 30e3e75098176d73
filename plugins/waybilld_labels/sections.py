"""The parts of the label from top to bottom, each drawn into its own box."""

from __future__ import annotations

from PIL import Image

from waybilld_labels import typeset
from waybilld_labels.content import Content
from waybilld_labels.drawing import Drawing
from waybilld_labels.fonts.faces import Weight
from waybilld_labels.fonts.glyphs import font
from waybilld_labels.geometry import BAR_HEIGHT_MM, LINE_MM
from waybilld_labels.old_canvas import PAPER
from waybilld_labels.page.box import Box
from waybilld_labels.symbols import codes as symbols
from waybilld_sdk.errors import Hold

NARROWEST_MODULE_MM = 0.25
"""What handheld scanners and carriers accept at the least: 2 dots at 8 dots/mm, 3 at 11.8 and 12."""

_WIDEST_MODULE_MM = 0.51
_QR_SIDE_MM = 27.0
_SERIAL_MM = 2.5
_ROUNDING = 0.1
"""Dots by which 0.25 mm may be missed: 3 dots of an 11.8 dots/mm head are 0.254 mm, of a 12 dots/mm head 0.25 mm."""


def header(drawing: Drawing, words: Content) -> None:
    """Carrier at the left, service in white on ink at the right."""
    dots, box = drawing.frame.scale.dots, drawing.frame.header
    pad = dots(2.5)
    right = box.right
    if words.service:
        room = Box(box.left + box.width // 2, box.top, box.right - pad, box.bottom)
        text, size, whole = typeset.shortened(words.service, Weight.BOLD, room.width - pad, dots(5.6), dots(3))
        if not whole:
            drawing.cut["service"] = None
        right -= font(Weight.BOLD, size).width(text) + 2 * pad
        drawing.canvas.fill(Box(right, box.top, box.right, box.bottom))
        drawing.canvas.text(text, right + pad, box.top + (box.height - size) // 2, Weight.BOLD, size, PAPER)
    drawing.line("carrier", words.carrier, Box(box.left + pad, box.top, right - pad, box.bottom), Weight.BOLD, 8, 4)


def copy_mark(drawing: Drawing, copy: int) -> None:
    """The mark of a label that may be the second one on a parcel; nobody must overlook it."""
    box = drawing.frame.copy
    if box is None:
        return
    dots = drawing.frame.scale.dots
    drawing.canvas.fill(box)
    drawing.canvas.outline(box.inset(dots(0.8)), dots(0.4), PAPER)
    drawing.line("copy", f"COPY {copy} / 补打 {copy}", box.inset(dots(3), dots(1)), Weight.BOLD, 7.2, 3, ink=PAPER, at=0.5)


def sort_codes(drawing: Drawing, words: Content) -> None:
    """The carrier's sort codes (大头笔, 三段码), as large as they all fit. Raises `Hold` rather than cut one."""
    box = drawing.frame.sort
    if box is None:
        return
    scale = drawing.frame.scale
    gap = scale.dots(3)
    room = box.width - 2 * gap * len(words.sort_codes)
    size = typeset.shrunk("".join(words.sort_codes), Weight.BOLD, room, scale.dots(11), scale.exact(3))
    if size is None:
        raise Hold(
            f"the carrier's {len(words.sort_codes)} sort codes do not fit on one line of the label at 3 mm: "
            "choose larger labels, or ask the carrier for its own artwork",
            code="label-overflow",
        )
    widths = [font(Weight.BOLD, size).width(code) for code in words.sort_codes]
    spare = (box.width - sum(widths)) // len(widths)
    left = box.left
    for at, (code, taken) in enumerate(zip(words.sort_codes, widths, strict=True)):
        if at:
            drawing.canvas.down(left, box.top, box.bottom, scale.dots(0.25))
        drawing.canvas.text(code, left + spare // 2, box.top + (box.height - size) // 2, Weight.BOLD, size)
        left += taken + spare


def barcode(drawing: Drawing, number: str) -> None:
    """The waybill number as Code 128, at the widest module that leaves both quiet zones free, and in figures below."""
    scale = drawing.frame.scale
    box = drawing.frame.barcode.inset(scale.dots(LINE_MM), 0)
    modules = symbols.code_128(number)
    needed = modules.width + 2 * symbols.CODE_128_QUIET_MODULES
    dots = min(box.width // needed, int(_WIDEST_MODULE_MM * scale.dots_per_mm))
    if dots < NARROWEST_MODULE_MM * scale.dots_per_mm - _ROUNDING:
        raise Hold(
            f"the waybill number's bar code has {needed} modules with its quiet zones and does not fit into "
            f"{box.width / scale.dots_per_mm:.0f} mm at {NARROWEST_MODULE_MM} mm a module, so that no scanner would "
            "read it: choose wider labels or a shorter number",
            code="barcode-too-wide",
        )
    bars = symbols.enlarged(modules, dots, scale.exact(BAR_HEIGHT_MM))
    top = box.top + scale.dots(2.6)
    drawing.canvas.stamp(bars, box.left + (box.width - bars.width) // 2, top)
    low = Box(box.left, top + bars.height, box.right, box.bottom).inset(scale.dots(3), 0)
    drawing.line("number", symbols.grouped(number), low, Weight.BOLD, 5.2, 2.4, at=0.5)


def consignee(drawing: Drawing, words: Content) -> None:
    """Who gets the parcel, in the largest type of the label."""
    scale = drawing.frame.scale
    box = drawing.frame.consignee.inset(scale.dots(2.5), scale.dots(1.5))
    for line in typeset.consignee(words, box, scale):
        drawing.canvas.text(line.text, line.left, line.top, line.weight, line.size)


def sender(drawing: Drawing, words: Content) -> None:
    """Who sends it, small: name and phone, then the address on at most two lines."""
    dots = drawing.frame.scale.dots
    box = drawing.frame.sender.inset(dots(1.8), dots(1.2))
    third = box.height // 3
    drawing.line("sender", words.sender, Box(box.left, box.top, box.right, box.top + third), Weight.BOLD, 2.9, 2.2)
    paragraph(drawing, "sender address", words.sender_address, Box(box.left, box.top + third, box.right, box.bottom), 2)


def paragraph(drawing: Drawing, name: str, text: str, box: Box, most: int) -> None:
    """Small text on at most `most` lines that share the height of `box`; the rest is cut with an ellipsis."""
    row = box.height // most
    size = min(drawing.frame.scale.dots(2.7), row)
    dots = typeset.measure(Weight.REGULAR, size)
    lines = typeset.paragraph_lines(text, box.width, dots, most)
    if lines.cut:
        drawing.cut[name] = None
    for at, line in enumerate(lines.lines):
        drawing.canvas.text(line, box.left, box.top + at * row + (row - size) // 2, Weight.REGULAR, size)


def serial(drawing: Drawing, text: str, words: Content) -> None:
    """The print serial as QR code and in letters, and the label's place in its batch."""
    dots = drawing.frame.scale.dots
    box = drawing.frame.serial.inset(dots(LINE_MM))
    if words.sequence:
        last = Box(box.left, box.bottom - dots(9), box.right, box.bottom)
        drawing.canvas.across(last.top, drawing.frame.serial.left, box.right, dots(0.25))
        drawing.line("sequence", words.sequence, last.inset(dots(1.5), 0), Weight.BOLD, 5.4, 2.4, at=0.5)
        box = Box(box.left, box.top, box.right, last.top)
    letters = dots(_SERIAL_MM) + dots(1)
    picture, quiet = _qr(drawing, text, min(box.width, box.height - letters))
    top = box.top + (box.height - picture.height - 2 * quiet - letters) // 2
    drawing.canvas.stamp(picture, box.left + (box.width - picture.width) // 2, top + quiet)
    top += picture.height + 2 * quiet
    drawing.line(
        "serial", text, Box(box.left, top, box.right, top + dots(_SERIAL_MM)).inset(dots(1), 0),
        Weight.REGULAR, _SERIAL_MM, 1.9, at=0.5,
    )  # fmt: skip


def _qr(drawing: Drawing, text: str, side: int) -> tuple[Image.Image, int]:
    """The enlarged symbol and its quiet zone in dots, both together within `side`. Raises `Hold` when it gets too fine."""
    scale = drawing.frame.scale
    modules = symbols.qr(text)
    needed = modules.width + 2 * symbols.QR_QUIET_MODULES
    dots = min(side, scale.dots(_QR_SIDE_MM)) // needed
    if dots < NARROWEST_MODULE_MM * scale.dots_per_mm - _ROUNDING:
        raise Hold(
            f"the print serial's QR code has {needed} modules with its quiet zone and does not fit into "
            f"{side / scale.dots_per_mm:.0f} mm at {NARROWEST_MODULE_MM} mm a module: "
            "choose larger labels or a shorter serial",
            code="barcode-too-wide",
        )
    return symbols.enlarged(modules, dots), symbols.QR_QUIET_MODULES * dots
