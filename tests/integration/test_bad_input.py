"""A daemon that cannot start: one clear message, the right exit code, and nothing touched."""

from __future__ import annotations

import hashlib
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from support.station import NOT_ALMIGHTY

CONFIG = """\
state: state
runtime: runtime
listen: {listen}
senders:
  - {{name: main, display_name: 示例商店 Example Store, phone: "010-5550100", address: 示例市样例路 1 号, country: CN}}
warehouses: [{{name: north, country: CN}}]
shops:
  - name: store
    adapter: {adapter}
    sender: main
    pool: packing
    warehouses: [north]
    carriers: [own]
    settings: {{folder: drop, currency: CNY, country: CN}}
carriers:
  - name: own
    adapter: numbered
    settings: {{scheme: s10, service_indicator: RR, country: CN, ranges: [{{first: 10000000, last: 10009999}}]}}
printers: [{{name: p1, adapter: raw, settings: {{host: 127.0.0.1, port: 9}}}}]
pools: [{{name: packing, printers: [p1]}}]
{more}"""

TRY_LATER, CONFIG_ERROR = 75, 78
"""EX_TEMPFAIL and EX_CONFIG of sysexits(3)."""


class House:
    """A folder with a configuration, and daemons that are started on it and should refuse."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = folder / "waybilld.yaml"
        self.state = folder / "state"
        self.write()

    def write(self, listen: str = "127.0.0.1:0", adapter: str = "files", more: str = "") -> None:
        """Write the configuration."""
        self.config.write_text(CONFIG.format(listen=listen, adapter=adapter, more=more), "utf-8")

    def start(self, *before: str) -> subprocess.Popen[str]:
        """`waybilld run`, as people type it."""
        program = (sys.executable, "-m", "waybilld.cli.main", "run", "--config", str(self.config))
        return subprocess.Popen([*before, *program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def refused(self, *before: str) -> tuple[int, str]:
        """Exit code and message of a daemon that must not start. The message is all that it says: one line, no traceback."""
        daemon = self.start(*before)
        try:
            out, err = daemon.communicate(timeout=60)
        finally:
            daemon.kill()
        assert out == ""
        lines = [line for line in err.splitlines() if not line.startswith("20")]  # log lines begin with the year
        assert len(lines) == 1, err
        return daemon.returncode, lines[0]

    def begin(self) -> None:
        """Let a daemon make the state folder, and end it."""
        daemon = self.start()
        assert daemon.stderr is not None
        said = []
        try:
            for line in daemon.stderr:
                said.append(line)
                if "ready:" in line:
                    break
            daemon.terminate()
            daemon.communicate(timeout=60)
        finally:
            daemon.kill()
        assert daemon.returncode == 0, "".join(said)

    def digest(self) -> dict[str, str]:
        """What the state folder holds, the lock and SQLite's shared memory aside."""
        return {
            path.name: hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(self.state.iterdir())
            if path.is_file() and path.name != "lock" and not path.name.endswith("-shm")
        }


@pytest.fixture
def house(tmp_path: Path) -> House:
    """A fresh one."""
    return House(tmp_path)


@pytest.fixture
def settled(house: House) -> House:
    """One in which a daemon has worked."""
    house.begin()
    return house


def test_a_missing_configuration_is_named(house: House) -> None:
    """The first thing that anybody meets after installing."""
    house.config.unlink()
    code, said = house.refused()
    assert code == CONFIG_ERROR
    assert str(house.config) in said
    assert not house.state.exists()


def test_an_unknown_adapter_is_named_with_its_place(house: House) -> None:
    """A typo must not start a daemon without its shop."""
    house.write(adapter="flies")
    code, said = house.refused()
    assert code == CONFIG_ERROR
    assert f"{house.config}:9:14:" in said
    assert "flies" in said
    assert "files" in said.replace("flies", ""), "it should say what was probably meant"
    assert not house.state.exists()


def test_an_unknown_plugin_is_named_with_its_place(house: House) -> None:
    """A rule that silently does not run is worse than a daemon that does not start."""
    house.write(more="rules: {plugins: [ruels]}\n")
    code, said = house.refused()
    assert code == CONFIG_ERROR
    assert f"{house.config}:21:19:" in said
    assert "ruels" in said
    assert not house.state.exists()


def test_a_database_of_a_newer_version_is_left_alone(settled: House) -> None:
    """After a downgrade the older program must not write into what it does not understand."""
    with sqlite3.connect(settled.state / "waybilld.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    before = settled.digest()
    code, said = settled.refused()
    assert code == CONFIG_ERROR
    assert str(settled.state / "waybilld.db") in said
    assert "9999" in said
    assert "newer" in said
    assert settled.digest() == before


def test_a_second_daemon_on_the_same_state_leaves_it_to_the_first(house: House) -> None:
    """Two daemons on one database would print every label twice."""
    first = house.start()
    assert first.stderr is not None
    try:
        for line in first.stderr:
            if "ready:" in line:
                break
        code, said = house.refused()
        assert code == TRY_LATER
        assert str(house.state) in said
        assert str(first.pid) in said
        assert first.poll() is None
    finally:
        first.terminate()
        first.communicate(timeout=60)
    assert first.returncode == 0


def test_a_taken_port_is_named_and_the_next_start_works(house: House) -> None:
    """The usual clash after an upgrade: it must say which port, and must not leave a half-started daemon behind."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        house.write(listen=f"127.0.0.1:{port}")
        code, said = house.refused()
    assert code == TRY_LATER
    assert f"127.0.0.1:{port}" in said
    house.begin()


def test_a_missing_master_key_is_asked_for(settled: House) -> None:
    """A new key would make every address in the database unreadable, quietly."""
    (settled.state / "master.key").unlink()
    before = settled.digest()
    code, said = settled.refused()
    assert code == CONFIG_ERROR
    assert str(settled.state / "master.key") in said
    assert "backup" in said
    assert settled.digest() == before


def test_a_state_folder_that_cannot_be_written_is_named(settled: House) -> None:
    """Wrong owner after a restore: the message must name the path and the reason."""
    settled.state.chmod(0o500)
    for path in settled.state.iterdir():
        path.chmod(0o400)
    before = settled.digest()
    code, said = settled.refused(*NOT_ALMIGHTY)
    assert code == CONFIG_ERROR
    assert str(settled.state) in said
    assert "ermission denied" in said
    assert settled.digest() == before


def test_a_state_folder_that_cannot_be_made_is_named(house: House) -> None:
    """A file in the folder's place, or a parent that is closed."""
    house.state.write_text("not a folder", "utf-8")
    code, said = house.refused()
    assert code == CONFIG_ERROR
    assert str(house.state) in said
    assert house.state.read_text("utf-8") == "not a folder"


def test_a_file_that_is_no_database_is_left_alone(settled: House) -> None:
    """Something else under the database's name must be looked at by a person, not replaced."""
    database = settled.state / "waybilld.db"
    database.write_bytes(b"this is not a database, but a text of some length\n" * 100)
    before = settled.digest()
    code, said = settled.refused()
    assert code == 65
    assert str(database) in said
    assert "backup" in said
    assert settled.digest()["waybilld.db"] == before["waybilld.db"]
