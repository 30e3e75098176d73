"""`waybilld db`: upgrade the database, verify it, back it up."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from waybilld.cli import config_option
from waybilld.cli.exits import Exit, Failure
from waybilld.cli.place import place
from waybilld.cli.text import JSON_OPTION, say, say_json

if TYPE_CHECKING:
    from waybilld.store.backup import Backup, Report
    from waybilld.store.state import StateFolder
    from waybilld.store.verify.findings import Finding

_BACKUPS = "backups"
"""Folder inside the state folder for the backup that an upgrade makes first."""


@click.group("db", invoke_without_command=True)
@config_option
@click.pass_context
def db(context: click.Context, config: Path) -> None:
    """Upgrade, verify or back up the database.

    \b
    Examples:
      waybilld db backup /var/backups/waybilld --keep 14
      waybilld db verify
    """
    del config
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


@db.command("upgrade")
@config_option
@JSON_OPTION
def upgrade(config: Path, as_json: bool) -> None:
    """Bring the database to this program's schema, after a backup of it. The daemon must not run.

    \b
    Examples:
      systemctl stop waybilld && waybilld db upgrade && systemctl start waybilld
    """
    from waybilld.store import migrate
    from waybilld.store.engine import data_version, open_reader
    from waybilld.store.schema import SCHEMA_VERSION

    state = _state(config)
    copy: Path | None = None
    with _said(state), _claimed(state):
        connection = open_reader(state.database)
        before = after = data_version(connection)
        connection.close()
        if before is not None and before < SCHEMA_VERSION:
            # A database without a schema holds nothing yet; one of a newer program is refused below, untouched.
            copy = _backup(state, state.path / _BACKUPS).path
            if not as_json:
                say(f"backup: {copy}")
        if before != SCHEMA_VERSION:
            _, after = migrate.upgrade(state.database)
    if as_json:
        kept = str(copy) if copy else None
        say_json({"path": str(state.database), "before": before, "after": after, "backup": kept})
    elif before == after:
        say(f"nothing to do: {state.database} has schema {before}, which is this program's")
    else:
        say(f"{state.database}: schema {before or 'none'} -> {after}")


@db.command("verify")
@config_option
@click.option("--full", is_flag=True, help="Open every stored page, not a sample of about 2000.")
@JSON_OPTION
def verify(config: Path, full: bool, as_json: bool) -> None:
    """Check everything that the database can show of waybilld's promises.

    Works beside a running daemon, on one snapshot; meanwhile the write-ahead log cannot shrink. Exit 0 when all is well,
    1 with one line per finding and what to do about it.

    \b
    Examples:
      waybilld db verify
      waybilld db verify --full --json
    """
    from waybilld.store.engine import open_reader
    from waybilld.store.migrate import check_version
    from waybilld.store.offline import open_seal
    from waybilld.store.sql import Runner
    from waybilld.store.verify import verify as verify_database

    state = _state(config)
    with _said(state), _progress() as progress:
        connection = open_reader(state.database)
        try:
            check_version(connection, state.database)
            seal = open_seal(state.path)
            connection.execute("BEGIN")
            findings = verify_database(Runner(connection), seal, full=full, report=progress)
        finally:
            connection.close()
    if seal is None:
        click.echo(f"the sealed texts and pages were not checked: {state.key} is missing or not readable here", err=True)
    if as_json:
        say_json({"ok": not findings, "sealed_checked": seal is not None, "findings": [_as_json(f) for f in findings]})
    else:
        for finding in findings:
            say(str(finding))
        if not findings:
            say(f"ok: {state.database} is as it must be")
    if findings:
        raise click.exceptions.Exit(Exit.FINDINGS)


@db.command("backup")
@config_option
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--keep", type=click.IntRange(1), metavar="N", help="Delete older backups in FOLDER but the newest N.")
@click.option("--with-key", is_flag=True, help="Copy the master key too: then the copy alone can be read.")
@JSON_OPTION
def backup(config: Path, folder: Path, keep: int | None, with_key: bool, as_json: bool) -> None:
    """Copy the database into FOLDER, also while the daemon works.

    The copy is checked before it gets its name, and its SHA-256 stands beside it for `sha256sum -c`. To restore, stop the
    daemon, remove waybilld.db with its -wal and -shm, copy the backup to waybilld.db, give it to the owner of its folder
    (`chown --reference`), and run `waybilld db verify`. The copy knows nothing of what came after it: before the daemon
    starts, begin number ranges after the last number that was printed, drop newer order files again, and close the runs
    that were closed since.

    \b
    Examples:
      waybilld db backup /var/backups/waybilld --keep 14
    """
    state = _state(config)
    with _said(state), _progress() as progress:
        done = _backup(state, folder, keep, with_key, lambda copied, total: progress("copying", copied, total))
    if as_json:
        key = str(done.key) if done.key else None
        told = {"at": done.at.isoformat(), "path": str(done.path), "sha256": done.sha256, "bytes": done.bytes}
        say_json({**told, "key": key, "removed": [str(path) for path in done.removed]})
        return
    say(f"{done.path}: {done.bytes} bytes, SHA-256 {done.sha256}")
    for path in done.removed:
        say(f"removed {path}")
    if done.key is not None:
        say(f"{done.key}: with it anybody who gets the copy can read every address in it")
    else:
        say(f"{state.key} is not in it, so that the copy alone shows no addresses: keep a copy of the key elsewhere")


def _state(config: Path) -> StateFolder:
    from waybilld.store.state import StateFolder

    where = place(config)
    state = StateFolder(where.config.state)
    if not state.database.exists():
        text = f"there is no database at {state.database}: the first `{where.start}` makes one"
        raise Failure(Exit.CONFIG, text)
    return state


def _backup(
    state: StateFolder, folder: Path, keep: int | None = None, with_key: bool = False, report: Report | None = None
) -> Backup:
    from waybilld.store.backup import backup as back_up

    now = datetime.now(UTC)  # noqa: TID251 - the outermost ring: from here on the clock is a parameter
    return back_up(state, folder, now, keep=keep, with_key=with_key, report=report)


@contextmanager
def _claimed(state: StateFolder) -> Iterator[None]:
    state.claim()
    try:
        yield
    finally:
        state.release()


@contextmanager
def _said(state: StateFolder) -> Iterator[None]:
    """Turn what can go wrong with a database into one message and the right exit code.

    A lock that is held elsewhere classifies as `StoreUnavailable`, as a full disk does.
    """
    from sqlalchemy.exc import DBAPIError

    from waybilld.store.backup import BackupFailed
    from waybilld.store.engine import StoreBroken, StoreUnavailable, classify
    from waybilld.store.migrate import SchemaMismatch
    from waybilld.store.state import StateTaken

    try:
        yield
    except SchemaMismatch as e:
        raise Failure(Exit.CONFIG, str(e)) from e
    except StateTaken as e:
        raise Failure(Exit.TRY_LATER, str(e)) from e
    except BackupFailed as e:
        raise Failure(Exit.TRY_LATER, str(e)) from e
    except StoreBroken as e:
        raise Failure(Exit.BAD_DATA, f"{state.database}: {e}") from e
    except PermissionError as e:
        raise Failure(Exit.CONFIG, f"{e.filename or state.path}: {e.strerror}: use the daemon's user") from e
    except (sqlite3.Error, DBAPIError) as e:
        cause = e.orig if isinstance(e, DBAPIError) else e
        if isinstance(cause, sqlite3.Error) and isinstance(classify(cause), StoreUnavailable):
            raise Failure(Exit.TRY_LATER, f"{state.database} cannot be used now: {cause}") from e
        text = f"{state.database} cannot be used: {cause}: keep the file, and restore the last backup"
        raise Failure(Exit.BAD_DATA, text) from e


class _Line:
    """How far it is, on one line of a terminal that is written over; silent where nobody looks."""

    def __init__(self) -> None:
        self._shown = sys.stderr.isatty()

    def __call__(self, stage: str, done: int, total: int) -> None:
        if self._shown:
            share = f" {done * 100 // total} %" if total else f" {done}" if done else ""
            click.echo(f"\r\x1b[K{stage}{share}", err=True, nl=False)

    def clear(self) -> None:
        """Take the line away."""
        if self._shown:
            click.echo("\r\x1b[K", err=True, nl=False)


@contextmanager
def _progress() -> Iterator[_Line]:
    line = _Line()
    try:
        yield line
    finally:
        line.clear()


def _as_json(finding: Finding) -> dict[str, object]:
    from waybilld.store.verify.findings import INVARIANTS

    return {
        "check": finding.check.value,
        "invariants": list(INVARIANTS.get(finding.check, ())),
        "where": finding.where,
        "message": finding.message,
        "advice": finding.advice,
    }
