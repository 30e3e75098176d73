"""Masking: GB/T 41833-2022 asks for one character of the name, six digits of the phone and the room."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unit.labels.label_samples import CHINESE
from waybilld_labels.text.clean import clean
from waybilld_labels.text.masking import mask, mask_name, mask_phone, mask_phones, mask_place, mask_room

NAMES = {
    "张三": "张*",
    "王小明": "王*明",
    "欧阳小明": "欧**明",
    "买买提·艾力": "买****力",
    "张": "*",
    "张 三": "张 *",
    "John Smith": "J*** S****",
    "J Smith": "J S****",
    "Ng": "N*",
    "A B": "A *",
    "さくら": "さ**",
    "张*": "张*",
    "": "",
}
PHONES = {
    "13812345678": "13******678",
    "138-1234-5678": "13*-****-*678",
    "+86 13812345678": "+86 1******5678",
    "0755-83765566-801": "075*-*******6-801",
    "+1 (415) 555-0100": "+1 (4**) ***-*100",
    "１３８１２３４５６７８": "１３******６７８",
    "13812345678/13900001111": "138********/*******1111",
    "一三八一二三四五六七八": "***********",
    "12345": "*****",
    "1234567": "******7",
    "138****5678": "13******678",
    "13812345678-1234": "13812345678-1234",
    "13812345678转1234": "13812345678转1234",
    "+8613812345678 ext. 123456": "+8613812345678 ext. 123456",
    "13812345678-12": "138******78-12",
    "12125550100 x123": "121*******0 x123",
    "": "",
}
ROOMS = {
    "幸福路12号3单元502室": "幸福路12号3单元***室",
    "长江路8号5栋1203": "长江路8号5栋****",
    "B座1208室": "B座****室",
    "中关村大街1号A座 1503": "中关村大街1号A座 ****",
    "三单元五零二室": "三单元***室",
    "５栋５０２室": "５栋***室",
    "大厦Room 502": "大厦Room ***",
    "示例花园1203": "示例花园****",
    "幸福小区3-2-501": "幸福小区3-2-***",
    "5栋1203（502室）": "5栋****（***室）",
    "502房间": "***房间",
    "サンプル1-2-3 501号室": "サンプル1-2-3 ***号室",
    "12号楼3单元": "12号楼*单元",
    "Apt 5B, 12 Main St": "Apt **, 12 Main St",
    "12 Main St #4": "12 Main St #*",
    "Blk 1 Sample Ave 6 #12-345": "Blk 1 Sample Ave 6 #******",
    "Flat 2, 5 High St": "Flat *, 5 High St",
    "12 Unity Road": "12 Unity Road",
    "人民路100号": "人民路100号",
    "人民路88号502": "人民路88号***",
    "人民路88號 1203": "人民路88號 ****",
    "人民路88号 100000": "人民路88号 100000",
    "サンプル1-23-45": "サンプル1-23-45",
    "办公室": "办公室",
    "502号房屋": "502号房屋",
    "": "",
}


@pytest.mark.parametrize(("name", "masked"), NAMES.items())
def test_name_table(name: str, masked: str) -> None:
    """A full name beside an address is what the standard forbids."""
    assert mask_name(name) == masked


@pytest.mark.parametrize(("phone", "masked"), PHONES.items())
def test_phone_table(phone: str, masked: str) -> None:
    """The common 138****5678 hides four digits, two too few; a virtual number cut short reaches nobody."""
    assert mask_phone(phone) == masked


@pytest.mark.parametrize(("street", "masked"), ROOMS.items())
def test_room_table(street: str, masked: str) -> None:
    """The room must go and the house number must stay, or the courier finds no door."""
    assert mask_room(street) == masked


@pytest.mark.parametrize(
    ("function", "values"), [(mask_name, NAMES), (mask_phone, PHONES), (mask_room, ROOMS)], ids=["name", "phone", "room"]
)
def test_tables_are_idempotent(function: Callable[[str], str], values: dict[str, str]) -> None:
    """A label drawn from data that was masked before must not hide more each time."""
    for value in values:
        assert function(function(value)) == function(value)


@given(st.text(max_size=20).map(lambda raw: clean(raw)[0]).filter(lambda name: name and "*" not in name))
def test_every_name_hides_at_least_one_character(name: str) -> None:
    """No spelling, script or length of a name may slip through whole."""
    masked = mask_name(name)
    assert len(masked) == len(name)
    assert sum(was != now for was, now in zip(name, masked, strict=True)) >= 1
    assert mask_name(masked) == masked


@given(st.text(alphabet="0123456789０９ +-()/转x一*", max_size=30))
def test_every_phone_hides_six_digits(phone: str) -> None:
    """Fewer hidden digits than the standard's six let the number be guessed."""
    masked = mask_phone(phone)
    digits = sum(char.isdecimal() for char in phone)
    left = sum(char.isdecimal() for char in masked)
    stars = phone.count("*")
    assert mask_phone(masked) == masked
    if masked != phone:
        assert left <= max(0, digits + stars - 6)
    elif stars < 6 and digits:
        assert masked.startswith(("1", "8", "+"))
        assert len(phone) >= 14


@given(
    st.sampled_from(
        ["{}室", "3单元{}室", "5栋{}", "2号楼1单元{}", "B座 {}", "Apt {}", "Suite {}", "#{}", "1-2-{}", "Rm. {}"]
    ),
    st.integers(100, 99999),
    st.sampled_from(["示范路18号", "88 Sample Road, ", "示例小区"]),
)
def test_every_known_form_of_room_is_hidden(form: str, room: int, road: str) -> None:
    """Each way of writing a room that the table knows hides each number."""
    masked = mask_room(road + form.format(room))
    assert str(room) not in masked
    assert masked.startswith(road)
    assert mask_room(masked) == masked


@given(st.text(alphabet="路号楼栋单元室房Apt #-0123456789*ABz，", max_size=30))
def test_room_masking_settles(street: str) -> None:
    """Masking what is masked must change nothing and never lengthen an address."""
    masked = mask_room(street)
    assert len(masked) == len(street)
    assert mask_room(masked) == masked


def test_phones_in_a_message_are_masked() -> None:
    """Buyers write their number into the message, and the label shows the message."""
    assert mask_phones("电话13812345678，2件，订单备注") == "电话13******678，2件，订单备注"
    for written in (
        "139.1234.5678",
        "139(1234)5678",
        "139_1234_5678",
        "139—1234—5678",
        "139/1234/5678",
        "+1 (415) 555-0100",
    ):
        masked = mask_phones(f"tel {written}!")
        assert masked == f"tel {mask_phone(written)}!" != f"tel {written}!"


def test_a_mobile_number_in_the_address_is_masked() -> None:
    """Buyers write it there as well, where nothing else hides it; a house number never looks like one."""
    given_consignee = replace(CHINESE.consignee, street="样例路1号 13812345678 收")
    assert mask(given_consignee).street == "样例路1号 13******678 收"


@pytest.mark.parametrize("form", ["masked", "cipher"])
def test_what_the_platform_hid_is_left_alone(form: Literal["masked", "cipher"]) -> None:
    """Masking a platform's own mask or ciphertext again makes it useless to the courier."""
    given_consignee = replace(CHINESE.consignee, form=form)
    assert mask(given_consignee) == given_consignee


def test_consignee_keeps_everything_else() -> None:
    """Only three fields are hidden; a wrong city would misroute the parcel."""
    masked = mask(CHINESE.consignee)
    assert (masked.name, masked.phone) == ("欧**明", "13******678")
    assert masked.street.endswith("3单元***室")
    restored = replace(masked, name=CHINESE.consignee.name, phone=CHINESE.consignee.phone, street=CHINESE.consignee.street)
    assert restored == CHINESE.consignee


PLACES = {
    "示例区502室 13812345678": "示例区***室 13******678",
    "样例路1号 138 1234 5678 收": "样例路1号 *** **** *678 收",
    "样例路1号 021-12345678 收": "样例路1号 02*-*****678 收",
    "3-12-5-1201": "3-12-5-****",
    "Apartment No. 5": "Apartment No. *",
    "Room No 7": "Room No *",
    "A座 12F 1205": "A座 12F ****",
    "5栋 12-03": "5栋 *****",
    "五栋一二〇三": "五栋****",
    "502 室": "*** 室",
    "房间 502": "房间 ***",
    "12号之502": "12号之***",
    "示例省": "示例省",
}


@pytest.mark.parametrize(("text", "masked"), PLACES.items())
def test_rooms_and_phones_are_hidden_in_every_part_of_an_address(text: str, masked: str) -> None:
    """Buyers write them into the district, with blanks and dashes between; the label shows all parts."""
    assert mask_place(text) == masked
    consignee = mask(replace(CHINESE.consignee, province=text, city=text, district=text, street=text))
    assert {consignee.province, consignee.city, consignee.district, consignee.street} == {masked}


def test_numbers_in_words_are_masked_in_a_message() -> None:
    """The usual way past a filter for figures."""
    assert mask_phones("打一三八一二三四五六七八") == "打***********"
    assert mask_phones("二〇二六年一月") == "二〇二六年一月"


@pytest.mark.parametrize("piece", ["5", "1-", "座1F", "一", "房间", "138 ", "12-", "座 ", "Apt No", "0571 "])
def test_masking_takes_no_time_on_the_worst_of_texts(piece: str) -> None:
    """A regular expression that backtracks stops every label behind this one."""
    text = piece * (4000 // len(piece))
    began = time.process_time()
    mask_phones(mask_place(text))
    assert time.process_time() - began < 1.0
