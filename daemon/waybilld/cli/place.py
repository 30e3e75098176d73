"""Where a configuration puts its daemon: found without importing an adapter, so that every command starts quickly."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from waybilld.cli.exits import Exit, Failure

if TYPE_CHECKING:
    from waybilld.config.model import Config


@dataclass(frozen=True, slots=True)
class Place:
    """A checked configuration whose adapters' settings were not looked at."""

    path: Path
    config: Config

    @property
    def socket(self) -> Path:
        """The API's Unix socket."""
        from waybilld.config.model import socket_path

        return socket_path(self.config.runtime)

    @property
    def database(self) -> Path:
        """The database's file."""
        from waybilld.store.engine import FILE

        return self.config.state / FILE

    @property
    def start(self) -> str:
        """What a person types to start this daemon."""
        return f"waybilld run --config {self.path}"


def place(config: Path) -> Place:
    """Read the file. Raises `Failure` (78) that lists every mistake but those inside adapters' settings."""
    from pydantic import ConfigDict

    from waybilld.config.errors import ConfigErrors
    from waybilld.config.load import load
    from waybilld_sdk.settings import Settings

    class Anything(Settings):
        """Settings of an adapter that is not asked."""

        model_config = ConfigDict(extra="allow")

    outcome = load(config, lambda _kind, _name: Anything)
    if isinstance(outcome, ConfigErrors):
        raise Failure(Exit.CONFIG, str(outcome))
    return Place(outcome.path, outcome.config)
