"""The configured renderer as the callable that draws, with its settings and what they name read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from waybilld.core.redact import place_of
from waybilld.host.discover import Plugins
from waybilld_sdk.files.explain import Finding
from waybilld_sdk.files.marks import read_yaml
from waybilld_sdk.files.place import placed
from waybilld_sdk.files.words import dotted
from waybilld_sdk.labels import Render
from waybilld_sdk.settings import Misconfigured, Mistake, Settings


def configured(plugins: Plugins, name: str, given: Settings, file: Path) -> Render:
    """What draws the labels: the renderer `name` with its settings. `file` is the configuration, whose folder anchors what
    they name.

    Raises `Misconfigured` with everything that a person must mend.
    """
    spec = plugins.renderers[name]
    if spec.configure is None:
        return spec.render
    # A configuration that was never read from a file has the settings of no renderer yet.
    settings = given if isinstance(given, spec.settings) else spec.settings()
    try:
        return spec.configure(settings, file.absolute().parent)
    except Misconfigured as e:
        raise Misconfigured((*_placed(file, e.findings), *e.mistakes)) from e
    except Exception as e:
        why = f"the renderer {name} could not be made ready: {place_of(e)}: report it to its author"
        raise Misconfigured(_placed(file, (Finding((), why),))) from e


def _placed(file: Path, findings: Sequence[Finding]) -> tuple[Mistake, ...]:
    """Findings in the renderer's settings as mistakes in the configuration, by the file as it reads now; by their
    path alone where there is no file, because somebody tries templates before there is a configuration."""
    below = [replace(finding, path=("labels", "settings", *finding.path)) for finding in findings]
    try:
        document, _ = read_yaml(file.read_text("utf-8-sig"))
    except (OSError, ValueError):
        document = None
    if document is None:
        return tuple(Mistake(dotted(finding.path), None, None, "", finding.message) for finding in below)
    return tuple(placed(str(file), document, finding) for finding in below)
