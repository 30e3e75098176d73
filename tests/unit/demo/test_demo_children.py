"""Child processes of the demo: they are started again where that helps, and never outlive the demo."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from waybilld.cli.demo.children import Child, Keeper
from waybilld.cli.exits import Exit, Failure

LIMIT_S = 20.0


def program(tmp_path: Path, code: str) -> Child:
    """A child that runs a few lines of Python."""
    return Child("the child", [sys.executable, "-c", code], tmp_path / "log" / "child.log")


def gone(pid: int) -> bool:
    """Whether no such process runs; a zombie does not run."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def wait_for(condition: object) -> None:
    """Wait until a callable says yes, with a limit."""
    assert callable(condition)
    until = time.monotonic() + LIMIT_S
    while not condition():
        assert time.monotonic() < until, "waited too long"
        time.sleep(0.01)


def test_killed_child_is_started_again(tmp_path: Path) -> None:
    """Killing the daemon is what the demo invites to; without a new one everything would stand still."""
    child = program(tmp_path, "import time; time.sleep(600)")
    keeper = Keeper(child, time.monotonic)
    child.start()
    try:
        assert keeper.revive() is None
        first = child.pid
        os.kill(first, signal.SIGKILL)
        wait_for(lambda: child.ended() is not None)
        assert keeper.revive() == f"the child ended (killed by SIGKILL); started again, pid {child.pid}"
        assert child.pid != first
    finally:
        child.ask_to_stop()
        assert child.wait(LIMIT_S)


@pytest.mark.parametrize("code", [Exit.CONFIG, Exit.TRY_LATER, Exit.BAD_DATA, Exit.USAGE])
def test_some_ends_are_final(tmp_path: Path, code: Exit) -> None:
    """Starting a daemon with a wrong configuration again and again would hide the message that says what is wrong."""
    child = program(tmp_path, f"import sys; print('line 3: no such key'); sys.exit({int(code)})")
    keeper = Keeper(child, time.monotonic)
    child.start()
    child.wait(LIMIT_S)
    with pytest.raises(Failure, match="line 3: no such key") as caught:
        keeper.revive()
    assert caught.value.code is code


def test_child_that_does_not_stay_up_is_given_up(tmp_path: Path) -> None:
    """A crash loop must end with a reason."""
    child = program(tmp_path, "import sys; sys.exit('it broke')")
    keeper = Keeper(child, lambda: 0.0, most=2)
    child.start()
    for _ in range(2):
        child.wait(LIMIT_S)
        assert keeper.revive() is not None
    child.wait(LIMIT_S)
    with pytest.raises(Failure, match=r"does not stay up: it ended 3 times(.|\n)*it broke"):
        keeper.revive()


def test_rare_ends_are_forgiven(tmp_path: Path) -> None:
    """Somebody who kills the daemon once a minute is playing with the demo, which must go on."""
    now = [0.0]
    child = program(tmp_path, "raise SystemExit(1)")
    keeper = Keeper(child, lambda: now[0], most=1, window_s=30.0)
    child.start()
    for _ in range(4):
        child.wait(LIMIT_S)
        assert keeper.revive() is not None
        now[0] += 31.0
    child.wait(LIMIT_S)


def test_child_that_ignores_its_end_is_killed(tmp_path: Path) -> None:
    """^C must end the demo in any case."""
    code = "import pathlib, signal, sys, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('deaf', flush=True)"
    child = program(tmp_path, code + "\ntime.sleep(600)")
    child.start()
    wait_for(lambda: "deaf" in child.last_words())
    child.ask_to_stop()
    assert not child.wait(0.2)
    assert gone(child.pid)


def test_child_ends_with_its_parent(tmp_path: Path) -> None:
    """A demo that is killed must not leave a daemon behind that holds its ports and prints on."""
    code = f"""
import sys, time
from pathlib import Path
from waybilld.cli.demo.children import Child
child = Child("the child", [sys.executable, "-c", "import time; time.sleep(600)"], Path({str(tmp_path / "log")!r}))
child.start()
print(child.pid, flush=True)
time.sleep(600)
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert not gone(pid)
        parent.kill()
    wait_for(lambda: gone(pid))
