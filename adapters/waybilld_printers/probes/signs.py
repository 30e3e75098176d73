"""What a printer shows of itself by a few flags, and the words that people use for it.

Shared by the probes whose printers answer with status bytes. Keywords are those of RFC 8011, section 5.4.12
(`printer-state-reasons`).
"""

from __future__ import annotations

from dataclasses import dataclass

from waybilld_sdk.printing import Snapshot

NOT_ANSWERING = (
    "The printer does not answer: check that it is on, its network cable and its address. One that never answers needs "
    "`answers: false` in its settings."
)
BUSY = "It is still printing; let it finish."


@dataclass(frozen=True, slots=True)
class Sign:
    """One flag: its keyword, and what a packer does about it. `stops`: no label comes out while it stands."""

    name: str
    keyword: str
    advice: str
    stops: bool = True


@dataclass(frozen=True, slots=True)
class Look:
    """One look at a device.

    `reached`: there was a connection to ask on. `answered`: the answer was whole. `restarted`: it tells that it was switched
    on since somebody last took note of that.
    """

    answered: bool = True
    signs: tuple[Sign, ...] = ()
    busy: bool = False
    restarted: bool = False
    reached: bool = True

    @property
    def stopped(self) -> bool:
        """Something stands that keeps labels from coming out."""
        return any(sign.stops for sign in self.signs)

    @property
    def well(self) -> bool:
        """It answers, nothing stops it, and it does nothing."""
        return self.answered and not self.stopped and not self.busy

    def to_snapshot(self, probe: str) -> Snapshot:
        """As plain JSON values, for the attempt's record."""
        return {
            "probe": probe,
            "answered": self.answered,
            "signs": " ".join(sign.name for sign in self.signs),
            "busy": self.busy,
            "restarted": self.restarted,
        }


SILENT = Look(answered=False)
"""A connection, and no answer."""

UNREACHABLE = Look(answered=False, reached=False)
"""Not even a connection."""


def raised(byte: int, signs: dict[int, Sign]) -> tuple[Sign, ...]:
    """The signs whose mask has a bit in `byte`, in the table's order: the first one is what people are told first."""
    return tuple(sign for mask, sign in signs.items() if byte & mask)


def blocked(look: Look) -> str:
    """Why no label may be sent now, in words; empty when the device is well and idle."""
    if not look.answered:
        return NOT_ANSWERING
    reasons = [sign.advice for sign in look.signs if sign.stops]
    return " ".join([*reasons, BUSY] if look.busy else reasons)
