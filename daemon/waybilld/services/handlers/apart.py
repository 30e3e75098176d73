"""Rendering where a stranger drew a part: a carrier's label, or a card or invoice from a file.

Such a file may ask for all the time and memory that a worker process has. So these jobs have a worker of their own, which
draws one after the other, commits each as it ends, and never has more than one worker process: labels of our own do not wait
for it.
"""

from __future__ import annotations

from twisted.internet.defer import DeferredLock

from waybilld.core.jobs import APART
from waybilld.core.lifecycle import Work
from waybilld.services.handlers.render import Given, Render
from waybilld.services.worker import Outcome
from waybilld.store.jobs import Job
from waybilld.store.tx import Tx


class RenderApart:
    """The print sets that `Render` hands over."""

    kind = Work.RENDER
    pool = APART
    batch = 3
    """Also how many carriers' labels are in memory at a time, of at most `MOST_ARTWORK_BYTES` each."""

    def __init__(self, render: Render) -> None:
        self._render = render
        self._turn = DeferredLock()

    def load(self, tx: Tx, job: Job) -> Given:
        """The shipment with the carrier's label."""
        return self._render.load_apart(tx, job)

    async def work(self, given: Given) -> Outcome:
        """Draw one when those before it are drawn."""
        return await self._turn.run(self._render.work, given)
