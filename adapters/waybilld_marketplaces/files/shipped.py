"""Shipment confirmations: one CSV a day, appended durably, each key once."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from waybilld_marketplaces.files.values import disarmed
from waybilld_marketplaces.files.work import is_confirmed
from waybilld_sdk.batch import Batcher
from waybilld_sdk.context import Context, Folder
from waybilld_sdk.errors import AdapterError, InDoubt
from waybilld_sdk.orders import Confirmation, ConfirmationState

COLUMNS = ("order_id", "carrier", "waybill_number", "shipped_at", "lines", "key")
_CONTROLS = dict.fromkeys((*range(0x20), 0x7F), " ")
DAYS_IN_MEMORY = 8
"""Files whose keys are kept in memory: a repeat within so many working days is noticed without reading anything."""

_MAX_FILE_BYTES = 256 << 20


def neutral(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula and that stays in its line.

    OWASP, "CSV Injection", https://owasp.org/www-community/attacks/CSV_Injection: a quotation mark before = + - @ tab CR.
    Here the full-width forms too; control characters become blanks.
    """
    return disarmed(cell.translate(_CONTROLS))


def csv_line(cells: Sequence[str]) -> str:
    """One CSV line."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow(cells)
    return out.getvalue()


def confirmation_line(confirmation: Confirmation, zone: ZoneInfo) -> str:
    """One confirmation as a CSV line; the time carries the shop's offset."""
    goods = "; ".join(f"{ref} x {quantity}" for ref, quantity in confirmation.lines)
    shipped_at = confirmation.shipped_at.astimezone(zone).isoformat(timespec="seconds")
    cells = (confirmation.external_id, confirmation.carrier, confirmation.waybill_number, shipped_at, goods)
    return csv_line([neutral(cell) for cell in (*cells, confirmation.key)])


def whole_lines(data: bytes) -> bytes:
    """Without the torn line that a crash may have left at the end: it was never acknowledged."""
    return data[: data.rfind(b"\n") + 1]


def keys_of(data: bytes) -> set[str]:
    """The keys of all whole lines, as they are written there."""
    lines = whole_lines(data).decode("utf-8", "replace").replace("\0", "").split("\n")
    return {cells[-1] for cells in csv.reader(line.rstrip("\r") for line in lines) if len(cells) == len(COLUMNS)}


class ShippedFiles:
    """The `shipped` sub-folder. Calls that come side by side share one fsync."""

    def __init__(self, ctx: Context, folder: Folder, zone: ZoneInfo) -> None:
        self._ctx = ctx
        self._folder = folder
        self._zone = zone
        self._days: dict[str, set[str]] = {}
        self._loaded = False
        self._batch: Batcher[Confirmation, None] = Batcher(ctx, self._flush)

    async def confirm(self, confirmation: Confirmation) -> None:
        """Write a confirmation unless its key stands there already. Raises `InDoubt` when the disk refused."""
        await self._batch.call(confirmation)

    async def state(self, key: str) -> ConfirmationState:
        """Whether a confirmation stands in any of the files, however old."""
        written = neutral(key)
        if any(written in keys for keys in self._days.values()):
            return ConfirmationState.CONFIRMED
        found = await self._ctx.work(is_confirmed, str(self._folder.path / "shipped"), csv_line([written]).rstrip("\r\n"))
        return ConfirmationState.CONFIRMED if found else ConfirmationState.ABSENT

    async def _flush(self, confirmations: Sequence[Confirmation]) -> Sequence[AdapterError | None]:
        try:
            if not self._loaded:
                await self._load()
            await self._append(confirmations)
        except (OSError, ValueError) as error:
            self._loaded = False  # what stands in the file now must be read and repaired before the next line
            message = f"the shipment confirmations in {self._folder.path}/shipped could not be written: {error}"
            return [InDoubt(f"{message}. Free disk space or correct the permissions")] * len(confirmations)
        return [None] * len(confirmations)

    async def _load(self) -> None:
        """Read the newest files, cutting off a torn last line."""
        names = [info.name for info in await self._folder.list("shipped") if info.regular and _is_ours(info.name)]
        self._days = {}
        for name in sorted(names)[-DAYS_IN_MEMORY:]:
            data = await self._folder.read(f"shipped/{name}", _MAX_FILE_BYTES)
            if whole_lines(data) != data:
                self._ctx.log.warn("a torn shipment confirmation was removed; it will be written again", file=name)
                data = whole_lines(data)
                await self._folder.write(f"shipped/{name}", data)
            if data:
                self._days[name] = keys_of(data)
        self._loaded = True

    async def _append(self, confirmations: Sequence[Confirmation]) -> None:
        name = f"shipped-{self._ctx.now().astimezone(self._zone):%Y-%m-%d}.csv"
        fresh: dict[str, Confirmation] = {}
        for confirmation in confirmations:
            key = neutral(confirmation.key)
            if not any(key in keys for keys in self._days.values()):
                fresh.setdefault(key, confirmation)
        if not fresh:
            return
        text = "".join(confirmation_line(confirmation, self._zone) for confirmation in fresh.values())
        # Asked every time: somebody may have taken today's file away to hand it to the platform.
        there = {info.name for info in await self._folder.list("shipped") if info.size}
        head = "" if name in there else "\ufeff" + csv_line(COLUMNS)
        await self._folder.append(f"shipped/{name}", (head + text).encode())
        self._days.setdefault(name, set()).update(fresh)
        for old in sorted(self._days)[:-DAYS_IN_MEMORY]:
            del self._days[old]


def _is_ours(name: str) -> bool:
    return name.startswith("shipped-") and name.endswith(".csv")
