"""Label requests for the tests, and small readers of pages that share no code with what they check."""

from __future__ import annotations

import io
from dataclasses import replace

import zxingcpp
from PIL import Image

from waybilld_labels.layout.engine import Paper
from waybilld_labels.page.box import Box
from waybilld_labels.renderer import draw_shipped, engine_of, shipped
from waybilld_labels.template.choose import choose
from waybilld_labels.template.fields import fields_of
from waybilld_sdk.labels import LabelLine, LabelRequest, Page
from waybilld_sdk.orders import Consignee
from waybilld_sdk.shipping import Sender

CHINESE = LabelRequest(
    kind="waybill",
    dots_per_mm=8.0,
    media_mm=(100.0, 150.0),
    carrier="示例速运",
    service="标快",
    waybill_number="SF1234567890123",
    sort_codes=("755WF-012", "37", "B2"),
    consignee=Consignee(
        name="欧阳小明",
        phone="13812345678",
        country="CN",
        province="广东省",
        city="深圳市",
        district="南山区",
        street="示范街道科技园高新南七道18号3单元502室",
        postcode="518000",
    ),
    sender=Sender("示例旗舰店", "0571-88886666", "浙江省杭州市西湖区示范路478号3层发货仓", "CN", "310012"),
    lines=(LabelLine("TS-BLK-XL", "纯棉圆领短袖T恤 黑色 XL", 2), LabelLine("CUP-350", "陶瓷马克杯 350ml", 1)),
    order_refs=("2874659102837465",),
    serial="W01-20261123-000042-1",
    copy=1,
    mask=True,
    sequence="42 / 200",
    buyer_message="请放在门口快递柜",
)
LATIN = replace(
    CHINESE,
    carrier="Example Post",
    service="Tracked 48",
    waybill_number="RA123456785CN",
    sort_codes=(),
    consignee=Consignee(
        name="John Smith",
        phone="+1 415 555 0100",
        country="US",
        province="CA",
        city="Sampletown",
        street="1600 Example Street, Apt 5B",
        postcode="94000",
    ),
    lines=(LabelLine("SKU-1", "Steel bottle", 3),),
)
RESOLUTIONS = (8.0, 11.8, 12.0)


def picture(page: Page) -> Image.Image:
    """The page's PNG, read by Pillow."""
    with Image.open(io.BytesIO(page.png)) as image:
        image.load()
        return image


def symbols(page: Page) -> dict[str, str]:
    """What a bar code reader finds on the page: format name to text."""
    found = zxingcpp.read_barcodes(picture(page).convert("L"))
    read = {(code.format.name, code.text) for code in found}
    assert len(dict(read)) == len(read)
    return dict(read)


def render(request: LabelRequest) -> Page:
    """The one page of a label by the shipped templates."""
    (page,) = draw_shipped(request)
    return page


def places(request: LabelRequest) -> dict[str, Box]:
    """Where the named cells of a label stand."""
    engine = engine_of(choose(request, shipped().library, ()))
    found = engine.places(Paper(request.media_mm, request.dots_per_mm), fields_of(request, engine.compiled.names))
    return {name: placed.box for name, placed in found}
