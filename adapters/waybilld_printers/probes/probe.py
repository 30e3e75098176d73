"""How a kind of printer that answers with status bytes is asked, understood and cleaned up: one value per language."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from waybilld_printers.probes.card import NO_CARD, Card
from waybilld_printers.probes.course import Case
from waybilld_printers.probes.rules import Rule
from waybilld_printers.probes.signs import Look


def no_trailer(_attempt: str) -> bytes:
    """Nothing is sent after a label."""
    return b""


def no_echo(_heard: bytes, _attempt: str) -> bool:
    """The printer never names an attempt."""
    return False


def no_card(_answers: Sequence[bytes]) -> Card:
    """The printer tells nothing of itself."""
    return NO_CARD


@dataclass(frozen=True, slots=True)
class Probe:
    """`read` gives a look once the answer to `question` is whole, else None; it never raises.

    `drop` takes back a body that has arrived whole, on the connection that carried it. `flush` takes what a broken
    connection may have left: it gets the bytes that the largest picture on a label of this printer has, because the printer
    may still be waiting for so many of them, and must print no label. `trailer` is sent after a label, and `echoed` says
    whether what was heard since gives the attempt's name back.
    """

    name: str
    question: bytes
    read: Callable[[bytes], Look | None]
    rules: tuple[Rule[Case], ...]
    drop: bytes
    flush: Callable[[int], bytes]
    end_line: bytes = b""
    """Ends a line that was cut short, where the printer must then be asked whether it holds a label without its end."""
    answers_within_body: bool = False
    """It answers while it holds a label without its end."""
    silent_when_busy: bool = False
    """It keeps the answer back while it prints and while it holds a label without its end."""
    unmarked: bool = False
    """Its answer is one byte of any value: nothing tells it from a byte that was said unasked."""
    shows_busy: bool = False
    """A label in print is to be seen, so that it is worth looking right after the label was sent."""
    acknowledge_restart: bytes = b""
    """Tells it that its restart was noted."""
    card_questions: tuple[bytes, ...] = ()
    """What it is asked of itself, now and then. A device that does not answer the first is not asked the others."""
    read_card: Callable[[Sequence[bytes]], Card] = no_card
    """The answers, in the order of the questions and as they came."""
    trailer: Callable[[str], bytes] = no_trailer
    echoed: Callable[[bytes, str], bool] = no_echo
