"""What keeps a label from coming out: its printers, as people told them and as they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from waybilld.core.printers import Mode
from waybilld.services.lane import Lane
from waybilld.store.printers import Told
from waybilld.store.queries.onelabel import Waits


def standstill(waits: Waits, lanes: Mapping[str, Lane], told: Mapping[str, Told]) -> str:
    """Why none of the printers that a label waits for prints now, with what to do; empty where one does."""
    names = [waits.printer] if waits.printer is not None else _of_pool(waits.pool, lanes)
    found = {name: why_not(name, lanes.get(name), told.get(name)) for name in names}
    if not found:
        return f"no printer serves pool {waits.pool}: nothing prints it"
    if not all(found.values()):
        return ""
    return "nothing prints it yet: " + "; ".join(found.values())


def why_not(name: str, lane: Lane | None, told: Told | None) -> str:
    """Why a printer takes no labels now, with what to do; empty where it takes some."""
    if lane is None:
        return f"there is no printer {name} any more"
    if told is not None and told.mode is not Mode.OPEN:
        reason = f" ({told.reason})" if told.reason else ""
        return f"printer {name} is {told.mode}{reason}: waybilld printers resume {name}"
    return "" if lane.press.usable else f"printer {name} {how(lane)}"


def how(lane: Lane) -> str:
    """How a printer is that does not print, as the end of a sentence that names it."""
    shown = lane.status
    why = shown.advice.rstrip(".") or ", ".join(shown.reasons)
    is_ = "does not answer" if shown.state.value == "unknown" else f"is {shown.state.value}"
    return f"{is_}: {why}" if why else is_


def _of_pool(pool: str, lanes: Mapping[str, Lane]) -> Iterable[str]:
    posts = {name: lane.printer.device for name, lane in lanes.items()}
    return [name for name, device in posts.items() if device.pool == pool or pool in device.backs]
