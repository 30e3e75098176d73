"""What carriers' adapters hand over as a label, before it is kept."""

from __future__ import annotations

from typing import Any

import pytest

from waybilld.services.handlers.buy import unkept
from waybilld_sdk.shipping import MOST_ARTWORK_BYTES, CommandArtwork, DocumentArtwork, Layout


@pytest.mark.parametrize(
    "artwork",
    [Layout(), DocumentArtwork("application/pdf", b"x"), DocumentArtwork("image/png", b"x" * MOST_ARTWORK_BYTES),
     CommandArtwork("zpl", b"^XA")],
)  # fmt: skip
def test_what_can_be_drawn_is_kept(artwork: Any) -> None:
    """A label cannot be asked for again from every carrier."""
    assert unkept(artwork) == ""


@pytest.mark.parametrize(
    ("artwork", "why"),
    [
        (DocumentArtwork("application/pdf", b"x" * (MOST_ARTWORK_BYTES + 1)), "has 10485761 bytes, and 1 to 10485760"),
        (DocumentArtwork("application/pdf", b""), "has 0 bytes"),
        (DocumentArtwork("application/pdf", "text"), "is str of 'application/pdf'"),  # type: ignore[arg-type]
        (DocumentArtwork("image/gif", b"GIF89a"), "is bytes of 'image/gif'"),  # type: ignore[arg-type]
        (CommandArtwork("", b"^XA"), "is bytes of ''"),
    ],
)
def test_what_cannot_is_said_and_the_number_stands(artwork: Any, why: str) -> None:
    """The purchase is paid: a bug of the adapter must not lose its number, nor come up later as a bug of ours."""
    said = unkept(artwork)
    assert why in said
    assert "the number is bought, and the label was not kept" in said
