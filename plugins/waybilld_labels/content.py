"""The words of a label: cleaned, masked and put in reading order, before anything is measured or drawn."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields

from waybilld_labels.fonts.glyphs import missing
from waybilld_labels.text import masking
from waybilld_labels.text.clean import clean
from waybilld_sdk.labels import Finding, LabelLine, LabelRequest
from waybilld_sdk.orders import Consignee

LINES_MOST = 80
"""Goods lines that are read; the label has room for fewer."""

_SMALL_TO_LARGE = re.compile("[\u2e80-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003fffd]")


@dataclass(frozen=True, slots=True)
class Content:
    """What is drawn, in the words that are drawn. Empty text: nothing stands there.

    `address` holds the paragraphs of the consignee's address in the order in which they are written: Chinese, Japanese and
    Korean addresses go from the region to the door, others from the door to the country. `goods` is at most `LINES_MOST`
    of `line_count` lines, each (SKU, title, quantity); `pieces` is the sum of all quantities.
    """

    carrier: str
    service: str
    sort_codes: tuple[str, ...]
    name: str
    phone: str
    address: tuple[str, ...]
    sender: str
    sender_address: str
    goods: tuple[tuple[str, str, str], ...]
    line_count: int
    pieces: int
    message: str
    order_refs: str
    sequence: str


def content(request: LabelRequest) -> Content:
    """The words of a request, the consignee masked where the request asks for it."""
    consignee = _cleaned(request.consignee)
    message = clean(request.buyer_message)
    if request.mask:
        consignee, message = masking.mask(consignee), masking.mask_phones(message)
    sender = request.sender
    return Content(
        carrier=clean(request.carrier),
        service=clean(request.service),
        sort_codes=tuple(filter(None, map(clean, request.sort_codes))),
        name=consignee.name,
        phone=consignee.phone,
        address=_address(consignee, clean(sender.country)),
        sender=" ".join(filter(None, (clean(sender.name), clean(sender.phone)))),
        sender_address=" ".join(filter(None, (clean(sender.address), clean(sender.postcode)))),
        goods=tuple(map(_goods, request.lines[:LINES_MOST])),
        line_count=len(request.lines),
        pieces=sum(line.quantity for line in request.lines),
        message=message,
        order_refs=", ".join(filter(None, map(clean, request.order_refs))),
        sequence=clean(request.sequence),
    )


def missing_glyphs(words: Content) -> tuple[Finding, ...]:
    """One finding when the font lacks characters of the label. It names the places, not the characters: they may be part
    of a person's name."""
    count, places = 0, []
    for field in fields(words):
        lacking = missing(_joined(getattr(words, field.name)))
        if lacking:
            count += lacking
            places.append(field.name.replace("_", " "))
    if not count:
        return ()
    return (
        Finding(
            "missing-glyph",
            f"{count} character{'s' if count > 1 else ''} of {', '.join(places)} "
            f"{'are' if count > 1 else 'is'} not in the label font and drawn as a crossed box: "
            "compare the label with the order before the parcel leaves",
        ),
    )


def _joined(value: str | int | tuple[str, ...] | tuple[tuple[str, str, str], ...]) -> str:
    if isinstance(value, tuple):
        return "".join(map(_joined, value))
    return str(value)


def _goods(line: LabelLine) -> tuple[str, str, str]:
    return clean(line.sku), clean(line.title), f"×{line.quantity}"


def _cleaned(given: Consignee) -> Consignee:
    return Consignee(
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


def _address(given: Consignee, sender_country: str) -> tuple[str, ...]:
    abroad = given.country if given.country != sender_country else ""
    if _SMALL_TO_LARGE.search(given.province + given.city + given.street):
        # A municipality is its own province; writing 上海市 twice only costs room.
        parts = dict.fromkeys((given.province, given.city, given.district, given.postcode, abroad))
        paragraphs = (" ".join(filter(None, parts)), given.street)
    else:
        town = ", ".join(filter(None, (given.district, given.city, given.province)))
        paragraphs = (given.street, " ".join(filter(None, (town, given.postcode, abroad))))
    return tuple(filter(None, paragraphs))
