"""What is ZPL's own: where a format ends, and the settings that it says anew each time."""

from __future__ import annotations

from dataclasses import replace

import pytest

from support.readers import zpl as zpl_reader
from unit.labels.label_samples import CHINESE, render
from waybilld_labels.languages import zpl
from waybilld_sdk.errors import Hold, StopQueue
from waybilld_sdk.labels import PageCommands, PrinterSettings
from waybilld_sdk.printing import MediaMode, Sensing

SETTINGS = PrinterSettings(8.0, (100.0, 150.0))


def test_the_body_is_an_unfinished_format() -> None:
    """That is what makes a retry from E1 safe: what was sent can be dropped, and a control command would act at once."""
    document = zpl.encode(render(CHINESE), SETTINGS)
    assert (document.language, document.token) == ("zpl", b"^XZ")
    assert b"^XZ" not in document.body
    assert b"~" not in document.body
    assert document.body.startswith(b"^XA")


def test_settings_are_said_each_time() -> None:
    """A darkness or offset that another job left in the printer must not show on this label."""
    settings = replace(SETTINGS, darkness=7, speed_ips=4, media_mode=MediaMode.PEEL, sensing=Sensing.MARK)
    said, _ = zpl_reader.read(zpl.encode(render(CHINESE), settings).body + b"^XZ")
    assert (said["~SD"], said["PR"], said["MD"], said["MM"], said["MN"]) == ("~SD07", "4", "0", "P", "M")
    plain, _ = zpl_reader.read(zpl.encode(render(CHINESE), SETTINGS).body + b"^XZ")
    assert (plain["~SD"], plain["MN"]) == ("", "Y")
    assert not {"PR", "MD", "MM"} & set(plain)


def test_a_plain_printer_is_told_what_it_always_was() -> None:
    """Printers that are in use must not change their ways with an update: the preamble as it was before there were settings
    for media mode, sensing and orientation."""
    page = render(CHINESE)
    told = b"^XA^CI28^MUd^MNY^PON^PMN^LRN^LH0,0^LS0^LT0^PW%d^LL%d^PQ1\n" % (page.width, page.height)
    assert zpl.encode(page, SETTINGS).body.startswith(told + b"^FO0,")


@pytest.mark.parametrize("offset", [(0, 0), (4, 0), (-4, 9)])
def test_a_carriers_own_commands_are_moved_and_turned_by_the_printer(offset: tuple[int, int]) -> None:
    """They cannot be put into pixels. Together no manual says what comes of it, so that nothing is printed."""
    page = replace(render(CHINESE), commands=PageCommands("zpl", b"^LH0,0^FO20,20^GB9,9,9^FS", (0, 0, 80, 80)))
    said, *_ = zpl_reader.read_carrier(zpl.encode(page, replace(SETTINGS, offset_dots=offset)).body + b"^XZ")
    assert (said["PO"], said["LS"], said["LT"]) == ("N", str(-offset[0]), str(offset[1]))
    turned = replace(SETTINGS, offset_dots=offset, upside_down=True)
    if offset == (0, 0):
        said, *_ = zpl_reader.read_carrier(zpl.encode(page, turned).body + b"^XZ")
        assert (said["PO"], said["LS"], said["LT"]) == ("I", "0", "0")
    else:
        with pytest.raises(Hold, match="upside down and moved as well"):
            zpl.encode(page, turned)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"darkness": 31}, "darkness"),
        ({"darkness": -1}, "darkness"),
        ({"speed_ips": 0}, "speed"),
        ({"speed_ips": 15}, "speed"),
        ({"offset_dots": (0, 121)}, "offset"),
        ({"offset_dots": (-10_000, 0)}, "offset"),
    ],
)
def test_settings_that_zpl_cannot_say_stop_the_queue(change: dict[str, object], said: str) -> None:
    """A printer ignores a value out of range without a word, and every label comes out wrong."""
    with pytest.raises(StopQueue, match=said):
        zpl.encode(render(CHINESE), replace(SETTINGS, **change))  # type: ignore[arg-type]
