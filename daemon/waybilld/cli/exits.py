"""The exception that ends a command with one of the exit codes."""

from __future__ import annotations

from typing import IO, Any

import click

from waybilld.exits import Exit

__all__ = ["Exit", "Failure"]


class Failure(click.ClickException):
    """Ends the command: `message` goes to stderr as it is, for a person, and the process exits with `code`."""

    def __init__(self, code: Exit, message: str) -> None:
        super().__init__(message)
        self.code = code

    def show(self, file: IO[Any] | None = None) -> None:
        """Write the message to `file`, by default stderr, without the word Error before it."""
        click.echo(self.message, file=file, err=file is None)
