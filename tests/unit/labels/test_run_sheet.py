"""The run sheet on paper: every stop in full, none cut, and the same pages in a PDF of several."""

from __future__ import annotations

import io
from dataclasses import replace

import pypdfium2
import pytest
from PIL import Image, ImageChops

from unit.labels.label_samples import picture
from waybilld_labels.languages import pdf
from waybilld_labels.renderer import draw_shipped
from waybilld_labels.template.fields import fields_of
from waybilld_sdk.labels import LabelLine, LabelRequest, Page, PrinterSettings
from waybilld_sdk.orders import Consignee

STREET = "示范街道科技园高新南七道18号3单元502室"
PERSON = Consignee("欧阳小明", "13812345678", "CN", "广东省", "深圳市", "南山区", STREET)
SHEET = LabelRequest(
    kind="run",
    dots_per_mm=8.0,
    media_mm=(210.0, 297.0),
    batch="north",
    mask=False,
    lines=tuple(LabelLine(f"SF{at:013d}", "", 1, consignee=PERSON) for at in range(50)),
)
PRINTER = PrinterSettings(8.0, (210.0, 297.0))


def difference(one: Page, other: Page) -> bool:
    """Whether a dot differs."""
    return ImageChops.difference(picture(one).convert("L"), picture(other).convert("L")).getbbox() is not None


@pytest.mark.parametrize("mask", [False, True])
def test_consignees_of_lines_are_masked_only_where_it_is_asked(mask: bool) -> None:
    """The sheet is the one paper that must show the room; a template of somebody's own must not show it on a label."""
    line = fields_of(replace(SHEET, mask=mask), frozenset({"lines"}))["lines"][0]
    shown = line["consignee"]
    assert (shown["name"], shown["phone"]) == (("欧**明", "13******678") if mask else ("欧阳小明", "13812345678"))
    assert ("502室" in shown["address_2"]) is not mask


def test_goods_have_no_consignee() -> None:
    """A pick list's lines go to nobody, and its templates still find the field."""
    line = fields_of(replace(SHEET, lines=(LabelLine("A", "Mug", 1),)), frozenset({"lines"}))["lines"][0]
    assert set(line["consignee"].values()) == {""}


@pytest.mark.parametrize("field", ["name", "phone", "city", "district", "street", "postcode"])
def test_every_part_of_the_address_is_on_the_sheet(field: str) -> None:
    """Leaving one out changes the ink; a part that did not would be one that the driver misses."""
    one = replace(SHEET, lines=SHEET.lines[:1])
    known = replace(PERSON, postcode="518000")
    full = draw_shipped(replace(one, lines=(replace(one.lines[0], consignee=known),)))[0]
    less = draw_shipped(replace(one, lines=(replace(one.lines[0], consignee=replace(known, **{field: ""})),)))[0]
    assert difference(full, less)


def test_a_long_address_is_never_shortened() -> None:
    """Half an address is a parcel that comes back."""
    long = replace(PERSON, name="欧阳" * 20, street=STREET * 8)
    pages = draw_shipped(replace(SHEET, lines=(replace(SHEET.lines[0], consignee=long),) * 12))
    assert len(pages) > 1
    assert [finding for page in pages for finding in page.findings] == []


def test_a_pdf_binds_the_very_pages() -> None:
    """The paper must be what the template drew, page for page, in a program that knows nothing of ours."""
    pages = draw_shipped(SHEET)
    assert len(pages) > 1
    file = pdf.bind(pages, PRINTER)
    document = pypdfium2.PdfDocument(io.BytesIO(file.body + file.token).getvalue())
    assert len(document) == len(pages)
    for page, inside in zip(pages, document, strict=True):
        seen: Image.Image = inside.render(scale=8 * 25.4 / 72, grayscale=True).to_pil()
        assert seen.size == (page.width, page.height)
        assert ImageChops.difference(seen, picture(page).convert("L")).getbbox() is None
    document.close()


def test_one_page_is_the_file_that_it_always_was() -> None:
    """The strict reader of single pages proves every byte; binding must not be a second format."""
    page = draw_shipped(SHEET)[0]
    assert pdf.bind((page,), PRINTER) == pdf.encode(page, PRINTER)
