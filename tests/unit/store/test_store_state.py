"""The state folder: one daemon, one key, and no start that damages either."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from waybilld.store.engine import open_writer
from waybilld.store.migrate import upgrade
from waybilld.store.seal import KEY_BYTES
from waybilld.store.state import KeyMissing, StateFolder, StateTaken

HOLD = """
import sys
from pathlib import Path
from waybilld.store.state import StateFolder
state = StateFolder(Path(sys.argv[1]))
state.claim()
print("claimed", flush=True)
sys.stdin.read()
"""


def key(n: int) -> bytes:
    """Bytes that nobody would take for chance."""
    return b"r" * n


def test_second_daemon_is_refused_and_told_who_has_it(tmp_path: Path) -> None:
    """Two daemons on one database would print everything twice."""
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdin=-1, stdout=-1, text=True)
    assert holder.stdout is not None
    assert holder.stdin is not None
    try:
        assert holder.stdout.readline() == "claimed\n"
        with pytest.raises(StateTaken, match=f"process {holder.pid}"):
            StateFolder(tmp_path).claim()
    finally:
        holder.kill()
        holder.wait()
        holder.stdin.close()
        holder.stdout.close()
    state = StateFolder(tmp_path)
    state.claim()
    state.release()


def test_released_folder_can_be_taken_again(tmp_path: Path) -> None:
    """A restart must not wait for anything."""
    for _ in range(2):
        state = StateFolder(tmp_path)
        state.claim()
        with pytest.raises(StateTaken):
            StateFolder(tmp_path).claim()
        state.release()
        state.release()


def test_folder_and_key_are_for_the_owner_only(tmp_path: Path) -> None:
    """The key opens every address."""
    state = StateFolder(tmp_path / "a" / "state")
    state.make()
    state.make()
    assert state.path.stat().st_mode & 0o077 == 0
    assert state.master_key(key) == key(KEY_BYTES)
    assert state.key.stat().st_mode & 0o077 == 0
    assert StateFolder(state.path).master_key(None) == key(KEY_BYTES)
    assert [path.name for path in state.path.iterdir()] == ["master.key"]


@pytest.mark.parametrize("random_bytes", [key, None])
def test_database_without_its_key_is_refused(tmp_path: Path, random_bytes: None) -> None:
    """A new key beside an old database would make every address in it unreadable for good."""
    state = StateFolder(tmp_path)
    state.database.write_bytes(b"")
    with pytest.raises(KeyMissing, match="put it back from the backup"):
        state.master_key(random_bytes)
    assert not state.key.exists()


@pytest.mark.parametrize("size", [0, 31, 33])
def test_key_of_another_size_is_refused(tmp_path: Path, size: int) -> None:
    """A truncated key file must not be used, nor replaced."""
    state = StateFolder(tmp_path)
    state.key.write_bytes(b"k" * size)
    with pytest.raises(KeyMissing, match=f"has {size} bytes"):
        state.master_key(key)
    assert state.key.read_bytes() == b"k" * size


def test_database_is_for_the_owner_only(tmp_path: Path) -> None:
    """A state folder that somebody made by hand is open to everybody, and order numbers stand there unsealed."""
    tmp_path.chmod(0o755)
    mask = os.umask(0o022)
    try:
        upgrade(tmp_path / "waybilld.db")
        connection = open_writer(tmp_path / "waybilld.db")
        connection.execute("BEGIN IMMEDIATE")
        modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
        connection.close()
    finally:
        os.umask(mask)
    assert modes["waybilld.db"] == 0o600
    assert set(modes.values()) == {0o600}
