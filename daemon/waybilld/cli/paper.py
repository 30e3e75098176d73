"""A configured printer's paper, for commands that draw for it without a daemon."""

from __future__ import annotations

from dataclasses import dataclass

import click

from waybilld.cli.drawing import Drawing
from waybilld.cli.exits import Exit, Failure
from waybilld.core.calibration import told
from waybilld.host.saying import capabilities_of
from waybilld_sdk.files.words import did_you_mean, printable
from waybilld_sdk.printing import PrinterCapabilities

PRINTER = click.option(
    "--printer", metavar="NAME", help="A printer of the configuration: its paper, resolution, offset and margins."
)


@dataclass(frozen=True, slots=True)
class PaperOf:
    """A printer by its name in the configuration, and what it is."""

    name: str
    printer: PrinterCapabilities

    @property
    def told(self) -> str:
        """What it is told with every label, in one line."""
        return told(self.printer)


def paper_of(draws: Drawing, name: str) -> PaperOf:
    """A printer by name. Raises `Failure` (64) for a name that none has, and for an adapter that tells nothing."""
    configured = {printer.name: printer for printer in draws.config.printers}
    if name not in configured:
        near = did_you_mean(name, configured) or f" (known: {', '.join(configured) or 'none'})"
        raise Failure(Exit.USAGE, printable(f"there is no printer {name}{near}"))
    adapter = configured[name].adapter
    found = capabilities_of(draws.plugins, adapter, configured[name].settings)
    if found is None:
        raise Failure(Exit.USAGE, f"the adapter {adapter} tells nothing of its printers here: name media and resolution")
    return PaperOf(name, found)
