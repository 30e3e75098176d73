"""The route table: dispatch, validation, OpenAPI, the reference and the command line's paths all come from it.

It is data alone and imports no Twisted, so that the command line can read it; `routes.py` gives each entry its handler.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from pydantic import BaseModel

from waybilld.http import shapes
from waybilld.http.asked import (
    Copy,
    InterceptsQuery,
    JournalQuery,
    LabelQuery,
    LimitQuery,
    LoadRoll,
    Maintain,
    MakePack,
    Move,
    MoveSpare,
    OpenRun,
    OrdersQuery,
    PageQuery,
    ReportTrouble,
    SetSpare,
    Settle,
    SettlePack,
    SupportQuery,
    Tell,
    TroublesQuery,
    UnconfirmedQuery,
)
from waybilld.store.queries.shapes import OrderList, OrderWhole, PackMade, PackWhole, RunWhole, ShipmentStory


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
    "Labels that may or may not be on paper, the oldest first.",
    UnconfirmedQuery,
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
    "Copies that must not go on a parcel: those that nobody has found yet, or those that were found.",
    InterceptsQuery,
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
