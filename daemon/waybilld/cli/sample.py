"""Sample labels through the configured renderer: what the paper will look like before the first order came."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from waybilld.config.model import Config
from waybilld.core.policy import Mask
from waybilld.core.serials import label_serial
from waybilld_sdk.labels import LabelLine, LabelRequest, Render
from waybilld_sdk.orders import Consignee, Money
from waybilld_sdk.shipping import DocumentArtwork, Sender

_CONSIGNEE = Consignee(
    name="示例收件人 Sample",
    phone="10000000000",
    country="CN",
    province="示例省",
    city="示例市",
    district="样例区",
    street="样例路 1 号 2 单元 303 室, Sample Road 1",
    postcode="100000",
)
_LINES = (
    LabelLine("SKU-1", "示例商品 Sample goods", 2, bin="A-01-1", unit_price=Money(4990, "CNY")),
    LabelLine("SKU-2", "Another item", 1, bin="B-07-3", unit_price=Money(2600, "CNY")),
)
_STOPS = (LabelLine("RR123456785CN", "", 1, consignee=_CONSIGNEE), LabelLine("RR123456799CN", "", 2, consignee=_CONSIGNEE))
_NUMBER = "RR123456785CN"
"""The example number of UPU S10-12, whose check digit is right."""

_POLICY = "七天无理由退货，请先联系客服取得退货地址。Returns within 30 days: ask us for the address first."
_PAID_AT = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)


def sample(config: Config, dots_per_mm: float, media_mm: tuple[float, float], kind: str = "waybill") -> LabelRequest:
    """An ordinary label of the first shop and carrier."""
    given = config.senders[0] if config.senders else None
    sender = (
        Sender(given.display_name, given.phone, given.address, given.country or "", given.postcode)
        if given
        else Sender("示例商店 Sample Store", "010-0000000", "样例路 2 号")
    )
    carrier = config.carriers[0] if config.carriers else None
    return LabelRequest(
        kind=kind,
        dots_per_mm=dots_per_mm,
        media_mm=media_mm,
        carrier=(carrier.title or carrier.name) if carrier else "sample",
        account=carrier.name if carrier else "",
        mode=carrier.mode if carrier else "express",
        shop=config.shops[0].name if config.shops else "",
        service="standard",
        waybill_number=_NUMBER,
        sort_codes=("示例-010", "A1", "07"),
        consignee=_CONSIGNEE,
        sender=sender,
        lines=_STOPS if kind == "run" else _LINES,
        order_refs=("SAMPLE-1",),
        serial=label_serial(0, 1),
        mask=kind != "run" and (not config.shops or config.shops[0].mask is not Mask.NEVER),
        sequence="1 / 20",
        buyer_message="请放门口 Leave at the door",
        batch="WAVE-1",
        paid_at=_PAID_AT,
        total=Money(12580, "CNY"),
        texts=(("return-policy", _POLICY),),
    )


FIELDS: Mapping[str, str] = {
    "account": "account",
    "batch": "batch",
    "carrier": "carrier",
    "mode": "mode",
    "number": "waybill_number",
    "order.message": "buyer_message",
    "order_type": "order_type",
    "sequence": "sequence",
    "serial": "serial",
    "service": "service",
    "shop": "shop",
}
"""The fields of a sample that somebody may set, by the names that templates know: its texts that are no person's."""

LABELS = ("ordinary", "bare", "copy", "long")
"""The labels that a template must stand."""


def with_fields(request: LabelRequest, given: Mapping[str, str]) -> LabelRequest:
    """The request with some of `FIELDS` as given."""
    return replace(request, **{FIELDS[name]: value for name, value in given.items()})  # type: ignore[arg-type]


_INSIDE: Mapping[str, tuple[str, tuple[float, float] | None]] = {
    # Shorter than 100 x 150 mm, so that artwork-whole has room for the mark of a copy.
    "waybill": ("waybill", (96.0, 144.0)),
    "card": ("separator", None),
    "invoice": ("slip", None),
}
"""What stands for somebody else's drawing of a kind: the kind and media of one of our own."""


def with_artwork(request: LabelRequest, render: Render) -> LabelRequest:
    """The request with a picture of our own as if a carrier, or the shop, had drawn it. Raises as `render` does."""
    kind, media_mm = _INSIDE.get(request.kind, ("slip", None))
    inside = replace(request, kind=kind, media_mm=media_mm or request.media_mm, template="", copy=1)
    return replace(request, artwork=DocumentArtwork("image/png", render(inside)[0].png))


def variations(request: LabelRequest) -> Mapping[str, LabelRequest]:
    """The labels that a template must stand: an ordinary one, one with little on it, a copy, and one with much."""
    bare = replace(
        request, service="", sort_codes=(), lines=request.lines[:1], buyer_message="", sequence="", batch="", total=None,
        paid_at=None, texts=(), consignee=replace(request.consignee, street="样例路 1 号"),
    )  # fmt: skip
    long = replace(
        request,
        copy=2,
        waybill_number="SF1234567890123",
        service="Express Standard",
        consignee=replace(
            request.consignee, street=request.consignee.street + "，样例大厦 B 座 12 层 1208 室，近示例公园东门"
        ),
        lines=tuple(replace(line, title=line.title + " 加长版") for line in request.lines),
    )
    return dict(zip(LABELS, (request, bare, replace(request, copy=2), long), strict=True))
