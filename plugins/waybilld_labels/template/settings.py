"""The settings of the standard renderer: `labels.settings` in the configuration."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field

from waybilld_labels.artwork.modules import Remedy
from waybilld_labels.template.model import Mm, TemplateName
from waybilld_sdk.settings import Names, Settings


class Choice(Settings):
    """Labels that a named template draws: all that match everything said here, are of the template's kind, and stand on
    media that it can be scaled to. So a waybill template never draws a slip, and a choice with no other key is for every
    label of its template's kind."""

    template: TemplateName = Field(description="Name of the template.")
    account: Annotated[str | None, Names("carriers")] = Field(default=None, description="Name of the carrier account.")
    service: str | None = Field(default=None, description="The carrier's service.")
    mode: Annotated[str | None, Names("modes")] = Field(
        default=None, description="How the parcel travels: the `mode` of a carrier, such as `express` or `own-delivery`."
    )
    shop: Annotated[str | None, Names("shops")] = Field(default=None, description="Name of the shop.")
    order_type: str | None = Field(default=None, description="The platform's word for the kind of order, such as `presale`.")
    media: Annotated[tuple[Mm, Mm], Field(strict=False)] | None = Field(
        default=None, description="The printer's media as [width, height] in mm, just as its `media_mm`."
    )


class RendererSettings(Settings):
    """What the standard renderer may be told."""

    templates: Path | None = Field(
        default=None,
        description="Folder of own templates; one of a shipped template's name stands in its place. A relative path starts "
        "at the folder of the configuration file.",
    )
    choose: Annotated[tuple[Choice, ...], Field(strict=False)] = Field(
        default=(), description="Which template draws what, the first that matches; else the one that fills the media best."
    )
    artwork_modules: Remedy = Field(
        default=Remedy.WARN,
        description="What happens to a carrier's bar code whose bars are no whole dots: `warn`, `overpaint` (draw it anew "
        "and prove that it reads the same), or `hold`.",
    )
    read_back: bool = Field(
        default=False,
        description="Read the bar codes of every label back before it is printed, and hold it where one does not scan; "
        "needs the extra `readback`, and takes ten times as long as drawing.",
    )
