"""What a printer tells of itself besides its state, as the console's card of it shows."""

from __future__ import annotations

from dataclasses import dataclass

from waybilld_printers.probes.signs import Sign


@dataclass(frozen=True, slots=True)
class Card:
    """What was told; empty or None where it was not. `length_mm`: media that ran through in the device's life, told in steps
    of `length_step_mm`."""

    model: str = ""
    firmware: str = ""
    length_mm: int | None = None
    length_step_mm: int = 1
    signs: tuple[Sign, ...] = ()
    serial: str = ""


NO_CARD = Card()

LONGEST = 64
"""Characters of a name that are kept."""
