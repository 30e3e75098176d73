"""Gathering evidence of one label until it is settled, or until the pool goes on without its printer."""

from __future__ import annotations

from dataclasses import dataclass, replace

from waybilld.core.failover import Move, Patience, Trouble, next_move, trouble_of
from waybilld.core.printers import Mode
from waybilld.services.board import Board
from waybilld.services.clock import Clock
from waybilld.services.press import Press
from waybilld_sdk.printing import CancelOutcome, Evidence, Outcome, PrinterState, Receipt, Verdict

FAULT_POLL_S = 1.0
_FIRST_POLL_S, _LONGEST_POLL_S = 0.005, 0.2
_LEARN = 0.3
"""Weight of the newest label in the learned label time."""
_EARLIER = 0.8
"""Share of its time that a label is reckoned with when the first look already found it: it was out some time before."""
_NONE = Patience(0.0, 0.0)
_WITHHELD = "its closing token never left, so nothing of it can have come out"

_HOW = {
    Trouble.SILENT: "printer {} cannot be asked any more",
    Trouble.STOPPED: "printer {} stopped, and does not show whether the label is whole",
}


@dataclass(frozen=True, slots=True)
class Ending:
    """How an attempt ended: a verdict that is not PENDING. `left`: the pool goes on without the printer."""

    verdict: Verdict
    left: bool = False


def _trouble(verdict: Verdict | None) -> Trouble:
    """What keeps a label that is still owed. A printer that could tell before and does not now is silent, reason or none."""
    status = verdict.status if verdict is not None else None
    unknown = status is not None and status.state is PrinterState.UNKNOWN
    if verdict is not None and status is None:
        return Trouble.NONE
    return Trouble.SILENT if unknown else trouble_of(status)


class Gathering:
    """Looks at one printer's labels, one after the other, and learns how long they take."""

    def __init__(self, press: Press, board: Board, clock: Clock, patience: Patience) -> None:
        self.label_s = 0.0
        """Seconds from token to proof of a label that nothing disturbed; 0 before the first."""
        self._press = press
        self._board = board
        self._clock = clock
        self._patience = patience

    async def gather(self, receipt: Receipt, *, expected: bool, detail: str = "") -> Ending:
        """Look until evidence settles the attempt. While the label is still owed, nothing else is printed here.

        `expected`: the label just went out, so that it is due after the learned time. `detail`: how its sending ended, for
        people, if not well.
        """
        started = self._clock.monotonic()
        stuck = receipt.reached <= Evidence.BODY
        expected = expected and not stuck
        wait = max(0.0, self.label_s - _FIRST_POLL_S) if expected else 0.0
        poll = _FIRST_POLL_S
        looks, disturbed = 0, stuck
        trouble, since = Trouble.NONE, started
        while True:
            if wait > 0:
                await self._clock.sleep(wait)
            if stuck and await self._press.cancel(receipt) is CancelOutcome.CANCELLED:
                why = "withdrawn before its closing token" + (f": {detail}" if detail else "")
                return Ending(Verdict(Outcome.REFUTED, receipt.reached, why))
            verdict = await self._press.verdict(receipt)
            if verdict is not None and verdict.outcome is not Outcome.PENDING:
                if verdict.outcome is Outcome.UNCONFIRMED:
                    # Nothing of it may come out later, and no rest of it may stand in the way of the next label.
                    await self._press.cancel(receipt)
                seconds = self._clock.monotonic() - started
                if verdict.outcome is Outcome.PROVEN and expected and not disturbed:
                    self._learn(seconds if looks else seconds * _EARLIER)
                return Ending(verdict)
            if verdict is not None and verdict.token_lost:
                # It was handed over and never arrived: from now on a counter that rises counts somebody else's label.
                receipt, stuck = replace(receipt, reached=min(receipt.reached, Evidence.BODY)), True
            now = _trouble(verdict)
            if now is not trouble:
                trouble, since = now, self._clock.monotonic()
            ending = await self._move(receipt, trouble, self._clock.monotonic() - since)
            if ending is not None:
                return ending
            looks, disturbed = looks + 1, disturbed or stuck or trouble is not Trouble.NONE
            wait = FAULT_POLL_S if stuck or trouble is not Trouble.NONE else poll
            poll = min(_LONGEST_POLL_S, poll * 2)

    async def _move(self, receipt: Receipt, trouble: Trouble, stands_s: float) -> Ending | None:
        """Have the printer give the label back, or leave it, when its trouble has stood long enough and another could go
        on."""
        relief = self._board.relief_for(self._press.name)
        # Who takes a printer out of the line while it stands still wants its label elsewhere at once.
        patience = self._patience if self._board.mode(self._press.name) is Mode.OPEN else _NONE
        move = next_move(trouble, stands_s, relief=relief, patience=patience)
        if move is Move.CANCEL:
            if await self._press.cancel(receipt) is CancelOutcome.CANCELLED:
                why = f"printer {self._press.name} stopped and gave it back: {self._press.status.advice}"
                return Ending(Verdict(Outcome.REFUTED, receipt.reached, why), left=True)
        elif move is Move.LEAVE:
            how = _HOW[trouble].format(self._press.name)
            if receipt.reached <= Evidence.BODY:
                return Ending(Verdict(Outcome.REFUTED, receipt.reached, f"{how}; {_WITHHELD}"), left=True)
            why = f"{how} ({self._press.status.advice.rstrip('.')})"
            return Ending(Verdict(Outcome.UNCONFIRMED, receipt.reached, why), left=True)
        return None

    def _learn(self, seconds: float) -> None:
        """Only of labels that nothing disturbed: the next label is not looked at before the learned time is over."""
        self.label_s = seconds if self.label_s == 0 else (1 - _LEARN) * self.label_s + _LEARN * seconds
