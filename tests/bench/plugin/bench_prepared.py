"""A label that is ready before it is asked for: what the line costs without drawing and encoding."""

from __future__ import annotations

import functools
import hashlib

from waybilld_labels.plugin import plugin as labels
from waybilld_sdk import API_VERSION
from waybilld_sdk.hooks import hookimpl
from waybilld_sdk.labels import LabelLine, LabelRequest, LanguageSpec, Page, PrinterSettings, RendererSpec
from waybilld_sdk.orders import Consignee
from waybilld_sdk.plugin import PluginInfo
from waybilld_sdk.printing import Document
from waybilld_sdk.shipping import Sender

SAMPLE = LabelRequest(
    kind="waybill",
    dots_per_mm=8.0,
    media_mm=(100.0, 150.0),
    carrier="own-numbers",
    service="standard",
    waybill_number="RR123456785CN",
    sort_codes=(),
    consignee=Consignee("张小三", "13800000001", "CN", "广东省", "深圳市", "南山区", "科技园路 1 号 2 栋 502 室"),
    sender=Sender("示例商店 Example Store", "010-5550100", "示例市示例区样例路 1 号"),
    lines=tuple(LabelLine(f"SKU-{i}", "陶瓷茶杯 Ceramic cup", i) for i in range(1, 5)),
    order_refs=("BENCH-1",),
    serial="W0000001.1",
    copy=1,
    mask=True,
)


@functools.cache
def _page() -> Page:
    return next(s for s in labels.waybilld_register_renderers() if s.name == "standard").render(SAMPLE)[0]


@functools.cache
def document() -> Document:
    """The sample as ZPL: the bytes that are sent for every label."""
    language = next(s for s in labels.waybilld_register_languages() if s.name == "zpl")
    return language.encode(_page(), PrinterSettings(8.0, (100.0, 150.0)))


_PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010100000000376ef9240000000a49444154789c636000000002000148afa4710000"
    "000049454e44ae426082"
)


def render(request: LabelRequest) -> tuple[Page, ...]:
    """One white dot: nothing is drawn."""
    return (Page(1, 1, _PIXEL, hashlib.sha256(request.serial.encode()).hexdigest()),)


def encode(_page: Page, _settings: PrinterSettings) -> Document:
    """The prepared document."""
    return document()


class Prepared:
    """The plugin."""

    @hookimpl
    def waybilld_plugin_info(self) -> PluginInfo:
        return PluginInfo("prepared", "1.0", API_VERSION, "labels ready before they are asked for")

    @hookimpl
    def waybilld_register_renderers(self) -> list[RendererSpec]:
        return [RendererSpec("prepared", render)]

    @hookimpl
    def waybilld_register_languages(self) -> list[LanguageSpec]:
        return [LanguageSpec("zpl", encode)]


plugin = Prepared()
