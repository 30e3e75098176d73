"""What was seen of one label since its end was handed over, look by look. Pure.

For the probes whose printers have no lifetime counter: their proof is in what they show, one look after the other.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from waybilld_printers.probes.signs import UNREACHABLE, Look
from waybilld_sdk.printing import Evidence


@dataclass(frozen=True, slots=True)
class Course:
    """The looks at one attempt so far.

    `whole`: the connection that carried the label has not ended since, so that what is answered on it comes after the label.
    False as well for an attempt of which only the record is left. `worked`: the printer was seen busy. `halted`: it was seen
    stopped. `interrupted`: it stopped after it was seen busy, so that half a label may be out. `echoed`: it gave our name of
    the attempt back. `since`: the monotonic second since when the looks have been equal to `look`.
    """

    attempt: str
    whole: bool = False
    worked: bool = False
    interrupted: bool = False
    halted: bool = False
    echoed: bool = False
    look: Look = UNREACHABLE
    since: float = 0.0

    def after(self, look: Look, now: float) -> Course:
        """With one more look."""
        return replace(
            self,
            worked=self.worked or look.busy,
            interrupted=self.interrupted or (self.worked and look.stopped),
            halted=self.halted or look.stopped,
            look=look,
            since=self.since if look == self.look else now,
        )


@dataclass(frozen=True, slots=True)
class Case:
    """All that the rules of such a probe may look at.

    `steady_s`: for how long the newest looks have been equal. `label_s`: how long one label takes on this device. `piloted`:
    somebody compared this printer's word with paper and vouches for it.
    """

    course: Course
    reached: Evidence
    steady_s: float
    label_s: float
    piloted: bool

    @property
    def look(self) -> Look:
        """The newest look."""
        return self.course.look

    @property
    def withheld(self) -> bool:
        """The end of the label surely never left."""
        return self.reached < Evidence.TOKEN

    @property
    def overdue(self) -> bool:
        """The device has shown the same for so long that a label under way must have come out."""
        return self.steady_s >= 2 * self.label_s

    @property
    def left_open(self) -> bool:
        """The connection that carried the label has ended, and on new ones the printer keeps silent for too long."""
        return self.look.reached and not self.look.answered and not self.course.whole and self.overdue
