"""What commands over numbered rows, such as packs and runs, do alike: list them, and show one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from waybilld.cli.client import reading
from waybilld.cli.exits import Exit, Failure
from waybilld.cli.place import place
from waybilld.cli.text import say, say_json, table

if TYPE_CHECKING:
    from waybilld.http.table import Endpoint
    from waybilld.store.sql import Runner

T = TypeVar("T")


def say_list(
    reply: object, rows: Sequence[T], headings: Sequence[str], cells: Callable[[T], Sequence[object]], *, as_json: bool
) -> None:
    """The rows of a reply as a table, or the whole reply as JSON."""
    if as_json:
        say_json(reply)
    elif not rows:
        click.echo("none")
    else:
        click.echo(table(headings, map(cells, rows)))


def show(
    config: Path,
    endpoint: Endpoint,
    number: int,
    whole: Callable[[Runner, int], T | None],
    lines: Callable[[T], Iterable[str]],
    *,
    as_json: bool,
) -> None:
    """One row with all about it, from the daemon or, by `whole`, from the database. Raises `Failure` where there is none."""
    found: Any = reading(
        place(config), lambda api: api.get(endpoint.url(id=number)), lambda run, _: whole(run, number)
    )
    if found is None:
        what = endpoint.name
        raise Failure(Exit.FINDINGS, f"there is no {what} {number}: look at `waybilld {what}s` for their numbers")
    if as_json:
        say_json(found)
        return
    for line in lines(found):
        say(line)


def user(name: str, uid: int) -> str:
    """Who did something, as lists name them."""
    return f"{name} (id {uid})" if name else f"user id {uid}"
