"""Surveying and reading order files: dialects, quoting, scattered orders, and everything that a file can do wrong."""

from __future__ import annotations

import csv
import io
import os
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from waybilld_marketplaces.files import scan, survey
from waybilld_marketplaces.files.survey import Survey
from waybilld_marketplaces.files.wire import House
from waybilld_marketplaces.files.work import Read, Refusal, Unreadable, prepare, read_orders, rejected_csv
from waybilld_marketplaces.files.work import survey as look_through
from waybilld_sdk.orders import Money, Order, OrderStatus

HEADER = ["order_id", "status", "name", "street", "sku", "quantity", "unit_price", "currency", "paid_at"]
HOUSE = House("", "", "UTC")
LIMIT = 64 << 20


def table(rows: list[list[str]], delimiter: str = ",", bom: bool = False, end: str = "\r\n") -> bytes:
    """Rows as a CSV file."""
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator=end).writerows(rows)
    return (("\ufeff" if bom else "") + out.getvalue()).encode()


def good(order: str, sku: str = "SKU-1", **cells: str) -> list[str]:
    """One good row, with other cells where given."""
    row = dict(
        zip(HEADER, [order, "paid", "测试收件人", "示例路1号", sku, "2", "9.90", "CNY", "2026-03-02 10:00"], strict=True)
    )
    return list((row | cells).values())


def surveyed(path: Path) -> Survey:
    """The survey of a file that must be readable."""
    found = look_through(str(path), LIMIT, "auto")
    assert isinstance(found, Survey), found
    return found


def read(path: Path, house: House = HOUSE) -> Read:
    """All orders of a file."""
    found = surveyed(path)
    result = read_orders(str(path), found.rows, house, 0)
    assert result is not None
    return result


def refusal(path: Path, data: bytes) -> str:
    """Why a file with this content is refused."""
    path.write_bytes(data)
    found = look_through(str(path), LIMIT, "auto")
    assert isinstance(found, Refusal), found
    return found.reason


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file in a drop folder."""
    return tmp_path / "orders.csv"


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("bom", [False, True])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_dialects(path: Path, delimiter: str, bom: bool, end: str) -> None:
    """Excel writes another dialect in every country."""
    path.write_bytes(table([HEADER, good("A-1"), good("A-1", "SKU-2"), good("A-2")], delimiter, bom, end))
    orders = read(path).orders
    assert [(order.external_id, len(order.lines)) for order in orders] == [("A-1", 2), ("A-2", 1)]
    first = orders[0]
    assert first.status is OrderStatus.PAID
    assert first.consignee.name == "测试收件人"
    assert first.lines[1].ref == "L2:SKU-2"
    assert first.lines[0].unit_price == Money(990, "CNY")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 6),
            st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), min_size=1, max_size=12),
        ),
        max_size=25,
    ),
    st.sampled_from([",", ";", "\t"]),
    st.booleans(),
    st.integers(1, 4),
)
def test_any_text_scattered_anyhow(
    tmp_path: Path, lines: list[tuple[int, str]], delimiter: str, bom: bool, page: int
) -> None:
    """Quoted separators, quotation marks and line breaks in addresses must neither shift cells nor split orders."""
    path = tmp_path / "any.csv"
    street: dict[int, str] = {}
    for order, text in lines:
        street.setdefault(order, text)
    rows = [good(f"A-{order}", f"S{n}", street=street[order]) for n, (order, _text) in enumerate(lines)]
    path.write_bytes(table([HEADER, *rows], delimiter, bom))
    found = surveyed(path)
    whole: list[Order] = []
    for start in range(0, found.rows.orders, page):
        chosen = range(start, min(start + page, found.rows.orders))
        part = read_orders(str(path), found.rows.take(chosen), HOUSE, start)
        assert part is not None
        assert not part.refused
        whole += part.orders
    assert [order.external_id for order in whole] == [f"A-{order}" for order in street]
    for one, (number, text) in zip(whole, street.items(), strict=True):
        assert one.consignee.street == text.strip()
        assert [line.sku for line in one.lines] == [f"S{n}" for n, (owner, _text) in enumerate(lines) if owner == number]


def test_rows_are_counted_as_a_spreadsheet_does(path: Path) -> None:
    """The packer looks the row up in Excel: blank rows and cells with line breaks must not shift its number."""
    rows = [HEADER, good("A-1", street="two\nlines"), [], ["", "", "", "", "", "", "", "", " "], good("A-2", quantity="x")]
    path.write_bytes(table(rows))
    result = read(path)
    assert [order.external_id for order in result.orders] == ["A-1"]
    assert [(one.row, one.order) for one in result.refused] == [(5, 1)]


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        ({"unit_price": "9.9.9"}, "amount in column 'unit_price'"),
        ({"quantity": "some"}, "quantity in column 'quantity'"),
        ({"quantity": "0"}, "no goods"),
        ({"status": "on its way?"}, "status in column 'status' is not one of: paid"),
        ({"status": ""}, "status in column 'status'"),
        ({"name": " "}, "no consignee name in column 'name'"),
        ({"order_id": ""}, "no order number in column 'order_id'"),
        ({"order_id": "1.38E+10"}, "scientific notation"),
        ({"currency": ""}, "no currency"),
        ({"currency": "XYZ"}, "ISO 4217"),
        ({"paid_at": "03/02/2026"}, "year-month-day"),
        ({"sku": ""}, "neither an article number nor a title"),
    ],
)
def test_bad_row_rejects_its_order_only(path: Path, cells: dict[str, str], says: str) -> None:
    """One bad row must not stop the file, and the reason must not tell who the customer is."""
    bad = good(cells.get("order_id", "B-1"), **cells)
    path.write_bytes(table([HEADER, good("A-1"), bad, good("A-2")]))
    result = read(path)
    assert [order.external_id for order in result.orders] == ["A-1", "A-2"]
    (one,) = result.refused
    assert one.row == 3
    assert says in one.reason
    assert "测试" not in one.reason
    assert "示例路" in one.raw


def test_bad_line_rejects_the_whole_order(path: Path) -> None:
    """Half an order must not be shipped."""
    path.write_bytes(table([HEADER, good("A-1"), good("A-2"), good("A-1", quantity="?")]))
    result = read(path)
    assert [order.external_id for order in result.orders] == ["A-2"]
    assert result.refused[0].row == 4
    assert result.refused[0].raw.count("A-1") == 2


def test_rows_that_contradict_each_other(path: Path) -> None:
    """Two customers under one order number: the parcel would go to either of them."""
    path.write_bytes(table([HEADER, good("A-1"), good("A-1", street="another road 2")]))
    (one,) = read(path).refused
    assert one.row == 3
    assert "row 2 says something else in column 'street'" in one.reason


def test_cancelled_order_needs_no_name(path: Path) -> None:
    """A platform erases the customer of a cancelled order; the cancellation must still arrive."""
    path.write_bytes(table([HEADER, good("A-1", status="cancelled", name="", quantity="0")]))
    (order,) = read(path).orders
    assert order.status is OrderStatus.CANCELLED
    assert order.lines == ()


def test_broken_quoting_costs_one_row(path: Path) -> None:
    """A stray quotation mark must not swallow the rest of the file in silence."""
    text = table([HEADER, good("A-1"), good("A-2"), good("A-3")]).decode().replace("A-2,paid,", 'A-2,"pa"id,')
    path.write_bytes(text.encode())
    result = read(path)
    assert [order.external_id for order in result.orders] == ["A-1", "A-3"]
    assert "quotation marks" in result.refused[0].reason
    assert result.refused[0].row == 3


def test_unquoted_separator_is_noticed(path: Path) -> None:
    """A comma in an address shifts every later cell: the quantity may be somebody's postcode."""
    path.write_bytes(table([HEADER, good("A-1")]) + b"A-2,paid,Example Person,1 Example Road, Flat 2,SKU,1,1.00,EUR,\r\n")
    result = read(path)
    assert len(result.orders) == 1
    assert "10 cells, the header 9" in result.refused[0].reason


def test_file_cut_off_in_its_last_row(path: Path) -> None:
    """A copy that broke off must not ship 1 piece of what were 12."""
    data = table([HEADER, good("A-1"), good("A-2", quantity="12")])
    path.write_bytes(data[: data.rindex(b"12,") + 1])
    result = read(path)
    assert [order.external_id for order in result.orders] == ["A-1"]
    assert "ends in the middle" in result.refused[0].reason


def test_short_rows_are_harmless(path: Path) -> None:
    """Programs drop empty cells at the end of a row."""
    path.write_bytes(table([HEADER, good("A-1")[:-1], good("A-2")[:-1]]))
    assert len(read(path).orders) == 2


def test_one_id_for_thousands_of_rows(path: Path) -> None:
    """A file whose id column is constant is a mistake, not an order of ten thousand lines."""
    path.write_bytes(table([HEADER, *(good("A-1", f"S{n}") for n in range(2100)), good("A-2")]))
    result = read(path)
    assert [order.external_id for order in result.orders] == ["A-2"]
    assert "more than 2000 rows" in result.refused[0].reason
    assert len(result.refused[0].raw) < 9000


def test_shopify_rows(path: Path) -> None:
    """Shopify fills the fields of an order in its first row only; zips carry a mark against spreadsheets."""
    header = (
        "Name,Financial Status,Paid at,Fulfillment Status,Currency,Total,Shipping Method,Lineitem quantity,Lineitem name,"
        "Lineitem price,Lineitem sku,Shipping Name,Shipping Address1,Shipping Address2,Shipping City,Shipping Zip,"
        "Shipping Province,Shipping Country,Shipping Phone,Notes,Cancelled at\n"
    )
    path.write_text(
        header
        + "#1,paid,2025-10-07 09:50:26 +0200,unfulfilled,EUR,44.80,Express,1,Cup,34.90,CUP,Ann Example,Example St 1,Flat 2,"
        "Exampleville,'01234,,FR,'+15550100,be quick,\n"
        "#1,,,,,,,3,Spoon,3.30,,,,,,,,,,,\n"
        "#2,refunded,,unfulfilled,EUR,1.00,,1,Cup,1.00,CUP,Ann Example,,,,,,,,,\n"
        "#3,paid,,unfulfilled,EUR,1.00,,1,Cup,1.00,CUP,Ann Example,,,,,,,,,2025-10-08 10:00:00 +0200\n"
        "#4,paid,,partial,EUR,1.00,,1,Cup,1.00,CUP,Ann Example,,,,,,,,,\n"
        "#5,paid,,fulfilled,EUR,1.00,,1,Cup,1.00,CUP,Ann Example,,,,,,,,,\n",
        "utf-8",
    )
    result = read(path)
    first = result.orders[0]
    assert (first.external_id, first.total, first.service_wanted) == ("#1", Money(4480, "EUR"), "Express")
    assert first.buyer_message == "be quick"
    assert (first.consignee.street, first.consignee.postcode) == ("Example St 1, Flat 2", "01234")
    assert first.consignee.phone == "+15550100"
    assert [(line.title, line.quantity) for line in first.lines] == [("Cup", 1), ("Spoon", 3)]
    assert [order.status for order in result.orders[1:]] == [
        OrderStatus.REFUNDED,
        OrderStatus.CANCELLED,
        OrderStatus.FULFILLED,
    ]
    assert "needs a person" in result.refused[0].reason


def test_woocommerce_falls_back_to_the_billing_address(path: Path) -> None:
    """WooCommerce leaves the shipping address empty where it is the billing address; addresses must not be mixed."""
    path.write_text(
        "Order Number,Order Status,First Name (Billing),Last Name (Billing),Address 1&2 (Billing),City (Billing),"
        "Country Code (Billing),Phone (Billing),First Name (Shipping),Last Name (Shipping),Address 1&2 (Shipping),"
        "City (Shipping),Country Code (Shipping),Item #,SKU,Item Name,Quantity (- Refund),Item Cost\n"
        "7,Processing,Bill,Example,Road 1,Billtown,DE,+15550101,,,,,,1,S1,Cup,2,10\n"
        "7,Processing,Bill,Example,Road 1,Billtown,DE,+15550101,,,,,,2,S2,Gone,0,5\n"
        "8,On hold,Bill,Example,Road 1,Billtown,DE,+15550101,Ship,Example,Road 2,,FR,1,S1,Cup,1,10\n",
        "utf-8",
    )
    result = read(path, House("EUR", "", "UTC"))
    assert not result.refused, result.refused
    one, two = result.orders
    assert (one.consignee.name, one.consignee.city) == ("Bill Example", "Billtown")
    assert [(line.ref, line.quantity) for line in one.lines] == [("1", 2)]
    assert two.status is OrderStatus.UNPAID
    assert (two.consignee.name, two.consignee.city, two.consignee.country) == ("Ship Example", "", "FR")
    assert two.consignee.phone == "+15550101"


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "file is empty"),
        (b"\xef\xbb\xbf", "file is empty"),
        (b"\r\norder_id,status\r\n", "first line is empty"),
        ("order_id,status,name,sku,quantity\nA,paid,收件人,s,1\n".encode("gb18030"), "at byte 41.*GB18030.*CSV UTF-8"),
        ("order_id,status,name,sku,quantity\nA,paid,Müller,s,1\n".encode("cp1252"), "0xFC.*Windows-1252"),
        ("order_id,status,name,sku,quantity\nA,paid,x,s,1\n".encode("utf-16"), "at byte 0.*UTF-16"),
        ("order_id,status,name,sku,quantity\nA,paid,x,s,1\n".encode("utf-16-le"), "at byte 1 there is a NUL.*UTF-16"),
        (b"order_id,status,name,sku,quantity\nA,paid,x\0y,s,1\n", "at byte 42 there is a NUL byte.*damaged"),
        (b"PK\x03\x04rest", "Excel workbook"),
        (b"%PDF-1.7", "a PDF"),
        (b"order_id,status,name\rA,paid,x\r", "old Macintosh"),
        (b'"order_id,status,name\n', "quotation mark|not valid CSV"),
        (b"a,b,c\n1,2,3\n", "does not look like the header"),
    ],
)
def test_whole_file_refusals(path: Path, data: bytes, says: str) -> None:
    """One clear sentence each: what, at which byte, and what to do."""
    with pytest.raises(AssertionError, match=says):
        raise AssertionError(refusal(path, data))


def test_100_mb_line_is_refused_without_reading_it(path: Path) -> None:
    """An endless line must cost neither memory nor time, also where the size limit would allow it."""
    path.write_bytes(table([HEADER, good("A-1")]))
    with path.open("r+b") as stream:
        stream.seek(0, os.SEEK_END)
        stream.write(b"x" * (2 << 20))
        stream.truncate(100 << 20)  # a hole: the rest of the line costs no disk
    tracemalloc.start()
    found = look_through(str(path), 200 << 20, "auto")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert isinstance(found, Refusal)
    assert "longer than 1 MiB" in found.reason
    assert peak < 8 << 20
    assert "max_file_mb" in str(look_through(str(path), 64 << 20, "auto"))


def test_quote_that_is_never_closed(path: Path) -> None:
    """A quotation mark that opens and never closes would take the rest of the file for one cell."""
    rows = table([HEADER, *(good(f"A-{n}") for n in range(20_000))]).decode()
    said = refusal(path, rows.replace("A-7,paid,", 'A-7,"paid,', 1).encode())
    assert said.startswith("row 9 (lines 9 to ")
    said = refusal(path, rows.replace("A-7,paid,", 'A-7,"paid,', 1).replace("A-30,paid,", 'A-30,"paid",').encode())
    assert said.startswith("row 9 (lines 9 to 32)")
    said = refusal(path, rows.replace("A-7,paid,", 'A-7,"paid,').replace("A-300,paid,", 'A-300,pa",').encode())
    assert said.startswith("row 9 (lines 9 to 302)"), "closed by chance: three hundred orders would be one cell"
    said = refusal(path, table([HEADER, good("A-1")]) + b'A-2,"' + b"x\r\n" * (1 << 19))
    assert "not closed" in said or "never closed" in said


def test_things_that_are_not_files(tmp_path: Path) -> None:
    """Folders, links and pipes are left alone, and nothing waits for a pipe."""
    (tmp_path / "folder.csv").mkdir()
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "secret").write_bytes(b"x")
    (tmp_path / "link.csv").symlink_to(tmp_path / "secret")
    for name in ("folder.csv", "pipe.csv", "link.csv"):
        assert isinstance(look_through(str(tmp_path / name), LIMIT, "auto"), Unreadable), name
    assert look_through(str(tmp_path / "nothing.csv"), LIMIT, "auto") is None


def test_changed_file_is_not_read_with_an_old_survey(path: Path) -> None:
    """Offsets of yesterday in the file of today would cut customers in two."""
    path.write_bytes(table([HEADER, good("A-1")]))
    rows = surveyed(path).rows
    path.write_bytes(table([HEADER, good("A-1"), good("A-2")]))
    assert read_orders(str(path), rows, HOUSE, 0) is None
    assert rejected_csv(str(path), rows, HOUSE) is None
    path.unlink()
    assert read_orders(str(path), rows, HOUSE, 0) is None
    assert rejected_csv(str(path), rows, HOUSE) is None


def test_rejected_rows_can_be_corrected_and_dropped_again(path: Path) -> None:
    """The packer corrects the rejected file in Excel and drops it: same columns, same separator, and what a buyer wrote
    as a formula is text there, but comes back as it was."""
    evil = "=HYPERLINK(1)"
    rows = [HEADER, good("A-1"), good("B-1", quantity="?", street=evil), good("B-1", "SKU-2", street=evil), good("A-2")]
    path.write_bytes(table(rows, ";", bom=True))
    kept = rejected_csv(str(path), surveyed(path).rows, HOUSE)
    assert kept is not None
    data, count = kept
    assert count == 1
    lines = list(csv.reader(data.decode("utf-8-sig").splitlines(), delimiter=";"))
    assert lines[0] == [*HEADER, "row", "reason"]
    assert [line[-2] for line in lines[1:]] == ["3", "4"]
    assert lines[1][3] == f"'{evil}"
    assert lines[2][-1] == "see row 3"
    path.write_bytes(data.replace(b";?;", b";5;"))
    result = read(path)
    assert [line.quantity for line in result.orders[0].lines] == [5, 2]
    assert result.orders[0].consignee.street == evil


def test_page_ends_are_bounded_by_rows(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Orders of thousands of rows must not make one call last for minutes."""
    monkeypatch.setattr(survey, "MAX_PAGE_ROWS", 10)
    small, large = [good(f"A-{n // 4}", f"S{n}") for n in range(40)], [good("B", f"S{n}") for n in range(30)]
    path.write_bytes(table([HEADER, *small, *large]))
    rows = surveyed(path).rows
    ends = [0]
    while ends[-1] < rows.orders:
        ends.append(rows.page_end(ends[-1], 500))
    assert ends == [0, 2, 4, 6, 8, 10, 11]
    assert rows.page_end(0, 1) == 1
    assert rows.page_end(rows.orders, 500) == rows.orders


@given(st.binary(max_size=200), st.integers(0, 199))
def test_encoding_guess_never_fails(data: bytes, at: int) -> None:
    """A hint must never be what breaks."""
    assert isinstance(scan.looks_like(data, at), str)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=200)
@given(st.binary(max_size=300), st.booleans())
def test_random_bytes_are_answered(tmp_path: Path, data: bytes, after_header: bool) -> None:
    """Whatever is dropped, the answer is orders, rejected rows or one refusal."""
    path = tmp_path / "random.csv"
    path.write_bytes((table([HEADER]) if after_header else b"") + data)
    found = look_through(str(path), LIMIT, "auto")
    assert isinstance(found, Survey | Refusal)
    if isinstance(found, Survey):
        result = read_orders(str(path), found.rows, HOUSE, 0)
        assert result is not None
        assert len(result.orders) + len(result.refused) == found.rows.orders


def test_prepare(tmp_path: Path) -> None:
    """`waybilld check` must say what is wrong with the folder before the first order is lost in it."""
    assert prepare(str(tmp_path / "a" / "b"), "auto") == ""
    (tmp_path / "file").write_bytes(b"")
    assert "is not a folder" in prepare(str(tmp_path / "file"), "auto")
    assert "cannot be made" in prepare(str(tmp_path / "file" / "below"), "auto")
