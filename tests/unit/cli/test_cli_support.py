"""The support bundle: whatever orders, people and plugins wrote, none of it is in any of its files."""

from __future__ import annotations

import gzip
import io
import json
import shutil
import stat
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest

from support.hostile import HOSTILE
from unit.cli.cli_house import CONFIG
from unit.http.http_house import Daemon, daemon_over
from unit.store.store_house import CANARIES, PERSON, House, order
from waybilld.cli import support
from waybilld.cli.client import Api
from waybilld.cli.exits import Exit
from waybilld.cli.main import run
from waybilld.core.heads import Upkeep
from waybilld.core.printers import Mode
from waybilld.core.rolls import Counters, Wound
from waybilld.core.runs import Person
from waybilld.core.spares import Doing
from waybilld.core.troubles import Cause
from waybilld.core.unconfirmed import Unconfirmed
from waybilld.store import care, outcomes, printers, runs, spares, troubles
from waybilld.store.care import Seen
from waybilld.store.engine import FILE
from waybilld_sdk.errors import Retry
from waybilld_sdk.orders import Consignee, OrderLine, RejectedRecord
from waybilld_sdk.printing import Evidence, PrinterState, PrinterStatus, Supply, Verdict
from waybilld_sdk.printing import Outcome as Found

T = TypeVar("T")
PERSONAL = f"{PERSON.name}, {PERSON.phone}, {PERSON.street}, {PERSON.city}"
WHO = Person(7001, "canaria")
SETTINGS = "settings: {host: 127.0.0.1}"
FRAGMENTS = (*CANARIES, "Canaria", "Testperson", "Canary", "20 7946", "E14", "A-1", "N000001", "canaria", "张三")
FILES = {"README.txt", "daemon.json", "versions.json", "config.json", "printers.json", "troubles.json", "attempts.json",
         "entries.json", "check.json"}  # fmt: skip


def hostile_life(house: House) -> None:
    """Personal data wherever anybody could write some."""
    policies = house.policies
    strange = []
    for n, hostile in enumerate(HOSTILE[::25]):
        text = f"{hostile.text[:200]} {PERSONAL}"
        lines = (OrderLine("1", text, text, 1),)
        strange.append(order(f"A-1{n}", consignee=Consignee(text), buyer_message=text, lines=lines))
    house.until_printed(order("A-1"), order("A-2"), *strange)
    house.until_rendered(order("A-3"), order("A-4", consignee=Consignee("张三")))
    house.ingest(rejected=(RejectedRecord(PERSONAL, PERSONAL, PERSONAL),))
    refuted, doubtful = house.begin(), house.begin("zebra-2")
    assert refuted is not None
    assert doubtful is not None
    house.do(lambda tx: outcomes.refuted(tx, refuted, f"ValueError: {PERSONAL}"))
    assert house.sent(doubtful)
    hold = Unconfirmed.HOLD
    house.do(lambda tx: outcomes.unconfirmed(tx, doubtful, Evidence.TOKEN, PERSONAL, hold, policies))
    proven = house.begin()
    assert proven is not None
    assert house.sent(proven)
    seen = Verdict(Found.PROVEN, Evidence.PRINTED, PERSONAL, {"odometer": 8, "display": PERSONAL, PERSON.name: 1})
    house.do(lambda tx: outcomes.proven(tx, proven, seen, policies))
    at = Counters("S1", 8)
    house.do(lambda tx: care.see(tx, "zebra-1", Seen("S1", "ZT411 203dpi", PERSONAL)))
    house.do(lambda tx: care.load(tx, "zebra-1", Wound.ROLL, 15_300, 153.0, at, "100x150", WHO))
    house.do(lambda tx: care.maintain(tx, "zebra-1", Upkeep.OTHER, PERSONAL, at, WHO))
    house.do(lambda tx: spares.set_item(tx, "main", PERSON.name, None, 5, WHO))
    house.do(lambda tx: spares.move(tx, "main", PERSON.name, Doing.ADD, 1, WHO))
    house.do(lambda tx: troubles.open_trouble(tx, "zebra-1", Cause.JAM, tx.now_us))
    house.do(lambda tx: troubles.report(tx, "S1", Cause.DATA, PERSONAL, WHO))
    house.do(lambda tx: printers.tell(tx, "zebra-1", Mode.PAUSED, PERSONAL, WHO))
    house.do(lambda tx: runs.open_run(tx, PERSON.name, [1], frozenset({"numbers"}), WHO))
    house.block(1, PERSONAL)


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> House:
    """A database full of people, closed."""
    house = House(tmp_path_factory.mktemp("hostile"))
    hostile_life(house)
    house.close()
    return house


@pytest.fixture
def hostile(tmp_path: Path, lived: House, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A configuration over it, as full, named by the environment; no daemon runs."""
    path = tmp_path / "w.yaml"
    card = f"place: '{PERSONAL}', card: {{support: '{PERSONAL}', supplier: '{PERSONAL}'}}, gap_mm: 2.5"
    text = CONFIG.replace("display_name: Sample Store", f"display_name: '{PERSONAL}'")
    texts = f"texts: {{thanks: '{PERSONAL}'}}"
    text = text.replace("settings: {folder: orders}", f"{texts}\n    settings: {{folder: '{PERSON.name}'}}")
    text = text.replace(SETTINGS, f"{card}, settings: {{host: '{PERSON.phone}', port: 9101, profile: zebra-300}}")
    path.write_text(text, "utf-8")
    state = tmp_path / "state"
    state.mkdir()
    (state / "master.key").write_bytes(b"k" * 32)
    shutil.copyfile(lived.path, state / FILE)
    monkeypatch.setenv("WAYBILLD_CONFIG", str(path))
    monkeypatch.setattr("time.time", lambda: lived.now_us / 1_000_000)
    return tmp_path


def opened(path: Path) -> dict[str, str]:
    """The files of a bundle by name."""
    with tarfile.open(path) as tar:
        found = {Path(m.name).name: tar.extractfile(m).read().decode() for m in tar.getmembers()}  # type: ignore[union-attr]
        assert len({Path(member.name).parent for member in tar.getmembers()}) == 1
        assert {(m.uid, m.uname, m.mode) for m in tar.getmembers()} == {(0, "", 0o600)}
    return found


def leaks(path: Path) -> list[tuple[str, str]]:
    """Which fragment stands in which file, also where JSON has escaped it."""
    raw = gzip.decompress(path.read_bytes())
    assert not [fragment for fragment in FRAGMENTS[:-2] if fragment.encode() in raw]
    found = []
    for name, text in opened(path).items():
        plain = json.dumps(json.loads(text), ensure_ascii=False) if name.endswith(".json") else text
        found += [(name, fragment) for fragment in FRAGMENTS if name != "versions.json" and fragment in plain]
    return found


def test_without_the_daemon(hostile: Path) -> None:
    """The daemon that does not start is what support is asked about."""
    out = hostile / "b.tar.gz"
    assert run(["support-bundle", "-o", str(out)]) == Exit.DONE
    assert leaks(out) == []
    files = opened(out)
    assert set(files) == FILES
    assert json.loads(files["daemon.json"])["ready"] is None
    assert stat.S_IMODE(out.stat().st_mode) == 0o600


def test_what_a_supporter_needs_is_there(hostile: Path) -> None:
    """A bundle that hides everything helps nobody."""
    out = hostile / "b.tar.gz"
    run(["support-bundle", "-o", str(out)])
    files = {name: json.loads(text) for name, text in opened(out).items() if name.endswith(".json")}
    (printer,) = files["config.json"]["printers"]
    assert printer["settings"] == {"port": 9101, "profile": "zebra-300"}
    assert printer["gap_mm"] == 2.5
    states = {attempt["state"] for attempt in files["attempts.json"]}
    assert states == {"proven", "refuted", "unconfirmed"}
    assert files["attempts.json"][-1]["after"] == {"odometer": 8}
    entries = files["entries.json"]
    assert {e["kind"] for e in entries} >= {"attempt.sent", "printer.loaded", "trouble.opened", "daemon.started"}
    assert not [e for e in entries if e["kind"].startswith(("order", "run", "case", "shipment", "spare"))]
    keys = {key for e in entries for part in (e["facts"], *e["rows"]) for key in part}
    assert keys.isdisjoint({"uid", "user", "reason", "serial", "note", "before", "after"})
    assert [t["cause"] for t in files["troubles.json"]] == ["data", "jam"]
    (card,) = files["printers.json"]
    assert (card["roll_labels"], card["model"], card["maintenance"][0]["what"]) == (100, "ZT411 203dpi", "other")
    assert card["firmware"] == "", "a device that was named after its user"
    assert {row["level"] for row in files["check.json"]} >= {"ok", "warn", "stop"}
    assert files["versions.json"]["packages"]["waybilld"]


def test_a_printer_alone(hostile: Path) -> None:
    """What is about another one stays out; the daemon's starts stay in."""
    out = hostile / "b.tar.gz"
    run(["support-bundle", "zebra-1", "-o", str(out)])
    files = {name: json.loads(text) for name, text in opened(out).items() if name.endswith(".json")}
    assert {a["printer"] for a in files["attempts.json"]} == {"zebra-1"}
    assert not [e for e in files["entries.json"] if e["facts"].get("printer") == "zebra-2"]
    assert [e for e in files["entries.json"] if e["kind"] == "attempt.proven"]
    assert run(["support-bundle", "stranger"]) == Exit.FINDINGS


def test_days_back(hostile: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Last week is enough, and what is older stays where it is."""
    import time

    later = time.time() + 8 * 86_400
    monkeypatch.setattr("time.time", lambda: later)
    out = hostile / "b.tar.gz"
    run(["support-bundle", "-o", str(out)])
    files = opened(out)
    assert json.loads(files["entries.json"]) == json.loads(files["attempts.json"]) == []
    run(["support-bundle", "--days", "30", "-o", str(out)])
    assert json.loads(opened(out)["attempts.json"])


@pytest.mark.parametrize("broken", [b"", b"SQLite format 3\0 and then nothing"])
def test_a_broken_database_is_a_finding_and_no_end(hostile: Path, broken: bytes) -> None:
    """Then more than ever somebody is asked for help."""
    (hostile / "state" / FILE).write_bytes(broken)
    out = hostile / "b.tar.gz"
    assert run(["support-bundle", "-o", str(out)]) == Exit.DONE
    assert leaks(out) == []
    assert json.loads(opened(out)["database.json"]) == "Unreadable"
    assert json.loads(opened(out)["config.json"])["pools"]


class Wire:
    """The API as the command line asks it, without a socket."""

    def __init__(self, daemon: Daemon) -> None:
        self._daemon = daemon

    def get_bytes(self, path: str, query: dict[str, object] | None = None) -> bytes:
        """As `Api.get_bytes`."""
        return self._daemon.ask(path, **{k: v for k, v in (query or {}).items() if v is not None}).body

    def get(self, path: str, query: dict[str, object] | None = None) -> Any:
        """As `Api.get`."""
        return json.loads(self.get_bytes(path, query))


def test_with_the_daemon(hostile: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything that a running daemon adds: what devices and plugins say now, and the metrics."""
    (tmp_path / "copy").mkdir()
    daemon = daemon_over(tmp_path / "copy", hostile / "state" / FILE)
    toner = Supply(PERSONAL, PERSONAL, 3)
    told = {"advice": PERSONAL, "serial": PERSONAL, "model": PERSONAL, "firmware": PERSONAL, "supplies": (toner,)}
    jam: Any = PrinterStatus(PrinterState.STOPPED, ("media-jam-error", PERSONAL), **told)  # type: ignore[arg-type]
    daemon.app.lanes["zebra-1"].press.show(jam)
    daemon.numbers.error = Retry(PERSONAL)
    daemon.app.troubles["printer.zebra-2"] = PERSONAL
    daemon.app.fleet.printers["zebra-2"].instance.guard.quarantine(PERSONAL)
    daemon.meters.spares.labels("main", PERSON.name).set(1)

    def asking(_: object, ask: Callable[[Api], T], __: float) -> T:
        wire: Any = Wire(daemon)
        return ask(wire)

    monkeypatch.setattr(support, "asking", asking)
    out = tmp_path / "b.tar.gz"
    assert run(["support-bundle", "-o", str(out)]) == Exit.DONE
    assert leaks(out) == []
    files = opened(out)
    assert set(files) == FILES | {"metrics.txt"}
    assert json.loads(files["daemon.json"])["ready"] is True
    first = json.loads(files["printers.json"])[0]
    assert (first["state"], first["reasons"]) == ("stopped", ["media-jam-error"])
    assert "waybilld_journal_entries" in files["metrics.txt"]
    assert 'reason="media-jam-error"' in files["metrics.txt"]
    daemon.house.close()


def test_to_a_pipe_and_with_a_name_of_its_own(
    hostile: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    """For ssh, and for whoever does not want to think of a name."""
    assert run(["support-bundle", "-o", "-"]) == Exit.DONE
    with tarfile.open(fileobj=io.BytesIO(capsysbinary.readouterr().out)) as tar:
        assert len(tar.getnames()) == len(FILES)
    monkeypatch.chdir(hostile)
    assert run(["support-bundle"]) == Exit.DONE
    assert [path.name for path in hostile.glob("waybilld-support-2026*.tar.gz")]
