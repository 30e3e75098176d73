"""Labels that carriers drew: laid at their exact size or refused with a reason, whatever a stranger put into the file."""

from __future__ import annotations

import contextlib
import io
from dataclasses import replace

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from support.hostile_artwork import chunk
from unit.labels.artwork.pdf_maker import bars, box, pdf
from unit.labels.label_samples import CHINESE, picture, symbols
from waybilld_labels.artwork.draw import draw_artwork
from waybilld_labels.artwork.modules import Remedy
from waybilld_labels.artwork.source import CARRIER
from waybilld_labels.languages.pdf import encode
from waybilld_labels.renderer import draw_shipped
from waybilld_sdk.errors import Hold
from waybilld_sdk.labels import LabelLine, PrinterSettings
from waybilld_sdk.shipping import DocumentArtwork

ROOM = (800, 1200)
MEDIA = (100.0, 150.0)
FRAME = box(0, 0, 100, 1) + box(0, 149, 100, 1) + box(0, 0, 1, 150) + box(99, 0, 1, 150)


def drawn(body: bytes, kind: str = "application/pdf", remedy: Remedy = Remedy.WARN, dpmm: float = 8.0) -> Image.Image:
    """The picture of a document on a 100 x 150 mm label."""
    room = (round(100 * dpmm), round(150 * dpmm))
    return draw_artwork(DocumentArtwork(kind, body), room, dpmm, remedy, CARRIER)[0]  # type: ignore[arg-type]


def codes(body: bytes, kind: str = "application/pdf", remedy: Remedy = Remedy.WARN) -> list[str]:
    """Codes of what was noticed."""
    return [found.code for found in draw_artwork(DocumentArtwork(kind, body), ROOM, 8.0, remedy, CARRIER)[1]]  # type: ignore[arg-type]


def png(image: Image.Image, **options: object) -> bytes:
    """A picture as a PNG file."""
    buffer = io.BytesIO()
    image.save(buffer, "PNG", **options)
    return buffer.getvalue()


def ink(image: Image.Image) -> tuple[int, int, int, int] | None:
    """The box of all ink."""
    return image.convert("L").point(lambda level: 255 - level).getbbox()


def near(have: tuple[int, ...], want: tuple[int, ...]) -> bool:
    """Equal but for the dot that an edge between two dots may take."""
    return len(have) == len(want) and all(abs(one - other) <= 1 for one, other in zip(have, want, strict=True))


def test_a_page_is_drawn_at_its_exact_size() -> None:
    """A label a dot larger or smaller is a label whose bars are no whole dots."""
    image = drawn(pdf(FRAME, MEDIA))
    assert image.size == ROOM
    assert ink(image) == (0, 0, *ROOM)
    assert drawn(pdf(FRAME, MEDIA), dpmm=11.8).size == (1180, 1770)


def test_rotation_and_crop_box_are_obeyed() -> None:
    """Carriers turn pages in the file's own words; who ignores them prints sideways."""
    turned = drawn(pdf(box(10, 20, 30, 5), (150, 100), page="/Rotate 90"))
    assert turned.size == ROOM
    cut = drawn(pdf(box(60, 60, 20, 20), (210, 297), page="/CropBox[141.7323 141.7323 425.1969 566.9291]"))
    assert cut.size == (800, 1200)
    assert near(ink(cut) or (), (80, 960, 240, 1120))


def test_a_landscape_label_is_turned() -> None:
    """The same label, lying on its side, still fits the stock."""
    assert drawn(pdf(box(10, 10, 50, 20), (150, 100))).size == ROOM


def test_a_label_on_a4_is_cut_out() -> None:
    """Most carriers send A4 with the label in a corner; shrinking it would ruin its bar code."""
    sheet = pdf(box(10, 150, 90, 1) + box(10, 280, 90, 1), (210, 297))
    assert near(drawn(sheet).size, (720, 1048))
    assert "artwork-cropped" in codes(sheet)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "cannot be read"),
        (b"%PDF-1.7\n", "cannot be read"),
        (b"<html>Sorry, an error occurred</html>", "cannot be read"),
        (pdf(FRAME, MEDIA)[:200], "cannot be read"),
        (pdf(FRAME, MEDIA, pages=21), "has 21 pages"),
        (pdf(FRAME, (14000, 14000)), "would be"),
        (pdf(FRAME, (0.01, 0.01)), "would be"),
        (pdf(box(0, 0, 300, 300), (300, 300)), "there is room for 100 x 150 mm"),
        (pdf("", (300, 300)), "white page"),
        (b"%PDF-1.7\n" + bytes(11 << 20), "are taken"),
        (pdf(FRAME, MEDIA).replace(b"/Kids[4 0 R]", b"/Kids[2 0 R]"), "cannot be"),
    ],
    ids=["empty", "cut", "html", "half", "pages", "huge", "dot", "large", "white", "bytes", "tree"],
)
def test_hostile_pdfs_are_refused(body: bytes, said: str) -> None:
    """A reason that a person can act on, never a crash and never half a label."""
    with pytest.raises(Hold, match=said) as held:
        drawn(body)
    assert held.value.code in {"artwork-unusable", "artwork-too-large"}


@pytest.mark.parametrize(
    "trailer",
    [
        "/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>",
        "/OpenAction<</S/Launch/F(/bin/sh)>>",
        "/OpenAction<</S/URI/URI(http://127.0.0.1/)>>",
        "/Names<</EmbeddedFiles<</Names[(x)<</EF<<>>>>]>>>>",
        "/AcroForm<</Fields[]/XFA(<x/>)>>",
    ],
    ids=["script", "launch", "uri", "attachment", "form"],
)
def test_what_acts_in_a_pdf_does_nothing(trailer: str) -> None:
    """Only the page's ink is taken."""
    assert drawn(pdf(FRAME, MEDIA, trailer=trailer)).tobytes() == drawn(pdf(FRAME, MEDIA)).tobytes()


def test_several_pages_are_said() -> None:
    """A second page may be a customs form: somebody must know that it was not printed."""
    assert codes(pdf(FRAME, MEDIA, pages=3)) == ["artwork-pages"]


GOOD = pdf(FRAME + bars("SF1234567890123", 15, 60, 0.375, 20), MEDIA)


@settings(max_examples=60, deadline=None)
@given(at=st.integers(0, len(GOOD) - 1), flip=st.integers(1, 255), cut=st.integers(0, len(GOOD)))
def test_damage_never_escapes(at: int, flip: int, cut: int) -> None:
    """A stranger's file ends as a label or as a reason."""
    broken = bytearray(GOOD)
    broken[at] ^= flip
    for body in (bytes(broken), GOOD[:cut]):
        try:
            image = drawn(body)
        except Hold:
            continue
        assert image.width <= ROOM[0]
        assert image.height <= ROOM[1]


def jpeg(image: Image.Image) -> bytes:
    """A picture as a JPEG file."""
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=95)
    return buffer.getvalue()


def sheet(mode: str) -> Image.Image:
    """A label of one mode with a black square on it."""
    image = Image.new("RGB", ROOM, (255, 255, 255))
    image.paste((0, 0, 0), (100, 100, 300, 300))
    return image.convert(mode)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_damaged_pictures_never_escape(data: st.DataObject) -> None:
    """Decoders raise whatever they stumble over; a label that ends in a stranger's exception is tried again for ever."""
    whole = png(SMALL)
    rest = chunks(whole)
    at = data.draw(st.integers(0, len(rest) - 1))
    name = data.draw(st.sampled_from(_CHUNKS) | st.just(rest[at][0]))
    body = bytearray(data.draw(st.binary(max_size=40)) or rest[at][1])
    for place in data.draw(st.lists(st.integers(0, len(body) - 1), max_size=3)) if body else []:
        body[place] ^= data.draw(st.integers(1, 255))
    rest[at : at + data.draw(st.integers(0, 1))] = [(name, bytes(body))]
    flipped = bytearray(jpeg(SMALL.convert("L")))
    for place in data.draw(st.lists(st.integers(0, len(flipped) - 1), max_size=5)):
        flipped[place] ^= data.draw(st.integers(1, 255))
    for kind, broken in (("image/png", whole[:8] + b"".join(chunk(*one) for one in rest)), ("image/jpeg", bytes(flipped))):
        with contextlib.suppress(Hold):
            image = draw_artwork(DocumentArtwork(kind, broken), ROOM, 8.0, Remedy.WARN, CARRIER)[0]  # type: ignore[arg-type]
            assert image.width <= ROOM[0]
            assert image.height <= ROOM[1]


_CHUNKS = [
    b"IHDR", b"PLTE", b"tRNS", b"pHYs", b"gAMA", b"cHRM", b"iCCP", b"zTXt", b"iTXt", b"tEXt", b"eXIf", b"acTL", b"fcTL",
    b"fdAT", b"IDAT", b"IEND", b"sRGB",
]  # fmt: skip
SMALL = sheet("P").crop((80, 80, 160, 200))


def chunks(body: bytes) -> list[tuple[bytes, bytes]]:
    """The chunks of a PNG: names and data."""
    found, at = [], 8
    while at < len(body):
        size = int.from_bytes(body[at : at + 4])
        found.append((body[at + 4 : at + 8], body[at + 8 : at + 8 + size]))
        at += 12 + size
    return found


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA", "I;16", "CMYK"])
def test_every_kind_of_picture_is_read(mode: str) -> None:
    """Carriers send whatever their tools write."""
    if mode == "CMYK":
        body, kind = jpeg(sheet("CMYK")), "image/jpeg"
    elif mode == "I;16":
        body, kind = png(Image.new("I;16", ROOM, 65535)), "image/png"
        with pytest.raises(Hold, match="white page"):
            white = DocumentArtwork("image/png", png(Image.new("I;16", (900, 1300), 65535)))
            draw_artwork(white, ROOM, 8.0, Remedy.WARN, CARRIER)
        return
    else:
        body, kind = png(sheet(mode)), "image/png"
    assert ink(drawn(body, kind)) == (100, 100, 300, 300)


def test_transparent_is_paper() -> None:
    """A transparent ground that turns black burns the head and the label."""
    image = Image.new("RGBA", ROOM, (0, 0, 0, 0))
    image.paste((0, 0, 0, 255), (10, 10, 20, 20))
    assert ink(drawn(png(image), "image/png")) == (10, 10, 20, 20)


def test_a_picture_is_only_enlarged_by_whole_factors() -> None:
    """At 600 dpi a 203 dpi label becomes three dots a pixel, and is said to be a little too large or small."""
    body = png(sheet("1"), dpi=(203, 203))
    image, found = draw_artwork(DocumentArtwork("image/png", body), (2400, 3600), 24.0, Remedy.WARN, CARRIER)
    assert (image.size, found) == ((2400, 3600), ())
    image, found = draw_artwork(DocumentArtwork("image/png", body), (1180, 1770), 11.8, Remedy.WARN, CARRIER)
    assert image.size == ROOM
    assert [one.code for one in found] == ["artwork-resolution"]
    with pytest.raises(Hold, match="times as fine"):
        draw_artwork(DocumentArtwork("image/png", png(sheet("1"), dpi=(600, 600))), ROOM, 8.0, Remedy.WARN, CARRIER)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\x89PNG\r\n\x1a\n",
        png(sheet("1"))[:100],
        b"GIF89a" + bytes(50),
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"II*\0" + bytes(100),
        png(Image.new("1", (30_000, 30_000), 1)),
        bytes(11 << 20),
    ],
    ids=["empty", "head", "cut", "gif", "svg", "tiff", "bomb", "bytes"],
)
@pytest.mark.parametrize("kind", ["image/png", "image/jpeg"])
def test_hostile_pictures_are_refused(body: bytes, kind: str) -> None:
    """A bomb of a few kilobytes must not become gigabytes."""
    with pytest.raises(Hold) as held:
        drawn(body, kind)
    assert held.value.code == "artwork-unusable"


OFF_GRID = pdf(FRAME + bars("SF1234567890123", 15.03, 60, 0.36, 20), MEDIA)


def test_bars_that_are_no_whole_dots_are_said() -> None:
    """They read in the office, and cost a grade at the depot."""
    assert codes(OFF_GRID) == ["artwork-modules"]
    clean = encode(draw_shipped(CHINESE)[0], PrinterSettings(8.0, MEDIA))
    assert codes(clean.body + clean.token) == []
    with pytest.raises(Hold, match="no whole dots"):
        drawn(OFF_GRID, remedy=Remedy.HOLD)


def test_overpainting_gives_whole_dots_and_the_same_number() -> None:
    """The remedy must leave nothing different but the widths of the bars."""
    image = drawn(OFF_GRID, remedy=Remedy.OVERPAINT)
    assert codes(OFF_GRID, remedy=Remedy.OVERPAINT) == []
    (code,) = zxingcpp.read_barcodes(image.convert("L"))
    assert (code.text, code.format.name) == ("SF1234567890123", "Code128")
    assert image.tobytes() != drawn(OFF_GRID).tobytes()


def test_where_overpainting_would_touch_more_the_label_stays() -> None:
    """Words beside the bars must survive: then it is only said."""
    crowded = pdf(FRAME + bars("SF1234567890123", 15.03, 60, 0.36, 20) + box(13.6, 60, 1.2, 20), MEDIA)
    image = drawn(crowded, remedy=Remedy.OVERPAINT)
    assert image.tobytes() == drawn(crowded).tobytes()


def test_the_renderer_lays_artwork_out_whole_or_with_a_strip() -> None:
    """On longer stock the goods, the serial and the copy mark stand below the carrier's label, which is untouched."""
    request = replace(CHINESE, artwork=DocumentArtwork("application/pdf", GOOD), sort_codes=())
    (whole,) = draw_shipped(request)
    assert picture(whole).convert("1").tobytes() == drawn(GOOD).tobytes()
    (strip,) = draw_shipped(replace(request, media_mm=(100.0, 180.0)))
    assert strip.height == 1440
    assert picture(strip).crop((0, 0, *ROOM)).tobytes() == drawn(GOOD).tobytes()
    assert symbols(strip) == {"Code128": "SF1234567890123", "QRCode": CHINESE.serial}


def test_a_copy_of_a_carriers_label_is_never_without_its_mark() -> None:
    """Two parcels with one waybill number: the mark is what tells them apart. Where it has no room, nothing is printed."""
    body = pdf(box(5, 10, 90, 1) + box(5, 130, 90, 1) + bars("SF1234567890123", 15, 60, 0.375, 20), MEDIA)
    request = replace(CHINESE, artwork=DocumentArtwork("application/pdf", body), sort_codes=(), copy=2)
    (page,) = draw_shipped(request)
    mark = picture(page).crop((0, 1164, 800, 1200))
    assert picture(page).size == ROOM
    assert mark.getpixel((0, 0)) == 0
    assert ink(picture(page).crop((0, 0, 800, 1164))) == (40, 0, 760, 968)
    assert symbols(page) == {"Code128": "SF1234567890123"}
    with pytest.raises(Hold, match="there is room for 100 x 146 mm"):
        draw_shipped(replace(request, artwork=DocumentArtwork("application/pdf", GOOD)))


STRIPS = {"artwork-strip": (100.0, 180.0), "artwork-beside": (150.0, 150.0)}
each_strip = pytest.mark.parametrize(("template", "media"), STRIPS.items())


@each_strip
@pytest.mark.parametrize("dots_per_mm", [8.0, 11.8, 12.0])
def test_a_strip_below_or_beside_leaves_every_dot_of_the_carriers(
    template: str, media: tuple[float, float], dots_per_mm: float
) -> None:
    """What is ours stands where the carrier's label is not, and its bar code and ours are both read."""
    artwork = DocumentArtwork("application/pdf", GOOD)
    request = replace(CHINESE, artwork=artwork, sort_codes=(), media_mm=media, dots_per_mm=dots_per_mm, copy=2, batch="W-7")
    (page,) = draw_shipped(request)
    assert page.png == draw_shipped(replace(request, template=template))[0].png
    due = drawn(GOOD, dpmm=dots_per_mm)
    left = (round(102 * dots_per_mm) - due.width) // 2 if template == "artwork-beside" else 0
    assert picture(page).crop((left, 0, left + due.width, due.height)).tobytes() == due.tobytes()
    assert symbols(page) == {"Code128": "SF1234567890123", "QRCode": CHINESE.serial}
    assert {finding.code for finding in page.findings} <= {"artwork-modules"}


@each_strip
def test_hidden_goods_are_named_on_no_strip(template: str, media: tuple[float, float]) -> None:
    """What a buyer ordered in confidence must not stand on the outside of the parcel."""
    request = replace(CHINESE, artwork=DocumentArtwork("application/pdf", GOOD), media_mm=media, template=template)
    shown, secret = LabelLine("SKU-1", "Bottle", 1), LabelLine("SKU-2", "Secret", 1, hidden=True)
    (page,) = draw_shipped(replace(request, lines=(shown, secret)))
    other = replace(secret, sku="SKU-3", title="Another", short_name="Thing")
    assert draw_shipped(replace(request, lines=(shown, other)))[0].png == page.png
    assert draw_shipped(replace(request, lines=(replace(shown, title="Glass"), secret)))[0].png != page.png


def test_a_label_of_4_x_6_in_has_its_strip_on_stock_of_6_x_6_in() -> None:
    """North American labels are a little larger than 100 x 150 mm: the strip gives way, not the label."""
    body = pdf(box(0, 0, 101.6, 1) + box(0, 151.4, 101.6, 1), (101.6, 152.4))
    request = replace(CHINESE, artwork=DocumentArtwork("application/pdf", body), sort_codes=(), media_mm=(152.4, 152.4))
    (page,) = draw_shipped(request)
    due = draw_artwork(DocumentArtwork("application/pdf", body), (816, 1219), 8.0, Remedy.WARN, CARRIER)[0]
    assert due.size == (813, 1219)
    assert picture(page).crop((1, 0, 814, 1219)).tobytes() == due.tobytes()
    assert symbols(page) == {"QRCode": CHINESE.serial}


def test_another_artwork_is_another_page() -> None:
    """A key that overlooks the artwork would print another parcel's label."""
    first, second = (
        draw_shipped(replace(CHINESE, artwork=DocumentArtwork("application/pdf", body)))[0].key for body in (GOOD, OFF_GRID)
    )
    assert first != second
