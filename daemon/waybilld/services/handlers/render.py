"""Rendering: fields into pixels and documents, many at a time, in worker processes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from waybilld.core.jobs import APART
from waybilld.core.lifecycle import Work
from waybilld.core.policy import GoodsOnLabels, Policies, PrintItem
from waybilld.core.serials import label_serial, page_serial, sheet_serial
from waybilld.core.sheetfiles import UnusableName, path_of
from waybilld.host.context import Lender
from waybilld.host.draw_apart import draw_apart
from waybilld.host.drawing import Sheets, ToDraw
from waybilld.services.clock import Clock, Pace
from waybilld.services.fleet import Fleet, Paper
from waybilld.services.handlers.deciding import Decisions, answers
from waybilld.services.worker import Elsewhere, Outcome
from waybilld.store import artworks, pages
from waybilld.store.inputs import Parcel, StageInput, WaybillRow, load_input, parcels
from waybilld.store.jobs import Job
from waybilld.store.pages import Piece, Rendered
from waybilld.store.tx import Tx
from waybilld_sdk.errors import Hold
from waybilld_sdk.labels import LabelLine, LabelRequest
from waybilld_sdk.labels import Render as RenderFunction
from waybilld_sdk.shipping import MOST_ARTWORK_BYTES, CommandArtwork, DocumentArtwork

_DAY_US = 86_400_000_000


@dataclass(frozen=True, slots=True)
class Given:
    """A shipment whose label is to be drawn."""

    input: StageInput
    parcel: Parcel
    artwork: DocumentArtwork | CommandArtwork | None


@dataclass(frozen=True, slots=True)
class Account:
    """A carrier account as labels need it: the carrier's name for people, and how its parcels travel."""

    title: str
    mode: str


@dataclass(frozen=True, slots=True)
class Asked:
    """One item of a print set to be drawn: an order for each kind of paper in its pool."""

    item: PrintItem
    serial: str
    papers: tuple[Paper, ...]
    orders: tuple[ToDraw, ...]


class Render:
    """The print set of a shipment: a page per label and kind of paper in its pool, a document per kind of printer. What
    strangers drew is left to `RenderApart`."""

    kind = Work.RENDER
    batch = 128

    def __init__(
        self,
        policies: Policies,
        fleet: Fleet,
        hooks: Decisions,
        render: RenderFunction,
        lender: Lender,
        clock: Clock,
        pages_days: int,
        accounts: Mapping[str, Account],
    ) -> None:
        self._policies = policies
        self._fleet = fleet
        self._hooks = hooks
        self._render = render
        self._lender = lender
        self._clock = clock
        self._accounts = accounts
        self._pages_us = pages_days * _DAY_US

    def load(self, tx: Tx, job: Job) -> Given:
        """The shipment with its parcel and waybill. Raises `Elsewhere` where something is printed that a stranger drew."""
        found = load_input(tx, job)
        parcel = parcels(tx.run, job.shipment)[0]
        waybill = parcel.waybill
        if waybill is not None and (artworks.stands(tx.run, waybill.id) or self._has_files(found, waybill)):
            raise Elsewhere(APART)
        return Given(found, parcel, None)

    def load_apart(self, tx: Tx, job: Job) -> Given:
        """The same with the carrier's label, if there is one."""
        found = load_input(tx, job)
        parcel = parcels(tx.run, job.shipment)[0]
        artwork = artworks.load(tx.run, tx.seal, parcel.waybill.id) if parcel.waybill else None
        return Given(found, parcel, artwork)

    def _has_files(self, given: StageInput, waybill: WaybillRow) -> bool:
        shop = self._policies.shops.get(given.shipment.shop)
        return shop is not None and any(item.file for item in shop.print_set(self._account(waybill).mode))

    async def work(self, given: Given) -> Outcome:
        """Draw one."""
        result = (await self.work_all([given]))[0]
        if isinstance(result, Exception):
            raise result
        return result

    async def work_all(self, given: Sequence[Given]) -> Sequence[Outcome | Exception]:
        """Draw many: chunks go to worker processes side by side."""
        asked: list[tuple[Given, tuple[Asked, ...]] | Exception] = []
        pace = Pace(self._clock)
        for item in given:
            await pace.keep()
            try:
                asked.append((item, tuple(self._asked(item))))
            except Hold as e:
                asked.append(e)
        wanted = [ask for found in asked if not isinstance(found, Exception) for ask in found[1]]
        drawn = iter(await draw_apart(self._lender, self._render, [order for ask in wanted for order in ask.orders]))
        results: list[Outcome | Exception] = []
        for found in asked:
            if isinstance(found, Exception):
                results.append(found)
                continue
            item, asks = found
            results.append(self._outcome(item, [(ask, [next(drawn) for _ in ask.orders]) for ask in asks]))
        return results

    def _asked(self, given: Given) -> Iterator[Asked]:
        """What is printed for a shipment: each item of its print set, once for each kind of paper in its pool."""
        waybill = given.parcel.waybill
        shop = self._policies.shops.get(given.input.shipment.shop)
        if shop is None or waybill is None:
            raise Hold("the shop left the configuration, or the parcel has no waybill", code="data-missing")
        if given.artwork is not None and not given.artwork.body:
            what = f"is empty, or had more than {MOST_ARTWORK_BYTES} bytes and was not kept"
            raise Hold(f"the carrier's label {what}: ask the carrier for a smaller one", code="artwork-unusable")
        mode = self._account(waybill).mode
        for item in shop.print_set(mode):
            yield self.asked(given, item, 1)

    def asked(self, given: Given, item: PrintItem, copy: int) -> Asked:
        """One item of a print set, for each kind of paper in its pool. Raises `Hold`."""
        pool = item.pool or given.input.shipment.pool
        papers = self._fleet.papers(pool or "")
        if not papers:
            raise Hold(f"pool {pool} has no printer: name one in `pools`", code="no-printer")
        number = given.parcel.id
        serial = label_serial(number, copy) if item.kind == "waybill" else sheet_serial(item.kind, number, copy)
        files = _files(item, given)
        orders = tuple(
            ToDraw(
                self._request(given, paper, serial, item.kind, copy),
                tuple((e.language, e.key, e.settings, e.encode) for e in paper.encodings),
                files,
            )
            for paper in papers
        )
        return Asked(item, serial, papers, orders)

    def item_of(self, given: Given, kind: str) -> PrintItem:
        """The item of the shipment's print set of this kind. Raises `Hold` where it has none any more."""
        shop, waybill = self._policies.shops.get(given.input.shipment.shop), given.parcel.waybill
        items = shop.print_set(self._account(waybill).mode) if shop is not None and waybill is not None else ()
        for item in items:
            if item.kind == kind:
                return item
        raise Hold(f"the shop's print set has no {kind} any more: put it back, or print it by hand", code="data-missing")

    def _account(self, waybill: WaybillRow) -> Account:
        return self._accounts.get(waybill.account, Account(waybill.account, ""))

    def _request(self, given: Given, paper: Paper, serial: str, kind: str, copy: int) -> LabelRequest:
        shop = self._policies.shops.get(given.input.shipment.shop)
        waybill = given.parcel.waybill
        if shop is None or waybill is None or waybill.number is None:
            raise Hold("the shop left the configuration, or the parcel has no waybill", code="data-missing")
        order, shipment = given.input.order, given.input.shipment
        account = self._account(waybill)
        request = LabelRequest(
            kind=kind,
            dots_per_mm=paper.dots_per_mm,
            media_mm=paper.media_mm,
            carrier=account.title,
            service=shipment.service or "",
            waybill_number=waybill.number,
            sort_codes=tuple(json.loads(waybill.sort_codes)) if waybill.sort_codes else (),
            consignee=order.consignee,
            sender=shop.sender,
            lines=_lines(given.input, shop.goods),
            order_refs=tuple(o.order.external_id for o in given.input.orders),
            serial=serial,
            copy=copy,
            mask=shop.masks(order.consignee.country, account.mode),
            buyer_message=order.buyer_message,
            shop=shipment.shop,
            account=waybill.account,
            mode=account.mode,
            order_type=_order_type(given.input),
            paid_at=order.paid_at,
            total=order.total if len(given.input.orders) == 1 else None,
            texts=shop.texts,
            artwork=given.artwork if kind == "waybill" else None,
        )
        for edited in answers(self._hooks, "waybilld_edit_label", request=request):
            request = edited or request
        return request

    async def draw(self, ask: Asked) -> list[Piece]:
        """One label for each page of one item. Raises what keeps it from being drawn."""
        return self._pieces(ask, await draw_apart(self._lender, self._render, list(ask.orders)))

    def _pieces(self, ask: Asked, sheets: Sequence[Sheets | Exception]) -> list[Piece]:
        drawn: list[Sheets] = []
        for sheet in sheets:
            if isinstance(sheet, Exception):
                raise sheet
            drawn.append(sheet)
        if len({len(sheet) for sheet in drawn}) > 1:
            raise Hold(
                f"the {ask.item.kind} has another number of pages on each paper of its pool: "
                "give the pool printers of one media",
                code="paper-differs",
            )
        return list(_pieces(ask, drawn))

    def expires_us(self) -> int:
        """Until when pages drawn now are kept."""
        return self._clock.now_us() + self._pages_us

    def _outcome(self, given: Given, drawn: Sequence[tuple[Asked, Sequence[Sheets | Exception]]]) -> Outcome | Exception:
        try:
            pieces = [piece for ask, sheets in drawn for piece in self._pieces(ask, sheets)]
        except Exception as e:  # noqa: BLE001 - whatever kept one order's label from being drawn is for the loop to act on
            return e
        expires = self.expires_us()

        def commit(tx: Tx) -> None:
            pages.rendered(tx, given.input, given.parcel, pieces, self._policies, expires_at_us=expires)

        return commit


def _pieces(ask: Asked, sheets: Sequence[Sheets]) -> Iterator[Piece]:
    """One label for each page, with that page as each kind of paper has it."""
    for number, drawn in enumerate(zip(*sheets, strict=True), 1):
        rendered = tuple(
            Rendered(paper.variant, page.page, page.documents) for paper, page in zip(ask.papers, drawn, strict=True)
        )
        yield Piece(ask.item.kind, page_serial(ask.serial, number), ask.item.pool, rendered)


def _order_type(given: StageInput) -> str:
    """The orders' type, where they agree."""
    found = {one.order.order_type for one in given.orders}
    return found.pop() if len(found) == 1 else ""


def _files(item: PrintItem, given: Given) -> tuple[str, ...]:
    """What is printed from files: one, or one for each order."""
    if not item.file:
        return ()
    try:
        found = [path_of(item.file, order.order.external_id) for order in given.input.orders]
    except UnusableName as error:
        why = f"{error}: name the {item.kind} by hand, or take it out of the shop's print set"
        raise Hold(why, code="file-unusable") from error
    return tuple(dict.fromkeys(found))


def _lines(given: StageInput, goods: GoodsOnLabels) -> tuple[LabelLine, ...]:
    """What is in the parcel, as the shop wants labels to say it."""
    quantities = dict(given.lines)
    return tuple(
        LabelLine(
            line.sku,
            line.title,
            quantities[line.ref],
            goods.short_names.get(line.sku, ""),
            unit_price=line.unit_price,
            hidden=goods.hides(line.sku),
        )
        for order in given.orders
        for line in order.order.lines
        if line.ref in quantities
    )
