"""The picture of a label whose carrier's part the printer draws, as the API gives it."""

from __future__ import annotations

import io

from PIL import Image

from unit.http.http_house import Daemon
from unit.store.store_zpl import SAID, strip, with_commands
from waybilld.host.preview import picture


def test_the_api_shows_the_strip_and_marks_the_rest(daemon: Daemon) -> None:
    """A supervisor who sees white paper calls the carrier; the goods below must be what will be printed."""
    shipment = with_commands(daemon.house)
    answer = daemon.ask(f"/api/v1/shipments/{shipment}/label.png")
    assert (answer.content_type, answer.body) == ("image/png", picture(strip()))
    with Image.open(io.BytesIO(answer.body)) as image, Image.open(io.BytesIO(strip().png)) as printed:
        assert image.info["Comment"] == SAID
        above, below = (0, 0, 800, 1200), (0, 1200, 800, 1440)
        shown, due = image.convert("L"), printed.convert("L")
        assert shown.crop(below).tobytes() == due.crop(below).tobytes()
        assert shown.crop(above).tobytes() != due.crop(above).tobytes()
