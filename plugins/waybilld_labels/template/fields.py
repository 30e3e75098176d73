"""The fields of one label: a request's words cleaned, masked and put in reading order, under the names of `scope`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

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


def fields_of(request: LabelRequest, names: frozenset[str]) -> dict[str, Any]:
    """The values of the fields `names` (first names, others may lack), every text of them cleaned.

    The consignee and phone numbers in the buyer's message are masked where the request asks for it.
    """
    made = {name: make(request) for name, make in _MAKERS.items() if name in names}
    made["kind"] = request.kind
    if "lines" in made or "shown_lines" in made:
        made.setdefault("lines", _lines(request))
        made["shown_lines"] = tuple([line for line in made["lines"] if not line["hidden"]])
    return made


def _consignee(request: LabelRequest) -> dict[str, str]:
    return _person(request.consignee, request)


def _person(given: Consignee, request: LabelRequest) -> dict[str, str]:
    """A consignee, masked where the request asks for it."""
    known = Consignee(
        name=clean(given.name),
        phone=clean(given.phone),
        country=clean(given.country),
        province=clean(given.province),
        city=clean(given.city),
        district=clean(given.district),
        street=clean(given.street),
        postcode=clean(given.postcode),
        form=given.form,
    )
    if request.mask:
        known = masking.mask(known)
    region, first, second = _address(known, clean(request.sender.country))
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


def _sender(request: LabelRequest) -> dict[str, str]:
    given = request.sender
    return {
        "name": clean(given.name),
        "phone": clean(given.phone),
        "address": clean(given.address),
        "country": clean(given.country),
        "postcode": clean(given.postcode),
    }


def _order(request: LabelRequest) -> dict[str, Any]:
    message = clean(request.buyer_message)
    return {
        "refs": ", ".join(filter(None, map(clean, request.order_refs))),
        "message": masking.mask_phones(message) if request.mask else message,
        "paid_at": request.paid_at,
        "total": request.total,
    }


def _lines(request: LabelRequest) -> tuple[dict[str, Any], ...]:
    return tuple(
        [
            _line(line, _NOBODY if line.consignee == NOBODY else _person(line.consignee, request))
            for line in request.lines[:LINES_MOST]
        ]
    )


def _line(line: LabelLine, consignee: Mapping[str, str]) -> dict[str, Any]:
    title, short = clean(line.title), clean(line.short_name)
    return {
        "sku": clean(line.sku),
        "title": title,
        "short_name": short,
        "label": short or title,
        "quantity": line.quantity,
        "bin": clean(line.bin),
        "unit_price": line.unit_price,
        "hidden": line.hidden,
        "consignee": consignee,
    }


def _media(request: LabelRequest) -> dict[str, str]:
    width, height = request.media_mm
    return {"width": f"{width:g}", "height": f"{height:g}", "dots_per_mm": f"{request.dots_per_mm:g}"}


def _texts(request: LabelRequest) -> Texts:
    return Texts({name.replace("-", "_"): clean(text) for name, text in request.texts})


_MAKERS: Mapping[str, Callable[[LabelRequest], Any]] = {
    "copy": lambda request: request.copy,
    "serial": lambda request: clean(request.serial),
    "sequence": lambda request: clean(request.sequence),
    "batch": lambda request: clean(request.batch),
    "carrier": lambda request: clean(request.carrier),
    "account": lambda request: clean(request.account),
    "service": lambda request: clean(request.service),
    "mode": lambda request: clean(request.mode),
    "shop": lambda request: clean(request.shop),
    "order_type": lambda request: clean(request.order_type),
    # What a bar code carries must read back as it was given, so that nothing is cleaned away here.
    "number": lambda request: request.waybill_number,
    "sort_codes": lambda request: tuple(filter(None, map(clean, request.sort_codes))),
    "consignee": _consignee,
    "sender": _sender,
    "order": _order,
    "lines": _lines,
    "shown_lines": lambda _: (),
    "line_count": lambda request: len(request.lines),
    "pieces": lambda request: sum(line.quantity for line in request.lines),
    "texts": _texts,
    "media": _media,
    "page": lambda _: {"number": 1, "count": 1},
}
