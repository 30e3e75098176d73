"""GS1 element strings and serial shipping container codes.

Source: GS1 General Specifications, 3.2 (application identifiers), 3.3.1 (AI 00, SSCC), 7.9 (check digit), 4.15 (human
readable interpretation).
"""

from __future__ import annotations

import re

from waybilld_sdk.errors import Hold

_ELEMENT = re.compile(r"[(\[](?P<ai>[0-9]{2,4})[)\]](?P<value>[^(\[\])]+)")
MOST_CHARACTERS = 48
"""Data characters of one GS1-128 symbol (GS1 General Specifications, 5.4.4.5)."""


def check_digit(digits: str) -> str:
    """The modulo-10 check digit of the digits before it: weights 3 and 1 from the right."""
    total = sum(int(digit) * (3 if at % 2 == 0 else 1) for at, digit in enumerate(reversed(digits)))
    return str(-total % 10)


def sscc(number: str) -> str:
    """An SSCC of 18 digits, from 17 without its check digit or from 18 with the right one. Spaces and a leading `(00)` are
    allowed. Raises `Hold`."""
    digits = re.sub(r"\s", "", number, flags=re.ASCII).removeprefix("(00)")
    if re.fullmatch("[0-9]{17}", digits):
        return digits + check_digit(digits)
    if not re.fullmatch("[0-9]{18}", digits):
        raise Hold(
            f"an SSCC has 18 digits, the last one a check digit, and this one has {len(digits)} characters: "
            "correct it at its source",
            code="barcode-unprintable",
        )
    if digits[-1] != check_digit(digits[:-1]):
        raise Hold(
            f"the SSCC's check digit is {digits[-1]}, and its other digits give {check_digit(digits[:-1])}: "
            "correct it at its source",
            code="barcode-unprintable",
        )
    return digits


def element_string(data: str) -> str:
    """`(01)...(10)...` with its identifiers in square brackets. Raises `Hold` where it is not of this form."""
    parts = list(_ELEMENT.finditer(data))
    if not parts or "".join(part[0] for part in parts) != data:
        raise Hold(
            "GS1 data is written as (01)09501101530003(10)AB-123, each identifier in brackets, and this is not: "
            "correct it at its source",
            code="barcode-unprintable",
        )
    if sum(len(part["ai"]) + len(part["value"]) for part in parts) > MOST_CHARACTERS:
        raise Hold(
            f"GS1-128 carries {MOST_CHARACTERS} characters, and this has more: use two bar codes",
            code="barcode-unprintable",
        )
    for part in parts:
        _check_numbered(part["ai"], part["value"])
    return "".join(f"[{part['ai']}]{part['value']}" for part in parts)


_NUMBERED = {"00": 18, "01": 14, "02": 14}
"""Identifiers of numbers that end with a check digit, and their digits (GS1 General Specifications 3.3.1 to 3.3.3)."""


def _check_numbered(identifier: str, value: str) -> None:
    """zint only warns of a wrong check digit; on a parcel it is somebody else's number."""
    digits = _NUMBERED.get(identifier)
    if digits is None or (re.fullmatch(f"[0-9]{{{digits}}}", value) and value[-1] == check_digit(value[:-1])):
        return
    raise Hold(
        f"the GS1 number ({identifier}) has {digits} digits, the last one a check digit, and this one is wrong: "
        "correct it at its source",
        code="barcode-unprintable",
    )


def spaced(elements: str) -> str:
    """The human readable interpretation: identifiers in round brackets, values behind them."""
    return " ".join(f"({part['ai']}) {part['value']}" for part in _ELEMENT.finditer(elements))
