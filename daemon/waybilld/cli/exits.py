"""Exit codes, and the exception that ends a command with one of them.

64 to 78 are those of BSD's sysexits(3), so that cron jobs and service managers can tell the cases apart.
"""

from __future__ import annotations

import enum
from typing import IO, Any

import click


class Exit(enum.IntEnum):
    """What the exit code of a command says."""

    DONE = 0
    FINDINGS = 1
    USAGE = 64
    BAD_DATA = 65
    NOT_RUNNING = 69
    TRY_LATER = 75
    CONFIG = 78


class Failure(click.ClickException):
    """Ends the command: `message` goes to stderr as it is, for a person, and the process exits with `code`."""

    def __init__(self, code: Exit, message: str) -> None:
        super().__init__(message)
        self.code = code

    def show(self, file: IO[Any] | None = None) -> None:
        """Write the message to `file`, by default stderr, without the word Error before it."""
        click.echo(self.message, file=file, err=file is None)
