"""Bad files in the drop folder: each says what is wrong with it and what to do, and the rest goes on."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from support.station import HEADER, NOT_ALMIGHTY, Station, order_file, station, until

_HUGE_LINE_BYTES = 100 << 20
_MOST_MEMORY_KIB = 600 << 10


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Station]:
    """One daemon for all bad files: what one of them breaks, the next test sees."""
    with station(tmp_path_factory.mktemp("files"), *NOT_ALMIGHTY, max_file_mb=256) as found:
        yield found
        found.verify()


def test_a_file_in_another_encoding_is_refused_with_its_place(running: Station) -> None:
    """An export in GBK must not print 锟斤拷 on labels."""
    wrong = order_file("GBK-1").decode().encode("gbk")
    running.put("gbk.csv", wrong)
    why = running.why("gbk.csv")
    assert f"byte {next(place for place, byte in enumerate(wrong) if byte > 127)} " in why
    assert "GBK" in why
    assert "save as CSV UTF-8" in why
    running.put("after-gbk.csv", order_file("OK-1"))
    until(lambda: running.confirmed("OK-1"), "the next file was not printed", running.daemon)


def test_an_empty_file_is_refused(running: Station) -> None:
    """A program that died while exporting leaves one behind."""
    running.put("empty.csv", b"")
    assert "empty" in running.why("empty.csv")


def test_a_line_of_100_mb_is_refused_without_being_held_in_memory(running: Station) -> None:
    """A broken export must not take the daemon's memory, nor its time."""
    running.put("huge.csv", f"{HEADER}\n".encode() + b"x" * _HUGE_LINE_BYTES)
    running.put("after-huge.csv", order_file("OK-2"))
    until(lambda: running.confirmed("OK-2"), "the file after it was not printed", running.daemon)
    why = running.why("huge.csv")
    assert f"byte {len(HEADER) + 1}" in why
    assert "1 MiB" in why
    assert running.daemon.peak_memory_kib() < _MOST_MEMORY_KIB


def test_a_folder_in_a_file_s_place_is_named_once_and_left_alone(running: Station) -> None:
    """Somebody drags a whole folder in: it is not orders, and it is not ours to move."""
    (running.drop / "folder.csv").mkdir()
    running.put("after-folder.csv", order_file("OK-3"))
    until(lambda: running.confirmed("OK-3"), "the file after it was not printed", running.daemon)
    _named_once(running, "folder.csv")
    assert (running.drop / "folder.csv").is_dir()


def test_a_dangling_link_is_named_once_and_left_alone(running: Station) -> None:
    """Following links would let whoever may drop files read the daemon's own."""
    (running.drop / "link.csv").symlink_to("/nowhere/orders.csv")
    running.put("after-link.csv", order_file("OK-4"))
    until(lambda: running.confirmed("OK-4"), "the file after it was not printed", running.daemon)
    _named_once(running, "link.csv")
    assert (running.drop / "link.csv").is_symlink()


def test_a_file_without_permission_is_named_once_and_read_when_it_has_it(running: Station) -> None:
    """The usual mistake of a drop folder that two users share."""
    secret = running.drop / "secret.csv"
    unfinished = secret.with_suffix(".part")
    unfinished.write_bytes(order_file("SECRET-1"))
    unfinished.chmod(0)
    unfinished.rename(secret)
    running.put("after-secret.csv", order_file("OK-5"))
    until(lambda: running.confirmed("OK-5"), "the file after it was not printed", running.daemon)
    said = _named_once(running, "secret.csv")
    assert "permission denied" in said
    assert "permissions" in said.partition("permission denied")[2], "it should say what to do"
    secret.chmod(0o644)
    os.utime(secret)
    until(lambda: running.confirmed("SECRET-1"), "it was not read once it could be", running.daemon)


def test_a_bad_row_is_refused_alone(running: Station) -> None:
    """One order without goods must not hold up the other hundred."""
    bad = order_file("ROW-1", "ROW-2", "ROW-3").replace(b"ROW-2,paid", b"ROW-2,perhaps")
    running.put("rows.csv", bad)
    until(lambda: running.confirmed("ROW-1", "ROW-3"), "the good rows were not printed", running.daemon)
    until(lambda: (running.drop / "done" / "rows.csv").exists(), "the file is not done", running.daemon)
    beside = (running.drop / "rejected" / "rows.csv.csv").read_text("utf-8-sig").splitlines()
    assert len(beside) == 2
    assert ",3," in beside[1]
    assert "status" in beside[1]


def _named_once(running: Station, name: str) -> str:
    """The one log line that names the file."""
    lines = [line for line in running.daemon.said().splitlines() if f"'{name}'" in line]
    assert len(lines) == 1, running.daemon.said()[-4000:]
    return lines[0]
