"""Tries, in a worker process, whether the renderer has a template for each label and its paper, before an order needs it."""

from __future__ import annotations

from collections.abc import Sequence

from waybilld.core.redact import place_of
from waybilld_sdk.errors import AdapterError, Hold
from waybilld_sdk.labels import LabelRequest, Render

PAPER_CODES = frozenset({"no-template", "media-too-small", "media-too-large", "resolution-unsupported"})
"""The holds that speak of the paper and not of what stands on it."""


def refusals(render: Render, requests: Sequence[LabelRequest]) -> tuple[str, ...]:
    """Why each request cannot be drawn on its paper, empty where it can. Requests may be without words: what is held for
    their lack has nothing to do with the paper. Never raises for what a renderer does."""
    return tuple(_refusal(render, request) for request in requests)


def _refusal(render: Render, request: LabelRequest) -> str:
    try:
        render(request)
    except Hold as held:
        return str(held) if held.code in PAPER_CODES else ""
    except AdapterError as error:
        return str(error)
    except Exception as error:  # noqa: BLE001 - somebody else's renderer may raise anything
        return f"the renderer failed: {place_of(error)}: report it to its author"
    return ""
