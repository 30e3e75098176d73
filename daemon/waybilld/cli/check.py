"""`waybilld check`: the opening check, for people in the morning and for cron."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from waybilld.cli import config_option
from waybilld.cli.client import NotRunning, asking
from waybilld.cli.exits import Exit
from waybilld.cli.place import Place, place
from waybilld.cli.text import JSON_OPTION, say, say_json, table

if TYPE_CHECKING:
    from waybilld.http.shapes import CheckReply, FindingRow
    from waybilld.store.sql import Runner


@click.command("check")
@config_option
@JSON_OPTION
@click.pass_context
def check(context: click.Context, config: Path, as_json: bool) -> None:
    """Check that everything is there for the day: database, disk, backup, numbers left, printers, files and
    paper of print sets, open questions.

    Each line is ok, warn or stop, with what to do. Exit 0 if all is well, 1 if something is not, 69 if the daemon does not
    run, 78 if the configuration has mistakes.

    \b
    Examples:
      waybilld check
      waybilld check || mail -s "waybilld" ops@example.com   from cron
    """
    from waybilld.http.table import CHECK

    where = place(config)
    running = True
    try:
        found: CheckReply = asking(where, lambda api: api.get(CHECK.url()))
    except NotRunning:
        running = False
        # The outermost ring: nothing inside is given a clock of its own.
        found = without_daemon(where, time.time())  # noqa: TID251
    if as_json:
        say_json({"running": running, **found})
    else:
        click.echo(table(("level", "about", "found"), ((f["level"], f["subject"], f["text"]) for f in found["findings"])))
        for finding in found["findings"]:
            if finding["todo"]:
                say(f"{finding['level']}: {finding['subject']}: {finding['todo']}")
    if not running:
        context.exit(Exit.NOT_RUNNING)
    if found["level"] != "ok":
        context.exit(Exit.FINDINGS)


def without_daemon(where: Place, now_s: float) -> CheckReply:
    """What can be checked from outside; that the daemon does not run is the first finding."""
    from waybilld.host.sheetfile import look_at
    from waybilld.http import care, opening
    from waybilld.store.offline import Unreadable, read_once
    from waybilld.store.queries import overview, spares

    findings: list[FindingRow] = [opening.finding("daemon", "stop", "not running", f"start it with {where.start}")]

    def supplies(run: Runner) -> list[FindingRow]:
        tended = care.tend(run, care.without_devices(where.config), {}, now_s)
        waiting = care.preflights(tended, overview.queues(run), frozenset())
        return care.findings(tended, waiting, spares.spares(run, int(now_s * 1_000_000)))

    try:
        found, needs = read_once(where.database, lambda run: (opening.stored(run, where.config.state), supplies(run)))
    except (Unreadable, OSError) as e:
        findings.append(opening.finding("database", "stop", str(e), "see above"))
    else:
        findings += [*opening.storage(found, now_s), *needs, *opening.work(found.counts)]
    unknown = "unknown while the daemon does not run"
    findings += [opening.finding(f"carrier {carrier.name}", "warn", unknown) for carrier in where.config.carriers]
    findings += [opening.finding(f"printer {printer.name}", "warn", unknown) for printer in where.config.printers]
    files = opening.sheet_files(where.config)
    findings += opening.sheets(files, look_at([file.pattern for file in files]))
    return {"level": opening.worst(findings), "findings": findings}
