"""The filters that expressions of templates may use.

`kinds` sees to it, when a template is read, that they get what they take; nothing (None) goes into every one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from waybilld_labels.symbols.grouping import grouped
from waybilld_labels.text import masking
from waybilld_sdk.orders import Money

_SYMBOLS = {"CNY": "¥", "JPY": "¥", "USD": "$", "EUR": "€", "GBP": "£"}
_EXPONENTS = {
    **dict.fromkeys(
        ["BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"], 0
    ),
    **dict.fromkeys(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"], 3),
}
"""Digits after the point where they are not two. Source: ISO 4217, list one, column "minor unit"."""


def upper(value: Any) -> str:
    """In capitals."""
    return _text(value).upper()


def lower(value: Any) -> str:
    """In small letters."""
    return _text(value).lower()


def mask(value: Any, kind: str = "name") -> str:
    """Hidden as GB/T 41833-2022 asks, whatever the shop's setting: `name`, `phone` or `room`."""
    return _MASKS[kind](_text(value))


_MASKS = {"name": masking.mask_name, "phone": masking.mask_phone, "room": masking.mask_room}


def money(value: Money | None) -> str:
    """An amount as people write it: `¥12.50`, `CHF 12.50`; nothing where there is none."""
    if value is None:
        return ""
    digits = _EXPONENTS.get(value.currency, 2)
    whole, rest = divmod(abs(value.amount_minor), 10**digits)
    sign = "-" if value.amount_minor < 0 else ""
    symbol = _SYMBOLS.get(value.currency, f"{value.currency} ")
    return f"{sign}{symbol}{whole:,}" + (f".{rest:0{digits}d}" if digits else "")


def date(value: datetime | None, form: str = "%Y-%m-%d", zone: str = "UTC") -> str:
    """An instant as a date, by the directives Y m d H M S y b B a A j and in a time zone; without values as `2026-01-31`
    in UTC; nothing where there is none."""
    return value.astimezone(ZoneInfo(zone)).strftime(form) if value is not None else ""


def group(value: Any) -> str:
    """A number in groups for the eye: `SF 1234 5678 901`."""
    return grouped(_text(value))


def join(value: Sequence[Any] | None, between: str = ", ") -> str:
    """The values of a list as one text, with a comma and a blank between them, or what is given."""
    return between.join(map(_text, value or ()))


def first(value: Sequence[Any] | None) -> Any:
    """The first value of a list; nothing of an empty one."""
    return value[0] if value else ""


def last(value: Sequence[Any] | None) -> Any:
    """The last value of a list; nothing of an empty one."""
    return value[-1] if value else ""


def length(value: Sequence[Any] | None) -> int:
    """How many values of a list, or characters of a text."""
    return len(value) if value is not None else 0


def short(value: Any, most: int) -> str:
    """At most so many characters, the last one an ellipsis where some are missing."""
    said = _text(value)
    return said if len(said) <= most else said[: max(0, most - 1)] + "…"


def default(value: Any, instead: Any) -> Any:
    """The value, or something instead of nothing."""
    return value if value not in (None, "", ()) else instead


_ALL = (upper, lower, mask, money, date, group, join, first, last, length, short, default)
FILTERS: Mapping[str, Callable[..., Any]] = {function.__name__: function for function in _ALL}

EXAMPLES: Mapping[str, str] = {
    **{name: name for name in FILTERS},
    "mask": "mask('phone')",
    "date": "date('%d.%m.%Y', 'Asia/Shanghai')",
    "join": "join(' - ')",
    "short": "short(20)",
    "default": "default('none')",
}
"""How each filter is written, with all the values that it may be given."""

_DIRECTIVES = frozenset("YmdHMSybBaAj%")


def wrong_arguments(name: str, arguments: Sequence[Any]) -> str:
    """What is wrong with constant arguments of a filter, in a sentence; empty when nothing is."""
    least, kinds = _ARGUMENTS[name]
    if not least <= len(arguments) <= len(kinds):
        count = "no value" if not kinds else "one value" if least == len(kinds) == 1 else f"{least} to {len(kinds)} values"
        return f"the filter {name} takes {count} in ( ), such as {EXAMPLES[name]}"
    for given, kind in zip(arguments, kinds, strict=False):
        if not isinstance(given, kind) or isinstance(given, bool):
            return f"the filter {name} takes {'a number' if kind is int else 'a text in quotes'} here"
    if name == "mask" and arguments and arguments[0] not in _MASKS:
        return f"the filter mask knows {', '.join(_MASKS)}"
    if name == "date" and arguments:
        return _wrong_date(*arguments)
    return ""


_ARGUMENTS: Mapping[str, tuple[int, tuple[type, ...]]] = {
    **dict.fromkeys(("upper", "lower", "money", "group", "first", "last", "length"), (0, ())),
    "mask": (0, (str,)),
    "date": (0, (str, str)),
    "join": (0, (str,)),
    "short": (1, (int,)),
    "default": (1, (object,)),
}


def _wrong_date(form: str, zone: str = "UTC") -> str:
    wrong = [form[at + 1 : at + 2] for at, char in _directives(form) if char not in _DIRECTIVES]
    if wrong:
        return f"the filter date knows %Y %m %d %H %M %S %y %b %B %a %A %j, not %{wrong[0]}"
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return f"{zone!r:.60} is no time zone of this system: write one such as 'Asia/Shanghai'"
    return ""


def _directives(form: str) -> list[tuple[int, str]]:
    found, at = [], 0
    while (at := form.find("%", at)) >= 0:
        found.append((at, form[at + 1 : at + 2]))
        at += 2
    return found


def _text(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else str(value)
