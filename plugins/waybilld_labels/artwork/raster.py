"""A carrier's PNG or JPEG as grey dots: never resampled, because a bar code would not survive it."""

from __future__ import annotations

import io
import warnings

from PIL import Image

from waybilld_labels.artwork.source import Source
from waybilld_labels.page.picture import on_paper
from waybilld_sdk.errors import Hold
from waybilld_sdk.labels import Finding
from waybilld_sdk.shipping import MOST_ARTWORK_BYTES

MOST_PIXELS = 40_000_000
_NEAR = 0.02
"""How far a picture's own resolution may be from the printer's before its size is said to differ: 203 and 203.2 dpi."""


def grey_picture(
    body: bytes, dots_per_mm: float, source: Source
) -> tuple[Image.Image, tuple[Finding, ...]]:
    """The picture in mode "L", each pixel a whole number of dots. Raises `Hold`."""
    if len(body) > MOST_ARTWORK_BYTES:
        raise _refused(source, f"has {len(body)} bytes, and {MOST_ARTWORK_BYTES} are taken", f"{source.ask} a smaller one")
    try:
        with warnings.catch_warnings():
            # What Pillow would say of odd chunks goes to nobody; a file it can read is looked at as a label.
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(body), formats=("PNG", "JPEG")) as opened:
                if opened.width * opened.height > MOST_PIXELS:
                    what = f"has {opened.width} x {opened.height} pixels"
                    raise _refused(source, what, f"{source.ask} one of the paper's size")
                picture, dpi = on_paper(opened), _dpi(opened)
    except (Hold, MemoryError):
        raise
    except Exception as error:
        # Decoders stumble over a stranger's bytes with whatever comes: IndexError, struct.error, EOFError.
        raise _refused(source, "cannot be read as PNG or JPEG", source.again) from error
    if dpi is None:
        return picture, ()
    return _sized(picture, dots_per_mm * 25.4 / dpi, source)


def _dpi(picture: Image.Image) -> float | None:
    """What the file says of its resolution; None where it says nothing that could be true."""
    said = picture.info.get("dpi")
    across = float(said[0]) if isinstance(said, tuple) and said else 0.0
    return across if across >= 100 else None


def _sized(picture: Image.Image, factor: float, source: Source) -> tuple[Image.Image, tuple[Finding, ...]]:
    """The picture by the nearest whole factor, and what is to be said where that changes its size."""
    whole = round(factor)
    if whole < 1:
        raise _refused(
            source,
            f"is made for a printer {1 / factor:.1f} times as fine as this one",
            f"{source.ask} one of this printer's resolution",
        )
    larger = picture.resize((picture.width * whole, picture.height * whole), Image.Resampling.NEAREST)
    if abs(whole / factor - 1) <= _NEAR:
        return larger, ()
    text = (
        f"{source.whose} picture is made for another resolution and printed at {whole / factor:.0%} of its size, so that "
        f"its bar codes stay sharp: {source.ask} one of this printer's resolution"
    )
    return larger, (Finding("artwork-resolution", text),)


def _refused(source: Source, what: str, todo: str) -> Hold:
    return Hold(f"{source.whose} picture {what}: {todo}", code="artwork-unusable")
