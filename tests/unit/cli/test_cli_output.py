"""Files that commands write: what is private lies where nobody else can read it."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from waybilld.cli.exits import Failure
from waybilld.cli.output import write


def test_a_private_file_is_new_whatever_stood_there(tmp_path: Path) -> None:
    """A file that somebody else keeps open, or a link to one, would hand every address of the run to him."""
    target, elsewhere = tmp_path / "run.pdf", tmp_path / "elsewhere"
    target.write_bytes(b"laid here")
    target.chmod(0o666)
    with target.open("rb") as kept:
        write(target, b"addresses", private=True)
        assert kept.read() == b"laid here"
    assert target.read_bytes() == b"addresses"
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    elsewhere.write_bytes(b"")
    target.unlink()
    target.symlink_to(elsewhere)
    write(target, b"addresses", private=True)
    assert elsewhere.read_bytes() == b""
    assert not target.is_symlink()
    target.unlink()
    os.mkfifo(target)
    write(target, b"addresses", private=True)
    assert target.read_bytes() == b"addresses"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["elsewhere", "run.pdf"]


def test_what_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    """A half-written sheet under another name is found by nobody and read by anybody."""
    (tmp_path / "run.pdf").mkdir()
    with pytest.raises(Failure, match=r"run\.pdf cannot be written"):
        write(tmp_path / "run.pdf", b"addresses", private=True)
    with pytest.raises(Failure, match="cannot be written"):
        write(tmp_path / "no" / "run.pdf", b"addresses", private=True)
    assert [path.name for path in tmp_path.iterdir()] == ["run.pdf"]
