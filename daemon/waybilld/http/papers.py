"""The opening check of print sets against paper: has every label a template for the media of its pool?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from waybilld.config.model import Config
from waybilld.http.opening import finding
from waybilld.http.shapes import FindingRow
from waybilld.services.assemble import policies
from waybilld.services.fleet import Paper
from waybilld_sdk.labels import LabelRequest


@dataclass(frozen=True, slots=True)
class Planned:
    """A label that will be drawn for some order of a shop, on one kind of paper of its pool. It has no words yet."""

    pool: str
    request: LabelRequest


def planned(config: Config, papers_of: Callable[[str], Sequence[Paper]]) -> list[Planned]:
    """Everything that templates draw for the shops' orders, each once."""
    return list(dict.fromkeys(_planned(config, papers_of)))


def _planned(config: Config, papers_of: Callable[[str], Sequence[Paper]]) -> Iterator[Planned]:
    accounts = {carrier.name: carrier for carrier in config.carriers}
    for shop in policies(config).shops.values():
        for account in (accounts[name] for name in shop.carriers):
            for item in shop.print_set(account.mode):
                pool = item.pool or shop.pool
                for paper in papers_of(pool) if not item.file else ():
                    request = LabelRequest(item.kind, paper.dots_per_mm, paper.media_mm, account.title)
                    yield Planned(pool, replace(request, shop=shop.name, account=account.name, mode=account.mode))


def papers(labels: Sequence[Planned], refusals: Sequence[str] | None) -> list[FindingRow]:
    """Labels that no template draws, and pools with several media. `refusals` None where nobody could try in time."""
    if not labels:
        return []
    rows = [*_mixed(labels)]
    if refusals is None:
        todo = "run `waybilld check` again; if it stays so, see the daemon's log"
        return [*rows, finding("templates", "warn", "could not be tried in time", todo)]
    refused: dict[tuple[str, ...], FindingRow] = {}
    for label, why in zip(labels, refusals, strict=True):
        kind, shop = label.request.kind, label.request.shop
        if why:
            todo = f"mend pool {label.pool}, or give the {kind} another pool: orders that need it are not printed"
            # A carrier that draws its own labels may do without our template.
            level = finding(f"{kind} of {shop}", "warn" if kind == "waybill" else "stop", why, todo)
            refused.setdefault((shop, kind, label.pool, why), level)
    return [*rows, *refused.values()] or [finding("templates", "ok", "every label has one for its paper")]


def _mixed(labels: Sequence[Planned]) -> Iterator[FindingRow]:
    media: dict[str, dict[tuple[float, float], None]] = {}
    for label in labels:
        media.setdefault(label.pool, {})[label.request.media_mm] = None
    for pool, found in media.items():
        if len(found) > 1:
            sizes = " and ".join(f"{width:g} x {height:g} mm" for width, height in found)
            todo = "give it printers of one media: an order with more pages on one than on another is held"
            yield finding(f"pool {pool}", "warn", f"its printers have {sizes}", todo)
