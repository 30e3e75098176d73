"""Puts fragments in the place of their includes, and pictures beside the template that shows them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from waybilld_labels.template.check import Source
from waybilld_labels.template.library import Ready
from waybilld_labels.template.model import AnyCell, ColumnOf, Image, Include, Place, RowOf, Template


def ready(name: str, sources: Mapping[str, Source]) -> Ready:
    """The checked template `name`, whole."""
    source = sources[name]
    template = source.value
    assert isinstance(template, Template)
    images: dict[str, bytes] = {}
    whole = template.model_copy(update={"layout": _whole(template.layout, source, sources, images)})
    text = whole.model_dump_json(exclude_defaults=True)
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass"))
    for key, data in sorted(images.items()):
        digest.update(hashlib.sha256(key.encode() + b"\0" + data).digest())
    return Ready(
        name=name,
        about=template.about,
        kind=template.kind,
        media_mm=template.media,
        scale=template.scale,
        for_artwork=template.for_artwork,
        source=text,
        images=images,
        digest=digest.hexdigest(),
    )


def _whole(cell: AnyCell, source: Source, sources: Mapping[str, Source], images: dict[str, bytes]) -> AnyCell:
    if isinstance(cell, Include):
        inner = sources[cell.include]
        found = _whole(inner.value.layout, inner, sources, images)
        return found.model_copy(update=_outer(cell, found))
    if isinstance(cell, Image):
        key = f"{source.name}/{cell.image}"
        images[key] = (source.folder / cell.image).read_bytes()
        return cell.model_copy(update={"image": key})
    for key in ("column", "row", "place"):
        if isinstance(cell, ColumnOf | RowOf | Place) and key in type(cell).model_fields:
            parts = tuple(_whole(part, source, sources, images) for part in getattr(cell, key))
            return cell.model_copy(update={key: parts})
    return cell


def _outer(include: Include, found: AnyCell) -> dict[str, object]:
    """What the including cell says, which goes before what the fragment says of itself; conditions hold both."""
    said = {key: getattr(include, key) for key in include.model_fields_set - {"include"}}
    if include.when is not None and found.when is not None:
        said["when"] = f"({include.when}) and ({found.when})"
    return said
