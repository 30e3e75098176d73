"""Which template draws a label: the shop's own choice first, then the shipped one that fills the media best."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from waybilld_labels.page.scale import factor
from waybilld_labels.template.library import Library, Ready
from waybilld_labels.template.settings import Choice
from waybilld_sdk.errors import Hold
from waybilld_sdk.labels import LabelRequest


def choose(request: LabelRequest, library: Library, choices: Sequence[Choice]) -> Ready:
    """The template of a request: the one that it names, or the best. Raises `Hold` where there is none for its kind and
    media."""
    if request.template:
        named = library.templates.get(request.template)
        if named is None:
            raise Hold(f"there is no template {request.template!r:.60}: name one of the list", code="no-template")
        return named
    for choice in choices:
        template = library.templates.get(choice.template)
        if template is not None and _meant(choice, template, request) and _scale(template, request) is not None:
            return template
    of_kind = [found for found in library.templates.values() if _usable(found, request)]
    fitting = [(area, found.name, found) for found in of_kind if (area := _area(found, request)) is not None]
    if not fitting:
        raise Hold(_none(request, of_kind), code="no-template")
    return max(fitting, key=lambda one: (one[0], one[1]))[2]


def _usable(template: Ready, request: LabelRequest) -> bool:
    return template.kind == request.kind and template.for_artwork == (request.artwork is not None)


def _meant(choice: Choice, template: Ready, request: LabelRequest) -> bool:
    wanted = (
        (choice.account, request.account),
        (choice.service, request.service),
        (choice.mode, request.mode),
        (choice.shop, request.shop),
        (choice.order_type, request.order_type),
        (choice.media, request.media_mm),
    )
    return _usable(template, request) and all(want is None or want == have for want, have in wanted)


def _scale(template: Ready, request: LabelRequest) -> float | None:
    return factor(template.media_mm, request.media_mm, template.scale)


def _area(template: Ready, request: LabelRequest) -> float | None:
    """How much of the media the template's design fills, 1 for all of it; a design that must be scaled counts less."""
    scale = _scale(template, request)
    if scale is None:
        return None
    width, height = (mm * scale for mm in template.media_mm)
    used = min(width, request.media_mm[0]) * min(height, request.media_mm[1]) / (request.media_mm[0] * request.media_mm[1])
    return round(used - abs(1 - scale) * _DISLIKE, 4)


_DISLIKE = 0.5
"""How much scaling weighs against empty room."""


def _none(request: LabelRequest, of_kind: Iterable[Ready]) -> str:
    width, height = request.media_mm
    known = ", ".join(f"{found.name} ({found.media_mm[0]:g} x {found.media_mm[1]:g} mm)" for found in of_kind)
    artwork = " for the carrier's own artwork" if request.artwork is not None else ""
    return (
        f"no template of kind {request.kind}{artwork} is made for media of {width:g} x {height:g} mm"
        f"{f'; there are {known}' if known else ''}: load other media, correct the printer's media setting, "
        "or write a template"
    )
