"""The allow-list: what happens to each command of a carrier's ZPL. What stands in neither table is refused as well.

Source of every command and its parameters: Zebra ZPL II Programming Guide, the page of that command.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from waybilld_labels.artwork.zpl.parameters import (
    DOTS,
    ENCODING,
    FONT,
    FONT_FILE,
    IGNORED,
    INK,
    JUSTIFY,
    JUSTIFY_ALL,
    MARK,
    NAMED_FONT,
    RATIO,
    SIZE,
    TURN,
    YES_NO,
    Parameter,
    letter,
    number,
)


class Fate(enum.StrEnum):
    """What becomes of a command: written anew into our document, or left out because our document says it."""

    KEPT = "kept"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Rule:
    """One allowed command. `why` is what it does, or why it is left out; what its parameters may not say is refused.

    `parameters` None: not looked at, because nothing of them is used. `draws`: it puts ink on the label by itself. `data`:
    free text to the next command.
    """

    fate: Fate
    why: str
    parameters: tuple[Parameter, ...] | None = ()
    draws: bool = False
    data: bool = False


def _kept(why: str, *parameters: Parameter, draws: bool = False, data: bool = False) -> Rule:
    return Rule(Fate.KEPT, why, parameters, draws=draws, data=data)


def _dropped(why: str, *parameters: Parameter) -> Rule:
    return Rule(Fate.DROPPED, why, parameters)


def _unread(why: str) -> Rule:
    return Rule(Fate.DROPPED, why, None)


def _bars(why: str, *parameters: Parameter) -> Rule:
    """A bar code: it only says how the field's data is drawn."""
    return _kept(f"bar code: {why}", TURN, *parameters)


RULES: dict[str, Rule] = {
    "XA": _dropped("begins a label; of several only the first is printed"),
    "XZ": _dropped("ends a label; our own stands behind everything"),
    "FX": Rule(Fate.DROPPED, "a comment", data=True),
    # What our preamble, the printer's settings in the configuration, or the installer says.
    "PW": _dropped("the label's width, compared with the room", DOTS),
    "LL": _dropped("the label's length, compared with the room", DOTS, YES_NO),
    "PQ": _dropped("copies are separate labels", number(1, 1), IGNORED, number(0, 1), YES_NO, YES_NO),
    "PO": _dropped("which end leaves first", letter("NI")),
    "PM": _dropped("nothing is mirrored", letter("N")),
    "MU": _dropped("everything is counted in dots", letter("D")),
    "JM": _dropped("the head's full resolution is used", letter("A")),
    "MC": _dropped("each label begins blank", letter("Y")),
    "LS": _unread("moves labels to suit another printer"),
    "LT": _unread("moves labels to suit another printer"),
    "PR": _unread("the printer's speed is configured"),
    "MD": _unread("the printer's darkness is configured"),
    "MM": _unread("the print mode is the installer's"),
    "MT": _unread("the ribbon is the installer's"),
    "MF": _unread("the feed at power-up is the installer's"),
    "MN": _unread("how labels are found on the roll is ours"),
    # Where things stand.
    "LH": _kept("moves what follows; counted from the room's corner", number(0, 20000), number(0, 20000)),
    "FO": _kept("where a field begins", DOTS, DOTS, JUSTIFY),
    "FT": _kept("where a field's baseline begins", DOTS, DOTS, JUSTIFY),
    "FS": _kept("ends a field"),
    "FW": _kept("turns what follows", TURN, JUSTIFY_ALL),
    "FR": _kept("reverses the field over what is there"),
    "LR": _kept("reverses what follows over what is there", YES_NO),
    # Text.
    "A": _kept("font of the field", NAMED_FONT, TURN, DOTS, DOTS),
    "A@": _kept("font file of the field", TURN, DOTS, DOTS, FONT_FILE),
    "CF": _kept("font of what follows", FONT, DOTS, DOTS, IGNORED),
    "CI": _kept("character set of what follows", ENCODING),
    "FB": _kept(
        "text in lines", number(0, 32000), number(1, 9999), number(-9999, 9999), letter("LCRJ"), number(0, 9999)
    ),
    "TB": _kept("text in a block", TURN, SIZE, SIZE),
    "FP": _kept("text upwards or backwards", letter("HVR"), number(0, 9999)),
    "FH": _kept("escapes in the field's data", MARK),
    "FD": _kept("the field's data", draws=True, data=True),
    "FV": _kept("the field's data", draws=True, data=True),
    # Shapes.
    "GB": _kept("box or line", DOTS, DOTS, SIZE, INK, number(0, 8), draws=True),
    "GC": _kept("circle", number(3, 4095), number(1, 4095), INK, draws=True),
    "GD": _kept("diagonal", DOTS, DOTS, SIZE, INK, letter("RL/\\"), draws=True),
    "GE": _kept("ellipse", number(3, 4095), number(3, 4095), number(1, 4095), INK, draws=True),
    "GF": _kept("picture, unpacked and packed anew", draws=True),
    "GS": _kept("a sign such as a registered mark", TURN, DOTS, DOTS),
    # Bar codes.
    "BY": _kept("module width, ratio and height of what follows", number(1, 10), RATIO, SIZE),
    "B0": _bars("Aztec", number(1, 10), YES_NO, number(0, 300), YES_NO, number(1, 26)),
    "B1": _bars("Code 11", YES_NO, SIZE, YES_NO, YES_NO),
    "B2": _bars("Interleaved 2 of 5", SIZE, YES_NO, YES_NO, YES_NO),
    "B3": _bars("Code 39", YES_NO, SIZE, YES_NO, YES_NO),
    "B4": _bars("Code 49", SIZE, letter("NAB"), letter("012345A")),
    "B5": _bars("Planet", SIZE, YES_NO, YES_NO),
    "B7": _bars("PDF417", SIZE, number(0, 8), number(1, 30), number(3, 90), YES_NO),
    "B8": _bars("EAN-8", SIZE, YES_NO, YES_NO),
    "B9": _bars("UPC-E", SIZE, YES_NO, YES_NO, YES_NO),
    "BA": _bars("Code 93", SIZE, YES_NO, YES_NO, YES_NO),
    "BB": _bars("CODABLOCK", SIZE, YES_NO, number(2, 62), number(1, 44), letter("AEF")),
    "BC": _bars("Code 128", SIZE, YES_NO, YES_NO, YES_NO, letter("NUAD")),
    "BD": _kept("bar code: MaxiCode", number(2, 6), number(1, 8), number(1, 8)),
    "BE": _bars("EAN-13", SIZE, YES_NO, YES_NO),
    "BF": _bars("MicroPDF417", SIZE, number(0, 33)),
    "BI": _bars("Industrial 2 of 5", SIZE, YES_NO, YES_NO),
    "BJ": _bars("Standard 2 of 5", SIZE, YES_NO, YES_NO),
    "BK": _bars("Codabar", YES_NO, SIZE, YES_NO, YES_NO, letter("ABCD"), letter("ABCD")),
    "BL": _bars("LOGMARS", SIZE, YES_NO),
    "BM": _bars("MSI", letter("ABCD"), SIZE, YES_NO, YES_NO, YES_NO),
    "BO": _bars("Aztec", number(1, 10), YES_NO, number(0, 300), YES_NO, number(1, 26)),
    "BP": _bars("Plessey", YES_NO, SIZE, YES_NO, YES_NO),
    "BQ": _bars("QR", number(1, 2), number(1, 10), letter("HQML"), number(0, 7)),
    "BR": _bars("GS1 DataBar", number(1, 12), number(1, 10), number(1, 2), SIZE, number(2, 22)),
    "BS": _bars("UPC and EAN extension", SIZE, YES_NO, YES_NO),
    "BT": _bars("TLC39", number(1, 10), RATIO, SIZE, number(1, 10), number(1, 255)),
    "BU": _bars("UPC-A", SIZE, YES_NO, YES_NO, YES_NO),
    "BX": _bars("Data Matrix", SIZE, number(0, 200), number(0, 144), number(0, 144), number(0, 6), MARK, number(1, 2)),
    "BZ": _bars("POSTAL", SIZE, YES_NO, YES_NO, number(0, 3)),
}  # fmt: skip

_PREFIXES = "it changes the characters that commands begin with, for every later job"
_STORED = "it keeps, fetches or deletes something in the printer's memory"
_SERIAL = "what it prints depends on earlier labels, or on the printer's clock"
_DEVICE = "it changes the printer's own settings"
_ANSWER = "it makes the printer answer"
_RADIO = "it writes or reads radio tags"

REFUSED: dict[str, str] = {
    **dict.fromkeys(("CC", "CD", "CT"), _PREFIXES),
    **dict.fromkeys(("DF", "XF", "XG", "IM", "IL", "IS", "ID", "CW", "CM", "FL", "TO", "EF", "EG", "FN"), _STORED),
    **dict.fromkeys(("SN", "SF", "FC", "ST", "SO", "SL", "FE"), _SERIAL),
    **dict.fromkeys(("HF", "HG", "HH", "HL", "HR", "HT", "HV", "HW", "HY", "HZ"), _ANSWER),
    **dict.fromkeys(("RB", "RF", "RL", "RS", "RU", "RW", "RQ", "RR"), _RADIO),
    "CN": "it cuts the paper",
    "PF": "it feeds paper",
    "PH": "it feeds paper",
    "PP": "it stops the printer",
    "LF": "it lists what is in the printer",
}
"""Commands that are refused with a reason of their own."""

FAMILIES = {"J": _DEVICE, "K": _DEVICE, "M": _DEVICE, "N": _DEVICE, "S": _DEVICE, "W": _DEVICE, "D": _STORED, "H": _ANSWER}
"""By first letter, reasons for commands that stand nowhere."""


def why_refused(name: str) -> str:
    """The reason for which a command without a rule is refused."""
    return REFUSED.get(name) or FAMILIES.get(name[0]) or "it is not on the list of commands that draw a label"
