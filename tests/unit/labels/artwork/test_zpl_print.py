"""A carrier's ZPL on paper: as the carrier drew it, in our document, our strip below, and nothing left in the printer."""

from __future__ import annotations

import io
import pickle
from dataclasses import replace

import pytest
import zplkit
import zxingcpp
from PIL import Image, ImageChops

from support import epl2_plugin
from support.readers import zpl as reader
from unit.labels.artwork.zpl_samples import LABEL, LANGUAGES, NUMBER, asked, document, page, seen
from unit.labels.label_samples import CHINESE, LATIN, picture, render
from waybilld.host.drawing import Drawn, Encoder, ToDraw, draw_all
from waybilld_labels.artwork.zpl import graphic
from waybilld_labels.page.png import packed
from waybilld_labels.renderer import draw_shipped, key_of, shipped
from waybilld_sdk.errors import Hold
from waybilld_sdk.labels import PageCommands, PrinterSettings
from waybilld_sdk.shipping import CommandArtwork, DocumentArtwork

MEDIA = (100.0, 180.0)
ZPL = ("zpl", "zpl-acs")
CODES = {("Code128", NUMBER), ("DataMatrix", "DATA MATRIX"), ("QRCode", "QR CODE")}


def codes(image: Image.Image) -> set[tuple[str, str]]:
    """Every symbol that a scanner finds."""
    return {(code.format.name, code.text) for code in zxingcpp.read_barcodes(image)}


@pytest.mark.parametrize("language", ZPL)
@pytest.mark.parametrize("media", [(100.0, 150.0), MEDIA], ids=["whole", "strip"])
def test_a_printer_draws_both_parts_and_a_scanner_reads_them(language: str, media: tuple[float, float]) -> None:
    """A parcel whose carrier's code does not scan goes nowhere; one whose serial does not scan is packed twice."""
    made = page(media_mm=media)
    strip = {("QRCode", CHINESE.serial)} if media == MEDIA else set()
    image = seen(made, language)
    assert codes(image) == CODES | strip
    if strip:
        below = (0, 1200, made.width, made.height)
        ours = picture(made).convert("L").crop(below)
        assert ours.getbbox() is not None
        assert ImageChops.difference(image.crop(below), ours).getbbox() is None


def test_the_carriers_part_is_what_a_printer_makes_of_the_carriers_file() -> None:
    """Rewriting must not move a dot: fonts, homes, escapes and pictures come out as from the file itself."""
    made = page()
    plain = LABEL.replace(b"^AdN", b"^ADN")
    # The other printer knows nothing of these, which only say how labels leave it.
    for unknown in (b"^MNY", b"^MFN,N", b"^MCY", b"^POI", b"^PQ1,0,1,Y"):
        plain = plain.replace(unknown, b"")
    (label,) = zplkit.render(plain, options=zplkit.Options(width=800, height=1200, dpi=203)).labels
    with Image.open(io.BytesIO(label.png())) as image:
        assert ImageChops.difference(image.convert("L"), seen(made)).getbbox() is None


@pytest.mark.parametrize("language", ZPL)
def test_it_is_one_format_with_our_pixels_last_and_everything_set_back(language: str) -> None:
    """What a carrier's label leaves set would move, turn or reverse the next job on this printer."""
    made = page(media_mm=MEDIA)
    preamble, pixels, foreign, wiped = reader.read_carrier(document(made, language))
    assert wiped == [(0, 1200, 800, 240)]
    assert (preamble["PW"], preamble["LL"], preamble["PQ"].strip()) == ("800", "1440", "1")
    assert pixels.rows == tuple(
        "".join("1" if dot == 0 else "0" for dot in row) for row in _rows(picture(made).convert("L"))
    )
    assert foreign is not None
    names = [name for name, _ in foreign]
    assert names[:2] == ["LH", "LR"]
    assert not {"PW", "LL", "PQ", "PO", "MN", "MF", "MC", "FX"} & set(names)
    assert b"~" not in document(made, language).replace(b"~SD", b"")


OVERPRINTS = [
    b"^FO0,1100^A0N,240,900^FDMMMMMM^FS", b"^FO560,1199^BQN,2,9^FDQA,W-999-FORGED^FS",
    b"^FO0,1190^A0N,30,30^TBN,800,240^FDx x x^FS", b"^FO100,1190^BXN,20,200^FDFORGED^FS",
    b"^FO0,1199^B3N,N,200,N^FDFORGED^FS", b"^FO0,1190^A0R,300,300^FDMMMM^FS",
]  # fmt: skip


@pytest.mark.parametrize("fields", OVERPRINTS)
def test_a_carriers_part_that_grows_beyond_its_room_never_reaches_our_strip(fields: bytes) -> None:
    """A forged print serial in the strip is a parcel that is packed as another one."""
    try:
        made = page(body=b"^XA^FO10,10^A0N,30,30^FDok^FS" + fields + b"^XZ", media_mm=MEDIA)
    except Hold as held:
        assert held.code == "artwork-too-large"
        return
    image = seen(made)
    below = (0, 1200, made.width, made.height)
    assert ImageChops.difference(image.crop(below), picture(made).convert("L").crop(below)).getbbox() is None
    assert ("QRCode", CHINESE.serial) in codes(image)


def _rows(image: Image.Image) -> list[bytes]:
    data = image.tobytes()
    return [data[at : at + image.width] for at in range(0, len(data), image.width)]


def test_the_page_itself_stays_white_where_the_printer_draws() -> None:
    """A mark of the preview on paper would lie over the carrier's bar code."""
    made = page(media_mm=MEDIA)
    assert made.commands is not None
    assert made.commands.box == (0, 0, 800, 1200)
    assert picture(made).convert("L").crop((0, 0, 800, 1190)).getextrema() == (255, 255)


def test_a_label_narrower_than_its_room_stands_in_the_middle() -> None:
    """As pictures do; and every field moves with it, also behind a home position of the carrier's."""
    made = page(b"^XA^PW400^LL600^FO10,20^GB30,40,20^FS^LH5,6^FO10,20^GB30,40,20^FS^XZ")
    assert made.commands == PageCommands(
        "zpl", b"^LH200,0^FO10,20^GB30,40,20^FS^LH205,6^FO10,20^GB30,40,20^FS", (200, 0, 400, 600)
    )
    assert [found.code for found in made.findings] == ["artwork-resolution"]
    assert ImageChops.invert(seen(made)).getbbox() == (210, 20, 245, 66)


def test_a_label_of_unknown_width_begins_at_the_edge() -> None:
    """Its fields count from the paper's edge; moved to the middle by what is known of them, text falls off the right."""
    made = page(b"^XA^FO20,20^GB30,40,20^FS^FO500,90^A0N,30,30^FDa long line of text^FS^XZ")
    assert made.commands is not None
    assert made.commands.body.startswith(b"^LH0,0^FO20,20")
    assert made.commands.box == (0, 0, 800, 1200)


OTHERS = {name: spec for name, spec in LANGUAGES.items() if name not in ZPL}


@pytest.mark.parametrize("language", [*OTHERS, "epl2"])
def test_every_other_language_is_held_by_the_host(language: str) -> None:
    """Also one of somebody who never heard of such pages: it would print a label without its carrier's part."""
    spec = OTHERS.get(language) or epl2_plugin.plugin.waybilld_register_languages()[0]
    settings = PrinterSettings(8.0, MEDIA)
    order = ToDraw(asked(media_mm=MEDIA), ((language, "key", settings, Encoder(spec)),))
    (held,) = draw_all(*pickle.loads(pickle.dumps((draw_shipped, (order,)))))
    assert isinstance(held, Hold)
    assert held.code == "artwork-commands"
    assert str(held) == (
        f"the carrier's label is ZPL, and this printer speaks {language.upper()}: give this carrier a pool of ZPL printers, "
        "or ask it for PDF"
    )


def test_the_host_lets_zpl_through_and_pictures_everywhere() -> None:
    """The guard must hold nothing that can be printed."""
    settings = PrinterSettings(8.0, MEDIA)
    order = ToDraw(asked(media_mm=MEDIA), (("zpl", "key", settings, Encoder(LANGUAGES["zpl"])),))
    (sheets,) = draw_all(*pickle.loads(pickle.dumps((draw_shipped, (order,)))))
    assert isinstance(sheets, tuple)
    (drawn,) = sheets
    assert isinstance(drawn, Drawn)
    ((_, _, made),) = drawn.documents
    assert made.body + made.token == document(drawn.page)
    (plain,) = draw_shipped(CHINESE)
    assert Encoder(LANGUAGES["tspl"])(plain, settings).language == "tspl"


@pytest.mark.parametrize(
    "commands",
    [
        PageCommands("zpl", b"^LH0,0^FO0,0^FDx^FS^XZ^XA^JUF", (0, 0, 1, 1)),
        PageCommands("zpl", b"^LH0,0^FO0,0^FDx^FS~JA", (0, 0, 1, 1)),
        PageCommands("zpl", b"^LH0,0^PW9^FO0,0^FDx^FS", (0, 0, 1, 1)),
        PageCommands("zpl", b"", (0, 0, 1, 1)),
        PageCommands("tspl", b"SELFTEST\r\n", (0, 0, 1, 1)),
    ],
)
def test_the_encoder_believes_no_page(commands: PageCommands) -> None:
    """Another renderer's page reaches the printer only through the same allow-list."""
    with pytest.raises(Hold):
        document(replace(page(), commands=commands))


def test_the_key_knows_the_commands() -> None:
    """A key that overlooks them would print another parcel's label."""
    bodies = (LABEL, LABEL.replace(b"SAMPLE", b"SIMPLE"))
    first, second = (page(body).key for body in bodies)
    assert first != second
    same = replace(asked(), artwork=DocumentArtwork("application/pdf", LABEL))
    template = shipped().library.templates["artwork-whole"]
    assert key_of(template, same) != key_of(template, asked())


@pytest.mark.parametrize(
    ("body", "code", "said"),
    [
        (b"^XA^PW812^LL1218^FO0,0^GB100,100^FS^XZ", "", ""),
        (b"^XA^PW832^LL1218^FO0,0^GB100,100^FS^XZ", "artwork-too-large", "104 x 153 mm .* there is room for 100 x 150 mm"),
        (b"^XA^PW812^LL1218^FO0,0^GB812,3,3^FS^XZ", "artwork-too-large", "102 x 153 mm .* there is room for 100 x 150 mm"),
        (b"^XA^FO700,0^GFA,26,26,26,!^FS^FDx^FS^XZ", "artwork-too-large", "114 x 2 mm"),
        (b"^XA^LH0,900^FO0,299^BY2,3,200^BCN^FD1^FS^XZ", "artwork-too-large", "1 x 178 mm"),
        (b"^XA^FO0,1300^A0N,20^FDx^FS^XZ", "artwork-too-large", "1 x 165 mm"),
        (b"^XA^FT0,1199^GFA,1,1,1,F0^FS^FO799,1,1^GB799,9,9^FS^XZ", "", ""),
        (b"^XA^FO0,1200^FDx^FS^XZ", "artwork-too-large", "1 x 152 mm .* there is room for 100 x 150 mm"),
        (b"^XA^FO800,0^FDx^FS^XZ", "artwork-too-large", "101 x 2 mm .* there is room for 100 x 150 mm"),
    ],
)
def test_a_label_fits_or_is_held_with_both_sizes(body: bytes, code: str, said: str) -> None:
    """A 203 dpi label on a 300 dpi printer, or the other way round, is not to be found out at the depot."""
    if not code:
        assert page(body).commands is not None
        return
    with pytest.raises(Hold, match=said) as held:
        page(body)
    assert held.value.code == code


def test_the_padding_of_a_picture_is_no_ink() -> None:
    """812 dots are sent as 816: a label of exactly the media's width must not be held for its last half byte."""
    body = b"^XA^FO0,0^GFA,102,102,102,%bF0^FS^FDx^FS^XZ" % (b"FF" * 101)
    (made,) = draw_shipped(asked(body, (101.5, 150.0)))
    assert made.width == 812
    with pytest.raises(Hold, match=r"102 x 2 mm .* room for 101 x 150 mm"):
        draw_shipped(asked(body.replace(b"F0^FS", b"F8^FS"), (101.5, 150.0)))


def pictures() -> bytes:
    """A label that is nothing but pictures: a label of ours in bands, as a carrier would send it, and one more over it."""
    rows, stride, high = packed(render(LATIN)), 100, 200
    fields = [b"^XA^PW812^LL1218^LRN^LH4,5"]
    for top in range(0, 1100, high):
        band = graphic.Bitmap(rows[top * stride : min(1100, top + high) * stride], stride)
        fields.append(b"^FO2,%d^GF%b^FS" % (top, band.parameters()))
    return b"".join((*fields, b"^FO16,24^GFB,2,2,1,\xff\x81^FS^XZ"))


def test_a_label_of_pictures_alone_is_a_picture() -> None:
    """All its dots are known: it is previewed, checked and printed by every printer, dot for dot as the carrier's own."""
    body = pictures()
    (made,) = draw_shipped(asked(body, (101.6, 152.4)))
    assert made.commands is None
    (label,) = zplkit.render(body, options=zplkit.Options(width=812, height=1218, dpi=203)).labels
    with Image.open(io.BytesIO(label.png())) as image:
        shown = picture(made).convert("L").crop((0, 0, *image.size))
        assert ImageChops.difference(image.convert("L"), shown).getbbox() is None
    settings = PrinterSettings(8.0, (101.6, 152.4))
    assert Encoder(LANGUAGES["tspl"])(made, settings).language == "tspl"
    assert ("Code128", LATIN.waybill_number) in codes(picture(made).convert("L"))


@pytest.mark.parametrize(
    "more", [b"^FO0,0^GB9,9,9^FS", b"^FO0,0^FDx^FS", b"^LRY", b"^FO0,0^FR^GFA,1,1,1,FF^FS", b"^FT9,9^GFA,1,1,1,FF^FS"]
)
def test_whatever_is_no_plain_picture_is_left_to_the_printer(more: bytes) -> None:
    """A renderer of ours would only guess at it."""
    (made,) = draw_shipped(asked(pictures().replace(b"^LRN", b"^LRN" + more), (101.6, 152.4)))
    assert made.commands is not None


def test_what_a_person_should_know_is_a_finding() -> None:
    """A second label may be a customs form, and a font of the printer's may be another one here."""
    several = b"^XA^FO0,0^A@N,30,30,E:TT0003M_.TTF^FDx^FS^XZ" * 3
    found = {finding.code: finding.message for finding in page(several).findings}
    assert found == {
        "artwork-pages": "the carrier's ZPL has 3 labels, and only the first is printed",
        "artwork-fonts": "the carrier's label asks for the printer's font E:TT0003M_.TTF: look at the first label, printers "
        "differ",
    }
    assert page().findings == ()


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("^CI28^FD测试^FS", True),
        ("^CI28^FH^FD_E6_B5_8B^FS", True),
        ("^CI28^FH#^FD#E6#B5#8B^FS", True),
        ("^CI28^FH#^FDx^FS^FD#E6#B5#8B^FS", False),
        ("^CI28^FDCafé – 5 € Łódź^FS", False),
        ("^CI28^FH^FD_C3_A9^FS", False),
        ("^CI13^FDabc^FS", False),
    ],
)
def test_text_that_a_printer_may_leave_out_is_said(field: str, said: bool) -> None:
    """A printer without a Chinese font prints nothing where the address is, and nobody is told."""
    found = page(f"^XA^FO0,0^A0N,30,30{field}^XZ".encode()).findings
    assert [finding.code for finding in found] == (["artwork-fonts"] if said else [])


def test_other_printers_commands_are_refused() -> None:
    """Only ZPL is read; nothing else is guessed at."""
    with pytest.raises(Hold, match="as EPL commands") as held:
        draw_shipped(replace(asked(), artwork=CommandArtwork("EPL", b"N\nP1\n")))
    assert held.value.code == "artwork-commands"
