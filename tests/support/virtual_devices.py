"""Virtual printers in memory, the same for every language: made, fed in pieces, and what came out looked at."""

from __future__ import annotations

import io
from collections.abc import Iterable

from PIL import Image

from waybilld_printers.virtual.device import Device, DeviceConfig, Printed
from waybilld_printers.virtual.drawing import draw
from waybilld_printers.virtual.label import Label


def make(language: str, speed: float | None = 1.0, **changes: object) -> Device:
    """A device that speaks the language; `speed` in labels a second, None for at once."""
    return Device(DeviceConfig(language=language, labels_per_second=speed, **changes))  # type: ignore[arg-type]


def only(language: str, data: bytes) -> Label:
    """The one label that these bytes print."""
    device = make(language, None)
    device.receive(data, 0.0)
    (label,) = labels(device.advance(0.0))
    return label


def labels(printed: Iterable[Printed]) -> list[Label]:
    """The labels among what came out."""
    return [entry.label for entry in printed if entry.label is not None]


def black(label: Label | None) -> set[tuple[int, int]]:
    """The black dots of a label that is drawn without a complaint."""
    assert label is not None
    picture, complaints = draw(label)
    assert complaints == ()
    image = Image.open(io.BytesIO(picture))
    assert image.size == (label.width, label.length)
    return {(x, y) for x in range(image.width) for y in range(image.height) if not image.getpixel((x, y))}
