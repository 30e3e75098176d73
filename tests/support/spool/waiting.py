"""Labels that wait to be printed: a database with them is made once, and every run begins with a copy of it."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from random import Random

from support.services_house import House
from support.sim.labels import encode
from waybilld.services.fleet import settings_key, variant_of
from waybilld_printers.transports.raw.adapter import RawPrinter
from waybilld_printers.transports.raw.settings import RawSettings
from waybilld_sdk.labels import Page, PrinterSettings
from waybilld_sdk.printing import Document, PrinterCapabilities
from waybilld_sdk.testing.context import FakeContext

MEDIA_MM = (50.0, 25.0)
_SIZES = (0, 60, 700, 3_000, 14_000, 40_000)
"""Bytes of a label's filling: less than a segment, and more than all buffers on the way hold."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A database in which labels wait to be printed, and each label's document by its serial."""

    image: bytes
    documents: dict[str, Document]


@functools.cache
def waiting(labels: int, look: int, encoded: bool) -> Waiting:
    """Labels of sizes that `look` names; `encoded`: their documents stand there already, else a lane encodes them."""
    dice = Random(f"labels/{labels}/{look}")
    documents: dict[str, Document] = {}

    def draw(serial: str, what: PrinterCapabilities) -> tuple[Page, Document]:
        size = dice.choice(_SIZES)
        text = f"{serial} 1 ".encode() + bytes(dice.choices(b"abcdefghijklmnopqrstuvwxyz0123456789", k=size))
        page = Page(round(MEDIA_MM[0] * what.dots_per_mm), round(MEDIA_MM[1] * what.dots_per_mm), text, f"key-{serial}")
        documents[serial] = encode(page, PrinterSettings.of(what))
        return page, documents[serial]

    house = House()
    try:
        what = RawPrinter(FakeContext(), raw_settings("p1", 9200, 0.0, "zebra-203")).capabilities()
        key = settings_key(PrinterSettings.of(what)) if encoded else None
        house.rendered(what, variant_of(what), key, labels, draw)
        return Waiting(house.disk.connection.serialize(), documents)
    finally:
        house.close()


def raw_settings(host: str, status_port: int | None, keep_open_s: float, profile: str) -> RawSettings:
    """How one printer is reached; labels are small and quick."""
    return RawSettings(
        host=host, status_port=status_port, media_mm=MEDIA_MM, speed_ips=14, keep_open_s=keep_open_s, profile=profile
    )
