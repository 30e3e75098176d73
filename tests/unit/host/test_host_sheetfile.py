"""Cards and invoices from files, as the worker process reads them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from waybilld.host import sheetfile
from waybilld.host.sheetfile import read_sheet
from waybilld_sdk.errors import Hold, Retry
from waybilld_sdk.shipping import DocumentArtwork

NAMES = [("a.pdf", "application/pdf"), ("B.PNG", "image/png"), ("c.Jpg", "image/jpeg")]


@pytest.mark.parametrize(("name", "media_type"), NAMES)
def test_a_file_becomes_artwork_of_its_kind(tmp_path: Path, name: str, media_type: str) -> None:
    """Endings come in capitals from scanners and from Windows."""
    (tmp_path / name).write_bytes(b"body")
    assert read_sheet(str(tmp_path / name)) == DocumentArtwork(media_type, b"body")  # type: ignore[arg-type]


def test_a_file_that_is_not_there_yet_is_tried_again(tmp_path: Path) -> None:
    """The invoice may be written minutes after the order was paid."""
    with pytest.raises(Retry, match=r"late\.pdf is not there: put it there"):
        read_sheet(str(tmp_path / "late.pdf"))


def test_what_is_no_file_is_held_and_nobody_waits(tmp_path: Path) -> None:
    """A pipe without a writer would keep the worker until it is killed, and a folder is no invoice."""
    os.mkfifo(tmp_path / "pipe.pdf")
    (tmp_path / "folder.pdf").mkdir()
    for name in ("pipe.pdf", "folder.pdf"):
        with pytest.raises(Hold, match="is no file: name a PDF, PNG or JPEG") as held:
            read_sheet(str(tmp_path / name))
        assert held.value.code == "file-unusable"


def test_a_file_that_is_too_large_is_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A video that was named .pdf must not fill a worker's memory."""
    monkeypatch.setattr(sheetfile, "MOST_BYTES", 10)
    (tmp_path / "a.pdf").write_bytes(b"x" * 11)
    with pytest.raises(Hold, match="has more than 10 bytes"):
        read_sheet(str(tmp_path / "a.pdf"))
    (tmp_path / "a.pdf").write_bytes(b"x" * 10)
    assert len(read_sheet(str(tmp_path / "a.pdf")).body) == 10
