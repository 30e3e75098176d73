"""Hostile text in every field: no crash, no command, no hold without a reason."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.readers import zpl as zpl_reader
from unit.labels.label_samples import CHINESE, render
from waybilld_labels.languages import zpl
from waybilld_sdk.errors import Hold
from waybilld_sdk.labels import LabelLine, LabelRequest, PrinterSettings
from waybilld_sdk.orders import Consignee
from waybilld_sdk.shipping import Sender

HOSTILE = (
    "^XZ",
    "^XZ~JA",
    "hi^XZ^XA^PQ9999^XZ",
    "~JR",
    "~DYR:X,B,P,1,1,00",
    "^JUS",
    "^CC*",
    "~CT#",
    "^FS^FO0,0^GB800,1200,1200^FS",
    "^FH_^FD_5E_58_5A",
    ":Z64:AAAA:0000",
    '! U1 setvar "device.reset" ""\r\n',
    '! U1 do "device.reset" ""\n',
    "\x02\x03\x05\x06",
    '"\r\nP999\r\n',
    "\r\nSELFTEST\r\n",
    '"\r\nKILL "*"\r\n',
    "\x1b!R",
    "\x1b@\x1dV\x00",
    "\x10\x14\x01\x00\x05",
    "! 0 200 200 210 1\r\nPRINT\r\n",
    "\x1b%-12345X@PJL RESET\r\n",
    "＾ＸＺ～ＪＡ",
    "\u202egnp.drac\u202c",
    "\u2066\u2067\u2068\u2069",
    "a\u200bb\u200dc\ufeffd",
    "Z\u0351\u036b\u0343\u0368\u0314\u0319\u032f" * 12,
    "\u0301\u0301\u0301",
    "👩‍👩‍👧‍👦🏳️‍🌈",
    "\ud83d",
    "\udc00\ud800",
    "\uffff\ufdd0\U0010ffff",
    "\x00",
    "\x7f\x80\x9b31m",
    "line\u2028para\u2029",
    "عربي עברית",
    "ไทย हिन्दी",
    "𠮷野家㼆䶮𬭚",
    "﷽" * 30,
    "\U000e0041\U000e007f",
    "' OR 1=1 --",
    "<script>alert(1)</script>",
    "=cmd|' /C calc'!A0",
    "{{7*7}}${x}%s%n",
    "A" * 5000,
    "字" * 5000,
    " " * 5000,
    "\t\n\r" * 9,
    ">;>:>8>0",
    "½¾①Ⅷ",
    "....",
    "*" * 40,
)
SETTINGS = PrinterSettings(8.0, (100.0, 150.0))


def everywhere(text: str) -> LabelRequest:
    """A request with `text` in every field that is free text."""
    return replace(
        CHINESE,
        carrier=text,
        service=text,
        sort_codes=(text,),
        consignee=Consignee(text, text, text, text, text, text, text, text),
        sender=Sender(text, text, text, text, text),
        lines=(LabelLine(text, text, 1), LabelLine(text, text, -1)),
        order_refs=(text, text),
        sequence=text,
        buyer_message=text,
    )


def check(request: LabelRequest) -> bool:
    """Render and encode, or hold with a sentence; True when a label came of it."""
    try:
        page = render(request)
    except Hold as held:
        assert held.code in {"label-overflow", "barcode-unprintable", "barcode-too-wide", "template-expression"}
        assert len(str(held)) > 40
        return False
    document = zpl.encode(page, SETTINGS)
    control, commands = zpl_reader.tokens(document.body + document.token)
    assert control == ""
    names = [name for name, _ in commands]
    assert names == [*_FRAME, *["FO", "GF", "FS"] * names.count("GF"), "XZ"]
    return True


_FRAME = ["XA", "CI", "MU", "MN", "PO", "PM", "LR", "LH", "LS", "LT", "PW", "LL", "PQ"]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_everywhere(text: str) -> None:
    """A buyer who types printer commands must get a label with odd letters on it, and nothing else."""
    assert check(everywhere(text)) or len(text) > 20


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("field", ["waybill_number", "serial"])
def test_hostile_symbols(field: str, text: str) -> None:
    """What cannot be a bar code is held; what can is only ever pixels."""
    check(replace(CHINESE, **{field: text}))  # type: ignore[arg-type]


@settings(max_examples=40, deadline=None)
@given(st.text(alphabet=st.characters(exclude_categories=()), max_size=40))
def test_any_text_everywhere(text: str) -> None:
    """The table above is what somebody thought of; this is the rest."""
    check(everywhere(text))
