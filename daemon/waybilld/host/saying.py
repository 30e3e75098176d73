"""Tries, before a label needs it, whether each printer's language has words for the printer's settings."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from waybilld.core.redact import place_of
from waybilld.host.discover import Plugins
from waybilld.host.drawing import Encoder
from waybilld_sdk.errors import AdapterError, StopQueue
from waybilld_sdk.files.explain import Finding
from waybilld_sdk.files.marks import read_yaml
from waybilld_sdk.files.place import placed
from waybilld_sdk.labels import Page, PrinterSettings
from waybilld_sdk.printing import PrinterCapabilities
from waybilld_sdk.settings import Misconfigured, Settings

_SIDE = 16
"""Dots: no language refuses so small a page for its size."""


def capabilities_of(plugins: Plugins, adapter: str, settings: Settings) -> PrinterCapabilities | None:
    """What a printer is, by its settings alone; None where its adapter does not tell without a daemon."""
    tells = plugins.printers[adapter].capabilities
    return None if tells is None else tells(settings)


def check_languages(plugins: Plugins, printers: Sequence[tuple[str, Settings]], file: Path) -> None:
    """Encode a small white page for each printer of the configuration `file`, given by adapter and settings in its order.

    Raises `Misconfigured` with every setting that a printer's language, or the plugin that brings it, cannot say: labels
    would stop for it, or it would go nowhere.
    """
    findings = []
    for at, (adapter, settings) in enumerate(printers):
        printer = capabilities_of(plugins, adapter, settings)
        if printer is not None and (why := _refusal(plugins, printer)):
            findings.append(Finding(("printers", at, "settings"), why))
    if not findings:
        return
    document, _ = read_yaml(file.read_text("utf-8-sig"))
    if document is None:
        raise Misconfigured(findings=tuple(findings))
    raise Misconfigured(tuple(placed(str(file), document, finding) for finding in findings))


def _refusal(plugins: Plugins, printer: PrinterCapabilities) -> str:
    spec = plugins.languages.get(printer.language)
    if spec is None:
        known = ", ".join(sorted(plugins.languages)) or "none"
        return f"no enabled plugin encodes {printer.language}: name one in labels.plugins (languages known: {known})"
    try:
        Encoder(spec)(_white(), PrinterSettings.of(printer))
    except StopQueue as stop:
        return str(stop)
    except AdapterError:
        # Of this page alone.
        return ""
    except Exception as error:  # noqa: BLE001 - somebody else's encoder may raise anything
        return f"the encoder of {spec.name} failed: {place_of(error)}: report it to its author"
    return ""


def _white() -> Page:
    buffer = io.BytesIO()
    Image.new("1", (_SIDE, _SIDE), 1).save(buffer, "PNG")
    return Page(_SIDE, _SIDE, buffer.getvalue(), "white")
