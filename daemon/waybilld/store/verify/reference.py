"""`docs/reference/verify.md`, written from the checks; `python -m waybilld.store.verify.reference` prints it."""

from __future__ import annotations

import sys

from waybilld.store.verify.findings import ADVICE, INVARIANTS, PROMISES, Check

_PAGE = """# `waybilld db verify`

Written from the program: `python -m waybilld.store.verify.reference > docs/reference/verify.md`.

The command reads one snapshot and changes nothing, so it works beside a running daemon; while it runs, the write-ahead log
cannot shrink. It exits with 0 when all is as it must be, and with 1 after one line per finding: the check, where, what, and
what to do. `--json` prints the same for programs. At most 50 findings of a check are listed, then their number.

Texts of orders are all opened, of stored pages a sample of about 2000; `--full` opens every page. Both need `master.key`;
without it the other checks are made and the command says what it left out.

What the database cannot show by itself: a tail of the journal that was cut off together with every row that it made. A
backup made after that tail was written still holds it.

Measured with 100,000 printed orders (1,200,001 journal entries, a database of 2.0 GB) on one core of a shared virtual
machine: 2 minutes 24 seconds and 130 MB of memory, of which 52 MB are the program itself. Memory does not grow with the
number of orders: rows that were not touched lately stand in a temporary file in `TMPDIR`, about as large as the tables
without sealed data. A backup of the same database took 15 seconds.

## Checks

The numbers are those of the house's invariants, of which each check is the database's half: 1 no order is lost, 2 the intent
stands before the effect, 3 at most one live waybill per parcel, 4 one owner and no older start's effects, 6 no state without
its evidence, 8 no print of what was stopped, 12 schema and program of one version, 13 every change recorded, chain unbroken.

"""


def reference() -> str:
    """The page about the command, Markdown."""
    rows = [
        f"| `{check}` | {PROMISES[check]} | {', '.join(map(str, INVARIANTS.get(check, ()))) or '–'} | {ADVICE[check]} |"
        for check in Check
    ]
    head = ["| check | must be true | invariant | when it is not |", "| --- | --- | --- | --- |"]
    return _PAGE + "\n".join([*head, *rows, ""])


if __name__ == "__main__":
    sys.stdout.write(reference())
