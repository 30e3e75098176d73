"""A strict reader of the one kind of ZPL format that the encoder may write, made from the manual and nothing else.

It knows every command that is allowed, in its order, and refuses everything else; it shares no line with the encoder. A
carrier's own commands may stand before our graphics only, and only where they are asked for; where they stand, white is put
over everything outside of one box before anything of ours is drawn.
"""

from __future__ import annotations

import base64

from support.readers.pixels import Cursor, Pixels, Refused, Sheet, inflated
from waybilld_sdk.labels import PrinterSettings

_SIGNED = r"(?:0|-?[1-9]\d{0,3})"
_COUNT = r"[1-9]\d{0,4}"
_PREAMBLE = {
    "XA": "", "CI": "28", "MU": "d", "MN": "[YMN]", "MM": "[TPCR]", "PO": "[NI]", "PM": "N", "LR": "N",
    "LH": "0,0", "LS": _SIGNED, "LT": _SIGNED, "PW": _COUNT, "LL": _COUNT, "PR": r"[1-9]|1[0-4]", "MD": "0", "PQ": r"1\n",
}  # fmt: skip
"""The commands before the first graphic, in their order, with what each may say."""
_OPTIONAL = {"MM", "PR", "MD"}
FRAME = tuple(name for name in _PREAMBLE if name not in _OPTIONAL)
"""The commands before the first graphic, where the printer's settings say nothing."""
_CONTROL = rb"(~SD(?:[0-2]\d|30))?(?=\^XA)"
_MOST_BYTES = 24_000


def tokens(body: bytes) -> tuple[str, list[tuple[str, str]]]:
    """(control command before the format, [(command, arguments)]). Every byte belongs to exactly one token."""
    at = Cursor(body)
    control = at.take(_CONTROL)[0].decode()
    commands = []
    while at.look(rb"\^"):
        name, arguments = at.take(rb"\^([A-Z]{2})([^\^~\x00-\x09\x0b-\x1f\x7f-\xff]*)").groups()
        commands.append((name.decode(), arguments.decode()))
    at.end()
    return control, commands


_TEXT = rb"[^\^~\x00-\x1f\x7f]*"
_PLAIN = rb"[A-Z0-9,.\\/-]{0,60}"
_MARK = rb"[^\^~\x00-\x20\x7f-\xff,A-Za-z0-9]?"
_FOREIGN = {
    **dict.fromkeys(("A", "BY", "CF", "CI", "FB", "FO", "FP", "FT", "FW", "LH", "LR", "TB"), _PLAIN),
    **{f"G{letter}": _PLAIN for letter in "BCDES"},
    **{f"B{letter}": _PLAIN for letter in "012345789ABCDEFIJKLMOPQRSTUZ"},
    "BX": _PLAIN.replace(b"{0,60}", b"{0,40}") + rb"(?:,%b(?:,[12])?)?" % _MARK, "FH": _MARK, "FD": _TEXT, "FV": _TEXT,
    "A@": rb"[NRIB]?,\d*,\d*,(?:[BERZ]:)?[A-Z0-9_]{1,16}\.(?:TTF|TTE|FNT)", "FS": b"", "FR": b"",
}  # fmt: skip
"""What a carrier's part may hold besides `^GF`: names, and characters that can be nothing but parameters or data."""
_POWER_UP = rb"\^CI0\^CFA,9,5\^BY2,3,10\^FWN,0\^LRN"
"""What every sticky command of a carrier's part is after power-up: the manual, their pages."""


def read(body: bytes) -> tuple[dict[str, str], Pixels]:
    """(arguments of the preamble's commands, the page) of exactly one format, with our pixels alone."""
    preamble, page, foreign, _ = read_carrier(body)
    if foreign is not None:
        raise Refused(0, "a carrier's commands where only pixels are due")
    return preamble, page


def read_carrier(body: bytes) -> tuple[dict[str, str], Pixels, list[tuple[str, bytes]] | None, list[Rectangle]]:
    """The same, the carrier's commands between what is set before and after them (None where there is no such part), and
    what is wiped white behind them."""
    at = Cursor(body)
    preamble = {"~SD": at.take(_CONTROL)[0].decode()}
    for name, arguments in _PREAMBLE.items():
        if name not in _OPTIONAL or at.look(rb"\^%b" % name.encode()):
            preamble[name] = at.take(rb"\^%b(%b)(?=\^)" % (name.encode(), arguments.encode()))[1].decode()
    sheet = Sheet(int(preamble["PW"]), int(preamble["LL"]))
    foreign = _carrier(at) if at.look(_POWER_UP) else None
    wiped = []
    while foreign is not None and at.look(rb"\^FO\d+,\d+,0\^GB"):
        wiped.append(_white(at, sheet))
    if foreign is None:
        _graphic(at, sheet)
    while at.look(rb"\^FO"):
        _graphic(at, sheet)
    at.take(rb"\^XZ")
    at.end()
    return preamble, sheet.pixels(), foreign, wiped


Rectangle = tuple[int, int, int, int]
"""Left, top, width and height in dots."""


def _white(at: Cursor, sheet: Sheet) -> Rectangle:
    """A filled white box within the page: as thick as its shorter side."""
    began = at.at
    x, y, wide, high, thick = at.numbers(rb"\^FO(\d+),(\d+),0\^GB(\d+),(\d+),(\d+),W,0\^FS\n")
    if thick != min(wide, high) or not thick or x + wide > sheet.width or y + high > sheet.height:
        raise Refused(began, "a white box that is not filled or leaves the page")
    return x, y, wide, high


def _carrier(at: Cursor) -> list[tuple[str, bytes]]:
    """One command after the other until everything is set back: what is not known here must not be there."""
    at.take(_POWER_UP)
    found = []
    while not at.look(rb"\^LH0,0%b\^CI28\n" % _POWER_UP):
        began = at.at
        name = at.take(rb"\^(A@|A|[B-Z][A-Z0-9])")[1].decode()
        if name == "GF":
            sent, total, stride = at.numbers(rb"A,(\d+),(\d+),(\d+),")
            data = at.take(rb"[0-9A-Fg-zG-Y,!:]+")[0]
            if sent != total or len(_acs(data.decode(), stride, began)) != total:
                raise Refused(began, "a picture whose counts are wrong")
        elif name in _FOREIGN:
            data = at.take(_FOREIGN[name] + rb"(?=\^)")[0]
        else:
            raise Refused(began, f"^{name} has no place in a carrier's part")
        found.append((name, data))
    at.take(rb"\^LH0,0%b\^CI28\n" % _POWER_UP)
    return found


def pixels(body: bytes, settings: PrinterSettings) -> Pixels:
    """The page of exactly one format that says `settings`, and no other, to the printer, and leaves nothing to `^LS`,
    `^LT` and `^PO`."""
    preamble, page = read(body)
    dark, speed = settings.darkness, settings.speed_ips
    due = {
        "~SD": "" if dark is None else f"~SD{dark:02d}", "LS": "0", "LT": "0", "PO": "N",
        "PR": None if speed is None else str(speed), "MD": None if dark is None else "0",
        "MN": {None: "Y", "gap": "Y", "mark": "M", "continuous": "N"}[settings.sensing],
        "MM": {None: None, "tear": "T", "peel": "P", "cut": "C", "rewind": "R"}[settings.media_mode],
    }  # fmt: skip
    said = {name: preamble.get(name) for name in due}
    if said != due:
        raise Refused(0, f"the format says {said} and should say {due}")
    return page


def _graphic(at: Cursor, sheet: Sheet) -> None:
    (top,) = at.numbers(rb"\^FO0,(\d+),0(?=\^)")
    sent, total, stride = at.numbers(rb"\^GFA,(\d+),(\d+),(\d+),")
    if sent != total or total > _MOST_BYTES:
        raise at.refuse(f"a graphic of {sent} and {total} bytes")
    began = at.at
    data = at.take(rb":Z64:[A-Za-z0-9+/]+={0,2}:[0-9A-F]{4}|[0-9A-Fg-zG-Y,!:]+")[0]
    at.take(rb"\^FS\n")
    plain = _z64(data, total, began) if data.startswith(b":Z64:") else _acs(data.decode(), stride, began)
    if len(plain) != total:
        raise Refused(began, f"{total} bytes were promised and {len(plain)} are there")
    sheet.band(began, top, plain, stride)


def crc16_xmodem(data: bytes) -> int:
    """CRC-16 bit by bit: polynomial 0x1021, start 0, no reflection."""
    register = 0
    for byte in data:
        register ^= byte << 8
        for _ in range(8):
            register = (register << 1 ^ 0x1021 if register & 0x8000 else register << 1) & 0xFFFF
    return register


def _z64(data: bytes, size: int, at: int) -> bytes:
    encoded, crc = data[5:-5], data[-4:]
    if int(crc, 16) != crc16_xmodem(encoded):
        raise Refused(at, "the CRC is wrong")
    try:
        packed = base64.b64decode(encoded, validate=True)
    except ValueError as error:
        raise Refused(at, f"no Base64: {error}") from error
    return inflated(packed, size, at)


def _acs(data: str, stride: int, at: int) -> bytes:
    """The programming guide's letters, one by one: a count may be made of several letters, a row ends when it is full."""
    rows: list[str] = []
    row, count = "", 0
    for offset, letter in enumerate(data, at):
        if letter in "0123456789ABCDEF":
            row, count = row + letter * (count or 1), 0
        elif "G" <= letter <= "Y":
            count += ord(letter) - ord("F")
        elif "g" <= letter <= "z":
            count += (ord(letter) - ord("f")) * 20
        elif count:
            raise Refused(offset, "a count without its digit")
        elif letter != ":":
            row = row.ljust(stride * 2, {",": "0", "!": "F"}[letter])
        elif row or not rows:
            raise Refused(offset, "a repeat without a row above, or inside a row")
        else:
            row = rows[-1]
        if len(row) > stride * 2:
            raise Refused(offset, "a run goes over the end of its row")
        if len(row) == stride * 2:
            rows.append(row)
            row = ""
    if row or count:
        raise Refused(at + len(data), "the last row is not whole")
    return bytes.fromhex("".join(rows))
