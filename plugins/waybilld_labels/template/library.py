"""Templates ready for use: includes resolved, pictures read, each with a digest of all that decides its pixels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from waybilld_labels.template.model import Template


@dataclass(frozen=True, slots=True)
class Ready:
    """One template, checked. `source` is it as JSON, with every include put in its place; `images` are its pictures by
    name. Cheap to send to another process and to compare: by `digest` alone."""

    name: str
    about: str = field(compare=False)
    kind: str = field(compare=False)
    media_mm: tuple[float, float] = field(compare=False)
    scale: tuple[float, float] = field(compare=False)
    for_artwork: bool = field(compare=False)
    source: str = field(compare=False, repr=False)
    images: Mapping[str, bytes] = field(compare=False, repr=False)
    digest: str

    @property
    def template(self) -> Template:
        """The template as a value; made anew at each call."""
        return Template.model_validate_json(self.source)


@dataclass(frozen=True, slots=True)
class Library:
    """All templates by name."""

    templates: Mapping[str, Ready]
