"""The people at the packing table: they scan what lies in the trays, look for what is in doubt, pause printers, and ask for
labels again. They use the daemon's verbs as the API does, and the trays as eyes do."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from support.sim import checks
from waybilld.core.attempts import AttemptState
from waybilld.core.printers import Mode
from waybilld.core.runs import Person
from waybilld.services.assemble import policies
from waybilld.store import copies, doubts, outcomes, printers, scans
from waybilld.store.copies import CannotCopy
from waybilld.store.engine import StoreUnavailable
from waybilld.store.shipments import Moved
from waybilld.store.sql import Runner
from waybilld.store.tx import Tx

if TYPE_CHECKING:
    from support.sim.world import World

_WHO = Person(1000, "packer")


class Packer:
    """One pair of hands."""

    def __init__(self, world: World) -> None:
        self._world = world

    def _write(self, what: str, unit: Callable[[Tx], Any]) -> None:
        """As a request that the daemon answers; one that it cannot take is asked again another time."""
        life = self._world.life
        if life.dead or not life.started:
            return
        self._world.trace("packer", what)
        done = life.store.write(unit)
        done.addErrback(lambda failure: failure.trap(StoreUnavailable, CannotCopy, Moved))

    def pause(self, printer: str) -> None:
        """Take a printer out of the line for a while."""
        self._tell(printer, Mode.PAUSED if self._world.ether.chance(0.7) else Mode.DRAINING)
        self._world.ether.reactor.callLater(self._world.ether.dice.uniform(1.0, 8.0), self._tell, printer, Mode.OPEN)

    def resume_all(self) -> None:
        """Every printer may print."""
        for name in self._world.printers:
            self._tell(name, Mode.OPEN)

    def _tell(self, printer: str, mode: Mode) -> None:
        board = self._world.life.board

        def unit(tx: Tx) -> None:
            printers.tell(tx, printer, mode, "", _WHO)
            board.tell(printer, mode)

        self._write(f"tells {printer}: {mode}", unit)

    def reprint(self) -> None:
        """Some label looks bad."""
        serials = [label["serial"] for label in checks.rows(self._world.disk.runner(), "label") if label["shipment"]]
        if serials:
            serial = self._world.ether.dice.choice(serials)
            self._write(f"wants {serial} again", lambda tx: copies.reprint(tx, serial, "smeared", _WHO))

    def scan(self) -> None:
        """Scan whatever of the labels in doubt lies in the trays."""
        self._settle(look_everywhere=False)

    def settle_all(self) -> None:
        """Look for every label in doubt, once the printers hold nothing more that could still come out."""
        now = self._world.ether.reactor.seconds()
        status = [printer.device.status(now) for printer in self._world.printers.values()]
        if not any(s.formats or s.remaining for s in status):
            self._settle(look_everywhere=True)

    def _settle(self, *, look_everywhere: bool) -> None:
        run = self._world.disk.runner()
        out = checks.labels_out(run, self._world.seal, self._world.trays())
        for label in checks.rows(run, "label"):
            doubt = _doubt(run, label["id"])
            if doubt is None or doubt.shipment is None:
                continue
            if label["id"] in out:
                self._write(f"scans {doubt.serial}", partial(self._scanned, doubt.serial))
            elif look_everywhere:
                self._write(f"finds no {doubt.serial}", partial(_not_found, label["id"]))

    def _scanned(self, serial: str, tx: Tx) -> None:
        scans.scan(tx, serial, _WHO, policies(self._world.config))


def _not_found(label: int, tx: Tx) -> None:
    doubt = _doubt(tx.run, label)
    if doubt is not None:
        outcomes.never_came(tx, doubt, "nowhere to be found", {})


def _doubt(run: Runner, label: int) -> doubts.Doubt | None:
    """The doubt about a label, if one stands."""
    found = doubts.newest(run, label)
    return found if found is not None and found.state is AttemptState.UNCONFIRMED else None
