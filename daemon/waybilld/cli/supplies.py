"""`waybilld supplies`: spare rolls, ribbons and cartridges on the shelf."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from waybilld.cli import config_option
from waybilld.cli.client import changing, reading
from waybilld.cli.exits import Exit, Failure
from waybilld.cli.place import Place, place
from waybilld.cli.text import JSON_OPTION, say, say_json, table

if TYPE_CHECKING:
    from waybilld.http.shapes import SuppliesReply
    from waybilld.store.queries.shapes import SpareRow

_HEADINGS = ("warehouse", "item", "kind", "left", "order at", "a day", "days", "")
_KINDS = ("roll", "ribbon", "cartridge", "other")
_WAREHOUSE = click.option("--warehouse", help="Which warehouse, where there are several.")
_AMOUNT = click.IntRange(0, 100_000)


@click.group("supplies", invoke_without_command=True)
@config_option
@JSON_OPTION
@click.pass_context
def supplies(context: click.Context, config: Path, as_json: bool) -> None:
    """Count spare rolls, ribbons and cartridges; without a subcommand, list them, and for how many days they last.

    \b
    Examples:
      waybilld supplies
      waybilld supplies set 100x150 --reorder-at 5     keep this item, order at five
      waybilld supplies add 100x150 20                 twenty came
      waybilld supplies take 100x150                   one was put into a printer
      waybilld supplies count 100x150 17               somebody counted them
    """
    if context.invoked_subcommand is None:
        _list(config, as_json)


@supplies.command("list")
@config_option
@JSON_OPTION
def list_(config: Path, as_json: bool) -> None:
    """List the spares of every warehouse, and for how many days they last by what was used in two weeks.

    \b
    Examples:
      waybilld supplies list
    """
    _list(config, as_json)


def _list(config: Path, as_json: bool) -> None:
    from waybilld.http.table import SUPPLIES
    from waybilld.store.queries import spares

    # The outermost ring: nothing inside is given a clock of its own.
    now_us = int(time.time() * 1_000_000)  # noqa: TID251
    found: SuppliesReply = reading(
        place(config), lambda api: api.get(SUPPLIES.url()), lambda run, _: {"supplies": spares.spares(run, now_us)}
    )
    if as_json:
        say_json(found)
    elif not found["supplies"]:
        click.echo("none")
    else:
        click.echo(table(_HEADINGS, map(_row, found["supplies"])))


def _row(row: SpareRow) -> tuple[object, ...]:
    order = "order now" if row["order_now"] else ""
    a_day, days = row["used_a_day"], row["days_left"]
    return (row["warehouse"], row["item"], row["kind"], row["on_hand"], row["reorder_at"], a_day, days, order)


@supplies.command("set")
@config_option
@click.argument("item")
@_WAREHOUSE
@click.option("--kind", type=click.Choice(_KINDS), help="What it is; a new item is a roll.")
@click.option("--reorder-at", type=_AMOUNT, required=True, help="With so many left, or fewer, it is time to order.")
@JSON_OPTION
def set_(config: Path, item: str, warehouse: str | None, kind: str | None, reorder_at: int, as_json: bool) -> None:
    """Keep an item from now on, or change when it is ordered.

    \b
    Examples:
      waybilld supplies set ribbon-110 --kind ribbon --reorder-at 3
    """
    from waybilld.http.table import SUPPLY_SET

    where = place(config)
    url = SUPPLY_SET.url(warehouse=_warehouse(where, warehouse), item=item)
    _said(changing(where, lambda api: api.post(url, {"kind": kind, "reorder_at": reorder_at})), item, as_json)


@supplies.command("add")
@config_option
@click.argument("item")
@click.argument("amount", type=_AMOUNT)
@_WAREHOUSE
@JSON_OPTION
def add(config: Path, item: str, amount: int, warehouse: str | None, as_json: bool) -> None:
    """Put pieces on the shelf.

    \b
    Examples:
      waybilld supplies add 100x150 20
    """
    _move(config, item, warehouse, "add", amount, as_json)


@supplies.command("take")
@config_option
@click.argument("item")
@click.argument("amount", type=_AMOUNT, default=1)
@_WAREHOUSE
@JSON_OPTION
def take(config: Path, item: str, amount: int, warehouse: str | None, as_json: bool) -> None:
    """Take pieces from the shelf, one if nothing is said.

    \b
    Examples:
      waybilld supplies take 100x150
    """
    _move(config, item, warehouse, "take", amount, as_json)


@supplies.command("count")
@config_option
@click.argument("item")
@click.argument("amount", type=_AMOUNT)
@_WAREHOUSE
@JSON_OPTION
def count(config: Path, item: str, amount: int, warehouse: str | None, as_json: bool) -> None:
    """Say how many were counted: what is missing was used.

    \b
    Examples:
      waybilld supplies count 100x150 17
    """
    _move(config, item, warehouse, "count", amount, as_json)


def _move(config: Path, item: str, warehouse: str | None, doing: str, amount: int, as_json: bool) -> None:
    from waybilld.http.table import SUPPLY_MOVE

    where = place(config)
    url = SUPPLY_MOVE.url(warehouse=_warehouse(where, warehouse), item=item)
    _said(changing(where, lambda api: api.post(url, {"doing": doing, "amount": amount})), item, as_json)


def _warehouse(where: Place, given: str | None) -> str:
    """The warehouse that is meant. Raises `Failure` (64) where it must be named."""
    names = [warehouse.name for warehouse in where.config.warehouses]
    if given is not None:
        return given
    if len(names) != 1:
        raise Failure(Exit.USAGE, f"name the warehouse with --warehouse: there are {', '.join(names) or 'none'}")
    return names[0]


def _said(found: Any, item: str, as_json: bool) -> None:
    if as_json:
        say_json(found)
        return
    for row in found["supplies"]:
        if row["item"] == item:
            days = "" if row["days_left"] is None else f", for about {row['days_left']} days"
            order = ": order now" if row["order_now"] else ""
            say(f"{row['item']} in {row['warehouse']}: {row['on_hand']} left{days}{order}")
