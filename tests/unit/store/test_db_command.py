"""`waybilld db` as a person runs it."""

from __future__ import annotations

import hashlib
import json
import os
import pty
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from unit.store.store_house import House, order
from waybilld.cli.exits import Exit
from waybilld.cli.main import run
from waybilld.store import migrate
from waybilld.store.engine import FILE
from waybilld.store.state import StateFolder

CONFIG = """
node: node-1
state: state
runtime: run
shops: []
"""


@pytest.fixture
def config(tmp_path: Path, lived_in_database: Path) -> Path:
    """A configuration whose state folder holds a database that has lived, and its key."""
    path = tmp_path / "waybilld.yaml"
    path.write_text(CONFIG)
    state = tmp_path / "state"
    state.mkdir()
    (state / FILE).write_bytes(lived_in_database.read_bytes())
    (state / "master.key").write_bytes(b"k" * 32)
    return path


def db(config: Path, *arguments: str) -> int:
    """Run `waybilld db …`."""
    return run(["--config", str(config), "db", *arguments])


def test_verify_of_a_sound_database(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The nightly job must end with 0 and one line."""
    assert db(config, "verify", "--full") == Exit.DONE
    out = capsys.readouterr()
    assert out.out.startswith("ok: ")
    assert out.err == ""


def test_verify_names_each_damage_and_what_to_do(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit 1 wakes somebody; the line must then say where, what, and what to do."""
    hand = sqlite3.connect(config.parent / "state" / FILE)
    hand.execute("UPDATE shipment SET state = 'verified' WHERE id = 1")
    hand.commit()
    hand.close()
    assert db(config, "verify") == Exit.FINDINGS
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("fold: shipment 1: state is 'verified', the journal says 'printed'; ")
    assert "restore the last backup" in line
    assert db(config, "verify", "--json") == Exit.FINDINGS
    told = json.loads(capsys.readouterr().out)
    assert told["ok"] is False
    assert told["sealed_checked"] is True
    assert [(f["check"], f["invariants"], f["where"]) for f in told["findings"]] == [("fold", [13], "shipment 1")]


def test_verify_without_the_key_says_what_it_left_out(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A check that was made by half must not look like a whole one."""
    (config.parent / "state" / "master.key").unlink()
    assert db(config, "verify") == Exit.DONE
    assert "were not checked" in capsys.readouterr().err


def test_verify_and_backup_work_beside_a_daemon(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody stops the daemon for a check or a backup."""
    state = StateFolder(config.parent / "state")
    state.claim()
    house = House(state.path, seed=5)
    house.ingest(order("B-1"))
    try:
        assert db(config, "verify") == Exit.DONE
        assert db(config, "backup", str(config.parent / "b")) == Exit.DONE
    finally:
        house.close()
        state.release()
    assert "keep a copy of the key elsewhere" in capsys.readouterr().out


def test_backup_rotates_and_tells_programs(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A cron job reads the JSON to send the file away."""
    folder = config.parent / "b"
    folder.mkdir()
    old = folder / "waybilld-20010101T000000Z.db"
    old.write_text("old")
    assert db(config, "backup", str(folder), "--keep", "1", "--with-key", "--json") == Exit.DONE
    told = json.loads(capsys.readouterr().out)
    assert told["removed"] == [str(old)]
    assert Path(told["key"]).read_bytes() == b"k" * 32
    assert told["sha256"] == hashlib.sha256(Path(told["path"]).read_bytes()).hexdigest()


def test_upgrade_has_nothing_to_do(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Running it twice is harmless and says so."""
    assert db(config, "upgrade") == Exit.DONE
    assert "nothing to do" in capsys.readouterr().out
    assert not (config.parent / "state" / "backups").exists()


def test_upgrade_refuses_beside_a_daemon(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two programs of different schema on one database would eat it."""
    state = StateFolder(config.parent / "state")
    state.claim()
    try:
        assert db(config, "upgrade") == Exit.TRY_LATER
    finally:
        state.release()
    assert f"process {os.getpid()}" in capsys.readouterr().err


def older(config: Path) -> Path:
    """Give the database a revision from before the first one."""
    path = config.parent / "state" / FILE
    hand = sqlite3.connect(path)
    hand.execute("UPDATE alembic_version SET version_num = '0000'")
    hand.commit()
    hand.close()
    return path


def test_upgrade_backs_up_first(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An upgrade that goes wrong must find the old database whole beside it, and say what it could not do."""
    path = older(config)
    assert db(config, "upgrade") == Exit.CONFIG
    said = capsys.readouterr()
    (copy,) = (config.parent / "state" / "backups").glob("*.db")
    assert said.out == f"backup: {copy}\n"
    assert "knows no way from the database's schema" in said.err
    for file in (copy, path):
        connection = sqlite3.connect(file)
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == ("0000",)
        connection.close()


def test_upgrade_of_a_locked_database_can_be_tried_later(
    config: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody left a database shell open: that is no damage, and the message must not sound like one."""
    path = older(config)
    monkeypatch.setattr(migrate, "LOCK_PATIENCE_S", 0.05)
    hand = sqlite3.connect(path, isolation_level=None)
    hand.execute("BEGIN IMMEDIATE")
    assert db(config, "upgrade") == Exit.TRY_LATER
    assert "cannot be used now: database is locked" in capsys.readouterr().err
    hand.close()


def test_progress_is_shown_on_a_terminal(config: Path) -> None:
    """A check of minutes must not look as if it hung; what it wrote is wiped away at the end."""
    master, slave = pty.openpty()
    command = [sys.executable, "-m", "waybilld.cli.main", "--config", str(config), "db", "verify"]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=slave, timeout=60, check=True)
    os.close(slave)
    shown = os.read(master, 65_536)
    os.close(master)
    assert b"journal" in shown
    assert shown.endswith(b"\r\x1b[K")
    assert done.stdout.startswith(b"ok: ")


@pytest.mark.parametrize("arguments", [("upgrade",), ("verify",)])
def test_newer_database_is_refused(config: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]) -> None:
    """After a downgrade of the program, touching the database would lose what the newer one wrote."""
    path = config.parent / "state" / FILE
    hand = sqlite3.connect(path)
    hand.execute("UPDATE alembic_version SET version_num = '9999'")
    hand.commit()
    hand.close()
    before = path.read_bytes()
    assert db(config, *arguments) == Exit.CONFIG
    said = capsys.readouterr().err
    assert "9999" in said
    assert "install the newer waybilld" in said
    assert path.read_bytes() == before


@pytest.mark.parametrize("arguments", [("upgrade",), ("verify",), ("backup", "b")])
def test_no_database(config: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]) -> None:
    """A wrong `state` is the usual reason: the message must show the path, and nothing may be made there."""
    (config.parent / "state" / FILE).unlink()
    assert db(config, *arguments) == Exit.CONFIG
    assert f"no database at {config.parent / 'state' / FILE}" in capsys.readouterr().err
    assert not (config.parent / "state" / FILE).exists()


@pytest.mark.parametrize("arguments", [("upgrade",), ("verify",), ("backup", "b")])
def test_file_that_is_no_database(config: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]) -> None:
    """A file of another kind is said to be one, and is not touched."""
    path = config.parent / "state" / FILE
    path.write_bytes(b"order,sku\n" * 1000)
    code = db(config, *[str(config.parent / a) if a == "b" else a for a in arguments])
    assert code == Exit.BAD_DATA
    assert "not a database" in capsys.readouterr().err
    assert path.read_bytes() == b"order,sku\n" * 1000


def test_command_starts_without_twisted(config: Path) -> None:
    """A nightly check must not cost the start of a network server."""
    code = (
        "import sys; from waybilld.cli.main import run; "
        f"code = run(['--config', {str(config)!r}, 'db', 'verify']); "
        "assert code == 0; assert not [m for m in sys.modules if m.split('.')[0] == 'twisted'], 'twisted'"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60, capture_output=True)
