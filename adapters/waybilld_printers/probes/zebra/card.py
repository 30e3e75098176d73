"""What a Zebra printer tells of itself besides its state: model, firmware, length run, and what its host status leaves out.

Asked now and then, never while a label is under way. Source: Zebra ZPL II Programming Guide, SGD `device.product_name`,
`appl.name`, `odometer.total_print_length` (sample: `8560 INCHES, 21744 CENTIMETERS`) and `zpl.system_status`: pause, error
flag and two groups of error nibbles, warning flag and two groups of warning nibbles, the twin of `~HQES`, whose table names
the nibbles.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Final

from waybilld_printers.probes.card import LONGEST, NO_CARD, Card
from waybilld_printers.probes.signs import Sign, raised
from waybilld_printers.probes.zebra.wire import Dialect, getvar, quoted, read_object, text_of
from waybilld_sdk.plain import plain

_NAMES: Final = ("device.product_name", "appl.name", "odometer.total_print_length", "zpl.system_status")
_MM_PER_CM = 10
_LENGTH = re.compile(r"(\d{1,12})\s{0,4}(?:CENTIMETERS|CM)", re.I | re.ASCII)
_SYSTEM = re.compile(
    r"\s*\d\s*,\s*\d\s*,\s*[0-9a-f]{8}\s*,\s*([0-9a-f]{8})\s*(?:,\s*\d\s*,\s*[0-9a-f]{8}\s*,\s*([0-9a-f]{8})\s*)?",
    re.I | re.ASCII,
)

ERRORS: Final[dict[int, Sign]] = {
    0x0008: Sign(
        "cutter", "media-jam-error", "The cutter is stuck: switch the printer off, take the jam out, switch it on."
    ),
    0x0020: Sign("motor-hot", "other-error", "The motor is too hot; let it cool down."),
    0x0040: Sign(
        "head-element",
        "other-error",
        "The print head has a dead element: labels come out with a line; change it.",
        stops=False,
    ),
    0x0080: Sign(
        "no-head", "other-error", "The printer does not find its print head; switch it off and check the head's cable."
    ),
    0x0100: Sign("firmware", "other-error", "The printer's firmware is not valid; load it again."),
    0x0200: Sign("thermistor", "other-error", "The print head's sensor is broken; change the head."),
    0x1000: Sign("retract-jam", "media-jam-error", "The label jammed on its way back; take it out."),
    0x2000: Sign("presenter", "other-error", "The presenter does not run; switch the printer off and on."),
    0x4000: Sign("feed", "media-jam-error", "The paper does not feed; open the printer and lay it in anew."),
    0x8000: Sign("path", "media-jam-error", "The paper's path is not free; take out what is in it."),
}
"""Errors that `~HS` has no flag for."""

WARNINGS: Final[dict[int, Sign]] = {
    0x8: Sign("media-low", "media-low-warning", "The roll is nearly at its end; have a new one ready.", stops=False),
    0x1: Sign(
        "calibrate",
        "other-warning",
        "The printer wants to be calibrated: hold its FEED button as its manual says.",
        stops=False,
    ),
    0x2: Sign(
        "clean-head", "other-warning", "The print head wants to be cleaned at the next change of the roll.", stops=False
    ),
    0x4: Sign("replace-head", "other-warning", "The print head is worn; have a new one ready.", stops=False),
}


def _card(values: Mapping[str, object]) -> Card:
    model, firmware, length, system = (text_of(values.get(name)) or "" for name in _NAMES)
    run = _LENGTH.search(length)
    flags = _SYSTEM.fullmatch(system)
    signs: tuple[Sign, ...] = ()
    if flags is not None:
        signs = raised(int(flags[1], 16), ERRORS) + raised(int(flags[2] or "0", 16), WARNINGS)
    length_mm = int(run[1]) * _MM_PER_CM if run else None
    return Card(plain(model, LONGEST), plain(firmware, LONGEST), length_mm, _MM_PER_CM, signs)


def _read_json(data: bytes) -> Card | None:
    values = read_object(data)
    return None if values is None else _card(values)


def _read_getvar(data: bytes) -> Card | None:
    values = quoted(data, _NAMES)
    return _card(values) if len(values) == len(_NAMES) else None


CARD_JSON = Dialect(
    "json", ("{}" + json.dumps(dict.fromkeys(_NAMES), separators=(",", ":"))).encode(), _read_json, lambda _data: NO_CARD
)
"""For port 9200 of Link-OS printers."""

CARD_GETVAR = Dialect(
    "getvar", "".join(map(getvar, _NAMES)).encode(), _read_getvar, lambda data: _card(quoted(data, _NAMES))
)
"""For every port that speaks SGD."""
