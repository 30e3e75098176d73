"""What may leave the house: what is on a list, and nothing else."""

from __future__ import annotations

import json
import time
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from waybilld.core import support

SECRET = "Canaria Testperson, 1 Canary Wharf"


def with_everywhere(text: str) -> dict[str, Any]:
    """A configuration with a text in every place that is free."""
    settings = {"host": text, "profile": text, "deep": [{"x": text}], text: 7, "port": 9100, "media_mm": [100, 150]}
    entry = {"name": "a-1", "adapter": "raw", "settings": settings, "place": text, "card": {"support": text, "bought": text}}
    return {
        "node": text,
        "listen": text,
        "state": text,
        "shops": [{**entry, "texts": {text: text}, "short_names": {"SKU": text}, "poll_seconds": 10.0, "pool": text}],
        "carriers": [{**entry, "title": text}],
        "printers": [{**entry, "gap_mm": 3.0}],
        "pools": [{"name": "p", "printers": ["a-1", text], "failover_s": 10.0}],
        "senders": [{"name": "s", "display_name": text, "phone": text, "address": text, "postcode": text, "country": "CN"}],
        "runs": {"dispatchers": [text]},
        "labels": {"plugins": ["labels"], "renderer": text, "settings": settings},
        "retention": {"pages_days": 7},
        "later": {"anything": text},
    }


@given(st.text(min_size=3))
def test_no_free_text_survives(text: str) -> None:
    """Whatever somebody wrote into the configuration, also where a later version has a key that nobody thought of."""
    whole = json.dumps(support.config(with_everywhere(f"<{text}>")), ensure_ascii=False)
    assert f"<{text}>" not in whole
    assert json.dumps(f"<{text}>")[1:-1] not in whole


def test_what_helps_is_kept() -> None:
    """A bundle without ports, media and pools answers no question."""
    found = support.config(with_everywhere(SECRET))
    assert found["printers"] == [
        {
            "name": "a-1",
            "adapter": "raw",
            "gap_mm": 3.0,
            "settings": {"port": 9100, "media_mm": [100, 150], "profile": None},
        }
    ]
    assert found["pools"] == [{"name": "p", "printers": ["a-1"], "failover_s": 10.0}]
    assert found["shops"][0]["poll_seconds"] == 10.0
    # An account's number in an adapter's settings is nobody's business: those of shops and carriers stay here whole.
    assert "settings" not in found["shops"][0]
    assert "settings" not in found["carriers"][0]


def test_secrets_are_not_even_references() -> None:
    """A path or the name of a variable tells where to look."""
    found = support.config({"printers": [{"name": "p", "settings": {"password": {"file": "/etc/secret", "env": None}}}]})
    assert found["printers"] == [{"name": "p", "settings": {}}]


def test_entries_keep_numbers_and_keywords() -> None:
    """The reason of a refused attempt may quote what a plugin choked on."""
    facts = {"printer": "bench-1", "reason": SECRET, "uid": 7001, "user": "mei", "epoch": 3, "cause": SECRET}
    rows = [("attempt", 5, {"state": "refuted", "reason": SECRET, "printer": "bench-1", "evidence": 2, "before": "{}"})]
    assert support.entry("attempt.refuted", facts, rows) == {
        "kind": "attempt.refuted",
        "facts": {"printer": "bench-1", "epoch": 3},
        "rows": [{"table": "attempt", "id": 5, "state": "refuted", "printer": "bench-1", "evidence": 2}],
    }


def test_the_check_without_what_plugins_said() -> None:
    """A carrier's error may quote the order that it refused."""
    row = {"subject": "carrier own", "level": "warn", "text": f"could not be asked: {SECRET}", "todo": SECRET}
    assert support.finding(row) == {"subject": "carrier own", "level": "warn", "text": ""}
    row = {"subject": "disk", "level": "ok", "text": "5 GiB free", "todo": ""}
    assert support.finding(row)["text"] == "5 GiB free"


def test_metrics_without_names_that_people_typed() -> None:
    """An item on the shelf may be called after who uses it."""
    text = (
        "# HELP waybilld_spares Spare pieces\n"
        'waybilld_spares{item="for Mei",warehouse="north"} 3\n'
        'waybilld_printer_state{printer="a",reason="media empty: Canaria"} 1\n'
        'waybilld_printer_state{printer="a",reason="media-empty-error"} 1\n'
        'waybilld_stage_seconds_bucket{le="+Inf",stage="received"} 2\n'
        "stranger_total 1\n"
    )
    assert support.metrics(text).splitlines() == [
        'waybilld_printer_state{printer="a",reason="media-empty-error"} 1',
        'waybilld_stage_seconds_bucket{le="+Inf",stage="received"} 2',
    ]


def test_a_long_label_costs_no_time() -> None:
    """The bundle is made while the daemon is down or in trouble: nobody waits an hour for it."""
    began = time.process_time()
    assert support.metrics("waybilld_x{" + "a" * 65_536 + "} 1\n" + 'waybilld_y{a="' + "\\\\" * 30_000 + "} 1\n")
    assert time.process_time() - began < 1.0
