"""Pictures from files as pure ink and paper."""

from __future__ import annotations

import io
import warnings

from PIL import Image, UnidentifiedImageError

MOST_PIXELS = 20_000_000
MOST_BYTES = 5 << 20
_INK_OF_GREY = [255 if level < 128 else 0 for level in range(256)]


class Unreadable(Exception):
    """A picture that cannot be used; the message says why."""


def ink_of(data: bytes, room: tuple[int, int], *, dither: bool) -> Image.Image:
    """A PNG or JPEG as large as it fits into `room` dots with its proportions kept; ones are ink.

    What is transparent is paper. Raises `Unreadable`.
    """
    if len(data) > MOST_BYTES:
        raise Unreadable(f"it has {len(data)} bytes, and {MOST_BYTES} are allowed")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=("PNG", "JPEG")) as opened:
                if opened.width * opened.height > MOST_PIXELS:
                    raise Unreadable(f"it has {opened.width} x {opened.height} pixels, and {MOST_PIXELS} are allowed")
                grey = on_paper(opened)
    except UnidentifiedImageError as error:
        # Pillow's own message names an address in memory.
        raise Unreadable("it is no PNG or JPEG") from error
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Unreadable(f"it is no PNG or JPEG that can be read ({error})") from error
    part = min(room[0] / grey.width, room[1] / grey.height)
    size = (max(1, int(grey.width * part)), max(1, int(grey.height * part)))
    # A picture is no bar code: smoothing before the threshold keeps its shapes.
    fitted = grey.resize(size, Image.Resampling.LANCZOS)
    if dither:
        return fitted.point([255 - level for level in range(256)]).convert("1")
    return fitted.point(_INK_OF_GREY, "1")


def on_paper(picture: Image.Image) -> Image.Image:
    """An opened picture in mode "L"; what is transparent is white."""
    picture.load()
    if picture.mode in {"1", "L", "RGB", "CMYK", "YCbCr"} and "transparency" not in picture.info:
        return picture.convert("L")
    layered = picture.convert("RGBA")
    paper = Image.new("RGBA", layered.size, (255, 255, 255, 255))
    return Image.alpha_composite(paper, layered).convert("L")
