"""The configured renderer as the callable that draws, with its settings and what they name read."""

from __future__ import annotations

from pathlib import Path

from waybilld.core.redact import place_of
from waybilld.host.discover import Plugins
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
    except Misconfigured:
        raise
    except Exception as e:
        why = f"the renderer {name} could not be made ready: {place_of(e)}: report it to its author"
        raise Misconfigured((Mistake(str(file), None, None, "labels.settings", why),)) from e
