"""Hides what a label must not show of a person: part of the name, most of the phone number, the room.

Source: GB/T 41833-2022, the Chinese national standard on hiding personal information on electronic waybills: at least one
character of the name, at least six digits of the phone number, and the unit or room number of the address. Every function
is pure, keeps what is hidden already, and takes text that `text.clean` has been through.
"""

from __future__ import annotations

import re
from dataclasses import replace

from waybilld_sdk.orders import Consignee

HIDDEN = "*"
PHONE_DIGITS_HIDDEN = 6
_HAN = re.compile("[\u3007\u4e00-\u9fff\u3400-\u4dbf\uf900-\ufaff\U00020000-\U0003fffd·*]+")
_VIRTUAL = re.compile(
    r"(?:\+?86[ -]?)?1[3-9]\d{9} ?(?:-|－|—|,|，|#|转|轉|分机|分機|ext\.?|x) ?\d{3,6}", re.IGNORECASE | re.ASCII
)
_PHONE_IN_ADDRESS = re.compile(
    r"(?<![\dA-Za-z])(?:1[3-9]\d(?:[ -]?\d{4}){2}|0\d{2,3}[- ]?[1-9]\d{6,7}(?:-\d{1,6})?)(?![\dA-Za-z])"
)
"""A Chinese mobile number, or one with its area code: the forms that no house, floor or room number has."""
_WRITTEN_OUT = re.compile("[零〇一二三四五六七八九幺]{7,}")
_PHONE_IN_TEXT = re.compile(r"\+?\d(?:[ ()._/‐-―－-]{0,2}\d){6,}(?: ?(?:-|转|轉|分机|ext\.?) ?\d{3,6})?", re.IGNORECASE)

_MARK = "0-9A-Za-z０-９Ａ-Ｚａ-ｚ*"
_NUMERAL = "零〇一二三四五六七八九十百"
_ROOM = re.compile(
    f"(?<![{_MARK}])(?P<room>(?:[{_MARK}]{{1,8}}(?:-[{_MARK}]{{1,6}})?|[{_NUMERAL}*]{{1,6}}))"
    "(?= ?号?(?:室|房(?![产屋]))|號室|호)"
    "|(?:(?<![A-Za-z])(?:apt|apartment|unit|suite|ste|room|rm|flat|whg|wohnung)(?![A-Za-z])"
    "[.:]? ?(?:#|n[or](?![A-Za-z])\\.?)? ?|# ?"
    "|房间号?|房間號?|房号|房號|室号|室號) ?"
    f"(?P<flat>[{_MARK}]{{1,6}}(?:-[{_MARK}]{{1,6}})?)(?![{_MARK}])",
    re.IGNORECASE,
)
_NUMBER = f"(?=[A-Za-zＡ-Ｚａ-ｚ]{{0,2}}[0-9０-９*])[{_MARK}]"
"""One character of a number, where at most two letters stand before its first digit; to be repeated."""
_END = "(?=$|[ ,，;；。（(])"
_BUILDING = "(?:号楼|號樓|楼|樓|栋|棟|幢|座|单元|單元|层|層)"
_LAST_PART = re.compile(
    f"{_BUILDING}(?:[ ,，]?[0-9]{{1,3}}F)?[ ,，]?(?P<room>{_NUMBER}{{2,6}}(?:-{_NUMBER}{{1,4}})?){_END}"
    f"|{_BUILDING}[ ,，]?(?P<written>[{_NUMERAL}]{{3,6}}){_END}"
    f"|[号號][ ,，之]?(?P<behind>{_NUMBER}{{2,5}}){_END}"
    f"|(?:阁|閣|厦|廈|苑|园|園|城|公寓|小区)[ ,，]?(?P<flat>{_NUMBER}{{3,6}}){_END}"
    f"|(?<=[{_MARK}]-)(?P<part>{_NUMBER}{{3,6}}){_END}"
)
_BARE_UNIT = re.compile(f"(?P<room>[{_MARK}{_NUMERAL}]{{1,3}})(?=单元|單元)")


def mask(consignee: Consignee) -> Consignee:
    """The consignee as the label may show it. What the platform masked or enciphered is left as the platform gave it."""
    if consignee.form != "clear":
        return consignee
    return replace(
        consignee,
        name=mask_name(consignee.name),
        phone=mask_phone(consignee.phone),
        province=mask_place(consignee.province),
        city=mask_place(consignee.city),
        district=mask_place(consignee.district),
        street=mask_place(consignee.street),
    )


def mask_place(text: str) -> str:
    """A part of an address with room and phone numbers hidden: buyers write them into whichever field they like."""
    return mask_room(_PHONE_IN_ADDRESS.sub(lambda found: mask_phone(found[0]), text))


def mask_name(name: str) -> str:
    """A name with at least one character hidden.

    Chinese: 张三 → 张*, 王小明 → 王*明, 欧阳小明 → 欧**明 (first and last stay). Others, word by word: John Smith →
    J*** S****. A word of one character stays, unless nothing else was hidden: then the last word goes.
    """
    words = [_mask_word(word) for word in name.split()]
    if words and not any(HIDDEN in word for word in words):
        words[-1] = HIDDEN * len(words[-1])
    return " ".join(words)


def _mask_word(word: str) -> str:
    keep_last = len(word) > 2 and _HAN.fullmatch(word) is not None
    hidden = len(word) - 1 - keep_last
    return word[:1] + HIDDEN * hidden + word[len(word) - keep_last :]


def mask_phone(phone: str) -> str:
    """A phone number with at least six digits hidden, all of them if it has no more than six; separators stay.

    13812345678 → 13******678. A virtual number (a mobile number with an extension of three to six digits, which a
    platform or carrier lends for one order) is kept whole: it names nobody, and without its end it reaches nobody.
    """
    if _VIRTUAL.fullmatch(phone):
        return phone
    places = [at for at, char in enumerate(phone) if char.isnumeric() or char == HIDDEN]
    if sum(phone[at] == HIDDEN for at in places) >= PHONE_DIGITS_HIDDEN:
        return phone
    # Digits that are written out or circled count for no rule of keeping some: then nothing is shown.
    plain = all(phone[at].isdecimal() or phone[at] == HIDDEN for at in places)
    shown = max(0, len(places) - PHONE_DIGITS_HIDDEN) if plain else 0
    head, tail = min(3, shown // 2), min(4, shown - shown // 2)
    chars = list(phone)
    for at in places[head : len(places) - tail]:
        chars[at] = HIDDEN
    return "".join(chars)


def mask_phones(text: str) -> str:
    """Free text (a buyer's message) with everything that may be a phone number masked: seven digits or more, in figures or
    in Chinese numerals."""
    text = _WRITTEN_OUT.sub(lambda found: HIDDEN * len(found[0]), text)
    return _PHONE_IN_TEXT.sub(lambda found: mask_phone(found[0]), text)


def mask_room(street: str) -> str:
    """An address with its room number hidden: 3单元502室 → 3单元***室, 5栋1203 → 5栋****, Apt 5B → Apt **.

    Where an address names a unit (单元) but no room, the unit is hidden instead. House numbers stay: without them nobody
    finds the door. An address without any of these is returned as it is.
    """
    street, rooms = _ROOM.subn(_stars, street)
    street, parts = _LAST_PART.subn(_stars, street)
    return street if rooms or parts else _BARE_UNIT.sub(_stars, street)


def _stars(found: re.Match[str]) -> str:
    """The match with its room group replaced by as many stars."""
    group = found.lastgroup or "room"
    start, end = found.start(group) - found.start(), found.end(group) - found.start()
    return found[0][:start] + HIDDEN * (end - start) + found[0][end:]
