"""Waybill numbers as text, their check digits, and the arithmetic of ranges. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_S10_WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)
_S10 = re.compile(r"([A-Z]{2})([0-9]{8})([0-9])([A-Z]{2})", re.ASCII)

Span = tuple[int, int]
"""Serials from the first to the last, both included."""


def s10_check_digit(serial: int) -> int:
    """The check digit of an 8-digit serial, by UPU standard S10-12 (13-character identifiers of postal items).

    Weights 8 6 4 2 3 5 9 7 from the left, 11 minus the sum modulo 11; 10 becomes 0 and 11 becomes 5. The usual published
    example: 47312482 gives 9, as in RR473124829GB.
    """
    total = sum(weight * int(digit) for weight, digit in zip(_S10_WEIGHTS, f"{serial:08d}", strict=True))
    return {10: 0, 11: 5}.get(check := 11 - total % 11, check)


def gs1_check_digit(digits: str) -> int:
    """The check digit of any GS1 key: GS1 General Specifications, section 7.9.1.

    Weights 3 and 1 in turn from the right, up to the next ten. 10614141123456789 gives 7.
    """
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits)))
    return -total % 10


@dataclass(frozen=True, slots=True)
class S10:
    """Numbers of UPU S10: two letters that name the service, eight digits, check digit, two letters of the country."""

    service_indicator: str
    country: str
    digits: int = 8

    def namespace(self) -> str:
        """What makes serials unique: one serial may be issued once in each namespace."""
        return f"s10:{self.service_indicator}:{self.country}"

    def number(self, serial: int) -> str:
        """The 13 characters."""
        return f"{self.service_indicator}{serial:08d}{s10_check_digit(serial)}{self.country}"

    def serial(self, number: str) -> int | None:
        """The serial inside a number of this namespace; None for any other text."""
        match = _S10.fullmatch(number)
        serial = int(match[2]) if match else 0
        return serial if match and self.number(serial) == number else None


@dataclass(frozen=True, slots=True)
class Sscc:
    """Numbers of GS1 SSCC: extension digit, GS1 company prefix, serial reference, check digit; 18 digits in all.

    Source: GS1 General Specifications, section 2.2.1 and application identifier (00).
    """

    extension: int
    company_prefix: str

    @property
    def digits(self) -> int:
        """How long the serial reference is: together with the company prefix 16 digits."""
        return 16 - len(self.company_prefix)

    def namespace(self) -> str:
        """What makes serials unique: one serial may be issued once in each namespace."""
        return f"sscc:{self.extension}:{self.company_prefix}"

    def number(self, serial: int) -> str:
        """The 18 digits."""
        body = f"{self.extension}{self.company_prefix}{serial:0{self.digits}d}"
        return f"{body}{gs1_check_digit(body)}"

    def serial(self, number: str) -> int | None:
        """The serial inside a number of this namespace; None for any other text."""
        head = f"{self.extension}{self.company_prefix}"
        if not (len(number) == 18 and number.isascii() and number.isdigit() and number.startswith(head)):
            return None
        serial = int(number[len(head) : 17])
        return serial if self.number(serial) == number else None


Scheme = S10 | Sscc


def left(ranges: Sequence[Span], used: Sequence[Span]) -> int:
    """How many serials of the ranges were never issued. Neither list overlaps itself."""
    issued = sum(max(0, min(last, b) - max(first, a) + 1) for first, last in ranges for a, b in used)
    return sum(last - first + 1 for first, last in ranges) - issued


def draw(ranges: Sequence[Span], used: Sequence[Span], count: int) -> list[int]:
    """The next serials that were never issued: range after range, upwards; fewer than `count` when they run out."""
    drawn: list[int] = []
    for first, last in ranges:
        serial = first
        for a, b in sorted(used):
            if b < serial:
                continue
            while serial < a and serial <= last and len(drawn) < count:
                drawn.append(serial)
                serial += 1
            serial = max(serial, b + 1)
        while serial <= last and len(drawn) < count:
            drawn.append(serial)
            serial += 1
    return drawn


def joined(used: Sequence[Span], serials: Sequence[int]) -> list[Span]:
    """The issued serials with some more, as few spans as possible, upwards."""
    spans: list[Span] = []
    for a, b in sorted([*used, *((serial, serial) for serial in serials)]):
        if spans and a <= spans[-1][1] + 1:
            spans[-1] = (spans[-1][0], max(spans[-1][1], b))
        else:
            spans.append((a, b))
    return spans


def holds(used: Sequence[Span], serial: int) -> bool:
    """Whether a serial was issued."""
    return any(a <= serial <= b for a, b in used)
