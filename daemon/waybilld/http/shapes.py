"""The shapes of answers that only a running daemon gives, and of those that wrap a list."""

from __future__ import annotations

from typing import Any, Literal

from typing_extensions import TypedDict

from waybilld.store.queries.shapes import (
    CaseRow,
    Counts,
    DeviceRow,
    HeadRow,
    InterceptRow,
    LastAttempt,
    LeftRow,
    MaintenanceRow,
    PackRow,
    QuarantineRow,
    RecentLabel,
    RunRow,
    SpareRow,
    StoryLine,
    TroubleRow,
    TroubleTotal,
    UnconfirmedRow,
)


class ErrorReply(TypedDict):
    """What is wrong with a request, and what to do."""

    error: str
    hint: str


class PrinterBrief(TypedDict):
    """A printer's state: `idle`, `processing`, `stopped` or `unknown`, with RFC 8011 reasons, and advice for a packer."""

    name: str
    state: str
    reasons: list[str]
    advice: str
    proven: int


class StatusReply(Counts):
    """The daemon as a whole. `why_not_ready` is empty while it works; `uptime_seconds` counts from its start."""

    pid: int
    epoch: int
    node: str
    version: str
    started_at: str
    uptime_seconds: float
    ready: bool
    why_not_ready: str
    listen: str
    config: str
    state: str
    printers: list[PrinterBrief]


class PrinterRow(TypedDict):
    """One printer. `advice` tells a packer what to do; `queue` counts the labels that wait for its pool. `roll_labels` is
    what is left on its roll, None where nobody knows; `notes` say what it will need.

    `mode` is what people told it (`open`, `draining`, `paused`), `told` why, by whom. `backs` are the pools that it is a
    backup of; `unconfirmed` is its policy for labels that may or may not be on paper, empty where no daemon runs.
    `label_seconds` is the learned time from sending a label to its evidence, None before the first one.
    """

    name: str
    place: str
    pool: str
    backs: list[str]
    language: str
    mode: str
    told: str
    unconfirmed: str
    state: str
    reasons: list[str]
    advice: str
    model: str
    serial: str
    odometer: int | None
    queue: int
    label_seconds: float | None
    quarantined: str
    outcomes: dict[str, int]
    last: LastAttempt | None
    roll_labels: int | None
    notes: list[str]


class PrintersReply(TypedDict):
    """All configured printers; `notes` tell of pools whose labels do not fit on their rolls."""

    printers: list[PrinterRow]
    notes: list[str]


class SupplyRow(TypedDict):
    """What an office printer uses up, as it tells it: a level in percent where it has one, and whether it is low."""

    kind: str
    name: str
    level_percent: int | None
    low: bool


class CardReply(TypedDict):
    """Everything about one printer: its state, who the device is, what people know of it, what is left of its roll, its
    ribbon and its head, what was done to it, what went wrong, and its newest labels. `media` is what labels are drawn
    for, `length_step_mm` in what steps the device tells its length."""

    name: str
    pool: str
    place: str
    state: str
    reasons: list[str]
    advice: str
    model: str
    device: DeviceRow
    supplier: str
    support: str
    bought: str | None
    warranty_end: str | None
    media: str
    odometer: int | None
    length_mm: int | None
    length_step_mm: int
    roll: LeftRow | None
    ribbon: LeftRow | None
    head: HeadRow | None
    head_life_km: float | None
    supplies: list[SupplyRow]
    notes: list[str]
    maintenance: list[MaintenanceRow]
    troubles: list[TroubleRow]
    newest: list[RecentLabel]


class SupportReply(TypedDict):
    """What a supporter needs to know, by allow-lists: numbers, states, keywords and names of the configuration, and no free
    text that anybody could have written. `entries` are those of the journal that are about printers."""

    program: str
    schema: str
    ready: bool | None
    config: dict[str, Any]
    printers: list[dict[str, Any]]
    troubles: list[dict[str, Any]]
    attempts: list[dict[str, Any]]
    entries: list[dict[str, Any]]


class SuppliesReply(TypedDict):
    """Spare rolls, ribbons and cartridges of every warehouse."""

    supplies: list[SpareRow]


class TroublesReply(TypedDict):
    """Troubles, the newest first, and per printer and cause together."""

    troubles: list[TroubleRow]
    totals: list[TroubleTotal]


class TroubleReply(TypedDict):
    """A trouble that a person reported: the printer that the label came from."""

    printer: str
    cause: str
    serial: str


class ModeReply(TypedDict):
    """What a printer is told now."""

    printer: str
    mode: str


class TestReply(TypedDict):
    """What became of a label that a printer was asked for; `outcome` is the attempt's state."""

    printer: str
    serial: str
    outcome: str
    evidence: str
    reason: str
    seconds: float


class DrillRow(TypedDict):
    """How one printer did in a rehearsal; `outcome` is empty where it took no label, `paper` says how its paper differs."""

    printer: str
    backup: bool
    outcome: str
    evidence: str
    reason: str
    seconds: float
    paper: str


class DrillReply(TypedDict):
    """A rehearsed failover; `passed`: every printer did as well as it can."""

    pool: str
    passed: bool
    printers: list[DrillRow]


class JournalReply(TypedDict):
    """Journal entries in order, and the number of the newest that there is."""

    entries: list[StoryLine]
    last_seq: int


class UnconfirmedReply(TypedDict):
    """Labels of which nobody can say whether they are on paper."""

    unconfirmed: list[UnconfirmedRow]


class InterceptsReply(TypedDict):
    """Copies that must not go on a parcel: the oldest first where somebody looks for them, else the newest."""

    intercepts: list[InterceptRow]


class LabelReply(TypedDict):
    """A label that somebody told of. For a copy, `serial` is the new label's."""

    serial: str


class ScanReply(TypedDict):
    """What a scan means: `go`, `stop` or `later`, and why."""

    serial: str
    word: str
    text: str


class CasesReply(TypedDict):
    """Open cases, the oldest first."""

    cases: list[CaseRow]


class RunsReply(TypedDict):
    """Runs of own delivery, the newest first."""

    runs: list[RunRow]


class PacksReply(TypedDict):
    """Packs of labels that people print, the newest first."""

    packs: list[PackRow]


class QuarantineReply(TypedDict):
    """Records that could not be read, the newest first."""

    quarantine: list[QuarantineRow]


Level = Literal["ok", "warn", "stop"]


class FindingRow(TypedDict):
    """One line of the opening check: about what, how bad, what was found, and what to do (empty where nothing is)."""

    subject: str
    level: Level
    text: str
    todo: str


class CheckReply(TypedDict):
    """The opening check; `level` is the worst of its findings."""

    level: Level
    findings: list[FindingRow]


class ReleaseReply(TypedDict):
    """An instance that may be called again; `was` is why it was in quarantine, empty when it was not."""

    instance: str
    was: str
