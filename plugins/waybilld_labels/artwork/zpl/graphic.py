"""The picture of a `^GF`: unpacked from every form that is published, checked against its counts, and packed anew.

Sources: Zebra ZPL II Programming Guide, `^GF`; "Alternative Data Compression Scheme" (G to Y repeat the next digit 1 to 19
times, g to z 20 to 400 times; `,` fills the row with zeros, `!` with ones, `:` repeats the row above); "ZB64 Encoding and
Compression" (`:B64:` or `:Z64:`, Base64, `:` and CRC-16 with polynomial 0x1021 and start 0 over the Base64 text).
"""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from dataclasses import dataclass

from waybilld_labels.languages import zpl_ascii

MOST_BYTES = 2 << 20
"""All pictures of a label: 4 x 6 in at 600 dpi are 1.1 million."""

_HEAD = re.compile(rb"\s*([ABC])\s*,\s*(\d{1,8})\s*,\s*(\d{1,8})\s*,\s*(\d{1,8})\s*,", re.IGNORECASE)
_BLANK = re.compile(rb"\s+")
_WRAPPED = re.compile(rb":(B64|Z64):([A-Za-z0-9+/]*={0,2}):([0-9A-Fa-f]{4})")
_PACKED = re.compile(rb"([0-9A-Fa-f]+)|([G-Yg-z]+)([0-9A-Fa-f])|([,!:])")


class Broken(Exception):
    """A picture that cannot be taken; the message is what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Bitmap:
    """A picture: `stride` bytes a row, the leftmost dot in the highest bit, 1 is ink."""

    rows: bytes
    stride: int

    @property
    def width(self) -> int:
        """Dots across, the padding of the rows included."""
        return self.stride * 8

    @property
    def ink_width(self) -> int:
        """The same without the white padding of the last byte: 812 dots are sent as 816."""
        last = 0
        for byte in self.rows[self.stride - 1 :: self.stride]:
            last |= byte
        return self.width - (8 if not last else (last & -last).bit_length() - 1)

    @property
    def height(self) -> int:
        """Dots down."""
        return len(self.rows) // self.stride

    def parameters(self) -> bytes:
        """Everything behind `^GF`, in ASCII compression: printers and clones of every age read it, and no byte of it can be
        taken for a command."""
        size = len(self.rows)
        return b"A,%d,%d,%d,%b" % (size, size, self.stride, zpl_ascii.compressed(self.rows, self.stride))


def bitmap(data: bytes, room: int) -> Bitmap:
    """The picture of everything behind `^GF`, of `room` bytes at most. Raises `Broken`."""
    head = _HEAD.match(data)
    if head is None:
        raise Broken("its counts cannot be read")
    form, (sent, size, stride) = head[1].upper(), (int(digits) for digits in head.groups()[1:])
    if form == b"C":
        raise Broken("its compression is published nowhere, so that nobody can say how large it is")
    if not 0 < stride <= size or size % stride:
        raise Broken(f"its {size} bytes are no whole rows of {stride}")
    if size > room:
        raise Broken(f"the label's pictures would have more than {MOST_BYTES} bytes")
    rest = data[head.end() :]
    if form == b"B":
        rows, after = rest[:sent], rest[sent:]
        if after.strip():
            raise Broken("something stands behind its bytes")
    else:
        text = _BLANK.sub(b"", rest)
        rows = _unwrapped(text, size) if text.startswith((b":B64:", b":Z64:")) else _digits(text, size, stride)
    if len(rows) != size:
        raise Broken(f"it promises {size} bytes and has {'more' if len(rows) > size else len(rows)}")
    return Bitmap(rows, stride)


def _unwrapped(text: bytes, size: int) -> bytes:
    """The bytes of `:B64:` or `:Z64:`, one more than `size` where there are more."""
    found = _WRAPPED.fullmatch(text)
    if found is None:
        raise Broken("its Base64 cannot be read")
    if int(found[3], 16) != binascii.crc_hqx(found[2], 0):
        raise Broken("its check sum is wrong: it was damaged on the way")
    try:
        plain = base64.b64decode(found[2], validate=True)
        if found[1] == b"B64":
            return plain
        stream = zlib.decompressobj()
        rows = stream.decompress(plain, size + 1)
    except (ValueError, zlib.error) as error:
        raise Broken("it does not unpack") from error
    return rows if stream.eof or len(rows) > size else b""


def _digits(text: bytes, size: int, stride: int) -> bytes:
    """The bytes of hex digits with or without ASCII compression. A run may go on in the next row."""
    out, row, most, at = bytearray(), stride * 2, size * 2, 0
    while at < len(text):
        found = _PACKED.match(text, at)
        if found is None:
            raise Broken("its digits cannot be read")
        at = found.end()
        if found[1]:
            out += found[1]
        elif found[2]:
            out += found[3] * _count(found[2], most)
        elif found[4] != b":":
            out += (b"0" if found[4] == b"," else b"F") * (row - len(out) % row)
        elif len(out) % row or not out:
            raise Broken("it repeats a row where none is whole")
        else:
            out += out[-row:]
        if len(out) > most:
            raise Broken(f"it promises {size} bytes and has more")
    if len(out) % 2:
        raise Broken("it ends with half a byte")
    return bytes.fromhex(out.decode("ascii"))


def _count(letters: bytes, most: int) -> int:
    """How often the letters repeat the digit behind them; not much more than `most`, whatever they say."""
    total = sum(letter - 70 if letter < 97 else (letter - 102) * 20 for letter in letters[: most + 1])
    return min(total, most + 1)
