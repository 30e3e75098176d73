"""TSPL, CPCL and EPL2: languages of lines, with graphics of a counted length."""

from __future__ import annotations

from support.readers.pixels import Cursor, Pixels, Refused, Sheet


def tspl(data: bytes, dots_per_mm: float = 8.0) -> Pixels:
    """TSPL/TSPL2 manual: SIZE, DIRECTION, REFERENCE, SPEED, DENSITY, CLS, BITMAP, PRINT. The paper's size is in mm."""
    at = Cursor(data)
    size = at.take(rb"SIZE (\d+\.\d\d) mm,(\d+\.\d\d) mm\r\n")
    width, height = (round(float(mm) * dots_per_mm) for mm in size.groups())
    at.take(rb"DIRECTION 0,0\r\nREFERENCE 0,0\r\n(SPEED \d{1,2}\r\n)?(DENSITY (\d|1[0-5])\r\n)?CLS\r\n")
    sheet = Sheet(width, height)
    while at.look(b"BITMAP"):
        head = at.take(rb"BITMAP 0,(\d+),(\d+),(\d+),0,")
        top, stride, rows = map(int, head.groups())
        sheet.band(top, at.bytes(stride * rows), stride, ink="0")
        at.take(b"\r\n")
    at.take(b"PRINT 1,1\r\n")
    at.end()
    return sheet.pixels()


def cpcl(data: bytes, width: int) -> Pixels:
    """CPCL guide: the session line, PAGE-WIDTH, TONE, EG or CG, FORM, PRINT. It knows a page's width in whole bytes only."""
    at = Cursor(data)
    height = int(at.take(rb"! 0 200 200 (\d+) 1\r\n")[1])
    wide = int(at.take(rb"PAGE-WIDTH (\d+)\r\n(TONE -?\d{1,3}\r\n)?")[1])
    if wide != -(-width // 8) * 8:
        raise Refused(f"the page is said to be {wide} dots wide")
    sheet = Sheet(width, height)
    while at.look(b"[EC]G"):
        head = at.take(rb"([EC])G (\d+) (\d+) 0 (\d+) ")
        stride, rows, top = (int(number) for number in head.groups()[1:])
        if head[1] == b"C":
            band = at.bytes(stride * rows)
        else:
            band = bytes.fromhex(at.take(rb"[0-9A-F]{%d}" % (2 * stride * rows))[0].decode())
        sheet.band(top, band, stride)
        at.take(b"\r\n")
    at.take(b"FORM\r\nPRINT\r\n")
    at.end()
    return sheet.pixels()


def epl2(data: bytes) -> Pixels:
    """EPL2 manual: N clears, q and Q give the size, GW the graphics (a 0 bit is ink), P1 prints one."""
    at = Cursor(data)
    width = int(at.take(rb"\nN\nq(\d+)\n")[1])
    height = int(at.take(rb"Q(\d+),24\nZT\n")[1])
    sheet = Sheet(width, height)
    while at.look(b"GW"):
        head = at.take(rb"GW0,(\d+),(\d+),(\d+),")
        top, stride, rows = map(int, head.groups())
        sheet.band(top, at.bytes(stride * rows), stride, ink="0")
        at.take(b"\n")
    at.take(b"P1\n")
    at.end()
    return sheet.pixels()
