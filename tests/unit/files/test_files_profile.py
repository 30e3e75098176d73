"""Profiles: the built-in ones fit the published headers, and a header that does not fit is explained."""

from __future__ import annotations

from pathlib import Path

import pytest

from waybilld_marketplaces.files.profile import Plan, ProfileError, load, match

SHOPIFY = (
    "Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,Currency,Subtotal,Shipping,Taxes,"
    "Total,Discount Code,Discount Amount,Shipping Method,Created at,Lineitem quantity,Lineitem name,Lineitem price,"
    "Lineitem compare at price,Lineitem sku,Lineitem requires shipping,Lineitem taxable,Lineitem fulfillment status,"
    "Billing Name,Billing Street,Billing Address1,Billing Address2,Billing Company,Billing City,Billing Zip,"
    "Billing Province,Billing Country,Billing Phone,Shipping Name,Shipping Street,Shipping Address1,Shipping Address2,"
    "Shipping Company,Shipping City,Shipping Zip,Shipping Province,Shipping Country,Shipping Phone,Notes,Note Attributes,"
    "Cancelled at,Payment Method,Payment Reference,Refunded Amount,Vendor,Id,Tags,Risk Level,Source,Lineitem discount"
)
WOOCOMMERCE = (
    "Order Number,Order Status,Order Date,Customer Note,First Name (Billing),Last Name (Billing),Company (Billing),"
    "Address 1&2 (Billing),City (Billing),State Code (Billing),Postcode (Billing),Country Code (Billing),Email (Billing),"
    "Phone (Billing),First Name (Shipping),Last Name (Shipping),Address 1&2 (Shipping),City (Shipping),"
    "State Code (Shipping),Postcode (Shipping),Country Code (Shipping),Payment Method Title,Cart Discount Amount,"
    "Order Subtotal Amount,Shipping Method Title,Order Shipping Amount,Order Refund Amount,Order Total Amount,"
    "Order Total Tax Amount,SKU,Item #,Item Name,Quantity (- Refund),Item Cost,Coupon Code,Discount Amount,"
    "Discount Amount Tax"
)


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("shopify", SHOPIFY),
        ("woocommerce", WOOCOMMERCE),
        ("generic", "order_id,status,name,sku,quantity"),
        ("generic", "订单编号,订单状态,收货人,商品名称,数量"),
        ("generic", " Order_ID ,STATUS,name,title,Quantity,row,reason"),
    ],
)
def test_published_headers_fit(name: str, header: str) -> None:
    """An export of the shop must be understood without any setting, and by its own profile."""
    plan = match(load("auto"), header.split(","))
    assert isinstance(plan, Plan), plan
    assert plan.profile == name


@pytest.mark.parametrize("name", ["shopify", "woocommerce"])
def test_profiles_know_every_published_heading(name: str) -> None:
    """A heading that we do not know is named as unknown when a file is refused: that must not be noise."""
    (profile,) = load(name)
    header = (SHOPIFY if name == "shopify" else WOOCOMMERCE).split(",")
    assert not [heading for heading in header if heading.casefold() not in profile.headings()]
    assert all(source.startswith("https://") for source in profile.sources)


def test_nearest_profile_and_differences_are_named() -> None:
    """The sysadmin must see at once which column to rename."""
    said = match(load("auto"), ["order_id", "status", "name", "sku", "quantiti", "colour"])
    assert isinstance(said, str)
    assert "nearest is 'generic'" in said
    assert "missing: 'quantity' (did you mean the column 'quantiti'?)" in said
    assert "Unknown: 'quantiti', 'colour'" in said


def test_file_without_header_does_not_tell_the_first_customer() -> None:
    """The first row of a file without header is personal data: it must not get into messages."""
    said = match(load("auto"), ["A-1", "paid", "Example Person", "13800000001", "1 Example Road"])
    assert isinstance(said, str)
    assert "does not look like the header" in said
    assert "Example" not in said
    assert "138" not in said


def test_column_that_stands_twice_is_refused() -> None:
    """Which of two quantities is meant cannot be known."""
    said = match(load("auto"), ["order_id", "status", "name", "sku", "quantity", "Quantity"])
    assert isinstance(said, str)
    assert "twice" in said


def test_own_profile_from_a_file(tmp_path: Path) -> None:
    """Every ERP has other columns: an own file must be enough."""
    path = tmp_path / "erp.yaml"
    path.write_text(
        "name: erp\ntitle: ours\norder_id: [Nr]\nstatus: [{column: [St], words: {ok: paid}}]\n"
        "consignee: [{name: [An]}]\nline: {sku: [Art], quantity: [Stk]}\n",
        "utf-8",
    )
    plan = match(load(str(path)), ["Nr", "St", "An", "Art", "Stk"])
    assert isinstance(plan, Plan)
    assert plan.profile == "erp"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("name: [", "is not YAML"),
        ("just text", "not complete"),
        ("name: x\ntitle: x\norder_id: [a]\nstatus: []\nconsignee: [{name: [a]}]\nline: {quantity: [a]}", "at least 1"),
        ("name: x\ntitle: x\norder_id: [a]\nconsignee: [{name: [a]}]\nline: {quantity: [a]}", "status: Field required"),
        ("colour: red", "colour: Extra inputs"),
        (
            "name: x\ntitle: x\norder_id: [a]\nstatus: [{column: [a]}]\nconsignee: [{phone: [a]}]\n"
            "line: {quantity: [a], sku: [a]}",
            "needs `name`",
        ),
        (
            "name: x\ntitle: x\norder_id: [a]\nstatus: [{column: [a]}]\nconsignee: [{name: [a]}]\nline: {sku: [a]}",
            "needs `quantity`",
        ),
    ],
)
def test_bad_profile_says_where(tmp_path: Path, text: str, says: str) -> None:
    """A mistake in an own profile must be found by `waybilld check`, with its place."""
    path = tmp_path / "own.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(ProfileError, match=says):
        load(str(path))


def test_missing_and_unknown_profiles() -> None:
    """A typing slip in the setting must list what there is."""
    with pytest.raises(ProfileError, match="cannot be read"):
        load("/nowhere/x.yaml")
    with pytest.raises(ProfileError, match="generic, shopify, woocommerce"):
        load("shopfy")
