"""What is ZPL's own: where a format ends, and the settings that it says anew each time."""

from __future__ import annotations

from dataclasses import replace

import pytest

from support.readers import zpl as zpl_reader
from unit.labels.label_samples import CHINESE, render
from waybilld_labels.languages import zpl
from waybilld_sdk.errors import StopQueue
from waybilld_sdk.labels import PrinterSettings

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
    settings = replace(SETTINGS, darkness=7, speed_ips=4, offset_dots=(3, -12))
    said, _ = zpl_reader.read(zpl.encode(render(CHINESE), settings).body + b"^XZ")
    assert (said["~SD"], said["PR"], said["MD"], said["LS"], said["LT"]) == ("~SD07", "4", "0", "-3", "-12")
    plain, _ = zpl_reader.read(zpl.encode(render(CHINESE), SETTINGS).body + b"^XZ")
    assert (plain["~SD"], plain["LS"], plain["LT"]) == ("", "0", "0")
    assert not {"PR", "MD"} & set(plain)


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
