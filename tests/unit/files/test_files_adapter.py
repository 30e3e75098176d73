"""The queue of files: settling, order, restarts at every page, and where files go."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

from waybilld_marketplaces.files.adapter import FilesMarketplace, plugin
from waybilld_marketplaces.files.place import Place, numbered_name, read_place
from waybilld_marketplaces.files.settings import FilesSettings
from waybilld_marketplaces.files.work import Unreadable, survey
from waybilld_sdk.context import Limits
from waybilld_sdk.errors import NotReady, Retry, StopQueue
from waybilld_sdk.orders import OrderPage
from waybilld_sdk.testing.context import FakeContext
from waybilld_sdk.testing.run import run_now

T = TypeVar("T")
HEADER = "order_id,status,name,street,sku,quantity\n"


class Workshop(FakeContext):
    """A context in which a test says what comes of surveying one file."""

    def __init__(self) -> None:
        super().__init__()
        self.instead: dict[str, Callable[[], object]] = {}

    async def work(self, fn: Callable[..., T], *args: object, limits: Limits = Limits()) -> T:  # noqa: B008 - a value
        name = Path(str(args[0])).name
        if fn is survey and name in self.instead:
            return self.instead[name]()  # type: ignore[return-value]  # what the test wants survey to give
        return await super().work(fn, *args, limits=limits)


class Shop:
    """A drop folder with its adapter; `restart` gives a new adapter on the same context."""

    def __init__(self, tmp_path: Path, **settings: object) -> None:
        self.drop = tmp_path / "drop"
        self.drop.mkdir()
        self.ctx = Workshop()
        self.settings = FilesSettings.model_validate({"folder": str(self.drop), **settings})
        self.restart()

    def restart(self) -> None:
        self.market = FilesMarketplace(self.ctx, self.settings)

    def put(self, name: str, *orders: str, age: int = 0) -> None:
        """A file with good orders; a name that begins with ! is a bad one."""
        rows = (f"{order.lstrip('!')},paid,测试收件人,示例路1号,S,{'x' if order[0] == '!' else 1}\n" for order in orders)
        self.write(name, (HEADER + "".join(rows)).encode(), age)

    def write(self, name: str, data: bytes, age: int = 0) -> None:
        (self.drop / name).write_bytes(data)
        os.utime(self.drop / name, ns=((10_000 - age) * 10**9,) * 2)

    def page(self, token: str | None = None, limit: int = 2) -> OrderPage:
        return run_now(self.market.list_orders(token, limit))

    def acknowledge(self, page: OrderPage) -> None:
        run_now(self.market.acknowledge(page.token))

    def drain(self, limit: int = 2) -> list[str]:
        """Everything, acknowledged page by page, after the files had time to settle."""
        self.page()
        self.ctx.advance(2)
        ids: list[str] = []
        token: str | None = None
        while True:
            page = self.page(token, limit)
            ids += [order.external_id for order in page.orders]
            self.acknowledge(page)
            token = page.next_token
            if token is None:
                return ids

    def names(self, sub: str = "") -> list[str]:
        """What lies in the folder or a sub-folder of it."""
        where = self.drop / sub
        return sorted(path.name for path in where.iterdir() if path.is_file()) if where.is_dir() else []

    def warnings(self) -> list[str]:
        return [event for level, event, _facts in self.ctx.log.lines if level == "warn"]


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """A shop with the default settings."""
    return Shop(tmp_path)


def test_file_is_left_alone_until_it_keeps_still(shop: Shop) -> None:
    """Half a file over a slow network must not be taken for a whole one."""
    shop.put("a.csv", "A-1")
    assert shop.page().orders == ()
    shop.ctx.advance(1.9)
    shop.put("a.csv", "A-1", "A-2")
    assert shop.page().orders == ()
    shop.ctx.advance(1.9)
    assert shop.page().orders == ()
    shop.ctx.advance(0.1)
    assert [order.external_id for order in shop.page().orders] == ["A-1", "A-2"]


@pytest.mark.parametrize("name", [".hidden.csv", "a.csv.part", "a.tmp", "a.csv.crdownload", "a.csv~"])
def test_unfinished_names_are_ignored(shop: Shop, name: str) -> None:
    """Browsers and editors say by the name that they are still writing."""
    shop.put(name, "A-1")
    assert shop.drain() == []
    assert shop.names() == [name]
    assert shop.warnings() == []


def test_file_moves_only_after_its_last_page_is_acknowledged(shop: Shop) -> None:
    """A file that moved before the commit would be lost with the next power cut."""
    shop.put("a.csv", "A-1", "A-2", "A-3")
    shop.page()
    shop.ctx.advance(2)
    first = shop.page()
    second = shop.page(first.next_token)
    assert second.next_token is None
    assert shop.names() == ["a.csv"]
    shop.acknowledge(first)
    assert shop.names() == ["a.csv"]
    shop.acknowledge(second)
    assert (shop.names(), shop.names("done")) == ([], ["a.csv"])


def test_oldest_file_first_and_on_to_the_next(shop: Shop) -> None:
    """Orders are packed in the order in which they were dropped, and one poll takes them all."""
    shop.put("b.csv", "B-1", "B-2", "B-3", age=20)
    shop.put("a.csv", "A-1", age=10)
    shop.put("c.csv", "C-1", age=30)
    assert shop.drain() == ["C-1", "B-1", "B-2", "B-3", "A-1"]
    assert shop.names("done") == ["a.csv", "b.csv", "c.csv"]


@pytest.mark.parametrize("after_commit", [False, True])
def test_kill_at_every_page(tmp_path: Path, after_commit: bool) -> None:
    """Killed before or after an acknowledgement, the next life delivers the rest, and rejected rows once."""
    for killed_at in range(4):
        (tmp_path / str(killed_at)).mkdir()
        shop = Shop(tmp_path / str(killed_at))
        shop.put("a.csv", "A-1", "!B-1", "A-2", "A-3", "A-4", "!B-2", "A-5")
        shop.page()
        shop.ctx.advance(2)
        ids: list[str] = []
        token: str | None = None
        for number in range(10):
            page = shop.page(token)
            ids += [order.external_id for order in page.orders]
            if number == killed_at and not after_commit:
                shop.restart()
                shop.page()
                shop.ctx.advance(2)
                page = shop.page(token)
            shop.acknowledge(page)
            if number == killed_at and after_commit:
                shop.restart()
                shop.acknowledge(page)
            token = page.next_token
            if token is None:
                break
        assert ids == ["A-1", "A-2", "A-3", "A-4", "A-5"]
        assert shop.names("done") == ["a.csv"]
        rejected = (shop.drop / "rejected" / "a.csv.csv").read_text("utf-8-sig").splitlines()
        assert [line.split(",")[0] for line in rejected] == ["order_id", "B-1", "B-2"]


def test_kill_between_rejected_rows_and_move(shop: Shop) -> None:
    """The rejected rows stand there already when the acknowledgement is repeated: no second copy."""
    shop.put("a.csv", "!B-1", "A-1")
    shop.page()
    shop.ctx.advance(2)
    page = shop.page()
    shop.acknowledge(page)
    (shop.drop / "done" / "a.csv").rename(shop.drop / "a.csv")
    shop.restart()
    shop.acknowledge(page)
    assert shop.names("rejected") == ["a.csv.csv"]
    assert shop.names("done") == ["a.csv"]


def test_rejected_rows_of_another_file_of_that_name_are_kept(shop: Shop) -> None:
    """Every day's export has the same name; yesterday's rejected rows must not vanish."""
    shop.put("a.csv", "!B-1")
    shop.drain()
    shop.put("a.csv", "!B-2")
    shop.drain()
    assert shop.names("rejected") == ["a.csv-2.csv", "a.csv.csv"]
    assert shop.names("done") == ["a-2.csv", "a.csv"]


def test_same_file_dropped_twice_is_delivered_and_put_aside(shop: Shop) -> None:
    """The host knows by content that nothing changed; the adapter must only keep both files apart."""
    for name in ("a.csv", "a-2.csv", "a-3.csv"):
        shop.put("a.csv", "A-1")
        assert shop.drain() == ["A-1"]
        assert name in shop.names("done")


def test_file_replaced_in_the_middle_starts_anew(shop: Shop) -> None:
    """A token of the old content must not skip orders of the new one."""
    shop.put("a.csv", "A-1", "A-2", "A-3")
    shop.page()
    shop.ctx.advance(2)
    first = shop.page()
    shop.put("a.csv", "N-1", "N-2", "N-3", "N-4", age=-5)
    assert shop.page(first.next_token).orders == (), "new content settles first"
    shop.acknowledge(first)
    assert shop.names() == ["a.csv"]
    shop.ctx.advance(2)
    page = shop.page(first.next_token)
    assert [order.external_id for order in page.orders] == ["N-1", "N-2"]
    assert shop.drain() == ["N-1", "N-2", "N-3", "N-4"]


def test_file_that_vanished_in_the_middle(shop: Shop) -> None:
    """Somebody took the file back: go on with the others."""
    shop.put("a.csv", "A-1", "A-2", "A-3", age=10)
    shop.put("b.csv", "B-1")
    shop.page()
    shop.ctx.advance(2)
    first = shop.page()
    (shop.drop / "a.csv").unlink()
    shop.acknowledge(first)
    page = shop.page(first.next_token)
    assert [order.external_id for order in page.orders] == ["B-1"]


def test_file_that_changes_while_it_is_looked_through(shop: Shop) -> None:
    """What was surveyed is not what was listed: wait for it to settle again."""
    shop.put("a.csv", "A-1")
    shop.page()
    shop.ctx.advance(2)

    def somebody_writes() -> object:
        shop.put("a.csv", "A-1", "A-2", age=-9)
        return survey(str(shop.drop / "a.csv"), 1 << 20, "auto")

    shop.ctx.instead["a.csv"] = somebody_writes
    assert shop.page().orders == ()
    shop.ctx.instead.clear()
    assert shop.drain() == ["A-1", "A-2"]


def test_resume_needs_no_settling(shop: Shop) -> None:
    """After a restart the content is known by its digest: no need to wait."""
    shop.put("a.csv", "A-1", "A-2", "A-3")
    shop.page()
    shop.ctx.advance(2)
    first = shop.page()
    shop.restart()
    assert [order.external_id for order in shop.page(first.next_token).orders] == ["A-3"]


def test_refused_file_stands_beside_its_reason(shop: Shop) -> None:
    """The person who dropped a wrong file finds the reason where the file was."""
    for name in ("x.csv", "x-2.csv"):
        shop.write("x.csv", "a;b\n1;2\n".encode("utf-16"))
        shop.put("y.csv", "A-1", age=-5)
        shop.page()
        shop.ctx.advance(2)
        page = shop.page()
        assert page.orders == ()
        assert page.rejected[0].where == "x.csv"
        assert "UTF-16" in page.rejected[0].reason
        shop.restart()
        shop.acknowledge(page)
        shop.acknowledge(page)
        assert name in shop.names("rejected")
        assert "UTF-16" in (shop.drop / "rejected" / f"{name}.why.txt").read_text("utf-8")
        assert shop.drain() == ["A-1"]


def test_header_only_and_empty_file(shop: Shop) -> None:
    """A day without orders is no error; an empty file is."""
    shop.put("none.csv", age=10)
    shop.write("empty.csv", b"")
    assert shop.drain() == []
    assert shop.names("done") == ["none.csv"]
    assert shop.names("rejected") == ["empty.csv", "empty.csv.why.txt"]


def test_what_cannot_be_read_is_said_once(shop: Shop) -> None:
    """A message with every poll would hide the others; the other files go on, and a repaired file is taken."""
    (shop.drop / "folder.csv").mkdir()
    (shop.drop / "link.csv").symlink_to("/etc/hostname")
    shop.put("locked.csv", "L-1", age=50)
    shop.put("a.csv", "A-1", "A-2", "A-3")
    shop.ctx.instead["locked.csv"] = lambda: Unreadable("permission denied: change the file's owner or permissions")
    assert shop.drain() == ["A-1", "A-2", "A-3"]
    shop.drain()
    (shop.drop / "folder.csv" / "inside").write_bytes(b"")
    shop.drain()
    assert sorted(shop.warnings()) == [
        "an order file cannot be read: left alone",
        "not a file: left alone in the drop folder",
        "not a file: left alone in the drop folder",
    ]
    shop.ctx.instead.clear()
    assert shop.drain() == ["L-1"]


def test_file_that_kills_its_worker_does_not_stop_the_others(shop: Shop) -> None:
    """One poisonous file must not stop the shop."""
    shop.put("poison.csv", "P-1", age=50)
    shop.put("a.csv", "A-1")

    def killed() -> object:
        raise Retry("survey took longer than 50 s and was stopped")

    shop.ctx.instead["poison.csv"] = killed
    assert shop.drain() == ["A-1"]
    assert shop.drain() == []
    assert shop.warnings() == ["an order file cannot be read: left alone"]


@pytest.mark.parametrize("name", [b"bad\xff.csv", b"new\nline.csv"])
def test_name_that_is_not_text(shop: Shop, name: bytes) -> None:
    """Such a name cannot be stored or shown; the file must neither be lost nor stop the others."""
    Path(os.fsdecode(os.fsencode(shop.drop) + b"/" + name)).write_bytes(b"x")
    shop.put("a.csv", "A-1")
    assert shop.drain() == ["A-1"]
    shop.drain()
    assert shop.warnings() == ["a file was left alone: its name is not valid text; rename it"]


@pytest.mark.parametrize("name", ["a|b.csv", "|.csv", "a|1-2.csv", "空 格.csv", "a'b\".csv"])
def test_odd_names_survive_in_tokens(shop: Shop, name: str) -> None:
    """A file name is text from outside, also inside a token."""
    shop.put(name, "A-1", "A-2", "A-3")
    assert shop.drain() == ["A-1", "A-2", "A-3"]
    assert shop.names("done") == [name]


@pytest.mark.parametrize("token", ["", "x", "a|b", "||", "a.csv|x|y", "a.csv|x|-1", "a.csv|x|1-", "a.csv|x|１", "|x|1"])
def test_foreign_tokens_mean_nothing(shop: Shop, token: str) -> None:
    """A token of an older version or of nobody must not move files."""
    shop.put("a.csv", "A-1")
    assert read_place(token) is None
    run_now(shop.market.acknowledge(token))
    assert shop.page(token).orders == ()
    assert shop.names() == ["a.csv"]


def test_token_beyond_the_end(shop: Shop) -> None:
    """A cursor from nowhere must end the file, not the daemon."""
    shop.put("a.csv", "A-1")
    shop.page()
    shop.ctx.advance(2)
    place = read_place(shop.page().token)
    assert place is not None
    page = shop.page(Place("a.csv", place.version, 99).token())
    assert (page.orders, page.next_token) == ((), None)


def test_full_disk_while_putting_away(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """The commit stands; the file stays until there is room."""
    shop.put("a.csv", "!B-1", "A-1")
    shop.page()
    shop.ctx.advance(2)
    page = shop.page()
    folder = shop.ctx.folders[str(shop.drop)]

    async def full(_name: str, _data: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(folder, "write", full)
    with pytest.raises(Retry, match="No space left"):
        shop.acknowledge(page)
    monkeypatch.undo()
    shop.acknowledge(page)
    assert shop.names("done") == ["a.csv"]


def test_folder_that_is_gone_and_wrong_profile(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """A network share that is away comes back; a wrong profile needs a person."""
    folder = shop.ctx.folders[str(shop.drop)]

    async def away(_sub: str = "") -> None:
        raise OSError(116, "Stale file handle")

    monkeypatch.setattr(folder, "list", away)
    with pytest.raises(NotReady, match="Stale file handle"):
        shop.page()
    monkeypatch.undo()
    shop.settings = FilesSettings(folder=str(shop.drop), profile="shopfy", settle_seconds=0)
    shop.restart()
    shop.put("a.csv", "A-1")
    for call in (shop.market.check(), shop.market.list_orders(None, 10)):
        with pytest.raises(StopQueue, match="shopfy"):
            run_now(call)


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"folder": ""}, "at least 1"),
        ({"settle_seconds": -1}, "greater than or equal to 0"),
        ({"max_file_mb": 0}, "greater than or equal to 1"),
        ({"currency": "ERU"}, "ISO 4217"),
        ({"country": "de"}, "pattern"),
        ({"timezone": "Mars/Olympus"}, "time zone"),
        ({"timezone": "../../etc/passwd"}, "time zone"),
        ({"page_orders": 50}, "greater than or equal to 100"),
        ({"colour": "red"}, "Extra inputs"),
    ],
)
def test_settings_mistakes(settings: dict[str, object], says: str) -> None:
    """A mistake is told at `config check`, not with the first file."""
    with pytest.raises(ValueError, match=says):
        FilesSettings.model_validate({"folder": "x", **settings})


def test_plugin_registers_itself(tmp_path: Path) -> None:
    """The entry point must lead to something that the host can use."""
    (spec,) = plugin.waybilld_register_marketplaces()
    assert spec.name == plugin.waybilld_plugin_info().name == "files"
    made = spec.factory(FakeContext(), spec.settings.model_validate({"folder": str(tmp_path / "drop")}))
    run_now(made.check())
    assert made.capabilities().feed == "queue"
    assert run_now(made.get_order("A-1")) is None


def test_numbered_names() -> None:
    """A name clash must keep the ending, by which programs know the file."""
    assert [numbered_name("orders.csv", number) for number in (1, 2, 3)] == ["orders.csv", "orders-2.csv", "orders-3.csv"]
    assert numbered_name("orders", 2) == "orders-2"
