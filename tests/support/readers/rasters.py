"""ESC/POS, PWG raster and PDF."""

from __future__ import annotations

import re
import struct
import zlib

from support.readers.pixels import Cursor, Pixels, Refused, Sheet


def escpos(data: bytes, width: int) -> Pixels:
    """Epson command reference: ESC @, GS ( D that turns both real-time commands off, strips of GS v 0, GS V B 0."""
    at = Cursor(data)
    at.take(rb"\x1b@\x1d\(D\x05\x00\x14\x01\x00\x02\x00")
    strips = []
    while at.look(rb"\x1dv0"):
        size = at.take(rb"\x1dv0\x00(..)(..)")
        stride, rows = (int.from_bytes(pair, "little") for pair in size.groups())
        if rows > 200 or not rows:
            raise Refused(f"a strip of {rows} rows")
        strips.append((stride, at.bytes(stride * rows)))
    at.take(rb"\x1dVB\x00")
    at.end()
    sheet = Sheet(width, sum(len(strip) // stride for stride, strip in strips))
    top = 0
    for stride, strip in strips:
        sheet.band(top, strip, stride)
        top += len(strip) // stride
    return sheet.pixels()


def pwg(data: bytes) -> Pixels:
    """PWG 5102.4: sync word, a header of 1796 bytes with zeros wherever nothing is defined, lines."""
    if data[:4] != b"RaS2":
        raise Refused("no sync word")
    header = data[4:1800]
    known = {at: struct.unpack_from(">I", header, at)[0] for at in (276, 280, 340, 352, 356, 372, 376, 384, 388, 392, 400)}
    blank = bytearray(header)
    for at in (*known, 420, 452, 456, 460):
        blank[at : at + 4] = bytes(4)
    if bytes(blank[:64]) != b"PwgRaster".ljust(64, b"\0") or any(blank[64:]):
        raise Refused("a header field that must be empty is not")
    if (known[340], known[384], known[388], known[400]) != (1, 1, 1, 3):
        raise Refused("not one copy of one bit of black")
    sheet = Sheet(known[372], known[376])
    stride = known[392]
    at, top = 1800, 0
    while top < sheet.height:
        line, repeat, at = _line(data, at, stride)
        sheet.band(top, line * repeat, stride)
        top += repeat
    if at != len(data):
        raise Refused(f"byte {at}: more than the page")
    return sheet.pixels()


def _line(data: bytes, at: int, stride: int) -> tuple[bytes, int, int]:
    repeat, line = _byte(data, at) + 1, b""
    at += 1
    while len(line) < stride:
        code = _byte(data, at)
        if code <= 127:
            line += data[at + 1 : at + 2] * (code + 1)
            at += 2
        elif code == 128:
            raise Refused(f"byte {at}: a line that is cleared to its end")
        else:
            line += data[at + 1 : at + 1 + 257 - code]
            at += 1 + 257 - code
    if len(line) != stride or at > len(data):
        raise Refused(f"byte {at}: a run goes over the end of its line")
    return line, repeat, at


def _byte(data: bytes, at: int) -> int:
    if at >= len(data):
        raise Refused(f"byte {at}: the file ends inside the page")
    return data[at]


def pdf(data: bytes) -> Pixels:
    """ISO 32000-1: five objects, a table that points at each, one picture and nothing that acts."""
    if re.search(rb"/(JS|JavaScript|AA|OpenAction|Launch|URI|EmbeddedFile|Annots)\b", data.split(b"stream\n")[0]):
        raise Refused("something that acts")
    objects = re.findall(rb"(\d+) 0 obj(<<.*?>>)(?:stream\n(.*?)\nendstream)?\nendobj\n", data, re.DOTALL)
    if [number for number, _, _ in objects] != [b"1", b"2", b"3", b"4", b"5"]:
        raise Refused("not five objects")
    table = re.search(rb"xref\n0 6\n0000000000 65535 f \n((?:\d{10} 00000 n \n){5})trailer<</Size 6/Root 1 0 R>>\n", data)
    if table is None or not data.endswith(b"%%EOF\n"):
        raise Refused("no table of objects")
    for number, start in enumerate(re.findall(rb"(\d{10}) 00000 n", table[1]), 1):
        if not data[int(start) :].startswith(b"%d 0 obj" % number):
            raise Refused(f"the table points beside object {number}")
    picture = re.fullmatch(
        rb"<</Type/XObject/Subtype/Image/Width (\d+)/Height (\d+)/ColorSpace/DeviceGray/BitsPerComponent 1"
        rb"/Filter/FlateDecode/Length (\d+)>>",
        objects[4][1],
    )
    if picture is None or int(picture[3]) != len(objects[4][2]):
        raise Refused("the picture is not what it says")
    width, height, _ = map(int, picture.groups())
    stride = (width + 7) // 8
    light = zlib.decompress(objects[4][2])
    if len(light) != stride * height:
        raise Refused("the picture has another size")
    sheet = Sheet(width, height)
    sheet.band(0, light, stride, ink="0")
    return sheet.pixels()
