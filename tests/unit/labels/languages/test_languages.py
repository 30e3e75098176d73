"""Every printer language against a reader of its own: our pixels come back, and nothing else is in the bytes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from support import epl2_plugin
from support.readers.every import READERS, png
from support.readers.pixels import Refused
from unit.labels.label_samples import CHINESE, LATIN, RESOLUTIONS, render
from waybilld.host.drawing import Encoder
from waybilld_labels.page.png import to_png
from waybilld_labels.plugin import plugin
from waybilld_sdk.errors import StopQueue
from waybilld_sdk.labels import LATER_SETTINGS, Encode, LanguageSpec, Page, PrinterSettings
from waybilld_sdk.printing import Document, MediaMode, Sensing

ENCODERS: dict[str, Encode] = {
    spec.name: spec.encode for brought in (plugin, epl2_plugin.plugin) for spec in brought.waybilld_register_languages()
}
SAMPLES = [
    *(replace(CHINESE, dots_per_mm=dots) for dots in RESOLUTIONS),
    replace(LATIN, media_mm=(101.6, 152.4), copy=2),
]


def page_of(image: Image.Image, width: int) -> Page:
    """A picture, padded with white, as a page."""
    return Page(width, image.height, to_png(image, width), "key")


def blank(width: int, height: int, level: int = 255) -> Image.Image:
    """Paper with its padding white whatever the level of the rest."""
    image = Image.new("1", (-(-width // 8) * 8, height), 255)
    image.paste(level, (0, 0, width, height))
    return image


def printer(dots_per_mm: float = 8.0, **said: int) -> PrinterSettings:
    """A printer that says nothing but its resolution, and `said`."""
    return replace(PrinterSettings(dots_per_mm, (100.0, 150.0)), **said)  # type: ignore[arg-type]


def test_every_language_has_a_reader() -> None:
    """A language without one would be trusted on its word."""
    assert set(ENCODERS) == set(READERS)


@pytest.mark.parametrize("language", sorted(ENCODERS))
@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: f"{sample.media_mm[0]:g}mm-{sample.dots_per_mm:g}")
def test_a_label_comes_back_to_the_dot(language: str, sample: object) -> None:
    """Promise: the label that is previewed is the label that is printed."""
    page = render(sample)  # type: ignore[arg-type]
    given_ = printer(sample.dots_per_mm)  # type: ignore[attr-defined]
    document = ENCODERS[language](page, given_)
    assert document.language == language
    assert READERS[language](document.body + document.token, page, given_) == png(page.png)


@pytest.mark.parametrize("language", sorted(ENCODERS))
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_any_page_comes_back_to_the_dot(language: str, data: st.DataObject) -> None:
    """Odd widths, runs of any length, repeated rows: where compressions slip."""
    width = data.draw(st.integers(1, 90) | st.sampled_from([400, 812, 1023, 2401]))
    rows = data.draw(
        st.lists(st.binary(min_size=1, max_size=8) | st.sampled_from([b"\0", b"\xff"]), min_size=1, max_size=12)
    )
    repeats = data.draw(st.integers(1, 40))
    stride = -(-width // 8)
    raw = b"".join((row * stride)[:stride] * repeats for row in rows)
    image = Image.frombytes("1", (stride * 8, len(raw) // stride), raw)
    image.paste(255, (width, 0, stride * 8, image.height))
    page = page_of(image, width)
    document = ENCODERS[language](page, printer())
    assert READERS[language](document.body + document.token, page, printer()) == png(page.png)


@pytest.mark.parametrize("language", sorted(ENCODERS))
@pytest.mark.parametrize("size", [(1, 1), (8, 9), (609, 1300), (812, 1218)], ids=str)
@pytest.mark.parametrize("level", [0, 255], ids=["black", "white"])
def test_plain_pages(language: str, size: tuple[int, int], level: int) -> None:
    """White bands may be left out, yet a white page must feed a label; a black one has no ink beyond its edge."""
    page = page_of(blank(*size, level), size[0])
    document = ENCODERS[language](page, printer())
    assert READERS[language](document.body + document.token, page, printer()) == png(page.png)


@pytest.mark.parametrize("language", sorted(set(ENCODERS) - {"png", "escpos", "pdf", "pwg"}))
def test_nothing_prints_before_the_token(language: str) -> None:
    """The command that prints is in the token alone: that is what makes a retry from E1 safe."""
    page = render(CHINESE)
    document = ENCODERS[language](page, printer())
    assert document.token
    assert document.token.strip() not in document.body
    with pytest.raises(Refused) as refused:
        READERS[language](document.body, page, printer())
    assert refused.value.at == len(document.body)


@pytest.mark.parametrize("language", sorted(ENCODERS))
@pytest.mark.parametrize("upside_down", [False, True], ids=["upright", "turned"])
@pytest.mark.parametrize("offset", [(0, 0), (3, 5), (-3, -5), (9, 0), (0, -9), (-1, 2), (100, 100)], ids=str)
def test_pixels_are_moved_and_then_turned(language: str, offset: tuple[int, int], upside_down: bool) -> None:
    """What is moved in must be white and what is moved out must be gone, at any bit position: nothing comes in again at the
    other edge. An offset is meant as the label is read, whichever way up it leaves the printer."""
    image = blank(45, 30)
    for spot in ((7, 9), (20, 3), (44, 29), (0, 0)):
        image.paste(0, (*spot, spot[0] + 1, spot[1] + 1))
    page, sheet = page_of(image, 45), Image.new("1", (45, 30), 255)
    sheet.paste(image.crop((0, 0, 45, 30)), offset)
    due, given_ = blank(45, 30), replace(printer(), offset_dots=offset, upside_down=upside_down)
    due.paste(sheet.transpose(Image.Transpose.ROTATE_180) if upside_down else sheet, (0, 0))
    document = ENCODERS[language](page, given_)
    assert READERS[language](document.body + document.token, page, given_) == png(page_of(due, 45).png)


@pytest.mark.parametrize("language", sorted(ENCODERS))
@settings(max_examples=15, deadline=None)
@given(
    size=st.tuples(st.integers(1, 70), st.integers(1, 40)),
    offset=st.tuples(st.integers(-90, 90), st.integers(-90, 90)),
    upside_down=st.booleans(),
    noise=st.binary(min_size=1, max_size=64),
)
def test_any_page_is_moved_and_turned_to_the_dot(
    language: str, size: tuple[int, int], offset: tuple[int, int], upside_down: bool, noise: bytes
) -> None:
    """The same by another way of reckoning: each dot of ink by itself."""
    width, height = size
    stride = -(-width // 8)
    image = Image.frombytes("1", (stride * 8, height), (noise * (stride * height))[: stride * height])
    image.paste(255, (width, 0, stride * 8, height))
    page, given_ = page_of(image, width), replace(printer(), offset_dots=offset, upside_down=upside_down)
    due = [["0"] * width for _ in range(height)]
    for y, row in enumerate(png(page.png).rows):
        for x, dot in enumerate(row):
            to_x, to_y = x + offset[0], y + offset[1]
            if dot == "1" and 0 <= to_x < width and 0 <= to_y < height:
                due[height - 1 - to_y if upside_down else to_y][width - 1 - to_x if upside_down else to_x] = "1"
    document = ENCODERS[language](page, given_)
    assert READERS[language](document.body + document.token, page, given_).rows == tuple(map("".join, due))


MODES = {"tspl": set(MediaMode), "zpl": set(MediaMode), "zpl-acs": set(MediaMode), "escpos": {MediaMode.CUT}}
SENSINGS = {"tspl": {Sensing.CONTINUOUS}, "zpl": set(Sensing), "zpl-acs": set(Sensing)}


@pytest.mark.parametrize("language", sorted(ENCODERS))
@pytest.mark.parametrize(
    "change", [*({"media_mode": mode} for mode in MediaMode), *({"sensing": how} for how in Sensing)], ids=str
)
def test_a_mode_is_said_or_refused(language: str, change: dict[str, MediaMode | Sensing]) -> None:
    """A cutter that is not told to cut, or told by the last job to, jams; a setting that goes nowhere is found out on the
    packing bench. The readers refuse a document that says another mode than the settings."""
    ((name, value),) = change.items()
    page, given_ = render(CHINESE), replace(printer(), **change)  # type: ignore[arg-type]
    if value in (MODES if name == "media_mode" else SENSINGS).get(language, set()):
        document = ENCODERS[language](page, given_)
        assert READERS[language](document.body + document.token, page, given_) == png(page.png)
    else:
        with pytest.raises(StopQueue, match=name.replace("_", ".")):
            ENCODERS[language](page, given_)


def test_an_encoder_that_never_heard_of_a_setting_is_not_asked() -> None:
    """An older plugin would print upside-down labels upright, and say that all is well."""
    page = render(CHINESE)
    spec = LanguageSpec("old", lambda page, settings: Document("old", b"", b""))
    assert Encoder(spec)(page, printer(darkness=3)) == Document("old", b"", b"")
    for name, value in (("upside_down", True), ("media_mode", MediaMode.CUT), ("sensing", Sensing.MARK)):
        assert name in LATER_SETTINGS
        given_ = replace(printer(), **{name: value})  # type: ignore[arg-type]
        with pytest.raises(StopQueue, match=name.replace("_", ".")):
            Encoder(spec)(page, given_)
        assert Encoder(replace(spec, says=frozenset({name})))(page, given_) == Document("old", b"", b"")


@pytest.mark.parametrize("language", sorted(ENCODERS))
def test_settings_that_a_language_cannot_say_stop_the_queue(language: str) -> None:
    """A printer ignores a value out of range without a word, and every label comes out wrong."""
    wrong = replace(printer(), darkness=99, speed_ips=99, offset_dots=(10**6, 0))
    with pytest.raises(StopQueue, match=r"darkness.*speed.*offset"):
        ENCODERS[language](render(CHINESE), wrong)


@pytest.mark.parametrize(("language", "said"), [("tspl", b"SPEED 4\r\nDENSITY 10\r\n"), ("cpcl", b"TONE 67\r\n")])
def test_settings_are_said_each_time(language: str, said: bytes) -> None:
    """What another job left in the printer must not show on this label."""
    given_ = replace(printer(), darkness=20, speed_ips=4 if language == "tspl" else None)
    document = ENCODERS[language](render(CHINESE), given_)
    assert said in document.body
    assert READERS[language](document.body + document.token, render(CHINESE), given_) == png(render(CHINESE).png)


@pytest.mark.parametrize(("language", "size"), [("zpl", (8, 32_001)), ("zpl-acs", (32_001, 1)), ("escpos", (524_281, 1))])
def test_a_page_that_the_counters_cannot_hold_stops_the_queue(language: str, size: tuple[int, int]) -> None:
    """A number out of range is cut or ignored by the printer, and the rest of the pixels is read as commands."""
    with pytest.raises(StopQueue, match=rf"a page of {size[0]} x {size[1]} dots is too large"):
        ENCODERS[language](page_of(blank(*size), size[0]), printer())


def test_a_receipt_printer_is_left_as_it_was_found() -> None:
    """Real-time commands that stay off would rob the till's own program of its drawer."""
    document = ENCODERS["escpos"](render(CHINESE), printer())
    assert document.token.endswith(b"\x1b@")
