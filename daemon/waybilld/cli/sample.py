"""A sample label through the configured renderer: what the paper will look like before the first order came."""

from __future__ import annotations

from pathlib import Path

from waybilld.cli.config import loaded
from waybilld.cli.exits import Exit, Failure
from waybilld.config.model import Config
from waybilld.core.serials import label_serial
from waybilld.host.discover import Catalogue
from waybilld_sdk.errors import AdapterError
from waybilld_sdk.files.words import printable
from waybilld_sdk.labels import LabelLine, LabelRequest
from waybilld_sdk.orders import Consignee
from waybilld_sdk.shipping import Sender

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
_LINES = (LabelLine("SKU-1", "示例商品 Sample goods", 2), LabelLine("SKU-2", "Another item", 1))
_NUMBER = "RR123456785CN"
"""The example number of UPU S10-12, whose check digit is right."""


def draw_sample(config: Path, dots_per_mm: float, media_mm: tuple[float, float]) -> bytes:
    """The sample as PNG. Raises `Failure` (78) for a broken configuration, (65) where the renderer refuses the paper."""
    catalogue = Catalogue.of_installed()
    values = loaded(config, catalogue).config
    plugins = catalogue.plugins(values.rules.plugins, values.labels.plugins)
    render = plugins.renderers[values.labels.renderer].render
    try:
        return render(_request(values, dots_per_mm, media_mm))[0].png
    except AdapterError as e:
        raise Failure(Exit.BAD_DATA, printable(f"the renderer {values.labels.renderer} refused the sample: {e}")) from e


def _request(config: Config, dots_per_mm: float, media_mm: tuple[float, float]) -> LabelRequest:
    given = config.senders[0] if config.senders else None
    sender = (
        Sender(given.display_name, given.phone, given.address, given.country or "", given.postcode)
        if given
        else Sender("示例商店 Sample Store", "010-0000000", "样例路 2 号")
    )
    return LabelRequest(
        kind="waybill",
        dots_per_mm=dots_per_mm,
        media_mm=media_mm,
        carrier=config.carriers[0].name if config.carriers else "sample",
        service="standard",
        waybill_number=_NUMBER,
        sort_codes=(),
        consignee=_CONSIGNEE,
        sender=sender,
        lines=_LINES,
        order_refs=("SAMPLE-1",),
        serial=label_serial(0, 1),
        copy=1,
        mask=config.shops[0].mask if config.shops else True,
    )
