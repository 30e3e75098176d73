"""The command `waybilld`: finds the subcommand, and turns every ending into an exit code."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NoReturn

import click

from waybilld.cli import config_option
from waybilld.cli.exits import Exit, Failure

COMMANDS: Mapping[str, str] = {
    "run": "waybilld.cli.run:run",
    "demo": "waybilld.cli.demo.command:demo",
    "check": "waybilld.cli.check:check",
    "config": "waybilld.cli.config:config_group",
    "db": "waybilld.cli.db:db",
    "orders": "waybilld.cli.orders:orders",
    "shipments": "waybilld.cli.shipments:shipments",
    "labels": "waybilld.cli.labels:labels",
    "runs": "waybilld.cli.runs:runs",
    "packs": "waybilld.cli.packs:packs",
    "printers": "waybilld.cli.printers:printers",
    "supplies": "waybilld.cli.supplies:supplies",
    "troubles": "waybilld.cli.troubles:troubles",
    "support-bundle": "waybilld.cli.support:support_bundle",
    "plugins": "waybilld.cli.plugins:plugins",
    "journal": "waybilld.cli.journal:journal",
}
"""Subcommands as `module:attribute`, imported only when they are run."""

SUMMARIES: Mapping[str, str] = {
    "run": "Run the daemon in the foreground, until SIGTERM or ^C.",
    "demo": "Print sample orders on virtual printers, and show what happens.",
    "check": "Check that everything is there for the day.",
    "config": "Check or show the configuration file.",
    "db": "Upgrade, verify or back up the database.",
    "orders": "List orders with their shipments, newest first.",
    "shipments": "Show shipments: the whole story of one parcel.",
    "labels": "Preview labels, and list those that may not be on paper.",
    "runs": "Open, show and close the runs of own delivery.",
    "packs": "Print labels by hand when no printer works.",
    "printers": "Show and steer the printers.",
    "supplies": "Count spare rolls, ribbons and cartridges.",
    "troubles": "Report bad labels, and see what went wrong.",
    "support-bundle": "Write diagnostics without personal data into one file.",
    "plugins": "List the plugins, or release one from quarantine.",
    "journal": "Show the journal.",
}
"""What the list of commands says of each, so that showing it imports none of them; for others their own first line."""

EXAMPLES = """\b
Examples:
  waybilld config check                  every mistake of the configuration at once
  waybilld --config my.yaml config show  what is in force, with all defaults
  waybilld check                         what is well, and what is to be done
  waybilld orders --blocked              what waits for a person, and why
  waybilld shipments show 17             the whole story of one parcel
"""


class LazyGroup(click.Group):
    """A group whose commands stand in a table of names and are imported on demand."""

    def __init__(
        self, *args: object, table: Mapping[str, str], summaries: Mapping[str, str] | None = None, **kwargs: object
    ) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self._table = table
        self._summaries = summaries or {}
        # Not to find commands, which `get_command` does: click looks here for the name that was meant.
        self.commands = dict.fromkeys(table)  # type: ignore[assignment]

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names in the order of the table."""
        del ctx
        return list(self._table)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, without importing those that have a summary."""
        rows = []
        for name in self._table:
            command = None if name in self._summaries else self.get_command(ctx, name)
            rows.append((name, self._summaries.get(name) or (command.get_short_help_str(80) if command else "")))
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command; None for a name that is not in the table."""
        del ctx
        target = self._table.get(cmd_name)
        if target is None:
            return None
        module, _, attribute = target.partition(":")
        command = getattr(importlib.import_module(module), attribute)
        if not isinstance(command, click.Command):
            raise TypeError(f"{target} is not a click command: correct the table in waybilld/cli/main.py")
        return command


@click.group(
    cls=LazyGroup,
    table=COMMANDS,
    summaries=SUMMARIES,
    epilog=EXAMPLES,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@config_option
@click.version_option(package_name="waybilld")
@click.pass_context
def cli(context: click.Context, config: Path) -> None:
    """Print shipping labels, and know which of them really came out of the printer."""
    del config
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


STOPPED = 130
"""Exit code of what a person stopped: with ^C, as shells say it, or with anything but yes where they were asked."""


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command and give its exit code. A person's mistake is a message, never a traceback; with `--json` it is JSON
    on stdout, where the answer would have been."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        code = cli.main(given, prog_name="waybilld", standalone_mode=False)
    except click.ClickException as problem:
        # What is left of click's own, besides slips of the pen, are files that it could not open on a person's behalf.
        ended = problem.code if isinstance(problem, Failure) else Exit.USAGE
        if "--json" in given:
            _say_error(ended, problem.format_message())
        else:
            problem.show()
        return ended
    except click.Abort:
        if "--json" in given:
            _say_error(STOPPED, "stopped")
        else:
            click.echo("stopped", err=True)
        return STOPPED
    return code if isinstance(code, int) else Exit.DONE


def _say_error(code: int, message: str) -> None:
    from waybilld.cli.text import say_json

    say_json({"error": message, "exit": code})


def main() -> NoReturn:
    """Entry point of the console script."""
    sys.exit(run())


if __name__ == "__main__":
    main()
