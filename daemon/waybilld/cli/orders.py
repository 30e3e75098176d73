"""`waybilld orders`: which orders there are, how far they are, and what they wait for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from waybilld.cli import config_option
from waybilld.cli.client import reading
from waybilld.cli.place import place
from waybilld.cli.text import JSON_OPTION, say_json, table
from waybilld.core.lifecycle import State

if TYPE_CHECKING:
    from waybilld.store.queries.shapes import OrderList, OrderRow

_HEADINGS = ("order", "shop", "consignee", "paid", "shipment", "state", "waits for")


@click.command("orders")
@config_option
@click.option("--shop", metavar="NAME", help="Only orders of this shop.")
@click.option("--state", type=click.Choice([state.value for state in State]), help="Only with a shipment in this state.")
@click.option("--blocked", is_flag=True, help="Only orders that wait for a person.")
@click.option("--limit", type=click.IntRange(1, 500), default=50, show_default=True, help="How many, newest first.")
@JSON_OPTION
def orders(config: Path, shop: str | None, state: str | None, blocked: bool, limit: int, as_json: bool) -> None:
    """List orders with their shipments, newest first.

    Of the consignee only the first character is shown.

    \b
    Examples:
      waybilld orders --blocked          what waits for a person, and why
      waybilld orders --state rendered   what waits for a printer
      waybilld orders --json | jq        for programs
    """
    found = listed(config, shop=shop, state=state, blocked=blocked, limit=limit)
    if as_json:
        say_json(found)
        return
    click.echo(table(_HEADINGS, (row for order in found["orders"] for row in _rows(order))))
    if found["next"] is not None:
        click.echo(f"… and more: use --limit, {limit} are shown", err=True)


def listed(
    config: Path,
    *,
    shop: str | None = None,
    external_id: str | None = None,
    state: str | None = None,
    blocked: bool = False,
    limit: int = 50,
) -> OrderList:
    """A page of orders from the daemon, or from the database where none runs."""
    from waybilld.http.table import ORDERS
    from waybilld.store.queries import orders as queries

    asked = {"shop": shop, "external_id": external_id, "state": state, "blocked": blocked, "limit": limit}
    wanted = queries.OrderFilter(shop, external_id, state, blocked, None, limit)
    found: OrderList = reading(
        place(config), lambda api: api.get(ORDERS.url(), asked), lambda run, seal: queries.orders(run, seal, wanted)
    )
    return found


def _rows(order: OrderRow) -> Iterator[tuple[object, ...]]:
    head = (order["external_id"], order["shop"], order["consignee"], (order["paid_at"] or "")[:10])
    if not order["shipments"]:
        yield (*head, None, f"none ({order['status']})", None)
    for shipment in order["shipments"]:
        why = "; ".join(f"{block['code']}: {block['message']}" for block in shipment["blocks"])
        yield (*head, shipment["id"], stated(shipment["state"], sent_only=shipment["sent_only"]), why or shipment["waits"])


def stated(state: str, *, sent_only: bool) -> str:
    """A shipment's state; where nothing proves that its label is on paper, it says so."""
    return f"{state} (sent only)" if sent_only else state
