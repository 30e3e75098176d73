"""What encoders share: a page's rows in bands, moved by the printer's offset, and the check of what a language can say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from waybilld_labels.page.png import packed
from waybilld_sdk.errors import StopQueue
from waybilld_sdk.labels import Page, PrinterSettings


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


def moved(page: Page, settings: PrinterSettings) -> Rows:
    """The rows of a page, moved by the printer's offset; what leaves the page is lost, what comes in is white.

    For languages that have no command, or none that all printers know, to move what is printed. Raises `Hold` for a page
    that cannot be read.
    """
    rows = Rows(packed(page), page.width, page.height)
    right, down = settings.offset_dots
    if not right and not down:
        return rows
    data, stride = rows.data, rows.stride
    if right:
        bits = stride * 8
        keep = ((1 << page.width) - 1) << (bits - page.width)
        lines = (int.from_bytes(data[at : at + stride]) for at in range(0, len(data), stride))
        data = b"".join([((line >> right if right > 0 else line << -right) & keep).to_bytes(stride) for line in lines])
    blank = bytes(min(abs(down), page.height) * stride)
    data = blank + data[: len(data) - len(blank)] if down > 0 else data[len(blank) :] + blank
    return Rows(data, page.width, page.height)


def check(
    language: str,
    page: Page,
    settings: PrinterSettings,
    *,
    darkness: range | None,
    speed_ips: range | None,
    offset: int,
    side: int | None = None,
) -> None:
    """Raises `StopQueue` with everything that the language has no way to say.

    `darkness` and `speed_ips` are the values that it knows, None where it knows none; `offset` and `side` are the most dots
    that a page may be moved, and long or wide.
    """
    problems = []
    for name, value, known in (("darkness", settings.darkness, darkness), ("speed", settings.speed_ips, speed_ips)):
        if value is not None and known is None:
            problems.append(f"it has no {name}")
        elif value is not None and known is not None and value not in known:
            problems.append(f"{name} must be {known[0]} to {known[-1]}")
    if max(map(abs, settings.offset_dots)) > offset:
        problems.append(f"the offset must be within {offset} dots")
    if side is not None and max(page.width, page.height) > side:
        problems.append(f"a page of {page.width} x {page.height} dots is too large, the longest side is {side}")
    if problems:
        raise StopQueue(
            f"{language} cannot say these printer settings: {'; '.join(problems)}: correct the printer in the config"
        )
