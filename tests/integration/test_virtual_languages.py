"""Our encoders against the virtual printer's languages, which were written from the vendors' manuals apart from them."""

from __future__ import annotations

import hashlib
import io

import pytest
from PIL import Image

from waybilld_labels.plugin import plugin
from waybilld_printers.virtual.device import Device, DeviceConfig, Printed
from waybilld_printers.virtual.drawing import draw
from waybilld_sdk.labels import Page, PrinterSettings
from waybilld_sdk.printing import Document

SIZES = [(100, 40), (608, 1040), (812, 1218), (831, 701)]
LANGUAGES = {"zpl": "zpl", "zpl-acs": "zpl", "tspl": "tspl", "escpos": "escpos", "cpcl": "cpcl", "cpcl-hex": "cpcl"}
"""Encoders, and what the device is told to speak."""


def page(width: int, height: int) -> Page:
    """Noise: every byte value, and every row its own."""
    row = (width + 7) // 8
    dots = hashlib.shake_256(b"%d" % width).digest(row * height)
    output = io.BytesIO()
    Image.frombytes("1", (width, height), dots).save(output, "PNG")
    return Page(width, height, output.getvalue(), "key")


def encoded(language: str, drawn: Page, **settings: object) -> Document:
    encoders = {spec.name: spec.encode for spec in plugin.waybilld_register_languages()}
    return encoders[language](drawn, PrinterSettings(8.0, (drawn.width / 8, drawn.height / 8), **settings))  # type: ignore[arg-type]


def print_it(device: Device, data: bytes, now: float = 0.0) -> list[Printed]:
    while data:
        room = device.room(now)
        assert room, "the buffer is full and nothing drains it"
        device.receive(data[:room], now)
        data = data[room:]
    return device.advance(now)


def paper(printed: Printed) -> Image.Image:
    assert printed.label is not None
    picture, complaints = draw(printed.label)
    assert (complaints, printed.label.complaints) == ((), ())
    return Image.open(io.BytesIO(picture))


def meant(drawn: Page) -> Image.Image:
    return Image.open(io.BytesIO(drawn.png))


def same(printed: Printed, drawn: Page) -> bool:
    """Every dot of the page lies where it should, and what paper there is beyond it is white."""
    got, want = paper(printed), meant(drawn)
    wide, long = max(got.width, want.width), max(got.height, want.height)
    sheets = []
    for picture in (got, want):
        sheet = Image.new("1", (wide, long), 1)
        sheet.paste(picture, (0, 0))
        sheets.append(sheet.tobytes())
    return sheets[0] == sheets[1]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", SIZES)
def test_what_is_encoded_is_what_is_printed(language: str, size: tuple[int, int]) -> None:
    """Dot for dot, by two hands that never saw each other's work; else the preview is not the label."""
    device = Device(DeviceConfig(language=LANGUAGES[language], labels_per_second=None))
    drawn = page(*size)
    document = encoded(language, drawn)
    for _ in range(2):
        assert print_it(device, document.body) == []
        (printed,) = print_it(device, document.token)
        assert (printed.kind, same(printed, drawn)) == ("format", True)
