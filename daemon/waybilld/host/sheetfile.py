"""Reads a sheet that somebody else made, a card or an invoice, in the worker process that lays it out."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Literal, cast

from waybilld.core.sheetfiles import MEDIA_TYPES, folder_of, per_order
from waybilld_sdk.errors import Retry
from waybilld_sdk.shipping import MOST_ARTWORK_BYTES, DocumentArtwork

_Media = Literal["application/pdf", "image/png", "image/jpeg"]


@dataclass(frozen=True, slots=True)
class Look:
    """What is wrong with a file or a folder of files, and what to do; both empty where nothing is. `later`: it is only not
    there yet."""

    wrong: str = ""
    todo: str = ""
    later: bool = False


class _Unusable(Exception):
    """What a look found."""

    def __init__(self, wrong: str, todo: str, *, later: bool = False) -> None:
        super().__init__(wrong)
        self.look = Look(wrong, todo, later)


class SheetWaits(Retry):
    """A sheet's file is not there, or cannot be printed as it is: it is looked at again until somebody has put it right,
    because the waybill beside it is bought."""


def read_sheet(path: str) -> DocumentArtwork:
    """The file as artwork. Raises `SheetWaits`: invoices may come later than their order, and wrong ones are made anew."""
    try:
        body = _body(path)
    except _Unusable as error:
        raise SheetWaits(f"the {error.look.wrong}: {error.look.todo}") from error
    return DocumentArtwork(cast(_Media, MEDIA_TYPES[PurePath(path).suffix.lower()]), body)


def look_at(patterns: Sequence[str]) -> tuple[Look, ...]:
    """What is wrong with the files of print sets before anybody needs them: a file that is the same for all orders is read,
    of orders' own files the folder is looked at. Never raises; may wait for a disk on the network."""
    return tuple(map(_look, patterns))


def _look(pattern: str) -> Look:
    try:
        if per_order(pattern):
            return _folder(folder_of(pattern))
        body = _body(pattern)
    except _Unusable as error:
        return error.look
    media = MEDIA_TYPES[PurePath(pattern).suffix.lower()]
    # ISO 32000-1, annex H.3: readers accept the header anywhere within the first 1024 bytes.
    head = body[:1024]
    if not (_PDF in head if media == "application/pdf" else head.startswith(_BEGINS[media])):
        kind = media.rpartition("/")[2].upper()
        return Look(f"file {pattern} does not hold a {kind}, as its name says", "export it anew, or correct its name")
    return Look()


_PDF = b"%PDF-"
_BEGINS = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff"}


def _folder(path: str) -> Look:
    try:
        found = Path(path).stat()
    except FileNotFoundError:
        return Look(f"folder {path} is not there", "make it, or correct the file in the shop's print set", later=True)
    except OSError as error:
        return Look(f"folder {path} cannot be looked at ({error.strerror})", "check its owner, its mode and the disk")
    if not stat.S_ISDIR(found.st_mode):
        return Look(f"folder {path} is none", "make a folder of that name, or correct the file in the shop's print set")
    if not os.access(path, os.R_OK | os.X_OK):
        return Look(f"folder {path} may not be read by this user", "give the daemon's user the right to read it")
    return Look()


def _body(path: str) -> bytes:
    try:
        with open(path, "rb", opener=_unwaiting) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise _Unusable(f"file {path} is no file", "name a PDF, PNG or JPEG")
            body = file.read(MOST_ARTWORK_BYTES + 1)
    except FileNotFoundError as error:
        todo = "put it there, or take it out of the shop's print set"
        raise _Unusable(f"file {path} is not there", todo, later=True) from error
    except IsADirectoryError as error:
        raise _Unusable(f"file {path} is no file", "name a PDF, PNG or JPEG") from error
    except OSError as error:
        todo = "check its owner, its mode and the disk"
        raise _Unusable(f"file {path} cannot be read ({error.strerror})", todo) from error
    if len(body) > MOST_ARTWORK_BYTES:
        raise _Unusable(f"file {path} has more than {MOST_ARTWORK_BYTES} bytes", "make it smaller")
    return body


def _unwaiting(path: str, flags: int) -> int:
    """Open without waiting: a pipe would let the worker wait for a writer that never comes."""
    return os.open(path, flags | os.O_NONBLOCK)
