"""From the text of one cell to a value: ids, amounts, instants, quantities, countries.

Reasons name the column and never repeat the cell: in a shifted row the "amount" may be somebody's name.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from waybilld_sdk.orders import Money

# ISO 4217: currencies that do not have two decimals, and the codes in use.
_NO_DECIMALS = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_THREE_DECIMALS = "BHD IQD JOD KWD LYD OMR TND"
_EXPONENTS = {**dict.fromkeys(_NO_DECIMALS.split(" "), 0), **dict.fromkeys(_THREE_DECIMALS.split(" "), 3)}
_EXPONENTS |= {"CLF": 4, "UYW": 4}
_CODES = """AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLF CLP
    CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR
    ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT
    MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD
    SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYI UYU UYW UZS
    VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG"""
CURRENCIES = frozenset(re.findall("[A-Z]{3}", _CODES))

_SCIENTIFIC = re.compile(r"[0-9](?:[.,][0-9]+)?[eE]\+?[0-9]{1,3}", re.ASCII)
_PLAIN = re.compile(r"([0-9]{1,13})(?:([.,])([0-9]{1,15}))?", re.ASCII)
_GROUPED = re.compile(
    r"([0-9]{1,3}(?:,[0-9]{3}){1,3})(?:\.([0-9]{1,15}))?|([0-9]{1,3}(?:\.[0-9]{3}){1,3}),([0-9]{1,15})", re.ASCII
)
_COUNT = re.compile(r"([0-9]{1,6})(?:[.,]0{1,6})?", re.ASCII)
_INSTANT = re.compile(
    r"([0-9]{4})([-/.])([0-9]{1,2})\2([0-9]{1,2})"
    r"(?:[T ]+([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:[.,][0-9]+)?)?)?"
    r" *(Z|UTC|[+-][0-9]{2}:?[0-9]{2})?",
    re.ASCII,
)


FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
"""What a spreadsheet program takes for the beginning of a formula (OWASP, "CSV Injection"), and the full-width forms."""


def disarmed(cell: str) -> str:
    """A cell that no spreadsheet program takes for a formula: with `'` before it where it would be one."""
    return f"'{cell}" if cell.startswith(("\t", "\r")) or cell.lstrip().startswith(FORMULA) else cell


def rearmed(cell: str) -> str:
    """A cell as it was before `disarmed`, which others apply to their exports as well."""
    return cell[1:] if cell.startswith("'") and disarmed(cell[1:]) != cell[1:] else cell


class BadCellError(ValueError):
    """A cell that cannot be read. The message is a whole sentence for a person and holds no cell text."""


def identifier(cell: str) -> str:
    """An id, phone or code as text: without the marks that spreadsheets need to leave digits alone (' and =\"…\")."""
    text = cell.strip()
    if text.startswith('="') and text.endswith('"') and len(text) > 2:
        text = text[2:-1].strip()
    elif text.startswith("'"):
        text = text[1:].strip()
    return text


def exact_identifier(cell: str, column: str) -> str:
    """An id or phone whose digits must be whole. Raises `BadCellError` where a spreadsheet rounded it (1.38E+10)."""
    text = identifier(cell)
    if _SCIENTIFIC.fullmatch(text):
        raise BadCellError(
            f"column {column!r} holds a number in scientific notation: a spreadsheet has dropped its last digits. "
            "Format the column as text, or export again, and do not save the file from the spreadsheet program"
        )
    return text


def currency_code(text: str, column: str) -> str:
    """An ISO 4217 code in capitals."""
    code = text.strip().upper()
    if code not in CURRENCIES:
        raise BadCellError(f"{column} is not an ISO 4217 currency code such as EUR or CNY")
    return code


def money(text: str, currency: str, column: str) -> Money:
    """Decimal text in minor units of `currency` (exponent by ISO 4217).

    Takes 1234.5, 1234,50, 1,234.50 and 1.234,50. Raises `BadCellError` for signs, symbols, more decimals than the currency
    has, and for one separator before exactly three digits, which may mean thousands or decimals.
    """
    exponent = _EXPONENTS.get(currency, 2)
    if plain := _PLAIN.fullmatch(text):
        whole, mark, fraction = plain[1], plain[2], plain[3] or ""
        if mark and len(fraction) == 3 and exponent != 3:
            raise BadCellError(
                f"the amount in column {column!r} has one separator before three digits, which may mean thousands or "
                "decimals. Export amounts with two decimals and without a thousands separator"
            )
    elif grouped := _GROUPED.fullmatch(text):
        whole = (grouped[1] or grouped[3]).replace(",", "").replace(".", "")
        fraction = grouped[2] or grouped[4] or ""
    else:
        raise BadCellError(f"the amount in column {column!r} is not a plain number such as 1234.50")
    kept, cut = fraction[:exponent].ljust(exponent, "0"), fraction[exponent:]
    if cut.strip("0"):
        raise BadCellError(f"the amount in column {column!r} has more decimals than {currency} has ({exponent})")
    return Money(int(whole + kept), currency)


def quantity(text: str, column: str) -> int:
    """A whole number of pieces, 0 to 999,999."""
    match = _COUNT.fullmatch(text)
    if match is None:
        raise BadCellError(f"the quantity in column {column!r} is not a whole number of pieces")
    return int(match[1])


def instant(text: str, zone: ZoneInfo, column: str) -> datetime:
    """An instant in UTC from year-month-day with optional time and offset; without offset it is local time in `zone`."""
    match = _INSTANT.fullmatch(text)
    if match is None:
        raise BadCellError(
            f"the time in column {column!r} is not written as year-month-day hours:minutes, such as 2026-03-02 14:05"
        )
    year, _mark, month, day, hour, minute, second, offset = match.groups()
    try:
        whole = (int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0))
        return datetime(*whole, tzinfo=_offset(offset) if offset else zone).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise BadCellError(f"the time in column {column!r} does not exist") from error


def _offset(text: str) -> timezone:
    if text in ("Z", "UTC"):
        return UTC
    minutes = int(text[1:3]) * 60 + int(text[-2:])
    return timezone(timedelta(minutes=-minutes if text[0] == "-" else minutes))


def country_code(text: str, names: dict[str, str], column: str) -> str:
    """An ISO 3166-1 alpha-2 code: as given, or by the profile's list of names."""
    if len(text) == 2 and text.isascii() and text.isalpha():
        return text.upper()
    code = names.get(text.casefold())
    if code is None:
        raise BadCellError(f"the country in column {column!r} is not a two-letter code (ISO 3166-1) such as DE or CN")
    return code
