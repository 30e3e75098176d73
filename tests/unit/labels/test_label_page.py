"""The drawn page: its size, its name, what it shows and what it refuses."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image, ImageChops

from unit.labels.label_samples import CHINESE, LATIN, RESOLUTIONS, picture, places, render
from waybilld_labels.page import png as raster
from waybilld_labels.page.box import Box
from waybilld_labels.renderer import key_of, shipped
from waybilld_sdk.errors import Hold
from waybilld_sdk.labels import LabelLine, LabelRequest, Page
from waybilld_sdk.orders import Consignee


def changed(first: LabelRequest, second: LabelRequest) -> tuple[int, int, int, int] | None:
    """The box within which two labels differ."""
    pages = (picture(render(request)).convert("L") for request in (first, second))
    return ImageChops.difference(*pages).getbbox()


def within(inner: tuple[int, int, int, int] | None, box: Box) -> bool:
    """A difference exists and stays inside a box."""
    return (
        inner is not None
        and box.left <= inner[0]
        and box.top <= inner[1]
        and inner[2] <= box.right
        and inner[3] <= box.bottom
    )


def codes(request: LabelRequest) -> list[str]:
    """The codes of a label's findings."""
    return [finding.code for finding in render(request).findings]


@pytest.mark.parametrize(
    ("media_mm", "dots_per_mm", "size"),
    [
        ((100.0, 150.0), 8.0, (800, 1200)),
        ((100.0, 150.0), 11.8, (1180, 1770)),
        ((100.0, 150.0), 12.0, (1200, 1800)),
        ((101.6, 152.4), 8.0, (813, 1219)),
        ((76.0, 130.0), 8.0, (608, 1040)),
        ((74.0, 100.0), 6.0, (444, 600)),
    ],
)
def test_the_page_is_the_paper(media_mm: tuple[float, float], dots_per_mm: float, size: tuple[int, int]) -> None:
    """A page a few dots too long feeds a second label each time."""
    page = render(replace(LATIN, media_mm=media_mm, dots_per_mm=dots_per_mm))
    image = picture(page)
    assert (page.width, page.height) == image.size == size
    assert image.mode == "1"


def test_the_same_request_gives_the_same_bytes() -> None:
    """A resend must be the same pixels, or two papers of one label differ."""
    assert render(CHINESE) == render(replace(CHINESE))


def page_key(request: LabelRequest) -> str:
    """The name of a request's page under one and the same template."""
    return key_of(shipped().library.templates["waybill-100x150"], request)


@pytest.mark.parametrize("at", range(17))
def test_every_field_is_part_of_the_key(at: int) -> None:
    """A key that overlooks a field would print yesterday's address."""
    others: tuple[dict[str, Any], ...] = (
        {"kind": "slip"}, {"dots_per_mm": 12.0}, {"media_mm": (100.0, 151.0)}, {"carrier": "x"}, {"service": "x"},
        {"waybill_number": "x"}, {"sort_codes": ("x",)},
        {"consignee": replace(CHINESE.consignee, handle="x")},
        {"sender": replace(CHINESE.sender, country="x")}, {"lines": ()}, {"order_refs": ("x",)}, {"serial": "x"},
        {"copy": 2}, {"mask": False}, {"sequence": "x"}, {"buyer_message": "x"}, {"buyer_message": "\ud800"},
    )  # fmt: skip
    assert page_key(replace(CHINESE, **others[at])) != page_key(CHINESE)


def test_fields_do_not_run_into_each_other_in_the_key() -> None:
    """Two labels whose words merely stand in different fields are two labels."""
    assert page_key(replace(CHINESE, carrier="ab", service="c")) != page_key(replace(CHINESE, carrier="a", service="bc"))


def test_what_is_masked_is_not_in_the_pixels() -> None:
    """Hidden characters must not survive anywhere: labels that differ only in what is hidden are the same picture."""
    other = replace(
        CHINESE.consignee, name="欧大山明", phone="13900000678", street=CHINESE.consignee.street.replace("502", "911")
    )
    hidden = replace(CHINESE, buyer_message="")
    assert changed(hidden, replace(hidden, consignee=other)) is None
    box = places(CHINESE)["consignee"]
    assert within(changed(replace(hidden, mask=False), replace(hidden, mask=False, consignee=other)), box)
    assert within(changed(hidden, replace(hidden, mask=False)), box)


def test_a_platforms_own_mask_is_printed_as_given() -> None:
    """A second mask over the platform's first would hide what the courier needs."""
    given = Consignee("张*", "138****5678", "CN", "广东省", "深圳市", "南山区", "示范路1号***室", form="masked")
    request = replace(CHINESE, consignee=given, buyer_message="")
    assert changed(request, replace(request, mask=False)) is None


def test_a_copy_says_so() -> None:
    """Two papers for one parcel that look alike are how a parcel is sent twice."""
    first, second = (picture(render(replace(CHINESE, copy=number))) for number in (1, 2))
    box = places(replace(CHINESE, copy=2))["copy mark"]
    band = second.crop((box.left, box.top, box.right, box.bottom))
    assert band.convert("L").histogram()[0] > 0.6 * box.width * box.height
    assert first.tobytes() != second.tobytes()
    assert changed(replace(CHINESE, copy=2), replace(CHINESE, copy=3)) is not None


@pytest.mark.parametrize(
    ("media_mm", "dots_per_mm", "code"),
    [
        ((56.0, 150.0), 8.0, "no-template"),
        ((100.0, 90.0), 8.0, "no-template"),
        ((float("nan"), 150.0), 8.0, "no-template"),
        ((1000.0, 1500.0), 8.0, "media-too-large"),
        ((100.0, 150.0), 203.0, "resolution-unsupported"),
        ((100.0, 150.0), 0.0, "resolution-unsupported"),
    ],
)
def test_paper_that_cannot_carry_the_label_is_held(media_mm: tuple[float, float], dots_per_mm: float, code: str) -> None:
    """A label squeezed onto a price tag, or "203" typed where 8 dots/mm is meant, wastes a roll."""
    with pytest.raises(Hold, match="correct the printer") as held:
        render(replace(CHINESE, media_mm=media_mm, dots_per_mm=dots_per_mm))
    assert held.value.code == code


def test_a_kind_without_a_template_is_held() -> None:
    """A packing slip drawn as a waybill would be stuck on a parcel."""
    with pytest.raises(Hold, match="no template of kind card") as held:
        render(replace(CHINESE, kind="card"))
    assert held.value.code == "no-template"


def test_the_smallest_label_still_takes_a_marked_copy() -> None:
    """A first print that fits and a reprint that is held would leave the packer with nothing."""
    for dots_per_mm in (6.0, *RESOLUTIONS):
        request = replace(CHINESE, media_mm=(74.0, 100.0), dots_per_mm=dots_per_mm, copy=2, serial="W" * 40)
        assert picture(render(request)).width == round(74 * dots_per_mm)


@pytest.mark.parametrize(
    ("street", "fits"),
    [("示范路18号" * 8, True), ("示范路18号" * 60, False), ("W" * 4000, False), ("Sample Street " * 9, True)],
)
def test_an_address_is_whole_or_held(street: str, fits: bool) -> None:
    """Half an address is a lost parcel; the packer must hear of it before it is printed."""
    request = replace(CHINESE, consignee=replace(CHINESE.consignee, street=street))
    if fits:
        assert codes(request) == []
        return
    with pytest.raises(Hold, match="does not fit") as held:
        render(request)
    assert held.value.code == "label-overflow"
    assert street[:6] not in str(held.value)


def test_sort_codes_are_whole_or_held() -> None:
    """A sort code that lost its end sends the parcel to another hub."""
    assert codes(replace(CHINESE, sort_codes=("浙江杭州西湖集散",) * 3)) == []
    with pytest.raises(Hold, match="sort codes does not fit"):
        render(replace(CHINESE, sort_codes=("浙江杭州西湖集散",) * 9))


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"lines": tuple(LabelLine(f"SKU-{at}", "瓶子", 1) for at in range(200))}, "goods"),
        ({"lines": (LabelLine("S", "很长的商品标题" * 40, 1),)}, "goods"),
        ({"buyer_message": "留言" * 200}, "message"),
        ({"order_refs": tuple(str(10**15 + at) for at in range(30))}, "order numbers"),
        ({"carrier": "Carrier " * 20}, "carrier"),
        ({"service": "Service " * 20}, "service"),
        ({"sender": replace(CHINESE.sender, address="很长的地址" * 60)}, "sender"),
    ],
)
def test_what_may_be_shortened_is_reported(change: dict[str, object], place: str) -> None:
    """Nothing is cut silently: the order view must say what the paper leaves out."""
    (finding,) = render(replace(CHINESE, **change)).findings  # type: ignore[arg-type]
    assert finding.code == "text-shortened"
    assert place in finding.message


def test_a_long_title_has_its_lines_where_there_is_room() -> None:
    """Rows give up their further lines when they are too many; no room may then stay white beside an ellipsis."""
    titles = ("纯棉圆领短袖T恤", "陶瓷马克杯", "316不锈钢保温杯大容量学生便携水杯 500ml 墨绿色", "男士中筒袜", "手机壳")
    request = replace(CHINESE, lines=tuple(LabelLine(f"SKU-{at}", title, 1) for at, title in enumerate(titles)))
    assert render(request).findings == ()
    full = replace(request, lines=tuple(replace(line, title=titles[2]) for line in request.lines))
    assert [finding.code for finding in render(full).findings] == ["text-shortened"]


def test_a_missing_glyph_is_a_finding_without_the_character() -> None:
    """The packer must look; the log must not learn a part of the name."""
    request = replace(CHINESE, mask=False, consignee=replace(CHINESE.consignee, name="张😀"))
    (finding,) = render(request).findings
    assert finding.code == "missing-glyph"
    assert "1 character of consignee" in finding.message
    assert "😀" not in finding.message
    assert "1F600" not in finding.message


def test_characters_that_were_removed_are_a_finding_without_the_words() -> None:
    """An address from which something was taken is compared by a person, who is told where to look and nothing of whom."""
    street = CHINESE.consignee.street
    request = replace(CHINESE, consignee=replace(CHINESE.consignee, street=street + "\x1b", city="深圳\u202e市"))
    (finding,) = render(request).findings
    assert finding.code == "characters-removed"
    assert "2 characters of consignee.city, consignee.street were left out" in finding.message
    assert "深圳" not in finding.message
    assert render(request).png == render(replace(CHINESE, consignee=replace(CHINESE.consignee, city="深圳市"))).png


def test_heaped_accents_stay_on_their_line_and_are_reported() -> None:
    """A name under a pillar of accents cannot be read, and nor can the line above it."""
    heap = "a" + "\u0300\u0301\u0302\u0303" * 8
    request = replace(CHINESE, mask=False, consignee=replace(CHINESE.consignee, name=heap))
    page = render(request)
    (removed,) = [finding for finding in page.findings if finding.code == "characters-removed"]
    assert "consignee.name" in removed.message
    plain = replace(request, consignee=replace(request.consignee, name="a"))
    assert within(changed(plain, request), places(request)["consignee"])


@pytest.mark.parametrize("text", ["عربي", "עברית", "Street 5 شارع"])
def test_text_from_right_to_left_is_reported(text: str) -> None:
    """Set the wrong way round it is another address; somebody must look."""
    request = replace(CHINESE, mask=False, consignee=replace(CHINESE.consignee, street=text))
    found = {finding.code: finding.message for finding in render(request).findings}
    assert set(found) == {"missing-glyph", "right-to-left"}
    assert "consignee" in found["right-to-left"]
    assert text not in found["right-to-left"]


def test_goods_never_leave_their_box() -> None:
    """Goods over the bar code or the address would make a good label unreadable."""
    found = places(CHINESE)
    box = replace(found["goods"], top=found["line_count, pieces"].top)
    many = tuple(LabelLine("很长的货号" * 9, "标题" * 90, 10**9) for _ in range(90))
    assert within(changed(replace(CHINESE, lines=()), replace(CHINESE, lines=many)), box)


def test_other_writers_pngs_are_read_too() -> None:
    """A page may come from another renderer or an older release: any 1-bit PNG of the right size is fine."""
    page = render(replace(LATIN, media_mm=(101.6, 152.4)))
    buffer = io.BytesIO()
    picture(page).save(buffer, "PNG", optimize=True)
    foreign = replace(page, png=buffer.getvalue())
    assert foreign.png != page.png
    assert raster.packed(foreign) == raster.packed(page)


@pytest.mark.parametrize("damage", ["empty", "cut", "grey", "size", "bomb", "bit"])
def test_a_page_that_is_not_its_picture_is_held(damage: str) -> None:
    """A damaged page must not come out as half a label, nor swallow the worker's memory."""
    page = render(CHINESE)
    flipped = bytearray(page.png)
    flipped[len(flipped) // 2] ^= 1
    broken: dict[str, Callable[[], Page]] = {
        "empty": lambda: replace(page, png=b""),
        "cut": lambda: replace(page, png=page.png[: len(page.png) // 2]),
        "grey": lambda: replace(page, png=_png(Image.new("L", (800, 1200), 255))),
        "size": lambda: replace(page, width=808),
        "bomb": lambda: replace(page, png=_png(Image.new("1", (14_000, 14_000), 255))),
        "bit": lambda: replace(page, png=bytes(flipped)),
    }
    with pytest.raises(Hold, match="render the label again") as held:
        raster.packed(broken[damage]())
    assert held.value.code == "page-unreadable"


def _png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def test_packed_rows_are_the_pictures() -> None:
    """One wrong bit order or padding bit and every label is scrambled."""
    page: Page = render(replace(LATIN, media_mm=(101.6, 152.4)))
    light = picture(page)
    expected = Image.new("1", (816, page.height), 0)
    expected.paste(ImageChops.invert(light.convert("L")).convert("1"), (0, 0))
    assert hashlib.sha256(raster.packed(page)).digest() == hashlib.sha256(expected.tobytes()).digest()
