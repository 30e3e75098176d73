"""Hostile text in every field: no command, no crash, no hold without a reason."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.hostile import HOSTILE, Hostile
from unit.labels.injection import ENCODERS, TEMPLATES, Report, commands_only, everywhere, page_or_hold, run

FAMILIES = sorted({one.family for one in HOSTILE})


def test_the_corpus_is_what_it_says() -> None:
    """Two hundred ideas, none of them twice."""
    assert len(HOSTILE) >= 200
    assert len({one.text for one in HOSTILE}) == len(HOSTILE)
    assert len(FAMILIES) == 16


@pytest.mark.parametrize("family", FAMILIES)
def test_every_encoder_on_one_page(family: str) -> None:
    """A buyer who types printer commands gets odd letters on a label, in whatever language the printer speaks."""
    strings = tuple(one for one in HOSTILE if one.family == family)
    report = run(strings, tuple(ENCODERS), ("waybill-76x130",), 20)
    assert report.labels + sum(report.holds.values()) == len(strings) * 3
    assert report.unread == []


@pytest.mark.parametrize("template", TEMPLATES)
def test_every_template_in_zpl(template: str) -> None:
    """A template must not be the hole in the wall."""
    report = Report()
    for hostile in HOSTILE:
        for page in page_or_hold(everywhere(hostile.text, template), report)[:1]:
            commands_only(page, report)
    assert report.labels + sum(report.holds.values()) == len(HOSTILE)
    assert report.labels > len(HOSTILE) // 2


@settings(max_examples=40, deadline=None)
@given(st.text(alphabet=st.characters(exclude_categories=()), max_size=40))
def test_any_text_everywhere(text: str) -> None:
    """The corpus is what somebody thought of; this is the rest."""
    run((Hostile("any", text),), ("zpl", "tspl"), ("waybill-76x130", "slip-100x150"), 1)
