"""A small valid configuration, and adapters that stand in for installed ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from pydantic import Field, field_validator

from waybilld.config.errors import ConfigErrors
from waybilld.config.load import Kind, Loaded, Resolve, parse
from waybilld_sdk.settings import SecretRef, Settings

GOOD = """\
node: main
senders:
  - {name: store, display_name: Store, phone: "1", address: Road 1}
warehouses:
  - {name: north, country: NO}
shops:
  - name: shop
    adapter: fake
    sender: store
    pool: bench
    warehouses: [north]
    carriers: [post]
    settings: {folder: orders, token: {env: TOKEN}}
carriers:
  - {name: post, adapter: plain}
printers:
  - {name: left, adapter: acme/wire, settings: {media: [100, 150]}}
  - {name: right, adapter: acme/wire}
pools:
  - {name: bench, printers: [left, right]}
"""


class FakeSettings(Settings):
    """A shop's settings with a secret."""

    folder: str = Field(min_length=1)
    token: SecretRef | None = None
    count: int = Field(default=1, ge=1)


class WireSettings(Settings):
    """A printer's settings with a tuple and a check that breaks."""

    media: tuple[float, float] = (100.0, 150.0)
    secret: str | SecretRef = ""
    boom: bool = False

    @field_validator("boom")
    @classmethod
    def _boom(cls, value: bool) -> bool:
        if value:
            raise RuntimeError("kaputt")
        return value


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a resolver answers for what it does not know."""

    reason: str


KNOWN: dict[tuple[Kind, str], type[Settings]] = {
    ("marketplace", "fake"): FakeSettings,
    ("carrier", "plain"): Settings,
    ("printer", "acme/wire"): WireSettings,
    ("plugin", "rules"): Settings,
    ("plugin", "labels"): Settings,
    ("renderer", "standard"): Settings,
}


def answer(kind: Kind, name: str) -> type[Settings] | Refusal:
    """The stand-in for a catalogue of plugins."""
    return KNOWN.get((kind, name)) or Refusal(f"no {kind} {name!r}")


@pytest.fixture(scope="session")
def resolve() -> Resolve:
    return answer


@pytest.fixture(scope="session")
def good() -> str:
    return GOOD


@pytest.fixture
def mistakes() -> Callable[[str], list[str]]:
    """The error lines of a text, without the file's name."""

    def lines(text: str) -> list[str]:
        outcome = parse(text, Path("w.yaml"), answer)
        assert isinstance(outcome, ConfigErrors), "the text was expected to be wrong"
        return [str(error).removeprefix("w.yaml:").strip() for error in outcome.errors]

    return lines


@pytest.fixture
def accepted() -> Callable[[str], Loaded]:
    """What a text that must be right loads to."""

    def value(text: str) -> Loaded:
        outcome = parse(text, Path("/etc/waybilld/w.yaml"), answer)
        assert isinstance(outcome, Loaded), str(outcome)
        return outcome

    return value
