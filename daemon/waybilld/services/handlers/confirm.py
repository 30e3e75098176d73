"""Telling the marketplace that a parcel is on its way: retryable alone, and never the reason for another label."""

from __future__ import annotations

from dataclasses import dataclass

from waybilld.core import keys
from waybilld.core.lifecycle import Work
from waybilld.services.clock import Clock
from waybilld.services.fleet import Fleet, Instance
from waybilld.services.worker import Outcome
from waybilld.store import schema
from waybilld.store.inputs import OrderInput, StageInput, WaybillRow, load_input, parcels
from waybilld.store.jobs import Job
from waybilld.store.tx import Tx
from waybilld_sdk.errors import Hold, StopQueue
from waybilld_sdk.orders import Confirmation, ConfirmationState
from waybilld_sdk.ports import Marketplace


@dataclass(frozen=True, slots=True)
class Given:
    """A shipment to be confirmed, with the waybill that carries it."""

    input: StageInput
    waybill: WaybillRow


class Confirm:
    """One confirmation per order of the shipment."""

    kind = Work.CONFIRM
    batch = 128
    rest_s = 0.1
    """Labels are proven one by one, and a marketplace is told of many at once as cheaply as of one."""

    def __init__(self, fleet: Fleet, clock: Clock) -> None:
        self._fleet = fleet
        self._clock = clock

    def load(self, tx: Tx, job: Job) -> Given:
        """The shipment and its waybill. Raises `LookupError` when it has none."""
        waybill = parcels(tx.run, job.shipment)[0].waybill
        if waybill is None or waybill.number is None:
            raise LookupError(f"shipment {job.shipment} has no waybill to confirm with")
        return Given(load_input(tx, job), waybill)

    async def work(self, given: Given) -> Outcome:
        """Confirm every order; asked first where an earlier try may have arrived."""
        shop = self._fleet.shops.get(given.input.shipment.shop)
        if shop is None:
            raise StopQueue(f"shop {given.input.shipment.shop} is not in the configuration any more")
        for item in given.input.orders:
            await self._tell(shop, self._confirmation(given, item), doubted=given.input.job.doubted)
        return lambda tx: _confirmed(tx, given)

    def _confirmation(self, given: Given, item: OrderInput) -> Confirmation:
        refs = {line.ref for line in item.order.lines}
        return Confirmation(
            key=f"{keys.confirmation_key(given.waybill.key)}-{item.id}",
            external_id=item.order.external_id,
            carrier=given.waybill.account,
            waybill_number=given.waybill.number or "",
            shipped_at=self._clock.now(),
            lines=tuple((ref, qty) for ref, qty in given.input.lines if ref in refs),
        )

    async def _tell(self, shop: Instance[Marketplace], told: Confirmation, *, doubted: bool) -> None:
        if doubted:
            state = await shop.guard.call(
                "confirmation_state", lambda: shop.port.confirmation_state(told.key), returns=ConfirmationState
            )
            if state is ConfirmationState.CONFIRMED:
                return
            if state is ConfirmationState.UNKNOWN:
                text = f"{shop.name} cannot say whether order {told.external_id} was confirmed: look there"
                raise Hold(text, code="confirm-in-doubt")
        await shop.guard.call("confirm_shipment", lambda: shop.port.confirm_shipment(told), effect=True)


def _confirmed(tx: Tx, given: Given) -> None:
    shipment, job = given.input.shipment.id, given.input.job.id
    with tx.entry("shipment.confirmed", shipment=shipment, job=job) as entry:
        entry.update(schema.shipment, shipment, confirmed_at_us=tx.now_us)
        entry.update(schema.job, job, state="done")
