"""`waybilld plugins`: what is installed, what the configuration enables of it, and what failed to load."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path

import click

from waybilld.cli import config_option
from waybilld.cli.client import changing
from waybilld.cli.exits import Exit
from waybilld.cli.place import place
from waybilld.cli.text import JSON_OPTION, say, say_json
from waybilld.config.errors import ConfigErrors
from waybilld.config.load import load
from waybilld.host.discover import Catalogue, Listed, LoadFailure
from waybilld_sdk.files.words import printable

_HEADINGS = ("plugin", "version", "distribution", "api", "enabled", "registers")


@click.group("plugins", invoke_without_command=True)
@config_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def plugins(context: click.Context, config: Path, as_json: bool) -> None:
    """List the installed plugins, and why any failed to load.

    Only plugins that the configuration names are imported; of the others only name and distribution are known. Exit 1
    if an enabled plugin failed, 78 if the configuration has other mistakes.

    \b
    Examples:
      waybilld plugins
      waybilld plugins release printer.bench-1
    """
    if context.invoked_subcommand is None:
        _list(config, as_json)


@plugins.command("release")
@config_option
@click.argument("name")
@JSON_OPTION
def release(config: Path, name: str, as_json: bool) -> None:
    """Let an instance that is in quarantine work again, once the cause is gone.

    NAME is the instance's whole name, such as printer.bench-1, or its own where no other instance has it.

    \b
    Examples:
      waybilld plugins release printer.bench-1
    """
    from waybilld.http.table import RELEASE

    told = changing(place(config), lambda api: api.post(RELEASE.url(instance=name)))
    if as_json:
        say_json(told)
        return
    was = told["was"]
    say(f"{told['instance']} " + (f"works again; it was in quarantine: {was}" if was else "was in no quarantine"))


def _list(config: Path, as_json: bool) -> None:
    catalogue = Catalogue.of_installed()
    outcome = load(config, catalogue.resolve)
    listing = catalogue.listing()
    failures = catalogue.failures()
    if as_json:
        rows = [dataclasses.asdict(plugin) for plugin in listing]
        reasons = [dataclasses.asdict(failure) for failure in failures]
        click.echo(json.dumps({"plugins": rows, "failures": reasons}, indent=2, ensure_ascii=False))
    else:
        click.echo(_table(listing))
        for failure in failures:
            click.echo(_sentence(failure))
    failed = any(plugin.enabled and plugin.failures for plugin in listing)
    if isinstance(outcome, ConfigErrors):
        count = len(outcome.errors)
        first = f"{outcome.errors[0]}" if count == 1 else f"{count} mistakes: see waybilld config check"
        click.echo(f"the configuration is not in order, so more may be enabled than shown: {first}", err=True)
    if failed or isinstance(outcome, ConfigErrors):
        raise click.exceptions.Exit(Exit.FINDINGS if failed else Exit.CONFIG)


def _table(listing: Sequence[Listed]) -> str:
    rows = [_HEADINGS, *(_row(plugin) for plugin in listing)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADINGS))]
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)


def _row(plugin: Listed) -> tuple[str, ...]:
    registers = [f"{part} {', '.join(names)}" for part, names in plugin.registers.items()]
    registers += [hook.removeprefix("waybilld_") for hook in plugin.hooks]
    enabled = "failed" if plugin.enabled and plugin.failures else "yes" if plugin.enabled else "no"
    cells = (plugin.name, plugin.version, plugin.distribution, plugin.api, enabled, "; ".join(registers))
    return tuple(printable(cell) or "-" for cell in cells)


def _sentence(failure: LoadFailure) -> str:
    origin = f" ({failure.distribution})" if failure.distribution else ""
    return printable(f"failed: {failure.reason}{origin}")
