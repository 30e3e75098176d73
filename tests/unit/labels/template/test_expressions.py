"""Expressions in their cage: what they give, and what never gets past the load."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from unit.labels.label_samples import CHINESE
from waybilld_labels.template.expressions import BadExpression, compile_condition, compile_words
from waybilld_labels.template.fields import fields_of
from waybilld_labels.template.scope import FIELDS, LABEL, MORE, TABLE
from waybilld_sdk.errors import Hold
from waybilld_sdk.orders import Money

NAMES = frozenset(FIELDS)
KNOWN = {
    **fields_of(CHINESE, NAMES),
    "order": {
        "refs": "A-1",
        "message": "",
        "paid_at": datetime(2026, 1, 2, 23, 30, tzinfo=UTC),
        "total": Money(-123456, "CNY"),
    },
}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("plain", "plain"),
        ("", ""),
        ("{ not } an expression", "{ not } an expression"),
        ("{{ carrier }} / {{ service }}", "示例速运 / 标快"),
        ("{{ consignee.name | upper }}", "欧**明"),
        ("{{ 'a}}b' }}", "a}}b"),
        ("{{ sort_codes | join('-') }}", "755WF-012-37-B2"),
        (
            "{{ sort_codes[0] }} {{ sort_codes | first }} {{ sort_codes | last }} {{ sort_codes | length }}",
            "755WF-012 755WF-012 B2 3",
        ),
        ("{{ order.total | money }}", "-¥1,234.56"),
        (
            "{{ order.paid_at | date }} {{ order.paid_at | date('%d.%m.%Y %H:%M', 'Asia/Shanghai') }}",
            "2026-01-02 03.01.2026 07:30",
        ),
        ("{{ number | group }}", "SF 1234 5678 90123"),
        ("{{ carrier | short(3) }}", "示例…"),
        ("{{ order.message | default('none') }}", "none"),
        ("{{ texts.anything }}", ""),
        ("{{ 'x' if copy > 1 else 'first' }}", "first"),
        ("{{ copy + 1 }}{{ copy - 2 }}{{ carrier ~ '!' }}", "2-1示例速运!"),
        ("{{ sort_codes[9] }}{{ sort_codes[9] | default('-') }}{{ sort_codes[9] | upper }}", "-"),
        ("a\tb \n c\n", "a b c"),
        ("{{ carrier }}\n{{ service }}\n", "示例速运 标快"),
        ("{{ media.width }} {{ media.dots_per_mm }}", "100 8"),
        ("{{ 'Smith' | mask }} {{ '13812345678' | mask('phone') }}", "S**** 13******678"),
    ],
)
def test_words_say_what_they_mean(text: str, said: str) -> None:
    """The language that templates are written in."""
    assert compile_words(text, LABEL)(KNOWN) == said


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("copy > 1", False),
        ("sort_codes", True),
        ("order.message", False),
        ("service == '标快' and not batch", True),
        ("mode in ('express', 'own-delivery')", False),
        ("page.number == page.count", True),
        ("order.total is none or copy == 1", True),
    ],
)
def test_conditions_hold_or_not(text: str, holds: bool) -> None:
    """What `when` may ask."""
    assert compile_condition(text, LABEL)(KNOWN) is holds


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{{ ''.__class__ }}", "only fields have parts"),
        ("{{ carrier.__class__ }}", "has no parts"),
        ("{{ consignee.__init__ }}", "consignee has no part '__init__'"),
        ("{{ consignee }}", "has parts: name one of"),
        ("{{ consignee.nmae }}", "did you mean 'consignee.name'?"),
        ("{{ carier }}", "did you mean 'carrier'?"),
        ("{{ carrier * 999999999 }}", "any length"),
        ("{{ 9 ** 999999999 }}", "any length"),
        ("{{ '%999999999d' % 1 }}", "any length"),
        ("{{ 1 / 0 }}", "no division"),
        ("{{ carrier.upper() }}", "nothing can be called"),
        ("{{ range(9) }}", "nothing can be called"),
        ("{{ carrier[1:] }}", "no slices|whole number"),
        ("{{ {'a': 1} }}", "no dictionaries"),
        ("{{ carrier | attr('x') }}", "no filter 'attr'"),
        ("{{ carrier | short }}", r"takes one value in \( \), such as short\(20\)"),
        ("{{ order.total }}", r"order.total is money: write \{\{ order.total \| money \}\}"),
        ("{{ order.paid_at }}", r"is an instant: write \{\{ order.paid_at \| date \}\}"),
        ("{{ sort_codes }}", "is a list of texts: write"),
        ("{{ lines }}", "is a list of goods: a table"),
        ("{{ lines[0] }}", "lines is a list of goods"),
        ("{{ copy > 1 }}", "is yes or no: write"),
        ("{{ not service }}", "is yes or no"),
        ("{{ order.total if copy > 1 else carrier }}", "is money"),
        ("{{ carrier ~ order.total }}", "order.total is money"),
        ("{{ order.total | default('-') }}", "is money"),
        ("{{ 'x' if copy > 1 }}", "needs an 'else'"),
        ("{{ order.refs | first }}", "the filter first takes a list of texts, and order.refs is text"),
        ("{{ number | money }}", "the filter money takes money, and number is text"),
        ("{{ number | date }}", "takes an instant, and number is text"),
        ("{{ pieces | money }}", "takes money, and pieces is a number"),
        ("{{ order.total | upper }}", "order.total is money"),
        ("{{ copy + carrier }}", "put together with '~'"),
        ("{{ carrier | uper }}", "did you mean 'upper'"),
        ("{{ custmer }}", "no field 'custmer': known are"),
        ("{{ texts.return-policy }}", "such as texts.return_policy"),
        ("{{ texts }}", "such as texts.return_policy"),
        ("{{ line.sku }}", "only in the columns of a table"),
        ("{{ left_out }}", "only in the `more`"),
        ("{{ order.paid_at | date(zone='UTC') }}", "without names, such as date"),
        ("{% if service %}A{% endif %}", "there are no {% %}"),
        ("carrier }}", "'}}' has no '{{' before it"),
        ("to {carrier}", r"write \{\{ carrier \}\}"),
        ("bell \x07", "control character"),
        ("{{ 'a\\nb' }}", "line break"),
        ("{{ carrier | short('a') }}", "takes a number"),
        ("{{ carrier | mask('face') }}", "knows name, phone, room"),
        ("{{ order.paid_at | date('%Q') }}", "not %Q"),
        ("{{ order.paid_at | date('%Y', 'Mars/Olympus') }}", "no time zone"),
        ("{{ carrier | join(x) }}", "plain values"),
        ("{{ carrier is callable }}", "defined or none"),
        ("{{ carrier", "no '}}' after it"),
        ("{{ }}", "no expression"),
        ("{{ carrier carrier }}", "no expression"),
        ("{{ " + "(" * 400 + "1" + ")" * 400 + " }}", "expression"),
        ("{{ '" + "x" * 500 + "' }}", "500 characters"),
    ],
)
def test_what_could_hurt_is_refused_at_load(text: str, said: str) -> None:
    """A template from a web page must not read files, nor fill the memory; a slip of the pen is told how to mend it."""
    with pytest.raises(BadExpression, match=said):
        compile_words(text, LABEL)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("order.total > 100", "order.total is money and cannot be compared: ask only whether it is there"),
        ("order.paid_at == '2026'", "is an instant and cannot be compared"),
        ("pieces > '2'", "pieces is a number, and '2' is text"),
        ("mode == 1", "mode is text, and 1 is a number"),
        ("sort_codes[0] > 'a'", "may be nothing: give it a value"),
        ("1 in copy", "'in' looks for"),
        ("{{ service }}", "without {{ }}"),
        ("service = 'express'", "write == to compare"),
        ("service && batch", "write and"),
        ("!service", "write not"),
        ("pieces > 1 batch", "it should end before 'batch'"),
    ],
)
def test_a_condition_that_cannot_be_meant_is_refused_at_load(text: str, said: str) -> None:
    """A `when` that is never true prints the wrong label for months; a failing one holds the first that comes."""
    with pytest.raises(BadExpression, match=said):
        compile_condition(text, LABEL)


def test_more_counts_and_is_no_row() -> None:
    """What has no room has no line of its own to name."""
    assert compile_words("+ {{ left_out }}", MORE)({**KNOWN, "left_out": 3}) == "+ 3"
    with pytest.raises(BadExpression, match="only in the columns"):
        compile_words("{{ line.sku }}", MORE)
    with pytest.raises(BadExpression, match="only in the `more`"):
        compile_words("{{ left_out }}", TABLE)


def test_rows_may_name_their_line() -> None:
    """Only in tables."""
    words = compile_words("{{ row }} {{ line.sku }}", TABLE)
    assert words({**KNOWN, "line": KNOWN["lines"][0], "row": 7}) == "7 TS-BLK-XL"


def test_what_fails_on_one_label_holds_that_label() -> None:
    """Never a traceback, and the other labels go on."""
    with pytest.raises(Hold, match=r"own, layout: .* fails on this label") as held:
        compile_words("{{ order.paid_at | date('%Y', 'America/New_York') }}", LABEL, "own, layout")(
            {"order": {"paid_at": datetime(1, 1, 1, tzinfo=UTC)}}
        )
    assert held.value.code == "template-expression"


_PIECES = st.sampled_from(
    [
        *("copy", "carrier", "consignee", ".", "name", "|", "upper", "(", ")", "[", "]", "0", "'", '"', "+", "~", "*", "if"),
        *("else", "not", "in", "==", "{{", "}}", "{%", "%}", "{#", "#}", "\\", ",", ":", "__class__", "is", "none"),
    ]
)


@settings(max_examples=300, deadline=None)
@example("copy ,")
@given(st.lists(_PIECES, max_size=12).map(" ".join) | st.text(max_size=30))
def test_any_text_is_an_expression_or_a_mistake(text: str) -> None:
    """Nothing else may come of what somebody types."""
    try:
        words = compile_words("{{ " + text + " }}", LABEL)
    except BadExpression:
        return
    with contextlib.suppress(Hold):
        assert isinstance(words(KNOWN), str)


@pytest.mark.parametrize(("source", "why"), [("-" * 480 + "1", "nested too deeply"), ("1e999", "larger than")])
def test_numbers_without_end_are_mistakes_of_the_template(source: str, why: str) -> None:
    """A template that was written to hurt must be told at its line, and neither crash the check nor every label."""
    with pytest.raises(BadExpression, match=why):
        compile_words("{{ " + source + " }}", LABEL)
