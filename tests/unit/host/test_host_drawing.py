"""What comes of renderers and encoders that are somebody else's code, and of files that somebody else made."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from unit.labels.artwork.pdf_maker import box, pdf
from unit.labels.label_samples import CHINESE
from waybilld.host import drawing
from waybilld.host.drawing import Drawn, RendererBug, ToDraw, draw_all
from waybilld.host.sheetfile import SheetWaits
from waybilld_labels.renderer import draw_shipped
from waybilld_sdk.errors import Hold
from waybilld_sdk.labels import LabelRequest, Page, PrinterSettings
from waybilld_sdk.printing import Document

SETTINGS = PrinterSettings(8.0, (100.0, 150.0))
PAGE = Page(8, 8, b"png", "key")
CARD = replace(CHINESE, kind="card", media_mm=(100.0, 150.0))


def result(order: ToDraw, render: Any = draw_shipped) -> Any:
    """What becomes of one."""
    (found,) = draw_all(render, (order,))
    return found


@pytest.mark.parametrize("given", [(), None, [PAGE], PAGE, (PAGE, None), (b"png",)], ids=repr)
def test_a_renderer_that_gives_no_pages_is_a_bug_and_no_label(given: Any) -> None:
    """Without a page a shipment would wait for ever, or go without its label, and nobody would know of it."""
    found = result(ToDraw(CHINESE, ()), lambda request: given)
    assert isinstance(found, RendererBug)
    assert "the renderer gave" in str(found)
    assert "tell its author" in str(found)


@pytest.mark.parametrize("given", [None, b"^XA", Document("bolt", b"", b""), Document("zpl", "text", b"")], ids=repr)  # type: ignore[arg-type]
def test_an_encoder_that_gives_no_document_is_a_bug_and_no_label(given: Any) -> None:
    """Its answer would be sealed, stored and sent; the error would come up far from who made it."""
    found = result(ToDraw(CHINESE, (("zpl", "k", SETTINGS, lambda page, settings: given),)), lambda request: (PAGE,))
    assert isinstance(found, RendererBug)
    assert "the encoder of zpl gave" in str(found)


def test_a_wrong_sheet_waits_by_its_name_and_prints_once_it_is_right(tmp_path: Path) -> None:
    """The waybill beside it is bought: a card of the wrong size must be changed and not cost the parcel."""
    path = tmp_path / "card.pdf"
    order = ToDraw(CARD, (), (str(path),))
    for body, why in (
        (b"no PDF", "cannot be read"),
        (pdf(box(0, 0, 210, 297), (210, 297)), "there is room for 100 x 150 mm"),
    ):
        path.write_bytes(body)
        found = result(order)
        assert isinstance(found, SheetWaits)
        assert str(found).startswith(f"the file {path}: the sheet's ")
        assert why in str(found)
    path.write_bytes(pdf(box(10, 10, 50, 50), (90, 140), pages=3))
    found = result(order)
    assert [type(one) for one in found] == [Drawn] * 3


def test_what_comes_to_more_than_the_daemon_holds_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty pages of noise came back as 43 MB; a hundred such orders at a time would be all of the daemon's memory."""
    monkeypatch.setattr(drawing, "MOST_DRAWN_BYTES", 10)
    drawn = []

    def render(request: LabelRequest) -> tuple[Page, ...]:
        drawn.append(request)
        return (replace(PAGE, png=b"x" * 6),) * 2

    found = result(ToDraw(CHINESE, ()), render)
    assert isinstance(found, Hold)
    assert found.code == "label-overflow"
    assert drawn == [CHINESE]
