"""Hostile text in every field: no command, no crash, no hold without a reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.hostile import HOSTILE
from support.hostile_artwork import GOOD
from unit.labels.injection import (
    DOTS_PER_MM,
    ENCODERS,
    TEMPLATES,
    Report,
    commands_only,
    everywhere,
    page_or_hold,
    run,
    scanned,
    through,
)
from waybilld_labels.renderer import shipped
from waybilld_sdk.labels import LabelLine, LabelRequest
from waybilld_sdk.orders import Consignee, Money
from waybilld_sdk.shipping import DocumentArtwork, Sender

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


FRAGMENTS = tuple(one.text for one in HOSTILE if len(one.text) <= 60)
TEXTS = st.lists(
    st.text(alphabet=st.characters(exclude_categories=()), max_size=30) | st.sampled_from(FRAGMENTS), max_size=3
).map("".join)
"""Any text there is, lone surrogates and noncharacters too, with commands of every language in the middle of it."""

REQUESTS = st.builds(
    LabelRequest,
    kind=st.just("waybill"),
    dots_per_mm=st.just(DOTS_PER_MM),
    media_mm=st.just((100.0, 150.0)),
    carrier=TEXTS,
    service=TEXTS,
    waybill_number=TEXTS | st.just("SF1234567890123"),
    sort_codes=st.lists(TEXTS, max_size=4).map(tuple),
    consignee=st.builds(Consignee, *[TEXTS] * 8),
    sender=st.builds(Sender, *[TEXTS] * 5),
    lines=st.lists(
        st.builds(
            LabelLine, TEXTS, TEXTS, st.integers(-(10**12), 10**12), TEXTS, TEXTS,
            st.none() | st.builds(Money, st.integers(), TEXTS), st.booleans(),
        ),
        max_size=4,
    ).map(tuple),
    order_refs=st.lists(TEXTS, max_size=3).map(tuple),
    serial=TEXTS | st.just("L-000042-1"),
    copy=st.integers(1, 99),
    mask=st.booleans(),
    sequence=TEXTS,
    buyer_message=TEXTS,
    shop=TEXTS,
    account=TEXTS,
    mode=TEXTS,
    batch=TEXTS,
    paid_at=st.none() | st.datetimes(timezones=st.just(UTC)),
    total=st.none() | st.builds(Money, st.integers(), TEXTS),
    texts=TEXTS.map(lambda text: (("return-policy", text), ("return-address", text))),
)  # fmt: skip
"""Every field with a text of its own. Waybill numbers and serials are also good ones, or all labels would be held."""

EVERY_TEMPLATE = tuple(sorted(shipped().library.templates))


@pytest.mark.parametrize("template", EVERY_TEMPLATE)
@settings(max_examples=14, deadline=None)
@given(request=REQUESTS)
def test_any_text_in_every_field_of_every_template(template: str, request: LabelRequest) -> None:
    """The corpus is what somebody thought of; this is the rest: one format, our commands only, our pixels, or a reason."""
    ready = shipped().library.templates[template]
    artwork = DocumentArtwork("application/pdf", GOOD) if ready.for_artwork else None
    asked = replace(request, template=template, kind=ready.kind, media_mm=ready.media_mm, artwork=artwork)
    for page in page_or_hold(asked, Report()):
        through(page, "zpl", Report())


@settings(max_examples=14, deadline=None)
@given(request=REQUESTS, language=st.sampled_from(sorted(ENCODERS)))
def test_any_text_in_any_language(request: LabelRequest, language: str) -> None:
    """A page is pixels in each language, and whatever is read back from them is what was meant."""
    report = Report()
    asked = replace(request, template="waybill-100x150")
    for page in page_or_hold(asked, report):
        through(page, language, report)
        scanned(asked, page, report)
    assert report.unread == []
