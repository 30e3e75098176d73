"""What every printer's settings say of its paper and of how it prints on it, whatever carries the labels to it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from waybilld_sdk.printing import Evidence, MediaMode, PrinterCapabilities, Sensing, Sides
from waybilld_sdk.settings import Settings

Millimetres = Annotated[float, Field(gt=0, le=1000)]
_Margin = Annotated[float, Field(ge=0, le=50)]
_STEP_MM = 0.1
_FARTHEST_MM = 15.0
"""Beyond this it is no longer the print that stands wrong, but the media."""


class Margins(Settings):
    """Edges of the paper, in millimetres, that the print head does not reach."""

    top: _Margin = Field(default=0.0, description="At the label's head.")
    right: _Margin = Field(default=0.0, description="At its right.")
    bottom: _Margin = Field(default=0.0, description="At its foot.")
    left: _Margin = Field(default=0.0, description="At its left.")


class PaperSettings(Settings):
    """The part of a printer's settings that is sent with every label and shown in previews. Sides are those of the label as
    it is read. Whether the printer's language has words for all of it, `waybilld config check` says."""

    media_mm: Annotated[tuple[Millimetres, Millimetres], Field(strict=False)] = Field(
        default=(100.0, 150.0), description="Width and height of one label, in millimetres."
    )
    darkness: Annotated[int, Field(ge=0, le=30)] | None = Field(
        default=None, description="0 to 30; without it the printer keeps its own."
    )
    speed_ips: Annotated[int, Field(ge=1, le=14)] | None = Field(
        default=None, description="Print speed in inches per second; without it the printer keeps its own."
    )
    media_mode: Annotated[MediaMode, Field(strict=False)] | None = Field(
        default=None,
        description="What becomes of a printed label: tear, peel, cut or rewind; without it the printer keeps its own.",
    )
    sensing: Annotated[Sensing, Field(strict=False)] | None = Field(
        default=None, description="What separates labels: gap, mark or continuous; without it the language's own way."
    )
    orientation: Literal["upright", "upside-down"] = Field(
        default="upright", description="Which way up a label leaves the printer."
    )
    offset_mm: Annotated[tuple[float, float], Field(strict=False)] = Field(
        default=(0.0, 0.0),
        description="How far everything is moved right and down, in steps of 0.1 mm: see `waybilld printers calibrate`.",
    )
    margins_mm: Margins = Field(
        default=Margins(), description="Edges that the print head does not reach: lint and previews warn of ink there."
    )

    @field_validator("offset_mm")
    @classmethod
    def _in_tenths(cls, offset: tuple[float, float]) -> tuple[float, float]:
        for mm in offset:
            if not abs(mm) <= _FARTHEST_MM:
                raise ValueError(
                    f"an offset of {mm:g} mm is too far: at most {_FARTHEST_MM:g} mm either way; check that media_mm is the "
                    "paper in the printer"
                )
            if abs(round(mm / _STEP_MM) * _STEP_MM - mm) > 1e-6:
                raise ValueError(f"an offset is given in steps of 0.1 mm, such as {round(mm, 1):g} instead of {mm:g}")
        return round(offset[0], 1), round(offset[1], 1)

    @model_validator(mode="after")
    def _leaves_paper(self) -> PaperSettings:
        width, height = self.media_mm
        margins = self.margins_mm
        if margins.left + margins.right >= width or margins.top + margins.bottom >= height:
            raise ValueError(f"margins_mm leaves nothing of a label of {width:g} x {height:g} mm: give smaller margins")
        return self

    def printer(
        self,
        *,
        language: str,
        dots_per_mm: float,
        splits_token: bool,
        proves: Evidence,
        partial_discardable: bool = False,
    ) -> PrinterCapabilities:
        """What such a printer is, with what its transport and profile know beside these settings."""
        margins = self.margins_mm
        return PrinterCapabilities(
            language=language,
            dots_per_mm=dots_per_mm,
            media_mm=self.media_mm,
            splits_token=splits_token,
            proves=proves,
            partial_discardable=partial_discardable,
            darkness=self.darkness,
            speed_ips=self.speed_ips,
            media_mode=self.media_mode,
            sensing=self.sensing,
            upside_down=self.orientation == "upside-down",
            offset_mm=self.offset_mm,
            margins_mm=Sides(margins.top, margins.right, margins.bottom, margins.left),
        )
