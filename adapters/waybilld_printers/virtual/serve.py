"""Runs virtual printers until told to stop, and announces them in a ready file."""

import asyncio
import json
import os
import signal
from dataclasses import dataclass
from pathlib import Path

from waybilld_printers.virtual.device import Device, DeviceConfig
from waybilld_printers.virtual.faults import read_script
from waybilld_printers.virtual.server import Ports, Printer
from waybilld_printers.virtual.tray import Tray


@dataclass(frozen=True, slots=True)
class Plan:
    """One printer to run. ``tray`` None: what comes out is counted and thrown away, and the odometer starts at 0."""

    device: DeviceConfig
    ports: Ports
    tray: Path | None
    state: Path | None = None
    draw: bool = True
    script: tuple[str, str] | None = None
    """A fault script that it follows from the start: its text, and the name that messages call it by."""


class CannotServe(Exception):
    """A port or a folder is not to be had, or no longer; the message says which."""


async def serve(plans: list[Plan], ready_file: Path | None) -> None:
    """Run the printers until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    failures: list[str] = []

    def fail(_loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
        # A stand-in that limps on would spoil every conclusion drawn from it: stop, and say why.
        failures.append(str(context.get("exception") or context.get("message")))
        stop.set()

    loop.set_exception_handler(fail)
    printers: list[Printer] = []
    try:
        for plan in plans:
            printers.append(_start(plan))
        for printer in printers:
            printer.open()
        _announce(printers, ready_file)
        await stop.wait()
    finally:
        if ready_file is not None and printers:
            ready_file.unlink(missing_ok=True)
        for printer in printers:
            printer.close()
            if printer.tray:
                printer.tray.close()
    if failures:
        raise CannotServe(failures[0])


def _start(plan: Plan) -> Printer:
    try:
        tray = Tray(plan.tray, plan.state, draw=plan.draw) if plan.tray else None
    except (OSError, ValueError, KeyError) as error:
        raise CannotServe(f"cannot use the tray {plan.tray}: {error}") from error
    now = asyncio.get_running_loop().time()
    device = Device(plan.device, tray.counters if tray else None, now=now)
    try:
        if plan.script:
            device.run_script(read_script(device, *plan.script), now)
        return Printer(device, tray, plan.ports)
    except (OSError, OverflowError) as error:
        if tray:
            tray.close()
        ports = f"{plan.ports.print_port}, {plan.ports.status_port}, {plan.ports.control_port}"
        raise CannotServe(f"cannot listen on {plan.ports.host}, ports {ports}: {error}") from error


def _announce(printers: list[Printer], ready_file: Path | None) -> None:
    entries = [printer.describe() for printer in printers]
    for entry in entries:
        print(
            f"{entry['name']}: print {entry['host']}:{entry['print_port']}, status port {entry['status_port']}, "
            f"control port {entry['control_port']}, tray {entry['tray'] or 'none'}",
            flush=True,
        )
    if ready_file is None:
        return
    # Written aside and renamed, so that whoever sees the file sees all of it.
    draft = ready_file.with_name(f"{ready_file.name}.{os.getpid()}.tmp")
    try:
        draft.write_text(json.dumps({"pid": os.getpid(), "printers": entries}) + "\n")
        draft.replace(ready_file)
    except OSError as error:
        raise CannotServe(f"cannot write the ready file {ready_file}: {error.strerror}") from error
