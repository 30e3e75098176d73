"""Print sets in the database: one label row and one print job a page, in the set's order, each in its own pool."""

from __future__ import annotations

from unit.store.store_house import PROVEN, House, device, order
from waybilld.core.lifecycle import Work
from waybilld.store import attempts, outcomes, pages
from waybilld.store.attempts import Task
from waybilld.store.inputs import parcels
from waybilld.store.pages import Piece, Rendered
from waybilld_sdk.labels import Finding, Page
from waybilld_sdk.printing import Document

SECOND_US = 1_000_000
DOCUMENT = Document("zpl", b"^XA", b"^XZ")
NOTE = Finding("text-shortened", "the label has no room for all of: goods")


def piece(kind: str, serial: str, pool: str | None) -> Piece:
    """One page of one kind."""
    page = Page(800, 1200, serial.encode(), f"key-{serial}", (NOTE,))
    return Piece(kind, serial, pool, (Rendered("8/100x150", page, ()),))


def drawn(house: House, *pieces: Piece, number: str = "A-1") -> int:
    """A shipment whose print set was drawn; its number."""
    house.ingest(order(number))
    house.plan()
    house.buy()
    (job,) = house.claim(Work.RENDER)
    given, parcel = house.given(job), parcels(house.run, job.shipment)[0]
    house.do(
        lambda tx: pages.rendered(tx, given, parcel, pieces, house.policies, expires_at_us=tx.now_us + 3600 * SECOND_US)
    )
    return job.shipment


def printed(house: House, name: str = "zebra-1") -> Task:
    """Claim, send and prove the next label."""
    task = house.begin(name)
    assert task is not None
    house.do(lambda tx: attempts.sending(tx, task, DOCUMENT))
    assert house.sent(task)
    house.do(lambda tx: outcomes.proven(tx, task, PROVEN, house.policies))
    return task


def state(house: House, shipment: int) -> str:
    """The shipment's state."""
    return str(house.one("SELECT state FROM shipment WHERE id = ?", shipment))


def test_a_set_comes_out_in_its_order(house: House) -> None:
    """A slip before its label ends in the parcel before."""
    shipment = drawn(house, piece("waybill", "W1", None), piece("slip", "S1", None), piece("slip", "S1-2", None))
    assert [printed(house).serial for _ in range(3)] == ["W1", "S1", "S1-2"]
    assert state(house, shipment) == "printed"
    assert house.begin() is None


def test_the_shipment_is_printed_when_its_waybill_is(house: House) -> None:
    """A slip out of another printer must neither hold the parcel nor send it."""
    shipment = drawn(house, piece("slip", "S1", None), piece("waybill", "W1", None))
    assert printed(house).serial == "S1"
    assert state(house, shipment) == "rendered"
    assert printed(house).serial == "W1"
    assert state(house, shipment) == "printed"


def test_a_slip_that_comes_after_the_shipment_was_printed_still_prints(house: House) -> None:
    """The gate must know it for what it is."""
    shipment = drawn(house, piece("waybill", "W1", None), piece("slip", "S1", None))
    printed(house)
    assert state(house, shipment) == "printed"
    assert printed(house).serial == "S1"
    assert house.one("SELECT count(*) FROM job WHERE state != 'done' AND kind = 'print'") == 0


def test_each_kind_goes_to_its_own_pool(house: House) -> None:
    """A slip on label stock wastes a label; a label on A4 wastes a parcel."""
    drawn(house, piece("waybill", "W1", None), piece("slip", "S1", "paper"))
    assert house.rows("SELECT l.kind, j.pool FROM job j JOIN label l ON l.id = j.label ORDER BY j.id") == [
        ("waybill", device("zebra-1").pool),
        ("slip", "paper"),
    ]


def test_a_finding_of_several_pages_is_said_once(house: House) -> None:
    """Three cases of one thing are two too many."""
    drawn(house, piece("waybill", "W1", None), piece("slip", "S1", None))
    assert house.one("SELECT count(*) FROM \"case\" WHERE code = 'text-shortened'") == 1


def two_sets(house: House) -> tuple[int, int]:
    """Two orders with a label and a slip each, in one pool."""
    first = drawn(house, piece("waybill", "W1", None), piece("slip", "S1", None))
    return first, drawn(house, piece("waybill", "W2", None), piece("slip", "S2", None), number="A-2")


def begun(house: House, name: str, after: int | None = None) -> Task:
    """The next label of a printer, sent."""
    task = house.begin(name, after)
    assert task is not None
    house.do(lambda tx: attempts.sending(tx, task, DOCUMENT))
    assert house.sent(task)
    return task


def prove(house: House, task: Task) -> None:
    """It came out."""
    house.do(lambda tx: outcomes.proven(tx, task, PROVEN, house.policies))


def test_a_set_comes_out_of_one_printer_of_its_pool(house: House) -> None:
    """A slip from the left printer under a label from the right one is a slip in the wrong parcel."""
    first, second = two_sets(house)
    left, right = begun(house, "zebra-1"), begun(house, "zebra-2")
    assert (left.serial, right.serial) == ("W1", "W2")
    prove(house, right)
    right = begun(house, "zebra-2", second)
    assert right.serial == "S2"
    assert house.begin("zebra-3") is None
    prove(house, left)
    assert begun(house, "zebra-1", first).serial == "S1"


def test_what_a_printer_could_not_print_waits_until_another_has_finished_its_own(house: House) -> None:
    """Failover must not tear the other printer's set apart, nor leave the torn one lying."""
    _, second = two_sets(house)
    left, right = begun(house, "zebra-1"), begun(house, "zebra-2")
    house.do(lambda tx: outcomes.refuted(tx, left, "head open"))
    prove(house, right)
    order_of_serials = []
    after = second
    while (task := house.begin("zebra-2", after)) is not None:
        house.do(lambda tx, task=task: attempts.sending(tx, task, DOCUMENT))  # type: ignore[misc]
        assert house.sent(task)
        prove(house, task)
        order_of_serials.append(task.serial)
        after = task.shipment
    assert order_of_serials == ["S2", "W1", "S1"]


def test_a_shipment_without_a_waybill_label_is_never_printed(house: House) -> None:
    """A renderer that leaves the waybill out would have the marketplace told that a parcel without a label is on its way."""
    shipment = drawn(house, piece("slip", "S1", None))
    printed(house)
    assert state(house, shipment) == "rendered"
