"""Which file is printed for an order, whatever the order's number says."""

from __future__ import annotations

from pathlib import PurePath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waybilld.core.sheetfiles import UnusableName, folder_of, has_stray_brace, path_of, per_order, unknown_placeholders


@pytest.mark.parametrize("number", ["1001", "#1001", "A-1 b", "订单 7", "{order}", "a..b", "100%"])
def test_ordinary_numbers_name_their_file(number: str) -> None:
    """Shopify's numbers begin with a hash, others hold blanks and Chinese."""
    assert path_of("/srv/invoices/{order}.pdf", number) == f"/srv/invoices/{number}.pdf"
    assert path_of("/srv/{order}/invoice.pdf", number) == f"/srv/{number}/invoice.pdf"


LEADS_ELSEWHERE = ["", "../x", "a/b", "..", ".hidden", "a\\b", "a\0b", "a\nb", " a", "a ", "\ud800", "x" * 201]


@pytest.mark.parametrize("number", LEADS_ELSEWHERE)
def test_a_number_that_leads_elsewhere_is_refused(number: str) -> None:
    """An order number is typed by strangers; it must not print the master key's neighbour."""
    with pytest.raises(UnusableName, match="cannot be part of a file's name"):
        path_of("/srv/invoices/{order}.pdf", number)


@given(st.text(max_size=12))
def test_no_number_leaves_the_folder(number: str) -> None:
    """Whatever is let through is one name in the configured folder."""
    try:
        found = PurePath(path_of("/srv/invoices/i-{order}.pdf", number))
    except UnusableName:
        return
    assert found.parent == PurePath("/srv/invoices")
    assert found.name == f"i-{number}.pdf"


def test_a_file_without_a_placeholder_serves_every_order() -> None:
    """One thank-you card for all."""
    assert not per_order("card.pdf")
    assert path_of("card.pdf", "../x") == "card.pdf"
    assert unknown_placeholders("a/{order}/{shop}{}.pdf") == ("{shop}", "{}")


@pytest.mark.parametrize(
    ("pattern", "folder"),
    [("/i/{order}.pdf", "/i"), ("/i/{order}/{order}.pdf", "/i"), ("{order}.pdf", "."), ("/{order}.png", "/")],
)
def test_the_folder_is_what_no_order_decides(pattern: str, folder: str) -> None:
    """What can be looked at before the first order comes."""
    assert folder_of(pattern) == folder


@pytest.mark.parametrize("pattern", ["i/{order.pdf", "i/order}.pdf", "i/{{order}}.pdf", "i/{order}{.pdf"])
def test_a_stray_brace_is_seen(pattern: str) -> None:
    """`{order` without its partner is no placeholder, and one file of that very name would be waited for by every order."""
    assert has_stray_brace(pattern)
    assert not has_stray_brace("i/{order}-{order}.pdf")
