"""From the rows of one order to an `Order`. Pure: rows, plan and house defaults in, a value or a refusal out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from waybilld_marketplaces.files.profile import Places, Plan
from waybilld_marketplaces.files.values import (
    BadCellError,
    country_code,
    currency_code,
    exact_identifier,
    identifier,
    instant,
    money,
    quantity,
)
from waybilld_sdk.orders import Consignee, Money, Order, OrderLine, OrderStatus

MAX_LINES = 2000
"""Rows of one order; more of them means that the id column is not an id."""

_TO_SHIP = (OrderStatus.PAID, OrderStatus.UNPAID)
Cells = Sequence[str]


@dataclass(frozen=True, slots=True)
class House:
    """The shop's defaults: ISO 4217 code or "", ISO 3166-1 alpha-2 code or "", IANA zone."""

    currency: str
    country: str
    timezone: str


class OrderRefusedError(ValueError):
    """An order that cannot be read. `row` is the spreadsheet row (the header is row 1) that is to blame."""

    def __init__(self, row: int, reason: str) -> None:
        super().__init__(reason)
        self.row = row
        self.reason = reason


def pick(cells: Cells, places: Places, joiner: str = " ") -> str:
    """A field's text: the first alternative that is not empty."""
    for columns in places:
        if len(columns) == 1:
            text = cells[columns[0]].strip()
        else:
            text = joiner.join(part for column in columns if (part := cells[column].strip()))
        if text:
            return text
    return ""


def order_key(cells: Cells, plan: Plan) -> str:
    """What groups the rows of one order: its id, also where a row is too short to hold it ("")."""
    try:
        return identifier(pick(cells, plan.order_id))
    except IndexError:
        return ""


def build_order(rows: Sequence[tuple[int, Cells]], plan: Plan, house: House) -> Order:
    """The order that stands in `rows`: (spreadsheet row, cells as wide as the header). Raises `OrderRefusedError`."""
    first = rows[0][0]
    if len(rows) > MAX_LINES:
        raise OrderRefusedError(
            first, f"more than {MAX_LINES} rows have this order number: is it the right column?"
        )
    head = _head(rows, plan)
    try:
        external_id = exact_identifier(pick(head, plan.order_id), plan.heading(plan.order_id))
        if not external_id:
            raise BadCellError(f"there is no order number in column {plan.heading(plan.order_id)!r}")
        status = _status(head, plan)
        order = {field: pick(head, places) for field, places in plan.order.items()}
        zone = ZoneInfo(house.timezone)
        paid_at, ship_by, total = order.get("paid_at"), order.get("ship_by"), order.get("total")
        currency = order.get("currency") or house.currency
        consignee = _consignee(head, plan, house, needed=status in _TO_SHIP)
        instants = [
            instant(text, zone, plan.heading(plan.order[field])) if text else None
            for field, text in (("paid_at", paid_at), ("ship_by", ship_by))
        ]
        price = _money(total, currency, plan, plan.order) if total else None
    except BadCellError as error:
        raise OrderRefusedError(first, str(error)) from error
    return Order(
        external_id=external_id,
        status=status,
        consignee=consignee,
        lines=_lines(rows, plan, currency, needed=status in _TO_SHIP),
        paid_at=instants[0],
        ship_by=instants[1],
        total=price,
        buyer_message=order.get("buyer_message", ""),
        seller_memo=order.get("seller_memo", ""),
        service_wanted=order.get("service", ""),
        order_type=order.get("order_type", ""),
    )


def _head(rows: Sequence[tuple[int, Cells]], plan: Plan) -> Cells:
    """The fields of the order, each from the first row that has it. Rows that contradict each other are refused."""
    head = rows[0][1]
    if len(rows) == 1:
        return head
    merged = list(head)
    for row, cells in rows[1:]:
        for column in plan.order_columns:
            text = cells[column].strip()
            if text and text != merged[column].strip():
                if merged[column].strip():
                    heading = plan.header[column]
                    raise OrderRefusedError(row, f"row {rows[0][0]} says something else in column {heading!r}")
                merged[column] = text
    return merged


def _status(cells: Cells, plan: Plan) -> OrderStatus:
    for rule in plan.status:
        word = pick(cells, rule.places).casefold()
        verdict = rule.filled if word and rule.filled else rule.words.get(word)
        heading = plan.heading(rule.places)
        if verdict == "ask":
            raise BadCellError(f"the status in column {heading!r} needs a person: settle it in the shop and export again")
        if verdict is None and (rule.words or rule is plan.status[-1]):
            known = ", ".join(word for word in rule.words if word)
            raise BadCellError(f"the status in column {heading!r} is not one of: {known}")
        if verdict is not None and verdict != "next":
            return OrderStatus(verdict)
    raise BadCellError("no status column decides what this order is: correct the column profile")


def _consignee(cells: Cells, plan: Plan, house: House, *, needed: bool) -> Consignee:
    block: Mapping[str, Places] = plan.consignee[0]
    for candidate in plan.consignee:
        if pick(cells, candidate.get("name", ())) or pick(cells, candidate.get("street", ())):
            block = candidate
            break
    text = {field: pick(cells, places, ", " if field == "street" else " ") for field, places in block.items()}
    if needed and not text.get("name"):
        heading = plan.heading(block.get("name", ()))
        raise BadCellError(f"there is no consignee name in column {heading!r}")
    country = text.get("country", "")
    return Consignee(
        name=text.get("name", ""),
        phone=exact_identifier(text.get("phone", ""), plan.heading(block.get("phone", ()))),
        country=country_code(country, plan.countries, plan.heading(block["country"])) if country else house.country,
        province=text.get("province", ""),
        city=text.get("city", ""),
        district=text.get("district", ""),
        street=text.get("street", ""),
        postcode=identifier(text.get("postcode", "")),
    )


def _money(text: str, currency: str, plan: Plan, where: Mapping[str, Places]) -> Money:
    column = plan.heading(where["total"] if where is plan.order else where["unit_price"])
    if not currency:
        raise BadCellError(
            f"the amount in column {column!r} has no currency: fill the currency column, or set the shop's `currency`"
        )
    return money(text, currency_code(currency, "the order's currency"), column)


def _lines(rows: Sequence[tuple[int, Cells]], plan: Plan, currency: str, *, needed: bool) -> tuple[OrderLine, ...]:
    lines: list[OrderLine] = []
    seen: set[str] = set()
    position = 0
    for row, cells in rows:
        text = {field: pick(cells, places) for field, places in plan.line.items()}
        if not any(text.values()):
            continue  # exports put coupons and fees of an order into rows without goods
        position += 1
        try:
            line = _line(text, position, plan, currency)
        except BadCellError as error:
            raise OrderRefusedError(row, str(error)) from error
        if line.ref in seen:
            heading = plan.heading(plan.line["ref"])
            raise OrderRefusedError(row, f"the line id in column {heading!r} stands in this order twice")
        seen.add(line.ref)
        if line.quantity:
            lines.append(line)
    if needed and not lines:
        raise OrderRefusedError(rows[0][0], "the order has no goods to ship")
    return tuple(lines)


def _line(text: Mapping[str, str], position: int, plan: Plan, currency: str) -> OrderLine:
    sku = identifier(text.get("sku", ""))
    title = text.get("title", "")
    if not (sku or title):
        raise BadCellError("the row has neither an article number nor a title")
    ref = exact_identifier(text["ref"], plan.heading(plan.line["ref"])) if text.get("ref") else ""
    price = text.get("unit_price", "")
    return OrderLine(
        ref=ref or (f"L{position}:{sku}" if sku else f"L{position}"),
        sku=sku,
        title=title,
        quantity=quantity(text["quantity"], plan.heading(plan.line["quantity"])),
        unit_price=_money(price, currency, plan, plan.line) if price else None,
    )
