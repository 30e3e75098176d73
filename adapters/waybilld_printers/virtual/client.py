"""Talks to a running virtual printer: finds it by its ready file, sends commands, reads its tray."""

import json
import socket
from pathlib import Path

from waybilld_printers.virtual.tray import ledger

_PATIENCE = 10.0
"""Seconds to wait for a reply of the control port."""

Json = dict[str, object]


class NotRunning(Exception):
    """There is no such virtual printer; the message says where it was looked for."""


def find(ready_file: Path, name: str | None) -> Json:
    """The entry of one printer in a ready file; without a name, of the only one."""
    try:
        printers: list[Json] = json.loads(ready_file.read_text())["printers"]
    except FileNotFoundError:
        raise NotRunning(f"no ready file at {ready_file}: is the virtual printer running?") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise NotRunning(f"{ready_file} is no ready file of a virtual printer ({error})") from None
    names = ", ".join(str(printer["name"]) for printer in printers)
    if name is None and len(printers) != 1:
        raise ValueError(f"several printers run there, choose one with --printer: {names}")
    for printer in printers:
        if name in (None, printer["name"]):
            return printer
    raise ValueError(f"no printer {name!r} there, only: {names}")


def tell(printer: Json, line: str) -> Json:
    """Send one control command and return the reply."""
    address = (str(printer["host"]), int(str(printer["control_port"])))
    try:
        with socket.create_connection(address, timeout=_PATIENCE) as connection, connection.makefile("rb") as replies:
            connection.sendall(line.encode() + b"\n")
            reply: Json = json.loads(replies.readline())
            return reply
    except (OSError, ValueError) as error:
        raise NotRunning(f"no answer on control port {address[0]}:{address[1]} ({error})") from None


def readable(command: str, reply: Json) -> str:
    """A reply for people."""
    status = reply.get("status")
    if isinstance(status, dict):
        return "\n".join(f"{name.replace('_', ' '):18} {_plain(value)}" for name, value in status.items())
    lines = reply.get("script")
    if isinstance(lines, list):
        return "\n".join(_script_line(line) for line in lines) or "no script"
    commands = reply.get("commands")
    if isinstance(commands, list):
        return "\n".join(f"{entry['usage']:24} {entry['effect']}" for entry in commands)
    return f"{command}: {'ok' if reply.get('ok') else reply.get('error')}"


def tray(printer: Json, *, as_json: bool) -> str:
    """What came out, one line a label."""
    if printer["tray"] is None:
        raise ValueError(f"{printer['name']} keeps no tray")
    lines = ledger(Path(str(printer["tray"])))
    if as_json:
        return json.dumps(lines, indent=2)
    return "\n".join(_tray_line(line) for line in lines) or "nothing came out yet"


def _tray_line(line: Json) -> str:
    digest = str(line["sha256"] or "-")[:12]
    complaints = line["complaints"]
    notes = "; ".join(map(str, complaints)) if isinstance(complaints, list) else ""
    png = line["png"] or "-"
    text = f"{line['n']:>6}  {line['utc']}  {line['kind']:<7}  odometer {line['odometer']}  {digest}  {png}  {notes}"
    return text.rstrip()


def _script_line(line: Json) -> str:
    problems = line["problems"]
    notes = "; ".join(map(str, problems)) if isinstance(problems, list) else ""
    return f"{'fired  ' if line['fired'] else 'waiting'}  {line['line']}  {notes}".rstrip()


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "endless" if value is None else f"{value:.1f}" if isinstance(value, float) else str(value)
