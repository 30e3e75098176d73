"""Everything that can be asked of a device at one moment, whatever language it speaks."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Setup:
    """What the language has set that shows in a status. Of no meaning where the language has no such setting."""

    label_length: int
    """Dots."""
    print_mode: int = 2
    """As in the second line of ``~HS``: 0 rewind, 1 peel, 2 tear off, 3 cutter."""
    thermal_transfer: bool = False


@dataclass(frozen=True, slots=True)
class Status:
    """Everything that can be asked of a device at one moment."""

    name: str
    language: str
    model: str
    firmware: str
    serial: str
    dots_per_mm: int
    memory_kb: int
    on: bool
    stalled: bool
    muted: bool
    """It keeps silent on questions for its state; in ZPL on ``~HS`` and ``device.host_status`` only."""
    silent: bool
    """It answers nothing at all, on no connection."""
    refusing: bool
    boots: int
    """How often it was switched on."""
    completed: int
    """Formats, or pieces of continuous paper, of which nothing is left to come out, since this device was made."""
    exclusive: bool
    """It refuses a print connection while one is open."""
    paper_out: bool
    head_open: bool
    ribbon_out: bool
    jammed: bool
    paused: bool
    printing: bool
    """A label is moving."""
    buffer_full: bool
    room: int
    """Free bytes of the receive buffer."""
    partial: bool
    """A format has begun and not ended."""
    formats: int
    """Complete formats that wait; the one in print is not among them."""
    remaining: int
    """Labels of the format in print that have not come out, the present one included."""
    media_left: int | None
    label_length: int
    print_mode: int
    thermal_transfer: bool
    odometer: int
    user_count: int
    print_length_dots: int
    uptime: float
    """Seconds since power on."""
    labels_out: int
    """Pieces of media that came out since this device was made, foreign and half ones included."""

    @property
    def error(self) -> bool:
        """An error that stops printing; a pause is not one."""
        return self.paper_out or self.head_open or self.ribbon_out or self.jammed

    @property
    def media_low(self) -> bool:
        """Ten labels or fewer are left on the roll."""
        return self.media_left is not None and self.media_left <= 10
