"""The calibration label: a ruler that is wrong by a little is worse than none."""

from __future__ import annotations

import io
from collections import Counter
from dataclasses import replace

import pytest
import zxingcpp
from PIL import Image

from waybilld_labels.calibration.gauge import ACROSS, DOWN, Gauge
from waybilld_labels.renderer import draw_shipped
from waybilld_sdk.errors import Hold
from waybilld_sdk.labels import LabelRequest, Page

LABEL = LabelRequest("calibration", 8.0, (100.0, 150.0), texts=(("printer", "pack-1"), ("now", "100 x 150 mm")))
PAPERS = [(100.0, 150.0), (101.6, 152.4), (100.0, 180.0), (76.0, 130.0), (60.0, 100.0)]
each_paper = pytest.mark.parametrize("media_mm", PAPERS, ids=lambda mm: f"{mm[0]:g}x{mm[1]:g}")
each_head = pytest.mark.parametrize("dots_per_mm", [6.0, 8.0, 11.8, 12.0, 23.6])


def ink(page: Page) -> Image.Image:
    """The page in mode "L": 255 is ink."""
    with Image.open(io.BytesIO(page.png)) as image:
        return image.convert("L").point([255 - level for level in range(256)])


def middles(strip: Image.Image) -> list[float]:
    """Where each run of ink in a strip of one row has its middle, in dots."""
    row, found, began = strip.tobytes() + b"\0", [], None
    for at, level in enumerate(row):
        if level and began is None:
            began = at
        elif not level and began is not None:
            found.append((began + at) / 2)
            began = None
    return found


@pytest.mark.parametrize("gauge", [ACROSS, DOWN], ids=["across", "down"])
def test_exactly_one_mark_meets_the_ruler_at_its_own_number(gauge: Gauge) -> None:
    """Two marks that fit, or none, and the person guesses. Tried at every tenth that the gauge shows, by whole microns."""
    for tenths in range(-20, 21):
        edge_um = tenths * 100
        meets = [mark for mark in gauge.marks() if round(mark.at_mm * 1000) - edge_um == mark.ruler_mm * 1000]
        assert [mark.reads for mark in meets] == [tenths]


@each_paper
@each_head
def test_lines_stand_where_they_say(media_mm: tuple[float, float], dots_per_mm: float) -> None:
    """To half a dot, at every resolution: errors must not add up along a scale."""
    page = ink(*draw_shipped(replace(LABEL, media_mm=media_mm, dots_per_mm=dots_per_mm)))
    assert page.size == tuple(round(mm * dots_per_mm) for mm in media_mm)

    def across(y_mm: float, first_mm: float, last_mm: float) -> list[float]:
        y = round(y_mm * dots_per_mm)
        box = (round(first_mm * dots_per_mm), y, round(last_mm * dots_per_mm), y + 1)
        return [(box[0] + at) / dots_per_mm for at in middles(page.crop(box))]

    def down(x_mm: float, first_mm: float, last_mm: float) -> list[float]:
        x = round(x_mm * dots_per_mm)
        box = (x, round(first_mm * dots_per_mm), x + 1, round(last_mm * dots_per_mm))
        return [(box[1] + at) / dots_per_mm for at in middles(page.crop(box))]

    near, half = pytest.approx, 0.501 / dots_per_mm
    width, height = int(media_mm[0]), int(media_mm[1])
    assert across(1.2, 5.5, width - 6.5) == near(range(6, width - 6), abs=half)
    assert down(1.2, 5.5, height - 14.5) == near(range(6, height - 14), abs=half)
    gauge = [1.1 * tenths for tenths in range(-20, 21)]
    assert across(29.2, 7, 53) == near([30 + at for at in gauge], abs=half)
    assert down(20.2, 37, 83) == near([60 + at for at in gauge], abs=half)
    strip = across(media_mm[1] - 13 + 1.2, 4, 5 + 52.5)
    assert strip == near(range(5, 5 + 53), abs=half)


@each_paper
def test_the_corners_are_the_pages_own(media_mm: tuple[float, float]) -> None:
    """They show at a glance what is cut off."""
    page = ink(*draw_shipped(replace(LABEL, media_mm=media_mm)))
    width, height = page.size
    for left, top in ((0, 0), (width - 4, 0), (0, height - 4), (width - 4, height - 4)):
        assert page.crop((left, top, left + 4, top + 4)).getextrema() == (255, 255)


@pytest.mark.parametrize(("dots_per_mm", "narrowest"), [(8.0, 1), (11.8, 1)])
def test_its_codes_scan_and_say_their_width(dots_per_mm: float, narrowest: int) -> None:
    """A code that never scans would send somebody to clean a head that is clean. zxing reads them across and along."""
    with Image.open(io.BytesIO(draw_shipped(replace(LABEL, dots_per_mm=dots_per_mm))[0].png)) as image:
        large = image.convert("L").resize((image.width * 2, image.height * 2), Image.Resampling.NEAREST)
    found = Counter(code.text for code in zxingcpp.read_barcodes(large))
    assert found == dict.fromkeys(("W1", "W2", "W3", "W4", "L2", "L3", "L4"), 1)


def test_the_name_of_a_printer_spoils_no_ruler() -> None:
    """Names have up to 40 characters, and the narrowest label is 60 mm wide."""
    small = replace(LABEL, media_mm=(60.0, 100.0))
    long = replace(small, texts=(("printer", "W" * 40), ("now", "x" * 200)))
    for box in ((0, 0, 480, 30), (0, 0, 28, 800), (0, 692, 480, 800), (40, 205, 480, 241)):
        assert ink(*draw_shipped(long)).crop(box).tobytes() == ink(*draw_shipped(small)).crop(box).tobytes()


@pytest.mark.parametrize("media_mm", [(59.0, 150.0), (100.0, 99.0)])
def test_too_small_a_label_is_refused(media_mm: tuple[float, float]) -> None:
    """A gauge that is cut off shows a wrong figure."""
    with pytest.raises(Hold, match="needs media of 60 x 100 mm") as held:
        draw_shipped(replace(LABEL, media_mm=media_mm))
    assert held.value.code == "media-too-small"


def test_a_resolution_that_no_printer_has_is_refused() -> None:
    """As with every other label."""
    with pytest.raises(Hold) as held:
        draw_shipped(replace(LABEL, dots_per_mm=40.0))
    assert held.value.code == "resolution-unsupported"


def test_equal_requests_have_equal_keys() -> None:
    """A page is found again by its key, and another printer's label is another page."""
    (page,), (same,) = draw_shipped(LABEL), draw_shipped(replace(LABEL))
    assert page == same
    assert draw_shipped(replace(LABEL, texts=(("printer", "pack-2"),)))[0].key != page.key
