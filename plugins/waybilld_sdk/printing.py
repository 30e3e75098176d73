"""What printers take and give: documents, gates, receipts, evidence and states.

Evidence levels are those of the spool's ledger. They only ever rise for one attempt.
"""

from __future__ import annotations

import enum
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field


class Evidence(enum.IntEnum):
    """How far evidence has carried one attempt.

    NOTHING (E0): no byte was handed to the kernel. BODY (E1): the body left, the closing token is withheld. TOKEN (E2):
    the token was handed over. ACKNOWLEDGED (E3): every byte was acknowledged by the peer, or a spooler says completed.
    PRINTED (E4): the printer's own end-of-print evidence, as its profile defines it. SCANNED (E5): the barcode was read,
    or a person who has the label in hand vouches for it.
    """

    NOTHING = 0
    BODY = 1
    TOKEN = 2
    ACKNOWLEDGED = 3
    PRINTED = 4
    SCANNED = 5


class PrinterState(enum.StrEnum):
    """RFC 8011 section 5.4.11 printer-state keywords, and `unknown` for a device that does not answer."""

    IDLE = "idle"
    PROCESSING = "processing"
    STOPPED = "stopped"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Supply:
    """Something that a printer uses up, as the printer itself tells it.

    `kind` is a keyword of PWG 5100.9 `printer-supply` (`toner`, `ink`, `ribbonWax`, …), or `media` for labels and paper.
    `level_percent` is None where the device tells no figure; `low` is the device's own warning.
    """

    kind: str
    name: str
    level_percent: int | None = None
    low: bool = False


@dataclass(frozen=True, slots=True)
class PrinterStatus:
    """A printer's state now. `reasons` are RFC 8011 section 5.4.12 keywords, unknown ones kept verbatim.

    `advice` is one sentence that tells a packer what to do, empty when nothing is needed.
    """

    state: PrinterState
    reasons: tuple[str, ...] = ()
    advice: str = ""
    serial: str = ""
    model: str = ""
    odometer: int | None = None
    """Labels printed in the device's life, where it counts them."""
    firmware: str = ""
    length_mm: int | None = None
    """Media that ran through in the device's life, in millimetres, where it measures it. With `odometer` it is of the same
    moment as that: None where the length was read earlier and labels came out since."""
    length_step_mm: int = 1
    """In what steps the device tells `length_mm`: 1,000,000 where it knows whole kilometres only."""
    supplies: tuple[Supply, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """A page encoded for one printer. The `token` is the short tail without which nothing comes out (`^XZ`)."""

    language: str
    body: bytes
    token: bytes


@dataclass(frozen=True, slots=True)
class AttemptRef:
    """Names one attempt to the adapter: `id` is unique over the daemon's life and holds only ASCII letters, digits, '-'."""

    id: str
    title: str


Snapshot = dict[str, str | int | bool | None]
"""What a probe read from the device at one moment, as plain JSON values; kept in the attempt's row."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the adapter must be given back to gather evidence, also after a restart.

    `before` is the device's snapshot from before the token, `sent_at` the monotonic second at which the token left, None
    after a restart or where it never left. `reached` is the evidence level that the sending itself established.
    """

    attempt: AttemptRef
    before: Snapshot
    reached: Evidence
    sent_at: float | None = None


class Outcome(enum.StrEnum):
    """What a probe concludes of one attempt."""

    PROVEN = "proven"
    REFUTED = "refuted"
    PENDING = "pending"
    UNCONFIRMED = "unconfirmed"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A probe's conclusion with the reason in one sentence, and the snapshot it rests on.

    PENDING means that the label is still owed: ask again, a fault may have to be cleared first (`status` says which: the
    host goes by it when it gives the printer up). `evidence` is what is left to claim of the attempt, never less than the
    sending reached while the label is owed.
    """

    outcome: Outcome
    evidence: Evidence
    reason: str
    after: Snapshot = field(default_factory=dict)
    status: PrinterStatus | None = None
    token_lost: bool = False
    """With PENDING only: the device itself shows that the closing token never reached it. The host stops waiting and cancels
    the attempt until that is proven, and where it must leave the printer, prints the label elsewhere without a mark. The
    only thing that takes the claim of a receipt back."""


class CancelOutcome(enum.StrEnum):
    """What became of an attempt that was to be cancelled."""

    CANCELLED = "cancelled"
    PRINTED = "printed"
    UNKNOWN = "unknown"


Gate = Callable[[Snapshot], Awaitable[bool]]
"""Awaited once, when the body is acknowledged and the token still withheld, with the snapshot read at that moment. The
host re-checks lease, blocks and cancellation and commits `sent`. True: send the token. False: withdraw the body."""


class MediaMode(enum.StrEnum):
    """What becomes of a label once it is printed; the device must have the part for it.

    TEAR feeds it to the tear bar, PEEL takes it off its backing and waits until it is taken, CUT cuts behind it, REWIND
    stops at the print line, for a winder outside.
    """

    TEAR = "tear"
    PEEL = "peel"
    CUT = "cut"
    REWIND = "rewind"


class Sensing(enum.StrEnum):
    """How the device finds where a label begins: by the gap between die-cut labels, by a black mark on the back, or not at
    all, on a continuous roll."""

    GAP = "gap"
    MARK = "mark"
    CONTINUOUS = "continuous"


@dataclass(frozen=True, slots=True)
class Sides:
    """A length in millimetres at each side of a label, as the label is read."""

    top: float = 0.0
    right: float = 0.0
    bottom: float = 0.0
    left: float = 0.0


def dots_of(mm: float, dots_per_mm: float) -> int:
    """A length in whole dots of a head: the nearest, halves away from zero, so that -0.4 mm is as far as 0.4 mm.

    A tenth of a millimetre is less than a dot at 203 dpi (0.125 mm): two neighbouring lengths may come to the same dot.
    """
    dots = int(abs(mm) * dots_per_mm + 0.5 + _FLOAT_ERROR)
    return dots if mm >= 0 else -dots


_FLOAT_ERROR = 1e-9
"""0.3 * 5 is 1.5 to people, and a hair less to a computer."""


@dataclass(frozen=True, slots=True)
class PrinterCapabilities:
    """What a configured printer is. `dots_per_mm` is the head's real resolution (8 is "203 dpi", 11.8 or 12 "300 dpi")."""

    language: str
    dots_per_mm: float
    media_mm: tuple[float, float]
    splits_token: bool
    proves: Evidence
    """The strongest evidence that this printer can give."""
    partial_discardable: bool = False
    """A body without its token can be withdrawn with proof: a retry from E1 may be automatic."""
    darkness: int | None = None
    """0 to 30 as in ZPL `~SD`; None leaves the device's own."""
    speed_ips: int | None = None
    """Inches of media per second; None leaves the device's own."""
    media_mode: MediaMode | None = None
    """None leaves the device's own."""
    sensing: Sensing | None = None
    """None leaves it to the language: the device's own, or web sensing where the language must say something (ZPL)."""
    upside_down: bool = False
    """Pages are turned by 180 degrees: the label leaves the printer with its foot first."""
    offset_mm: tuple[float, float] = (0.0, 0.0)
    """How far every page is moved right and down as the label is read, in steps of 0.1 mm (`dots_of` says which dot)."""
    margins_mm: Sides = Sides()
    """Edges of the paper that the head does not reach. Nothing is cropped for them: lint and previews tell what is there."""


@dataclass(frozen=True, slots=True)
class SubmitResult:
    """How far `submit` got. `reached` BODY or less after a gate that said no, or after a cut connection."""

    receipt: Receipt
    detail: str = ""
