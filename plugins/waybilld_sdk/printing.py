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
    """Media that ran through in the device's life, in millimetres, where it measures it."""
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

    PENDING means that the label is still owed: ask again, a fault may have to be cleared first (`status` says which).
    """

    outcome: Outcome
    evidence: Evidence
    reason: str
    after: Snapshot = field(default_factory=dict)
    status: PrinterStatus | None = None


class CancelOutcome(enum.StrEnum):
    """What became of an attempt that was to be cancelled."""

    CANCELLED = "cancelled"
    PRINTED = "printed"
    UNKNOWN = "unknown"


Gate = Callable[[Snapshot], Awaitable[bool]]
"""Awaited once, when the body is acknowledged and the token still withheld, with the snapshot read at that moment. The
host re-checks lease, blocks and cancellation and commits `sent`. True: send the token. False: withdraw the body."""


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


@dataclass(frozen=True, slots=True)
class SubmitResult:
    """How far `submit` got. `reached` BODY or less after a gate that said no, or after a cut connection."""

    receipt: Receipt
    detail: str = ""
