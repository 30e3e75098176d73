"""One pass over an order file: which orders it holds, and where the rows of each lie.

The memory that it takes depends on the number of rows only, not on what they hold.
"""

from __future__ import annotations

import csv
from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from waybilld_marketplaces.files.profile import Plan, Profile, match
from waybilld_marketplaces.files.scan import FileRefusedError, Identity, Lines, header_delimiter
from waybilld_marketplaces.files.wire import order_key

MAX_PAGE_ROWS = 20_000
MAX_ROW_LINES = 100
"""Lines that one row may go over. A quotation mark that is not closed swallows rows up to the next one."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Where rows lie: byte offset, length in bytes and spreadsheet row of each, sorted by order. The rows of order n are
    those from `starts[n]` to `starts[n + 1]`."""

    identity: Identity
    delimiter: str
    plan: Plan
    offsets: array[int]
    lengths: array[int]
    numbers: array[int]
    starts: array[int]

    @property
    def orders(self) -> int:
        """How many orders."""
        return len(self.starts) - 1

    def page_end(self, start: int, most_orders: int) -> int:
        """Where a page that begins at order `start` ends: at least one order, and few enough rows for one call."""
        by_rows = bisect_right(self.starts, self.starts[start] + MAX_PAGE_ROWS) - 1
        return min(max(min(start + most_orders, by_rows), start + 1), self.orders)

    def take(self, orders: Sequence[int]) -> Rows:
        """The rows of some orders only."""
        picked = [(self.starts[order], self.starts[order + 1]) for order in orders]
        starts, offsets, lengths, numbers = array("I", [0]), array("Q"), array("I"), array("I")
        for begin, end in picked:
            offsets.extend(self.offsets[begin:end])
            lengths.extend(self.lengths[begin:end])
            numbers.extend(self.numbers[begin:end])
            starts.append(len(offsets))
        return Rows(self.identity, self.delimiter, self.plan, offsets, lengths, numbers, starts)


@dataclass(frozen=True, slots=True)
class Survey:
    """A file that can be read: its SHA-256 in hex, and where its orders lie."""

    sha256: str
    rows: Rows


def survey_lines(lines: Lines, identity: Identity, allowed: Sequence[Profile]) -> Survey:
    """Read all lines of a file once. Raises `FileRefusedError` for what spoils the whole file."""
    first = next(lines, "").removeprefix("\ufeff")
    if not first.strip():
        raise FileRefusedError("the file is empty" if not first else "the first line is empty: it must hold column names")
    delimiter = header_delimiter(first)
    try:
        header = next(csv.reader(_then(first, lines), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise FileRefusedError(f"the row with the column names is not valid CSV ({error})") from error
    plan = match(allowed, header)
    if isinstance(plan, str):
        raise FileRefusedError(plan)
    offsets, lengths, numbers, owners, orders = _records(lines, delimiter, plan)
    starts = array("I", bytes(array("I").itemsize * (orders + 1)))
    for owner in owners:
        starts[owner + 1] += 1
    for order in range(orders):
        starts[order + 1] += starts[order]
    if any(later < sooner for sooner, later in pairwise(owners)):
        by_order = sorted(range(len(owners)), key=owners.__getitem__)
        offsets, lengths, numbers = (array(a.typecode, map(a.__getitem__, by_order)) for a in (offsets, lengths, numbers))
    rows = Rows(identity, delimiter, plan, offsets, lengths, numbers, starts)
    return Survey(lines.digest.hexdigest(), rows)


def _then(first: str, lines: Lines) -> Iterator[str]:
    yield first
    yield from lines


def _records(
    lines: Lines, delimiter: str, plan: Plan
) -> tuple[array[int], array[int], array[int], array[int], int]:
    """Offset, length, spreadsheet row and order (by first appearance) of every record, and the number of orders.

    A record without a readable order id is an order of its own: `read_orders` finds the same fault and says it.
    """
    offsets, lengths, numbers, owners = array("Q"), array("I"), array("I"), array("I")
    known: dict[str, int] = {}
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    orders, number = 0, 1
    while True:
        start = lines.record_at = lines.offset
        line = lines.number + 1
        number += 1
        try:
            cells = next(reader)
        except StopIteration:
            return offsets, lengths, numbers, owners, orders
        except csv.Error as error:
            if lines.number > line:
                raise FileRefusedError(_open_quote(number, line, lines.number)) from error
            key = ""
        else:
            if lines.number - line >= MAX_ROW_LINES:
                raise FileRefusedError(_open_quote(number, line, lines.number))
            key = order_key(cells, plan)
            if not key and not any(map(str.strip, cells)):
                continue  # spreadsheets leave empty rows behind
        order = known.get(key) if key else None
        if order is None:
            order = orders
            orders += 1
            if key:
                known[key] = order
        offsets.append(start)
        lengths.append(lines.offset - start)
        numbers.append(number)
        owners.append(order)


def _open_quote(row: int, first: int, last: int) -> str:
    """Which rows such a row has swallowed nobody can tell, so the file is refused and not only the row."""
    return (
        f"row {row} (lines {first} to {last}): a quotation mark is not closed, or stands in the wrong place. "
        "Correct the row and drop the file again"
    )
