"""What of a stranger's ZPL is let through: hostile files, damaged ones, and any soup of tokens."""

from __future__ import annotations

import base64
import binascii
import re
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.readers import zpl as reader
from unit.labels.artwork.zpl_samples import LABEL, document, page
from waybilld_labels.artwork.zpl import graphic, tokens
from waybilld_labels.artwork.zpl.allowed import REFUSED, RULES, Fate
from waybilld_labels.artwork.zpl.rewrite import rewritten, verified, written_at
from waybilld_sdk.errors import Hold

FIELD = b"^FO0,0^A0N,20,20^FDhello^FS"
MARK = "JANE CANARY"
"""Stands for a buyer: no message may hold it."""


def inside(commands: bytes) -> bytes:
    """A label with a field and something more."""
    return b"^XA^FO0,0^A0N,20,20^FD" + MARK.encode() + b"^FS" + commands + b"^XZ"


def kept(body: bytes) -> bytes:
    """What is left of a file, placed in the corner."""
    return written_at(rewritten(body).pieces, 0, 0)


def said(body: bytes) -> tuple[str, str]:
    """(code, message) of a refusal."""
    with pytest.raises(Hold) as held:
        rewritten(body)
    assert MARK not in str(held.value)
    return held.value.code, str(held.value)


def z64(rows: bytes, form: bytes = b"Z64") -> bytes:
    """The wrapper that `^GFA` takes for packed pictures."""
    text = base64.b64encode(zlib.compress(rows) if form == b"Z64" else rows)
    return b":%b:%b:%04X" % (form, text, binascii.crc_hqx(text, 0))


CONTROL = (
    "~JA ~JX ~JR ~JP ~JS ~JC ~JD ~JE ~JF ~JG ~JI ~JL ~JN ~JO ~JQ ~JB ~HS ~HI ~HM ~HQ ~HD ~HU ~DB ~DE ~DG ~DN ~DS ~DT "
    "~DU ~DY ~EG ~KB ~NC ~NR ~NT ~PH ~PL ~PM ~PP ~PR ~PS ~RO ~RV ~SD30 ~TA000 ~WC ~WQ ~WR ~CC^ ~CD, ~CT~"
)
FORMAT = (
    "^CC! ^CD; ^CT! ^DFR:X.ZPL ^XFR:X.ZPL ^XGR:X.GRF,1,1 ^IMR:X.GRF ^ILR:X.GRF ^ISR:X.GRF,Y ^IDR:*.* ^EF ^EG ^FN1 "
    "^CWK,E:X.TTF ^TOR:X,E:X ^CMA,E ^FLE:X,E:Y ^SN001,1,Y ^SFdd,1 ^FC% ^FE# ^ST01 ^SO2 ^SLS ^HFR:X ^HGR:X ^HH ^HV1 "
    "^HWE:*.* ^HYR:X ^HZA ^HTx ^JB ^JBE ^JUS ^JUF ^JUN ^JUR ^JJ ^JTx ^JWx ^JZY ^JSA ^JIx ^KD1 ^KLx ^KNx ^KP1234 ^KVx "
    "^MA ^MI ^MLx ^MP ^MW ^NBx ^NDx ^NIx ^NNx ^NPx ^NSx ^NTx ^NWx ^PF ^PH ^PP ^PA1 ^SCx ^SEx ^SIx ^SPx ^SQx ^SRx ^SSx "
    "^SXx ^SZ2 ^WAx ^WDE:*.* ^WEx ^WFx ^WIx ^WLx ^WPx ^WRx ^WSx ^WXx ^RFW ^RS8 ^RB ^RW ^LF ^CN1 ^CPx ^CVY ^COY ^ZZ "
    "^FM1,1 ^FA1 ^XSx ^BHx ^GGx ^VVx ^Q1 ^U0 ^E1"
)


@pytest.mark.parametrize("command", CONTROL.split())
def test_commands_that_act_at_once_are_refused_wherever_they_stand(command: str) -> None:
    """`~JA` in a buyer's name would drop every label that waits in the printer."""
    for body in (inside(command.encode()), b"^XA^FO0,0^FDx" + command.encode() + b"^FS^XZ", command.encode() + inside(b"")):
        code, message = said(body)
        assert code == "artwork-commands"
        at = body.index(command[:3].encode())
        assert f"{command[:3]} at byte {at}, which is not let through: it acts at once, on every job" in message


@pytest.mark.parametrize("command", FORMAT.split())
def test_commands_that_are_not_on_the_list_are_refused_by_name(command: str) -> None:
    """Each keeps, changes or sends something, or nobody looked at it yet."""
    body = inside(b"^FO1,1" + command.encode() + b"^FS")
    code, message = said(body)
    assert code == "artwork-commands"
    assert f"has {command[:3]} at byte {body.index(command.encode())}, which is not let through" in message
    assert "ask the carrier for labels without it, or for PDF" in message
    assert said(body.replace(command[:3].encode(), command[:3].lower().encode()))[0] == "artwork-commands"


@pytest.mark.parametrize(
    ("command", "why"),
    [
        (b"^PQ2", "its parameter 1 is not 1 (copies are separate labels)"),
        (b"^PQ100000", "its parameter 1 is not 1"),
        (b"^PQ1,0,99,N", "its parameter 3 is not 0 to 1"),
        (b"^MUm", "its parameter 1 is not D (everything is counted in dots)"),
        (b"^MUd,150,300", "it has 3 parameters, and 1 are known"),
        (b"^PMY", "is not N"),
        (b"^JMB", "is not A"),
        (b"^MCN", "is not Y"),
        (b"^CI14", "its parameter 1 is not 0 to 13, 27 or 28"),
        (b"^CI26", "is not 0 to 13, 27 or 28"),
        (b"^CI0,36,94", "it has 3 parameters, and 1 are known"),
        (b"^FO-1,0", "its parameter 1 is not 0 to 32000"),
        (b"^FO0,99999", "its parameter 2 is not 0 to 32000"),
        (b"^FO1.5,0", "its parameter 1 is not 0 to 32000"),
        (b"^FO0,0^JUF", "it changes the printer's own settings"),
        (b"^FO0,0\xef\xbc\xbe", "its parameter 2 is not 0 to 32000"),
        (b"^GB10,10,0", "its parameter 3 is not 1 to 32000"),
        (b"^GC5000", "its parameter 1 is not 3 to 4095"),
        (b"^BY11", "its parameter 1 is not 1 to 10"),
        (b"^BY2,9.0", "its parameter 2 is not 2.0 to 3.0"),
        (b"^BCX", "its parameter 1 is not one of N, R, I, B"),
        (b"^BQN,2,5,Z", "its parameter 4 is not one of H, Q, M, L"),
        (b"^BQN,2,11", "its parameter 3 is not 1 to 10"),
        (b"^A", "its parameter 1 is not a font letter"),
        (b"^A ", "its parameter 1 is not a font letter"),
        (b"^A@", "its parameter 4 is not a font file's name"),
        (b"^A@N,30,30", "its parameter 4 is not a font file's name"),
        (b"^FWN,1", "its parameter 2 is not one of 0, 2 (turns what follows)"),
        (b"^FO0,0^LH20000,20000^FDx^FS", "it stands inside of a field"),
        (b"^FO0,0^FDx^LH0,0^FS", "it stands inside of a field"),
        (b"^LH20001,0", "its parameter 1 is not 0 to 20000"),
        (b"^A@N,30,30,E:X.PRG", "its parameter 4 is not a font file's name"),
        (b"^A@N,30,30,R:*.TTF", "its parameter 4 is not a font file's name"),
        (b"^A@N,30,30,E:..\\X.TTF", "its parameter 4 is not a font file's name"),
        (b"^FHA", "its parameter 1 is not a sign that is no letter"),
        (b"^FS hello", "something stands behind it"),
        (b"^FR,1", "something stands behind it"),
        (b"^XA", "the label before it has no end"),
        (b"^FD" + b"x" * 3073, "it has 3073 bytes of data"),
        (b"^CI28^FD\xff\xfe", "its data is no UTF-8"),
        (b"^CI28^FD\xe4\xb8", "its data is no UTF-8"),
        (b"^FDa\tb", "its data has a control character"),
        (b"^%^", "no such command is known"),
        (b"^", "no such command is known"),
        (b"^\xff\xff", "no such command is known"),
    ],
)
def test_parameters_are_looked_at_one_by_one(command: bytes, why: str) -> None:
    """A number that nobody checked is how a label comes out fifty times, or the next one upside down."""
    code, message = said(inside(command + FIELD))
    assert code == "artwork-commands"
    assert why in message


@pytest.mark.parametrize(
    ("body", "code", "why"),
    [
        (b"", "artwork-unusable", "has no label in it"),
        (b"  \r\n", "artwork-unusable", "has no label in it"),
        (b"<html>", "artwork-commands", "has <ht at byte 0, which is not let through: it stands outside of a label"),
        (b"%PDF-1.7", "artwork-commands", "stands outside of a label"),
        (b"^XA^FO0,0^FDx^FS", "artwork-unusable", "its last label has no end"),
        (b"^FO0,0^FDx^FS^XZ", "artwork-commands", "^FO at byte 0"),
        (b"^XA^XZ", "artwork-unusable", "draws nothing"),
        (b"^XA^FO0,0^FS^XZ" + inside(b""), "artwork-unusable", "draws nothing"),
        (inside(b"") + b"! U1 setvar \"ip.addr\" \"1\"\r\n", "artwork-commands", "it changes the printer's settings"),
        (b"! U1 do \"device.reset\" \"\"\r\n" + inside(b""), "artwork-commands", "! U1 at byte 0"),
        (inside(b"^FD\r\n! U1 do \"device.reset\" \"\"\r\n^FS"), "artwork-commands", "it changes the printer's settings"),
        (inside(b"^FDa ! \r\nU\n1 do \"device.reset\" \"\"^FS"), "artwork-commands", "! U1 at byte 41"),
        (inside(b"^FX ! u1 getvar \"allcv\"^FS"), "artwork-commands", "! U1 at byte"),
        (inside(b"^FX !" + b" " * 70 + b"U1 getvar \"allcv\"^FS"), "artwork-commands", "! U1 at byte"),
        (inside(b"^FD! U1setvar \"ip.addr\"^FS"), "artwork-commands", "! U1 at byte"),
        (inside(b"^FD!u1^FS"), "artwork-commands", "! U1 at byte"),
        (inside(b"^FD!\t \tU1^FS"), "artwork-commands", "! U1 at byte"),
        (inside(b"^PW800!  U1 do^FS"), "artwork-commands", "! U1 at byte"),
        (b"!\r\n   U1setvar\r\n" + inside(b""), "artwork-commands", "! U1 at byte 0"),
        (b"^XZ" + inside(b""), "artwork-commands", "^XZ at byte 0"),
        (inside(b"") + b" junk", "artwork-commands", "^XZ at byte"),
        (inside(b"") * 100, "artwork-unusable", "has 100 labels"),
        (inside(b"") + inside(b"^JUF"), "artwork-commands", "^JU at byte"),
        (inside(b"^FS" * 6000), "artwork-unusable", "more than 6000 commands"),
        (b"^XA" + b" " * (4 << 20), "artwork-unusable", "are taken"),
        (inside(b"\x00"), "artwork-commands", "the control character 00h at byte"),
        (inside(b"\x10"), "artwork-commands", "the control character 10h"),
        (b"\x02FO0,0^FDx^FS\x03", "artwork-commands", "the control character 02h at byte 0"),
        (inside(b"^FDa\x0fb^FS"), "artwork-commands", "the control character 0Fh"),
        (inside(b"^FDa\x1bb^FS"), "artwork-commands", "the control character 1Bh"),
        (inside(b"^FDa\x7fb^FS"), "artwork-commands", "the control character 7Fh"),
        (b"\xef\xbb\xbf" + inside(b""), "artwork-commands", "??? at byte 0"),
        (b"CT~~CD;~CC^~CT~\r\n" + inside(b""), "artwork-commands", "CT~ at byte 0"),
        (inside(b"") + b"CT~~CD,~CC^~CT~", "artwork-commands", "something stands behind it"),
        (b"CT~~CD,~CC^~CT~~JA" + inside(b""), "artwork-commands", "~JA at byte 15"),
    ],
)  # fmt: skip
def test_files_that_are_no_label_are_refused(body: bytes, code: str, why: str) -> None:
    """An error page of a carrier, half a download, or a file that tries something: a reason, and nothing is printed."""
    found = said(body)
    assert found[0] == code
    assert why in found[1]


def picture(counts: bytes, data: bytes) -> bytes:
    """A label with one picture."""
    return b"^XA^FO0,0^GF%b,%b^FS^XZ" % (counts, data)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (picture(b"A,4,4,3", b"FFFFFFFF"), "are no whole rows of 3"),
        (picture(b"A,4,4,0", b"FFFFFFFF"), "are no whole rows of 0"),
        (picture(b"A,4,0,1", b""), "are no whole rows"),
        (picture(b"A,4,4,1", b"FFFF"), "promises 4 bytes and has 2"),
        (picture(b"A,4,4,1", b"FFFFFFFFFF"), "promises 4 bytes and has more"),
        (picture(b"A,4,4,1", b"zzzzzzzzF"), "promises 4 bytes and has more"),
        (picture(b"A,4,4,1", b"z" * 100_000 + b"F"), "promises 4 bytes and has more"),
        (picture(b"A,4,4,1", b":FF,,"), "repeats a row where none is whole"),
        (picture(b"A,4,4,2", b"F:FFF"), "repeats a row where none is whole"),
        (picture(b"A,1,1,1", b"F"), "half a byte"),
        (picture(b"A,4,4,1", b"FF?!FFFF"), "digits cannot be read"),
        (picture(b"A,4,4,1", b"FFFF\xc3\xa9"), "digits cannot be read"),
        (picture(b"A,99999999,99999999,1", b","), "more than 2097152 bytes"),
        (picture(b"A,2097153,2097153,1", b","), "more than 2097152 bytes"),
        (picture(b"A,,,", b"FF"), "its counts cannot be read"),
        (picture(b"A,-1,-1,-1", b"FF"), "its counts cannot be read"),
        (picture(b"D,1,1,1", b"FF"), "its counts cannot be read"),
        (picture(b"C,2,2,1", b"FF"), "its compression is published nowhere"),
        (picture(b"B,4,4,1", b"\xff\xff"), "something stands behind its bytes"),
        (picture(b"B,99,99,1", b"\xff\xff"), "promises more bytes than the file has"),
        (picture(b"B,4,3,1", b"\xff\xff\xff\xff"), "promises 3 bytes and has more"),
        (picture(b"B,2,2,1", b"\xff\xff\xff"), "something stands behind its bytes"),
        (picture(b"A,4,4,1", z64(bytes(4)).replace(b":Z64:", b":Z64:A")), "check sum is wrong"),
        (picture(b"A,4,4,1", z64(bytes(5))), "promises 4 bytes and has more"),
        (picture(b"A,4,4,1", z64(bytes(3))), "promises 4 bytes and has 3"),
        (picture(b"A,4,4,1", z64(bytes(100_000_000))), "promises 4 bytes and has more"),
        (picture(b"A,4,4,1", z64(b"abcd", b"B64")[:-1]), "Base64 cannot be read"),
        (picture(b"A,4,4,1", z64(b"abcde", b"B64")), "promises 4 bytes and has more"),
        (picture(b"A,4,4,1", b":Z64:AAAA:%04X" % binascii.crc_hqx(b"AAAA", 0)), "does not unpack"),
        (b"^XA" + b"^FO0,0^GFA,1048577,1048577,1,:,^FS".replace(b":", b"") * 2 + b"^XZ", "promises 1048577 bytes"),
    ],
)
def test_pictures_are_unpacked_and_counted(body: bytes, why: str) -> None:
    """A wrong count lets a printer take the next commands for pixels, or pixels for commands; a bomb fills its memory."""
    code, message = said(body)
    assert code == "artwork-commands"
    assert why in message
    assert "has ^GF at byte" in message


def test_all_pictures_of_a_label_share_one_limit() -> None:
    """A thousand pictures under the limit are over it together."""
    one = b"^FO0,0^GFA,1048576,1048576,1024,%b^FS" % (b"," * 1024)
    assert kept(b"^XA" + one * 2 + b"^XZ").count(b"^GFA,1048576") == 2
    assert "more than 2097152 bytes" in said(b"^XA" + one * 2 + b"^FO0,0^GFA,1,1,1,FF^FS^XZ")[1]


def test_binary_pictures_lose_every_byte_that_looks_like_a_command() -> None:
    """A counted `^XZ^XA~JA` is pixels to one printer, and the end of the label to a proxy on the way."""
    out = kept(picture(b"B,9,9,3", b"^XZ^XA~JA"))
    assert out == b"^LH0,0^FO0,0^GFA,9,9,3,5E585A5E58417E4A41^FS"


@pytest.mark.parametrize("form", ["hex", "lower", "broken", "acs", "B64", "Z64", "binary"])
@given(st.binary(min_size=1, max_size=60), st.integers(1, 5))
@settings(max_examples=60, deadline=None)
def test_every_form_of_a_picture_gives_the_same_rows(form: str, noise: bytes, stride: int) -> None:
    """Carriers pack as they like; the dots must be the same."""
    rows = noise.ljust(-(-len(noise) // stride) * stride, b"\0")
    data = {
        "hex": rows.hex().upper().encode(),
        "lower": rows.hex().encode(),
        "broken": rows.hex("\n").encode().replace(b"\n", b"\r\n"),
        "acs": graphic.Bitmap(rows, stride).parameters().split(b",", 4)[4],
        "B64": z64(rows, b"B64"),
        "Z64": z64(rows),
        "binary": rows,
    }[form]
    head = b"%b,%d,%d,%d," % (b"B" if form == "binary" else b"A", len(rows), len(rows), stride)
    found = graphic.bitmap(head + data, 1000)
    assert (found.rows, found.stride) == (rows, stride)
    assert (found.width, found.height) == (stride * 8, len(rows) // stride)


@pytest.mark.parametrize(
    ("data", "left"),
    [
        (b"^FH^FDa_5EXZ_7EJA_5FFS^FS", b"^FH^FDa_5EXZ_7EJA_5FFS^FS"),
        (b"^FH\\^FD\\5EXZ^FS", b"^FH\\^FD\\5EXZ^FS"),
        (b"^FDJUF PQ9999 {}<>'\"^FS", b"^FDJUF PQ9999 {}<>'\"^FS"),
        (b"^FD\xef\xbc\xbeXZ\xef\xbd\x9eJA^FS", b"^FD\xef\xbc\xbeXZ\xef\xbd\x9eJA^FS"),
        (b"^FDone\r\ntwo^FS", b"^FDonetwo^FS"),
        (b"^FX JUF^FS^FDx", b"^FS^FDx^FS"),
        (b"^FDx", b"^FDx^FS"),
        (b"^fo1,2^fdX^fs", b"^FO1,2^FDX^FS"),
        (b"^FO 01 , 002 ^FDx^FS", b"^FO1,2^FDx^FS"),
        (b"^A0,20,20^FDx^FS^ABN^FDx^FS", b"^A0,20,20^FDx^FS^ABN^FDx^FS"),
        (b"^PW800^LL1200^LS5^LT-3^MNN^MTT^MMC^PR9,9^MD30^POI^JMA^FDx^FS", b"^FDx^FS"),
        (b"^FW^BY,2.50^FDx^FS", b"^FW^BY,2.5^FDx^FS"),
        (b"^FO,,^FT^FDx^FS", b"^FO^FT^FDx^FS"),
    ],
)
def test_what_is_left_is_written_the_one_usual_way(data: bytes, left: bytes) -> None:
    """Text stays text, whatever it looks like; what our preamble says is gone; nothing else is changed."""
    assert kept(b"^XA" + data + b"^XZ") == b"^LH0,0" + left


def test_the_header_of_the_usual_label_designers_is_passed_over() -> None:
    """It sets the prefixes to what they are; half of all hand-made carrier labels begin with it."""
    assert kept(tokens.DESIGNER_HEADER + b"\r\n" + LABEL) == kept(LABEL)


def test_writing_anew_twice_changes_nothing() -> None:
    """Else the encoder would refuse what the renderer made."""
    once = kept(LABEL)
    assert verified(once) == once
    moved = written_at(rewritten(LABEL).pieces, 7, 9)
    assert verified(moved) == moved


GOOD = [
    b"^FO10,20", b"^FO1,2,1", b"^FT5,300", b"^FDhello", b"^FVa,b", b"^FS", b"^A0N,30,30", b"^CF0,30", b"^BY3,2.5,99",
    b"^BCN,100,Y,N,N,A", b"^BXN,5,200", b"^BQN,2,5", b"^GB100,3,3", b"^GC30", b"^GFA,2,2,1,FF00", b"^GFB,3,3,1,^XZ",
    b"^FH", b"^FH\\", b"^FR", b"^FB300,2", b"^FWR", b"^LH5,5", b"^LRY", b"^CI28", b"^CI0", b"^PW400", b"^LL600",
    b"^PQ1", b"^POI", b"^FX note", b"\r\n", b"^A@N,9,9,E:A.TTF", b"^fs", b"^fdx",
]  # fmt: skip
BAD = [
    b"^XA", b"^XZ", b"~JA", b"^JUF", b"^DFR:X", b"^CC!", b"! U1 ", b"\x00", b"\xff", b"^", b"~", b"^F", b",", b"0",
    b"N", b"_5E", b":Z64:", b"^GFA,9,9,3,", b" ", b"\xe4\xb8\xad",
]  # fmt: skip
tame = st.lists(st.sampled_from(GOOD), max_size=20).map(b"".join)
soup = st.lists(st.sampled_from(GOOD + BAD) | st.binary(max_size=4), max_size=14).map(b"".join)
KEPT = {name for name, rule in RULES.items() if rule.fate is Fate.KEPT}


@given(st.one_of((tame | soup).map(lambda inner: b"^XA^FO1,1^FDx^FS" + inner + b"^XZ"), soup))
@settings(max_examples=600, deadline=None)
def test_any_soup_is_refused_by_name_or_comes_out_clean(body: bytes) -> None:
    """No file is a crash, and none puts a byte into our document that a strict reader does not know."""
    try:
        label = rewritten(body)
    except Hold as held:
        assert held.code in {"artwork-commands", "artwork-unusable"}
        where = re.search(r"has (.{1,3}|the control character ..h|! U1) at byte (\d+), which", str(held))
        assert (where is None) == (held.code == "artwork-unusable")
        if where is not None and where[1].strip("?") and len(where[1]) <= 3:
            assert body[int(where[2]) :].upper().startswith(where[1].partition("?")[0].upper().encode())
        return
    made = written_at(label.pieces, 3, 4)
    assert verified(made) == made
    if max(label.size) > 700:
        return
    drawn = page(body)
    _, _, foreign, _ = reader.read_carrier(document(drawn))
    assert foreign is not None
    assert {name for name, _ in foreign} <= KEPT


@given(st.integers(0, len(LABEL) - 1), st.integers(1, 255), st.integers(0, len(LABEL)))
@settings(max_examples=200, deadline=None)
def test_a_damaged_label_comes_out_clean_or_not_at_all(at: int, flip: int, cut: int) -> None:
    """A bit that flips on the way must not turn a field into a command of the printer."""
    broken = bytearray(LABEL)
    broken[at] ^= flip
    for body in (bytes(broken), LABEL[:cut]):
        try:
            made = page(body)
        except Hold as held:
            assert held.code in {"artwork-commands", "artwork-unusable", "artwork-too-large"}
            continue
        assert reader.read_carrier(document(made))[2]


def test_no_command_is_both_allowed_and_refused() -> None:
    """The published table would contradict itself."""
    assert not set(RULES) & set(REFUSED)
    assert all(rule.parameters is not None for rule in RULES.values() if rule.fate is Fate.KEPT)
    assert {command.name for command in tokens.commands(LABEL)} <= set(RULES)
