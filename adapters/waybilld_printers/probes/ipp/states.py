"""A queue's state as a printer's, and what a packer does about it. Pure.

Keywords: RFC 8011, section 5.4.12, and those that CUPS adds (`cups-…`, `offline`). Unknown ones are kept as they are. The
suffix -report, -warning or -error is no measure of how bad it is: print servers derive it from the queue's state.
"""

from __future__ import annotations

from dataclasses import replace

from waybilld_printers.probes.ipp.decide import Rule
from waybilld_printers.probes.ipp.looks import Look, NoQueue, NoServer, QueueLook, QueueState
from waybilld_sdk.printing import Outcome, PrinterState, PrinterStatus, Supply

_SUFFIXES = ("-report", "-warning", "-error")

STOPS: dict[str, str] = {
    "cover-open": "Close the cover.",
    "door-open": "Close the door.",
    "interlock-open": "Close the cover.",
    "media-empty": "Load paper or labels.",
    "media-needed": "Load the paper or labels that the printer asks for.",
    "media-jam": "Clear the jam.",
    "marker-supply-empty": "Put in a new ribbon, toner or ink.",
    "toner-empty": "Put in a new toner.",
    "developer-empty": "Put in a new developer unit.",
    "output-area-full": "Take the printed sheets away.",
    "spool-area-full": "The printer's memory is full; switch it off and on.",
    "offline": "Switch the printer on and check its cable.",
    "shutdown": "Switch the printer on.",
    "paused": "Resume the queue: cupsenable, or the printer's web page.",
    "moving-to-paused": "Resume the queue: cupsenable, or the printer's web page.",
    "timed-out": "The printer stopped answering; look at it and at its cable.",
    "cups-missing-filter": "The queue's driver is damaged: set the queue up anew as a raw or driverless one.",
    "cups-insecure-filter": "The queue's driver is damaged: set the queue up anew as a raw or driverless one.",
}
"""Reasons with which nothing comes out, and what to do."""

CONNECTING = "connecting-to-device"
_NOT_CONNECTED = "CUPS cannot reach the printer: check that it is on, its network cable and its address."
_RESENDS = frozenset({"retry-job", "retry-current-job"})
"""Error policies with which CUPS sends a label again from its first byte."""
_LOW = {
    "media-low": "Have a new roll or more paper at hand.",
    "marker-supply-low": "Have a new ribbon, toner or ink at hand.",
    "toner-low": "Have a new toner at hand.",
}


def base_of(reason: str) -> str:
    """A reason without its suffix."""
    for suffix in _SUFFIXES:
        if reason.endswith(suffix):
            return reason.removesuffix(suffix)
    return reason


def status_of(look: Look) -> PrinterStatus:
    """The state to show."""
    if isinstance(look, NoServer):
        return PrinterStatus(PrinterState.UNKNOWN, (CONNECTING,), f"CUPS does not answer: {look.why}. Start it.")
    if isinstance(look, NoQueue):
        advice = f"CUPS has no queue {look.name}: make it with lpadmin, or correct the printer's settings."
        return PrinterStatus(PrinterState.STOPPED, ("other-error",), advice)
    bases = [base_of(reason) for reason in look.reasons]
    stops = [STOPS[base] for base in bases if base in STOPS]
    reasons = look.reasons if look.accepting else (*look.reasons, "cups-rejecting-jobs")
    supplies = tuple(Supply(m.kind, m.name, m.level, m.low) for m in look.markers)
    if CONNECTING in bases and not stops:
        state, advice = PrinterState.UNKNOWN, _NOT_CONNECTED
    elif stops:
        state, advice = PrinterState.STOPPED, stops[0]
    elif look.state is QueueState.STOPPED:
        said = f": {look.message}" if look.message else ""
        state, advice = PrinterState.STOPPED, f"The queue is stopped{said}. See to its cause, then cupsenable it."
    elif not look.accepting:
        state, advice = PrinterState.STOPPED, "The queue takes no jobs: cupsaccept it."
    elif look.error_policy in _RESENDS or (look.open_jobs and not look.named):
        state, reasons, advice = PrinterState.STOPPED, (*reasons, "other-error"), _kept_back(look)
    else:
        busy = look.state is QueueState.PROCESSING
        state = PrinterState.PROCESSING if busy else PrinterState.IDLE
        advice = next((_LOW[base] for base in bases if base in _LOW), "")
    return PrinterStatus(state, reasons, advice, model=look.model, firmware=look.firmware, supplies=supplies)


def _kept_back(look: QueueLook) -> str:
    """Why a queue that works gets no label of ours."""
    if look.error_policy in _RESENDS:
        return (
            f"The queue's error policy is {look.error_policy}, with which CUPS sends a label again from its first byte: "
            "set it with lpadmin -p QUEUE -o printer-error-policy=abort-job."
        )
    named = ", ".join(f"{job.id} ({job.name or 'without a name'})" for job in look.open_jobs[:3])
    return f"Other jobs stand in the queue: {named}. Let them finish, or cancel them."


def shown(status: PrinterStatus, rule: Rule, age_s: float, stall_s: float) -> PrinterStatus:
    """The state while a label is in the queue, where the job says more than the queue: held, or at it for too long."""
    if rule.outcome is not Outcome.PENDING or status.state in {PrinterState.STOPPED, PrinterState.UNKNOWN}:
        return status
    if rule.name in {"held", "again", "incoming"}:
        return replace(status, state=PrinterState.STOPPED, reasons=(*status.reasons, "other-error"), advice=rule.reason)
    if age_s > stall_s:
        advice = f"CUPS has been at one label for {age_s:.0f} s: look whether the printer takes anything."
        return replace(status, state=PrinterState.STOPPED, reasons=(*status.reasons, "timed-out"), advice=advice)
    return status


def refusal(look: Look) -> str:
    """Why no label may be given to the queue now, in words; empty when it may."""
    if not isinstance(look, QueueLook):
        return status_of(look).advice
    if look.open_jobs:
        return _kept_back(look)
    status = status_of(look)
    return status.advice if status.state in {PrinterState.STOPPED, PrinterState.UNKNOWN} else ""
