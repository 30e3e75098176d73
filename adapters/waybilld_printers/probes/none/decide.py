"""What can be known of a label on a printer that never answers: how its bytes left us, and nothing more."""

from __future__ import annotations

from waybilld_sdk.printing import Evidence, Outcome, Receipt, Snapshot, Verdict

SNAPSHOT: Snapshot = {"probe": "none"}
"""The only observation that there is."""


def decide(receipt: Receipt) -> Verdict:
    """The conclusion, which no repetition can improve: UNCONFIRMED once the token may have left, else REFUTED.

    Without its token a label cannot come out, so an attempt below TOKEN did not print.
    """
    evidence = min(receipt.reached, Evidence.ACKNOWLEDGED)
    if receipt.reached < Evidence.TOKEN:
        reason = "The closing token never left, so nothing can have been printed."
        return Verdict(Outcome.REFUTED, evidence, reason, dict(SNAPSHOT))
    reason = (
        "The printer took every byte; it has no way to say what it printed."
        if receipt.reached >= Evidence.ACKNOWLEDGED
        else "The connection broke around the closing token, and the printer has no way to say what it printed."
    )
    return Verdict(Outcome.UNCONFIRMED, evidence, reason, dict(SNAPSHOT))
