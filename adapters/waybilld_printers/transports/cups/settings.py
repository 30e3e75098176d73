"""What the configuration of one `cups` printer may say."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from waybilld_printers.papers import PaperSettings
from waybilld_printers.probes.zebra.withdraw import DROP_PARTIAL
from waybilld_sdk.printing import Evidence, PrinterCapabilities
from waybilld_sdk.settings import Settings

DRIVERLESS = {"pwg": "image/pwg-raster", "pdf": "application/pdf", "png": "image/png"}
"""Languages that a queue takes as documents of their own type; all others go through it untouched."""
RAW = "application/vnd.cups-raw"

Port = Annotated[int, Field(ge=1, le=65535)]


class Beside(Settings):
    """A Zebra printer behind the queue, asked on its own status port for what CUPS cannot know."""

    host: str = Field(min_length=1, max_length=253, description="The printer's own address or name.")
    port: Port = Field(default=9200, description="Its status port.")


class CupsSettings(PaperSettings):
    """A printer behind a queue of a CUPS server. Times in seconds, sizes in millimetres as the names say."""

    queue: str = Field(min_length=1, max_length=127, description="Name of the queue, as `lpstat -e` lists it.")
    server: str = Field(
        default="/run/cups/cups.sock",
        min_length=1,
        max_length=253,
        pattern=r"^(/.+|[^/:\s]+(:[0-9]{1,5})?)$",
        description="The CUPS server: its Unix socket, or its name or IPv4 address, with :port unless that is 631.",
    )
    user: str = Field(default="", max_length=64, description="In whose name jobs are put; empty: the daemon's own user.")
    language: str = Field(
        default="zpl",
        min_length=1,
        description="Printer language of the labels: `zpl`, `tspl` and the like for raw queues, `pwg` or `pdf` for "
        "driverless ones (IPP Everywhere).",
    )
    dots_per_mm: float = Field(default=8.0, gt=0, le=50, description="The head's real resolution; 8 is sold as 203 dpi.")
    beside: Beside | None = Field(
        default=None,
        description="A Zebra printer's own status port, which proves what the queue cannot: nobody else may print on it.",
    )
    completed_proves: bool = Field(
        default=False,
        description="The printer's own word for a completed job was tried out and holds: only for driverless queues of a "
        "printer that tells when paper came out. Pull its paper in the middle of a sheet and see what it calls the job.",
    )
    stall_s: float = Field(
        default=60.0,
        ge=1,
        le=3600,
        description="A job that CUPS has not finished within so long shows as a stopped printer: its pool can go on.",
    )
    timeout_s: float = Field(default=10.0, ge=0.5, le=120, description="How long CUPS may take for one answer.")

    @property
    def media_type(self) -> str:
        """The document format that jobs are put with."""
        return DRIVERLESS.get(self.language, RAW)

    @property
    def opening(self) -> bytes:
        """What goes before every document. Half a format that an aborted or cancelled job left in the printer would be drawn
        into the next label; CUPS cannot take it out. `~JX` drops it and nothing else, also out of an unfinished `^GF`, which
        a `~` ends (ZPL II Programming Guide, `~JX` and `^GF`)."""
        return DROP_PARTIAL if self.language.partition("-")[0] == "zpl" else b""

    def capabilities(self) -> PrinterCapabilities:
        """What this printer is, as far as its settings tell."""
        proves = self.completed_proves or self.beside is not None
        return self.printer(
            language=self.language,
            dots_per_mm=self.dots_per_mm,
            splits_token=False,
            proves=Evidence.PRINTED if proves else Evidence.ACKNOWLEDGED,
        )

    @model_validator(mode="after")
    def _word(self) -> Self:
        if self.completed_proves and self.language not in DRIVERLESS:
            raise ValueError(
                "completed_proves is for driverless queues alone: on a raw queue `completed` means that CUPS wrote the bytes"
            )
        return self
