"""Check, allocate, route, release: gather what plugins say, decide purely, commit the decision."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from twisted.internet.defer import CancelledError
from twisted.logger import Logger

from waybilld.core import stages
from waybilld.core.lifecycle import Work
from waybilld.core.policy import Policies, ShopPolicy
from waybilld.core.redact import place_of
from waybilld.core.stages import Decision
from waybilld.host.guard import PluginBug, Quarantined
from waybilld.services.clock import Clock
from waybilld.services.worker import Outcome
from waybilld.store import schema, shipments
from waybilld.store.inputs import StageInput, load_input
from waybilld.store.jobs import Job
from waybilld.store.tx import Entry, Tx
from waybilld_sdk.decide import AllocationView, Candidate, CheckView, Problem, RouteView
from waybilld_sdk.errors import AdapterError, Reject
from waybilld_sdk.shipping import ParcelSpec, Quote

log = Logger()


class Decisions(Protocol):
    """The decide hooks: one plugin at a time, in the config's order; a failure skips one plugin."""

    def each(self, hook: str, /, **given: Any) -> Iterator[tuple[str, Any]]:
        """(plugin, its answer or the exception that it raised)."""


class Quotes(Protocol):
    """What the shop's carriers offer."""

    async def quotes(self, account: str, parcel: ParcelSpec, country: str) -> tuple[Quote, ...]:
        """One account's services for a parcel. Raises what a guarded call raises."""


def answers(hooks: Decisions, hook: str, **given: Any) -> Iterator[Any]:
    """The plugins' answers; a plugin that raised is logged and skipped."""
    for plugin, answer in hooks.each(hook, **given):
        if isinstance(answer, Exception):
            log.error("plugin {plugin} failed in {hook}: {what}", plugin=plugin, hook=hook, what=place_of(answer))
        else:
            yield answer


class Deciding:
    """What the four pure kinds share: load, decide, commit."""

    batch = 128
    kind: Work

    def __init__(self, policies: Policies, hooks: Decisions, clock: Clock) -> None:
        self._policies = policies
        self._hooks = hooks
        self._clock = clock

    def load(self, tx: Tx, job: Job) -> StageInput:
        """The shipment and its orders."""
        return load_input(tx, job)

    async def work_all(self, given: Sequence[StageInput]) -> Sequence[Outcome | Exception]:
        """Decide a batch; an error is one shipment's alone."""
        results: list[Outcome | Exception] = []
        for item in given:
            try:
                results.append(await self.work(item))
            except CancelledError:
                raise
            except Exception as e:  # noqa: BLE001 - the loop gives it to this shipment's job
                results.append(e)
        return results

    async def work(self, given: StageInput) -> Outcome:
        """Decide one shipment."""
        policy = self._policies.shops.get(given.shipment.shop)
        if policy is None:
            text = f"shop {given.shipment.shop} is not in the configuration any more"
            decision = Decision(None, (Problem("shop-unknown", text),))
        else:
            decision = await self.decide(given, policy)
        return lambda tx: self._commit(tx, given, decision)

    async def decide(self, given: StageInput, policy: ShopPolicy) -> Decision:
        """The kind's own decision."""
        raise NotImplementedError

    def _commit(self, tx: Tx, given: StageInput, decision: Decision) -> None:
        now = shipments.reload(tx.run, given.shipment)
        facts = {**decision.facts, "orders": [[o.id, o.version] for o in given.orders]}
        job = given.job.id

        def cases(entry: Entry) -> None:
            for problem in decision.problems:
                held = problem.severity == "hold"
                shipments.open_case(entry, tx, now.id, problem.code, problem.message, blocking=held)

        if decision.event is not None:
            columns = decision.columns
            shipments.step(tx, now, decision.event, self._policies, job=job, facts=facts, entry_rows=cases, **columns)
            return
        with tx.entry(f"{self.kind}.held", shipment=now.id, job=job, version=now.version, **facts) as entry:
            entry.update(schema.job, job, state="done", reason=decision.problems[0].code)
            cases(entry)


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

    def __init__(self, policies: Policies, hooks: Decisions, clock: Clock, quotes: Quotes) -> None:
        super().__init__(policies, hooks, clock)
        self._quotes = quotes
        self._asked: dict[tuple[str, str], tuple[Quote, ...] | Exception] = {}

    async def work_all(self, given: Sequence[StageInput]) -> Sequence[Outcome | Exception]:
        """Decide a batch; a carrier is asked once for parcels that are alike to it."""
        self._asked.clear()
        return await super().work_all(given)

    async def _offers(self, account: str, parcel: ParcelSpec, country: str) -> tuple[Quote, ...] | Exception:
        """The account's services, or why it cannot say; a refusal is an answer."""
        key = (account, country)
        if key not in self._asked:
            try:
                self._asked[key] = await self._quotes.quotes(account, parcel, country)
            except Reject:
                self._asked[key] = ()
            except (AdapterError, PluginBug, Quarantined) as e:
                self._asked[key] = e
        return self._asked[key]

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
