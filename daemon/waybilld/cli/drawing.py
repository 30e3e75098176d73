"""The configured renderer for commands that draw by themselves, without a daemon."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from waybilld.cli import DEFAULT_CONFIG
from waybilld.cli.config import loaded
from waybilld.cli.exits import Exit, Failure
from waybilld.config.model import Config, Labels
from waybilld.host.discover import Catalogue, Plugins
from waybilld.host.rendering import configured
from waybilld_sdk.files.words import printable
from waybilld_sdk.labels import Render, TemplateRenderer
from waybilld_sdk.settings import Misconfigured


class Mistaken(Failure):
    """Templates, or what the renderer's settings name, that cannot be used (78); `mistakes` says all of it."""

    def __init__(self, wrong: Misconfigured) -> None:
        super().__init__(Exit.CONFIG, str(wrong))
        self.mistakes = wrong.mistakes


@dataclass(frozen=True, slots=True)
class Drawing:
    """What draws, and what it was configured with."""

    config: Config
    plugins: Plugins
    render: Render

    def templates(self) -> TemplateRenderer:
        """The renderer, where it works by templates. Raises `Failure` (78) where it does not."""
        if isinstance(self.render, TemplateRenderer):
            return self.render
        raise Failure(Exit.CONFIG, f"the renderer {self.config.labels.renderer} does not work by templates")


def drawing(file: Path, templates: Path | None = None) -> Drawing:
    """The renderer as the configuration says, or, with a folder of templates, as it would be with that folder.

    Who tries templates before there is a configuration gets the defaults; a file that somebody named must be there. Raises
    `Failure` (78) with every mistake; `Mistaken`, one of these, for templates.
    """
    catalogue = Catalogue.of_installed()
    if (templates is not None or file == DEFAULT_CONFIG) and not file.exists():
        values = Config()
        for name in values.labels.plugins:
            catalogue.resolve("plugin", name)
    else:
        values = loaded(file, catalogue).config
    plugins = catalogue.plugins(values.rules.plugins, values.labels.plugins)
    try:
        labels = values.labels if templates is None else _with(plugins, values.labels, templates.absolute())
        return Drawing(values, plugins, configured(plugins, labels.renderer, labels.settings, file))
    except Misconfigured as e:
        raise Mistaken(e) from e


def _with(plugins: Plugins, labels: Labels, templates: Path) -> Labels:
    model = plugins.renderers[labels.renderer].settings
    given = json.loads(labels.settings.model_dump_json())
    try:
        settings = model.model_validate_json(json.dumps({**given, "templates": str(templates)}))
    except ValidationError as e:
        raise Failure(Exit.CONFIG, printable(f"the renderer {labels.renderer} takes no folder of templates")) from e
    return labels.model_copy(update={"settings": settings})
