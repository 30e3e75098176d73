"""Reading an order file as a stream: lines with a cap, one digest, and plain words about what is wrong with the bytes."""

from __future__ import annotations

import csv
import hashlib
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from waybilld_marketplaces.files.values import BadCellError, rearmed

MAX_LINE_BYTES = 1 << 20
"""The longest line, and the longest row over several lines. A whole export of a broken program may be one line."""

Identity = tuple[int, int, int]
"""(size in bytes, modification time in ns, inode): unchanged, the file is taken to be the same."""

DELIMITERS = (",", ";", "\t")
_SAMPLE_BYTES = 4096
_MAGIC = {
    b"PK\x03\x04": "an Excel workbook or ZIP archive",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"%PDF": "a PDF",
    b"\x1f\x8b": "a compressed file",
    b"<htm": "a web page",
    b"<!DO": "a web page",
}


class FileRefusedError(ValueError):
    """A file that is refused as a whole, with a sentence for a person."""


@contextmanager
def opened(path: str) -> Iterator[tuple[BinaryIO, Identity]]:
    """A regular file for reading, and its identity. Raises `OSError`; never follows a link, never waits for a pipe."""
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(handle, "rb", buffering=1 << 16) as stream:
        facts = os.fstat(handle)
        if not stat.S_ISREG(facts.st_mode):
            raise IsADirectoryError("not a regular file")
        yield stream, (facts.st_size, facts.st_mtime_ns, facts.st_ino)


class Lines:
    """The lines of a UTF-8 file as text, for `csv.reader`. Raises `FileRefusedError` at the first byte that cannot stand.

    `offset` is the number of bytes handed out, `number` that of lines, `digest` the SHA-256 of them. `record_at` is set by
    whoever reads records, so that a quotation mark that is never closed is noticed.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._readline = stream.readline
        self.digest = hashlib.sha256()
        self._update = self.digest.update
        self.offset = 0
        self.number = 0
        self.record_at = 0

    def __iter__(self) -> Lines:
        return self

    def __next__(self) -> str:
        line = self._readline(MAX_LINE_BYTES + 1)
        if not line:
            raise StopIteration
        self.number += 1
        start = self.offset
        self.offset = end = start + len(line)
        if len(line) > MAX_LINE_BYTES:
            raise FileRefusedError(
                f"the line that begins at byte {start} is longer than 1 MiB: this is not an export with a row for each line"
            )
        if end - self.record_at > MAX_LINE_BYTES:
            raise FileRefusedError(
                f"the row that begins at byte {self.record_at} is longer than 1 MiB: a quotation mark in it is never closed"
            )
        self._update(line)
        try:
            text = line.decode()
        except UnicodeDecodeError as error:
            raise FileRefusedError(_not_utf8(line, start, error.start)) from error
        if "\0" in text:
            raise FileRefusedError(_not_utf8(line, start, line.index(0)))
        return text


def magic(start: bytes) -> str:
    """What a file that begins like this is, where it is a well-known thing other than text; else ""."""
    return _MAGIC.get(start[:4], "")


def _not_utf8(line: bytes, start: int, at: int) -> str:
    what = "a NUL byte" if line[at] == 0 else f"the byte 0x{line[at]:02X}, which is not UTF-8,"
    looks = looks_like(line, at)
    advice = "the file is damaged; export it again" if not looks else f"it looks like {looks}; save as CSV UTF-8"
    return f"at byte {start + at} there is {what} in the file: {advice}"


def looks_like(data: bytes, at: int) -> str:
    """The encoding that bytes which are not UTF-8 look like around position `at`; "" where nothing fits."""
    sample = data[max(0, at - _SAMPLE_BYTES) : at + _SAMPLE_BYTES]
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") or sample.count(0) * 4 > len(sample):
        return "UTF-16 (Excel calls it Unicode text)"
    if 0 in sample:
        return ""
    runs = re.findall(rb"[\x80-\xff]+", sample)
    even = sum(len(run) for run in runs if len(run) % 2 == 0)
    if even * 2 > sum(map(len, runs)):
        return "GB18030 (Chinese Windows, also called GBK or ANSI)"
    return "Windows-1252 (Western Windows, also called ANSI)"


def header_delimiter(line: str) -> str:
    """Comma, semicolon or tab: whichever gives the header most columns. Raises `FileRefusedError` for a broken header."""
    counts = {}
    for delimiter in DELIMITERS:
        try:
            counts[delimiter] = len(next(csv.reader((line,), delimiter=delimiter, strict=True), []))
        except csv.Error:
            counts[delimiter] = 0
    best = max(DELIMITERS, key=lambda delimiter: counts[delimiter])
    if "\r" in line.rstrip("\r\n"):
        raise FileRefusedError("the lines end as on old Macintosh computers (CR): save as CSV UTF-8")
    if not counts[best]:
        raise FileRefusedError("the first row has a quotation mark in the wrong place: it must hold the column names")
    return best


def parse_record(text: str, delimiter: str, width: int) -> list[str]:
    """The cells of one row, as many as the header has. Raises `BadCellError`."""
    try:
        cells = next(csv.reader((text,), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise BadCellError(f"the row is not valid CSV ({error}): check its quotation marks") from error
    if "'" in text:
        cells = [rearmed(cell) for cell in cells]
    if len(cells) < width:
        if not text.endswith("\n"):
            raise BadCellError("the file ends in the middle of this row: export it again")
        return cells + [""] * (width - len(cells))
    if len(cells) > width:
        raise BadCellError(
            f"the row has {len(cells)} cells, the header {width}: a cell that holds the separator is not in quotation marks"
        )
    return cells
