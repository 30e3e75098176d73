"""What the pure kinds of work share: gather what plugins say, decide, and commit as far as the decisions go in one pass."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Protocol

from twisted.internet.defer import CancelledError
from twisted.logger import Logger

from waybilld.core.lifecycle import Work
from waybilld.core.policy import Policies, ShopPolicy
from waybilld.core.redact import place_of
from waybilld.core.stages import Decision
from waybilld.services.clock import Clock, Pace
from waybilld.services.worker import Outcome
from waybilld.store import schema, shipments, strides
from waybilld.store.inputs import StageInput, load_input
from waybilld.store.jobs import Job
from waybilld.store.strides import Stride
from waybilld.store.tx import Entry, Tx
from waybilld_sdk.decide import Problem

log = Logger()


class Decisions(Protocol):
    """The decide hooks: one plugin at a time, in the config's order; a failure skips one plugin."""

    def each(self, hook: str, /, **given: Any) -> Iterator[tuple[str, Any]]:
        """(plugin, its answer or the exception that it raised)."""


def answers(hooks: Decisions, hook: str, **given: Any) -> Iterator[Any]:
    """The plugins' answers; a plugin that raised is logged and skipped."""
    for plugin, answer in hooks.each(hook, **given):
        if isinstance(answer, Exception):
            log.error("plugin {plugin} failed in {hook}: {what}", plugin=plugin, hook=hook, what=place_of(answer))
        else:
            yield answer


@dataclass(frozen=True, slots=True)
class Made:
    """What one stage decided."""

    kind: Work
    decision: Decision


class Deciding:
    """What the four pure kinds share: load, decide, commit.

    `then` is the stage after this one. As long as stages decide, a shipment goes through them in one pass: one claim and
    one commit, with a journal entry for each. Where one holds the shipment, the pass ends with it; one that fails keeps
    its job of its own, whose retries its own worker sees to.
    """

    batch = 128
    kind: Work

    def __init__(self, policies: Policies, hooks: Decisions, clock: Clock, then: Deciding | None = None) -> None:
        self._policies = policies
        self._hooks = hooks
        self._clock = clock
        self._then = then

    def load(self, tx: Tx, job: Job) -> StageInput:
        """The shipment and its orders."""
        return load_input(tx, job)

    def begin(self) -> None:
        """A batch begins: what was remembered of the last one is old."""
        if self._then is not None:
            self._then.begin()

    async def work_all(self, given: Sequence[StageInput]) -> Sequence[Outcome | Exception]:
        """Decide a batch; an error is one shipment's alone."""
        self.begin()
        results: list[Outcome | Exception] = []
        pace = Pace(self._clock)
        for item in given:
            await pace.keep()
            try:
                results.append(await self.work(item))
            except CancelledError:
                raise
            except Exception as e:  # noqa: BLE001 - the loop gives it to this shipment's job
                results.append(e)
        return results

    async def work(self, given: StageInput) -> Outcome:
        """Decide one shipment, as far as the stages go."""
        policy = self._policies.shops.get(given.shipment.shop)
        if policy is None:
            text = f"shop {given.shipment.shop} is not in the configuration any more"
            made = [Made(self.kind, Decision(None, (Problem("shop-unknown", text),)))]
        else:
            made = await self._pass(given, policy)
        return lambda tx: self._commit(tx, given, made)

    async def decide(self, given: StageInput, policy: ShopPolicy) -> Decision:
        """The kind's own decision."""
        raise NotImplementedError

    async def _pass(self, given: StageInput, policy: ShopPolicy) -> list[Made]:
        decision = await self.decide(given, policy)
        made, stage = [Made(self.kind, decision)], self._then
        while decision.event is not None and stage is not None:
            given = replace(given, shipment=strides.stepped(given.shipment, decision.event, decision.columns))
            try:
                decision = await stage.decide(given, policy)
            except CancelledError:
                raise
            except Exception:  # noqa: BLE001 - it meets the same in that stage's own worker, who acts on it
                break
            made.append(Made(stage.kind, decision))
            stage = stage._then
        return made

    def _commit(self, tx: Tx, given: StageInput, made: Sequence[Made]) -> None:
        now = shipments.reload(tx.run, given.shipment)
        if len(made) > 1 and shipments.block_of(tx.run, now.id) is not None:
            # Blocked since it was claimed: what was begun is kept, and the rest waits with the job of the next stage.
            made = made[:1]
        orders = [[o.id, o.version] for o in given.orders]
        taken, job = list(_taken(tx, now.id, made, orders)), given.job.id
        kind, last = made[-1].kind, made[-1].decision
        held = last.event is None
        if taken:
            now = strides.run_through(tx, now, taken, self._policies, job, onward=not held)
        if not held:
            return
        with tx.entry(f"{kind}.held", shipment=now.id, job=job, version=now.version, **last.facts, orders=orders) as entry:
            if not taken:
                entry.update(schema.job, job, state="done", reason=last.problems[0].code)
            _open_cases(entry, tx, now.id, last)


def _taken(tx: Tx, shipment: int, made: Sequence[Made], orders: list[list[int]]) -> Iterator[Stride]:
    """The steps that the decisions make."""
    for decision in (m.decision for m in made):
        if decision.event is not None:
            facts = {**decision.facts, "orders": orders}
            rows = partial(_open_cases, tx=tx, shipment=shipment, of=decision)
            yield Stride(decision.event, facts, decision.columns, rows)


def _open_cases(entry: Entry, tx: Tx, shipment: int, of: Decision) -> None:
    for problem in of.problems:
        held = problem.severity == "hold"
        shipments.open_case(entry, tx, shipment, problem.code, problem.message, blocking=held)
