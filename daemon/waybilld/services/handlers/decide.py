"""Check, allocate, route, release: what each of them asks the plugins, and what it makes of their answers."""

from __future__ import annotations

from typing import Protocol

from twisted.logger import Logger

from waybilld.core import stages
from waybilld.core.lifecycle import Work
from waybilld.core.policy import Policies, ShopPolicy
from waybilld.core.redact import place_of
from waybilld.core.stages import Decision
from waybilld.host.guard import PluginBug, Quarantined
from waybilld.services.clock import Clock
from waybilld.services.handlers.deciding import Deciding, Decisions, answers
from waybilld.store.inputs import StageInput
from waybilld_sdk.decide import AllocationView, Candidate, CheckView, Problem, RouteView
from waybilld_sdk.errors import AdapterError, Reject
from waybilld_sdk.shipping import ParcelSpec, Quote

log = Logger()


class Quotes(Protocol):
    """What the shop's carriers offer."""

    async def quotes(self, account: str, parcel: ParcelSpec, country: str) -> tuple[Quote, ...]:
        """One account's services for a parcel. Raises what a guarded call raises."""


class Check(Deciding):
    """Every plugin's problems are collected."""

    kind = Work.CHECK

    async def decide(self, given: StageInput, policy: ShopPolicy) -> Decision:
        """Ask all check hooks about each order of the shipment."""
        now = self._clock.now()
        problems: list[Problem] = []
        for item in given.orders:
            view = CheckView(policy.name, item.order, now)
            for plugin, answer in self._hooks.each("waybilld_check_order", view=view):
                if isinstance(answer, Exception):
                    log.error("check of {plugin} failed: {what}", plugin=plugin, what=place_of(answer))
                    text = f"the check of plugin {plugin} failed ({type(answer).__name__}): the order waits until it works"
                    problems.append(Problem("check-failed", text))
                else:
                    problems.extend(answer or ())
        return stages.check(problems)


class Allocate(Deciding):
    """The first plugin that answers chooses the warehouse."""

    kind = Work.ALLOCATE

    async def decide(self, given: StageInput, policy: ShopPolicy) -> Decision:
        """Ask the allocation hooks."""
        skus = {line.ref: line.sku for item in given.orders for line in item.order.lines}
        lines = tuple((skus[ref], qty) for ref, qty in given.lines if ref in skus)
        view = AllocationView(policy.name, lines, policy.warehouses)
        chosen = next((a for a in answers(self._hooks, "waybilld_allocate", view=view) if a is not None), None)
        return stages.allocate(policy, chosen)


class Route(Deciding):
    """The first plugin that answers chooses carrier and service among the quotes."""

    kind = Work.ROUTE

    def __init__(
        self, policies: Policies, hooks: Decisions, clock: Clock, quotes: Quotes, then: Deciding | None = None
    ) -> None:
        super().__init__(policies, hooks, clock, then)
        self._quotes = quotes
        self._asked: dict[tuple[str, str], tuple[Quote, ...] | Exception] = {}

    def begin(self) -> None:
        """In a batch a carrier is asked once for parcels that are alike to it."""
        self._asked.clear()
        super().begin()

    async def _offers(self, account: str, parcel: ParcelSpec, country: str) -> tuple[Quote, ...] | Exception:
        """The account's services, or why it cannot say; a refusal is an answer."""
        key = (account, country)
        offered = self._asked.get(key)
        if offered is None:
            try:
                offered = await self._quotes.quotes(account, parcel, country)
            except Reject:
                offered = ()
            except (AdapterError, PluginBug, Quarantined) as e:
                offered = e
            self._asked[key] = offered
        return offered

    async def decide(self, given: StageInput, policy: ShopPolicy) -> Decision:
        """Gather quotes, leave out what was refused before, ask the routing hooks.

        Accounts that cannot answer are left out. Raises their trouble where nobody else carries the parcel: it passes, or
        is said once for the account, while a case would have to be closed for each parcel.
        """
        order = given.order
        country = order.consignee.country
        parcel = ParcelSpec(f"{given.shipment.id}.1")
        given_by = {account: await self._offers(account, parcel, country) for account in policy.carriers}
        troubles = [offered for offered in given_by.values() if isinstance(offered, Exception)]
        offers = [(a, q) for a, offered in given_by.items() if not isinstance(offered, Exception) for q in offered]
        candidates = tuple(Candidate(a, q) for a, q in offers if (a, q.service) not in given.shipment.excluded)
        if troubles and not candidates:
            raise troubles[0]
        view = RouteView(policy.name, given.shipment.warehouse or "", country, order.service_wanted, candidates)
        chosen = next((a for a in answers(self._hooks, "waybilld_choose_service", view=view) if a is not None), None)
        return stages.route(candidates, chosen)


class Release(Deciding):
    """By the shop's policy."""

    kind = Work.RELEASE

    async def decide(self, given: StageInput, policy: ShopPolicy) -> Decision:  # noqa: ARG002 - the kinds' common form
        """Automatic or by hand."""
        return stages.release(policy)


def deciders(policies: Policies, hooks: Decisions, clock: Clock, quotes: Quotes) -> tuple[Deciding, ...]:
    """One handler for each pure kind of work; each goes on through the kinds after its own."""
    release = Release(policies, hooks, clock)
    route = Route(policies, hooks, clock, quotes, release)
    allocate = Allocate(policies, hooks, clock, route)
    return Check(policies, hooks, clock, allocate), allocate, route, release
