"""The published page of what happens to each command: `python -m waybilld_labels.artwork.zpl.reference`."""

from __future__ import annotations

import sys
from itertools import groupby

from waybilld_labels.artwork.zpl import fields, graphic, rewrite, tokens
from waybilld_labels.artwork.zpl.allowed import FAMILIES, REFUSED, RULES, Fate, Rule
from waybilld_labels.artwork.zpl.parameters import Parameter

_HEAD = f"""# Carriers' labels in ZPL

A carrier's ZPL is not passed on. It is read, checked command by command against the list below, and written anew into the
document that waybilld makes anyway: our settings, the carrier's fields, everything that they left set, set back, white over
all that is not the carrier's room, and then our own pixels (a strip with goods and print serial). One `^XA`, one `^XZ`. Only
printers that speak ZPL (`zpl`, `zpl-acs`) can print it; a pool with any other printer holds the waybill
(`artwork-commands`) and says so.

The printer draws these fields by itself, with its own fonts. This is the one place where the preview is not the print: it
shows our pixels, and a hatched frame where the carrier's part goes.

What is refused is named with the byte at which it stands, and nothing of the label is printed:

- any command that is not on the list, every `~` command, and `! U1` (SGD), wherever they stand, also inside of data;
- prefix characters that are set to anything but what they are; the header that label designers write first,
  `{tokens.DESIGNER_HEADER.decode()}`, is passed over;
- control characters, which some printers take for commands, and everything outside of `^XA` to `^XZ` but blanks;
- a parameter that is not what the table says; more parameters than it names;
- a file of more than {tokens.MOST_BYTES:,} bytes, {tokens.MOST_COMMANDS:,} commands or {rewrite.MOST_LABELS} labels;
  pictures of more than {graphic.MOST_BYTES:,} bytes together; a field of more than {fields.MOST_DATA:,} bytes.

Of several labels in a file the first is printed and a finding says so, as with the pages of a PDF; the others are checked
all the same. A label that declares (`^PW`, `^LL`) or reaches more than its room is held (`artwork-too-large`): ZPL counts in
dots, and nothing of it can be scaled. 2 % are forgiven to what is declared, if the ink fits. Ink is reckoned as follows,
turned as the field is:

- every home (`^LH`) and origin (`^FO`, `^FT`) stands inside of the room, and not on its far edges;
- shapes and pictures with their size;
- text with the height of its font (`^A`, `^CF`) times the lines that `^FB` lets it come to, or with its block (`^TB`), or,
  letter under letter (`^FPV`), times its letters; bitmap fonts as on a printer of 8 dots/mm;
- linear bar codes with their height and that of the text at them (10 dots times the module, or the field's own font); the
  others with the least size of their kind: QR 21 modules, Data Matrix 10 (8 if it may be oblong), PDF417 three rows.

How far text and bar codes run along their line is not known before they are printed.

A label that is nothing but pictures (`^GF` at `^FO`) needs none of this: all its dots are known, so that it is laid out,
checked and previewed as a PNG is, and every printer prints it.

This page is generated from the code.
"""


def reference() -> str:
    """The whole page."""
    parts = [_HEAD, "## Kept\n", _rules(Fate.KEPT), "## Left out\n"]
    parts += ["Read and then dropped: our own document says it, the installer does, or nobody needs it.\n"]
    parts += [_rules(Fate.DROPPED), "## Refused\n", "Some by name, all others for standing in no table.\n", _refused()]
    return "\n".join(parts)


def _rules(fate: Fate) -> str:
    rows = [f"| `^{name}` | {_takes(name, rule)} | {rule.why} |\n" for name, rule in RULES.items() if rule.fate is fate]
    return "| command | parameters | what it does, or why it is left out |\n|---|---|---|\n" + "".join(rows)


def _takes(name: str, rule: Rule) -> str:
    if name == "GF":
        return "A or B; three counts; the rows in hex digits, with or without ASCII compression, `:B64:`, `:Z64:` or binary"
    if rule.data:
        return "text to the next command"
    if rule.parameters is None:
        return "anything"
    return "; ".join(map(_said, rule.parameters)) or "none"


def _said(parameter: Parameter) -> str:
    return parameter.said.replace("|", "\\|")


def _refused() -> str:
    by_reason = groupby(sorted(REFUSED, key=lambda name: (REFUSED[name], name)), key=REFUSED.__getitem__)
    rows = [f"| {', '.join(f'`^{name}`' for name in names)} | {why} |\n" for why, names in by_reason]
    families = groupby(sorted(FAMILIES, key=lambda letter: (FAMILIES[letter], letter)), key=FAMILIES.__getitem__)
    rows += [f"| others with {', '.join(f'`^{letter}`' for letter in letters)} | {why} |\n" for why, letters in families]
    rows.append(f"| every `~` command | {tokens.AT_ONCE} |\n")
    return "| command | why |\n|---|---|\n" + "".join(rows)


if __name__ == "__main__":
    sys.stdout.write(reference())
