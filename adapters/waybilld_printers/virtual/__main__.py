"""``python -m waybilld_printers.virtual``: run virtual printers, tell them things, look into their trays.

Exit codes: 0 done, 64 wrong usage, 69 no such printer runs, 70 it could not start or could not do what it was told.
"""

import argparse
import asyncio
import ipaddress
import json
import os
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from waybilld_printers.virtual import client
from waybilld_printers.virtual.device import DeviceConfig
from waybilld_printers.virtual.interpreter import Interpreter
from waybilld_printers.virtual.languages import LANGUAGES, load
from waybilld_printers.virtual.serve import CannotServe, Plan, serve
from waybilld_printers.virtual.server import Ports

USAGE, NOT_RUNNING, FAILED = 64, 69, 70

_EXAMPLES = """examples:
  python -m waybilld_printers.virtual --ready-file /tmp/p.json --tray /tmp/tray
  python -m waybilld_printers.virtual tell /tmp/p.json paper-out
  python -m waybilld_printers.virtual tell /tmp/p.json load 500
  python -m waybilld_printers.virtual tell /tmp/p.json status
  python -m waybilld_printers.virtual tray /tmp/p.json
  python -m waybilld_printers.virtual --language tspl --script faults.txt --ready-file /tmp/p.json
  python -m waybilld_printers.virtual serve --count 8 --instant --no-draw --ready-file /tmp/bench.json

It is a graphics-only device: graphics are drawn, text and barcode commands are not (the ledger says so).
Exit codes: 0 done, 64 wrong usage, 69 no such printer runs, 70 it could not start or could not do what it was told."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        print(f"{self.prog}: {message} (see --help)", file=sys.stderr)
        sys.exit(USAGE)


def _at_least(least: int, most: int = 2**31 - 1) -> Callable[[str], int]:
    def bounded(text: str) -> int:
        if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
            raise argparse.ArgumentTypeError(f"{text} is not a whole number from {least} to {most}")
        return int(text)

    return bounded


def _speed(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0.001 <= value <= 1e6:
        raise argparse.ArgumentTypeError(f"{text} is not a number of labels a second")
    return value


def _language(text: str) -> tuple[str, Callable[[int], Interpreter] | None]:
    """A language's name, and what makes its interpreter where that is not ours."""
    if text in LANGUAGES:
        return text, None
    if ":" not in text:
        raise argparse.ArgumentTypeError(f"{text} is not one of {', '.join(LANGUAGES)}, nor MODULE:FACTORY")
    try:
        return text, load(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _address(text: str) -> str:
    try:
        return str(ipaddress.ip_address("127.0.0.1" if text == "localhost" else text))
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="waybilld_printers.virtual",
        description="A virtual label printer. Without a subcommand: serve.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True, parser_class=_Parser)
    _add_serve(commands.add_parser("serve", help="run printers until SIGTERM (the default)"))
    tell = commands.add_parser("tell", help="send a command to a running printer; 'tell READY_FILE help' lists them")
    tell.add_argument("ready_file", type=Path)
    tell.add_argument("words", nargs="+", metavar="COMMAND [ARG]")
    tray = commands.add_parser("tray", help="list what came out")
    tray.add_argument("ready_file", type=Path)
    for other in (tell, tray):
        other.add_argument("--printer", metavar="NAME", help="which one, when several run there")
        other.add_argument("--json", action="store_true", help="for programs")
    return parser


def serve_options() -> list[argparse.Action]:
    """Every option of ``serve``, for the reference."""
    parser = _Parser()
    _add_serve(parser)
    return list(parser._actions)


def _add_serve(parser: argparse.ArgumentParser) -> None:
    port, count = _at_least(0, 65535), _at_least(1)
    add = parser.add_argument
    add("--name", default="virtual", help="its name (default: %(default)s); several are NAME-1, NAME-2 ...")
    add("--count", type=_at_least(1, 500), default=1, help="run so many in this process (default: 1)")
    add("--host", type=_address, default="127.0.0.1", help="address to listen on (default: %(default)s)")
    for kind in ("print", "status", "control"):
        add(f"--{kind}-port", type=port, default=0, help="0: any free port (default); with --count they count up")
    add("--ready-file", type=Path, metavar="PATH", help="JSON with pid and ports, written when it listens")
    add("--tray", type=Path, metavar="DIR", help="where labels go (default: virtual-tray; with --no-draw: nowhere)")
    add("--state", type=Path, metavar="FILE", help="where the odometer is kept (default: in the tray)")
    add("--speed", type=_speed, default=20.0, metavar="N", help="labels a second (default: 20)")
    add("--instant", action="store_true", help="labels take no time")
    add("--buffer", type=_at_least(1024), default=65536, metavar="BYTES", help="receive buffer (default: %(default)s)")
    add(
        "--receive-window",
        type=_at_least(1024),
        default=16384,
        metavar="BYTES",
        help="SO_RCVBUF (default: %(default)s)",
    )
    add("--media-left", type=count, metavar="N", help="labels on the roll (default: endless)")
    add("--dpmm", type=int, choices=(6, 8, 12, 24), default=8, help="dots a millimetre (default: 8)")
    add("--serial", help="device.unique_id (default: made from the name); with --count, -1, -2 ... is added")
    add(
        "--language",
        type=_language,
        default=("zpl", None),
        metavar="|".join((*LANGUAGES, "MODULE:FACTORY")),
        help="what it speaks (default: zpl); MODULE:FACTORY: a language of your own",
    )
    add("--model", default="", help="default: a usual one of its language")
    add("--mute-on-error", action="store_true", help="do not answer ~HS in an error, as the manual has it")
    add("--no-json", action="store_true", help="leave questions in JSON unanswered, as devices before Link-OS")
    add("--one-session", action="store_true", help="refuse a print connection while one is open")
    add("--script", type=Path, metavar="FILE", help="a fault script to follow from the start")
    add("--no-draw", action="store_true", help="for benches: parse, count and answer, draw nothing")


def _plans(options: argparse.Namespace) -> list[Plan]:
    names = [options.name] if options.count == 1 else [f"{options.name}-{n}" for n in range(1, options.count + 1)]
    return [_plan(options, name, place) for place, name in enumerate(names)]


def _plan(options: argparse.Namespace, name: str, place: int) -> Plan:
    several = options.count > 1
    serial = options.serial or f"VZ{zlib.crc32(name.encode()):010d}"
    config = DeviceConfig(
        name=name,
        serial=f"{serial}-{place + 1}" if several and options.serial else serial,
        model=options.model,
        dots_per_mm=options.dpmm,
        buffer_bytes=options.buffer,
        labels_per_second=None if options.instant else options.speed,
        media_left=options.media_left,
        language=options.language[0],
        speaks=options.language[1],
        mute_on_error=options.mute_on_error,
        json=not options.no_json,
        one_session=options.one_session,
    )
    print_port, status_port, control_port = (
        port + place if port else 0 for port in (options.print_port, options.status_port, options.control_port)
    )
    tray = options.tray or (None if options.no_draw else Path("virtual-tray"))
    return Plan(
        config,
        Ports(options.host, print_port, status_port, control_port, options.receive_window),
        tray / name if tray and several else tray,
        options.state,
        draw=not options.no_draw,
        script=(_read_script(options.script), str(options.script)) if options.script else None,
    )


def _read_script(path: Path) -> str:
    try:
        return path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"cannot read the script {path}: {error}") from error


def _tell(options: argparse.Namespace) -> int:
    command = " ".join(options.words)
    reply = client.tell(client.find(options.ready_file, options.printer), command)
    good = bool(reply.get("ok"))
    print(
        json.dumps(reply) if options.json else client.readable(command, reply), file=sys.stdout if good else sys.stderr
    )
    return 0 if good else USAGE if reply.get("misused") else FAILED


def _run(options: argparse.Namespace) -> int:
    if options.command == "tell":
        return _tell(options)
    if options.command == "tray":
        print(client.tray(client.find(options.ready_file, options.printer), as_json=options.json))
        return 0
    plans = _plans(options)
    if options.state and (options.count > 1 or plans[0].tray is None):
        raise ValueError("--state is for one printer with a tray")
    asyncio.run(serve(plans, options.ready_file))
    return 0


def main(arguments: list[str]) -> int:
    """Run the command line and return the exit code."""
    if not arguments or (arguments[0].startswith("-") and arguments[0] not in ("-h", "--help")):
        arguments = ["serve", *arguments]
    options = _parser().parse_args(arguments)
    try:
        return _run(options)
    except client.NotRunning as error:
        code, message = NOT_RUNNING, str(error)
    except CannotServe as error:
        code, message = FAILED, str(error)
    except ValueError as error:
        code, message = USAGE, str(error)
    except BrokenPipeError:
        # The reader of our output went away; keep the interpreter from complaining about it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    print(f"waybilld_printers.virtual: {message}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
