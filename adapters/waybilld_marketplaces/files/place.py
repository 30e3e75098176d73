"""Places in the queue of files: page tokens that can be read again after a crash, file names, and waiting for a file to
settle. Pure, apart from remembering what was seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath

from waybilld_marketplaces.files.scan import Identity
from waybilld_sdk.context import FileInfo

OWN_FOLDERS = ("done", "rejected", "shipped")
_UNFINISHED = (".part", ".tmp", ".crdownload", "~")


@dataclass(frozen=True, slots=True)
class Place:
    """A page: the file, the version of its content, and the orders from `start` up to `end` (-1: not said).

    `version` is the SHA-256 of the content in hex, "stat:…" for a file that is refused as a whole, "" for "whatever it
    holds now".
    """

    name: str
    version: str
    start: int
    end: int = -1

    def token(self) -> str:
        """As text: `<file>|<version>|<start>` or `<file>|<version>|<start>-<end>`."""
        span = f"{self.start}" if self.end < 0 else f"{self.start}-{self.end}"
        return f"{self.name}|{self.version}|{span}"


def read_place(token: str) -> Place | None:
    """The place that a token names; None for a token that is not ours, such as that of an empty page."""
    name, _bar, rest = token.rpartition("|")
    name, _bar, version = name.rpartition("|")
    start, dash, end = rest.partition("-")
    numbers = (start, end) if dash else (start,)
    if not name or not all(number.isascii() and number.isdigit() for number in numbers):
        return None
    return Place(name, version, int(start), int(end) if dash else -1)


def identity_of(info: FileInfo) -> Identity:
    """What tells a file from another one of the same name."""
    return (info.size, info.mtime_ns, info.inode)


def stat_version(identity: Identity) -> str:
    """The version of a file that is refused, which may be too large to be read at all."""
    return "stat:{}:{}:{}".format(*identity)


def numbered_name(name: str, number: int) -> str:
    """`orders.csv`, `orders-2.csv`, `orders-3.csv` …"""
    path = PurePath(name)
    return name if number == 1 else f"{path.stem}-{number}{path.suffix}"


def is_unfinished(name: str) -> bool:
    """Hidden files and what programs call a file that they are still writing."""
    return name.startswith(".") or name.endswith(_UNFINISHED)


class Watch:
    """Which files have kept still. Give it every listing; the clock is a parameter, in seconds that never step."""

    def __init__(self, settle_seconds: float) -> None:
        self._settle_seconds = settle_seconds
        self._since: dict[str, tuple[Identity, float]] = {}
        self._said: dict[str, Identity] = {}

    def settled(self, listing: Sequence[FileInfo], now: float) -> list[FileInfo]:
        """The regular files that have not changed for long enough, oldest first."""
        files = [info for info in listing if info.regular and not is_unfinished(info.name)]
        self._since = {
            info.name: (identity_of(info), now)
            if self._since.get(info.name, ((), 0.0))[0] != identity_of(info)
            else self._since[info.name]
            for info in files
        }
        return [info for info in files if now - self._since[info.name][1] >= self._settle_seconds]

    def forget_missing(self, listing: Sequence[FileInfo]) -> None:
        """Forget what was said about files that are no longer there. Give it every listing, whole."""
        names = {info.name for info in listing}
        self._said = {name: identity for name, identity in self._said.items() if name in names}

    def is_news(self, info: FileInfo) -> bool:
        """Whether to say that this is left alone: once for each file, and again when another takes its name."""
        identity = identity_of(info) if info.regular else (0, 0, info.inode)
        news = self._said.get(info.name) != identity
        self._said[info.name] = identity
        return news
