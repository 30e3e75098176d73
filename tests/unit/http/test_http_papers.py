"""The opening check of print sets against paper: before an order is held, somebody can read why it would be."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from unit.http.http_house import Daemon, shop_config
from waybilld.config.load import Loaded
from waybilld.host.processes import Killed
from waybilld.host.trial import refusals
from waybilld.http.papers import Planned, papers, planned
from waybilld.services.fleet import Paper
from waybilld_labels.renderer import draw_shipped
from waybilld_sdk.context import Limits
from waybilld_sdk.errors import Hold, StopQueue
from waybilld_sdk.labels import LabelRequest, Page

SETS = {
    "default": [{"label": "waybill"}, {"label": "slip", "pool": "small"}, {"label": "card", "file": "c.pdf"}],
    "express": [{"label": "waybill"}, {"label": "slip", "pool": "small"}, {"label": "form"}],
}
MEDIA = {"pool": ((100.0, 150.0), (76.0, 130.0)), "small": ((50.0, 30.0),)}


def papers_of(pool: str) -> tuple[Paper, ...]:
    """Two media in one pool, tiny labels in the other."""
    return tuple(Paper(f"{at}", 8.0, media, ()) for at, media in enumerate(MEDIA[pool]))


def test_what_is_tried_is_what_orders_would_get() -> None:
    """The set of the carrier's own mode, once for each paper; files are looked at elsewhere."""
    found = planned(shop_config(SETS), papers_of)
    assert [(label.pool, label.request.kind, label.request.media_mm) for label in found] == [
        ("pool", "waybill", (100.0, 150.0)),
        ("pool", "waybill", (76.0, 130.0)),
        ("small", "slip", (50.0, 30.0)),
        ("pool", "form", (100.0, 150.0)),
        ("pool", "form", (76.0, 130.0)),
    ]
    assert {(one.request.shop, one.request.account, one.request.mode) for one in found} == {("store", "numbers", "express")}


def test_a_slip_on_labels_that_hold_none_stops_the_day() -> None:
    """With the real templates: the slip is refused by its paper, all else only lacks words and is not doubted."""
    labels = planned(shop_config(SETS), papers_of)
    found = papers(labels, refusals(draw_shipped, [label.request for label in labels]))
    told = {f["subject"]: (f["level"], f["text"]) for f in found}
    assert set(told) == {"pool pool", "slip of store"}
    assert told["pool pool"] == ("warn", "its printers have 100 x 150 mm and 76 x 130 mm")
    assert told["slip of store"][0] == "stop"
    assert told["slip of store"][1].startswith("no template of kind slip is made for media of 50 x 30 mm")
    assert all(f["todo"] for f in found)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (Hold("no room", code="media-too-small"), "no room"),
        (Hold("empty data", code="barcode-unprintable"), ""),
        (StopQueue("the font is not installed"), "the font is not installed"),
        (ValueError("Mei Lin, Road 1"), "the renderer failed: ValueError at "),
    ],
)
def test_a_renderer_may_raise_anything(error: Exception, words: str) -> None:
    """One bad plugin must not take the whole check away, nor may its words carry a name into it."""

    def renders(request: LabelRequest) -> tuple[Page, ...]:
        raise error

    (why,) = refusals(renders, [LabelRequest("slip", 8.0, (100.0, 150.0))])
    assert why.startswith(words)
    assert bool(why) == bool(words)
    assert "Mei" not in why


def test_levels() -> None:
    """A carrier may bring its own waybill, nobody brings a slip; what could not be tried is not called well."""
    labels = [Planned("p", LabelRequest(kind, 8.0, (1.0, 1.0), shop="s")) for kind in ("waybill", "slip")]
    assert [(f["subject"], f["level"]) for f in papers(labels, ("no", "no"))] == [
        ("waybill of s", "warn"),
        ("slip of s", "stop"),
    ]
    assert [(f["subject"], f["level"]) for f in papers(labels, ("", ""))] == [("templates", "ok")]
    assert [(f["subject"], f["level"]) for f in papers(labels, None)] == [("templates", "warn")]
    assert papers([], ()) == []


def test_check_tries_the_templates_of_the_running_daemon(
    daemon: Daemon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the configuration and the fleet to the line, and a renderer that hangs is one line."""
    monkeypatch.setattr(daemon.app, "loaded", Loaded(tmp_path / "w.yaml", shop_config({"default": [{"label": "waybill"}]})))
    assert ("templates", "ok") in _told(daemon)
    monkeypatch.setattr(daemon.app, "lender", Hanging())
    assert ("templates", "warn") in _told(daemon)


def _told(daemon: Daemon) -> list[tuple[str, str]]:
    return [(f["subject"], f["level"]) for f in daemon.get("/api/v1/check")["findings"]]


class Hanging:
    """A lender whose worker had to be killed."""

    async def work(self, fn: Callable[..., object], *args: object, limits: Limits) -> object:
        """Killed at its limit."""
        raise Killed(fn.__name__, f"{limits.seconds:g} s, {len(args)} values")
