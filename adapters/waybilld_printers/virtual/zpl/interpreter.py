"""ZPL II as a device's firmware: formats become labels, control commands become keys, questions are answered."""

from collections.abc import Iterator

from waybilld_printers.virtual.interpreter import Act, Call, Key, Look, Put, Reply
from waybilld_printers.virtual.status import Setup
from waybilld_printers.virtual.zpl import replies
from waybilld_printers.virtual.zpl.alerts import Alerts
from waybilld_printers.virtual.zpl.format import Settings, read_format
from waybilld_printers.virtual.zpl.stream import Change, Control, Event, Format, Json, Question, Splitter

_KEYS = {"JA": Key.CANCEL_ALL, "JP": Key.CANCEL_ONE, "PP": Key.PAUSE, "PS": Key.RESUME, "JR": Key.RESTART}


class ZplInterpreter:
    """The print channel. It answers questions while the head is open as well, and reads nothing while it is full."""

    model = "ZD421-203dpi ZPL"
    firmware = "V93.21.17Z"
    urgent_room = 0

    def __init__(self, dots_per_mm: int, *, json: bool = True) -> None:
        self._dots_per_mm = dots_per_mm
        self._json = json
        self._splitter = Splitter(json=json)
        self._alerts = Alerts()
        self._settings = self._power_on_settings()

    @property
    def partial(self) -> bool:
        return self._splitter.partial

    @property
    def pending(self) -> int:
        return self._splitter.pending

    @property
    def setup(self) -> Setup:
        settings = self._settings
        return Setup(settings.length, settings.print_mode, settings.thermal_transfer)

    def clear(self) -> None:
        self._splitter.clear()
        self._settings = self._power_on_settings()

    def drop(self) -> None:
        self._splitter.clear()

    def asker(self) -> "ZplAsker":
        return ZplAsker(self._alerts, json=self._json)

    def notice(self, look: Look) -> bytes:
        del look
        return b""

    def calls(self, look: Look) -> list[Call]:
        return self._alerts.calls(look)

    def feed(self, data: bytes, look: Look) -> Iterator[Act]:
        """What the machine is to do about these bytes, which may end in the middle of a format."""
        for event in self._splitter.feed(data):
            if isinstance(event, Format):
                label = read_format(event.raw, self._settings, event.complaints)
                self._alerts.begin(look)
                if label.printable:
                    yield Put(label)
                continue
            answer = _answer(event, look, self._alerts)
            if answer is not None:
                yield Reply(answer)
            elif isinstance(event, Control):
                yield from self._control(event)
            elif isinstance(event, Change):
                self._splitter.complain(f"not supported: SGD {event.verb}")

    def _control(self, event: Control) -> Iterator[Act]:
        if event.name in _KEYS:
            yield _KEYS[event.name]
        elif event.name == "RO" and event.argument.strip() == "1":
            yield Key.ZERO_USER_COUNT
        elif event.name not in ("JX", "SD"):
            # The splitter has dropped the partial format of ~JX already; darkness does not show.
            self._splitter.complain(f"unknown command: ~{event.name}")

    def _power_on_settings(self) -> Settings:
        """Defaults: a four-inch head and a six-inch label."""
        dots = self._dots_per_mm
        return Settings(dots, width=dots * 104, length=dots * 152, alerts=self._alerts)


class ZplAsker:
    """Port 9200: answers while the print port is busy; formats and control commands mean nothing there."""

    def __init__(self, alerts: Alerts, *, json: bool) -> None:
        self._alerts = alerts
        self._splitter = Splitter(json=json)

    def ask(self, data: bytes, look: Look) -> Iterator[bytes]:
        for event in self._splitter.feed(data):
            yield _answer(event, look, self._alerts) or b""


def _answer(event: Event, look: Look, alerts: Alerts) -> bytes | None:
    """The answer to a question, or to a change that was made; None for anything else."""
    match event:
        case Question():
            return replies.variable(event.name, look(), alerts.configured())
        case Control():
            return replies.control(event.name, event.argument, look())
        case Json():
            return replies.json_object({name: _json_value(name, value, look, alerts) for name, value in event.pairs})
        case Change(verb="setvar", name="alerts.add") if _added(event.value, look, alerts):
            return b""
        case _:
            return None


def _json_value(name: str, value: str | None, look: Look, alerts: Alerts) -> str | None:
    """What stands behind a name in the answer: the value asked for, or the one just set."""
    if value is not None:
        return value if name == "alerts.add" and _added(value, look, alerts) else None
    return replies.value(name, look(), alerts.configured())


def _added(value: str, look: Look, alerts: Alerts) -> bool:
    try:
        alerts.add(value)
    except ValueError:
        return False
    alerts.begin(look)
    return True
