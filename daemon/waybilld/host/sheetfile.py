"""Reads a sheet that somebody else made, a card or an invoice, in the worker process that lays it out."""

from __future__ import annotations

import os
import stat
from pathlib import PurePath
from typing import Literal, cast

from waybilld.core.sheetfiles import MEDIA_TYPES
from waybilld_sdk.errors import Hold, Retry
from waybilld_sdk.shipping import DocumentArtwork

MOST_BYTES = 10 << 20

_Media = Literal["application/pdf", "image/png", "image/jpeg"]


def read_sheet(path: str) -> DocumentArtwork:
    """The file as artwork.

    Raises `Retry` where it is not there, because invoices may come later than their order; `Hold` where it is no file that
    can be read, or too large.
    """
    try:
        with open(path, "rb", opener=_unwaiting) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise _unusable(path, "is no file", "name a PDF, PNG or JPEG")
            body = file.read(MOST_BYTES + 1)
    except FileNotFoundError as error:
        raise Retry(f"the file {path} is not there: put it there, or take it out of the shop's print set") from error
    except IsADirectoryError as error:
        raise _unusable(path, "is no file", "name a PDF, PNG or JPEG") from error
    except OSError as error:
        raise _unusable(path, f"cannot be read ({error.strerror})", "check its owner, its mode and the disk") from error
    if len(body) > MOST_BYTES:
        raise _unusable(path, f"has more than {MOST_BYTES} bytes", "make it smaller")
    return DocumentArtwork(cast(_Media, MEDIA_TYPES[PurePath(path).suffix.lower()]), body)


def _unwaiting(path: str, flags: int) -> int:
    """Open without waiting: a pipe would let the worker wait for a writer that never comes."""
    return os.open(path, flags | os.O_NONBLOCK)


def _unusable(path: str, what: str, todo: str) -> Hold:
    return Hold(f"the file {path} {what}: {todo}", code="file-unusable")
