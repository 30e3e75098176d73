"""The route table: dispatch, validation, OpenAPI, the reference and the command line's paths all come from it.

It is data alone and imports no Twisted, so that the command line can read it; `routes.py` gives each entry its handler.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Self
from urllib.parse import quote

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from waybilld.core.heads import Upkeep
from waybilld.core.lifecycle import State
from waybilld.core.packs import MOST_ITEMS
from waybilld.core.rolls import MOST_MM, parse_media
from waybilld.core.runs import MOST_STOPS
from waybilld.core.spares import MOST, Doing, Kind
from waybilld.core.troubles import Cause
from waybilld.http import shapes
from waybilld.store.queries.shapes import OrderList, OrderWhole, PackMade, PackWhole, RunWhole, ShipmentStory

_LARGEST = 2**63 - 1
"""The largest whole number that the database holds."""


class Strict(BaseModel):
    """Unknown names are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class OrdersQuery(Strict):
    """Which orders."""

    shop: str | None = Field(default=None, description="Only orders of this shop.")
    external_id: str | None = Field(default=None, description="Only orders with this number of the shop.")
    state: State | None = Field(default=None, description="Only orders with a shipment in this state.")
    blocked: bool = Field(default=False, description="Only orders with a shipment that waits for a person.")
    limit: int = Field(default=50, ge=1, le=500, description="How many at most.")
    after: int | None = Field(default=None, ge=0, le=_LARGEST, description="The `next` of the page before.")


class LabelQuery(Strict):
    """Which pixels of a label."""

    variant: str | None = Field(
        default=None, description="Dots per mm and media, such as `8/100x150`; without it the first that was drawn."
    )
    serial: str | None = Field(
        default=None,
        description="Serial of what else is printed for it, such as `S0000017.1`; without it the newest waybill label.",
    )


class JournalQuery(Strict):
    """Which journal entries."""

    after: int | None = Field(
        default=None, ge=0, le=_LARGEST, description="Entries after this sequence number; without it the newest."
    )
    limit: int = Field(default=100, ge=1, le=1000, description="How many at most.")
    shipment: int | None = Field(default=None, ge=0, le=_LARGEST, description="Only entries of this shipment.")


class LimitQuery(Strict):
    """How much of a list."""

    limit: int = Field(default=200, ge=1, le=1000, description="How many at most.")


class PageQuery(Strict):
    """Which page of a sheet."""

    page: int | None = Field(default=None, ge=1, le=1000, description="Its number; not needed where it is the only one.")


def _plain_name(value: str) -> str:
    if not value.isprintable() or value != value.strip():
        raise ValueError("must be one line of text without control characters and blanks around it")
    return value


class OpenRun(Strict):
    """A run to open. Its name stands on the sheet and stays in the journal: name the tour, not a person."""

    name: Annotated[str, AfterValidator(_plain_name)] = Field(
        min_length=1, max_length=40, description="What the run is called, such as `north-morning`."
    )
    shipments: tuple[Annotated[int, Field(ge=1, le=_LARGEST)], ...] = Field(
        min_length=1, max_length=MOST_STOPS, description="Numbers of the shipments, in the order of the stops."
    )


_Line = Annotated[str, AfterValidator(_plain_name)]
_NOTE = "It is kept for good: name no person."


def _media(value: str) -> str:
    return parse_media(value) if value else value


class LoadRoll(Strict):
    """What was put into a printer: a roll by its length or by its labels, a ribbon by its length, or both."""

    roll_mm: int | None = Field(default=None, ge=1, le=MOST_MM, description="Length of the roll in millimetres.")
    labels: int | None = Field(default=None, ge=1, le=1_000_000, description="Or how many labels are on it.")
    ribbon_mm: int | None = Field(default=None, ge=1, le=MOST_MM, description="Length of the ribbon in millimetres.")
    media: Annotated[str, AfterValidator(_media)] = Field(
        default="", max_length=20, description="Width by height of one label in millimetres, such as `100x150`."
    )

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.roll_mm is not None and self.labels is not None:
            raise ValueError("a roll is told by its length or by its labels: one of the two")
        if (self.roll_mm, self.labels, self.ribbon_mm) == (None, None, None):
            raise ValueError("nothing was put in: name roll_mm, labels or ribbon_mm")
        return self


class Maintain(Strict):
    """What was done to a printer."""

    what: Upkeep = Field(strict=False, description="What was done.")
    note: str = Field(default="", max_length=500, description=f"What else there is to say. {_NOTE}")


class SetSpare(Strict):
    """An item that is kept from now on, or when to order it."""

    kind: Kind | None = Field(default=None, strict=False, description="What it is; a new item is a `roll` without it.")
    reorder_at: int = Field(ge=0, le=MOST, description="With so many left, or fewer, it is time to order.")


class MoveSpare(Strict):
    """Pieces that came, went or were counted."""

    doing: Doing = Field(strict=False, description="`add` them to the shelf, `take` them, or `count` how many lie there.")
    amount: int = Field(ge=0, le=MOST, description="How many.")


class TroublesQuery(Strict):
    """Which troubles."""

    days: float = Field(default=7.0, gt=0, le=3660, description="Those that stood within the last so many days.")


class SupportQuery(Strict):
    """Which diagnostics."""

    printer: str | None = Field(default=None, description="Only what is about this printer.")
    days: float = Field(default=7.0, gt=0, le=366, description="How many days back.")


class ReportTrouble(Strict):
    """A bad label."""

    serial: _Line = Field(min_length=1, max_length=60, description="The serial that stands on the label.")
    cause: Cause = Field(strict=False, description="What is wrong with it.")
    note: str = Field(default="", max_length=500, description=f"What else there is to say. {_NOTE}")


class Settle(Strict):
    """What somebody saw."""

    printed: bool = Field(description="True: they have the label in hand. False: they looked, and it is not there.")


class Copy(Strict):
    """Why a further copy is wanted."""

    reason: Annotated[str, AfterValidator(_plain_name)] = Field(
        min_length=1, max_length=120, description="The cause, such as `faint-or-blank`, and a note."
    )


class Move(Strict):
    """Where a waiting label is to be printed."""

    to: Annotated[str, AfterValidator(_plain_name)] = Field(
        min_length=1, max_length=80, description="Name of a pool, or of one printer."
    )


class Tell(Strict):
    """What a printer is told, and why; the reason is for other people."""

    reason: Annotated[str, AfterValidator(_plain_name)] = Field(
        default="", max_length=80, description="Why, in a few words, such as `roll change`; empty for none."
    )


class MakePack(Strict):
    """A pack to make."""

    pool: str = Field(min_length=1, max_length=100, description="The pool whose waiting labels it takes.")
    most: int = Field(default=MOST_ITEMS, ge=1, le=MOST_ITEMS, description="How many labels at most.")


def _numbers(what: str) -> Any:
    return Field(default="", max_length=2000, description=f"{what}: numbers such as `1-20,22`, or `all` that is not named.")


class SettlePack(Strict):
    """What became of the labels of a pack, by their numbers."""

    printed: str = _numbers("What came out well")
    spoiled: str = _numbers("What came out and cannot be used")
    unused: str = _numbers("What never came out")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One entry of the table.

    `path` may hold `{name}` in place of one segment. `query` and `body` are the models that these must satisfy, None where
    it takes none. `reply` is the type of the JSON answer, or the media type of another one. `summary` is for the reference.
    """

    name: str
    method: str
    path: str
    reply: Any
    summary: str
    query: type[BaseModel] | None = None
    body: type[BaseModel] | None = None

    @property
    def segments(self) -> tuple[str, ...]:
        """The path cut at its slashes."""
        return tuple(self.path.strip("/").split("/"))

    def url(self, **params: object) -> str:
        """The path with its `{…}` filled in and quoted."""
        filled = [quote(str(params[s[1:-1]]), safe="") if s.startswith("{") else s for s in self.segments]
        return "/" + "/".join(filled)


METRICS = Endpoint("metrics", "GET", "/metrics", "text/plain", "Metrics in the Prometheus text format.")
HEALTHZ = Endpoint("healthz", "GET", "/healthz", "text/plain", "200 while the daemon's loop turns.")
READYZ = Endpoint("readyz", "GET", "/readyz", "text/plain", "200 while the daemon works, else 503 with the reason.")
PUBLIC = (METRICS, HEALTHZ, READYZ)
"""What the TCP listener serves, because nobody can log in there yet."""

STATUS = Endpoint("status", "GET", "/api/v1/status", shapes.StatusReply, "The daemon as a whole: counts, printers, ready?")
ORDERS = Endpoint("orders", "GET", "/api/v1/orders", OrderList, "Orders with their shipments, newest first.", OrdersQuery)
ORDER = Endpoint(
    "order", "GET", "/api/v1/orders/{shop}/{external_id}", OrderWhole, "One order by its shop and the shop's number."
)
SHIPMENT = Endpoint(
    "shipment", "GET", "/api/v1/shipments/{id}", ShipmentStory, "Everything about one shipment, its story in sentences."
)
LABEL = Endpoint(
    "label",
    "GET",
    "/api/v1/shipments/{id}/label.png",
    "image/png",
    "The pixels of the shipment's newest waybill label, or of what has the serial: exactly those that are printed. What the "
    "printer draws by itself, from a carrier's ZPL, is hatched, and the PNG's `Comment` says so.",
    LabelQuery,
)
PRINTERS = Endpoint(
    "printers", "GET", "/api/v1/printers", shapes.PrintersReply, "Printers: state, advice, queue, newest evidence."
)
CARD = Endpoint(
    "printer", "GET", "/api/v1/printers/{name}", shapes.CardReply, "One printer's card: what it is, needs, and went through."
)
LOAD = Endpoint(
    "load_printer",
    "POST",
    "/api/v1/printers/{name}/load",
    shapes.CardReply,
    "A roll or a ribbon was put into a printer: what is left of it is reckoned from now on.",
    body=LoadRoll,
)
MAINTAIN = Endpoint(
    "maintain_printer",
    "POST",
    "/api/v1/printers/{name}/maintenance",
    shapes.CardReply,
    "Write down what was done to a printer.",
    body=Maintain,
)
SUPPLIES = Endpoint("supplies", "GET", "/api/v1/supplies", shapes.SuppliesReply, "Spare rolls, ribbons and cartridges.")
SUPPLY_SET = Endpoint(
    "set_supply",
    "POST",
    "/api/v1/supplies/{warehouse}/{item}",
    shapes.SuppliesReply,
    "Begin to keep an item, or say when to order it.",
    body=SetSpare,
)
SUPPLY_MOVE = Endpoint(
    "move_supply",
    "POST",
    "/api/v1/supplies/{warehouse}/{item}/move",
    shapes.SuppliesReply,
    "Put pieces on the shelf, take them, or count them.",
    body=MoveSpare,
)
TROUBLES = Endpoint(
    "troubles",
    "GET",
    "/api/v1/troubles",
    shapes.TroublesReply,
    "What went wrong with printing, and the totals by printer and cause.",
    TroublesQuery,
)
TROUBLE_REPORT = Endpoint(
    "report_trouble", "POST", "/api/v1/troubles", shapes.TroubleReply, "Report a bad label.", body=ReportTrouble
)
SUPPORT = Endpoint(
    "support",
    "GET",
    "/api/v1/support",
    shapes.SupportReply,
    "Diagnostics without personal data, for whoever helps with printers.",
    SupportQuery,
)
PRINTER_PAUSE = Endpoint(
    "pause_printer",
    "POST",
    "/api/v1/printers/{name}/pause",
    shapes.ModeReply,
    "Give a printer no more labels; what it has begun it finishes.",
    body=Tell,
)
PRINTER_DRAIN = Endpoint(
    "drain_printer",
    "POST",
    "/api/v1/printers/{name}/drain",
    shapes.ModeReply,
    "Let a printer finish the print set that it is on, and give it no more labels.",
    body=Tell,
)
PRINTER_RESUME = Endpoint(
    "resume_printer",
    "POST",
    "/api/v1/printers/{name}/resume",
    shapes.ModeReply,
    "Give a printer labels again; what it did before counts no more against it.",
    body=Tell,
)
PRINTER_TEST = Endpoint(
    "test_printer", "POST", "/api/v1/printers/{name}/test", shapes.TestReply, "Print a test label, also on a paused printer."
)
PRINTER_CALIBRATE = Endpoint(
    "calibrate_printer",
    "POST",
    "/api/v1/printers/{name}/calibrate",
    shapes.TestReply,
    "Print a calibration label, with the printer's present offset.",
)
POOL_DRILL = Endpoint(
    "drill_pool",
    "POST",
    "/api/v1/pools/{name}/drill",
    shapes.DrillReply,
    "Rehearse a failover: a label on each printer of a pool and each of its backups.",
)
JOURNAL = Endpoint(
    "journal", "GET", "/api/v1/journal", shapes.JournalReply, "Journal entries with their sentences.", JournalQuery
)
UNCONFIRMED = Endpoint(
    "unconfirmed",
    "GET",
    "/api/v1/unconfirmed",
    shapes.UnconfirmedReply,
    "Labels that may or may not be on paper.",
    LimitQuery,
)
LABEL_SETTLE = Endpoint(
    "settle_label",
    "POST",
    "/api/v1/labels/{serial}/settle",
    shapes.LabelReply,
    "Say of a label in doubt whether it is on paper. One that is not is printed again, the same copy.",
    body=Settle,
)
LABEL_SCAN = Endpoint(
    "scan_label",
    "POST",
    "/api/v1/labels/{serial}/scan",
    shapes.ScanReply,
    "The packing scan of one label: settles it, verifies its shipment, and says whether it may go on its parcel.",
)
LABEL_REPRINT = Endpoint(
    "reprint_label",
    "POST",
    "/api/v1/labels/{serial}/reprint",
    shapes.LabelReply,
    "A further copy with its mark; the one before is superseded and to be intercepted.",
    body=Copy,
)
LABEL_RELEASE = Endpoint(
    "release_label", "POST", "/api/v1/labels/{serial}/release", shapes.LabelReply, "Print a label that was given up."
)
LABEL_CANCEL = Endpoint(
    "cancel_label", "POST", "/api/v1/labels/{serial}/cancel", shapes.LabelReply, "Drop the print job of a waiting label."
)
LABEL_MOVE = Endpoint(
    "move_label",
    "POST",
    "/api/v1/labels/{serial}/move",
    shapes.LabelReply,
    "Have another pool, or one printer, print a waiting label.",
    body=Move,
)
INTERCEPTS = Endpoint(
    "intercepts",
    "GET",
    "/api/v1/intercepts",
    shapes.InterceptsReply,
    "Copies that must not go on a parcel and that nobody has found yet.",
    LimitQuery,
)
CASES = Endpoint("cases", "GET", "/api/v1/cases", shapes.CasesReply, "Open cases, the oldest first.", LimitQuery)
QUARANTINE = Endpoint(
    "quarantine",
    "GET",
    "/api/v1/quarantine",
    shapes.QuarantineReply,
    "Records that could not be read as orders: place and reason, never their text.",
    LimitQuery,
)
CHECK = Endpoint("check", "GET", "/api/v1/check", shapes.CheckReply, "The opening check: what is well, what to do.")
RELEASE = Endpoint(
    "release",
    "POST",
    "/api/v1/plugins/{instance}/release",
    shapes.ReleaseReply,
    "Let an instance in quarantine work again, such as `printer.bench-1`.",
)
RUNS = Endpoint("runs", "GET", "/api/v1/runs", shapes.RunsReply, "Runs of own delivery, newest first.", LimitQuery)
RUN = Endpoint("run", "GET", "/api/v1/runs/{id}", RunWhole, "One run: its stops, and who was shown its sheet when.")
RUN_OPEN = Endpoint(
    "open_run",
    "POST",
    "/api/v1/runs",
    RunWhole,
    "Open a run over printed or verified shipments of own delivery; for dispatchers.",
    body=OpenRun,
)
RUN_CLOSE = Endpoint(
    "close_run", "POST", "/api/v1/runs/{id}/close", RunWhole, "Close a run and shred its sheet; for dispatchers."
)
RUN_PDF = Endpoint(
    "run_sheet",
    "GET",
    "/api/v1/runs/{id}/sheet.pdf",
    "application/pdf",
    "The sheet of an open run, with full addresses; for dispatchers, and each showing is in the journal.",
)
RUN_PNG = Endpoint(
    "run_sheet_page",
    "GET",
    "/api/v1/runs/{id}/sheet.png",
    "image/png",
    "One page of the same sheet as a picture; for dispatchers, and each showing is in the journal.",
    PageQuery,
)
PACKS = Endpoint(
    "packs", "GET", "/api/v1/packs", shapes.PacksReply, "Packs of labels that people print, newest first.", LimitQuery
)
PACK = Endpoint("pack", "GET", "/api/v1/packs/{id}", PackWhole, "One pack: its labels, and who was given its PDF when.")
PACK_MAKE = Endpoint(
    "make_pack",
    "POST",
    "/api/v1/packs",
    PackMade,
    "Take labels that wait in a pool out of the spool: no printer prints them any more.",
    body=MakePack,
)
PACK_PDF = Endpoint(
    "pack_pdf",
    "GET",
    "/api/v1/packs/{id}/pack.pdf",
    "application/pdf",
    "The check-off sheet of a pack and its labels that are not settled yet; each showing is in the journal.",
)
PACK_SETTLE = Endpoint(
    "settle_pack",
    "POST",
    "/api/v1/packs/{id}/settle",
    PackWhole,
    "Tell what became of the labels of a pack: all of it holds, or nothing.",
    body=SettlePack,
)
OPENAPI = Endpoint("openapi", "GET", "/api/v1/openapi.json", dict[str, Any], "This table as an OpenAPI 3.1 document.")

ENDPOINTS = (
    STATUS,
    ORDERS,
    ORDER,
    SHIPMENT,
    LABEL,
    PRINTERS,
    CARD,
    LOAD,
    MAINTAIN,
    SUPPLIES,
    SUPPLY_SET,
    SUPPLY_MOVE,
    TROUBLES,
    TROUBLE_REPORT,
    SUPPORT,
    PRINTER_PAUSE,
    PRINTER_DRAIN,
    PRINTER_RESUME,
    PRINTER_TEST,
    PRINTER_CALIBRATE,
    POOL_DRILL,
    JOURNAL,
    UNCONFIRMED,
    INTERCEPTS,
    LABEL_SETTLE,
    LABEL_SCAN,
    LABEL_REPRINT,
    LABEL_RELEASE,
    LABEL_CANCEL,
    LABEL_MOVE,
    CASES,
    QUARANTINE,
    CHECK,
    RELEASE,
    RUNS,
    RUN,
    RUN_OPEN,
    RUN_CLOSE,
    RUN_PDF,
    RUN_PNG,
    PACKS,
    PACK,
    PACK_MAKE,
    PACK_PDF,
    PACK_SETTLE,
    OPENAPI,
    *PUBLIC,
)
"""Everything that the Unix socket serves."""
