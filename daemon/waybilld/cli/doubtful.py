"""`waybilld labels unconfirmed | intercepts`: the labels that somebody should look for."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from waybilld.cli import config_option
from waybilld.cli.ages import age_s
from waybilld.cli.client import reading
from waybilld.cli.place import Place, place
from waybilld.cli.showing import say_list
from waybilld.cli.text import JSON_OPTION, when
from waybilld.core.intercepts import InterceptState

if TYPE_CHECKING:
    from waybilld.http.shapes import InterceptsReply, UnconfirmedReply
    from waybilld.store.queries.shapes import InterceptRow, UnconfirmedRow

_DOUBTED = ("label", "shipment", "orders", "printer", "pool", "evidence", "since (UTC)", "why")
_LOOKED_FOR = ("label", "shipment", "orders", "printer", "since (UTC)", "why")
_FOUND = (*_LOOKED_FOR[:-1], "found (UTC)", "why")
_MOST = 1000


def _age_s(_context: click.Context, _parameter: click.Parameter, given: str | None) -> int | None:
    seconds = None if given is None else age_s(given)
    if given is not None and seconds is None:
        raise click.BadParameter("such as 30m, 2h or 3d")
    return seconds


@click.command("unconfirmed")
@click.option("--printer", metavar="NAME", help="Only those that this printer was given last.")
@click.option("--pool", metavar="NAME", help="Only those that would be printed again in this pool.")
@click.option("--older-than", callback=_age_s, metavar="AGE", help="Only those sent so long ago: 30m, 2h, 3d.")
@config_option
@JSON_OPTION
def unconfirmed(printer: str | None, pool: str | None, older_than: int | None, config: Path, as_json: bool) -> None:
    """List labels that may or may not be on paper: look for each before anything else is done with its parcel.

    With --older-than it is the list of what nobody scanned when a wave should be over.

    \b
    Examples:
      waybilld labels unconfirmed
      waybilld labels unconfirmed --printer bench-2 --older-than 2h
    """
    list_unconfirmed(place(config), printer, pool, older_than, as_json=as_json)


def list_unconfirmed(
    where: Place, printer: str | None = None, pool: str | None = None, older_than_s: int | None = None, *, as_json: bool
) -> None:
    """The list, as a table or as JSON."""
    from waybilld.http.table import UNCONFIRMED
    from waybilld.store.queries import labels as queries

    asked = {"limit": _MOST, "printer": printer, "pool": pool, "older_than_s": older_than_s}
    # The outermost ring: nothing inside is given a clock of its own.
    now_us = int(time.time() * 1_000_000)  # noqa: TID251
    wanted = queries.DoubtFilter.of_age(printer, pool, older_than_s, now_us)
    found: UnconfirmedReply = reading(
        where,
        lambda api: api.get(UNCONFIRMED.url(), asked),
        lambda run, _: {"unconfirmed": queries.unconfirmed(run, _MOST, wanted)},
    )
    say_list(found, found["unconfirmed"], _DOUBTED, _doubted, as_json=as_json)


def _doubted(row: UnconfirmedRow) -> tuple[object, ...]:
    orders, since = ", ".join(row["orders"]), when(row["since"])
    return row["serial"], row["shipment"], orders, row["printer"], row["pool"], row["evidence"], since, row["reason"]


@click.command("intercepts")
@click.option("--open", "state", flag_value="open", default=True, help="Those that somebody looks for.  [default]")
@click.option("--found", "state", flag_value="found", help="Those that were found, the newest first.")
@config_option
@JSON_OPTION
def intercepts(state: str, config: Path, as_json: bool) -> None:
    """List copies on paper, or perhaps on paper, that must not go on a parcel.

    Scan one when you throw it away, with `waybilld labels scan`: then it counts as found.

    \b
    Examples:
      waybilld labels intercepts
      waybilld labels intercepts --found
    """
    from waybilld.http.table import INTERCEPTS
    from waybilld.store.queries import labels as queries

    wanted = InterceptState(state)
    found: InterceptsReply = reading(
        place(config),
        lambda api: api.get(INTERCEPTS.url(), {"limit": _MOST, "state": wanted.value}),
        lambda run, _: {"intercepts": queries.intercepts(run, _MOST, wanted)},
    )
    headings, cells = (_FOUND, _found) if wanted is InterceptState.FOUND else (_LOOKED_FOR, _looked_for)
    say_list(found, found["intercepts"], headings, cells, as_json=as_json)


def _looked_for(row: InterceptRow) -> tuple[object, ...]:
    orders, since = ", ".join(row["orders"]), when(row["since"])
    return row["serial"], row["shipment"], orders, row["printer"], since, row["reason"]


def _found(row: InterceptRow) -> tuple[object, ...]:
    *cells, why = _looked_for(row)
    return *cells, when(row["closed_at"]), why
