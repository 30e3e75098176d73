"""`waybilld shipments`: the whole story of one parcel."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from waybilld.cli import config_option
from waybilld.cli.client import reading
from waybilld.cli.exits import Exit, Failure
from waybilld.cli.orders import listed, stated
from waybilld.cli.orders import orders as orders_command
from waybilld.cli.place import place
from waybilld.cli.text import JSON_OPTION, say, say_json, when
from waybilld_sdk.files.words import quoted

if TYPE_CHECKING:
    from waybilld.store.queries.shapes import LabelRow, OrderWhole, ParcelRow, ShipmentStory


@click.group("shipments", invoke_without_command=True)
@config_option
@JSON_OPTION
@click.pass_context
def shipments(context: click.Context, config: Path, as_json: bool) -> None:
    """Show shipments; without a subcommand, list orders with theirs.

    \b
    Examples:
      waybilld shipments
      waybilld shipments show 17
    """
    if context.invoked_subcommand is None:
        context.invoke(orders_command, config=config, shop=None, state=None, blocked=False, limit=50, as_json=as_json)


@shipments.command("show")
@config_option
@click.argument("shipment", type=click.IntRange(1, 2**63 - 1), required=False)
@click.option("--order", "external_id", metavar="NUMBER", help="The shop's order number, in place of the shipment's.")
@click.option("--shop", metavar="NAME", help="The shop of that order, where two shops use the same number.")
@JSON_OPTION
def show(config: Path, shipment: int | None, external_id: str | None, shop: str | None, as_json: bool) -> None:
    """Tell everything about one shipment: orders, parcels, labels, attempts with their evidence, and what happened.

    \b
    Examples:
      waybilld shipments show 17
      waybilld shipments show --order A-1001
    """
    if (shipment is None) == (external_id is None):
        raise click.UsageError("name a shipment's number, or an order with --order")
    number = _of_order(config, external_id, shop) if external_id is not None else shipment or 0
    found = _story(config, number)
    if as_json:
        say_json(found)
        return
    for line in _lines(found):
        say(line)


def _of_order(config: Path, external_id: str, shop: str | None) -> int:
    found = listed(config, shop=shop, external_id=external_id)["orders"]
    if not found:
        raise Failure(Exit.FINDINGS, f"there is no order {quoted(external_id)}: look at `waybilld orders`")
    if len(found) > 1:
        shops = ", ".join(quoted(order["shop"]) for order in found)
        raise Failure(Exit.USAGE, f"order {quoted(external_id)} is of more than one shop: name it with --shop: {shops}")
    numbers = [brief["id"] for brief in found[0]["shipments"]]
    if not numbers:
        raise Failure(Exit.FINDINGS, f"order {quoted(external_id)} is {found[0]['status']}: nothing is shipped for it")
    if len(numbers) > 1:
        raise Failure(Exit.USAGE, f"order {quoted(external_id)} has shipments {', '.join(map(str, numbers))}: name one")
    return numbers[0]


def _story(config: Path, number: int) -> ShipmentStory:
    from waybilld.http.table import SHIPMENT
    from waybilld.store.queries.shipments import shipment

    found: ShipmentStory | None = reading(
        place(config), lambda api: api.get(SHIPMENT.url(id=number)), lambda run, seal: shipment(run, seal, number)
    )
    if found is None:
        raise Failure(Exit.FINDINGS, f"there is no shipment {number}: look at `waybilld orders` for their numbers")
    return found


def _lines(found: ShipmentStory) -> Iterator[str]:
    yield f"shipment {found['id']} of shop {found['shop']}: {stated(found['state'], sent_only=found['sent_only'])}"
    for block in found["blocks"]:
        yield f"  waits for a person: {block['code']}: {block['message']}"
    known = {
        "warehouse": found["warehouse"],
        "carrier": found["carrier_account"],
        "service": found["service"],
        "pool": found["pool"],
    }
    plan = [f"{name} {value}" for name, value in known.items() if value]
    if plan:
        yield f"  {', '.join(plan)}"
    if found["ship_by"]:
        yield f"  ship by {when(found['ship_by'])} UTC"
    for order in found["orders"]:
        yield from _order(order)
    for parcel in found["parcels"]:
        yield from _parcel(parcel)
    for label in found["labels"]:
        yield from _label(label)
    for job in found["jobs"]:
        due = f", due {when(job['run_at'])} UTC" if job["run_at"] else ""
        yield f"open job {job['kind']}: {job['state']}{due}{': ' + job['reason'] if job['reason'] else ''}"
    for case in found["cases"]:
        weight = "blocking case" if case["blocking"] else "case"
        yield f"{weight} {case['code']} ({case['state']}): {case['message']}"
    yield "what happened (UTC):"
    for line in found["story"]:
        yield f"  {line['at'][:10]} {line['at'][11:23]}  {line['text']}"


def _order(order: OrderWhole) -> Iterator[str]:
    name = order["consignee"] if order["consignee"] is not None else "(not readable)"
    yield f"order {order['external_id']}, version {order['version']}, {order['status']}, for {name}"
    for line in order["lines"]:
        if line["qty"]:
            yield f"  {line['qty']} x {line['sku']}"


def _parcel(parcel: ParcelRow) -> Iterator[str]:
    weight = f", {parcel['weight_g']} g" if parcel["weight_g"] is not None else ""
    yield f"parcel {parcel['ref']}{weight}"
    for waybill in parcel["waybills"]:
        yield f"  waybill {waybill['number'] or '(no number yet)'} of {waybill['account']}: {waybill['state']}"


def _label(label: LabelRow) -> Iterator[str]:
    papers = ", ".join(page["variant"] + ("" if page["kept"] else " (deleted)") for page in label["pages"])
    replaced = ", replaced by a later copy" if label["superseded"] else ""
    yield f"label {label['serial']}, copy {label['copy']}, for {papers or 'no paper'}{replaced}"
    for attempt in label["attempts"]:
        why = f": {attempt['reason']}" if attempt["reason"] else ""
        yield f"  attempt {attempt['id']} on {attempt['printer']}: {attempt['state']}, evidence {attempt['evidence']}{why}"
