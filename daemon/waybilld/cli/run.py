"""`waybilld run`: becomes the daemon, in the foreground and with the same process id."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from waybilld.cli import config_option


@click.command("run")
@config_option
def run(config: Path) -> None:
    """Run the daemon in the foreground, until SIGTERM or ^C.

    It logs to stderr and tells systemd when it is ready. Exit 75 if another daemon works on the same state or its port is
    taken, 78 if the configuration has mistakes.

    \b
    Examples:
      waybilld run
      waybilld run --config my.yaml
    """
    sys.stdout.flush()
    # -P: the folder that somebody happens to stand in is no place to import from.
    os.execv(sys.executable, [sys.executable, "-P", "-m", "waybilld", "--config", os.fspath(config)])
