"""Decodes the data of a ``^GF`` graphic into rows of bits: 1 is black, the leftmost dot is the highest bit.

Written from the manual alone, for this device alone. Sources: Zebra ZPL II Programming Guide, ``^GF`` and "Alternative
Data Compression Scheme" (G to Y repeat the next digit 1 to 19 times, g to z 20 to 400 times; a comma fills the row
with white, ``!`` with black, ``:`` repeats the row above), "ZB64 Encoding and Compression" (CRC-16 with polynomial
0x1021). The CRC starts at 0 and runs over the Base64 text.
"""

import base64
import binascii
import re
import zlib
from dataclasses import dataclass

from waybilld_printers.virtual.label import Bitmap, Refused

GRAPHIC_LIMIT = 8 * 1024 * 1024
"""Bytes of a decoded graphic. The manual says 99999; devices in the field take full labels at 300 dpi."""

_HEADER = re.compile(rb"([ABC]?),(\d*),(\d+),(\d+),", re.IGNORECASE)
_WRAPPED = re.compile(rb"\s*:(B64|Z64):([^:]*):([^:]*)")
_CRC = re.compile(rb"[0-9A-Fa-f]{4}")
_WHITE_SPACE = b" \t\r\n"
_REPEAT = re.compile(rb"(?<![G-Yg-z])([G-Yg-z]+)([0-9A-Fa-f])")
_PLAIN = re.compile(rb"[0-9A-Fa-f]*")
_RUN = re.compile(rb"[0-9A-Fa-f]+|[,!:]")
_UNKNOWN = re.compile(rb"[^0-9A-Fa-f,!:]")


@dataclass(frozen=True, slots=True)
class GraphicField:
    """A ``^GF`` as it was sent: compression, byte counts, bytes per row, data."""

    parameters: bytes

    def decode(self) -> Bitmap:
        return decode(self.parameters)


def decode(parameters: bytes) -> Bitmap:
    """Decode everything after ``^GF``: ``compression,sent,total,bytes per row,data``."""
    header = _HEADER.match(parameters)
    if header is None:
        raise Refused("^GF without its counts")
    kind, total, row_bytes = header[1].upper() or b"A", int(header[3]), int(header[4])
    if not 0 < row_bytes <= total <= GRAPHIC_LIMIT:
        raise Refused("^GF with impossible counts")
    data = parameters[header.end() :]
    if kind == b"C":
        raise Refused("^GFC is not supported")
    if kind == b"B":
        return _fit(data, total, row_bytes)
    wrapped = _WRAPPED.match(data)
    if wrapped:
        return _fit(_unwrap(wrapped[1], wrapped[2], wrapped[3].strip(), total), total, row_bytes)
    return _fit(_hexadecimal(data.translate(None, _WHITE_SPACE), row_bytes, total), total, row_bytes)


def _unwrap(scheme: bytes, text: bytes, crc: bytes, total: int) -> bytes:
    if not _CRC.fullmatch(crc):
        raise Refused("^GF whose CRC is not four hexadecimal digits")
    compact = text.translate(None, _WHITE_SPACE)
    # No source says whether line ends inside the text count; both readings pass.
    if int(crc, 16) not in (binascii.crc_hqx(text, 0), binascii.crc_hqx(compact, 0)):
        raise Refused("^GF with a wrong CRC")
    try:
        data = base64.b64decode(compact, validate=True)
        if scheme == b"Z64":
            unpacker = zlib.decompressobj()
            data = unpacker.decompress(data, total + 1)
            if len(data) <= total and not unpacker.eof:
                raise Refused("^GF whose compressed data is cut off")
    except (binascii.Error, zlib.error) as error:
        raise Refused(f"^GF that cannot be unpacked: {error}") from error
    if len(data) != total:
        relation = "more" if len(data) > total else "fewer"
        raise Refused(f"^GF that unpacks to {relation} than the {total} bytes announced")
    return data


def _fit(data: bytes, total: int, row_bytes: int) -> Bitmap:
    """Cut or fill to whole rows. The manual has surplus data ignored; of missing data it says nothing: white."""
    complaints: tuple[str, ...] = ()
    if len(data) < total:
        complaints = (f"^GF with {len(data)} of {total} bytes",)
    size = total - total % row_bytes
    return Bitmap(row_bytes, data[:size].ljust(size, b"\0"), complaints)


def _hexadecimal(text: bytes, row_bytes: int, total: int) -> bytes:
    if len(text) % 2 == 0 and _PLAIN.fullmatch(text):
        return bytes.fromhex(text.decode())
    if sum(map(_times, _REPEAT.findall(text))) > 2 * total + 800:
        raise Refused("^GF whose repeats are longer than the graphic")
    text = _REPEAT.sub(lambda found: found[2] * _times(found.groups()), text)
    unknown = _UNKNOWN.search(text)
    if unknown:
        raise Refused(f"^GF with an unknown character {unknown[0]!r}")
    return bytes.fromhex(_rows(text, row_bytes * 2, total // row_bytes).decode())


def _times(found: tuple[bytes, ...]) -> int:
    return sum(letter - 70 if letter < 97 else (letter - 102) * 20 for letter in found[0])


def _rows(text: bytes, digits: int, count: int) -> bytes:
    """Digits row by row, with commas, exclamation marks and colons resolved."""
    rows: list[bytes] = []
    current = b""
    for found in _RUN.finditer(text):
        run = found[0]
        if run == b":":
            if current:
                rows.append(current.ljust(digits, b"0"))
                current = b""
            rows.append(rows[-1] if rows else b"0" * digits)
        elif run in b",!":
            rows.append(current.ljust(digits, b"0" if run == b"," else b"F"))
            current = b""
        else:
            run = current + run
            whole = len(run) - len(run) % digits
            rows.extend(run[at : at + digits] for at in range(0, whole, digits))
            current = run[whole:]
        if len(rows) >= count:
            break
    if current:
        rows.append(current.ljust(digits, b"0"))
    return b"".join(rows[:count])
