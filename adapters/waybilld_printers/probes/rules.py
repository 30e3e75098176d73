"""How every probe concludes: a table of rules, read from the top. The first one that holds answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from waybilld_sdk.printing import Evidence, Outcome

C = TypeVar("C")


@dataclass(frozen=True, slots=True)
class Rule(Generic[C]):
    """If `holds`, the conclusion is `outcome`, for `reason`. `token_lost`: see `Verdict`."""

    name: str
    holds: Callable[[C], bool]
    outcome: Outcome
    reason: str
    token_lost: bool = False


def conclude(rules: tuple[Rule[C], ...], case: C, reached: Evidence) -> tuple[Rule[C], Evidence]:
    """The rule that answers, and the evidence level it carries. The last rule of a table holds always.

    Only a proof lifts the level to PRINTED. Everything else leaves what the sending itself established (`reached`), except
    that nothing above BODY is left of a token that never arrived.
    """
    rule = next(rule for rule in rules if rule.holds(case))
    if rule.outcome is Outcome.PROVEN:
        return rule, Evidence.PRINTED
    return rule, min(reached, Evidence.BODY if rule.token_lost else Evidence.ACKNOWLEDGED)
