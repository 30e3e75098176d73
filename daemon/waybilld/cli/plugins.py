"""`waybilld plugins`: what is installed, what the configuration enables of it, and what failed to load."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path

import click

from waybilld.cli import config_option
from waybilld.cli.exits import Exit
from waybilld.config.errors import ConfigErrors, printable
from waybilld.config.load import load
from waybilld.host.discover import Catalogue, Listed, LoadFailure

_HEADINGS = ("plugin", "version", "distribution", "api", "enabled", "registers")


@click.command("plugins")
@config_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def plugins(config: Path, as_json: bool) -> None:
    """List the installed plugins, and why any failed to load.

    Only plugins that the configuration names are imported; of the others only name and distribution are known. Exit 1
    if an enabled plugin failed, 78 if the configuration has other mistakes.
    """
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
