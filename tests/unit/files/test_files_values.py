"""Cells as spreadsheets leave them."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waybilld_marketplaces.files.values import (
    CURRENCIES,
    FORMULA,
    BadCellError,
    country_code,
    currency_code,
    disarmed,
    exact_identifier,
    identifier,
    instant,
    money,
    quantity,
    rearmed,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("12.5", "CNY", 1250),
        ("12,50", "EUR", 1250),
        ("0.01", "EUR", 1),
        ("1,234.50", "USD", 123450),
        ("1.234,50", "EUR", 123450),
        ("1,234,567", "USD", 123456700),
        ("1000", "JPY", 1000),
        ("1000.00", "JPY", 1000),
        ("12.3400", "EUR", 1234),
        ("1.234", "KWD", 1234),
        ("1,234.567", "KWD", 1234567),
        ("0007", "EUR", 700),
    ],
)
def test_money(text: str, currency: str, minor: int) -> None:
    """An amount that is off by a power of ten goes through the books of the whole shop."""
    assert money(text, currency, "price").amount_minor == minor


@pytest.mark.parametrize(
    ("text", "currency", "says"),
    [
        ("1.234", "EUR", "thousands or decimals"),
        ("1,234", "USD", "thousands or decimals"),
        ("1.2345", "EUR", "more decimals than EUR has \\(2\\)"),
        ("1000.50", "JPY", "more decimals"),
        ("-5.00", "EUR", "plain number"),
        ("€5.00", "EUR", "plain number"),
        ("5.00 EUR", "EUR", "plain number"),
        ("1e3", "EUR", "plain number"),
        ("12.34.56", "EUR", "plain number"),
        ("1,23,456", "EUR", "plain number"),
        ("１２", "EUR", "plain number"),
        ("9" * 14, "EUR", "plain number"),
        ("", "EUR", "plain number"),
        (".", "EUR", "plain number"),
    ],
)
def test_bad_money(text: str, currency: str, says: str) -> None:
    """A guess about an amount is worse than a rejected row."""
    with pytest.raises(BadCellError, match=says) as caught:
        money(text, currency, "price")
    assert text not in str(caught.value) or len(text) < 2


@given(st.integers(0, 10**13 - 1), st.sampled_from(["EUR", "JPY", "KWD", "CLF"]))
def test_money_round_trip(minor: int, currency: str) -> None:
    """Whatever a shop writes with the currency's own decimals comes back to the cent."""
    exponent = {"EUR": 2, "JPY": 0, "KWD": 3, "CLF": 4}[currency]
    text = f"{Decimal(minor).scaleb(-exponent):f}"
    assert money(text, currency, "price").amount_minor == minor


def test_currencies() -> None:
    """A typing slip in a currency code must not make a new currency."""
    assert currency_code(" cny ", "currency") == "CNY"
    assert len(CURRENCIES) == 158
    with pytest.raises(BadCellError, match="ISO 4217"):
        currency_code("ERU", "currency")


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("'13800000001", "13800000001"),
        ("\t13800000001", "13800000001"),
        ('="00123"', "00123"),
        (" #1001 ", "#1001"),
        ("", ""),
        ("'", ""),
        ('=""', ""),
        ("O'Neil", "O'Neil"),
    ],
)
def test_spreadsheet_marks(cell: str, text: str) -> None:
    """The mark that keeps a spreadsheet from eating zeros must not become part of the number on the label."""
    assert identifier(cell) == text


@pytest.mark.parametrize("cell", ["1.38E+10", "1,38E+10", "'1.38e+10", "1E10", "9E+18"])
def test_rounded_numbers_are_refused(cell: str) -> None:
    """1.38E+10 is nobody's phone number: the parcel would never be delivered."""
    with pytest.raises(BadCellError, match=r"scientific notation.*as text"):
        exact_identifier(cell, "phone")


@pytest.mark.parametrize("cell", ["E10", "1E", "SKU-1E+10", "+44 20 7946 0000", "13800000001"])
def test_whole_numbers_pass(cell: str) -> None:
    """Ids with an E in them are common."""
    assert exact_identifier(cell, "phone") == cell


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("2026-03-02 14:05", datetime(2026, 3, 2, 6, 5, tzinfo=UTC)),
        ("2026/3/2 14:05:09", datetime(2026, 3, 2, 6, 5, 9, tzinfo=UTC)),
        ("2026-03-02", datetime(2026, 3, 1, 16, 0, tzinfo=UTC)),
        ("2026-03-02T14:05:09Z", datetime(2026, 3, 2, 14, 5, 9, tzinfo=UTC)),
        ("2026-03-02 14:05:09 UTC", datetime(2026, 3, 2, 14, 5, 9, tzinfo=UTC)),
        ("2025-10-07 09:50:26 +0200", datetime(2025, 10, 7, 7, 50, 26, tzinfo=UTC)),
        ("2025-10-07T09:50:26.123-05:30", datetime(2025, 10, 7, 15, 20, 26, tzinfo=UTC)),
        ("2026.03.02 9:05", datetime(2026, 3, 2, 1, 5, tzinfo=UTC)),
    ],
)
def test_instants(text: str, when: datetime) -> None:
    """Due times that are off by a zone make every order late."""
    assert instant(text, SHANGHAI, "paid_at") == when


@pytest.mark.parametrize(
    "text",
    ["02/03/2026", "2026-13-01", "2026-02-30", "2026-03-02 25:00", "yesterday", "2026-03/02", "46083.5", "0001-01-01 00:00"],
)
def test_bad_instants(text: str) -> None:
    """02/03 is February in one country and March in the next: no guess."""
    with pytest.raises(BadCellError, match="paid_at"):
        instant(text, SHANGHAI, "paid_at")


@given(st.text(max_size=40))
def test_no_text_breaks_the_readers(text: str) -> None:
    """Whatever stands in a cell, the row is read or rejected with a sentence; never a bug of the plugin."""
    for read in (
        lambda: money(text, "EUR", "c"),
        lambda: instant(text, SHANGHAI, "c"),
        lambda: quantity(text, "c"),
        lambda: country_code(text, {}, "c"),
        lambda: currency_code(text, "c"),
        lambda: exact_identifier(text, "c"),
    ):
        try:
            read()
        except BadCellError as error:
            assert str(error)


def test_quantities_and_countries() -> None:
    """Half a piece cannot be packed; a country name must become the code that carriers know."""
    assert [quantity(text, "c") for text in ("3", "3.0", "0", "999999")] == [3, 3, 0, 999999]
    for text in ("2.5", "-1", "many", "1e3", ""):
        with pytest.raises(BadCellError, match="whole number"):
            quantity(text, "c")
    assert country_code("de", {}, "c") == "DE"
    assert country_code("中国", {"中国": "CN"}, "c") == "CN"
    with pytest.raises(BadCellError, match="two-letter"):
        country_code("Ruritania", {}, "c")


@given(st.text(alphabet="=+-@'a ＝\t\r", max_size=8))
def test_disarmed_cells_are_no_formula_and_can_be_read_again(cell: str) -> None:
    """What waits for correction is opened in a spreadsheet program, which runs what looks like a formula."""
    safe = disarmed(cell)
    assert not safe.lstrip().startswith(FORMULA)
    assert safe[:1] not in ("\t", "\r")
    if not cell.startswith("'"):
        assert rearmed(safe) == cell
