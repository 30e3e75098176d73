"""What a print engine is given, whatever language it came in: labels, and the steps of a printer of continuous paper.

Nothing is decoded here, so that reading stays cheap: a graphic knows how to decode itself, ``drawing`` asks it to.
"""

from dataclasses import dataclass
from typing import Literal, Protocol

Mode = Literal["paint", "reverse", "replace"]
"""Black over what is there; black inverts what is there; black and white replace what is there."""


class Refused(Exception):
    """The graphic cannot be drawn; the message says why."""


@dataclass(frozen=True, slots=True)
class Bitmap:
    """Rows of ``row_bytes`` bytes each, 1 black, the leftmost dot the highest bit; and what was odd about them."""

    row_bytes: int
    data: bytes
    complaints: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        return len(self.data) // self.row_bytes


@dataclass(frozen=True, slots=True)
class Dots:
    """A picture as rows of bits, which is its own source; ``inverted``: its white dots are ones."""

    row_bytes: int
    data: bytes
    inverted: bool = False

    def decode(self) -> Bitmap:
        return Bitmap(self.row_bytes, bytes(255 - byte for byte in self.data) if self.inverted else self.data)


class Source(Protocol):
    """A graphic as it was sent."""

    def decode(self) -> Bitmap:
        """The dots; raises ``Refused``."""


@dataclass(frozen=True, slots=True)
class Graphic:
    """A graphic and where it stands. ``x``, ``y``: dots from the label's corner to its top left, or bottom left."""

    x: int
    y: int
    name: str
    """The command that brought it, for complaints: ``^GF``, ``BITMAP``."""
    source: Source
    mode: Mode = "paint"
    from_bottom: bool = False


@dataclass(frozen=True, slots=True)
class Label:
    """What one format asks for. Sizes are dots; ``pause_every`` is 0 for never."""

    raw: bytes
    width: int
    length: int
    graphics: tuple[Graphic, ...]
    complaints: tuple[str, ...]
    quantity: int = 1
    pause_every: int = 0
    upside_down: bool = False
    mirrored: bool = False
    reprint: bool = True
    """A label interrupted by an error is printed again as soon as the error is gone."""
    printable: bool = True
    """False for a format that only sets something up: no label comes out."""


@dataclass(frozen=True, slots=True)
class Strip:
    """Rows of continuous paper: with graphics, whose ``y`` counts from the first of these rows, or white: a feed."""

    raw: bytes
    width: int
    rows: int
    graphics: tuple[Graphic, ...] = ()
    complaints: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cut:
    """The paper is cut; or, by hand, torn off where it hangs out, which never happens to paper without print."""

    raw: bytes
    by_hand: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """Something to be said on the print connection when everything before it has come out."""

    reply: bytes
    raw: bytes = b""


Step = Label | Strip | Cut | Mark
