"""The ZPL encoder against two readers that know nothing of it: a strict one of these tests, and zplkit."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
import zplkit
from PIL import Image

from support.readers import zpl as zpl_reader
from unit.labels.label_samples import CHINESE, LATIN, RESOLUTIONS, picture, render
from waybilld_labels.languages import zpl
from waybilld_labels.page.png import to_png
from waybilld_sdk.errors import StopQueue
from waybilld_sdk.labels import LabelRequest, Page, PrinterSettings

SETTINGS = PrinterSettings(8.0, (100.0, 150.0))
SAMPLES = [
    *(replace(CHINESE, dots_per_mm=dots) for dots in RESOLUTIONS),
    replace(LATIN, copy=2),
    replace(LATIN, media_mm=(101.6, 152.4)),
    replace(CHINESE, media_mm=(76.0, 130.0), dots_per_mm=11.8),
]


def ink(page: Page) -> list[str]:
    """The page's pixels by Pillow, 1 for black."""
    flat = picture(page).convert("L").tobytes().translate(b"1" + b"0" * 255).decode()
    return [flat[at : at + page.width] for at in range(0, len(flat), page.width)]


@pytest.mark.parametrize("request_", SAMPLES, ids=lambda sample: f"{sample.media_mm[0]:g}mm-{sample.dots_per_mm:g}")
def test_the_reader_gets_our_pixels_back(request_: LabelRequest) -> None:
    """Promise: the label that is previewed is the label that is printed, to the dot."""
    page = render(request_)
    document = zpl.encode(page, SETTINGS)
    preamble, rows = zpl_reader.read(document.body + document.token)
    assert (preamble["PW"], preamble["LL"]) == (str(page.width), str(page.height))
    assert rows == ink(page)


@pytest.mark.parametrize("request_", SAMPLES, ids=lambda sample: f"{sample.media_mm[0]:g}mm-{sample.dots_per_mm:g}")
def test_zplkit_agrees_on_the_pixels(request_: LabelRequest) -> None:
    """A reader of another house, strict about CRC, sizes and stray bytes, sees the same label and only one."""
    page = render(request_)
    document = zpl.encode(page, SETTINGS)
    preamble, rest = (document.body + document.token).split(b"\n", 1)
    assert preamble.startswith(b"^XA")
    drawn = zplkit.render(b"^XA" + rest, options=zplkit.Options(width=page.width, height=page.height, dpi=203))
    assert drawn.warnings == []
    (label,) = drawn.labels
    with Image.open(io.BytesIO(label.png())) as image:
        assert image.size == (page.width, page.height)
        assert image.convert("L").tobytes() == picture(page).convert("L").tobytes()


def test_nothing_prints_before_the_token() -> None:
    """The body without its token must be an unfinished format: that is what makes a retry from E1 safe."""
    document = zpl.encode(render(CHINESE), SETTINGS)
    assert (document.language, document.token) == ("zpl", b"^XZ")
    assert b"^XZ" not in document.body
    assert b"~" not in document.body
    assert document.body.startswith(b"^XA")


def test_settings_are_said_each_time() -> None:
    """A darkness or offset that another job left in the printer must not show on this label."""
    settings = replace(SETTINGS, darkness=7, speed_ips=4, offset_dots=(3, -12))
    body = zpl.encode(render(CHINESE), settings).body + b"^XZ"
    control, _ = zpl_reader.tokens(body)
    preamble, _ = zpl_reader.read(body)
    assert control == "~SD07"
    assert (preamble["PR"], preamble["MD"], preamble["LS"], preamble["LT"]) == ("4", "0", "-3", "-12")
    plain, _ = zpl_reader.read(zpl.encode(render(CHINESE), SETTINGS).body + b"^XZ")
    assert (plain["LS"], plain["LT"]) == ("0", "0")
    assert not {"PR", "MD"} & set(plain)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"darkness": 31}, "darkness"),
        ({"darkness": -1}, "darkness"),
        ({"speed_ips": 0}, "speed"),
        ({"speed_ips": 15}, "speed"),
        ({"offset_dots": (0, 121)}, "offset"),
        ({"offset_dots": (-10_000, 0)}, "offset"),
    ],
)
def test_settings_that_zpl_cannot_say_stop_the_queue(change: dict[str, object], said: str) -> None:
    """A printer ignores a value out of range without a word, and every label comes out wrong."""
    with pytest.raises(StopQueue, match=said):
        zpl.encode(render(CHINESE), replace(SETTINGS, **change))  # type: ignore[arg-type]


@pytest.mark.parametrize(("width", "height"), [(1, 1), (8, 9), (800, 1200), (2401, 700)])
@pytest.mark.parametrize("level", [0, 255], ids=["black", "white"])
def test_plain_pages(width: int, height: int, level: int) -> None:
    """White bands are left out, yet a white page must feed a label; a black one must have no ink beyond its edge."""
    image = Image.new("1", (-(-width // 8) * 8, height), 255)
    image.paste(level, (0, 0, width, height))
    page = Page(width, height, to_png(image, width), "key")
    _, rows = zpl_reader.read(zpl.encode(page, SETTINGS).body + b"^XZ")
    assert rows == [str(int(level == 0)) * width] * height
