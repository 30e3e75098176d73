"""The command `waybilld demo`: reads the command line, prepares the folder, and lends the supervisor clock and signals."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from time import monotonic  # noqa: TID251 - the demo's outer ring: from here on the clock is a parameter

import click

from waybilld.cli.client import Api
from waybilld.cli.demo.place import Place, drop_samples, sample_orders, shown
from waybilld.cli.demo.plan import Plan, read_plan, write_config
from waybilld.cli.demo.screen import Screen
from waybilld.cli.demo.supervisor import Supervisor, Wishes
from waybilld.cli.exits import Exit, Failure

EXAMPLES = """\b
Examples:
  waybilld demo                      watch, drop files, disturb it; ^C stops all of it
  waybilld demo --once               end when every order is finished or blocked
  waybilld demo --fresh --printers 3 begin anew, with three printers
"""


@click.command("demo", epilog=EXAMPLES)
@click.option("--once", is_flag=True, help="End when every order is finished or waits for a person.")
@click.option("--fresh", is_flag=True, help="Wipe the demo's folder first: its orders, database, pictures.")
@click.option(
    "--dir",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("build/demo"),
    show_default=True,
    help="Where everything stands; kept between runs.",
)
@click.option(
    "--time-limit",
    type=click.FloatRange(min=0),
    default=600.0,
    show_default=True,
    metavar="SECONDS",
    help="With --once: give up after so long, exit 75.",
)
@click.option(
    "--printers",
    type=click.IntRange(1, 16),
    default=2,
    show_default=True,
    help="How many printers a new folder gets.",
)
@click.option(
    "--speed",
    type=click.FloatRange(min=0.01, max=10000),
    default=20.0,
    show_default=True,
    metavar="LABELS",
    help="Labels a second that each printer prints.",
)
def demo(*, once: bool, fresh: bool, folder: Path, time_limit: float, printers: int, speed: float) -> int:
    """Print sample orders on virtual printers, and show what happens.

    Starts two virtual printers and the daemon, drops sample order exports into its drop folder, and follows the work:
    kill the daemon, open a printer's head, drop files of your own. Everything stands in one folder. Exit 0 when all is
    done or when you stop it, 75 when the time limit of --once is over, 78 when the folder or its configuration is wrong.
    """
    place = Place(folder)
    if fresh and not place.is_ours():
        text = f"{shown(folder)} holds something else than a demo: it is not wiped; choose another folder with --dir"
        raise Failure(Exit.CONFIG, text)
    with place.claimed():
        if fresh:
            place.wipe()
        screen = Screen(sys.stdout)
        plan, samples = _prepare(place, printers, screen)
        supervisor = Supervisor(
            place, plan, Wishes(once, time_limit, speed), Api(plan.socket), screen, monotonic, _stopped_by_signal()
        )
        return supervisor.run(samples)


def _prepare(place: Place, printers: int, screen: Screen) -> tuple[Plan, int]:
    """Write what is not there yet; the plan, and how many sample files were dropped."""
    if not place.config.exists():
        write_config(place, printers)
    plan = read_plan(place)
    if not plan.printers:
        text = f"{shown(place.config)} names no raw printer on this machine: start anew with --fresh"
        raise Failure(Exit.CONFIG, text)
    if len(plan.printers) != printers:
        given = click.get_current_context().get_parameter_source("printers")
        if given is click.core.ParameterSource.COMMANDLINE:
            count = len(plan.printers)
            screen.say(f"{shown(place.config)} has {count} printers and stays as it is; --fresh begins anew")
    samples = sample_orders()
    dropped = drop_samples(place, samples)
    if dropped and not samples:
        screen.say(
            f"no sample orders: they come with the source tree, in etc/demo/orders, and are no part of an installed "
            f"package; drop an order export of your own into {shown(place.drop)}/"
        )
    return plan, len(samples) if dropped else 0


def _stopped_by_signal() -> Callable[[float], bool]:
    """A pause that ends early, and says True, once a person or a service manager wants the demo to stop."""
    wanted = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: wanted.set())
    return wanted.wait
