"""Services on the simulation's clock and store, one at a time: a real database, time that a test turns, no network."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from random import Random
from typing import Any, TypeVar

from twisted.internet.defer import Deferred

from support.sim import checks
from support.sim.base import Ether, LifeReactor, SimReactor, Trace
from support.sim.market import sample_order
from support.sim.store import Disk, InlineStore
from waybilld.core.lifecycle import Event, State, Work
from waybilld.core.policy import Policies, ShopPolicy
from waybilld.host.guard import Bounds, Guard
from waybilld.services.clock import Clock
from waybilld.services.meters import Meters
from waybilld.services.watchdog import Running
from waybilld.store import attempts, ingest, jobs, leases, pages, shipments, waybills
from waybilld.store.attempts import Device
from waybilld.store.inputs import load_input, parcels
from waybilld.store.jobs import Job, Owner
from waybilld.store.pages import Piece, Rendered
from waybilld.store.seal import Seal
from waybilld.store.tx import Tx
from waybilld_sdk.labels import Page
from waybilld_sdk.orders import Order, OrderPage
from waybilld_sdk.printing import Document, PrinterCapabilities
from waybilld_sdk.shipping import Layout, Sender, Waybill

T = TypeVar("T")
Draw = Callable[[str, PrinterCapabilities], tuple[Page, Document]]
POOL = "pack"
POLICY = ShopPolicy(
    name="shop",
    pool=POOL,
    warehouses=("north",),
    carriers=("own",),
    sender=Sender("示例商店", "010-5550100", "示例路 1 号"),
    confirm_at=State.PRINTED,
)
FOREVER_US = 4_000_000_000_000_000
_OWNER = Owner("test", 1)


def drawn(serial: str, what: PrinterCapabilities) -> tuple[Page, Document]:
    number = int(serial[1:8])
    page = Page(10, 10, b"pixels %d" % number, f"key-{number}")
    return page, Document(what.language, b"^XA%d" % number, b"^XZ")


class House:
    """The ground that services stand on, and short ways to bring orders as far along the line as a test needs."""

    def __init__(self) -> None:
        reactor = SimReactor()
        self.ether = Ether(reactor, Random(1), Trace(reactor.seconds))
        self.reactor = LifeReactor(reactor)
        self.clock = Clock(self.reactor, self.ether.wall, self.ether.dice.randbytes, lambda: 0.5)
        self.disk = Disk()
        self.seal = Seal(bytes(32), self.ether.dice.randbytes)
        self.store = InlineStore(self.ether, self.disk, "test", self.seal, lambda _: False)
        self.meters = Meters()
        self.running = Running(self.meters)
        self.policies = Policies({"shop": POLICY})
        self.epoch = self.write(lambda tx: leases.begin_epoch(tx, "test", "0"))

    def close(self) -> None:
        """The test is over."""
        self.disk.close()

    def turn(self, seconds: float) -> None:
        """Let time pass."""
        self.ether.reactor.run_until(self.ether.reactor.seconds() + seconds)

    def now(self) -> float:
        """Simulated seconds."""
        return self.ether.reactor.seconds()

    def wait(self, awaited: Awaitable[T], seconds: float = 60.0) -> T:
        """Turn the clock until something is done; its value, or what it raised."""
        done: list[Any] = []

        async def body() -> T:
            return await awaited

        Deferred.fromCoroutine(body()).addBoth(done.append)
        until = self.now() + seconds
        while not done and self.now() < until:
            self.turn(0.01)
        assert done, f"nothing came within {seconds:g} s"
        if hasattr(done[0], "raiseException"):
            done[0].raiseException()
        result: T = done[0]
        return result

    def write(self, unit: Callable[[Tx], T]) -> T:
        """Commit a unit."""
        return self.wait(self.store.write(unit))

    def rows(self, table: str) -> list[dict[str, Any]]:
        """Every row of a table."""
        return checks.rows(self.disk.runner(), table)

    def guard(self, name: str, parallel: int = 4, deadline_s: float = 30.0) -> Guard:
        """A guard that remembers nothing."""
        return Guard(name, Bounds(parallel, deadline_s), self.reactor, self.clock.now_s, self.running, Forgetful())

    # ---- orders on the line -----------------------------------------------------------------------------------------

    def ingest(self, orders: Sequence[Order] | int) -> None:
        """Orders come in; a number stands for so many sample orders."""
        if isinstance(orders, int):
            paid = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)
            orders = [sample_order(i + 1, 2, paid) for i in range(orders)]
        page = OrderPage("1", tuple(orders))
        self.write(lambda tx: ingest.ingest(tx, POLICY, self.policies, page))

    def rendered(
        self,
        what: PrinterCapabilities,
        variant: str,
        settings_key: str | None,
        orders: Sequence[Order] | int = 1,
        draw: Draw = drawn,
    ) -> None:
        """Ingest so many orders and bring each to `rendered`, with a document where `settings_key` names one.

        `draw` gives the page of a serial, and its document for a printer.
        """
        self.ingest(orders)
        self.walk_to(Work.BUY)
        for job in self.claim(Work.BUY):
            number = f"NR{job.shipment:04d}"
            self.write(partial(self._buy, job=job, number=number))
        for job in self.claim(Work.RENDER):
            self.write(partial(self._render, job=job, what=what, variant=variant, settings_key=settings_key, draw=draw))

    def walk_to(self, kind: Work) -> None:
        """Take each shipment through the pure stages, one after the other, until its next job is of this kind."""
        for stage, event in (("check", "checked"), ("allocate", "allocated"), ("route", "routed"), ("release", "released")):
            if stage == kind:
                return
            for job in self.claim(Work(stage)):
                self._step(job, event)

    def claim(self, kind: Work) -> list[Job]:
        """Take every job of a kind."""
        return self.write(lambda tx: jobs.claim(tx, kind, 100, _OWNER))

    def _step(self, job: Job, event: str) -> None:
        def unit(tx: Tx) -> None:
            seen = shipments.load(tx.run, job.shipment)
            columns: dict[str, Any] = {"carrier_account": "own", "service": "standard"} if event == "routed" else {}
            shipments.step(tx, seen, Event(event), self.policies, job=job.id, **columns)

        self.write(unit)

    def _buy(self, tx: Tx, job: Job, number: str) -> None:
        intent = waybills.intend(tx, load_input(tx, job), "test")
        waybills.bought(tx, intent, Waybill(number, Layout()), self.policies)

    def _render(
        self, tx: Tx, job: Job, what: PrinterCapabilities, variant: str, settings_key: str | None, draw: Draw
    ) -> None:
        given = load_input(tx, job)
        parcel = parcels(tx.run, job.shipment)[0]
        page, document = draw(f"W{parcel.id:07d}.1", what)
        documents = ((what.language, settings_key, document),) if settings_key is not None else ()
        serial = f"W{parcel.id:07d}.1"
        piece = Piece("waybill", serial, None, (Rendered(variant, page, documents),))
        pages.rendered(tx, given, parcel, [piece], self.policies, expires_at_us=FOREVER_US)

    def attempt_states(self) -> list[str]:
        """The states of all attempts, oldest first."""
        return [a["state"] for a in self.rows("attempt")]

    def open_cases(self) -> list[str]:
        """Codes of all open cases."""
        return [c["code"] for c in self.rows("case") if c["state"] == "open"]

    def begin_attempt(self, device: Device) -> attempts.Task | None:
        """Claim a label as a lane of an earlier daemon did."""
        return self.write(lambda tx: attempts.begin(tx, device, device.pool, _OWNER, {}))


class Forgetful:
    """A guard's memory that keeps nothing but a list of what it was told."""

    def __init__(self) -> None:
        self.kept: list[tuple[str, Any, str]] = []

    def keep(self, instance: str, breaker: Any, quarantined: str) -> None:
        """See `waybilld.host.guard.Memory`."""
        self.kept.append((instance, breaker, quarantined))


def raising(error: Exception) -> Callable[[], Awaitable[Any]]:
    """A call that fails."""

    async def call() -> Any:
        raise error

    return call
