"""What every lane last saw of its printer, for those who must know of all printers at once."""

from __future__ import annotations

from collections.abc import Callable

from waybilld_sdk.printing import PrinterStatus

Listener = Callable[[str, PrinterStatus], None]


class Board:
    """Each printer's newest status by the printer's name. Listeners are told every status, also one that is no news; they
    must not raise and must not block."""

    def __init__(self) -> None:
        self.seen: dict[str, PrinterStatus] = {}
        self._listeners: list[Listener] = []

    def listen(self, listener: Listener) -> None:
        """Tell `listener` every status from now on."""
        self._listeners.append(listener)

    def show(self, printer: str, status: PrinterStatus) -> None:
        """A lane saw its printer."""
        self.seen[printer] = status
        for listener in self._listeners:
            listener(printer, status)
