"""TSPL, CPCL and EPL2: languages of lines, with graphics of a counted length."""

from __future__ import annotations

from support.readers.pixels import Cursor, Pixels, Sheet
from waybilld_sdk.labels import PrinterSettings


def tspl(data: bytes, settings: PrinterSettings) -> Pixels:
    """TSPL/TSPL2 manual: SIZE, DIRECTION, REFERENCE, GAP, SET, SPEED, DENSITY, CLS, BITMAP, PRINT. The size is in mm."""
    at = Cursor(data)
    sheet = Sheet(*_dots(at, settings.dots_per_mm))
    at.take(rb"DIRECTION 0,0\r\nREFERENCE 0,0\r\n")
    if settings.sensing == "continuous":
        at.take(rb"GAP 0 mm,0 mm\r\n")
    if settings.media_mode is not None:
        one = {"tear": b"TEAR ON", "peel": b"PEEL ON", "cut": b"CUTTER 1", "rewind": b"REWIND ON"}[settings.media_mode]
        for word in (b"TEAR", b"PEEL", b"CUTTER", b"REWIND"):
            if not one.startswith(word):
                at.take(rb"SET %b OFF\r\n" % word)
        at.take(rb"SET %b\r\n" % one)
    if settings.speed_ips is not None:
        at.take(rb"SPEED %d\r\n" % settings.speed_ips)
    if settings.darkness is not None:
        at.take(rb"DENSITY (\d|1[0-5])\r\n")
    at.take(rb"CLS\r\n")
    while at.look(b"BITMAP"):
        top, stride, rows = at.numbers(rb"BITMAP 0,(\d+),(\d+),(\d+),0,")
        sheet.band(at.at, top, at.bytes(stride * rows), stride, ink="0")
        at.take(b"\r\n")
    at.take(b"PRINT 1,1\r\n")
    at.end()
    return sheet.pixels()


def _dots(at: Cursor, dots_per_mm: float) -> tuple[int, int]:
    """The paper of `SIZE`, which must be whole dots as nearly as two decimals of a millimetre can say."""
    size = at.take(rb"SIZE ((?:0|[1-9]\d*)\.\d\d) mm,((?:0|[1-9]\d*)\.\d\d) mm\r\n")
    exact = [float(mm) * dots_per_mm for mm in size.groups()]
    if any(abs(dots - round(dots)) > 0.0051 * dots_per_mm for dots in exact):
        raise at.refuse(f"paper of {exact} dots")
    return round(exact[0]), round(exact[1])


def cpcl(data: bytes, width: int, settings: PrinterSettings, graphics: bytes) -> Pixels:
    """CPCL guide: the session line, PAGE-WIDTH, TONE, `graphics` (EG or CG), FORM, PRINT.

    It knows a page's width in whole bytes only.
    """
    at = Cursor(data)
    (height,) = at.numbers(rb"! 0 200 200 (\d+) 1\r\n")
    at.take(rb"PAGE-WIDTH %d\r\n" % (-(-width // 8) * 8))
    if settings.darkness is not None:
        at.numbers(rb"TONE (-?\d{1,3})\r\n")
    sheet = Sheet(width, height)
    while at.look(graphics):
        stride, rows, top = at.numbers(rb"%b (\d+) (\d+) 0 (\d+) " % graphics)
        began = at.at
        if graphics == b"CG":
            band = at.bytes(stride * rows)
        else:
            band = bytes.fromhex(at.take(rb"[0-9A-F]{%d}" % (2 * stride * rows))[0].decode())
        sheet.band(began, top, band, stride)
        at.take(b"\r\n")
    at.take(b"FORM\r\n")
    at.take(b"PRINT\r\n")
    at.end()
    return sheet.pixels()


def epl2(data: bytes) -> Pixels:
    """EPL2 manual: N clears, q and Q give the size, GW the graphics (a 0 bit is ink), P1 prints one."""
    at = Cursor(data)
    width, height = at.numbers(rb"\nN\nq(\d+)\nQ(\d+),24\nZT\n")
    sheet = Sheet(width, height)
    while at.look(b"GW"):
        top, stride, rows = at.numbers(rb"GW0,(\d+),(\d+),(\d+),")
        sheet.band(at.at, top, at.bytes(stride * rows), stride, ink="0")
        at.take(b"\n")
    at.take(b"P1\n")
    at.end()
    return sheet.pixels()
