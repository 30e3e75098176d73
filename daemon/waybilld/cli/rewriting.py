"""A file that somebody else keeps, changed with their leave: what changes is shown, and what stood there is kept."""

from __future__ import annotations

import difflib
import os
import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import click

from waybilld.cli.exits import Exit, Failure
from waybilld_sdk.files.words import printable


@dataclass(frozen=True, slots=True)
class Text:
    """The text of a file as it was read: `raw` says later whether somebody changed it meanwhile."""

    path: Path
    raw: bytes

    @classmethod
    def of(cls, path: Path) -> Text:
        """Read it; of a link, the file behind it. Raises `Failure` (78)."""
        try:
            whole = path.resolve()
            return cls(whole, whole.read_bytes())
        except OSError as e:
            raise Failure(Exit.CONFIG, printable(f"{path} cannot be read: {e.strerror}")) from e

    @property
    def text(self) -> str:
        """Its characters, with its own line ends."""
        return self.raw.decode("utf-8-sig")


def show(before: Text, after: str) -> None:
    """What changes, as `diff -u` shows it, on stderr."""
    name = str(before.path)
    old, new = before.text.splitlines(), after.splitlines()
    for line in difflib.unified_diff(old, new, name, name, "as it is", "as it will be", lineterm=""):
        click.echo(printable(line), err=True)


def rewrite(before: Text, after: str) -> Path:
    """Put the new text into the file at one stroke, with its owner and mode; the path of the copy of the old one beside it.

    Raises `Failure`: 75 where somebody changed it meanwhile, 64 where it cannot be written, or not for its owner.
    """
    path = before.path
    mark = "\ufeff" if before.raw.startswith(b"\xef\xbb\xbf") else ""
    try:
        if path.read_bytes() != before.raw:
            raise Failure(Exit.TRY_LATER, printable(f"{path} was changed meanwhile: nothing was written; ask again"))
        backup = _kept(path)
        try:
            _put(path, (mark + after).encode())
        except OSError:
            backup.unlink()
            raise
    except OSError as e:
        text = f"{e.filename or path} cannot be written ({e.strerror}): nothing was changed; use its owner or root"
        raise Failure(Exit.USAGE, printable(text)) from e
    return backup


def _kept(path: Path) -> Path:
    # The outermost ring: nothing inside is given a clock of its own.
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(time.time()))  # noqa: TID251
    backup = path.with_name(f"{path.name}.{stamp}.bak")
    shutil.copy2(path, backup)
    return backup


def _put(path: Path, data: bytes) -> None:
    stat = path.stat()
    number, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(number, "wb") as file:
            # The daemon's user reads it by owner or group: a file that it cannot read keeps it from starting.
            if (stat.st_uid, stat.st_gid) != (os.geteuid(), os.getegid()):
                os.fchown(number, stat.st_uid, stat.st_gid)
            os.fchmod(number, stat.st_mode & 0o7777)
            file.write(data)
            file.flush()
            os.fsync(number)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink()
        raise
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
