"""Who answers each entry of the route table."""

from __future__ import annotations

from waybilld.http import health, table
from waybilld.http.handlers import care, changes, check, floor, labels, live, packs, readings, runs
from waybilld.http.router import Route

ROUTES = (
    Route(table.STATUS, live.status),
    Route(table.ORDERS, readings.orders),
    Route(table.ORDER, readings.order),
    Route(table.SHIPMENT, readings.shipment),
    Route(table.LABEL, readings.label),
    Route(table.PRINTERS, live.printers),
    Route(table.CARD, care.card),
    Route(table.LOAD, care.load),
    Route(table.MAINTAIN, care.maintain),
    Route(table.SUPPLIES, care.supplies),
    Route(table.SUPPLY_SET, care.set_spare),
    Route(table.SUPPLY_MOVE, care.move_spare),
    Route(table.TROUBLES, care.troubles),
    Route(table.TROUBLE_REPORT, care.report),
    Route(table.SUPPORT, care.support),
    Route(table.PRINTER_PAUSE, floor.pause),
    Route(table.PRINTER_DRAIN, floor.drain),
    Route(table.PRINTER_RESUME, floor.resume),
    Route(table.PRINTER_TEST, floor.test),
    Route(table.PRINTER_CALIBRATE, floor.calibrate),
    Route(table.POOL_DRILL, floor.drill),
    Route(table.JOURNAL, readings.journal),
    Route(table.UNCONFIRMED, readings.unconfirmed),
    Route(table.INTERCEPTS, readings.intercepts),
    Route(table.ONE_LABEL, labels.one),
    Route(table.LABEL_SETTLE, labels.settle),
    Route(table.LABEL_SCAN, labels.scan),
    Route(table.LABEL_REPRINT, labels.reprint),
    Route(table.LABEL_RELEASE, labels.release),
    Route(table.LABEL_CANCEL, labels.cancel),
    Route(table.LABEL_MOVE, labels.move),
    Route(table.CASES, readings.cases),
    Route(table.QUARANTINE, readings.quarantine),
    Route(table.CHECK, check.check),
    Route(table.RELEASE, changes.release),
    Route(table.RUNS, runs.runs),
    Route(table.RUN, runs.run),
    Route(table.RUN_OPEN, runs.open_run),
    Route(table.RUN_CLOSE, runs.close_run),
    Route(table.RUN_PDF, runs.sheet_pdf),
    Route(table.RUN_PNG, runs.sheet_png),
    Route(table.PACKS, packs.packs),
    Route(table.PACK, packs.pack),
    Route(table.PACK_MAKE, packs.make_pack),
    Route(table.PACK_PDF, packs.pack_pdf),
    Route(table.PACK_SETTLE, packs.settle_pack),
    Route(table.OPENAPI, readings.openapi),
    *health.ROUTES,
)
"""Everything that the Unix socket serves, in the table's order."""
