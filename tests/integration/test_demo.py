"""`waybilld demo` as a person runs it: real processes, real sockets, a few orders."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

LIMIT_S = 90.0
HEADER = "order_id,status,name,phone,country,city,street,sku,title,quantity,unit_price,currency\n"
ROWS = [
    "D-1,paid,示例甲,13800000001,CN,示例市,样例路1号,CUP,马克杯,1,19.90,CNY\n",
    "D-2,paid,Jane Example,555-0101,US,Springfield,2 Example Street,MUG,Blue mug,2,9.50,USD\n",
    "D-2,paid,Jane Example,555-0101,US,Springfield,2 Example Street,LID,Lid,1,2.50,USD\n",
    "D-3,paid,Max Beispiel,555-0102,DE,Musterstadt,Musterweg 3,BAG,Tasche,1,5.00,EUR\n",
    "D-4,unpaid,Not Yet,555-0103,GB,Exampleton,4 Example Street,MUG,Blue mug,1,9.50,GBP\n",
    "D-5,paid,Bad Row,555-0104,GB,Exampleton,5 Example Street,MUG,Blue mug,many,9.50,GBP\n",
]


def orders(*numbers: str) -> str:
    """A file with one line for each order number."""
    return HEADER + "".join(ROWS[0].replace("D-1", number) for number in numbers)


class Demo:
    """One folder with its own orders, in which a demo is run."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.drop = root / "drop"
        self.drop.mkdir(parents=True)

    def command(self, *options: str) -> list[str]:
        """What a person types."""
        return [sys.executable, "-m", "waybilld.cli.main", "demo", "--dir", str(self.root), "--speed", "200", *options]

    def once(self, limit_s: float = LIMIT_S / 2) -> subprocess.CompletedProcess[str]:
        """Run to the end."""
        command = self.command("--once", "--time-limit", f"{limit_s:g}")
        return subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S, check=False)

    def pictures(self) -> list[Path]:
        """Everything in the trays."""
        return sorted(self.root.glob("printers/*/tray/*.png"))

    def copied_in(self, name: str, text: str) -> None:
        """Drop a file as a careful person does: all at once."""
        draft = self.root / f"{name}.draft"
        draft.write_text(text, "utf-8")
        draft.rename(self.drop / name)


@pytest.fixture
def demo(tmp_path: Path) -> Demo:
    """A folder with three good orders in two files, one that is not paid, and one bad row."""
    made = Demo(tmp_path / "demo")
    made.copied_in("one.csv", HEADER + "".join(ROWS[:3]))
    made.copied_in("two.csv", HEADER + "".join(ROWS[3:]))
    return made


def wait_for(condition: Callable[[], object], why: Callable[[], str]) -> None:
    """Wait until a condition holds, with a limit."""
    until = time.monotonic() + LIMIT_S
    while not condition():
        assert time.monotonic() < until, why()
        time.sleep(0.02)


class Running:
    """A demo that runs until it is stopped; its output so far, and the pids of what it started."""

    def __init__(self, demo: Demo) -> None:
        self._demo = demo
        self._log = demo.root / "test-output.txt"
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(demo.command(), stdout=log, stderr=log)

    def output(self) -> str:
        return self._log.read_text("utf-8")

    def said(self, pattern: str) -> re.Match[str]:
        """Wait until the output holds the pattern."""
        wait_for(lambda: re.search(pattern, self.output()) or self.process.poll() is not None, self.output)
        found = re.search(pattern, self.output())
        assert found, self.output()
        return found

    def children(self) -> list[int]:
        ready = sorted(self._demo.root.glob("printers/*/ready.json"))
        last = re.findall(r"pid (\d+)", self.output())[-1]
        return [int(last), *(json.loads(path.read_text())["pid"] for path in ready)]


@pytest.fixture
def running(demo: Demo) -> Iterator[Running]:
    """A demo that has printed its three orders and waits for more."""
    made = Running(demo)
    made.said("Waiting for more order files")
    yield made
    if made.process.poll() is None:
        made.process.terminate()
        made.process.wait(LIMIT_S)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_once_prints_everything_and_says_so(demo: Demo) -> None:
    """This is the product's first impression: one command, labels, a summary that leaves nothing out, exit 0."""
    first = demo.once()
    assert first.returncode == 0, first.stdout + first.stderr
    assert "4 orders: 3 parcels · 3 printed (not to be shipped: 1;" in first.stdout
    assert "two.csv row 4" in first.stdout
    assert str(demo.drop / "rejected") in first.stdout
    pictures = demo.pictures()
    assert len(pictures) == 3
    shipped = "".join(path.read_text("utf-8-sig") for path in demo.drop.glob("shipped/*.csv"))
    assert all(number in shipped for number in ("D-1", "D-2", "D-3"))
    assert sorted(path.name for path in demo.drop.glob("done/*")) == ["one.csv", "two.csv"]

    demo.copied_in("one.csv", HEADER + "".join(ROWS[:3]))
    second = demo.once()
    assert second.returncode == 0, second.stdout + second.stderr
    assert "4 orders: 3 parcels · 3 printed" in second.stdout
    assert demo.pictures() == pictures


def test_time_limit_names_what_was_left(demo: Demo) -> None:
    """A build that hangs must end by itself, with the reason; the file's name is the daemon's to refuse and ours to show."""
    (demo.drop / "never\nread.csv").write_text(orders("D-9"), "utf-8")
    late = demo.once(limit_s=5)
    assert late.returncode == 75, late.stdout + late.stderr
    assert "never\\nread.csv" in late.stdout


def test_killed_daemon_comes_back_and_goes_on(demo: Demo, running: Running) -> None:
    """The demo invites people to kill the daemon: it must come back, and print what comes then."""
    os.kill(int(running.said(r"The daemon runs, pid (\d+)")[1]), signal.SIGKILL)
    running.said("the daemon ended .killed by SIGKILL.; started again")
    demo.copied_in("three.csv", orders("D-6", "D-7"))
    running.said("6 orders: 5 parcels · 5 printed")
    assert len(demo.pictures()) == 5
    children = running.children()
    running.process.send_signal(signal.SIGINT)
    assert running.process.wait(LIMIT_S) == 0
    assert not any(alive(pid) for pid in children)


def test_nothing_outlives_a_killed_demo(running: Running) -> None:
    """A daemon that stays behind would hold the database and the ports, and the next demo could not start."""
    children = running.children()
    assert len(children) == 3
    assert all(alive(pid) for pid in children)
    running.process.kill()
    running.process.wait(LIMIT_S)
    wait_for(lambda: not any(alive(pid) for pid in children), lambda: f"still alive: {children}")
