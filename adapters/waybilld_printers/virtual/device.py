"""The virtual printer as a state machine: a machine that understands ZPL on a print channel and answers questions.

No sockets, no files, no clock: ``now`` is a parameter, in monotonic seconds. A server embeds it with real sockets, a
simulation in memory. What no manual says is decided here, and said where it is decided.
"""

from waybilld_printers.virtual import replies
from waybilld_printers.virtual.label import Settings, read_format
from waybilld_printers.virtual.machine import Counters, DeviceConfig, Machine, Printed
from waybilld_printers.virtual.replies import Status
from waybilld_printers.virtual.zpl import Control, Event, Format, Question, Splitter

__all__ = ["Channel", "Counters", "Device", "DeviceConfig", "NoRoom", "Printed"]


class NoRoom(ValueError):
    """More bytes were offered than ``room`` allows."""


class Device(Machine):
    """A label printer with a print channel and any number of status channels."""

    def __init__(self, config: DeviceConfig, counters: Counters | None = None, *, now: float = 0.0) -> None:
        super().__init__(config, counters, now=now)
        self._splitter = Splitter()
        self._settings = self._power_on_settings()
        self._reset_in: int | None = None
        self._reset_due = False

    # The print channel.

    def room(self, now: float) -> int:
        """Bytes that may be sent now.

        Waiting formats and the unfinished one fill the buffer. With nothing waiting an unfinished format fills nothing,
        because the device images it as it arrives: a format larger than the buffer still prints.
        """
        self._pass_time(now)
        return self._room()

    def _room(self) -> int:
        if self.is_stalled or not self.is_on:
            return 0
        waiting = self._engine.waiting_bytes
        used = waiting + self._splitter.pending if waiting else 0
        return max(0, self.config.buffer_bytes - used)

    def receive(self, data: bytes, now: float) -> bytes:
        """Take print data, at most ``room`` bytes, and return the answers to the questions in it."""
        self._pass_time(now)
        if len(data) > self._room():
            raise NoRoom(f"{len(data)} bytes offered, room for {self._room()}")
        if self._reset_in is not None:
            if len(data) >= self._reset_in:
                data, self._reset_in, self._reset_due = data[: self._reset_in - 1], None, True
            else:
                self._reset_in -= len(data)
        return b"".join([self._act(event, now) for event in self._splitter.feed(data)])

    def reset_at(self, count: int) -> None:
        """Reset the print connection when the ``count``-th further byte of print data arrives; it is not received."""
        if count < 1:
            raise ValueError("the count starts at 1")
        self._reset_in = count

    def take_reset(self) -> bool:
        """True once when the print connection is to be reset because of ``reset_at``."""
        due, self._reset_due = self._reset_due, False
        return due

    def _act(self, event: Event, now: float) -> bytes:
        if isinstance(event, Format):
            label = read_format(event.raw, self._settings, event.complaints)
            if label.printable:
                self._engine.add(label, now)
                self._pass_time(now)
            return b""
        answer = self._answer(event, now)
        if answer is None and isinstance(event, Control):
            self._control(event, now)
        return answer or b""

    def _control(self, event: Control, now: float) -> None:
        match event.name:
            case "JA":
                self._engine.cancel_all()
            case "JP":
                self._engine.cancel_one()
            case "PP":
                self._engine.pause()
            case "PS":
                self._engine.resume(now)
            case "JR":
                self.power_cycle(now)
            case "RO" if event.argument.strip() == "1":
                self.counters = Counters(self.counters.total, 0, self.counters.length_dots)
            case "JX" | "SD":
                # The splitter has dropped the partial format already; darkness does not show.
                pass
            case _:
                self._splitter.complain(f"unknown command: ~{event.name}")

    def power_cycle(self, now: float, seconds: float = 0.0) -> None:
        """As a machine; the unfinished format is lost as well, and settings go back to their defaults."""
        super().power_cycle(now, seconds)
        self._splitter.clear()
        self._settings = self._power_on_settings()

    # Questions, on either channel.

    def channel(self) -> "Channel":
        """A new status connection."""
        return Channel(self)

    def ask(self, data: bytes, now: float) -> bytes:
        """Answer whole questions, as a status connection of their own."""
        return self.channel().ask(data, now)

    def answer(self, event: Event, now: float) -> bytes:
        """The answer to one question; nothing for anything else."""
        self._pass_time(now)
        return self._answer(event, now) or b""

    def _answer(self, event: Event, now: float) -> bytes | None:
        if isinstance(event, Question):
            return replies.variable(event.name, self._status(now))
        if isinstance(event, Control):
            return replies.control(event.name, event.argument, self._status(now))
        return None

    def status(self, now: float) -> Status:
        """Everything about the device at one moment."""
        self._pass_time(now)
        return self._status(now)

    def _status(self, now: float) -> Status:
        engine, settings = self._engine, self._settings
        return Status(
            name=self.config.name,
            model=self.config.model,
            firmware=self.config.firmware,
            serial=self.serial,
            dots_per_mm=self.config.dots_per_mm,
            memory_kb=self.config.memory_kb,
            on=self.is_on,
            stalled=self.is_stalled,
            muted=self.muted or (self.config.mute_on_error and engine.error),
            refusing=self.refusing,
            paper_out=engine.paper_out,
            head_open=engine.head_open,
            ribbon_out=engine.ribbon_out,
            paused=engine.paused,
            buffer_full=self._room() == 0,
            room=self._room(),
            partial=self._splitter.partial,
            formats=engine.formats,
            remaining=engine.remaining,
            media_left=engine.media_left,
            label_length=settings.length,
            print_mode=settings.print_mode,
            thermal_transfer=settings.thermal_transfer,
            odometer=self.counters.total,
            user_count=self.counters.user,
            print_length_dots=self.counters.length_dots,
            uptime=max(0.0, now - self._booted),
            labels_out=self.labels_out,
        )

    def _power_on_settings(self) -> Settings:
        """Defaults: a four-inch head and a six-inch label."""
        dots = self.config.dots_per_mm
        return Settings(dots, width=dots * 104, length=dots * 152)


class Channel:
    """One status connection: questions may arrive in pieces; formats are ignored."""

    def __init__(self, device: Device) -> None:
        self._device = device
        self._splitter = Splitter()
        self._waiting = b""

    def ask(self, data: bytes, now: float) -> bytes:
        """Take bytes and return the answers they complete. After a stall, ask again with no bytes for the late ones."""
        self._device.room(now)
        if self._device.is_stalled:
            self._waiting += data
            return b""
        if not self._device.is_on:
            return b""
        data, self._waiting = self._waiting + data, b""
        return b"".join([self._device.answer(event, now) for event in self._splitter.feed(data)])
