"""The fields of one label: a request's words cleaned, masked and put in reading order, under the names of `scope`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from waybilld_labels.template.picking import picked
from waybilld_labels.template.scope import FIELDS
from waybilld_labels.text import masking
from waybilld_labels.text.clean import clean
from waybilld_sdk.labels import NOBODY, LabelLine, LabelRequest
from waybilld_sdk.orders import Consignee

LINES_MOST = 5000
"""Lines of goods that are read of one request."""

_SMALL_TO_LARGE = re.compile("[\u2e80-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003fffd]")


_NOBODY = dict.fromkeys(FIELDS["consignee"], "")
"""The consignee of a line that is no stop of a run."""


class Texts(dict[str, str]):
    """A shop's texts; one that it has not is empty."""

    def __missing__(self, name: str) -> str:
        return ""


def fields_of(request: LabelRequest, names: frozenset[str], removed: dict[str, int] | None = None) -> dict[str, Any]:
    """The values of the fields `names` (first names, others may lack), every text of them cleaned.

    The consignee and phone numbers in the buyer's message are masked where the request asks for it; the lines of a pick
    list stand in the order of picking. `removed` takes the
    names of the fields that lost characters, with their number, as `text.clean` counts them.
    """
    words = Cleaner(removed if removed is not None else {})
    if request.kind == "pick":
        request = replace(request, lines=picked(request.lines))
    made = {name: make(request, words) for name, make in _MAKERS.items() if name in names}
    made["kind"] = request.kind
    if "lines" in made or "shown_lines" in made:
        made.setdefault("lines", _lines(request, words))
        made["shown_lines"] = tuple([line for line in made["lines"] if not line["hidden"]])
    return made


@dataclass(frozen=True, slots=True)
class Cleaner:
    """Cleans the texts of one request; `removed` is added to."""

    removed: dict[str, int]

    def __call__(self, name: str, text: str) -> str:
        """The clean text of the field `name`."""
        said, removed = clean(text)
        if removed:
            self.removed[name] = self.removed.get(name, 0) + removed
        return said


def _consignee(request: LabelRequest, words: Cleaner) -> dict[str, str]:
    return _person(request.consignee, "consignee", request, words)


def _person(given: Consignee, name: str, request: LabelRequest, words: Cleaner) -> dict[str, str]:
    """A consignee, masked where the request asks for it; `name` is that of its field."""
    known = Consignee(
        name=words(f"{name}.name", given.name),
        phone=words(f"{name}.phone", given.phone),
        country=words(f"{name}.country", given.country),
        province=words(f"{name}.province", given.province),
        city=words(f"{name}.city", given.city),
        district=words(f"{name}.district", given.district),
        street=words(f"{name}.street", given.street),
        postcode=words(f"{name}.postcode", given.postcode),
        form=given.form,
    )
    if request.mask:
        known = masking.mask(known)
    region, first, second = _address(known, clean(request.sender.country)[0])
    return {
        "name": known.name,
        "phone": known.phone,
        "country": known.country,
        "province": known.province,
        "city": known.city,
        "district": known.district,
        "street": known.street,
        "postcode": known.postcode,
        "region": region,
        "address_1": first,
        "address_2": second,
    }


def _address(given: Consignee, sender_country: str) -> tuple[str, str, str]:
    """The region on one line, and the address in its reading order: Chinese, Japanese and Korean addresses go from the
    region to the door, others from the door to the country."""
    abroad = given.country if given.country != sender_country else ""
    if _SMALL_TO_LARGE.search(given.province + given.city + given.street):
        # A municipality is its own province; writing 上海市 twice only costs room.
        region = " ".join(filter(None, dict.fromkeys((given.province, given.city, given.district, given.postcode, abroad))))
        lines = (region, given.street)
    else:
        town = ", ".join(filter(None, (given.district, given.city, given.province)))
        region = " ".join(filter(None, (town, given.postcode, abroad)))
        lines = (given.street, region)
    first, second = lines if lines[0] else (lines[1], "")
    return region, first, second


def _sender(request: LabelRequest, words: Cleaner) -> dict[str, str]:
    given = request.sender
    return {
        "name": words("sender.name", given.name),
        "phone": words("sender.phone", given.phone),
        "address": words("sender.address", given.address),
        "country": words("sender.country", given.country),
        "postcode": words("sender.postcode", given.postcode),
    }


def _order(request: LabelRequest, words: Cleaner) -> dict[str, Any]:
    message = words("order.message", request.buyer_message)
    return {
        "refs": ", ".join(_several("order.refs", request.order_refs, words)),
        "message": masking.mask_phones(message) if request.mask else message,
        "paid_at": request.paid_at,
        "total": request.total,
    }


def _several(name: str, texts: tuple[str, ...], words: Cleaner) -> tuple[str, ...]:
    return tuple([said for text in texts if (said := words(name, text))])


def _lines(request: LabelRequest, words: Cleaner) -> tuple[dict[str, Any], ...]:
    return tuple([_line(line, request, words) for line in request.lines[:LINES_MOST]])


def _line(line: LabelLine, request: LabelRequest, words: Cleaner) -> dict[str, Any]:
    title, short = words("line.title", line.title), words("line.short_name", line.short_name)
    consignee = _NOBODY if line.consignee == NOBODY else _person(line.consignee, "line.consignee", request, words)
    return {
        "sku": words("line.sku", line.sku),
        "title": title,
        "short_name": short,
        "label": short or title,
        "quantity": line.quantity,
        "bin": words("line.bin", line.bin),
        "unit_price": line.unit_price,
        "hidden": line.hidden,
        "consignee": consignee,
    }


def _media(request: LabelRequest, _: Cleaner) -> dict[str, float]:
    width, height = request.media_mm
    return {"width": width, "height": height, "dots_per_mm": request.dots_per_mm}


def _texts(request: LabelRequest, words: Cleaner) -> Texts:
    return Texts({(known := name.replace("-", "_")): words(f"texts.{known}", text) for name, text in request.texts})


_MAKERS: Mapping[str, Callable[[LabelRequest, Cleaner], Any]] = {
    "copy": lambda request, _: request.copy,
    "serial": lambda request, words: words("serial", request.serial),
    "sequence": lambda request, words: words("sequence", request.sequence),
    "batch": lambda request, words: words("batch", request.batch),
    "carrier": lambda request, words: words("carrier", request.carrier),
    "account": lambda request, words: words("account", request.account),
    "service": lambda request, words: words("service", request.service),
    "mode": lambda request, words: words("mode", request.mode),
    "shop": lambda request, words: words("shop", request.shop),
    "order_type": lambda request, words: words("order_type", request.order_type),
    # What a bar code carries must read back as it was given, so that nothing is cleaned away here.
    "number": lambda request, _: request.waybill_number,
    "sort_codes": lambda request, words: _several("sort_codes", request.sort_codes, words),
    "consignee": _consignee,
    "sender": _sender,
    "order": _order,
    "lines": _lines,
    "shown_lines": lambda *_: (),
    "line_count": lambda request, _: len(request.lines),
    "pieces": lambda request, _: sum(line.quantity for line in request.lines),
    "texts": _texts,
    "media": _media,
    "page": lambda *_: {"number": 1, "count": 1},
}
