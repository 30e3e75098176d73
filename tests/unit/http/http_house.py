"""A running daemon as handlers see it, without reactor and sockets: a real database, real lanes and guards, a fake clock."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock as FakeReactor

from unit.store.store_house import House, policies
from waybilld.config.load import Loaded
from waybilld.config.model import Config, Pool
from waybilld.config.model import Printer as PrinterConfig
from waybilld.core.breaker import Breaker
from waybilld.core.runs import Dispatchers
from waybilld.host.discover import Plugins
from waybilld.host.guard import Bounds, Guard
from waybilld.http.app import App
from waybilld.http.router import Router
from waybilld.http.routes import ROUTES
from waybilld.http.values import Peer, Request, Response
from waybilld.services.board import Board
from waybilld.services.caredesk import CareDesk
from waybilld.services.caretaker import Caretaker
from waybilld.services.clock import Clock
from waybilld.services.fleet import Encoding, Fleet, Instance, PoolPrinter
from waybilld.services.floor import PrinterDesk
from waybilld.services.houselabels import HouseLabels
from waybilld.services.labeldesk import LabelDesk
from waybilld.services.lane import Lane
from waybilld.services.meters import Meters
from waybilld.services.packs import PackDesk
from waybilld.services.runs import RunDesk
from waybilld.services.tree import fitted_on
from waybilld.services.watchdog import Running
from waybilld.store.attempts import Device
from waybilld.store.commit import Result
from waybilld.store.sql import Runner
from waybilld.store.state import StateFolder
from waybilld.store.tx import Tx
from waybilld_labels.languages import pdf
from waybilld_labels.renderer import draw_shipped
from waybilld_sdk.context import Limits
from waybilld_sdk.labels import LanguageSpec, Page, PrinterSettings
from waybilld_sdk.printing import Document, Evidence, PrinterCapabilities
from waybilld_sdk.shipping import Balance

T = TypeVar("T")
DISPATCHERS = Dispatchers(frozenset({0, 7001}), frozenset({7700}))
OWN_ACCOUNTS = frozenset({"numbers"})
PRINTERS = ("zebra-1", "zebra-2")
CAPABILITIES = PrinterCapabilities("zpl", 8.0, (100.0, 150.0), splits_token=True, proves=Evidence.PRINTED)


def now(awaitable: Any) -> Any:
    """The result of a coroutine or Deferred that has one already; its error raised."""
    results: list[Any] = []
    done = awaitable if isinstance(awaitable, Deferred) else Deferred.fromCoroutine(awaitable)
    done.addBoth(results.append)
    assert results, "no result yet"
    if hasattr(results[0], "raiseException"):
        results[0].raiseException()
    return results[0]


class InstantStore:
    """A `Store` that answers at once. `answer` may be replaced to fail writes; `quiet`: readings are never answered."""

    def __init__(self, house: House) -> None:
        self._house = house
        self.answer: Callable[[Result], Deferred[Any]] = _deliver
        self.quiet = False
        self.refused = ""

    def write(self, unit: Callable[[Tx], T]) -> Deferred[T]:
        """As `Store.write`."""
        return self.answer(self._house.committer.commit([unit]).results[0])

    def read(self, query: Callable[[Runner], T]) -> Deferred[T]:
        """As `Store.read`."""
        if self.quiet:
            return Deferred()
        try:
            return _deliver(Result(query(self._house.run)))
        except Exception as e:  # noqa: BLE001 - handed to whoever asked, as the real one does
            return _deliver(Result(error=e))

    def on_commit(self, listener: Callable[[frozenset[str], int], None]) -> None:
        """Nobody is told."""


def _deliver(result: Result) -> Deferred[Any]:
    done: Deferred[Any] = Deferred()
    if result.error is None:
        done.callback(result.value)
    else:
        done.errback(result.error)
    return done


class Numbers:
    """A carrier that only counts."""

    def __init__(self) -> None:
        self.left: Balance | None = Balance(500, "waybills")
        self.error: Exception | None = None

    async def balance(self) -> Balance | None:
        """What is left, or the error."""
        if self.error is not None:
            raise self.error
        return self.left


class Memory:
    """A guard's memory that keeps nothing."""

    def keep(self, instance: str, breaker: Breaker, quarantined: str) -> None: ...


class Inline:
    """A lender of worker processes that are this one."""

    async def work(self, fn: Callable[..., T], *args: object, limits: Limits) -> T:
        """Run at once."""
        return fn(*args)


class Daemon:
    """The app with its parts at hand, and the whole route table."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.reactor = FakeReactor()
        self.clock = Clock(self.reactor, wall=lambda: house.now_us / 1_000_000)
        self.store = InstantStore(house)
        self.meters = Meters()
        self.numbers = Numbers()
        self.languages = {"pdf": LanguageSpec("pdf", pdf.encode, bind=pdf.bind)}
        state = house.path.parent
        printers = tuple(
            PrinterConfig.model_validate({"name": name, "adapter": "raw", "place": f"bench {name}"}) for name in PRINTERS
        )
        pools = (Pool.model_validate({"name": "pool", "printers": PRINTERS}),)
        config = Config(state=state, runtime=state / "rt", listen="127.0.0.1:0", printers=printers, pools=pools)
        pooled = {name: self._printer(name) for name in PRINTERS}
        carrier: Instance[Any] = Instance("numbers", "numbered", self.numbers, self._guard("carrier.numbers"))
        fleet = Fleet({}, {"numbers": carrier}, pooled)
        lender, labels, board = cast(Any, None), cast(HouseLabels, None), Board()
        lanes = {
            name: Lane(
                printer, policies(), self.store, lender, self.clock, self.meters, house.epoch, board, labels
            )
            for name, printer in pooled.items()
        }
        self.app = App(
            Loaded(state / "w.yaml", config),
            Plugins({}, {}, {}, {}, {}, (), (), ()),
            StateFolder(state),
            self.store,
            house.seal,
            self.clock,
            self.meters,
            fleet,
            lanes,
            house.epoch,
            RunDesk(self.store, house.seal, cast(Any, Inline()), draw_shipped, self.languages, DISPATCHERS, OWN_ACCOUNTS),
            PackDesk(
                self.store,
                house.seal,
                cast(Any, Inline()),
                self.clock,
                draw_shipped,
                self.languages,
                policies(),
                house.epoch,
                0,
                2,
                DISPATCHERS,
            ),
            PrinterDesk(lanes, board, cast(Any, self.store), cast(Any, Inline()), self.clock, self.meters),
            LabelDesk(cast(Any, self.store), cast(Any, Inline()), fleet, policies(), 2, DISPATCHERS),
            cast(Any, Inline()),
            draw_shipped,
            self._care(config, fleet, board),
            ready=True,
        )
        self.router = Router(ROUTES)

    def _care(self, config: Config, fleet: Fleet, board: Board) -> CareDesk:
        printers, lender = fitted_on(config, fleet), cast(Any, Inline())
        self.board = board
        self.caretaker = Caretaker(printers, board, self.store, self.clock, self.meters)
        return CareDesk(printers, ("main",), self.caretaker, self.store, lender, self.meters, self._look)

    def _look(self, name: str) -> None:
        """The lane looks at its printer again, and finds what it found before."""
        press = self.app.lanes[name].press
        press.show(self.board.seen.get(name, press.status))

    def _guard(self, name: str) -> Guard:
        return Guard(name, Bounds(2, 5.0), self.reactor, self.clock.now_s, Running(self.meters), Memory())

    def _printer(self, name: str) -> PoolPrinter:
        settings = PrinterSettings.of(CAPABILITIES)
        instance: Instance[Any] = Instance(name, "raw", None, self._guard(f"printer.{name}"))
        encoding = Encoding("zpl", "dark-10", settings, _encode)
        return PoolPrinter(instance, Device(name, "pool", "zpl", "dark-10", "8/100x150"), CAPABILITIES, encoding)

    def ask(
        self, path: str, method: str = "GET", content: bytes = b"", peer: Peer | None = None, **query: object
    ) -> Response:
        """One request through the router, of `peer` where one asks. Raises `HttpError`."""
        request = Request(method, path, {k: str(v) for k, v in query.items()}, content=content, peer=peer)
        response: Response = now(self.router.dispatch(self.app, request))
        return response

    def get(self, path: str, **query: object) -> Any:
        """The JSON at a path."""
        return json.loads(self.ask(path, **query).body)


def shop_config(sets: dict[str, list[dict[str, str]]]) -> Config:
    """The configuration of one shop `store` with print sets; its labels go to the pool `pool` and travel by `numbers`."""
    sender = {"name": "s", "display_name": "S", "phone": "1", "address": "Road 1", "country": "GB"}
    base = {"adapter": "files", "sender": "s", "pool": "pool", "warehouses": ["w"], "carriers": ["numbers"]}
    given = {
        "shops": [{"name": "store", **base, "print": sets}],
        "carriers": [{"name": "numbers", "adapter": "numbered"}],
        "senders": [sender],
    }
    return Config.model_validate_json(json.dumps(given))


def _encode(page: Page, _: PrinterSettings) -> Document:
    return Document("zpl", page.png, b"^XZ")


def daemon_over(folder: Path, template: Path) -> Daemon:
    """A daemon over a copy of a database."""
    return Daemon(House(folder, template, seed=3))
