"""A small house for tests of the store: a real database file, a hand-driven clock, seeded chance, and the whole road of an
order by the real verbs."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from waybilld.core.lifecycle import Event, State, Work
from waybilld.core.policy import Policies, ShopPolicy
from waybilld.core.unconfirmed import Unconfirmed
from waybilld.store import attempts, ingest, jobs, leases, migrate, outcomes, pages, schema, shipments, waybills
from waybilld.store.attempts import Device, Task
from waybilld.store.commit import Committer, Group
from waybilld.store.engine import FILE, open_reader, open_writer
from waybilld.store.ingest import Ingested
from waybilld.store.inputs import StageInput, load_input, parcels
from waybilld.store.jobs import Job, Owner
from waybilld.store.pages import Piece, Rendered
from waybilld.store.seal import Seal
from waybilld.store.sql import Runner
from waybilld.store.tx import Tx
from waybilld_sdk.labels import Page
from waybilld_sdk.orders import Consignee, Money, Order, OrderLine, OrderPage, OrderStatus, RejectedRecord
from waybilld_sdk.printing import Document, Evidence, Outcome, Verdict
from waybilld_sdk.shipping import Layout, Sender, Waybill

T = TypeVar("T")

SHOP = "shop"
SECOND_US = 1_000_000
PROVEN = Verdict(Outcome.PROVEN, Evidence.PRINTED, "the counter went up by one", {"odometer": 8})
PERSON = Consignee(
    name="Canaria Testperson",
    phone="+44 20 7946 0958",
    country="GB",
    city="Canarytown",
    street="1 Canary Wharf Lane",
    postcode="E14 5AB",
)
CANARIES = (PERSON.name, PERSON.phone, PERSON.city, PERSON.street, "a present for Canaria", "Canary mug", "pixels-of-canary")
"""Everything personal that the sample order holds, and what a label of it shows."""

LINES = (
    OrderLine("1", "SKU-1", "Canary mug", 2, Money(1250, "GBP")),
    OrderLine("2", "SKU-2", "Canary plate", 1, Money(900, "GBP")),
)


def order(external_id: str = "A-1", **changed: Any) -> Order:
    """A paid order of two lines."""
    sample = Order(
        external_id=external_id,
        status=OrderStatus.PAID,
        consignee=PERSON,
        lines=LINES,
        paid_at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        total=Money(3400, "GBP"),
        buyer_message="a present for Canaria",
    )
    return replace(sample, **changed)


def policies(**changed: Any) -> Policies:
    """The shop's policy: confirmed once printed."""
    sender = Sender("Sender Ltd", "+44 20 7946 0000", "2 Depot Road")
    policy = ShopPolicy(SHOP, "pool", ("main",), ("numbers",), sender, State.PRINTED)
    return Policies({SHOP: replace(policy, **changed)})


def device(name: str = "zebra-1") -> Device:
    """One printer of the pool."""
    return Device(name, "pool", "zpl", "dark-10", "8/100x150")


class House:
    """A database with its writer: an empty one, a copy of `template`, or the one that stands in the folder."""

    def __init__(self, folder: Path, template: Path | None = None, seed: int = 1) -> None:
        self.path = folder / FILE
        if template is not None:
            shutil.copyfile(template, self.path)
        self.policies = policies()
        self.now_us = int(datetime(2026, 1, 2, 8, tzinfo=UTC).timestamp()) * SECOND_US
        self.seal = Seal(b"k" * 32, random.Random(seed).randbytes)
        if not self.path.exists():
            migrate.upgrade(self.path)
        self.connection = open_writer(self.path)
        self.run = Runner(self.connection)
        self.committer = Committer(self.connection, "node-1", self.seal, lambda: self.now_us)
        self.epoch = self.do(lambda tx: leases.begin_epoch(tx, "pid 1", "0"))

    def close(self) -> None:
        """Close the writer."""
        self.committer.close()

    # ---- units ----------------------------------------------------------------------------------------------------

    def do(self, unit: Callable[[Tx], T]) -> T:
        """Commit one unit; its value, or its error raised."""
        result = self.group(unit).results[0]
        if result.error is not None:
            raise result.error
        value: T = result.value
        return value

    def group(self, *units: Callable[[Tx], Any]) -> Group:
        """Commit a group; time goes on by a second."""
        self.now_us += SECOND_US
        return self.committer.commit(units)

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """A look from outside, by another connection."""
        reader = open_reader(self.path)
        try:
            return reader.execute(sql, values).fetchall()
        finally:
            reader.close()

    def one(self, sql: str, *values: Any) -> Any:
        """The one value of a look from outside."""
        return self.rows(sql, *values)[0][0]

    # ---- the road -------------------------------------------------------------------------------------------------

    def ingest(self, *orders: Any, rejected: tuple[RejectedRecord, ...] = ()) -> Ingested:
        """One page of the shop's feed."""
        page = OrderPage("p", tuple(orders), rejected)
        return self.do(lambda tx: ingest.ingest(tx, self.policies.shops[SHOP], self.policies, page))

    @property
    def owner(self) -> Owner:
        """Who claims in this start."""
        return Owner("worker", self.epoch)

    def claim(self, kind: Work, most: int = 100) -> list[Job]:
        """Claim jobs."""
        return self.do(lambda tx: jobs.claim(tx, kind, most, self.owner))

    def given(self, job: Job) -> StageInput:
        """What a stage is given."""
        return self.do(lambda tx: load_input(tx, job))

    def step(self, kind: Work, event: Event, **columns: Any) -> None:
        """One decision for every shipment that waits for it."""
        for job in self.claim(kind):

            def unit(tx: Tx, job: Job = job) -> None:
                seen = shipments.load(tx.run, job.shipment)
                shipments.step(tx, seen, event, self.policies, job=job.id, **columns)

            self.do(unit)

    def plan(self) -> None:
        """From received to released."""
        self.step(Work.CHECK, Event.CHECKED)
        self.step(Work.ALLOCATE, Event.ALLOCATED, warehouse="main")
        self.step(Work.ROUTE, Event.ROUTED, carrier_account="numbers", service="std")
        self.step(Work.RELEASE, Event.RELEASED)

    def buy(self) -> None:
        """Buy what waits."""
        for job in self.claim(Work.BUY):
            given = self.given(job)
            intent = self.do(lambda tx, given=given: waybills.intend(tx, given, "node-1"))  # type: ignore[misc]
            waybill = Waybill(f"N{intent.waybill:06d}", Layout(("AB",)), Money(310, "GBP"))
            self.do(lambda tx, i=intent, w=waybill: waybills.bought(tx, i, w, self.policies))  # type: ignore[misc]

    def render(self, *, documents: bool = True) -> None:
        """Draw what waits."""
        for job in self.claim(Work.RENDER):
            given = self.given(job)
            parcel = parcels(self.run, job.shipment)[0]
            document = Document("zpl", b"^XA pixels-of-canary", b"^XZ")
            drawn = Rendered(
                "8/100x150",
                Page(800, 1200, b"png pixels-of-canary %d" % parcel.id, f"key-{parcel.id}"),
                (("zpl", "dark-10", document),) if documents else (),
            )

            def unit(tx: Tx, given: StageInput = given, parcel: Any = parcel, drawn: Rendered = drawn) -> None:
                expires = tx.now_us + 3600 * SECOND_US
                piece = Piece("waybill", f"S{parcel.id}", None, (drawn,))
                pages.rendered(tx, given, parcel, [piece], self.policies, expires_at_us=expires)

            self.do(unit)

    def begin(self, name: str = "zebra-1", after: int | None = None) -> Task | None:
        """Open the next attempt on a printer that printed for the shipment `after` last."""
        owner, what = Owner(f"lane-{name}", self.epoch), device(name)
        return self.do(lambda tx: attempts.begin(tx, what, what.pool, owner, {"odometer": 7}, shipment=after))

    def sent(self, task: Task) -> bool:
        """The gate."""
        return self.do(lambda tx: attempts.sent(tx, task, self.epoch, {"odometer": 7}))

    def print(self) -> None:
        """Print all that waits, each proven."""
        while (task := self.begin()) is not None:
            assert self.sent(task)
            self.do(lambda tx, task=task: outcomes.proven(tx, task, PROVEN, self.policies))  # type: ignore[misc]

    def until_rendered(self, *orders: Order) -> None:
        """From nothing to a label that waits for a printer."""
        self.ingest(*(orders or (order(),)))
        self.plan()
        self.buy()
        self.render()

    def until_printed(self, *orders: Order) -> None:
        """The whole road."""
        self.until_rendered(*orders)
        self.print()

    def block(self, shipment: int, code: str = "look") -> None:
        """Open a blocking case."""

        def unit(tx: Tx) -> None:
            with tx.entry("case.opened", shipment=shipment) as entry:
                shipments.open_case(entry, tx, shipment, code, "look at it", blocking=True)

        self.do(unit)

    def unblock(self, shipment: int) -> None:
        """Close all cases."""

        def unit(tx: Tx) -> None:
            with tx.entry("case.closed", shipment=shipment) as entry:
                shipments.close_cases(entry, tx, shipment)

        self.do(unit)

    def state(self, shipment: int = 1) -> str:
        """A shipment's state."""
        return str(self.one("SELECT state FROM shipment WHERE id = ?", shipment))


def live_in(house: House) -> None:
    """Make it a database that has seen most of what happens: printed, doubtful, changed, blocked, waiting, restarted."""
    house.until_printed(order("A-1"), order("A-2"))
    house.until_rendered(order("A-3"), order("A-4"), order("A-5"))
    refuted = house.begin()
    assert refuted is not None
    house.do(lambda tx: outcomes.refuted(tx, refuted, "the head was open"))
    doubtful = house.begin()
    assert doubtful is not None
    assert house.sent(doubtful)
    policies = house.policies
    house.do(lambda tx: outcomes.unconfirmed(tx, doubtful, Evidence.TOKEN, "no power", Unconfirmed.HOLD, policies))
    house.ingest(order("A-6"), order("A-7", status=OrderStatus.UNPAID))
    house.ingest(order("A-6", buyer_message="another colour please"), order("A-4", seller_memo="changed after release"))
    house.begin()


def closed_pack(tx: Tx) -> None:
    """A pack of one label, as if the first had not come out of a printer but of people's hands."""
    who = {"settled_at_us": tx.now_us, "settled_uid": 7002, "settled_user": "ada"}
    with tx.entry("hand.made") as entry:
        pack = entry.insert(schema.pack, pool="pool", state="open", made_at_us=tx.now_us, made_uid=7002, made_user="ada")
        item = entry.insert(schema.pack_item, pack=pack, number=1, label=1, page=1, attempt=1, state="open")
        entry.insert(schema.pack_showing, pack=pack, at_us=tx.now_us, uid=7002, user="ada")
        entry.update(schema.pack_item, item, state="printed", **who)
        entry.update(schema.pack, pack, state="closed", closed_at_us=tx.now_us)
