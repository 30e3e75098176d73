"""What runs in a worker process: everything that reads a file or parses more than a line.

`survey` streams a file once and says where each order's rows lie; `read_orders` then parses the orders of one page.
"""

from __future__ import annotations

import csv
import errno
import io
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from waybilld_marketplaces.files import profile as profiles
from waybilld_marketplaces.files.scan import (
    FileRefusedError,
    Identity,
    Lines,
    magic,
    opened,
    parse_record,
)
from waybilld_marketplaces.files.survey import Rows, Survey, survey_lines
from waybilld_marketplaces.files.values import BadCellError, disarmed
from waybilld_marketplaces.files.wire import MAX_LINES, House, OrderRefusedError, build_order
from waybilld_sdk.orders import Order

_RAW_CHARACTERS = 8192


@dataclass(frozen=True, slots=True)
class Refusal:
    """A file that is refused as a whole, and why."""

    identity: Identity
    reason: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file that cannot even be opened, and why."""

    reason: str


@dataclass(frozen=True, slots=True)
class Refused:
    """An order that is rejected: its position in the file, the row to blame, why, and its rows as they stand there."""

    order: int
    row: int
    reason: str
    raw: str


@dataclass(frozen=True, slots=True)
class Read:
    """The orders of one page and those that were rejected."""

    orders: tuple[Order, ...]
    refused: tuple[Refused, ...]


def survey(path: str, max_bytes: int, profile: str) -> Survey | Refusal | Unreadable | None:
    """Stream a file once and find its orders; None when the file is gone. Raises `ProfileError`."""
    allowed = profiles.load(profile)
    try:
        with opened(path) as (stream, identity):
            try:
                if identity[0] > max_bytes:
                    raise FileRefusedError(
                        f"the file has {identity[0]} bytes, more than {max_bytes}: split it, or raise `max_file_mb`"
                    )
                known = magic(stream.peek(4)) if isinstance(stream, io.BufferedReader) else ""
                if known:
                    raise FileRefusedError(f"this is {known}, not a CSV file: save as CSV UTF-8")
                return survey_lines(Lines(stream), identity, allowed)
            except FileRefusedError as error:
                return Refusal(identity, str(error))
            except MemoryError:
                return Refusal(identity, "the file has too many orders for the memory of a worker process: split it")
    except FileNotFoundError:
        return None
    except OSError as error:
        return Unreadable(_sentence(error))


def read_orders(path: str, rows: Rows, house: House, first: int) -> Read | None:
    """Parse the orders of `rows`, of which the first is number `first` of the file. None when the file is another now."""
    orders: list[Order] = []
    refused: list[Refused] = []
    try:
        with opened(path) as (stream, identity):
            if identity != rows.identity:
                return None
            for order in range(rows.orders):
                texts = _texts(stream.fileno(), rows, order)[: MAX_LINES + 1]
                try:
                    orders.append(build_order(list(_cells(texts, rows)), rows.plan, house))
                except OrderRefusedError as error:
                    raw = "".join(text for _number, text in texts)
                    short = raw if len(raw) <= _RAW_CHARACTERS else raw[:_RAW_CHARACTERS] + "…"
                    refused.append(Refused(first + order, error.row, error.reason, short))
    except OSError:
        return None
    return Read(tuple(orders), tuple(refused))


def _texts(handle: int, rows: Rows, order: int) -> list[tuple[int, str]]:
    """(spreadsheet row, text) of one order's rows."""
    places = range(rows.starts[order], rows.starts[order + 1])
    return [
        (rows.numbers[n], os.pread(handle, rows.lengths[n], rows.offsets[n]).decode("utf-8", "replace")) for n in places
    ]


def _cells(texts: Sequence[tuple[int, str]], rows: Rows) -> Iterator[tuple[int, list[str]]]:
    """The cells of one order's rows. Raises `OrderRefusedError`."""
    width = len(rows.plan.header)
    for number, text in texts:
        try:
            yield number, parse_record(text, rows.delimiter, width)
        except BadCellError as error:
            raise OrderRefusedError(number, str(error)) from error


def rejected_csv(path: str, rows: Rows, house: House) -> tuple[bytes, int] | None:
    """The rejected ones among the orders of `rows`, as a CSV with BOM and as a count: the own columns, row, reason.

    Cells that came from the file are kept, formulas as text that `parse_record` reads as what it was, so that the
    corrected file can be dropped again. b"" when none is rejected; None when the file is another now.
    """
    out = io.StringIO()
    writer = csv.writer(out, delimiter=rows.delimiter, lineterminator="\r\n")
    width = len(rows.plan.header)
    count = 0
    try:
        with opened(path) as (stream, identity):
            if identity != rows.identity:
                return None
            for order in range(rows.orders):
                texts = _texts(stream.fileno(), rows, order)
                try:
                    build_order(list(_cells(texts[: MAX_LINES + 1], rows)), rows.plan, house)
                except OrderRefusedError as error:
                    count += 1
                    for number, text in texts:
                        reason = error.reason if number == error.row else f"see row {error.row}"
                        writer.writerow([*_kept(text, rows.delimiter, width), str(number), reason])
    except OSError:
        return None
    if not count:
        return b"", 0
    head = io.StringIO()
    csv.writer(head, delimiter=rows.delimiter, lineterminator="\r\n").writerow(
        [*map(disarmed, rows.plan.header), "row", "reason"]
    )
    return ("\ufeff" + head.getvalue() + out.getvalue()).encode(), count


def _kept(text: str, delimiter: str, width: int) -> list[str]:
    """The cells as far as they can be told apart; a row that is not CSV stands whole in the first cell."""
    try:
        cells = next(csv.reader((text,), delimiter=delimiter, strict=True))
    except csv.Error:
        cells = [text.rstrip("\r\n")]
    return [disarmed(cell) for cell in cells] + [""] * (width - len(cells))


def is_confirmed(folder: str, key: str) -> bool:
    """Whether any whole line of the confirmations in `folder` ends in `key`, written as a CSV cell."""
    ending = f",{key}\r\n".encode()
    for path in sorted(Path(folder).glob("shipped-*.csv"), reverse=True):
        with opened(str(path)) as (stream, _identity):
            if any(line.endswith(ending) for line in stream):
                return True
    return False


def prepare(path: str, profile: str) -> str:
    """Make the drop folder and prove that it can be used; "" or what is wrong. Raises `ProfileError`."""
    profiles.load(profile)
    folder = Path(path)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        return f"{path} is not a folder: name a folder in the shop's setting `folder`"
    except OSError as error:
        return f"the drop folder {path} cannot be made: {_sentence(error)}"
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        return f"the drop folder {path} cannot be read and written by this user: change its owner or permissions"
    return ""


def _sentence(error: OSError) -> str:
    if error.errno in (errno.EACCES, errno.EPERM):
        return "permission denied: change the file's owner or permissions"
    return error.strerror or str(error)

