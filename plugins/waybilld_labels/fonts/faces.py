"""Which fonts labels are drawn with: chosen once per process, known by the digest of their files.

Noto Sans CJK, face 2 of the collection (SC: Chinese shapes; another face would draw Japanese or Korean ones). Regular comes
from the wheel `noto-cjk-sans-otc`, Bold from Debian's package `fonts-noto-cjk`, where it is installed.
"""

from __future__ import annotations

import enum
import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from PIL import ImageFont

from waybilld_labels.fonts.cmap import Coverage, read_coverage
from waybilld_sdk.errors import StopQueue

FACE_SC = 2
BOLD_FILE = Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc")
_WHEEL = "noto_cjk_sans_otc"
_REGULAR_NAME = "NotoSansCJK-Regular.ttc"


class Weight(enum.Enum):
    """How heavy text is drawn."""

    REGULAR = "regular"
    BOLD = "bold"


@dataclass(frozen=True, slots=True)
class Face:
    """One font file. `smear` says that strokes are thickened in software, because there is no bold file."""

    path: Path
    smear: bool


@cache
def face(weight: Weight) -> Face:
    """The file behind a weight. Raises `StopQueue` when the wheel with the regular font is not installed."""
    if weight is Weight.BOLD and BOLD_FILE.is_file():
        return Face(BOLD_FILE, smear=False)
    return Face(_regular(), smear=weight is Weight.BOLD)


@cache
def digests() -> tuple[str, ...]:
    """SHA-256 of the regular and the bold file, in hex: a changed font changes pixels, so it must change page keys."""
    paths = dict.fromkeys((face(Weight.REGULAR).path, face(Weight.BOLD).path))
    return tuple(map(_sha256, paths))


@cache
def coverage(weight: Weight) -> Coverage:
    """The characters that a weight can draw."""
    return read_coverage(face(weight).path, FACE_SC)


def open_font(weight: Weight, size: int) -> ImageFont.FreeTypeFont:
    """A font of `size` dots per em. Characters are placed one by one, so that the plain layout engine is enough."""
    return ImageFont.truetype(str(face(weight).path), size, index=FACE_SC, layout_engine=ImageFont.Layout.BASIC)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _regular() -> Path:
    try:
        path = Path(str(files(_WHEEL).joinpath(_REGULAR_NAME)))
    except ModuleNotFoundError:
        path = Path(_WHEEL) / _REGULAR_NAME
    if not path.is_file():
        raise StopQueue(
            f"the label font {_REGULAR_NAME} is missing from this Python environment: "
            "install the package noto-cjk-sans-otc, which waybilld depends on"
        )
    return path
