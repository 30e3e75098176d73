"""A label of ESC/POS, TSPL or CPCL broken off at one byte, judged by the printer's own tray, which the adapter never sees.

What must hold: PROVEN is in the tray exactly once; REFUTED and CANCELLED never; and the next label comes out once, whole,
with nothing of the broken one in it.
"""

from __future__ import annotations

from dataclasses import dataclass

from support.fault_proxy import Fault
from support.small_labels import OTHER, PIXELS, drawn, encoded
from support.small_printers import SmallCpcl
from support.small_rigs import SmallRig, SocketRig
from waybilld_printers.transports.raw.adapter import PROBES
from waybilld_sdk.printing import AttemptRef, CancelOutcome, Evidence, Outcome
from waybilld_sdk.testing.asking import open_gate, verdict

HOWS = ("cut_at", "lose_at")
"""The sender notices at once; or later, when the bytes after the break had been acknowledged."""


def length(kind: str) -> int:
    """Bytes of the label, with what is sent right after it."""
    document = encoded(kind)
    return len(document.body + document.token + PROBES[kind].trailer("a1"))


@dataclass(frozen=True, slots=True)
class Broken:
    """What became of it: the verdict, and what stands against it. `findings` empty is as it must be."""

    outcome: Outcome
    findings: list[str]


def in_memory(kind: str, at: int, how: str, *, power: bool) -> Broken:
    """Break the label off after `at` bytes, in the way `how`; with `power`, the printer is then switched off and on."""
    rig = SmallRig(kind)
    if isinstance(rig.device, SmallCpcl):
        # The word for noting a restart would count among the label's bytes.
        rig.device.restarted = False
    rig.run(rig.printer.status())
    # A TSPL printer is asked once with the whole body in it: three bytes that are not the label's.
    asked = len(PROBES[kind].question) if PROBES[kind].answers_within_body and at > len(encoded(kind).body) else 0
    setattr(rig.device, how, at + asked)
    return _judge(rig, kind, at, power=power)


def over_sockets(kind: str, at: int) -> Broken:
    """Reset the connection after `at` bytes."""
    rig = SocketRig(kind, media_mm=(50, 25))
    try:
        rig.server.do(lambda printer: setattr(printer, "restarted", False))
        rig.run(rig.printer.status())
        rig.proxy.arm(Fault("reset", at))
        return _judge(rig, kind, at, power=False)
    finally:
        rig.close()


def _judge(rig: SmallRig | SocketRig, kind: str, at: int, *, power: bool) -> Broken:
    first = rig.run(rig.printer.submit(encoded(kind), AttemptRef("a1", "t"), open_gate))
    if power:
        rig.with_printer(lambda printer: printer.power_cycle())
    found = verdict(rig, first.receipt)
    cancelled = rig.run(rig.printer.cancel(first.receipt))
    rig.with_printer(_whole_again)
    second = rig.run(rig.printer.submit(encoded(kind, OTHER), AttemptRef("a2", "t"), open_gate))
    last = verdict(rig, second.receipt)
    tray = rig.with_printer(lambda printer: list(printer.tray))
    ours, others = tray.count(drawn(kind)), tray.count(drawn(kind, OTHER))
    wrong = {
        f"the next label reached E{int(second.receipt.reached)}: {second.detail}": second.receipt.reached
        is not Evidence.ACKNOWLEDGED,
        f"the next label is {last.outcome}: {last.reason}": last.outcome is not Outcome.PROVEN,
        f"the next label is {others} times in the tray": others != 1,
        "two labels are drawn into one": any(
            label != drawn(kind, OTHER) and set(label) & set(drawn(kind, OTHER)) for label in tray
        ),
        f"PROVEN, and {ours} times in the tray": found.outcome is Outcome.PROVEN and ours != 1,
        "PROVEN, and not PRINTED when it was cancelled": (found.outcome is Outcome.PROVEN)
        != (cancelled is CancelOutcome.PRINTED),
        f"{found.outcome} and {cancelled}, and in the tray": ours > 0
        and (found.outcome is Outcome.REFUTED or cancelled is CancelOutcome.CANCELLED),
        "still pending": found.outcome is Outcome.PENDING,
        "more than its first line was taken for text": rig.with_printer(lambda printer: getattr(printer, "texts", 0))
        > (at <= encoded(kind, PIXELS).body.find(b"\n")),
    }
    return Broken(found.outcome, [f"{kind} at byte {at}: {what}" for what, holds in wrong.items() if holds])


def _whole_again(printer: object) -> None:
    for how in HOWS:
        setattr(printer, how, None)
