"""The mistakes of a configuration file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from waybilld_sdk.settings import Mistake


@dataclass(frozen=True, slots=True)
class ConfigErrors:
    """Every mistake of one file, by position. Never empty."""

    errors: tuple[Mistake, ...]

    def __str__(self) -> str:
        """One line a mistake."""
        return "\n".join(str(error) for error in self.errors)


def in_order(errors: Iterable[Mistake]) -> ConfigErrors:
    """The same errors sorted by position, each once."""
    unique = dict.fromkeys(errors)
    return ConfigErrors(tuple(sorted(unique, key=lambda e: (e.line or 0, e.column or 0, e.path, e.message))))
