"""What people read about a Zebra printer, and what may be taken back from it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from waybilld_printers.probes.none.decide import decide as decide_blind
from waybilld_printers.probes.zebra.decide import Case
from waybilld_printers.probes.zebra.observation import HostStatus, Observation
from waybilld_printers.probes.zebra.states import blockers, status_of
from waybilld_printers.probes.zebra.withdraw import settled, withdrawal
from waybilld_sdk.printing import AttemptRef, CancelOutcome, Evidence, Outcome, PrinterState, Receipt

LOOK = Observation("S1", 100, 50, HostStatus())
OWED = replace(LOOK, flags=HostStatus(formats=1))
PARTIAL = replace(LOOK, flags=HostStatus(partial=True))
SENT = Case(LOOK, LOOK, Evidence.ACKNOWLEDGED, equal_looks=3, steady_s=2.0, label_s=1.0)
WITHHELD = replace(SENT, reached=Evidence.BODY)


@pytest.mark.parametrize(
    ("flags", "state", "keyword"),
    [
        (HostStatus(head_open=True), PrinterState.STOPPED, "cover-open-error"),
        (HostStatus(paper_out=True), PrinterState.STOPPED, "media-empty-error"),
        (HostStatus(ribbon_out=True), PrinterState.STOPPED, "marker-supply-empty-error"),
        (HostStatus(paused=True), PrinterState.STOPPED, "paused"),
        (HostStatus(over_temperature=True), PrinterState.STOPPED, "other-error"),
        (HostStatus(buffer_full=True), PrinterState.IDLE, "spool-area-full-report"),
        (HostStatus(partial=True), PrinterState.PROCESSING, "other-warning"),
        (HostStatus(label_waiting=True, remaining=1), PrinterState.PROCESSING, "output-area-full-report"),
    ],
)
def test_each_flag_has_a_word_and_an_advice(flags: HostStatus, state: PrinterState, keyword: str) -> None:
    """A packer who reads "error" walks to the wrong printer."""
    status = status_of(replace(LOOK, flags=flags), answers_when_faulted=False)
    assert (status.state, status.reasons) == (state, (keyword,))
    assert status.advice.endswith(".")


def test_a_hidden_status_is_a_fault_only_where_the_profile_says_so() -> None:
    """Silence alone is not a fault; a device that answers all but its status has one."""
    hidden = replace(LOOK, flags=None)
    assert status_of(hidden, answers_when_faulted=False).state is PrinterState.STOPPED
    for silent in (status_of(hidden, answers_when_faulted=True), status_of(Observation(), answers_when_faulted=False)):
        assert silent.state is PrinterState.UNKNOWN
        # Without a reason it would pass for a printer that can never tell its state, and be given the next label.
        assert silent.reasons == ("timed-out",)


def test_a_busy_or_unwell_device_blocks() -> None:
    """A label sent into a queue of unknown labels cannot be proven."""
    assert blockers(HostStatus()) == ""
    assert blockers(HostStatus(label_waiting=True)) == ""
    assert blockers(HostStatus(partial=True), within_format=True) == ""
    for flags in (HostStatus(formats=1), HostStatus(remaining=2), HostStatus(partial=True), HostStatus(buffer_full=True)):
        assert blockers(flags)
    assert blockers(HostStatus(paused=True), within_format=True)


@pytest.mark.parametrize(
    ("case", "command"),
    [
        (replace(SENT, after=OWED), b"~JA"),
        (replace(SENT, after=PARTIAL), b"~JX"),
        (SENT, b""),
        (replace(WITHHELD, after=PARTIAL), b"~JX"),
        (replace(WITHHELD, after=OWED), b"~JX"),
        (WITHHELD, b"~JX"),
        (replace(SENT, after=replace(OWED, odometer=101)), b""),
        (replace(SENT, after=replace(OWED, serial="S2")), b""),
        (replace(WITHHELD, after=replace(PARTIAL, serial="S2")), b""),
        (replace(SENT, before=Observation(), after=OWED), b""),
        (replace(SENT, after=Observation()), b""),
    ],
)
def test_only_our_own_label_is_taken_back(case: Case, command: bytes) -> None:
    """`~JA` empties the whole printer: never on a device whose labels may be somebody else's."""
    assert withdrawal(case) == command


@pytest.mark.parametrize(
    ("case", "dropped", "outcome"),
    [
        (SENT, False, CancelOutcome.CANCELLED),
        (replace(SENT, equal_looks=1), False, None),
        (replace(SENT, equal_looks=1), True, None),
        (replace(WITHHELD, equal_looks=1), True, CancelOutcome.CANCELLED),
        (replace(WITHHELD, equal_looks=1), False, None),
        (replace(SENT, after=OWED), False, None),
        (replace(SENT, after=Observation()), False, None),
        (replace(SENT, after=replace(LOOK, odometer=101)), False, CancelOutcome.PRINTED),
        (replace(SENT, after=replace(LOOK, odometer=101, flags=HostStatus(paper_out=True))), False, CancelOutcome.PRINTED),
        (replace(SENT, after=replace(LOOK, odometer=102)), False, CancelOutcome.UNKNOWN),
        (replace(SENT, after=replace(OWED, serial="S2")), False, CancelOutcome.UNKNOWN),
        (replace(SENT, after=replace(LOOK, flags=HostStatus(head_open=True))), False, CancelOutcome.CANCELLED),
        (replace(SENT, after=replace(LOOK, flags=HostStatus(head_open=True)), equal_looks=1), False, None),
        (replace(SENT, before=Observation()), False, CancelOutcome.UNKNOWN),
    ],
)
def test_a_cancelled_label_is_settled_by_proof(case: Case, dropped: bool, outcome: CancelOutcome | None) -> None:
    """Failover prints on B what A surely does not print: a wrong CANCELLED is a double label."""
    assert settled(case, dropped=dropped) is outcome


@pytest.mark.parametrize(
    ("reached", "outcome"),
    [
        (Evidence.NOTHING, Outcome.REFUTED),
        (Evidence.BODY, Outcome.REFUTED),
        (Evidence.TOKEN, Outcome.UNCONFIRMED),
        (Evidence.ACKNOWLEDGED, Outcome.UNCONFIRMED),
    ],
)
def test_a_mute_printer_proves_nothing(reached: Evidence, outcome: Outcome) -> None:
    """Acknowledged bytes are not a label."""
    found = decide_blind(Receipt(AttemptRef("a", "a"), {}, reached))
    assert (found.outcome, found.evidence) == (outcome, reached)
