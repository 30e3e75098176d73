"""Shipment confirmations: each once, durable, readable, and harmless in a spreadsheet."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from waybilld_marketplaces.files.adapter import FilesMarketplace
from waybilld_marketplaces.files.settings import FilesSettings
from waybilld_marketplaces.files.shipped import COLUMNS, neutral
from waybilld_sdk.errors import InDoubt, NotReady
from waybilld_sdk.orders import Confirmation, ConfirmationState
from waybilld_sdk.testing.context import FakeContext
from waybilld_sdk.testing.run import run_now, run_together


def confirmation(key: str, **changes: str) -> Confirmation:
    """A confirmation of two lines."""
    facts = {"external_id": "A-1", "carrier": "own-numbers", "waybill_number": "RR473124829GB"} | changes
    when = datetime(2026, 3, 2, 8, 0, 30, tzinfo=UTC)
    return Confirmation(key=key, shipped_at=when, lines=(("L1:CUP", 2), ("L2", 1)), **facts)


def shop(ctx: FakeContext, tmp_path: Path, timezone: str = "Asia/Shanghai") -> FilesMarketplace:
    """The adapter, as after a restart."""
    return FilesMarketplace(ctx, FilesSettings(folder=str(tmp_path), timezone=timezone))


def written(tmp_path: Path) -> list[list[str]]:
    """All rows of all files, without headers."""
    rows = []
    for path in sorted((tmp_path / "shipped").iterdir()):
        data = path.read_bytes()
        assert data.startswith(b"\xef\xbb\xbforder_id,")
        lines = list(csv.reader(data.decode("utf-8-sig").splitlines()))
        assert lines[0] == list(COLUMNS)
        rows += lines[1:]
    return rows


def test_row_and_file_of_the_shops_day(tmp_path: Path) -> None:
    """The platform's import and the person who does it need the shop's own day and a header."""
    ctx = FakeContext(start=datetime(2026, 3, 1, 23, 0, tzinfo=UTC))
    run_now(shop(ctx, tmp_path).confirm_shipment(confirmation("k1")))
    assert [path.name for path in (tmp_path / "shipped").iterdir()] == ["shipped-2026-03-02.csv"]
    assert written(tmp_path) == [
        ["A-1", "own-numbers", "RR473124829GB", "2026-03-02T16:00:30+08:00", "L1:CUP x 2; L2 x 1", "k1"]
    ]


def test_calls_side_by_side_share_one_append(tmp_path: Path) -> None:
    """An fsync for each parcel would hold up the hand-over of a whole van."""
    ctx = FakeContext()
    market = shop(ctx, tmp_path)
    run_together(*(market.confirm_shipment(confirmation(f"k{n % 40}")) for n in range(100)))
    assert [row[-1] for row in written(tmp_path)] == [f"k{n}" for n in range(40)]
    assert ctx.folders[str(tmp_path)].writes == 2


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(
    st.lists(st.integers(0, 5), min_size=1, max_size=8), st.lists(st.integers(0, 7), max_size=40), st.integers(0, 1 << 30)
)
def test_torn_file_is_repaired(tmp_path: Path, keys: list[int], order: list[int], cut: int) -> None:
    """A power cut in the middle of a line: what was acknowledged stays, the torn line is written again, none twice."""
    folder = tmp_path / f"t{len(list(tmp_path.iterdir()))}"
    ctx = FakeContext()
    rest = list(order)

    def pick(ready: Sequence[int]) -> int:
        return ready[rest.pop(0) % len(ready)] if rest else ready[0]

    market = shop(ctx, folder)
    run_together(*(market.confirm_shipment(confirmation(f"key,{key}")) for key in keys), pick=pick)
    (path,) = (folder / "shipped").iterdir()
    data = path.read_bytes()
    path.write_bytes(data[: cut % (len(data) + 1)])
    again = shop(ctx, folder)
    whole = path.read_bytes()
    for key in set(keys):
        line_is_whole = f',"key,{key}"\r\n'.encode() in whole
        state = run_now(again.confirmation_state(f"key,{key}"))
        assert state is (ConfirmationState.CONFIRMED if line_is_whole else ConfirmationState.ABSENT)
    run_together(*(again.confirm_shipment(confirmation(f"key,{key}")) for key in keys))
    assert sorted(row[-1] for row in written(folder)) == sorted(f"key,{key}" for key in set(keys))


def test_repeat_on_another_day_and_after_restart(tmp_path: Path) -> None:
    """A confirmation that is tried again after midnight must not stand in two files."""
    ctx = FakeContext()
    run_now(shop(ctx, tmp_path).confirm_shipment(confirmation("k1")))
    ctx.advance(86400)
    market = shop(ctx, tmp_path)
    run_now(market.confirm_shipment(confirmation("k1")))
    run_now(market.confirm_shipment(confirmation("k2")))
    assert [row[-1] for row in written(tmp_path)] == ["k1", "k2"]


def test_state_is_known_for_years(tmp_path: Path) -> None:
    """A doubtful call may be settled long after its file went out of memory."""
    ctx = FakeContext()
    market = shop(ctx, tmp_path)
    for day in range(12):
        run_now(market.confirm_shipment(confirmation(f"k{day}")))
        ctx.advance(86400)
    for day in range(12):
        assert run_now(market.confirmation_state(f"k{day}")) is ConfirmationState.CONFIRMED
    assert run_now(market.confirmation_state("k")) is ConfirmationState.ABSENT
    assert run_now(market.confirmation_state("12")) is ConfirmationState.ABSENT


def test_file_that_was_taken_away_gets_a_new_header(tmp_path: Path) -> None:
    """Somebody moves today's file to the platform; what follows must be a whole CSV again, without the old rows."""
    ctx = FakeContext()
    market = shop(ctx, tmp_path)
    run_now(market.confirm_shipment(confirmation("k1")))
    (path,) = (tmp_path / "shipped").iterdir()
    path.unlink()
    run_now(market.confirm_shipment(confirmation("k2")))
    run_now(market.confirm_shipment(confirmation("k1")))
    assert [row[-1] for row in written(tmp_path)] == ["k2"]


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1", "＋1", " =1", "\u3000=1"])
def test_formulas_are_text(cell: str, tmp_path: Path) -> None:
    """An order number from a buyer must not become a command on the supervisor's computer."""
    run_now(shop(FakeContext(), tmp_path).confirm_shipment(confirmation("k1", external_id=cell)))
    (row,) = written(tmp_path)
    assert row[0].startswith("'")


@given(st.text(max_size=30))
def test_neutral_cells_stay_in_their_line(cell: str) -> None:
    """A line break in a cell would make two confirmations of one."""
    text = neutral(cell)
    assert not set(text) & {chr(code) for code in range(32)}
    assert text.lstrip("'")[:1] not in ("=", "@") or text.startswith("'")


def test_full_disk_is_in_doubt_and_then_repaired(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody knows how much reached the disk: the host asks, and the next write repairs."""
    ctx = FakeContext()
    market = shop(ctx, tmp_path)
    run_now(market.confirm_shipment(confirmation("k1")))
    folder = ctx.folders[str(tmp_path)]
    (path,) = (tmp_path / "shipped").iterdir()

    async def full(_name: str, data: bytes) -> None:
        with path.open("ab") as stream:
            stream.write(data[:20])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(folder, "append", full)
    with pytest.raises(InDoubt, match=r"No space left.*Free disk space"):
        run_now(market.confirm_shipment(confirmation("k2")))
    monkeypatch.undo()
    assert run_now(market.confirmation_state("k2")) is ConfirmationState.ABSENT
    run_now(market.confirm_shipment(confirmation("k2")))
    assert [row[-1] for row in written(tmp_path)] == ["k1", "k2"]
    said = "a torn shipment confirmation was removed; it will be written again"
    assert ("warn", said, {"file": path.name}) in ctx.log.lines


def test_folder_that_cannot_be_read(tmp_path: Path) -> None:
    """An unreadable file is no proof that nothing was confirmed."""
    (tmp_path / "shipped").mkdir()
    (tmp_path / "shipped" / "shipped-2026-01-01.csv").mkdir()
    with pytest.raises(NotReady, match="cannot be read"):
        run_now(shop(FakeContext(), tmp_path).confirmation_state("k1"))
