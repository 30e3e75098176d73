"""Files that commands write for people."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from waybilld.cli.exits import Exit, Failure
from waybilld.cli.text import say
from waybilld_sdk.files.words import printable

OUTPUT = click.option(
    "-o", "output", type=click.Path(path_type=Path, allow_dash=True), required=True, help="File to write; - for stdout."
)


def write(output: Path, data: bytes) -> None:
    """Write a file, or to stdout for `-`. Raises `Failure` (64) where it cannot be written."""
    if str(output) == "-":
        sys.stdout.buffer.write(data)
        return
    try:
        output.write_bytes(data)
    except OSError as e:
        raise Failure(Exit.USAGE, printable(f"{output} cannot be written: {e.strerror}")) from e
    say(f"wrote {output}")
