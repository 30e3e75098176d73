"""How fast bytes go in and out, where somebody has told the device to be slow. Moments are monotonic seconds."""


class Drain:
    """Print data is taken at so many bytes a second, in sips of a twentieth of a second's worth."""

    def __init__(self, rate: float, now: float) -> None:
        self._rate = rate
        self._sip = max(1.0, rate / 20)
        self._credit = 0.0
        self._at = now

    def room(self, now: float) -> int:
        """Bytes that may be taken now."""
        self._credit = min(self._sip, self._credit + (now - self._at) * self._rate)
        self._at = now
        # A hair's breadth makes up for rounding, else a sip that is due would never be quite there.
        return int(self._credit + 1e-6)

    def take(self, count: int) -> None:
        """So many were taken."""
        self._credit -= count

    def next_due(self) -> float | None:
        """When the next sip is due; None while it is there."""
        missing = self._sip - self._credit
        return self._at + missing / self._rate if missing > 1e-6 else None


class Voice:
    """Answers of one connection, which leave at once or in pieces."""

    def __init__(self) -> None:
        self._waiting = bytearray()
        self._next = 0.0

    def say(self, data: bytes, now: float, pace: tuple[int, float] | None) -> bytes:
        """Add to what is to be said; what leaves now. ``pace``: bytes a piece, seconds between two pieces."""
        self._waiting += data
        size = len(self._waiting) if pace is None else pace[0] if now >= self._next else 0
        piece = bytes(self._waiting[:size])
        del self._waiting[:size]
        if piece and pace is not None:
            self._next = now + pace[1]
        return piece

    def next_due(self) -> float | None:
        """When the next piece leaves; None when there is none."""
        return self._next if self._waiting else None

    def clear(self) -> None:
        """Nobody listens any more."""
        self._waiting.clear()
