"""Which plugins are installed, read from the metadata of distributions without importing any of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import metadata
from typing import Literal

from waybilld_sdk.hooks import ENTRY_POINT_GROUP

Stage = Literal["metadata", "find", "import", "info", "api", "hooks", "register", "conflict"]
"""How far a plugin came before it failed."""


@dataclass(frozen=True, slots=True)
class LoadFailure:
    """Why a plugin, or a part of it, cannot be used.

    `distribution` is name and version of the package that brings it, empty where none does; `reason` is a sentence with
    what to do. `part` names what is lost, such as `languages`; empty means the whole plugin.
    """

    plugin: str
    distribution: str
    stage: Stage
    reason: str
    part: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """An installed plugin, not imported yet."""

    name: str
    distribution: str
    version: str
    entry: metadata.EntryPoint

    @property
    def origin(self) -> str:
        """The distribution as people name it: `acme-waybilld 1.2`."""
        return f"{self.distribution} {self.version}"


@dataclass(frozen=True, slots=True)
class Installed:
    """The plugins by name, and what could not be read or is claimed twice."""

    found: Mapping[str, Found]
    failures: tuple[LoadFailure, ...]


def installed() -> Installed:
    """Look through every distribution on `sys.path`; the first of two distributions of one name counts, as for imports."""
    failures: list[LoadFailure] = []
    claims: dict[str, list[Found]] = {}
    seen: set[str] = set()
    for distribution in metadata.distributions():
        try:
            found = list(_of(distribution, seen))
        except Exception as problem:  # noqa: BLE001 - another package's broken files must not stop this daemon
            failures.append(_unreadable(distribution, problem))
            continue
        for plugin in found:
            claims.setdefault(plugin.name, []).append(plugin)
    failures += [_claimed_twice(rivals) for _, rivals in sorted(claims.items()) if len(rivals) > 1]
    return Installed({name: rivals[0] for name, rivals in sorted(claims.items()) if len(rivals) == 1}, tuple(failures))


def _of(distribution: metadata.Distribution, seen: set[str]) -> Iterator[Found]:
    entries = [entry for entry in distribution.entry_points if entry.group == ENTRY_POINT_GROUP]
    if not entries:
        return
    name = distribution.metadata["Name"] or "unnamed distribution"
    normal = re.sub(r"[-_.]+", "-", name).lower()
    if normal in seen:
        return
    seen.add(normal)
    for entry in entries:
        yield Found(entry.name, name, distribution.version or "?", entry)


def _unreadable(distribution: metadata.Distribution, problem: Exception) -> LoadFailure:
    place = str(distribution.locate_file(""))
    reason = f"a distribution in {place} has unreadable metadata ({one_line(problem)}): reinstall it"
    return LoadFailure("", "", "metadata", reason)


def _claimed_twice(rivals: list[Found]) -> LoadFailure:
    origins = " and ".join(sorted(rival.origin for rival in rivals))
    name = rivals[0].name
    return LoadFailure(name, origins, "find", f"{origins} both bring a plugin named '{name}': uninstall one of them")


def one_line(problem: BaseException) -> str:
    """An exception as one short line: its class and the first line of what it says."""
    first = (str(problem).strip().splitlines() or [""])[0][:200]
    return f"{type(problem).__name__}: {first}" if first else type(problem).__name__
