"""Alerts: a device dials the host of each subscription when a condition sets or clears.

Sources: Zebra ZPL II Programming Guide, ``^SX``, ``^SQ`` (letters of V48 and later), SGD ``alerts.add`` (condition,
destination, set, clear, address, port, quelling, name), ``alerts.conditions``, ``alerts.configured``. The lines are those
that devices in the field print: ``ALERT: PQ JOB COMPLETED [...] [...]``, ``ERROR CONDITION: HEAD OPEN``, ``ERROR CLEARED:
HEAD OPEN``; that warnings say ``WARNING`` and ``WARNING CLEARED`` is not sourced. Only TCP is dialled.
"""

from dataclasses import dataclass
from typing import Final

from waybilld_printers.virtual.interpreter import Call, Look
from waybilld_printers.virtual.status import Status

ALL = "ALL MESSAGES"
COMPLETED, POWER_ON, PAUSED, MEDIA_LOW = "PQ JOB COMPLETED", "POWER ON", "PRINTER PAUSED", "MEDIA LOW"
LETTERS: Final[dict[str, str]] = {
    "A": "PAPER OUT",
    "B": "RIBBON OUT",
    "C": "HEAD TOO HOT",
    "D": "HEAD COLD",
    "E": "HEAD OPEN",
    "H": "REWIND",
    "I": "CUTTER JAM",
    "J": PAUSED,
    "K": COMPLETED,
    "L": "LABEL READY",
    "M": "HEAD ELEMENT BAD",
    "P": POWER_ON,
    "Q": "CLEAN PRINTHEAD",
    "R": MEDIA_LOW,
    "S": "RIBBON LOW",
    "T": "REPLACE HEAD",
    "U": "BATTERY LOW",
    "V": "RFID ERROR",
    "*": ALL,
}
_DESTINATIONS: Final = {"D": "TCP", "E": "UDP", "F": "SNMP", "A": "SERIAL", "B": "PARALLEL", "C": "EMAIL"}


@dataclass(frozen=True, slots=True)
class Subscription:
    """One line of ``alerts.configured``. ``on_set``, ``on_clear``: whether to tell when it begins, and when it ends."""

    condition: str
    destination: str
    on_set: bool
    on_clear: bool
    address: str
    port: int

    def text(self) -> str:
        flags = f"{'NY'[self.on_set]},{'NY'[self.on_clear]}"
        return f"{self.condition},{self.destination},{flags},{self.address},{self.port},N,"


class Alerts:
    """Subscriptions, which outlive a loss of power, and what was true when somebody was told last."""

    def __init__(self) -> None:
        self._subscriptions: dict[tuple[str, str], Subscription] = {}
        self._before: Status | None = None

    def configured(self) -> str:
        """``alerts.configured``: every subscription, with bars between them."""
        return "|".join(subscription.text() for subscription in self._subscriptions.values())

    def add(self, value: str) -> None:
        """SGD ``alerts.add``. Raises ``ValueError`` when the value makes no sense."""
        condition, destination, on_set, on_clear, address, port, *_ = [part.strip() for part in value.split(",")] + [""] * 6
        if condition.upper() not in LETTERS.values() or destination.upper() not in _DESTINATIONS.values():
            raise ValueError(value)
        self._put(condition.upper(), destination.upper(), on_set, on_clear, address, port)

    def format_command(self, arguments: str) -> None:
        """``^SX``: the same with letters. Raises ``ValueError`` when they make no sense."""
        letter, destination, on_set, on_clear, address, port, *_ = [part.strip() for part in arguments.split(",")] + [""] * 6
        if letter.upper() not in LETTERS or destination.upper() not in _DESTINATIONS:
            raise ValueError(arguments)
        self._put(LETTERS[letter.upper()], _DESTINATIONS[destination.upper()], on_set, on_clear, address, port)

    def halt(self, arguments: str) -> None:
        """``^SQ``: no more of a condition at a destination."""
        letter, destination, *_ = [part.strip().upper() for part in arguments.split(",")] + [""]
        self._subscriptions.pop((LETTERS.get(letter, ""), _DESTINATIONS.get(destination, "")), None)

    def _put(self, condition: str, destination: str, on_set: str, on_clear: str, address: str, port: str) -> None:
        number = int(port or "0")
        if destination == "TCP" and not (address and 0 < number < 65536):
            raise ValueError(f"{address}:{port}")
        subscription = Subscription(condition, destination, on_set.upper() != "N", on_clear.upper() == "Y", address, number)
        self._subscriptions[condition, destination] = subscription

    def begin(self, look: Look) -> None:
        """Something may have been subscribed to: what changes from here on is news."""
        if self._subscriptions and self._before is None:
            self._before = look()

    def calls(self, look: Look) -> list[Call]:
        """Whom to dial with what, as the device is now."""
        if self._before is None or not self._subscriptions:
            self._before = None
            return []
        before, status = self._before, look()
        self._before = status
        return [call for news in _news(before, status) for call in self._dial(*news, status)]

    def _dial(self, kind: str, condition: str, sets: bool, status: Status) -> list[Call]:
        return [
            Call(subscription.address, subscription.port, kind, condition, status.serial)
            for subscription in self._subscriptions.values()
            if subscription.destination == "TCP"
            and subscription.condition in (condition, ALL)
            and (subscription.on_set if sets else subscription.on_clear)
        ]


def _news(before: Status, now: Status) -> list[tuple[str, str, bool]]:
    """Kind, condition, and whether it sets or clears, of everything that has changed."""
    news: list[tuple[str, str, bool]] = []
    if now.boots != before.boots:
        news.append(("ALERT", POWER_ON, True))
    news += [("ALERT", COMPLETED, True)] * (now.completed - before.completed)
    for kind, condition, was, is_now in (
        ("ERROR", "PAPER OUT", before.paper_out, now.paper_out),
        ("ERROR", "RIBBON OUT", before.ribbon_out, now.ribbon_out),
        ("ERROR", "HEAD OPEN", before.head_open, now.head_open),
        ("WARNING", MEDIA_LOW, before.media_low, now.media_low),
        ("ALERT", PAUSED, before.paused, now.paused),
    ):
        if was != is_now:
            word = "ERROR CONDITION" if kind == "ERROR" and is_now else kind if is_now else f"{kind} CLEARED"
            news.append((word, condition, is_now))
    return news
