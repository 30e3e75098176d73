"""The log as text for a terminal or the journal of systemd: the last place where a foreign text is looked at."""

from __future__ import annotations

import re
from typing import IO

from twisted.logger import FileLogObserver, ILogObserver, LogEvent, formatEventAsClassicLogText

from waybilld_sdk.plain import UNFIT


def log_observer(file: IO[str]) -> ILogObserver:
    """Writes events to `file`, one after the other, as Twisted does, but with what a terminal would obey as escapes.

    A line end within an event begins a line with a tab, so that no text can pass for the line of another event.
    """
    return FileLogObserver(file, _text)


def _text(event: LogEvent) -> str | None:
    text = formatEventAsClassicLogText(event)
    return None if text is None else UNFIT.sub(_shown, text)


def _shown(found: re.Match[str]) -> str:
    return found[0] if found[0] in "\n\t" else found[0].encode("unicode_escape").decode("ascii")
