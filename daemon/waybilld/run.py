"""The daemon's composition root: reads the configuration, builds the tree of services, and runs the reactor.

`python -m waybilld --config FILE` is what `waybilld run` becomes. This module alone names the reactor.
"""

from __future__ import annotations

import argparse
import gc
import os
import signal
import sqlite3
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy.exc import DBAPIError
from twisted.internet import reactor as _reactor
from twisted.internet.defer import Deferred
from twisted.internet.error import CannotListenError
from twisted.logger import Logger, globalLogBeginner

import waybilld
from waybilld.config.errors import ConfigErrors
from waybilld.config.load import Loaded, load
from waybilld.exits import Exit
from waybilld.host.discover import Catalogue, Plugins
from waybilld.host.logtext import log_observer
from waybilld.host.processes import WORKER_PROCESSES, WorkerProcesses
from waybilld.host.rendering import configured
from waybilld.http.app import App
from waybilld.http.server import ApiServer
from waybilld.services.assemble import Assembler, GuardMemory, check_all, close_all, instance_names
from waybilld.services.base import Service, Tree
from waybilld.services.board import Board
from waybilld.services.clock import Clock
from waybilld.services.floor import PrinterDesk
from waybilld.services.lender import ReactorLender
from waybilld.services.meters import Meters
from waybilld.services.notify import Notifier
from waybilld.services.packingmeters import PackingMeters
from waybilld.services.tail import StateMeters, Tail
from waybilld.services.tree import Ground, care_on, desk_on, label_desk_on, lanes_on, line_on, pack_desk_on, take_over
from waybilld.services.watchdog import MARKER, Heartbeat, LoopWatchdog, Running, take_marker
from waybilld.store.commit import Committer
from waybilld.store.database import Database
from waybilld.store.engine import StoreBroken, StoreUnavailable, check_library, classify, open_writer
from waybilld.store.migrate import SchemaMismatch, check_version, is_blank, upgrade
from waybilld.store.seal import Seal
from waybilld.store.state import KeyMissing, StateFolder, StateTaken
from waybilld.store.tx import Tx
from waybilld_sdk.labels import Render
from waybilld_sdk.settings import Misconfigured

log = Logger()
reactor: Any = _reactor
DRAIN_S = 20.0
_GC_THRESHOLD = 5_000
"""New objects between two young collections; a page of orders makes more than the default of 700 at once."""


class StartFailure(Exception):
    """Why the daemon cannot start: one message for a person, and the exit code."""

    def __init__(self, code: Exit, message: str) -> None:
        super().__init__(message)
        self.code = code


def open_state(loaded: Loaded, clock: Clock) -> tuple[StateFolder, Seal, Committer]:
    """Take the state folder, its key and its database. Raises `StartFailure`."""
    state = StateFolder(loaded.config.state)
    try:
        check_library()
        state.make()
        state.claim()
        key = state.master_key(clock.random_bytes)
        if is_blank(state.database):
            upgrade(state.database)
        connection = open_writer(state.database)
        check_version(connection, state.database)
        seal = Seal(key, clock.random_bytes)
        return state, seal, Committer(connection, loaded.config.node, seal, clock.now_us)
    except StateTaken as e:
        raise StartFailure(Exit.TRY_LATER, str(e)) from e
    except (SchemaMismatch, KeyMissing) as e:
        raise StartFailure(Exit.CONFIG, str(e)) from e
    except OSError as e:
        where = e.filename or state.path
        raise StartFailure(Exit.CONFIG, f"the state folder cannot be used: {where}: {e.strerror}") from e
    except (sqlite3.Error, DBAPIError, StoreBroken) as e:
        raise _unusable(state.database, e) from e


def _unusable(database: Path, error: Exception) -> StartFailure:
    """What keeps the database from being used: passing (a full disk) or for a person."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    cause = classify(cause) if isinstance(cause, sqlite3.Error) else cause
    if isinstance(cause, StoreUnavailable):
        return StartFailure(Exit.TRY_LATER, f"{database}: {cause}: free space or correct the permissions, then start again")
    return StartFailure(Exit.BAD_DATA, f"{database}: {cause}: keep the file, and restore the last backup")


class Daemon:
    """One run of the daemon, from start to stop."""

    def __init__(self, loaded: Loaded, plugins: Plugins, render: Render) -> None:
        self.exit_code: int = Exit.DONE
        self._loaded = loaded
        self._plugins = plugins
        self._render = render
        self._clock = Clock(reactor)
        self._meters = Meters()
        self._notifier = Notifier(os.environ.get("NOTIFY_SOCKET"))
        self._state, self._seal, committer = open_state(loaded, self._clock)
        self._store = Database(self._state.database, committer, reactor, self._broken)
        self._processes = WorkerProcesses(reactor, WORKER_PROCESSES)
        self._running = Running(self._meters)
        self._watchdog = LoopWatchdog(self._state.path / MARKER, self._running, time.monotonic)
        self._tree: Tree | None = None
        self._app: App | None = None
        self._stopping = False

    def _broken(self, error: StoreBroken) -> None:
        """The database failed for good: end at once, recover at the next start."""
        sys.stderr.write(f"{error}\n")
        self._notifier.send("STATUS=the database failed")
        os._exit(int(Exit.BAD_DATA))

    async def start(self) -> None:
        """Start everything, in order. Raises `StartFailure`."""
        self._store.start()
        self._watchdog.start()
        config = self._loaded.config
        memory = GuardMemory(self._store)
        names = instance_names(config)
        await self._store.read(lambda run: memory.load(run, names))
        try:
            epoch = await self._store.write(self._begin)
        except StoreUnavailable as e:
            raise _unusable(self._state.database, e) from e
        lender = ReactorLender(reactor, self._clock, self._processes)
        base = self._loaded.path.absolute().parent
        assembler = Assembler(self._store, lender, self._clock, self._running, memory, base)
        try:
            fleet = assembler.fleet(config, self._plugins)
        except LookupError as e:
            raise StartFailure(Exit.CONFIG, str(e)) from e
        for name, reason in take_marker(self._state.path / MARKER):
            for instance in fleet.instances():
                if instance.guard.instance == name:
                    instance.guard.quarantine(reason)
        ground = Ground(
            config, self._plugins, fleet, self._store, lender, self._clock, self._meters, epoch, self._render, Board()
        )
        app = self._app = self._build_app(ground)
        state_meters = StateMeters(self._meters)
        await self._store.read(state_meters.load)
        self._tree = Tree(self._services(app, ground, state_meters), self._clock, DRAIN_S)
        try:
            await self._tree.start()
        except CannotListenError as e:
            raise StartFailure(Exit.TRY_LATER, f"cannot listen on {e.interface}:{e.port}: {e.socketError}") from e
        app.troubles.update({**fleet.left_out, **await check_all(fleet)})
        for name, why in app.troubles.items():
            log.warn("{name} cannot work yet: {why}", name=name, why=why)
        _leave_garbage_alone()
        app.ready = True
        self._notifier.send("READY=1\nSTATUS=running")
        log.info(
            "ready: epoch {epoch}, printers {printers}, shops {shops}",
            epoch=epoch,
            printers=len(fleet.printers),
            shops=len(fleet.shops),
        )

    def _begin(self, tx: Tx) -> int:
        return take_over(tx, f"pid {os.getpid()}", waybilld.__version__, self._loaded.config)

    def _build_app(self, ground: Ground) -> App:
        lanes = lanes_on(ground)
        return App(
            self._loaded,
            self._plugins,
            self._state,
            self._store,
            self._seal,
            self._clock,
            self._meters,
            ground.fleet,
            lanes,
            ground.epoch,
            desk_on(ground, self._seal),
            pack_desk_on(ground, self._seal),
            PrinterDesk(lanes, ground.board, self._store, ground.lender, self._clock, self._meters),
            label_desk_on(ground),
            ground.lender,
            ground.render,
            care_on(ground, lanes),
        )

    def _services(self, app: App, ground: Ground, state_meters: StateMeters) -> list[Service]:
        clock, store = self._clock, self._store
        watchdog_us = os.environ.get("WATCHDOG_USEC")
        pet_s = int(watchdog_us) / 2_000_000 if watchdog_us else None
        return [
            Heartbeat(clock, store, self._meters, self._notifier, self._watchdog, pet_s),
            Tail(store, clock, [state_meters, PackingMeters(self._meters)]),
            ApiServer(reactor, app),
            *line_on(ground, app.lanes, app.care.caretaker),
        ]

    def end(self) -> None:
        """Stop everything, then the reactor. Asked twice, it goes on with the first: a drain is not cut short."""
        if self._stopping:
            return
        self._stopping = True

        async def body() -> None:
            try:
                await self._stop()
            finally:
                reactor.stop()

        Deferred.fromCoroutine(body())

    async def _stop(self) -> None:
        """Stop everything, in reverse."""
        self._notifier.send("STOPPING=1\nSTATUS=draining")
        log.info("stopping: labels on their way are settled first, for at most {drain} s", drain=int(DRAIN_S))
        if self._app is not None:
            self._app.ready = False
        if self._tree is not None:
            await self._tree.stop()
        if self._app is not None:
            await close_all(self._app.fleet)
        self._watchdog.stop()
        self._store.close()
        self._processes.close()
        self._state.release()
        log.info("stopped")


def _leave_garbage_alone() -> None:
    """Keep the garbage collector from walking through what lives as long as the daemon.

    With the 300,000 objects of its modules and plugins, each full collection stopped the loop for a tenth of a second, and
    all of them took 7 % of the daemon's time (docs.python.org/3/library/gc.html#gc.freeze).
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_GC_THRESHOLD)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until a signal; the exit code."""
    parser = argparse.ArgumentParser(prog="waybilld run", description="Run the daemon in the foreground.")
    parser.add_argument("--config", type=Path, required=True)
    given = parser.parse_args(arguments)
    # What the daemon makes holds personal data: nothing of it is for everybody on the machine.
    os.umask(os.umask(0o077) | 0o027)
    # Timers must not follow the wall clock: a step of it would fire or freeze them all (twisted/twisted #2424).
    reactor.seconds = time.monotonic
    # The writer's thread gives Python's lock up at every statement and must get it back before a label's commit is late;
    # the default of 5 ms would stand on the way of every label twice.
    sys.setswitchinterval(0.0001)
    catalogue = Catalogue.of_installed()
    loaded = load(given.config, catalogue.resolve)
    if isinstance(loaded, ConfigErrors):
        sys.stderr.write(f"{loaded}\n")
        return Exit.CONFIG
    globalLogBeginner.beginLoggingTo([log_observer(sys.stderr)], redirectStandardIO=False)
    labels = loaded.config.labels
    plugins = catalogue.plugins(loaded.config.rules.plugins, labels.plugins)
    try:
        render = configured(plugins, labels.renderer, labels.settings, loaded.path)
    except Misconfigured as e:
        sys.stderr.write(f"{e}\n")
        return Exit.CONFIG
    try:
        daemon = Daemon(loaded, plugins, render)
    except StartFailure as e:
        sys.stderr.write(f"{e}\n")
        return e.code
    reactor.callWhenRunning(_begin, daemon)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: reactor.callFromThread(daemon.end))
    reactor.run(installSignalHandlers=False)
    return daemon.exit_code


def _begin(daemon: Daemon) -> None:
    async def body() -> None:
        try:
            await daemon.start()
        except StartFailure as e:
            sys.stderr.write(f"{e}\n")
            daemon.exit_code = e.code
        except Exception:  # noqa: BLE001 - said with its traceback: this is our bug
            log.failure("the daemon could not start")
            daemon.exit_code = Exit.BUG
        else:
            return
        daemon.end()

    Deferred.fromCoroutine(body())


if __name__ == "__main__":
    sys.exit(main())
