"""What the demo runs: its printers with their ports, and the configuration that names them."""

from __future__ import annotations

import errno
import socket
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from waybilld.cli.demo.place import Place, shown
from waybilld.cli.exits import Exit, Failure
from waybilld.config.errors import ConfigErrors
from waybilld.config.load import load
from waybilld.config.model import Config, socket_path
from waybilld.host.discover import Catalogue

HOST = "127.0.0.1"
USUAL_PORT = 8631

_HEAD = """\
# Written by `waybilld demo`, once; change what you like. `waybilld demo --fresh` writes it anew.
node: demo
state: state
runtime: run
listen: {host}:{listen}

senders:
  - name: store
    display_name: 示例商店 Example Store
    phone: "010-5550100"
    address: 示例市示例区样例路 1 号
    country: CN
    postcode: "100000"

warehouses:
  - name: north
    country: CN

shops:
  - name: demo-shop
    adapter: files
    sender: store
    pool: bench
    warehouses: [north]
    carriers: [own-numbers]
    confirm: printed            # so that shipped/ fills while you watch; a real shop waits for the handover
    poll_seconds: 0.5
    settings:
      folder: drop
      settle_seconds: 0.5
      currency: CNY
      country: CN

carriers:
  - name: own-numbers
    adapter: numbered
    title: Example Post
    settings:
      scheme: s10
      service_indicator: RR
      country: ZZ               # ISO 3166 leaves ZZ to users: no post issues such numbers
      ranges:
        - {{first: 10000000, last: 10999999}}

printers:
"""
_PRINTER = """\
  - name: {name}
    adapter: raw
    settings:
      host: {host}
      port: {port}
      status_port: {status_port}
"""
_TAIL = """\

pools:
  - name: bench
    printers: [{names}]
"""


@dataclass(frozen=True, slots=True)
class DemoPrinter:
    """One virtual printer: its name and the two ports that the daemon talks to."""

    name: str
    port: int
    status_port: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to run. `listen` is where /metrics will be; `socket` is the API's Unix socket."""

    printers: tuple[DemoPrinter, ...]
    listen: str
    socket: Path


def config_text(printers: tuple[DemoPrinter, ...], listen: int) -> str:
    """The configuration as text: pure, so that a test can load it."""
    entries = (_PRINTER.format(name=p.name, host=HOST, port=p.port, status_port=p.status_port) for p in printers)
    tail = _TAIL.format(names=", ".join(p.name for p in printers))
    return _HEAD.format(host=HOST, listen=listen) + "".join(entries) + tail


def free_ports(count: int) -> list[int]:
    """So many different ports that are free now."""
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind((HOST, 0))
        return [each.getsockname()[1] for each in sockets]


def is_free(port: int) -> bool:
    """Whether nobody listens on the port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as e:
            if e.errno == errno.EADDRINUSE:
                return False
            raise
        return True


def write_config(place: Place, count: int) -> None:
    """Choose ports and write the configuration. Ports are chosen once: a restarted daemon looks for the same devices."""
    ports = free_ports(2 * count + 1)
    printers = tuple(
        DemoPrinter(f"printer-{n + 1}", port, status)
        for n, (port, status) in enumerate(zip(ports[0 : 2 * count : 2], ports[1 : 2 * count : 2], strict=True))
    )
    text = config_text(printers, USUAL_PORT if is_free(USUAL_PORT) else ports[-1])
    draft = place.config.with_suffix(".tmp")
    draft.write_text(text, "utf-8")
    draft.replace(place.config)


def read_plan(place: Place) -> Plan:
    """What the configuration says is to run. Raises `Failure` with all its mistakes."""
    catalogue = Catalogue.of_installed()
    outcome = load(place.config, catalogue.resolve)
    if isinstance(outcome, ConfigErrors):
        text = f"{outcome}\ncorrect {shown(place.config)}, or start anew: waybilld demo --fresh --dir {shown(place.root)}"
        raise Failure(Exit.CONFIG, text)
    return Plan(_local(outcome.config), outcome.config.listen, socket_path(outcome.config.runtime))


def _local(config: Config) -> tuple[DemoPrinter, ...]:
    """The configured printers that can be virtual ones of this demo: raw printers on this very machine."""
    raw = [(p.name, p.settings.model_dump()) for p in config.printers if p.adapter == "raw"]
    return tuple(
        DemoPrinter(name, settings["port"], settings["status_port"])
        for name, settings in raw
        if settings["host"] == HOST and settings["status_port"] is not None
    )
