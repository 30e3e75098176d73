"""The questions put to a Zebra printer and the parsing of its answers. Pure; bytes may come in any pieces.

Sources: Zebra ZPL II Programming Guide, `~HS` (three strings of 12, 11 and 2 fields, each STX ... ETX CR LF); SGD
`device.host_status` (the same without STX and ETX, quoted), `device.unique_id`, `device.uptime`,
`odometer.total_label_count`; "JSON (JavaScript Object Notation)": port 9200 takes JSON only, `{}{"name":null}`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Generic, TypeVar

from waybilld_printers.probes.zebra.observation import HostStatus, Observation
from waybilld_sdk.plain import plain

ANSWER_LIMIT = 8192
"""Bytes; a device that says more than this to one question is not understood."""

_NAMES: Final = ("device.unique_id", "odometer.total_label_count", "device.uptime", "device.host_status")
# The host status comes last: it is the one that a faulty device may leave unanswered.
_QUOTED = re.compile(rb'"([^"]*)"')
_FRAME = re.compile(rb"\x02([^\x02\x03]*)\x03")
_FIELD_COUNTS = (12, 11, 2)
_WORDS = re.compile(r"[0-9]+|[^\W\d_]+", re.ASCII)
_UNITS_S: Final = {"day": 86_400, "hour": 3600, "min": 60, "sec": 1}
_LONGEST_UPTIME, _MOST_UPTIME_DIGITS = 80, 9
_LONGEST_SERIAL = 64
_MOST_DIGITS = 15
"""More digits than anything that a printer counts, and fewer than 2**53 has; what has more is no number."""


class Garbled(ValueError):
    """An answer that is not of the documented form; the message says where it departs from it."""


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Dialect(Generic[T]):
    """One way to ask. `read` gives what was asked for once the answer is whole, else None.

    `rest` makes the best of an answer that stopped short: what was said counts, the rest was not answered.
    """

    name: str
    question: bytes
    read: Callable[[bytes], T | None]
    rest: Callable[[bytes], T]


# A device says the same thing over and over.
@lru_cache(maxsize=256)
def parse_host_status(lines: tuple[str, ...]) -> HostStatus:
    """The three strings of `~HS` without framing. Raises `Garbled` when a field is missing, extra or not a number."""
    if len(lines) != len(_FIELD_COUNTS):
        raise Garbled(f"a host status has 3 strings, this one has {len(lines)}")
    rows: list[list[int]] = []
    for number, (line, expected) in enumerate(zip(lines, _FIELD_COUNTS, strict=True), 1):
        cells = line.split(",")
        if len(cells) != expected:
            raise Garbled(f"string {number} of a host status has {expected} fields, this one has {len(cells)}")
        # The third string holds the password, which is nobody's business, and the kind of memory.
        rows.append([_number(cell, number) for cell in cells] if number < 3 else [])
    first, second, _ = rows
    return HostStatus(
        paper_out=bool(first[1]),
        paused=bool(first[2]),
        formats=first[4],
        buffer_full=bool(first[5]),
        diagnostic=bool(first[6]),
        partial=bool(first[7]),
        ram_corrupt=bool(first[9]),
        under_temperature=bool(first[10]),
        over_temperature=bool(first[11]),
        head_open=bool(second[2]),
        ribbon_out=bool(second[3]),
        label_waiting=bool(second[7]),
        remaining=second[8],
    )


def parse_uptime(text: str) -> int | None:
    """Seconds since power on from `00 days 02 hours 45 mins 30 secs` (SGD `device.uptime`); None when not understood."""
    if len(text) > _LONGEST_UPTIME:
        return None
    words = _WORDS.findall(text.lower())
    numbers, units = words[::2], words[1::2]
    places = [place for unit in units for place, name in enumerate(_UNITS_S) if unit.startswith(name)]
    if not words or len(numbers) != len(places) or places != sorted(set(places)):
        return None
    if not all(number.isdigit() and len(number) <= _MOST_UPTIME_DIGITS for number in numbers):
        return None
    sizes = tuple(_UNITS_S.values())
    return sum(int(number) * sizes[place] for number, place in zip(numbers, places, strict=True))


def _number(cell: str, line: int) -> int:
    cell = cell.strip()
    if not (cell.isascii() and cell.isdigit() and len(cell) <= _MOST_DIGITS):
        raise Garbled(f"string {line} of a host status holds {cell[:20]!r} where a number belongs")
    return int(cell)


def _observe(values: Mapping[str, object], flags: HostStatus | None = None) -> Observation:
    """An observation from named values; `?` and everything unusable counts as not answered."""
    serial, count, uptime, status = (text_of(values.get(name)) for name in _NAMES)
    if flags is None and status:
        flags = parse_host_status(tuple(line for line in re.split(r"[\r\n ]+", status) if line))
    countable = count is not None and count.isascii() and count.isdigit() and len(count) <= _MOST_DIGITS
    return Observation(
        serial=plain(serial, _LONGEST_SERIAL) or None if serial else None,
        odometer=int(count) if count is not None and countable else None,
        uptime_s=parse_uptime(uptime) if uptime else None,
        flags=flags,
    )


def text_of(value: object) -> str | None:
    """A value as text without the blanks around it; None for `?`, which is how an unknown name is answered."""
    if not isinstance(value, str) or value.strip() in ("", "?"):
        return None
    return value.strip()


def quoted(data: bytes, names: Sequence[str]) -> dict[str, object]:
    """Values in quotes, in the order of the questions."""
    return dict(zip(names, (value.decode("latin-1") for value in _QUOTED.findall(data)), strict=False))


def _read_getvar(data: bytes) -> Observation | None:
    values = quoted(data, _NAMES)
    return _observe(values) if len(values) == len(_NAMES) else None


_DECODER = json.JSONDecoder(strict=False)


def read_object(data: bytes) -> dict[str, object] | None:
    """The answer to a JSON question once it is whole. Raises `Garbled` for what can be no such answer."""
    text = data.decode("latin-1").lstrip()
    if not text.rstrip().endswith("}"):
        return None
    try:
        answer, _ = _DECODER.raw_decode(text)
    except json.JSONDecodeError:
        return None
    except (ValueError, RecursionError) as error:
        raise Garbled(f"the answer to a JSON question cannot be read ({type(error).__name__})") from error
    if not isinstance(answer, dict):
        raise Garbled("the answer to a JSON question is not an object")
    return answer


def _read_json(data: bytes) -> Observation | None:
    answer = read_object(data)
    return None if answer is None else _observe(answer)


def _frames(data: bytes) -> tuple[str, ...]:
    return tuple(frame.decode("latin-1") for frame in _FRAME.findall(data)[: len(_FIELD_COUNTS)])


def _read_print_port(data: bytes) -> Observation | None:
    frames, values = _frames(data), quoted(_FRAME.sub(b"", data), _NAMES)
    if len(frames) < len(_FIELD_COUNTS) or len(values) < len(_NAMES) - 1:
        return None
    return _observe(values, parse_host_status(frames))


def _rest_print_port(data: bytes) -> Observation:
    frames, values = _frames(data), quoted(_FRAME.sub(b"", data), _NAMES)
    return _observe(values, parse_host_status(frames) if len(frames) == len(_FIELD_COUNTS) else None)


def _read_host_status(data: bytes) -> Observation | None:
    frames = _frames(data)
    return Observation(flags=parse_host_status(frames)) if len(frames) == len(_FIELD_COUNTS) else None


def getvar(name: str) -> str:
    """The question for one SGD variable."""
    return f'! U1 getvar "{name}"\r\n'


JSON = Dialect(
    "json",
    ("{}" + json.dumps(dict.fromkeys(_NAMES), separators=(",", ":"))).encode(),
    _read_json,
    lambda _data: Observation(),
)
"""For port 9200 of Link-OS printers: one object in, one object out."""

GETVAR = Dialect(
    "getvar",
    "".join(map(getvar, _NAMES)).encode(),
    _read_getvar,
    lambda data: _observe(quoted(data, _NAMES)),
)
"""For status ports that speak SGD: quoted values in the order asked."""

PRINT_PORT = Dialect(
    "print-port",
    ("~HS" + "".join(map(getvar, _NAMES[:-1]))).encode(),
    _read_print_port,
    _rest_print_port,
)
"""For the print port while no format is open. `~HS` leads, because an open format would swallow the rest."""

WITHIN_FORMAT = Dialect("within-format", b"~HS", _read_host_status, lambda _data: Observation())
"""For the print port while a format is open: control commands act at once even there, SGD does not."""
