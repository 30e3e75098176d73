"""Files that commands write for people."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import click

from waybilld.cli.exits import Exit, Failure
from waybilld.cli.text import say
from waybilld_sdk.files.words import printable

OUTPUT = click.option(
    "-o", "output", type=click.Path(path_type=Path, allow_dash=True), required=True, help="File to write; - for stdout."
)


def write(output: Path, data: bytes, *, private: bool = False) -> None:
    """Write a file, or to stdout for `-`. A `private` file is for its owner's eyes. Raises `Failure` (64) where it cannot be
    written."""
    if str(output) == "-":
        sys.stdout.buffer.write(data)
        return
    try:
        with open(output, "wb", opener=_for_owner if private else None) as file:
            file.write(data)
    except OSError as e:
        raise Failure(Exit.USAGE, printable(f"{output} cannot be written: {e.strerror}")) from e
    say(f"wrote {output}")


def _for_owner(path: str, flags: int) -> int:
    """Open with no right for others before the first byte, also where the file was there."""
    fd = os.open(path, flags, 0o600)
    if stat.S_ISREG(os.fstat(fd).st_mode):
        os.fchmod(fd, 0o600)
    return fd
