"""`waybilld config`: check the configuration, show what is in force, print its schema."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path

import click

from waybilld.cli import config_option
from waybilld.cli.exits import Exit, Failure
from waybilld.cli.text import counted
from waybilld.config.errors import ConfigErrors
from waybilld.config.load import ADAPTER_KINDS, Loaded, load
from waybilld.config.model import Config
from waybilld.config.schema import config_schema
from waybilld.config.show import as_yaml, effective
from waybilld.host.discover import Catalogue, Plugins
from waybilld.host.rendering import configured
from waybilld.host.saying import capabilities_of, check_languages
from waybilld_sdk.errors import AdapterError
from waybilld_sdk.files.words import printable
from waybilld_sdk.labels import Render
from waybilld_sdk.printing import Sides
from waybilld_sdk.settings import Misconfigured

_COUNTED = (
    ("shops", "shop"),
    ("carriers", "carrier"),
    ("printers", "printer"),
    ("pools", "pool"),
    ("warehouses", "warehouse"),
    ("senders", "sender"),
)

_AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group("config", invoke_without_command=True)
@config_option
@click.pass_context
def config_group(context: click.Context, config: Path) -> None:
    """Check or show the configuration file.

    \b
    Examples:
      waybilld config check
      waybilld --config my.yaml config show
    """
    del config
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


@config_group.command("check")
@config_option
@_AS_JSON
def check(config: Path, as_json: bool) -> None:
    """Show every mistake of the file at once; exit 78 if there is one.

    Adapters and plugins that the file names are imported, but nothing is contacted. Where a printer's offset or margins lose
    a part of a sample waybill, a note says so; that is no mistake.

    \b
    Examples:
      waybilld config check
      waybilld config check --config /tmp/new.yaml --json
    """
    notes: list[str] = []
    catalogue = Catalogue.of_installed()
    outcome = load(config, catalogue.resolve)
    if not isinstance(outcome, ConfigErrors):
        labels = outcome.config.labels
        try:
            plugins = catalogue.plugins(outcome.config.rules.plugins, labels.plugins)
            render = configured(plugins, labels.renderer, labels.settings, outcome.path)
            printers = [(printer.adapter, printer.settings) for printer in outcome.config.printers]
            check_languages(plugins, printers, outcome.path)
            notes += _notes(outcome.config, plugins, render)
        except Misconfigured as e:
            outcome = ConfigErrors(e.mistakes)
    if isinstance(outcome, ConfigErrors):
        if as_json:
            errors = [dataclasses.asdict(error) for error in outcome.errors]
            click.echo(json.dumps({"ok": False, "errors": errors}, indent=2))
            raise click.exceptions.Exit(Exit.CONFIG)
        raise Failure(Exit.CONFIG, str(outcome))
    counts = {section: len(getattr(outcome.config, section)) for section, _ in _COUNTED}
    if as_json:
        click.echo(json.dumps({"ok": True, "errors": [], "notes": notes, "counts": counts}, indent=2))
    else:
        click.echo("ok: " + ", ".join(counted(counts[section], word) for section, word in _COUNTED))
        for note in notes:
            click.echo(printable(f"note: {note}"))


def _notes(config: Config, plugins: Plugins, render: Render) -> Iterator[str]:
    """What printers that are told to move the print, or have margins, lose of a sample waybill on their paper."""
    from waybilld.cli.sample import sample
    from waybilld.host.onpaper import look

    for configured_printer in config.printers:
        printer = capabilities_of(plugins, configured_printer.adapter, configured_printer.settings)
        if printer is None or (printer.offset_mm == (0, 0) and printer.margins_mm == Sides()):
            continue
        try:
            pages = render(sample(config, printer.dots_per_mm, printer.media_mm))
        except AdapterError:
            # Whether there is a template for this paper is asked elsewhere: `waybilld check`.
            continue
        found = dict.fromkeys(finding for page in pages for finding in look(page.png, printer))
        yield from (f"printers.{configured_printer.name}: {finding.code}: {finding.message}" for finding in found)


@config_group.command("show")
@config_option
@_AS_JSON
def show(config: Path, as_json: bool) -> None:
    """Print what is in force, with every default; secrets only as references.

    \b
    Examples:
      waybilld config show
      waybilld config show --json | jq .printers
    """
    values = effective(loaded(config).config)
    text = json.dumps(values, indent=2, ensure_ascii=False) + "\n" if as_json else as_yaml(values)
    click.echo(text, nl=False)


@config_group.command("schema")
def schema() -> None:
    """Print a JSON Schema of the file for editors, with the settings of every installed adapter.

    \b
    Examples:
      waybilld config schema > waybilld.schema.json
    """
    catalogue = Catalogue.of_installed()
    catalogue.open_all()
    plugins = catalogue.plugins((), ())
    adapters = {
        kind: {name: spec.settings for name, spec in getattr(plugins, f"{kind}s").items()} for kind in ADAPTER_KINDS.values()
    }
    for failure in plugins.failures:
        click.echo(printable(f"left out: {failure.reason}"), err=True)
    click.echo(json.dumps(config_schema(adapters), indent=2, ensure_ascii=False))


def loaded(config: Path, catalogue: Catalogue | None = None) -> Loaded:
    """The checked configuration, for commands that need one. Raises `Failure` (78) that lists every mistake."""
    outcome = load(config, (catalogue or Catalogue.of_installed()).resolve)
    if isinstance(outcome, ConfigErrors):
        raise Failure(Exit.CONFIG, str(outcome))
    return outcome
