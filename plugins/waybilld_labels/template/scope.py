"""What expressions may name, by kind of template: a tree of fields with their meaning."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

Tree = Mapping[str, Any]
"""Name to meaning, or to another tree; `{"*": meaning}` takes any name."""

_PERSON_ADDRESS = {
    "country": "two-letter code of the country",
    "postcode": "postcode",
}
FIELDS: Tree = {
    "kind": "what the label is: waybill, slip, pick, form, card, invoice, separator, test, run",
    "copy": "number of this copy; a copy above 1 must carry a visible mark",
    "serial": "machine-readable print serial of this copy",
    "sequence": "place in the batch, such as `42 / 200`; may be empty",
    "batch": "name of the wave or batch; may be empty",
    "carrier": "the carrier's name as people read it",
    "account": "name of the carrier account in the configuration",
    "service": "the carrier's service",
    "mode": "how the parcel travels, such as `express` or `own-delivery`",
    "shop": "name of the shop in the configuration",
    "order_type": "the platform's word for the kind of order, such as presale or exchange; may be empty",
    "number": "the waybill number",
    "sort_codes": "the carrier's sort codes (大头笔, 三段码) as a list, as the carrier gave them",
    "consignee": {
        "name": "name, masked where the shop asks for it",
        "phone": "phone, masked where the shop asks for it",
        "province": "province or state",
        "city": "city",
        "district": "district",
        "street": "street, house and room; the room masked where the shop asks for it",
        "region": "province, city, district and postcode on one line",
        "address_1": "first line of the address in its reading order: the region in Chinese, the street elsewhere",
        "address_2": "second line of the address: the street in Chinese, town and country elsewhere",
        **_PERSON_ADDRESS,
    },
    "sender": {"name": "name", "phone": "phone", "address": "address", **_PERSON_ADDRESS},
    "order": {
        "refs": "the platforms' order numbers",
        "message": "the buyer's message; phone numbers masked where the shop asks for it",
        "paid_at": "when it was paid: use the filter `date`",
        "total": "what was paid: use the filter `money`",
    },
    "lines": "the lines of goods as a list; what tables go over",
    "shown_lines": "the lines that may be named on the outside of a parcel",
    "line_count": "how many lines of goods",
    "pieces": "the sum of their quantities",
    "texts": {"*": "a text of the shop's configuration by its name, `-` written as `_`; empty where the shop has none"},
    "media": {
        "width": "width of the printer's media in mm",
        "height": "height of the printer's media in mm",
        "dots_per_mm": "the printer's resolution",
    },
    "page": {"number": "number of this page from 1", "count": "how many pages"},
}

ROW: Tree = {
    "line": {
        "sku": "SKU; on a run sheet the waybill number",
        "title": "the platform's title",
        "short_name": "what the shop calls it on labels; may be empty",
        "label": "the short name, or the title without one",
        "quantity": "quantity; on a run sheet how many parcels",
        "bin": "where it lies",
        "unit_price": "price of one: use the filter `money`",
        "hidden": "whether it may not be named on the outside",
        "consignee": FIELDS["consignee"],
    },
    "row": "number of the row from 1",
    "left_out": "how many lines have no room; only in `more`",
}


@dataclass(frozen=True, slots=True)
class Scope:
    """The names that an expression may use in its place."""

    tree: Tree

    def wrong(self, path: tuple[str, ...]) -> str:
        """What is wrong with a dotted path, in a sentence with the nearest right one; empty when it names a value."""
        tree: Any = self.tree
        for at, name in enumerate(path):
            if not isinstance(tree, Mapping):
                return f"{'.'.join(path[:at])} has no parts: {'.'.join(path)} names nothing"
            if name not in tree and "*" not in tree:
                before = ".".join(path[:at])
                near = get_close_matches(name, tree, n=1)
                advice = f": did you mean {'.'.join((*path[:at], near[0]))!r}?" if near else f": known are {', '.join(tree)}"
                return f"{before + ' has no part' if before else 'there is no field'} {name!r:.60}{advice}"
            tree = tree.get(name, tree.get("*"))
        if isinstance(tree, Mapping):
            return f"{'.'.join(path)} has parts: name one of {', '.join(tree)}"
        return ""


LABEL = Scope(FIELDS)
"""Everywhere but in the rows of a table."""

TABLE = Scope({**FIELDS, **ROW})
"""In the columns of a table, and in its `more`."""
