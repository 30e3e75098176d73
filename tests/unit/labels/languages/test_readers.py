"""The readers themselves: whatever does not belong in a document is refused. A reader that forgives proves nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest
from PIL import Image

from support.readers.every import READERS, png
from support.readers.pixels import Refused
from unit.labels.label_samples import CHINESE, render
from unit.labels.languages.test_languages import ENCODERS, blank, page_of, printer
from waybilld_sdk.labels import Page

FOREIGN = (b"~JA", b"\x1b@", b"\r\nPRINT 1,1\r\n", b"^XZ", b"\0")
"""Commands of several languages, and a stray byte."""


def small() -> Page:
    """A page small enough to spoil each bit of its documents; its sides are whole hundredths of a millimetre."""
    image: Image.Image = blank(22, 10)
    for spot in ((0, 0), (3, 1), (4, 1), (5, 1), (21, 9), (11, 4)):
        image.paste(0, (*spot, spot[0] + 1, spot[1] + 1))
    image.paste(0, (0, 6, 22, 7))
    return page_of(image, 22)


def unnoticed(language: str, page: Page, spoiled: Iterable[tuple[int, bytes]]) -> set[int]:
    """Where a document was spoiled and yet read as the page itself. Another page or `Refused` is noticed; any other error
    fails the test."""
    same, meant = set(), png(page.png)
    for at, data in spoiled:
        try:
            if READERS[language](data, page, printer()) == meant:
                same.add(at)
        except Refused as refused:
            assert 0 <= refused.at <= len(data)
    return same


def written(language: str, page: Page) -> bytes:
    """The whole document."""
    document = ENCODERS[language](page, printer())
    return document.body + document.token


def slack(language: str, whole: bytes) -> set[int]:
    """Bytes of deflate, which has bits that nothing reads, where the format itself has no checksum over them."""
    if language != "pdf":
        return set()
    began = whole.index(b"stream\n", whole.index(b"/FlateDecode"))
    return set(range(began, whole.index(b"\nendstream", began)))


@pytest.mark.parametrize("language", sorted(ENCODERS))
def test_no_bit_can_turn_unnoticed(language: str) -> None:
    """Every bit of a document says something: either another page comes of it or the reader stops."""
    page = small()
    whole = written(language, page)
    spoiled = (
        (at, whole[:at] + bytes([whole[at] ^ 1 << bit]) + whole[at + 1 :]) for at in range(len(whole)) for bit in range(8)
    )
    assert unnoticed(language, page, spoiled) <= slack(language, whole)


@pytest.mark.parametrize("language", sorted(ENCODERS))
@pytest.mark.parametrize("foreign", FOREIGN, ids=repr)
def test_nothing_can_be_put_in_unnoticed(language: str, foreign: bytes) -> None:
    """An injected command stands somewhere in the bytes: nowhere may it pass for the page that was meant."""
    page = small()
    whole = written(language, page)
    assert not unnoticed(language, page, ((at, whole[:at] + foreign + whole[at:]) for at in range(len(whole) + 1)))


@pytest.mark.parametrize("language", sorted(ENCODERS))
def test_nothing_can_be_missing_unnoticed(language: str) -> None:
    """A document that was cut anywhere, at either end, is no document."""
    page = small()
    whole = written(language, page)
    assert not unnoticed(language, page, ((at, whole[:at]) for at in range(len(whole))))
    assert not unnoticed(language, page, ((at, whole[at:]) for at in range(1, len(whole))))


Damage = Callable[[bytes], bytes]
DAMAGES: dict[str, Damage] = {
    "cut": lambda data: data[:-1],
    "doubled": lambda data: data + data,
    "behind": lambda data: data + b"~JA",
    "before": lambda data: b"\x1b@" + data,
}


@pytest.mark.parametrize("language", sorted(ENCODERS))
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_label_is_refused(language: str, damage: str) -> None:
    """The same on a label of full size, where documents have several bands."""
    page = render(CHINESE)
    with pytest.raises(Refused):
        READERS[language](DAMAGES[damage](written(language, page)), page, printer())


@pytest.mark.parametrize(
    ("language", "change"), [("zpl", {"darkness": 9}), ("tspl", {"speed_ips": 3}), ("cpcl", {"darkness": 9})]
)
def test_settings_that_were_not_said_are_missed(language: str, change: dict[str, int]) -> None:
    """A label that prints at whatever darkness the last job left is pale or burnt, with all its pixels right."""
    page = small()
    with pytest.raises(Refused):
        READERS[language](written(language, page), page, printer(**change))
