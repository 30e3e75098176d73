"""`docs/reference/virtual-printer.md`, written from the program; ``python -m waybilld_printers.virtual.reference``."""

import argparse
import sys
from collections.abc import Iterator

from waybilld_printers.virtual.__main__ import serve_options
from waybilld_printers.virtual.faults import COMMANDS
from waybilld_printers.virtual.script import FORMS

_BEGINNING = """# The virtual printer

A label printer that is a program: it takes bytes on TCP ports as a real one does, prints into a folder, and has every fault
that you tell it to have. [Test a printer driver](../howto/test-a-printer-driver.md) shows it at work. It is not the daemon's
and knows nothing of it; its languages were written from the vendors' manuals, apart from the encoders.

`python -m waybilld_printers.virtual` has three subcommands:

- `serve`, the default: run printers until SIGTERM
- `tell READY_FILE COMMAND`: one command of the control port
- `tray READY_FILE`: list what came out

Exit codes: 0 done, 64 wrong usage, 69 no such printer runs, 70 it could not start or could not do what it was told.

This page is generated from the program.

## Options of `serve`

| option | meaning |
|---|---|
"""

_MIDDLE = """
The ready file is JSON: `pid`, and for each of `printers` its `name`, `host`, `print_port`, `status_port`, `control_port`,
`serial` and `tray`. It appears when all ports listen, and is removed at the end.

## Languages

| | `zpl` | `tspl` | `escpos` | `cpcl` |
|---|---|---|---|---|
| after the model of | Zebra, Link-OS | TSC | Epson TM | Zebra mobile |
| graphics | `^GF` A, B, Z64, B64 | `BITMAP` | `GS v 0` | `EG`, `CG` |
| a label is | `^XA` to `^XZ` | what `PRINT` prints | paper between two cuts | `!` to `PRINT` |
| status, at once | `~HS` `~HQES` | `<ESC>!?` `<ESC>!S` | `DLE EOT 1` to `4`, `GS a` | `ESC h` `ESC i` |
| about itself | `~HI`, SGD, `{}{"name":null}` | `~!T` `~!@` | `GS I` | `ESC v` |
| says that it printed | odometer | `EOJ` `OUT` | `GS ( H` function 48 | `ESC J R U` counts |
| status port | yes | refused | refused | refused |
| cancel, reset | `~JA` `~JP` `~JX` `~JR` | `<ESC>!.` `<ESC>!R` | `DLE DC4 8`, `DLE ENQ 2` | – |
| a label in print when an error comes | again (1) | again (2) | goes on | gone (3) |
| a picture cut off | stays; `~JX` drops it | swallows all (4) | is printed; `DLE DC4 8` | swallows all (4) |

1. As soon as the error is gone; after `^JZN` the label is gone.
2. Likewise; after `SET REPRINT OFF` it is gone.
3. After `ON-OUT-OF-PAPER WAIT` it is printed again.
4. What comes next is taken for pixels, questions for the state as well, until the power goes.

`--language MODULE:FACTORY` brings [a language of your own](../howto/test-a-printer-driver.md#a-language-of-your-own): a
Python callable that takes the dots per millimetre and gives an interpreter. Faults, scripts and the tray work for it too.

All paper is 104 mm wide. Text, bar codes and shapes are not drawn: the ledger then says `not drawn: ^BC`. Alerts (`^SX`, SGD
`alerts.add`) to TCP are dialled out: `ERROR CONDITION: HEAD OPEN [2026-11-26 10:00:00] [VZ0000000001]`.

Where no manual says what a device does, the harsher reading is taken; the module that reads the language says which.

## The tray

A folder with `ledger.jsonl`, a line for each piece of media, and the pictures. A line is written before anybody can learn
from the device that the label came out.

| key | meaning |
|---|---|
| `n` | number of the piece, from 1, also after a restart |
| `odometer` | the device's count of labels after it |
| `utc` | when |
| `sha256` | digest of the label's bytes as they were sent; null when nobody sent it |
| `png` | its picture, one pixel a dot; null when nothing is drawn |
| `complaints` | what the device could not read, draw or fit on the label |
| `kind` | `format`: a label; `foreign`: a piece that nobody sent; `half`: a piece with a part of a label only |

## Commands

For `tell`, for a line on the control port (which answers each with a line of JSON), and in scripts except the last three.

| command | effect |
|---|---|
"""

_END = """
## Fault scripts

`serve --script FILE`, or `tell READY_FILE script LINE` for a single line. A line is `TRIGGER: COMMAND`, or several commands
with `;` between them; what follows a `#` is a comment. A script is the same at every run: it knows no chance and no clock
but the device's. Mistakes are told all at once, each as `file:line:column: message`, and nothing runs then.

| trigger | fires |
|---|---|
"""

_MEANINGS = {
    "at byte N": "when the N-th byte of print data arrives, before it is taken",
    "at label N byte M": "when the M-th byte after the end of label N - 1 arrives, before it is taken; line ends between "
    "two labels count",
    "after label N": "when the N-th label has come out, before the next one moves on",
    "after SECONDS s": "so long after the line above it fired; as the first line, after the script was given",
    "on connect N": "when the N-th print connection is made",
}

_LAST = """
Counts start at 1, at the moment at which the script was given; every line fires once. `tell READY_FILE script` lists the
lines, which have fired, and what could not be done when they did.
"""


def reference() -> str:
    """The whole page, as Markdown."""
    commands = [f"| `{command.usage.replace('|', chr(92) + '|')}` | {command.effect} |" for command in COMMANDS.values()]
    triggers = [f"| `{form}` | {_MEANINGS[form]} |" for form in FORMS]
    tables = (_BEGINNING, *_options(), _MIDDLE, *_lines(commands), _END, *_lines(triggers), _LAST)
    return "".join(tables)


def _options() -> Iterator[str]:
    for action in serve_options():
        if isinstance(action, argparse._HelpAction):
            continue
        name = action.option_strings[0]
        value = action.metavar or ("|".join(map(str, action.choices)) if action.choices else "")
        value = value if isinstance(value, str) else ""
        value = value or ("" if action.nargs == 0 else action.dest.rsplit("_", 1)[-1].upper())
        meaning = (action.help or "") % {"default": action.default}
        yield f"| `{f'{name} {value}'.strip().replace('|', chr(92) + '|')}` | {meaning} |\n"


def _lines(rows: list[str]) -> Iterator[str]:
    return (f"{row}\n" for row in rows)


if __name__ == "__main__":
    sys.stdout.write(reference())
