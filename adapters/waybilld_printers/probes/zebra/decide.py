"""What a Zebra printer's counter and flags prove about one label: a table of rules, read from the top.

It follows the recovery table for Link-OS printers in the project's printing notes: lifetime counter before and after, what
the device still holds, and its serial. Two readings are stricter than that table, so that evidence is never overstated:
a label counts as printed only without a standing error, and a count that rose across a restart of the device may be a
power-on feed. Nothing here has seen real hardware yet; `docs/reference/printers-raw.md` lists what a pilot must measure.
"""

from __future__ import annotations

from dataclasses import dataclass

from waybilld_printers.probes.rules import Rule, conclude
from waybilld_printers.probes.zebra.observation import HostStatus, Observation
from waybilld_sdk.printing import Evidence, Outcome

STEADY_LOOKS = 2
"""Equal looks in a row that make an absence credible, together with the time of one label."""

UPTIME_SLACK_S = 5.0
"""Seconds by which the device's clock may differ from ours before a short uptime counts as a restart."""


@dataclass(frozen=True, slots=True)
class Case:
    """All that the rules may look at.

    `equal_looks` counts the looks in a row that showed the same as `after`, which is one of them; `steady_s` is the time
    from the first of them to the last. `elapsed_s` is the time since the token left, None when unknown (after a restart
    of the daemon). `wall_s` is the time since `before` by the wall clock, which may have been set meanwhile: it may make us
    doubt, and settles nothing. `label_s` is how long one label takes on this device.
    """

    before: Observation
    after: Observation
    reached: Evidence
    equal_looks: int
    steady_s: float
    label_s: float
    elapsed_s: float | None = None
    wall_s: float | None = None

    @property
    def flags(self) -> HostStatus:
        """The flags; all clear where the device said none, so rules that need them must follow `no-host-status`."""
        return self.after.flags or HostStatus()

    @property
    def delta(self) -> int | None:
        """Labels counted since `before`; None without both counts."""
        if self.before.odometer is None or self.after.odometer is None:
            return None
        return self.after.odometer - self.before.odometer

    @property
    def withheld(self) -> bool:
        """The token surely never left."""
        return self.reached < Evidence.TOKEN

    @property
    def swapped(self) -> bool:
        return None not in (self.before.serial, self.after.serial) and self.before.serial != self.after.serial

    @property
    def identified(self) -> bool:
        """The same device, by its own word, both times, with both counts."""
        return self.delta is not None and self.before.serial is not None and self.before.serial == self.after.serial

    @property
    def restarted(self) -> bool:
        """The device lost power since `before`: its clock went back, or lacks some of the time since the token left."""
        uptime, before = self.after.uptime_s, self.before.uptime_s or 0
        if uptime is None:
            return False
        if uptime < before:
            return True
        return self.elapsed_s is not None and uptime + UPTIME_SLACK_S < before + self.elapsed_s

    @property
    def silent_on_power(self) -> bool:
        """It told before since when it is on, and does not now."""
        return self.before.uptime_s is not None and self.after.uptime_s is None

    @property
    def doubtful(self) -> bool:
        """It may have lost power since `before`."""
        if self.restarted or self.silent_on_power:
            return True
        uptime, before = self.after.uptime_s, self.before.uptime_s
        if uptime is None or before is None or self.wall_s is None or self.elapsed_s is not None:
            return False
        return uptime + UPTIME_SLACK_S < before + self.wall_s

    @property
    def steady(self) -> bool:
        return self.equal_looks >= STEADY_LOOKS and self.steady_s >= self.label_s


RULES: tuple[Rule[Case], ...] = (
    Rule(
        "swapped",
        lambda case: case.swapped,
        Outcome.UNCONFIRMED,
        "Another printer answers at this address than the one that got the label; look for the label at both.",
    ),
    Rule(
        "no-answer",
        lambda case: case.after.silent,
        Outcome.PENDING,
        "The printer does not answer; silence says nothing about the label.",
    ),
    Rule(
        "count-moved-elsewhere",
        lambda case: case.delta is not None and not 0 <= case.delta <= 1,
        Outcome.UNCONFIRMED,
        "The printer's counter moved by something other than one label: somebody else printed or fed; scan the labels.",
    ),
    Rule(
        "counted-without-token",
        lambda case: case.withheld and case.delta == 1,
        Outcome.UNCONFIRMED,
        "The printer counted a label although ours was never finished: somebody else prints here; scan the labels.",
    ),
    Rule(
        "no-host-status",
        lambda case: case.after.flags is None,
        Outcome.PENDING,
        "The printer answers but keeps its status back, as some do without paper or ribbon or with an open head.",
    ),
    Rule(
        "counted-silent-on-power",
        lambda case: case.delta == 1 and case.silent_on_power and not case.steady,
        Outcome.PENDING,
        "The counter rose by one, and the printer does not say now since when it is on; asking again.",
    ),
    Rule(
        "counted-across-restart",
        lambda case: case.delta == 1 and case.doubtful,
        Outcome.UNCONFIRMED,
        "The printer restarted, or may have, and its counter rose by one: our label, or a power-on feed; scan the label.",
    ),
    Rule(
        "owed",
        lambda case: case.flags.holds,
        Outcome.PENDING,
        "The printer still holds the label and will print it; a fault, if it shows one, must be cleared first.",
    ),
    Rule(
        "token-lost",
        # Whatever the counter says: on the print port it cannot even be asked while the unfinished label stands.
        lambda case: case.flags.partial and case.steady,
        Outcome.PENDING,
        "The printer keeps holding a label without its end, which therefore never arrived; this attempt must be cancelled.",
        token_lost=True,
    ),
    Rule(
        "truncated",
        lambda case: case.flags.partial,
        Outcome.PENDING,
        "The printer holds a label without its end; cancel this attempt before anything else is sent.",
    ),
    Rule(
        "printed-error-stands",
        lambda case: case.identified and case.delta == 1 and bool(case.flags.faults),
        Outcome.PENDING,
        "The counter rose by one and nothing is left, but the printer shows an error; clear it to be sure.",
    ),
    Rule(
        "printed",
        lambda case: case.identified and case.delta == 1,
        Outcome.PROVEN,
        "The counter rose by one, nothing is left, no error, the same printer.",
    ),
    Rule(
        "lost-in-restart",
        lambda case: case.identified and case.restarted,
        Outcome.REFUTED,
        "The printer restarted, its memory is empty and its counter did not move: the label was lost unprinted.",
    ),
    Rule(
        "fault-first",
        lambda case: bool(case.flags.faults) or case.flags.paused,
        Outcome.PENDING,
        "The printer holds nothing that it admits to, but it is stopped; clear the fault or end the pause first.",
    ),
    Rule(
        "settling",
        lambda case: not case.steady,
        Outcome.PENDING,
        "The printer shows nothing of the label yet; asking again for the time of one label.",
    ),
    Rule(
        "never-arrived",
        lambda case: case.identified or (case.withheld and case.delta in (0, None)),
        Outcome.REFUTED,
        "The counter did not move, nothing is left and no error shows, steadily: the label was not printed.",
    ),
    Rule(
        "nothing-to-compare",
        lambda _case: True,
        Outcome.UNCONFIRMED,
        "The printer holds nothing more, but its counter or serial from before or now is missing; scan the label.",
    ),
)
"""Exactly one rule answers every case: the first that holds, and the last one always does."""


def decide(case: Case) -> tuple[Rule[Case], Evidence]:
    """The rule that answers, and the evidence level it carries.

    Only a proof lifts the level to PRINTED. Everything else leaves what the sending itself established, except that a
    printer which shows the label unfinished for the time of a label proves that its token never arrived.
    """
    return conclude(RULES, case, case.reached)
