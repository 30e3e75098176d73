"""The shapes of what is read. They stand in the API's OpenAPI document as they stand here.

Instants are ISO 8601 in UTC with a final `Z`; amounts are minor units; evidence is `E0` to `E5`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from typing_extensions import TypedDict


def instant(us: int | None) -> str | None:
    """Microseconds since the epoch as ISO 8601, None for None."""
    return None if us is None else instant_of(us)


def instant_of(us: int) -> str:
    """Microseconds since the epoch as ISO 8601 in UTC."""
    seconds, rest = divmod(us, 1_000_000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:06d}Z"


class Block(TypedDict):
    """Why a shipment waits for a person."""

    code: str
    message: str


class ShipmentBrief(TypedDict):
    """A shipment of an order: how far evidence carried it, what blocks it, and why its work is tried again later; `waits` is
    None where nothing is."""

    id: int
    state: str
    blocks: list[Block]
    waits: str | None


class OrderRow(TypedDict):
    """One order. `consignee` is masked, None where it was deleted or may not be read."""

    id: int
    shop: str
    external_id: str
    status: str
    version: int
    paid_at: str | None
    ship_by: str | None
    consignee: str | None
    shipments: list[ShipmentBrief]


class OrderList(TypedDict):
    """Orders, newest first. `next` is the `after` of the following page, None on the last."""

    orders: list[OrderRow]
    next: int | None


class LineRow(TypedDict):
    """One line of an order."""

    ref: str
    sku: str
    qty: int
    unit_price_minor: int | None
    currency: str | None
    status: str


class OrderWhole(OrderRow):
    """One order with its lines."""

    lines: list[LineRow]


class WaybillRow(TypedDict):
    """One waybill of a parcel; `number` is None until it is bought."""

    generation: int
    account: str
    number: str | None
    state: str
    cost_minor: int | None
    currency: str | None


class ParcelRow(TypedDict):
    """One parcel with its waybills, the newest first."""

    id: int
    ref: str
    weight_g: int | None
    waybills: list[WaybillRow]


class AttemptRow(TypedDict):
    """One attempt to print a label. `before` and `after` are what the printer showed of itself."""

    id: int
    printer: str
    state: str
    evidence: str
    reason: str | None
    before: dict[str, Any]
    after: dict[str, Any]


class PageRow(TypedDict):
    """A label's pixels for one kind of paper, `variant`; `kept` is false once retention deleted them."""

    variant: str
    width: int
    height: int
    kept: bool


class LabelRow(TypedDict):
    """One label with its pages and attempts."""

    id: int
    serial: str
    kind: str
    copy: int
    superseded: bool
    pages: list[PageRow]
    attempts: list[AttemptRow]


class CaseRow(TypedDict):
    """One case: something that a person should look at."""

    id: int
    shipment: int
    code: str
    message: str
    blocking: bool
    state: str
    opened_at: str
    orders: list[str]


class JobRow(TypedDict):
    """Work on a shipment that is not done."""

    id: int
    kind: str
    state: str
    tries: int
    run_at: str | None
    reason: str | None


class StoryLine(TypedDict):
    """One journal entry, and what it says in a sentence."""

    seq: int
    at: str
    shipment: int | None
    kind: str
    text: str
    facts: dict[str, Any]


class ShipmentStory(TypedDict):
    """Everything about one shipment, its whole story from the journal included."""

    id: int
    shop: str
    state: str
    version: int
    warehouse: str | None
    carrier_account: str | None
    service: str | None
    pool: str | None
    ship_by: str | None
    confirmed_at: str | None
    blocks: list[Block]
    orders: list[OrderWhole]
    parcels: list[ParcelRow]
    labels: list[LabelRow]
    cases: list[CaseRow]
    jobs: list[JobRow]
    story: list[StoryLine]


class UnconfirmedRow(TypedDict):
    """A label of which nobody can say whether it is on paper; `pool` is where it would be printed again."""

    label: int
    serial: str
    shipment: int
    orders: list[str]
    printer: str
    pool: str | None
    evidence: str
    reason: str | None
    since: str


class InterceptRow(TypedDict):
    """A copy on paper, or perhaps on paper, that must not go on a parcel; `reason` names what has its place.

    `state` is `open` while somebody looks for it, then `found`, or `gone` where it never came out; `closed_at` since when.
    """

    serial: str
    shipment: int
    orders: list[str]
    printer: str
    reason: str
    since: str
    state: str
    closed_at: str | None


class QuarantineRow(TypedDict):
    """A record of a marketplace that could not be read as an order: where it stands and why. Its text stays sealed."""

    id: int
    shop: str
    place: str
    reason: str
    at: str


class RunRow(TypedDict):
    """A run of own delivery. `stops` and `showings` count; users are those of the system. `closed_uid` is None where nobody
    but retention closed it. Whom it goes to stands on its sheet only."""

    id: int
    name: str
    state: str
    stops: int
    showings: int
    opened_at: str
    opened_uid: int
    opened_user: str
    closed_at: str | None
    closed_uid: int | None
    closed_user: str | None


class StopRow(TypedDict):
    """One stop of a run: its place from 1, the shipment and how far that is, and its waybill numbers."""

    place: int
    shipment: int
    state: str
    waybills: list[str]


class Showing(TypedDict):
    """Who was shown a run's sheet or a pack's PDF, and when."""

    at: str
    uid: int
    user: str


class RunWhole(RunRow):
    """One run with its stops, and who was shown its sheet when."""

    stop_list: list[StopRow]
    shown_to: list[Showing]


class PackRow(TypedDict):
    """A pack of labels that people print from a PDF. `labels` counts all, then how many of them are what; `showings` counts
    how often the PDF was given out."""

    id: int
    pool: str
    state: str
    labels: int
    open: int
    printed: int
    spoiled: int
    unused: int
    showings: int
    made_at: str
    made_uid: int
    made_user: str
    closed_at: str | None


class PackItemRow(TypedDict):
    """One label of a pack: its number on the check-off sheet, what is known of it, and who said so."""

    number: int
    serial: str
    shipment: int
    waybill: str
    state: str
    settled_at: str | None
    settled_uid: int | None
    settled_user: str | None


class PackWhole(PackRow):
    """One pack with its labels, and who was given its PDF when."""

    items: list[PackItemRow]
    shown_to: list[Showing]


class StaysRow(TypedDict):
    """A label that stays in the spool, and why."""

    serial: str
    why: str


class PackMade(TypedDict):
    """What came of asking for a pack: the pack, None where no label could go into one, and what stays in the spool."""

    pack: PackWhole | None
    left: list[StaysRow]


class LastAttempt(TypedDict):
    """The newest settled attempt of a printer, and when it was begun. `shipment` is null for separators and test labels."""

    attempt: int
    shipment: int | None
    serial: str
    outcome: str
    evidence: str
    reason: str | None
    at: str


class PrinterHistory(TypedDict):
    """What the database knows of a printer: settled attempts by outcome, and the newest of them."""

    outcomes: dict[str, int]
    last: LastAttempt | None


class Counts(TypedDict):
    """How many there are of what. `blocked` counts shipments with an open blocking case, `cases` open cases.

    `working` counts shipments that are not blocked and have work to do; with none, nothing more happens by itself.
    """

    orders: int
    shipments: dict[str, int]
    blocked: int
    working: int
    cases: int
    unconfirmed: int
    quarantined: int
    attempts: dict[str, int]
    jobs: dict[str, int]
    journal_seq: int


class LeftRow(TypedDict):
    """What is left of a roll or ribbon: whole labels, metres, and by what that is known: the device's measure of `length`,
    its `odometer`, the `labels` that waybilld sent, or its `sensor`, which says that nothing is. All None where nobody said
    how long it was. `user` put it in, empty where the device showed it. `from_next_look`: the device could not be asked
    then, and its counters count from when it can."""

    loaded_at: str
    user: str
    full_metres: float | None
    labels: int | None
    metres: float | None
    measured: str | None
    media: str
    from_next_look: bool


class HeadRow(TypedDict):
    """How far the print head has run since it was replaced, or in the device's life where `since_new` is false; how much it
    runs a day, and how many days are left of the configured life. Less than `step_km` is not known of it."""

    km: float
    metres_a_day: float | None
    days_left: int | None
    since_new: bool
    step_km: float


class MaintenanceRow(TypedDict):
    """What was done to a printer, when and by whom, and how far it had run then."""

    at: str
    uid: int
    user: str
    what: str
    note: str
    odometer: int | None
    length_mm: int | None


class DeviceRow(TypedDict):
    """Who the device behind a printer's name says it is; empty where it says nothing."""

    serial: str
    model: str
    firmware: str
    since: str | None


class RecentLabel(TypedDict):
    """One of a printer's newest labels: the evidence that it came out, and why not."""

    serial: str
    kind: str
    shipment: int | None
    outcome: str
    evidence: str
    reason: str | None


class SpareRow(TypedDict):
    """One spare item of a warehouse: how many there are, when to order, how many are used a day, for how many days they
    last (both None where none was used in two weeks), and whether it is time to order."""

    warehouse: str
    item: str
    kind: str
    on_hand: int
    reorder_at: int
    used_a_day: float | None
    days_left: int | None
    order_now: bool


class TroubleRow(TypedDict):
    """One trouble: what went wrong with a printer, from when to when (None: still), how many labels it touched, and who
    noticed: the `device`, or a `person`."""

    id: int
    printer: str
    cause: str
    source: str
    began_at: str
    ended_at: str | None
    seconds: float
    labels: int
    user: str
    note: str
    serial: str | None


class TroubleTotal(TypedDict):
    """All troubles of a printer of one cause together."""

    printer: str
    cause: str
    troubles: int
    seconds: float
    labels: int
