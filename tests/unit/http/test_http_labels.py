"""What people do with labels over the API: who is written down, what is refused how, and who may ask for how many copies."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, cast

import pytest
from twisted.internet.defer import fail

from unit.http.http_house import CAPABILITIES, Daemon
from waybilld.http.values import HttpError, Peer
from waybilld.services.fleet import Fleet, PoolPrinter
from waybilld.store.engine import StoreUnavailable
from waybilld_sdk.errors import Retry

MEI = Peer(4242, 7001, 7100)
PACKER = Peer(4245, 7009, 7100, (7100,))
DAY_US = 24 * 3_600_000_000


def post(daemon: Daemon, path: str, body: object = None, peer: Peer | None = PACKER) -> Any:
    """The answer of a request of somebody."""
    content = b"" if body is None else json.dumps(body).encode()
    return json.loads(daemon.ask(f"/api/v1/labels/{path}", "POST", content, peer).body)


def refused(daemon: Daemon, path: str, body: object = None, peer: Peer | None = PACKER) -> HttpError:
    """The error of a request."""
    with pytest.raises(HttpError) as raised:
        post(daemon, path, body, peer)
    return raised.value


def doubted(daemon: Daemon) -> str:
    """The serial of the label in doubt."""
    serial: str = daemon.get("/api/v1/unconfirmed")["unconfirmed"][0]["serial"]
    return serial


def waiting(daemon: Daemon) -> str:
    """The serial of a label that waits for a printer."""
    sql = "SELECT l.serial FROM label l JOIN job j ON j.label = l.id WHERE j.kind = 'print' AND j.state = 'ready'"
    serial: str = daemon.house.one(sql)
    return serial


def told(daemon: Daemon) -> list[str]:
    """Every sentence of the journal."""
    return [line["text"] for line in daemon.get("/api/v1/journal", limit=1000)["entries"]]


def reprint(daemon: Daemon, serial: str, peer: Peer = PACKER) -> str:
    """Ask for a further copy; its serial."""
    new: str = post(daemon, f"{serial}/reprint", {"reason": "jam"}, peer)["serial"]
    return new


REQUESTS = (
    ("settle", {"printed": True}), ("scan", None), ("reprint", {"reason": "jam"}), ("release", None), ("cancel", None),
    ("move", {"to": "pool"}),
)  # fmt: skip


@pytest.mark.parametrize(("path", "body"), REQUESTS, ids=[path for path, _ in REQUESTS])
def test_nobody_is_let_in_unnamed(daemon: Daemon, path: str, body: object) -> None:
    """A change without a name behind it is nobody's word."""
    before = told(daemon)
    error = refused(daemon, f"{doubted(daemon)}/{path}", body, None)
    assert (error.status, error.hint) == (403, "ask over the Unix socket")
    assert told(daemon) == before


@pytest.mark.parametrize(("path", "body"), REQUESTS, ids=[path for path, _ in REQUESTS])
def test_a_full_disk_is_told_as_such(daemon: Daemon, path: str, body: object) -> None:
    """Nothing was done, and the packer must know."""
    daemon.store.answer = lambda _: fail(StoreUnavailable("the disk is full"))
    error = refused(daemon, f"{doubted(daemon)}/{path}", body)
    assert (error.status, error.hint) == (503, "free space on the disk, then ask again")


@pytest.mark.parametrize(("path", "body"), [one for one in REQUESTS if one[0] != "scan"])
def test_a_serial_of_no_label_is_a_conflict(daemon: Daemon, path: str, body: object) -> None:
    """A typing mistake."""
    error = refused(daemon, f"W9/{path}", body)
    assert (error.status, "there is no label W9" in error.error) == (409, True)


def test_a_person_settles_a_label_and_is_written_down(daemon: Daemon) -> None:
    """Who said so is the first question when the parcel is missing."""
    serial = doubted(daemon)
    assert post(daemon, f"{serial}/settle", {"printed": True}) == {"serial": serial}
    assert daemon.get("/api/v1/unconfirmed")["unconfirmed"] == []
    body = daemon.house.one("SELECT body FROM journal WHERE kind = 'attempt.proven' ORDER BY seq DESC LIMIT 1")
    facts = json.loads(body)["facts"]
    assert (facts["uid"], "user id 7009" in facts["reason"]) == (7009, True)
    error = refused(daemon, f"{serial}/settle", {"printed": True})
    assert (error.status, error.hint, "labels reprint" in error.error) == (409, "nothing was changed", True)


def test_a_scan_says_whether_it_goes(daemon: Daemon) -> None:
    """One bad label among good ones."""
    assert post(daemon, "S1/scan") == {"serial": "S1", "word": "go", "text": "shipment 1 is verified"}
    assert post(daemon, "S1/scan")["text"].startswith("shipment 1 is verified already")
    assert post(daemon, "no-such/scan")["word"] == "stop"
    assert told(daemon).count("its label was scanned by user id 7009") == 1


def test_a_name_that_a_directory_does_not_tell_is_a_number(daemon: Daemon, monkeypatch: pytest.MonkeyPatch) -> None:
    """A directory server that hangs must not stop the bench."""

    async def hangs(*_: object, **__: object) -> str:
        raise Retry("the directory does not answer")

    monkeypatch.setattr(cast(Any, daemon.app.labels)._lender, "work", hangs, raising=False)
    assert post(daemon, "S1/scan")["word"] == "go"
    assert "its label was scanned by user id 7009" in told(daemon)


def test_copies_have_a_quota_that_supervisors_do_not_have(daemon: Daemon) -> None:
    """Labels printed again and again go on parcels that nobody ordered; the supervisor's morning is another matter."""
    newest = reprint(daemon, reprint(daemon, "S1"))
    assert newest == "S1.3"
    error = refused(daemon, f"{newest}/reprint", {"reason": "jam"})
    assert (error.status, error.hint) == (403, "no copy was made")
    assert "has asked for 2 copies in 24 hours, and may for 2" in error.error
    assert "labels.reprint.supervisors" in error.error
    assert daemon.house.one("SELECT count(*) FROM reprint") == 2
    for peer in (MEI, Peer(1, 0, 0), Peer(2, 7009, 7700), Peer(3, 7009, 7100, (7700,))):
        newest = reprint(daemon, newest, peer)
    daemon.house.now_us += DAY_US
    assert reprint(daemon, newest) == "S1.8"
    assert daemon.house.rows("SELECT reason, uid FROM reprint ORDER BY id")[0] == ("jam", 7009)


def test_the_quota_is_of_each_person(daemon: Daemon) -> None:
    """The late shift pays nothing for the early one."""
    newest = reprint(daemon, reprint(daemon, "S1"))
    assert reprint(daemon, newest, Peer(9, 7010, 7100)) == "S1.4"


@pytest.mark.parametrize("reason", ["", "two\nlines", "x" * 121, " blanks "])
def test_a_copy_needs_a_reason_of_one_line(daemon: Daemon, reason: str) -> None:
    """It stands in the journal and in the weekly report."""
    assert refused(daemon, "S1/reprint", {"reason": reason}).status == 422


def test_a_superseded_copy_is_looked_for_until_it_is_found(daemon: Daemon) -> None:
    """It is on paper, and has its parcel's number on it."""
    assert daemon.get("/api/v1/intercepts")["intercepts"] == []
    assert reprint(daemon, "S1") == "S1.2"
    (row,) = daemon.get("/api/v1/intercepts")["intercepts"]
    assert (row["serial"], row["state"], row["orders"], row["closed_at"]) == ("S1", "open", ["A-1"], None)
    assert post(daemon, "S1/scan") == {"serial": "S1", "word": "stop", "text": "throw this away: S1.2 has its place"}
    assert daemon.get("/api/v1/intercepts", state="open")["intercepts"] == []
    (row,) = daemon.get("/api/v1/intercepts", state="found")["intercepts"]
    assert (row["serial"], row["state"], row["closed_at"] is None) == ("S1", "found", False)
    assert daemon.get("/api/v1/intercepts", state="gone")["intercepts"] == []
    with pytest.raises(HttpError) as raised:
        daemon.get("/api/v1/intercepts", state="lost")
    assert raised.value.status == 422


def test_labels_in_doubt_are_listed_by_printer_pool_and_age(daemon: Daemon) -> None:
    """What was not scanned for two hours is looked for before the carrier comes."""

    def count(**query: object) -> int:
        return len(daemon.get("/api/v1/unconfirmed", **query)["unconfirmed"])

    assert (count(printer="zebra-1"), count(printer="zebra-2")) == (1, 0)
    assert (count(pool="pool"), count(pool="other")) == (1, 0)
    sent_us = daemon.house.one("SELECT at_us FROM attempt WHERE state = 'unconfirmed'")
    daemon.house.now_us = sent_us + 2 * 3_600_000_000
    assert (count(older_than_s=7199), count(older_than_s=7201)) == (1, 0)
    assert count(older_than_s=7199, printer="zebra-1", pool="pool") == 1
    # A clock that was set back hides nothing from who asks for all.
    daemon.house.now_us = sent_us - DAY_US
    assert (count(), count(older_than_s=60)) == (1, 0)
    for wrong in (-1, "2h", 10**12):
        with pytest.raises(HttpError) as raised:
            count(older_than_s=wrong)
        assert raised.value.status == 422


def test_a_label_that_waits_is_moved_and_dropped(daemon: Daemon) -> None:
    """Each with who did it."""
    serial = waiting(daemon)
    assert post(daemon, f"{serial}/move", {"to": "zebra-2"}) == {"serial": serial}
    assert post(daemon, f"{serial}/move", {"to": "pool"}) == {"serial": serial}
    assert daemon.house.rows("SELECT pool, printer FROM job WHERE kind = 'print' AND state = 'ready'") == [("pool", None)]
    error = refused(daemon, f"{serial}/release")
    assert (error.status, "was not given up" in error.error) == (409, True)
    assert post(daemon, f"{serial}/cancel") == {"serial": serial}
    lines = told(daemon)
    for line in ("moved to printer zebra-2 by user id 7009", "moved to pool pool by user id 7009"):
        assert line in lines
    assert any(line.startswith("dropped by user id 7009") for line in lines)


def test_a_label_moves_only_where_there_is_a_printer(daemon: Daemon) -> None:
    """A typing mistake would keep it waiting for ever."""
    error = refused(daemon, f"{waiting(daemon)}/move", {"to": "nowhere"})
    assert (error.status, error.error) == (404, "there is no pool and no printer nowhere; there are: pool, zebra-1, zebra-2")


def test_a_label_moves_to_a_backup_in_the_pool_that_it_backs(daemon: Daemon) -> None:
    """A printer that only stands in for others has no pool of its own; its lane takes the labels of theirs."""
    pooled = dict(daemon.app.fleet.printers)
    spare: PoolPrinter = replace(
        pooled["zebra-2"], device=replace(pooled["zebra-2"].device, name="spare", pool="", backs=("pool", "hall"))
    )
    narrow = replace(
        pooled["zebra-2"],
        device=replace(pooled["zebra-2"].device, name="narrow", pool="small", variant="8/58x40"),
        capabilities=replace(CAPABILITIES, media_mm=(58.0, 40.0)),
    )
    cast(Any, daemon.app.labels)._fleet = Fleet({}, {}, {**pooled, "spare": spare, "narrow": narrow})
    serial = waiting(daemon)
    post(daemon, f"{serial}/move", {"to": "spare"})
    assert daemon.house.rows("SELECT pool, printer FROM job WHERE kind = 'print' AND state = 'ready'") == [("pool", "spare")]
    for to in ("narrow", "small"):
        error = refused(daemon, f"{serial}/move", {"to": to})
        assert (error.status, "there it would need 8/58x40" in error.error) == (409, True)
