"""Cuts a carrier's ZPL into commands, each with the byte at which it begins. Nothing in it is believed.

Source of every rule: Zebra ZPL II Programming Guide, "Format and Control Commands" (`^` begins a format command, `~` one
that acts at once, even inside of data), and the pages of `^XA` and `^FS` (the control characters STX, ETX and SI stand for
them, so that no control character is taken), `^GF` (the bytes of its binary forms are counted) and "SGD Command Overview".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from waybilld_sdk.errors import Hold

MOST_BYTES = 4 << 20
"""A 4 x 6 in label at 600 dpi as one graphic in hex digits has 2.2 million."""

MOST_COMMANDS = 6000
"""Labels of large carriers have 300 to 600."""

AT_ONCE = "it acts at once, on every job in the printer"
"""Why no `~` command is let through."""

DESIGNER_HEADER = b"CT~~CD,~CC^~CT~"
"""What ZebraDesigner and the Windows drivers write before the first label: the prefix characters set to what they are in
any case. It does nothing here, and is passed over; prefixes that are set to anything else are refused."""

_NAME = re.compile(rb"\^(A@|A|[B-Z][A-Z0-9])", re.IGNORECASE)
_PREFIX = re.compile(rb"[\^~]")
_COUNTED = re.compile(rb"([BC]),(\d{1,8}),\d{1,8},\d{1,8},", re.IGNORECASE)
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_SGD = re.compile(rb"!\s*U1", re.IGNORECASE)
"""However far apart and whatever follows: readers differ in what they pass over before and behind it."""
_LINE_BREAKS = re.compile(rb"[\r\n]+")


@dataclass(frozen=True, slots=True)
class Command:
    """One format command: its name in upper case without the `^`, and every byte from there to the next command.

    The name of `^A0N` is `A`: its font letter is the first parameter.
    """

    at: int
    name: str
    data: bytes


def commands(body: bytes) -> Iterator[Command]:
    """Every command of a file, in its order. Raises `Hold` at the first byte that can be none."""
    if len(body) > MOST_BYTES:
        raise unusable(f"has {len(body)} bytes, and {MOST_BYTES} are taken", "ask the carrier for a smaller one")
    header = len(DESIGNER_HEADER) if body.startswith(DESIGNER_HEADER) else 0
    first = _PREFIX.search(body, header)
    at = first.start() if first else len(body)
    _plain(body, header, at)
    stray = re.compile(rb"\S").search(body, header, at)
    if stray is not None:
        raise refused(_name_at(body, stray.start()), stray.start(), "it stands outside of a label")
    for _ in range(MOST_COMMANDS):
        if at >= len(body):
            return
        found = _one(body, at)
        yield found
        at += 1 + len(found.name) + len(found.data)
    if at < len(body):
        raise unusable(f"has more than {MOST_COMMANDS} commands", "ask the carrier for the label alone")


def _one(body: bytes, at: int) -> Command:
    match = _NAME.match(body, at)
    if match is None:
        why = AT_ONCE if body[at : at + 1] == b"~" else "no such command is known"
        raise refused(_name_at(body, at), at, why)
    name, start = match[1].decode("ascii").upper(), match.end()
    counted = _COUNTED.match(body, start) if name == "GF" else None
    plain = start if counted is None else counted.end() + int(counted[2])
    if plain > len(body):
        raise refused("^GF", at, "it promises more bytes than the file has")
    after = _PREFIX.search(body, plain)
    end = after.start() if after else len(body)
    _plain(body, plain, end)
    return Command(at, name, body[start:end])


def _plain(body: bytes, start: int, end: int) -> None:
    """No control character and nothing of the printer's other language in a stretch of the file."""
    control = _CONTROL.search(body, start, end)
    if control is not None:
        raise refused(f"the control character {control[0][0]:02X}h", control.start(), "a printer may act on it")
    # Also where a line break stands in it: breaks are taken out of a field's text.
    if _SGD.search(_LINE_BREAKS.sub(b"", body[start:end])) is not None:
        raise refused("! U1", max(start, body.find(b"!", start, end)), "it changes the printer's settings")


def _name_at(body: bytes, at: int) -> str:
    """What stands at a byte, in a few printable characters: never as much as a name or a number would be."""
    return "".join(chr(byte) if 0x20 < byte < 0x7F else "?" for byte in body[at : at + 3]) or "nothing"


def refused(name: str, at: int, why: str) -> Hold:
    """The error for a command, named with its place."""
    return Hold(
        f"the carrier's ZPL has {name} at byte {at}, which is not let through: {why}: "
        "ask the carrier for labels without it, or for PDF",
        code="artwork-commands",
    )


def unusable(what: str, todo: str) -> Hold:
    """The error for a file that is no label."""
    return Hold(f"the carrier's ZPL {what}: {todo}", code="artwork-unusable")
