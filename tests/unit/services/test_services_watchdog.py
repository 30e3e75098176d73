"""The two watchdogs and the word to the service manager: a daemon that hangs must end, and say who hung it."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.defer import Deferred

from support.services_house import House
from waybilld.services.notify import Notifier
from waybilld.services.watchdog import BLOCKED_S, Heartbeat, LoopWatchdog, take_marker


@pytest.fixture
def house() -> Iterator[House]:
    house = House()
    yield house
    house.close()


class Ended:
    """Stands in the place of `os._exit`."""

    def __init__(self) -> None:
        self.codes: list[int] = []
        self.done = threading.Event()

    def __call__(self, code: int) -> None:
        self.codes.append(code)
        self.done.set()


class Hand:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


class Noticed(Notifier):
    """Keeps what would be told to the service manager."""

    def __init__(self) -> None:
        super().__init__(None)
        self.told: list[str] = []

    def send(self, message: str) -> None:
        self.told.append(message)


def blocked(house: House, marker: Path, *, call: bool = True) -> tuple[LoopWatchdog, Ended]:
    """A watchdog whose loop has not turned for longer than it may."""
    hand, ended = Hand(), Ended()
    watchdog = LoopWatchdog(marker, house.running, hand, ended)
    if call:

        async def hang() -> None:
            hand.seconds = BLOCKED_S + 1
            watchdog.start()
            watchdog._beat = 0.0
            assert ended.done.wait(10)

        guard = house.guard("shop.bad")
        Deferred.fromCoroutine(guard.call("list_orders", hang))
    else:
        watchdog.start()
        hand.seconds = BLOCKED_S + 1
        assert ended.done.wait(10)
    watchdog.stop()
    return watchdog, ended


def test_a_blocked_loop_ends_the_process_and_names_who_blocked_it(
    house: House, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The next start must know which plugin to keep out; the stack tells its author where."""
    marker = tmp_path / "blocked.json"
    _, ended = blocked(house, marker)
    record = json.loads(marker.read_text("utf-8"))
    assert (record["instance"], record["op"]) == ("shop.bad", "list_orders")
    assert any("hang" in frame for frame in record["stack"])
    assert ended.codes == [70]
    assert "shop.bad" in capsys.readouterr().err


def test_a_loop_that_blocks_itself_names_nobody(house: House, tmp_path: Path) -> None:
    """Our own bug must quarantine no plugin."""
    marker = tmp_path / "blocked.json"
    blocked(house, marker, call=False)
    assert json.loads(marker.read_text("utf-8"))["instance"] == ""
    assert take_marker(marker) == []


def test_a_marker_that_cannot_be_written_does_not_keep_the_process_alive(house: House, tmp_path: Path) -> None:
    """A full disk and a hanging plugin together: the process must still end, or nothing prints until somebody looks."""
    _, ended = blocked(house, tmp_path / "no such folder" / "blocked.json")
    assert ended.codes == [70]


def test_a_turning_loop_is_left_alone(house: House, tmp_path: Path) -> None:
    """Beats in time are all that it asks for."""
    ended = Ended()
    watchdog = LoopWatchdog(tmp_path / "blocked.json", house.running, time.monotonic, ended)
    watchdog.start()
    watchdog.beat()
    assert not ended.done.wait(0.6)
    watchdog.stop()


def test_the_marker_is_taken_once(tmp_path: Path) -> None:
    """One hang is one quarantine: a person who releases the instance must not find it shut again at the next start."""
    marker = tmp_path / "blocked.json"
    marker.write_text(json.dumps({"instance": "shop.bad", "op": "check", "stack": []}), "utf-8")
    ((instance, reason),) = take_marker(marker)
    assert instance == "shop.bad"
    assert "check" in reason
    assert take_marker(marker) == []
    assert (tmp_path / "blocked.last.json").exists()


@pytest.mark.parametrize("text", ["", "{", "[]", '"x"', "null", "\x00", '{"instance": 5}'])
def test_a_spoiled_marker_does_not_keep_the_daemon_from_starting(tmp_path: Path, text: str) -> None:
    """The process was ended while it wrote: half a marker must not be a daemon that never starts again."""
    marker = tmp_path / "blocked.json"
    marker.write_text(text, "utf-8")
    assert take_marker(marker) == []
    assert not marker.exists()


def heart(house: House, notifier: Notifier, store: Any = None) -> Heartbeat:
    """A heartbeat that pets every 10 seconds, begun."""
    beating = Heartbeat(house.clock, store or house.store, house.meters, notifier, None, 10.0)
    house.wait(beating.start())
    return beating


def test_the_manager_hears_of_us_while_there_is_progress(house: House) -> None:
    """Fewer words than its limit asks for end a healthy daemon."""
    notifier = Noticed()
    beating = heart(house, notifier)
    house.turn(60)
    assert notifier.told == ["WATCHDOG=1"] * 6
    house.wait(beating.stop())


def test_a_dead_writer_is_no_progress(house: House) -> None:
    """The loop turns and nothing is committed any more: only a restart helps, so the manager must not be soothed."""

    class DeadStore:
        def write(self, _: object) -> Deferred[None]:
            return Deferred()

    notifier = Noticed()
    heart(house, notifier, DeadStore())
    house.turn(300)
    assert len(notifier.told) <= 2


def test_a_full_disk_is_progress(house: House) -> None:
    """A restart would not make room; the writer answers, so the daemon lives."""
    notifier = Noticed()
    house.disk.full = True
    heart(house, notifier)
    house.turn(60)
    assert len(notifier.told) == 6


def test_messages_reach_the_managers_socket(tmp_path: Path) -> None:
    """sd_notify(3): one datagram per message, in the file system or in the abstract namespace."""
    path = str(tmp_path / "notify")
    for address, bound in ((path, path), (f"@waybilld-test-{tmp_path.name}", f"\0waybilld-test-{tmp_path.name}")):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.bind(bound)
            manager.settimeout(5)
            Notifier(address).send("READY=1\nSTATUS=running")
            assert manager.recv(100) == b"READY=1\nSTATUS=running"


def test_a_manager_that_was_away_for_a_moment_hears_us_again(tmp_path: Path) -> None:
    """One lost word must not be the last one: the silence after it would end a healthy daemon."""
    path = str(tmp_path / "notify")
    notifier = Notifier(path)
    notifier.send("WATCHDOG=1")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(path)
        manager.settimeout(5)
        notifier.send("WATCHDOG=1")
        assert manager.recv(100) == b"WATCHDOG=1"


def test_without_a_manager_nothing_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Started by hand there is nobody to tell, and no socket is opened for it."""
    opened: list[Any] = []
    monkeypatch.setattr(socket, "socket", lambda *args: opened.append(args))
    Notifier(None).send("READY=1")
    Notifier("").send("READY=1")
    assert opened == []
