"""Drawing a further copy of one label, with its mark and its own serial."""

from __future__ import annotations

from dataclasses import dataclass

from waybilld.core.jobs import APART
from waybilld.core.lifecycle import Work
from waybilld.core.serials import page_of
from waybilld.services.handlers.render import Given, Render
from waybilld.services.worker import Outcome
from waybilld.store import copies, pages
from waybilld.store.copies import LabelRow
from waybilld.store.jobs import Job
from waybilld.store.tx import Tx
from waybilld_sdk.errors import Hold


@dataclass(frozen=True, slots=True)
class Wanted:
    """A label to draw, with what it is about."""

    given: Given
    label: LabelRow


class Copy:
    """A copy of what we draw. What strangers drew is left to `CopyApart`."""

    kind = Work.COPY
    batch = 16

    def __init__(self, render: Render) -> None:
        self._render = render

    def load(self, tx: Tx, job: Job) -> Wanted:
        """The copy's row and its shipment. Raises `Elsewhere` as `Render.load`."""
        return Wanted(self._render.load(tx, job), _label(tx, job))

    async def work(self, wanted: Wanted) -> Outcome:
        """Draw it. Raises `Hold` where there is nothing to draw any more."""
        given, label = wanted.given, wanted.label
        pieces = await self._render.draw(self._render.asked(given, self._render.item_of(given, label.kind), label.copy))
        page = page_of(label.serial)
        if page > len(pieces):
            what = f"the {label.kind} has only {len(pieces)} pages now, so there is no page {page} to copy"
            raise Hold(f"{what}: ask for a copy of another page", code="data-missing")
        expires = self._render.expires_us()
        return lambda tx: pages.copied(tx, given.input, label.id, pieces[page - 1], expires_at_us=expires)


class CopyApart(Copy):
    """A copy of what a stranger drew."""

    pool = APART
    batch = 1

    def load(self, tx: Tx, job: Job) -> Wanted:
        """The copy's row and its shipment, with the carrier's label."""
        return Wanted(self._render.load_apart(tx, job), _label(tx, job))


def _label(tx: Tx, job: Job) -> LabelRow:
    assert job.label is not None
    return copies.by_id(tx.run, job.label)
