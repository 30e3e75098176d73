"""What encoders share: a page's rows in bands, moved and turned as the printer's settings say, and the check of what a
language can say."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from waybilld_labels.page.png import packed
from waybilld_sdk.errors import StopQueue
from waybilld_sdk.labels import Page, PrinterSettings
from waybilld_sdk.printing import MediaMode, Sensing


@dataclass(frozen=True, slots=True)
class Rows:
    """Packed rows of one page: `stride` bytes a row, the leftmost dot in the highest bit, 1 is ink, padding is 0."""

    data: bytes
    width: int
    height: int

    @property
    def stride(self) -> int:
        """Bytes a row."""
        return -(-self.width // 8)

    def bands(self, most_bytes: int) -> Iterator[tuple[int, bytes]]:
        """(first row, bytes) of consecutive bands of whole rows, at least one, each of at most so many bytes."""
        step = max(1, most_bytes // self.stride)
        for top in range(0, self.height, step):
            yield top, self.data[top * self.stride : (top + step) * self.stride]


def placed(page: Page, settings: PrinterSettings) -> Rows:
    """The rows of a page, moved by the printer's offset and then turned where it prints upside down; what leaves the page is
    lost, what comes in is white.

    In the pixels, because every language's own commands for this differ between firmwares or stay set for the next job.
    Raises `Hold` for a page that cannot be read.
    """
    rows = _moved(Rows(packed(page), page.width, page.height), settings.offset_dots)
    return _turned(rows) if settings.upside_down else rows


def _moved(rows: Rows, offset: tuple[int, int]) -> Rows:
    right, down = offset
    if not right and not down:
        return rows
    data, stride = rows.data, rows.stride
    if right:
        bits = stride * 8
        keep = ((1 << rows.width) - 1) << (bits - rows.width)
        lines = (int.from_bytes(data[at : at + stride]) for at in range(0, len(data), stride))
        data = b"".join([((line >> right if right > 0 else line << -right) & keep).to_bytes(stride) for line in lines])
    blank = bytes(min(abs(down), rows.height) * stride)
    data = blank + data[: len(data) - len(blank)] if down > 0 else data[len(blank) :] + blank
    return Rows(data, rows.width, rows.height)


_MIRRORED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def _turned(rows: Rows) -> Rows:
    """By 180 degrees: all bits backwards, and each row moved over the padding that now stands before it."""
    data, stride = rows.data[::-1].translate(_MIRRORED), rows.stride
    pad = stride * 8 - rows.width
    if pad:
        lines = (int.from_bytes(data[at : at + stride]) for at in range(0, len(data), stride))
        data = b"".join([(line << pad).to_bytes(stride) for line in lines])
    return Rows(data, rows.width, rows.height)


def check(
    language: str,
    page: Page,
    settings: PrinterSettings,
    *,
    darkness: range | None,
    speed_ips: range | None,
    offset: int,
    side: int | None = None,
    media_modes: Collection[MediaMode] = (),
    sensing: Collection[Sensing] = (),
) -> None:
    """Raises `StopQueue` with everything that the language has no way to say.

    `darkness` and `speed_ips` are the values that it knows, None where it knows none; `offset` and `side` are the most dots
    that a page may be moved, and long or wide; `media_modes` and `sensing` are those that it has words for.
    """
    problems = []
    for name, value, known in (("darkness", settings.darkness, darkness), ("speed", settings.speed_ips, speed_ips)):
        if value is not None and known is None:
            problems.append(f"it has no {name}")
        elif value is not None and known is not None and value not in known:
            problems.append(f"{name} must be {known[0]} to {known[-1]}")
    for name, word, words in (("media mode", settings.media_mode, media_modes), ("sensing", settings.sensing, sensing)):
        if word is not None and word not in words:
            known_words = " or ".join(words)
            problems.append(f"its {name} cannot be {word}, only {known_words}" if words else f"it has no {name}")
    if max(map(abs, settings.offset_dots)) > offset:
        problems.append(f"the offset must be within {offset} dots")
    if side is not None and max(page.width, page.height) > side:
        problems.append(f"a page of {page.width} x {page.height} dots is too large, the longest side is {side}")
    if problems:
        raise StopQueue(
            f"{language} cannot say these printer settings: {'; '.join(problems)}: correct the printer in the config"
        )
