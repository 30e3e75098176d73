"""Cards and invoices from files, as the worker process reads them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from waybilld.host import sheetfile
from waybilld.host.sheetfile import Look, SheetWaits, look_at, read_sheet
from waybilld_sdk.shipping import DocumentArtwork

NAMES = [("a.pdf", "application/pdf"), ("B.PNG", "image/png"), ("c.Jpg", "image/jpeg")]


@pytest.mark.parametrize(("name", "media_type"), NAMES)
def test_a_file_becomes_artwork_of_its_kind(tmp_path: Path, name: str, media_type: str) -> None:
    """Endings come in capitals from scanners and from Windows."""
    (tmp_path / name).write_bytes(b"body")
    assert read_sheet(str(tmp_path / name)) == DocumentArtwork(media_type, b"body")  # type: ignore[arg-type]


def test_a_file_that_is_not_there_yet_is_tried_again(tmp_path: Path) -> None:
    """The invoice may be written minutes after the order was paid."""
    with pytest.raises(SheetWaits, match=r"late\.pdf is not there: put it there"):
        read_sheet(str(tmp_path / "late.pdf"))


def test_what_is_no_file_is_said_and_nobody_waits(tmp_path: Path) -> None:
    """A pipe without a writer would keep the worker until it is killed, and a folder is no invoice."""
    os.mkfifo(tmp_path / "pipe.pdf")
    (tmp_path / "folder.pdf").mkdir()
    for name in ("pipe.pdf", "folder.pdf"):
        with pytest.raises(SheetWaits, match="is no file: name a PDF, PNG or JPEG"):
            read_sheet(str(tmp_path / name))


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A video that was named .pdf must not fill a worker's memory."""
    monkeypatch.setattr(sheetfile, "MOST_ARTWORK_BYTES", 10)
    (tmp_path / "a.pdf").write_bytes(b"x" * 11)
    with pytest.raises(SheetWaits, match="has more than 10 bytes"):
        read_sheet(str(tmp_path / "a.pdf"))
    (tmp_path / "a.pdf").write_bytes(b"x" * 10)
    assert len(read_sheet(str(tmp_path / "a.pdf")).body) == 10


GOOD = {"a.pdf": b"\n%PDF-1.4 ...", "b.png": b"\x89PNG\r\n\x1a\n...", "c.JPG": b"\xff\xd8\xff\xe0..."}


@pytest.mark.parametrize("name", GOOD)
def test_a_look_tells_a_card_from_what_only_has_its_name(tmp_path: Path, name: str) -> None:
    """A card that says hello in plain text would hold every order of the night."""
    card = tmp_path / name
    assert look_at([str(card)]) == (
        Look(f"file {card} is not there", "put it there, or take it out of the shop's print set", later=True),
    )
    card.write_bytes(GOOD[name])
    assert look_at([str(card)]) == (Look(),)
    card.write_bytes(b"hello")
    (found,) = look_at([str(card)])
    assert f"file {card} does not hold a {name[-3:].upper().replace('JPG', 'JPEG')}, as its name says" == found.wrong
    assert found.todo


def test_a_look_at_the_orders_own_files_is_one_at_their_folder(tmp_path: Path) -> None:
    """Nobody knows tonight's orders, but a folder that is not mounted is known now."""
    (tmp_path / "file").write_bytes(b"")
    patterns = [f"{tmp_path}/{name}" for name in ("{order}.pdf", "sub/{order}/i-{order}.pdf", "file/{order}.pdf")]
    right, missing, none = look_at(patterns)
    assert right == Look()
    assert (missing.later, missing.wrong) == (True, f"folder {tmp_path}/sub is not there")
    assert (none.later, none.wrong) == (False, f"folder {tmp_path}/file is none")


def test_a_look_never_raises_and_never_waits(tmp_path: Path) -> None:
    """The opening check must come to its other lines, whatever stands where a card should."""
    os.mkfifo(tmp_path / "pipe.pdf")
    (tmp_path / "folder.pdf").mkdir()
    (tmp_path / "loop.pdf").symlink_to("loop.pdf")
    (tmp_path / "loop").symlink_to("loop")
    names = ("pipe.pdf", "folder.pdf", "loop.pdf", "loop/{order}.pdf", "x" * 300 + ".pdf")
    looks = look_at([str(tmp_path / name) for name in names])
    assert all(look.wrong and look.todo and not look.later for look in looks)
