"""Line breaking against the whole algorithm of UAX #14, which costs several times what drawing a label does."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from uniseg.linebreak import line_break_boundaries

from waybilld_labels.text.breaking import words

TEXTS = (
    "广东省深圳市南山区示范街道科技园高新南七道18号创业大厦3单元502室（近地铁A口）",
    "请放在门口快递柜，谢谢！",
    "纯棉圆领短袖T恤 黑色 XL 2026夏季新款",
    "“你好”，他说：《红楼梦》真好看……",
    "价格￥12.50元，折扣50%",
    "1600 Example Street, Apt 5B, Sampletown",
    "東京都千代田区千代田１－１ちょっと待って",
    "서울특별시 강남구 테헤란로 123",
    "https://example.com/a-b/c?d=1",
    "（测试）【标签】『书』",
    "Straße 12/3, 1. OG",
    "上海市—浦东新区",
    "A座（B楼）12-3室",
    "电话:0571-88886666转123",
    "100%棉 3.5kg №5 $7",
)
PIECES = st.sampled_from(
    [
        *"省市区，。、；：？！）》」』（《「『“”…—·",
        *("18号", "Apt 5B", "A-1", "12.5", "50%", "价￥9", " ", "ー", "ょ", "ッ", "々", "字", "路", "a", "7"),
    ]
)


def breaks(text: str) -> set[int]:
    """Where our lines may end: offsets into the text."""
    found, at = set(), 0
    for _, word in words(text):
        at = text.index(word, at)
        found.add(at)
        at += len(word)
    return found - {0}


@pytest.mark.parametrize("text", TEXTS)
def test_no_line_ends_where_unicode_forbids_it(text: str) -> None:
    """A comma at the head of a line, an opening bracket at its end, a number torn apart: read wrongly, delivered wrongly."""
    assert breaks(text) - set(line_break_boundaries(text)) == set()


@settings(max_examples=150, deadline=None)
@given(st.lists(PIECES, min_size=2, max_size=12).map("".join))
def test_no_mixture_of_scripts_breaks_where_it_must_not(text: str) -> None:
    """Addresses mix Chinese, Latin, figures and every kind of mark."""
    text = " ".join(text.split())
    wrong = breaks(text) - set(line_break_boundaries(text))
    assert {at for at in wrong if not _quoted(text, at)} == set()


def _quoted(text: str, at: int) -> bool:
    """Before an opening and behind a closing curly quote: older versions of UAX #14 forbid every break at a quote, because
    they do not know whether it opens; between Chinese words rule LB19a of version 16 allows these, as typesetters always
    did."""
    return text[at] == "“" or text[at - 1] == "”"


def test_most_places_where_unicode_allows_a_break_are_used() -> None:
    """Breaking too seldom makes type smaller than it need be. Left out on purpose: inside Korean words and addresses of the
    web, and after a hyphen."""
    allowed = [set(line_break_boundaries(text)) - {len(text)} for text in TEXTS]
    used = [breaks(text) & may for text, may in zip(TEXTS, allowed, strict=True)]
    assert sum(map(len, used)) > 0.8 * sum(map(len, allowed))
