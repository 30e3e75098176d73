"""`waybilld support-bundle`: one file with what a supporter needs, and nothing about anybody's orders."""

from __future__ import annotations

import gzip
import io
import json
import platform
import shutil
import subprocess
import sys
import tarfile
import time
from collections.abc import Mapping
from importlib.metadata import distributions
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from waybilld.cli import config_option
from waybilld.cli.client import Api, NotRunning, asking
from waybilld.cli.exits import Exit, Failure
from waybilld.cli.output import must_be_file, write
from waybilld.cli.place import Place, place
from waybilld.cli.text import JSON_OPTION, say, say_json
from waybilld.core import support

if TYPE_CHECKING:
    from waybilld.http.shapes import SupportReply
    from waybilld.store.sql import Runner

_TOOL_S = 5.0
_CHECK_S = 30.0

_README = """What is in this bundle, and what is not
========================================

daemon.json     its version and schema, and whether it works; null: it does not run
versions.json   waybilld, Python and its packages, kernel, system, CUPS where it is installed
config.json     the configuration: names, numbers, choices; without secrets, people, addresses, paths and free text
printers.json   each printer: state, counters, what is left of roll, ribbon and head, what was done to it
troubles.json   what went wrong, from when to when; without who reported it and what they wrote
attempts.json   attempts to print: state, evidence, the printer's numbers before and after; labels by row number alone
entries.json    entries of the journal about printers: numbers and keywords
check.json      the lines of `waybilld check`: about what and how bad
metrics.txt     the metrics, where the daemon runs

Not in it: orders, names, phones, addresses, waybill numbers, serials of labels, pictures of labels, notes, user names, the
daemon's log. Text that people, shops or plugins wrote is left out whole, because nobody can tell what stands in it.
"""


@click.command("support-bundle")
@config_option
@click.argument("printer", required=False)
@click.option(
    "-o",
    "output",
    type=click.Path(path_type=Path, allow_dash=True),
    help="File to write; by default waybilld-support-DATE.tar.gz here; - for stdout.",
)
@click.option("--days", type=click.FloatRange(0, 366, min_open=True), default=7.0, help="How many days back; 7 by default.")
@JSON_OPTION
def support_bundle(config: Path, printer: str | None, output: Path | None, days: float, as_json: bool) -> None:
    """Write diagnostics without personal data into one file, for whoever helps with printers; of one printer, or of all.

    It works without the daemon, too: then from the database as it stands. README.txt inside says what is in it.

    \b
    Examples:
      waybilld support-bundle
      waybilld support-bundle bench-1 -o bench-1.tar.gz
    """
    must_be_file(output, as_json=as_json)
    where = place(config)
    if printer is not None and printer not in {one.name for one in where.config.printers}:
        names = ", ".join(one.name for one in where.config.printers) or "none"
        raise Failure(Exit.FINDINGS, f"there is no printer {printer}: there are {names}")
    # The outermost ring: nothing inside is given a clock of its own.
    now_s = time.time()  # noqa: TID251
    try:
        files = asking(where, lambda api: _from_daemon(api, printer, days), _CHECK_S)
    except NotRunning:
        files = _from_database(where, printer, days, now_s)
    files = {"README.txt": _README, "versions.json": _text(versions()), **files}
    stem = f"waybilld-support-{time.strftime('%Y%m%d-%H%M%S', time.gmtime(now_s))}"
    path, data = output or Path(f"{stem}.tar.gz"), packed(stem, files, int(now_s))
    write(path, data, private=True, as_json=as_json)
    if as_json:
        say_json({"path": str(path), "bytes": len(data), "files": sorted(files)})
    elif str(output) != "-":
        say("look into it before you send it: README.txt inside says what is in it")


def _from_daemon(api: Api, printer: str | None, days: float) -> dict[str, str]:
    from waybilld.http.table import CHECK, METRICS, SUPPORT

    stored: SupportReply = api.get(SUPPORT.url(), {"printer": printer, "days": days})
    findings = api.get(CHECK.url())["findings"]
    metrics = support.metrics(api.get_bytes(METRICS.url()).decode("utf-8", "replace"))
    return {**_files(stored), "check.json": _text([support.finding(row) for row in findings]), "metrics.txt": metrics}


def _from_database(where: Place, printer: str | None, days: float, now_s: float) -> dict[str, str]:
    from waybilld.cli.check import without_daemon
    from waybilld.http import care
    from waybilld.http.support import gather, plain
    from waybilld.store.offline import Unreadable, read_once

    def query(run: Runner) -> SupportReply:
        tended = care.tend(run, care.without_devices(where.config), {}, now_s)
        now_us = int(now_s * 1_000_000)
        return gather(run, where.config, tended, {}, {}, ready=None, days=days, now_us=now_us, printer=printer)

    findings = [support.finding(row) for row in without_daemon(where, now_s)["findings"]]
    try:
        files = _files(read_once(where.database, query))
    except (Unreadable, OSError) as e:
        # Its message names a path; that it cannot be read at all is what a supporter must know.
        files = {"config.json": _text(support.config(plain(where.config))), "database.json": _text(type(e).__name__)}
    return {**files, "check.json": _text(findings)}


def _files(stored: SupportReply) -> dict[str, str]:
    parts: dict[str, Any] = {**stored}
    daemon = {key: parts.pop(key) for key in ("program", "schema", "ready")}
    return {"daemon.json": _text(daemon), **{f"{name}.json": _text(part) for name, part in parts.items()}}


def _text(value: Any) -> str:
    return json.dumps(value, indent=1, ensure_ascii=True, sort_keys=True) + "\n"


def packed(stem: str, files: Mapping[str, str], mtime_s: int) -> bytes:
    """The files as a gzipped tar, in one folder, owned by nobody in particular."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name, text in files.items():
            data = text.encode()
            entry = tarfile.TarInfo(f"{stem}/{name}")
            entry.size, entry.mtime, entry.mode = len(data), mtime_s, 0o600
            tar.addfile(entry, io.BytesIO(data))
    return gzip.compress(raw.getvalue(), mtime=mtime_s)


def versions() -> dict[str, Any]:
    """What this machine runs; not what it is called."""
    packages = {found.metadata["Name"]: found.version for found in distributions()}
    try:
        system = platform.freedesktop_os_release().get("PRETTY_NAME", "")
    except OSError:
        system = ""
    return {
        "python": sys.version.split()[0],
        "packages": dict(sorted(packages.items())),
        "kernel": platform.release(),
        "machine": platform.machine(),
        "system": system,
        "cups": cups_version(),
    }


def cups_version() -> str | None:
    """The version of CUPS by `cups-config`, else by the package manager; None where none is installed or nobody can tell."""
    for command in (["cups-config", "--version"], ["dpkg-query", "-W", "-f=${Version}", "cups-daemon"]):
        if shutil.which(command[0]) is None:
            continue
        try:
            told = subprocess.run(command, capture_output=True, text=True, timeout=_TOOL_S, check=True)
        except (OSError, subprocess.SubprocessError):
            continue
        return support.word(told.stdout.strip().replace("~", "-").replace(":", "-")) or None
    return None
