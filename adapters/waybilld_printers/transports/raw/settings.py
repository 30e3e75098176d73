"""What the configuration of one `raw` printer may say."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, field_validator

from waybilld_printers.papers import PaperSettings
from waybilld_printers.profiles import Profile, load_profile
from waybilld_sdk.printing import Evidence, PrinterCapabilities

_MM_PER_INCH = 25.4
_GAP_MM = 3.0
_PER_LABEL_S = 0.25

Port = Annotated[int, Field(ge=1, le=65535)]


class RawSettings(PaperSettings):
    """A printer that takes labels on a TCP port. Times in seconds, sizes in bytes or millimetres as the names say."""

    host: str = Field(min_length=1, max_length=253, description="The printer's address or name.")
    port: Port = Field(default=9100, description="The print port.")
    status_port: Port | None = Field(
        default=9200,
        description="The port that answers while the print port is busy; null asks on the print port only. "
        "A profile without answers ignores it.",
    )
    profile: str = Field(default="zebra-203", description="What kind of printer it is: a name from the profiles.")
    answers: bool = Field(
        default=True,
        description="False for a printer, or a path to it, that never answers: nothing is asked then, and no label proven.",
    )
    piloted: bool = Field(
        default=False,
        description="True once this printer's own word was compared with paper. Only then does it count as proof, where the "
        "profile asks for a pilot; elsewhere it changes nothing.",
    )
    send_buffer: int = Field(
        default=8192,
        ge=2048,
        le=1_048_576,
        description="Bytes that the kernel may hold back for the print port; small, so that 'sent' means something.",
    )
    user_timeout_s: float = Field(
        default=15.0, ge=1, le=300, description="A printer that acknowledges nothing for so long is cut off."
    )
    connect_timeout_s: float = Field(default=3.0, ge=0.1, le=60, description="How long to wait for a connection.")
    status_timeout_s: float = Field(default=2.0, ge=0.1, le=30, description="How long to wait for a status answer.")
    keep_open_s: float = Field(
        default=30.0,
        ge=0,
        le=3600,
        description="An idle print connection is closed after so long; 0 closes after each label, for printers "
        "that several computers share.",
    )
    stall_s: float = Field(
        default=20.0,
        ge=0.1,
        le=600,
        description="A label's bytes that the printer has not taken within so long are given up.",
    )
    gate_s: float = Field(
        default=2.0,
        ge=0.1,
        le=60,
        description="How long a printer may take to show that it has read a label's body, or dropped it again.",
    )

    @field_validator("profile")
    @classmethod
    def _known_profile(cls, name: str) -> str:
        load_profile(name)
        return name

    @property
    def kind(self) -> Profile:
        """The profile behind the name."""
        return load_profile(self.profile)

    def capabilities(self) -> PrinterCapabilities:
        """What this printer is, as far as settings and profile tell."""
        kind = self.kind
        return self.printer(
            language=kind.language,
            dots_per_mm=kind.dots_per_mm,
            splits_token=kind.splits_token,
            proves=self.proves,
            partial_discardable=kind.partial_discardable and self.asks,
        )

    @property
    def asks(self) -> bool:
        """The printer is asked what became of its labels."""
        return self.answers and self.kind.probe != "none"

    @property
    def proves(self) -> Evidence:
        """The strongest evidence that this printer, set up like this, can give."""
        proven = self.kind.proves == "printed" or (self.kind.proves == "piloted" and self.piloted)
        return Evidence.PRINTED if self.asks and proven else Evidence.ACKNOWLEDGED

    @property
    def label_s(self) -> float:
        """Seconds in which a label of this size surely comes out once it has begun, feed and gap included."""
        speed_mm_s = (self.speed_ips or self.kind.speed_ips) * _MM_PER_INCH
        return (self.media_mm[1] + _GAP_MM) / speed_mm_s + _PER_LABEL_S
