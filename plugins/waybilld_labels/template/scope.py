"""What expressions may name, by place: a tree of fields, each with its kind and its meaning."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What a value is. Only text and numbers can stand on paper or in a bar code."""

    TEXT = "text"
    NUMBER = "number"
    LIST = "list of texts"
    GOODS = "list of goods"
    MONEY = "money"
    INSTANT = "instant"
    YES_NO = "yes or no"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Field:
    """One field: what it is, and what it means. It may be empty, and money and instants may be nothing."""

    kind: Kind
    meaning: str


Tree = Mapping[str, Any]
"""Name to `Field`, or to another tree; `{"*": field}` takes any name."""


def _texts(**meanings: str) -> dict[str, Any]:
    return {name: Field(Kind.TEXT, meaning) for name, meaning in meanings.items()}


_PERSON_ADDRESS = _texts(country="two-letter code of the country", postcode="postcode")
FIELDS: Tree = {
    **_texts(kind="what the label is: waybill, slip, pick, form, card, invoice, separator, test, run, pack, pack-strip"),
    "copy": Field(Kind.NUMBER, "number of this copy; a copy above 1 must carry a visible mark"),
    **_texts(
        serial="machine-readable print serial of this copy",
        sequence="place in the batch, such as `42 / 200`; may be empty",
        batch="name of the wave or batch; may be empty",
        carrier="the carrier's name as people read it",
        account="name of the carrier account in the configuration",
        service="the carrier's service",
        mode="how the parcel travels, such as `express` or `own-delivery`",
        shop="name of the shop in the configuration",
        order_type="the platform's word for the kind of order, such as presale or exchange; may be empty",
        number="the waybill number",
    ),
    "sort_codes": Field(
        Kind.LIST,
        "the carrier's sort codes (大头笔, 三段码) as the carrier gave them; `sort_codes[0]` is the first, or nothing",
    ),
    "consignee": {
        **_texts(
            name="name, masked where the shop asks for it",
            phone="phone, masked where the shop asks for it",
            province="province or state",
            city="city",
            district="district",
            street="street, house and room; the room masked where the shop asks for it",
            region="province, city, district and postcode on one line",
            address_1="first line of the address in its reading order: the region in Chinese, the street elsewhere",
            address_2="second line of the address: the street in Chinese, town and country elsewhere",
        ),
        **_PERSON_ADDRESS,
    },
    "sender": {**_texts(name="name", phone="phone", address="address"), **_PERSON_ADDRESS},
    "order": {
        **_texts(
            refs="the platforms' order numbers as one text, with commas between them",
            message="the buyer's message; phone numbers masked where the shop asks for it",
        ),
        "paid_at": Field(Kind.INSTANT, "when it was paid: use the filter `date`"),
        "total": Field(Kind.MONEY, "what was paid: use the filter `money`"),
    },
    "lines": Field(Kind.GOODS, "the lines of goods; what tables go over"),
    "shown_lines": Field(Kind.GOODS, "the lines that may be named on the outside of a parcel"),
    "line_count": Field(Kind.NUMBER, "how many lines of goods"),
    "pieces": Field(Kind.NUMBER, "the sum of their quantities"),
    "texts": {
        "*": Field(
            Kind.TEXT, "a text of the shop's configuration by its name, `-` written as `_`; empty where the shop has none"
        )
    },
    "media": {
        "width": Field(Kind.NUMBER, "width of the printer's media in mm"),
        "height": Field(Kind.NUMBER, "height of the printer's media in mm"),
        "dots_per_mm": Field(Kind.NUMBER, "the printer's resolution"),
    },
    "page": {
        "number": Field(Kind.NUMBER, "number of this page from 1"),
        "count": Field(Kind.NUMBER, "how many pages"),
    },
}

ROW: Tree = {
    "line": {
        **_texts(
            sku="SKU; on a run sheet the waybill number, on a check-off sheet the print serial",
            title="the platform's title; on a check-off sheet the waybill number",
            short_name="what the shop calls it on labels; may be empty",
            label="the short name, or the title without one",
        ),
        "quantity": Field(
            Kind.NUMBER, "quantity; on a run sheet how many parcels, on a check-off sheet the label's number in the pack"
        ),
        **_texts(bin="where it lies; on a check-off sheet the shipment"),
        "unit_price": Field(Kind.MONEY, "price of one: use the filter `money`"),
        "hidden": Field(Kind.YES_NO, "whether it may not be named on the outside"),
        "consignee": FIELDS["consignee"],
    },
    "row": Field(Kind.NUMBER, "number of the row from 1"),
}

LEFT_OUT: Tree = {"left_out": Field(Kind.NUMBER, "how many lines have no room")}

_NEAR = 0.7
"""How alike names must be to be meant for each other; with difflib's own 0.6, `custmer` would be `number`."""


@dataclass(frozen=True, slots=True)
class Scope:
    """The names that an expression may use in its place."""

    tree: Tree

    def field(self, path: tuple[str, ...]) -> Field | None:
        """The field that a dotted path names."""
        tree: Any = self.tree
        for name in path:
            if not isinstance(tree, Mapping):
                return None
            tree = tree.get(name, tree.get("*"))
        return tree if isinstance(tree, Field) else None

    def wrong(self, path: tuple[str, ...]) -> str:
        """What is wrong with a dotted path, in a sentence with the nearest right one; empty when it names a value."""
        tree: Any = self.tree
        for at, name in enumerate(path):
            before = ".".join(path[:at])
            if not isinstance(tree, Mapping):
                return f"{before} has no parts: {'.'.join(path)} names nothing"
            if name not in tree and "*" not in tree:
                return _unknown(name, before, tree)
            tree = tree.get(name, tree.get("*"))
        if isinstance(tree, Mapping):
            whole = ".".join(path)
            known = f"name one, such as {whole}.return_policy" if "*" in tree else f"name one of {', '.join(tree)}"
            return f"{whole} has parts: {known}"
        return ""


def _unknown(name: str, before: str, tree: Tree) -> str:
    if not before and name in ROW:
        return f"{name!r} is known only in the columns of a table"
    if not before and name in LEFT_OUT:
        return f"{name!r} is known only in the `more` of a table"
    near = get_close_matches(name, tree, n=1, cutoff=_NEAR)
    meant = f"{before}.{near[0]}" if near and before else near[0] if near else ""
    advice = f": did you mean {meant!r}?" if meant else f": known are {', '.join(tree)}"
    return f"{before + ' has no part' if before else 'there is no field'} {name!r:.60}{advice}"


LABEL = Scope(FIELDS)
"""Everywhere but in tables."""

TABLE = Scope({**FIELDS, **ROW})
"""In the columns of a table."""

MORE = Scope({**FIELDS, **LEFT_OUT})
"""In the `more` of a table, which is no row."""
