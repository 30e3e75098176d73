"""Personal data: sealed, shreddable, and nowhere else."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from unit.store.store_house import CANARIES, House, order
from waybilld.store import pages
from waybilld.store.orderdata import open_order, open_text, seal_text, shred
from waybilld.store.retention import expire_pages
from waybilld.store.seal import KEY_BYTES, Seal, Shredded
from waybilld.store.verify import verify
from waybilld_sdk.orders import RejectedRecord


def raw(house: House) -> bytes:
    """Every byte of the database and its log."""
    return b"".join(path.read_bytes() for path in sorted(house.path.parent.glob(f"{house.path.name}*")))


def found(house: House) -> list[str]:
    """The canaries that can be read in the raw bytes, plain or as JSON escapes write them."""
    data = raw(house)
    return [c for c in CANARIES if c.encode() in data or json.dumps(c)[1:-1].encode() in data]


def test_no_personal_data_is_readable_in_the_raw_file(lived: House) -> None:
    """A stolen disk or a forgotten backup must not be a list of customers: not in tables, journal, indexes or log."""
    lived.ingest(rejected=(RejectedRecord("orders.csv row 3", "no quantity", ";".join(CANARIES)),))
    assert found(lived) == []
    assert b"orders.csv row 3" in raw(lived)


def test_canaries_would_be_found(lived: House) -> None:
    """The search above must be able to find what it searches for."""
    lived.connection.execute("UPDATE label SET serial = ? WHERE id = 1", (CANARIES[0],))
    assert found(lived) == [CANARIES[0]]


def test_same_address_is_sealed_differently_each_time(house: House) -> None:
    """Equal sealed bytes would show who ordered twice."""
    house.ingest(order("A-1"), order("A-2"))
    sealed = [row[0] for row in house.rows("SELECT sealed FROM private")]
    assert len(set(sealed)) == 2


def test_shredding_makes_text_and_pixels_unreadable(house: House) -> None:
    """A buyer asked to be forgotten: without the data key, whatever was sealed with it is gone, also in old copies."""
    house.until_printed(order("A-1"), order("A-2"))
    blob = house.one("SELECT blob FROM page WHERE id = 1")
    assert b"pixels-of-canary" in pages.open_blob(house.run, house.seal, blob)
    (wrapped,) = house.rows("SELECT data_key FROM private WHERE id = 1")[0]
    house.do(lambda tx: shred(tx, 1))
    with pytest.raises(Shredded):
        open_order(house.run, house.seal, 1)
    with pytest.raises(Shredded):
        pages.open_blob(house.run, house.seal, blob)
    assert open_order(house.run, house.seal, 2) == order("A-2")
    house.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    assert wrapped not in raw(house)
    assert verify(house.run, house.seal, full=True) == []


def test_retention_deletes_pixels_and_nothing_else(house: House) -> None:
    """When its days are over a label's picture goes; that it was printed stays in the books."""
    house.until_printed(order("A-1"))
    house.until_rendered(order("A-2"))
    assert house.do(expire_pages) == 0
    house.now_us += 3700 * 1_000_000
    assert house.do(expire_pages) == 3
    assert house.rows("SELECT blob FROM page") == [(None,), (None,)]
    assert house.one("SELECT count(*) FROM blob") == house.one("SELECT count(*) FROM document") == 0
    with pytest.raises(Shredded):
        pages.open_blob(house.run, house.seal, None)
    assert house.do(expire_pages) == 0
    assert verify(house.run, house.seal, full=True) == []


def test_missing_private_row_reads_as_shredded(house: House) -> None:
    """A stage that meets deleted data must get the one error that it knows."""
    with pytest.raises(Shredded):
        open_text(house.run, house.seal, 99)


def seal(key: bytes = b"k" * KEY_BYTES) -> Seal:
    """A seal with seeded chance."""
    return Seal(key, random.Random(1).randbytes)


@given(st.binary(max_size=200))
def test_sealed_opens_with_its_key_only(data: bytes) -> None:
    """The whole point of it."""
    one = seal()
    key, wrapped = one.new_key()
    closed = one.close(key, data)
    assert one.open(one.unwrap(wrapped), closed) == data
    other_key, _ = one.new_key()
    with pytest.raises(InvalidTag):
        one.open(other_key, closed)
    with pytest.raises(InvalidTag):
        seal(b"x" * KEY_BYTES).unwrap(wrapped)


@given(st.binary(min_size=1, max_size=60), st.integers(0), st.integers(0, 7))
def test_changed_byte_does_not_open(data: bytes, place: int, bit: int) -> None:
    """What was changed on the disk must be an error, never another address on a label."""
    one = seal()
    key, _ = one.new_key()
    closed = bytearray(one.close(key, data))
    closed[place % len(closed)] ^= 1 << bit
    with pytest.raises(InvalidTag):
        one.open(key, bytes(closed))


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(exclude_categories=()), max_size=40))
def test_any_text_is_kept(house: House, text: str) -> None:
    """Shops send lone surrogates and NULs; the text must come back as it was, or the label differs from the order."""
    row = house.do(lambda tx: seal_text(tx, text))
    assert open_text(house.run, house.seal, row) == text


def test_digests_are_keyed() -> None:
    """An unkeyed digest of a phone number is the phone number: there are few enough to try them all."""
    assert seal().digest(b"+44 20 7946 0958") != seal(b"x" * KEY_BYTES).digest(b"+44 20 7946 0958")
    assert seal().digest(b"x") == seal().digest(b"x")


@pytest.mark.parametrize("size", [0, 16, 31, 33])
def test_key_of_another_size_is_refused(size: int) -> None:
    """A truncated key file must be said at start, not found when the first address is read."""
    with pytest.raises(ValueError, match=f"this one has {size}"):
        Seal(b"k" * size, random.Random(1).randbytes)


def test_key_file_is_not_in_the_database(house: House, tmp_path: Path) -> None:
    """The master key beside the data in one file would be no lock at all."""
    house.until_printed()
    assert b"k" * KEY_BYTES not in raw(house)


def test_the_key_of_a_page_is_kept_as_a_keyed_digest(house: House) -> None:
    """A page's key is a plain digest over name, phone and street: kept as it is, in the journal for ever, they could be
    tried out."""
    house.until_printed()
    (kept,) = house.rows("SELECT DISTINCT page_key FROM page")[0]
    assert kept == house.seal.digest(b"key-1")
    assert b"key-1" not in raw(house)
