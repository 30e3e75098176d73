"""Files that commands write for people."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import click

from waybilld.cli.exits import Exit, Failure
from waybilld.cli.text import say
from waybilld_sdk.files.words import printable

OUTPUT = click.option(
    "-o", "output", type=click.Path(path_type=Path, allow_dash=True), required=True, help="File to write; - for stdout."
)


def write(output: Path, data: bytes, *, private: bool = False, as_json: bool = False) -> None:
    """Write a file, or to stdout for `-`, and say so; with `as_json` whoever calls says it. A `private` file is new and its
    owner's alone, whatever stood there. Raises `Failure` (64) where it cannot be written."""
    if str(output) == "-":
        sys.stdout.buffer.write(data)
        return
    try:
        if private:
            _write_private(output, data)
        else:
            output.write_bytes(data)
    except OSError as e:
        raise Failure(Exit.USAGE, printable(f"{output} cannot be written: {e.strerror}")) from e
    if not as_json:
        say(f"wrote {output}")


def must_be_file(output: Path | None, *, as_json: bool) -> None:
    """JSON and a file cannot both go to stdout. Raises `click.UsageError`."""
    if as_json and str(output) == "-":
        raise click.UsageError("--json goes to stdout: name a file with -o")


def _write_private(output: Path, data: bytes) -> None:
    """Write beside it and put it in its place: a file, link or pipe that somebody else laid there never gets a byte."""
    handle, name = tempfile.mkstemp(prefix=".waybilld-", dir=output.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(name).replace(output)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
