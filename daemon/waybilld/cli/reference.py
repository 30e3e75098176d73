"""`docs/reference/cli.md`, written from the commands; `python -m waybilld.cli.reference` prints it."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator

import click

from waybilld.cli.exits import Exit
from waybilld.cli.main import cli

_INTRODUCTION = """# The command line

Every command finds its configuration with `--config FILE`, else `WAYBILLD_CONFIG`, else `/etc/waybilld/waybilld.yaml`;
`--config` may stand before or after a subcommand. Commands that read ask the running daemon over its Unix socket. Where
none runs they read the database as it stands, and say so on stderr; commands that change something end with 69 then.
`--json` gives what programs read. Then an error is JSON on stdout as well, `{{"error": "…", "exit": 69}}` with the exit
code; of `config check` it is the list of mistakes. What is said by the way stays on stderr.

Exit codes:

{codes}
- 130: a person stopped it: with ^C, or with anything but yes where they were asked; `--yes` keeps a command from asking

This page is generated from the commands themselves.
"""

_MEANINGS = {
    Exit.DONE: "done",
    Exit.FINDINGS: "something was found that a person should look at, or what was asked for does not exist",
    Exit.USAGE: "the command was typed wrongly, or its file cannot be written",
    Exit.BAD_DATA: "data is damaged or unusable",
    Exit.NOT_RUNNING: "the daemon does not run, or may not be asked by this user",
    Exit.BUG: "the program itself failed: please report what it wrote to stderr",
    Exit.TRY_LATER: "not now: try later",
    Exit.CONFIG: "the configuration has mistakes, or the database does not fit this program",
}


def reference() -> str:
    """The whole page, as Markdown."""
    codes = "\n".join(f"- {int(code)}: {_MEANINGS[code]}" for code in Exit)
    parts = [_INTRODUCTION.format(codes=codes)]
    # With the settings of a real call: click keeps the help option that a command was first asked for.
    context = cli.make_context("waybilld", [], resilient_parsing=True)
    for name in cli.list_commands(context):
        command = cli.get_command(context, name)
        if command is not None:
            parts += _command(command, context, name)
    return "\n".join(parts).rstrip() + "\n"


def _command(command: click.Command, parent: click.Context, name: str) -> Iterator[str]:
    context = click.Context(command, info_name=name, parent=parent)
    yield f"## `{context.command_path}`\n"
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    yield f"    {usage}\n"
    yield _prose(command.help or "")
    own = [parameter for parameter in command.get_params(context) if _SHARED.isdisjoint(parameter.opts)]
    rows = [record for parameter in own if (record := parameter.get_help_record(context))]
    if rows:
        yield "| option | meaning |"
        yield "|---|---|"
        for option, meaning in rows:
            yield f"| `{option.replace('|', chr(92) + '|')}` | {meaning} |"
        yield ""
    if isinstance(command, click.Group):
        for inner in command.list_commands(context):
            found = command.get_command(context, inner)
            if found is not None:
                yield from _command(found, context, inner)


_SHARED = frozenset({"--config", "--help"})
"""Options that every command has."""


def _prose(text: str) -> str:
    """A help text as Markdown: what stands after click's mark for unwrapped text becomes a code block."""
    parts = []
    for paragraph in inspect.cleandoc(text).split("\n\n"):
        marked = paragraph.removeprefix("\b\n")
        if marked == paragraph:
            parts.append(paragraph)
            continue
        head, _, rest = marked.partition("\n")
        block = "\n".join(f"    {line.strip()}" for line in rest.splitlines())
        parts.append(f"{head}\n\n{block}")
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    sys.stdout.write(reference())
