"""The virtual printer as a state machine: a machine that understands a language on a print channel and answers questions.

No sockets, no files, no clock: ``now`` is a parameter, in monotonic seconds. A server embeds it with real sockets, a
simulation in memory. What no manual says is decided where the language is read, and said there.
"""

from waybilld_printers.virtual.flow import Drain, Voice
from waybilld_printers.virtual.interpreter import Act, Call, Key, Put, Reply
from waybilld_printers.virtual.label import Cut, Label
from waybilld_printers.virtual.languages import interpreter
from waybilld_printers.virtual.machine import Counters, DeviceConfig, Machine, Printed, soonest
from waybilld_printers.virtual.status import Status

__all__ = ["Channel", "Counters", "Device", "DeviceConfig", "NoRoom", "Printed"]


class NoRoom(ValueError):
    """More bytes were offered than ``room`` allows."""


class Device(Machine):
    """A label printer with a print channel and any number of status channels."""

    def __init__(self, config: DeviceConfig, counters: Counters | None = None, *, now: float = 0.0) -> None:
        super().__init__(config, counters, now=now)
        self._interpreter = interpreter(config)
        self._reset_in: int | None = None
        self.reset_due = False
        """The print connection is to be reset."""
        self.pace: tuple[int, float] | None = None
        """Answers leave in pieces of so many bytes, so many seconds apart; None: at once."""
        self._drain: Drain | None = None
        self._voice = Voice()
        self._held = b""
        self._offset = 0

    def next_due(self) -> float | None:
        """The moment at which something changes by itself; None when nothing will."""
        drain = self._drain.next_due() if self._drain and self.is_on else None
        return soonest(super().next_due(), drain, self._voice.next_due())

    # The print channel.

    def accepts(self, now: float, open_sessions: int) -> bool:
        """Whether a new print connection is accepted while so many are open."""
        self._pass_time(now)
        return self.is_on and not self.refusing and not (self.exclusive and open_sessions)

    def room(self, now: float) -> int:
        """Bytes that may be sent now.

        Waiting labels and the unfinished one fill the buffer. With nothing waiting an unfinished label fills nothing,
        because the device images it as it arrives: a label larger than the buffer still prints.
        """
        self._pass_time(now)
        return self._room(now)

    def _room(self, now: float) -> int:
        if self.is_stalled or not self.is_on:
            return 0
        free = self._free()
        room = free if free > 0 else max(0, free + self._interpreter.urgent_room)
        return min(room, self._drain.room(now)) if self._drain else room

    def _free(self) -> int:
        """Free bytes of the buffer; less than none where bytes were read beyond it for commands that act at once."""
        waiting = self._engine.waiting_bytes
        used = waiting + self._interpreter.pending if waiting else 0
        return self.config.buffer_bytes - used

    def drain(self, now: float, rate: float | None) -> None:
        """Take print data at so many bytes a second from now on; None: as fast as it comes."""
        self._pass_time(now)
        self._drain = None if rate is None else Drain(rate, now)

    def connected(self, now: float) -> None:
        """A print connection was made; only scripts care."""
        self._pass_time(now)
        self._counts = self._counts.plus(connects=1)
        with self._script_acts():
            self._script.at("connect", self._counts, now)

    def hung_up(self) -> None:
        """The print connection that was read is gone, and with it what it had not been told yet."""
        self._voice.clear()
        self._said.clear()

    def receive(self, data: bytes, now: float) -> bytes:
        """Take print data, at most ``room`` bytes, and return the answers to the questions in it."""
        self._pass_time(now)
        if len(data) > self._room(now):
            raise NoRoom(f"{len(data)} bytes offered, room for {self._room(now)}")
        if self._drain:
            self._drain.take(len(data))
        self._arrive(data, now)
        return self._speak(now)

    def _arrive(self, data: bytes, now: float) -> None:
        boots, at = self.boots, 0
        while self._script.watches_bytes and at < len(data):
            self._count_byte(now)
            if self.reset_due or self.boots != boots:
                return
            if self.is_stalled:
                # It hangs in the middle of what has been read.
                self._held += data[at:]
                return
            self._take(data[at : at + 1], now)
            at += 1
        self._take(data[at:], now)

    def _count_byte(self, now: float) -> None:
        """What a script has for the byte that comes next happens before the byte is taken."""
        coming = self._counts.plus(bytes_in=1)
        with self._script_acts():
            self._script.at("byte", coming, now)
            self._script.at("label-byte", coming, now, self._offset + 1)

    def _take(self, data: bytes, now: float) -> None:
        if self._reset_in is not None:
            if len(data) >= self._reset_in:
                data, self._reset_in, self.reset_due = data[: self._reset_in - 1], None, True
            else:
                self._reset_in -= len(data)
        boots, labels = self.boots, self._counts.labels_in
        self._offset += len(data)
        self._counts = self._counts.plus(bytes_in=len(data))
        for act in self._interpreter.feed(data, lambda: self._status(now)):
            self._act(act, now)
            if self.boots != boots:
                # What came behind the command that switched it off and on again is lost.
                break
        if self._counts.labels_in != labels:
            self._offset = self._interpreter.pending

    def _wake(self, now: float) -> None:
        super()._wake(now)
        held, self._held = self._held, b""
        if held:
            self._arrive(held, now)

    def speak(self, now: float) -> bytes:
        """What the device says by itself on the print connection: labels that came out, changes of its status."""
        self._pass_time(now)
        return self._speak(now)

    def _speak(self, now: float) -> bytes:
        if self.is_stalled or not self.is_on:
            return b""
        self._said += self._interpreter.notice(lambda: self._status(now))
        said, self._said = bytes(self._said), bytearray()
        return self._voice.say(b"" if self.silent else said, now, self.pace)

    def calls(self, now: float) -> list[Call]:
        """The alerts that it has to tell by dialling out, since the last time that it was asked."""
        self._pass_time(now)
        return self._interpreter.calls(lambda: self._status(now))

    def reset_at(self, count: int) -> None:
        """Reset the print connection when the ``count``-th further byte of print data arrives; it is not received."""
        if count < 1:
            raise ValueError("the count starts at 1")
        self._reset_in = count

    def reset(self) -> None:
        """Reset the print connection now."""
        self.reset_due = True

    def take_reset(self) -> bool:
        """True once when the print connection is to be reset because of ``reset`` or ``reset_at``."""
        due, self.reset_due = self.reset_due, False
        return due

    def _act(self, act: Act, now: float) -> None:
        match act:
            case Reply():
                self._said += act.data
            case Put():
                if isinstance(act.step, Label) or (isinstance(act.step, Cut) and not act.step.by_hand):
                    self._counts = self._counts.plus(labels_in=1)
                self._engine.add(act.step, now)
                self._pass_time(now)
            case Key.CANCEL_ALL:
                self._engine.cancel_all()
            case Key.CANCEL_ONE:
                self._engine.cancel_one()
            case Key.DROP:
                super().lose_buffer(now)
            case Key.PAUSE:
                self._engine.pause()
            case Key.RESUME:
                self._engine.resume(now)
            case Key.FEED if not self._engine.error:
                self.feed(now, counted=False)
            case Key.RESTART:
                self.power_cycle(now)
            case Key.ZERO_USER_COUNT:
                self.counters = Counters(self.counters.total, 0, self.counters.length_dots)

    def power_cycle(self, now: float, seconds: float = 0.0) -> None:
        """As a machine; the unfinished label is lost as well, and settings go back to their defaults."""
        super().power_cycle(now, seconds)
        self._interpreter.clear()
        self._voice.clear()
        self._held = b""

    def lose_buffer(self, now: float) -> None:
        """As a machine; the unfinished label is lost as well."""
        super().lose_buffer(now)
        self._interpreter.drop()

    # Questions.

    @property
    def has_status_port(self) -> bool:
        """Whether devices that speak this language have a port of its own for status."""
        return self._interpreter.asker() is not None

    def channel(self) -> "Channel":
        """A new status connection."""
        return Channel(self)

    def ask(self, data: bytes, now: float) -> bytes:
        """Answer whole questions, as a status connection of their own."""
        return self.channel().ask(data, now)

    def status(self, now: float) -> Status:
        """Everything about the device at one moment."""
        self._pass_time(now)
        return self._status(now)

    def _status(self, now: float) -> Status:
        engine, language, setup = self._engine, self._interpreter, self._interpreter.setup
        return Status(
            name=self.config.name,
            language=self.config.language,
            model=self.config.model or language.model,
            firmware=self.config.firmware or language.firmware,
            serial=self.serial,
            dots_per_mm=self.config.dots_per_mm,
            memory_kb=self.config.memory_kb,
            on=self.is_on,
            stalled=self.is_stalled,
            muted=self.muted or (self.config.mute_on_error and engine.error),
            silent=self.silent,
            refusing=self.refusing,
            boots=self.boots,
            completed=self._completed,
            exclusive=self.exclusive,
            paper_out=engine.paper_out,
            head_open=engine.head_open,
            ribbon_out=engine.ribbon_out,
            jammed=engine.jammed,
            paused=engine.paused,
            printing=engine.moving,
            buffer_full=not self.is_on or self.is_stalled or self._free() <= 0,
            room=max(0, min(self._room(now), self._free())),
            partial=language.partial,
            formats=engine.formats,
            remaining=engine.remaining,
            media_left=engine.media_left,
            label_length=setup.label_length,
            print_mode=setup.print_mode,
            thermal_transfer=setup.thermal_transfer,
            odometer=self.counters.total,
            user_count=self.counters.user,
            print_length_dots=self.counters.length_dots,
            uptime=max(0.0, now - self._booted),
            labels_out=self.labels_out,
        )


class Channel:
    """One status connection: questions may arrive in pieces; print data is ignored."""

    def __init__(self, device: Device) -> None:
        self._device = device
        self._asker = device._interpreter.asker()
        self._waiting = b""
        self._voice = Voice()

    def next_due(self) -> float | None:
        """When more of an answer that leaves in pieces is there to be asked for; None when nothing is left of one."""
        return self._voice.next_due()

    def ask(self, data: bytes, now: float) -> bytes:
        """Take bytes and return the answers they complete; ask again with no bytes for late ones and further pieces."""
        self._device.room(now)
        if self._device.is_stalled:
            self._waiting += data
            return b""
        if not self._device.is_on or self._asker is None:
            return b""
        data, self._waiting = self._waiting + data, b""
        answers = b"".join(list(self._asker.ask(data, lambda: self._device.status(now))))
        return self._voice.say(b"" if self._device.silent else answers, now, self._device.pace)
