"""The command line. No command imports Twisted; what is slow to import is imported by the command that needs it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

DEFAULT_CONFIG = Path("/etc/waybilld/waybilld.yaml")
CONFIG_VARIABLE = "WAYBILLD_CONFIG"

F = TypeVar("F", bound=Callable[..., Any])


def _choose(context: click.Context, _parameter: click.Parameter, given: Path | None) -> Path:
    """What this command was given, else what a command around it was, else the variable, else the default."""
    # click shares `meta` between nested commands. The variable is not click's `envvar` here, because an inner command's
    # variable would then win over an outer command's option.
    chosen = given or context.meta.get(CONFIG_VARIABLE) or Path(os.environ.get(CONFIG_VARIABLE) or DEFAULT_CONFIG)
    context.meta[CONFIG_VARIABLE] = chosen
    return chosen


def config_option(command: F) -> F:
    """Give a command the parameter `config`: the path of the configuration file.

    `--config` may stand before or after a subcommand; the innermost one wins.
    """
    option = click.option(
        "--config",
        type=click.Path(path_type=Path),
        callback=_choose,
        metavar="FILE",
        help=f"Configuration file; else ${CONFIG_VARIABLE}, else {DEFAULT_CONFIG}.",
    )
    return option(command)
