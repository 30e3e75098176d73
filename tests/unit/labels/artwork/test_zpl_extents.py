"""How far a carrier's ink is reckoned to go: none of it may stand on our strip, and no honest label may be held for it."""

from __future__ import annotations

import io

import pytest
import zplkit
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops

from unit.labels.artwork.zpl_samples import LABEL, page
from waybilld_labels.artwork.zpl.rewrite import rewritten
from waybilld_sdk.errors import Hold

ROOM = (800, 1200)
OVERPRINTS = [
    b"^FO10,10^FDok^FS^FO0,1200^A0N,240,900^FDMMMMMM^FS",
    b"^FO0,1199^A0N,240,900^FDMMMMMM^FS",
    b"^FO0,1190^CF0,240^FDM^FS",
    b"^FO0,1190^A0N,,240^FDM^FS",
    b"^FO0,1190^AGN^FDM^FS",
    b"^FO0,1100^AAN,90^FDM^FS^FO0,1150^AVN,1^FDM^FS",
    b"^A0N,240^FO0,1190^FDM^FS",
    b"^FO0,1190^FDM^A0N,240^FS",
    b"^FO0,1190^A@N,240,240,E:X.TTF^FDM^FS",
    b"^FO0,1190^GSN,240,240^FDA^FS",
    b"^FO0,1100^A0I,240^FDM^FS",
    b"^FT10,1200^A0R,2000,2000^FDM^FS",
    b"^FT10,900^A0R,2000,2000^FDM^FS",
    b"^FT10,1190^A0I,240^FDM^FS",
    b"^FO700,10^A0R,240^FDM^FS",
    b"^FWB^FO700,10^A0,240^FDM^FS",
    b"^FO700,10^FWB^A0,240^FDM^FS",
    b"^FO0,1100^A0N,30^FB100,5^FDMMMM MMMM MMMM MMMM MMMM^FS",
    b"^FO0,1100^A0N,30^FB700,5^FDa\\&b\\&c\\&d^FS",
    b"^FO0,1100^A0N,30^FH^FB700,5^FDa_5C&b_5C&c_5C&d^FS",
    b"^FO0,1100^A0N,30^FB700,2,90^FDa\\&b^FS",
    b"^FO700,0^A0R,30^FB100,5^FDMMMM MMMM MMMM MMMM MMMM^FS",
    b"^FO0,1100^A0N,30^FPV,9^FDABCD^FS",
    b"^FO0,1190^A0N,30,30^TBN,800,240^FDMMMM MMMM^FS",
    b"^FO600,0^A0N,30,30^TBR,800,240^FDMMMM MMMM^FS",
    b"^FO560,1200^BQN,2,9^FDQA,W-999-FORGED^FS",
    b"^FO560,1100^BQN,2,9^FDQA,W-999-FORGED^FS",
    b"^FO560,1170^BQN,2^FDQA,W-999-FORGED^FS",
    b"^FO560,1190^BXN,20,200^FDW-999^FS",
    b"^FO560,1100^BXN,9,200,,20^FDW-999^FS",
    b"^FO560,1190^BXN,20,200,,,,,2^FDW-999^FS",
    b"^BY2,3,240^FO560,1190^BXN^FDW-999^FS",
    b"^FO100,1180^B7N,10^FDW-999^FS",
    b"^FO100,1000^B7N,10,,,30^FDW-999^FS",
    b"^BY2,3,240^FO100,1190^B7N^FDW-999^FS",
    b"^FO100,1180^B0N,5^FDW-999^FS",
    b"^FO100,1180^BON,5^FDW-999^FS",
    b"^FO100,1100^BD3^FDW-999^FS",
    b"^FO100,1180^BFN,8^FD9^FS",
    b"^FO100,1180^BRN,1,5^FD9^FS",
    b"^FO100,1100^BRN,7,1,1,150^FD9^FS",
    b"^FO100,1100^BTN,2,2,90,2,9^FD9^FS",
    b"^FO100,1100^BBN,60,N,9,3^FD9^FS",
    b"^FO100,1100^B4N,30,N^BY2^FD9^FS",
    b"^FO100,1100^BCN,90^FD9^FS",
    b"^FO100,1100^BCN,90,Y,Y^FD9^FS",
    b"^FO100,1100^A0N,40^B3N,N,90^FD9^FS",
    b"^FO100,1100^BLN,90,N^FD9^FS",
    b"^FO700,100^BCR,90^FD9^FS",
    b"^FT100,1190^BCN,90^FD9^FS",
    b"^FT100,1100^BCI,101,N^FD9^FS",
    b"^FT700,100^BCR,101,N^FD9^FS",
    b"^FT799,100^BCB,90^FD9^FS",
    b"^BCN,200,N^FO0,1190^FD9^FS",
    b"^FO0,0^FDx^FS^LH0,1200^FDx^FS",
    b"^FO0,0^FDx^FS^LH20000,20000",
]
FITS = [
    b"^FO0,1170^A0N,30^FDM^FS",
    b"^FO0,1170^A0N,30^FB700,10^FDThank you^FS",
    b"^FO0,1110^A0N,30^FB700,3^FDa\\&b\\&c\\&d^FS",
    b"^FO0,1140^A0N,30^FB700,3,-15^FDa\\&b\\&c^FS",
    b"^FT0,1199^A0N,240^FDM^FS",
    b"^FT100,900^A0B,90^FDM^FS",
    b"^FT799,100^A0B,240^FDM^FS",
    b"^FT100,1199^BCN,90,N^FD9^FS",
    b"^FT100,1199^BCN,90,Y,Y^FD9^FS",
    b"^FT100,100^BCR,90,N^FD9^FS",
    b"^FT100,1100^BCI,100,N^FD9^FS",
    b"^FO100,1100^BCN,80^FD9^FS",
    b"^FO100,1100^BCN,100,N^FD9^FS",
    b"^FO0,1190^BCN,200^FS",
    b"^FO100,1158^BQN,2,2^FDQA,X^FS",
    b"^FO100,1100^BXN,10,200^FDX^FS",
    b"^FO100,1170^B7N,10^FDX^FS",
    b"^FO0,1170^FPH^A0N,30^FDABCDEFG^FS",
    b"^FO0,1000^A0N,240^FS^FO0,1190^FDx^FS",
]  # fmt: skip


def fits(body: bytes) -> bool:
    """Whether the label's ink is reckoned to stay in a room of 100 x 150 mm."""
    reach = rewritten(body).reach
    return reach[0] <= ROOM[0] and reach[1] <= ROOM[1]


@pytest.mark.parametrize("commands", OVERPRINTS)
def test_nothing_of_a_carrier_prints_over_our_strip(commands: bytes) -> None:
    """Text or a code over the strip's print serial is a parcel that is scanned as another one."""
    with pytest.raises(Hold, match="there is room for 100 x 150 mm") as held:
        page(b"^XA^FO9,9^A0N,30^FDok^FS" + commands + b"^XZ", (100.0, 180.0))
    assert held.value.code == "artwork-too-large"


@pytest.mark.parametrize("commands", FITS)
def test_what_ends_inside_of_the_room_is_printed(commands: bytes) -> None:
    """A label that is held without need is a parcel that stays."""
    assert page(b"^XA^FO9,9^A0N,30^FDok^FS" + commands + b"^XZ").commands is not None


def test_an_honest_label_reaches_no_farther_than_it_declares() -> None:
    """The sample is made like those of large carriers: its own size is enough for it."""
    label = rewritten(LABEL)
    assert label.reach[0] <= label.declared[0]
    assert label.reach[1] <= label.declared[1]


turns = st.sampled_from("NRIB")
texts = st.builds(
    lambda turn, high, data: f"^A0{turn},{high}^FD{data}^FS",
    turns,
    st.integers(20, 200),
    st.sampled_from(["MMM", "X Y", "Wg"]),
)
codes = st.builds(
    lambda turn, high, line: f"^BC{turn},{high},{line}^FD12345678^FS", turns, st.integers(20, 200), st.sampled_from("YN")
) | st.builds(lambda size: f"^BXN,{size},200^FDX^FS", st.integers(2, 20))


@given(st.sampled_from(["FO", "FT"]), st.integers(300, 500), st.integers(300, 500), texts | codes)
@settings(max_examples=60, deadline=None)
def test_an_independent_printer_puts_no_ink_behind_what_is_reckoned(origin: str, x: int, y: int, drawn: str) -> None:
    """Across its line, ink must end where it is reckoned to, whichever way a field is turned and its origin is meant."""
    body = f"^XA^{origin}{x},{y}{drawn}^XZ".encode()
    (label,) = zplkit.render(body, options=zplkit.Options(width=1000, height=1000, dpi=203)).labels
    with Image.open(io.BytesIO(label.png())) as image:
        ink = ImageChops.invert(image.convert("L")).getbbox()
    assert ink is not None
    sideways = drawn[3] in "RB" and not drawn.startswith("^BX")
    reach = rewritten(body).reach
    # The tail of a g hangs below the line from which ^FT counts.
    tail = int(drawn[4:].split("^")[0].strip(",")) // 3 if origin == "FT" and "g" in drawn else 0
    assert ink[2 if sideways else 3] <= reach[0 if sideways else 1] + tail
