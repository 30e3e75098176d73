"""A strict reader of the one kind of ZPL format that the encoder may write, made from the manual and nothing else.

It knows every command that is allowed, in its order, and refuses everything else; it shares no line with the encoder.
"""

from __future__ import annotations

import base64
import re
import zlib

from support.readers.pixels import Pixels, Refused

ORDER = ("XA", "CI", "MU", "MN", "PO", "PM", "LR", "LH", "LS", "LT", "PW", "LL", "PR", "MD", "PQ", "FO", "GF", "FS", "XZ")
OPTIONAL = {"PR", "MD"}
FRAME = tuple(name for name in ORDER[: ORDER.index("FO")] if name not in OPTIONAL)
"""The commands before the first graphic, where the printer's settings say nothing."""
_ARGUMENTS = {
    "XA": r"", "CI": r"28", "MU": r"d", "MN": r"Y", "PO": r"N", "PM": r"N", "LR": r"N", "LH": r"0,0", "LS": r"-?\d{1,4}",
    "LT": r"-?\d{1,3}", "PW": r"\d+", "LL": r"\d+", "PR": r"\d{1,2}", "MD": r"0", "PQ": r"1\n", "FO": r"0,\d+,0",
    "GF": r"A,\d+,\d+,\d+,(:Z64:[A-Za-z0-9+/]+={0,2}:[0-9A-F]{4}|[0-9A-Fg-zG-Y,!:]+)", "FS": r"\n", "XZ": r"",
}  # fmt: skip


def crc16_xmodem(data: bytes) -> int:
    """CRC-16 bit by bit: polynomial 0x1021, start 0, no reflection."""
    register = 0
    for byte in data:
        register ^= byte << 8
        for _ in range(8):
            register = (register << 1 ^ 0x1021 if register & 0x8000 else register << 1) & 0xFFFF
    return register


def tokens(body: bytes) -> tuple[str, list[tuple[str, str]]]:
    """(control command before the format, [(command, arguments)]). Every byte belongs to exactly one token."""
    text = body.decode("ascii")
    control = re.match(r"(~SD(?:[0-2]\d|30))?(?=\^XA)", text)
    assert control is not None, "the format does not begin with ^XA"
    rest = text[control.end() :]
    assert "~" not in rest
    pieces = rest.split("^")
    assert pieces[0] == ""
    return control[0], [(piece[:2], piece[2:]) for piece in pieces[1:]]


def read(body: bytes) -> tuple[dict[str, str], list[str]]:
    """(arguments of the preamble's commands, rows of pixels with `1` for black) of exactly one format."""
    _, commands = tokens(body)
    names = [name for name, _ in commands]
    assert names[0] == "XA"
    assert names[-1] == "XZ"
    graphics = names.index("FO")
    assert names[:graphics] == [name for name in ORDER[: ORDER.index("FO")] if name in names or name not in OPTIONAL]
    assert names[graphics:-1] == ["FO", "GF", "FS"] * (names.count("GF"))
    for name, arguments in commands:
        assert re.fullmatch(_ARGUMENTS[name], arguments), f"^{name}{arguments[:40]}"
    preamble = dict(commands[:graphics])
    width, height = int(preamble["PW"]), int(preamble["LL"])
    rows = ["0" * width] * height
    filled = 0
    for at in range(graphics, len(commands) - 1, 3):
        top = int(commands[at][1].split(",")[1])
        assert top >= filled, "bands overlap or go upwards"
        filled = _paint(rows, top, commands[at + 1][1])
    return preamble, rows


def _paint(rows: list[str], top: int, arguments: str) -> int:
    _kind, sent, total, stride, data = arguments.split(",", 4)
    assert sent == total
    assert int(total) <= 25_000
    assert int(stride) == (len(rows[0]) + 7) // 8
    width, step = len(rows[0]), int(stride)
    pixels = _z64(data) if data.startswith(":Z64:") else _acs(data, step)
    assert len(pixels) == int(total)
    for y in range(len(pixels) // step):
        bits = f"{int.from_bytes(pixels[y * step : (y + 1) * step]):0{step * 8}b}"
        assert "1" not in bits[width:], "ink in the padding"
        rows[top + y] = bits[:width]
    return top + len(pixels) // step


def _z64(data: str) -> bytes:
    _, scheme, encoded, crc = data.split(":")
    assert scheme == "Z64"
    assert int(crc, 16) == crc16_xmodem(encoded.encode())
    return zlib.decompress(base64.b64decode(encoded, validate=True))


def _acs(data: str, stride: int) -> bytes:
    """The programming guide's letters, one by one: a count may be made of several letters, a row ends when it is full."""
    rows: list[str] = []
    row, count = "", 0
    for letter in data:
        if letter in "0123456789ABCDEF":
            row += letter * (count or 1)
            count = 0
        elif "G" <= letter <= "Y":
            count += ord(letter) - ord("F")
        elif "g" <= letter <= "z":
            count += (ord(letter) - ord("f")) * 20
        elif letter == ":":
            assert row == ""
            assert count == 0
            row = rows[-1]
        else:
            assert count == 0
            row = row.ljust(stride * 2, {",": "0", "!": "F"}[letter])
        assert len(row) <= stride * 2, "a run goes over the end of its row"
        if len(row) == stride * 2:
            rows.append(row)
            row = ""
    assert row == ""
    assert count == 0
    return bytes.fromhex("".join(rows))


def pixels(body: bytes) -> Pixels:
    """The page of exactly one format."""
    try:
        _, rows = read(body)
    except (AssertionError, ValueError, KeyError, IndexError, zlib.error) as error:
        raise Refused(f"ZPL: {error}") from error
    return Pixels(len(rows[0]), len(rows), tuple(rows))
