"""Settings and profiles: what a person writes, and what they are told when it is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from waybilld_printers.probes.cpcl import decide as cpcl
from waybilld_printers.probes.escpos import decide as escpos
from waybilld_printers.probes.tspl import decide as tspl
from waybilld_printers.probes.zebra import decide as zebra
from waybilld_printers.profiles import load_profile, parse_profile, profile_names
from waybilld_printers.transports.raw.settings import RawSettings
from waybilld_sdk.labels import PrinterSettings
from waybilld_sdk.printing import Evidence, MediaMode, PrinterCapabilities, Sensing, Sides, dots_of


def test_every_shipped_profile_loads() -> None:
    """A broken profile must not wait for the customer who uses it."""
    assert {"zebra-203", "zebra-300", "raw-none", "escpos-80", "tspl-203", "tspl-300", "cpcl-203"} <= set(profile_names())
    for name in profile_names():
        profile = load_profile(name)
        weak = {"tspl": "piloted", "cpcl": "piloted", "none": "acknowledged"}
        assert profile.proves == weak.get(profile.probe, "printed")
        assert profile.splits_token or not profile.partial_discardable


@pytest.mark.parametrize(
    ("profile", "changes", "proves"),
    [
        ("zebra-203", {}, Evidence.PRINTED),
        ("zebra-203", {"answers": False}, Evidence.ACKNOWLEDGED),
        ("zebra-203", {"piloted": False}, Evidence.PRINTED),
        ("escpos-80", {}, Evidence.PRINTED),
        ("escpos-80", {"answers": False}, Evidence.ACKNOWLEDGED),
        ("tspl-203", {}, Evidence.ACKNOWLEDGED),
        ("tspl-203", {"piloted": True}, Evidence.PRINTED),
        ("tspl-300", {"piloted": True, "answers": False}, Evidence.ACKNOWLEDGED),
        ("cpcl-203", {}, Evidence.ACKNOWLEDGED),
        ("cpcl-203", {"piloted": True}, Evidence.PRINTED),
        ("raw-none", {"piloted": True}, Evidence.ACKNOWLEDGED),
    ],
)
def test_what_a_printer_proves_follows_profile_and_settings(
    profile: str, changes: dict[str, bool], proves: Evidence
) -> None:
    """What is shipped claims only what its language's manual promises; a weak word counts after a pilot alone."""
    settings = RawSettings.model_validate({"host": "p", "profile": profile} | changes)
    assert settings.proves is proves


def test_an_unknown_profile_suggests_the_nearest() -> None:
    """Most wrong names are typing slips."""
    with pytest.raises(ValidationError, match=r"did you mean 'zebra-203'\? there are: cpcl-203, escpos-80, raw-none"):
        RawSettings(host="p", profile="zebra203")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("summary: x\nspeed: 4\n", r"own\.yaml: speed: .*own\.yaml: |own\.yaml: language: "),
        ("[1, 2]", r"own\.yaml: a profile is a mapping"),
        ("a: [", r"own\.yaml: not YAML"),
        ("!!python/object:os.system {}", r"own\.yaml: not YAML"),
    ],
)
def test_a_broken_profile_names_file_and_key(text: str, told: str) -> None:
    """Whoever writes a profile for a new model sees every mistake at once."""
    with pytest.raises(ValueError, match=told):
        parse_profile("own.yaml", text)


@pytest.mark.parametrize(
    "wrong",
    [
        {"host": ""},
        {"port": 0},
        {"port": "9100"},
        {"status_port": 70000},
        {"media_mm": [100]},
        {"media_mm": ["100", 150]},
        {"media_mm": [0, 150]},
        {"darkness": 31},
        {"speed_ips": 0},
        {"send_buffer": 100},
        {"keep_open_s": -1},
        {"media_mode": "fold"},
        {"sensing": "hole"},
        {"orientation": "sideways"},
        {"offset_mm": [0.25, 0]},
        {"offset_mm": [0, 15.1]},
        {"offset_mm": [0, float("nan")]},
        {"offset_mm": [0.1]},
        {"margins_mm": {"left": -1}},
        {"margins_mm": {"left": 50, "right": 50}},
        {"margins_mm": {"middle": 1}},
        {"colour": "red"},
    ],
)
def test_wrong_settings_are_refused(wrong: dict[str, object]) -> None:
    """A wrong figure that is accepted shows itself as bad labels."""
    with pytest.raises(ValidationError):
        RawSettings.model_validate({"host": "p"} | wrong)


def test_settings_take_what_yaml_gives() -> None:
    """YAML has lists, whole numbers and null."""
    settings = RawSettings.model_validate({"host": "p", "media_mm": [100, 150], "status_port": None, "stall_s": 5})
    assert settings.media_mm == (100.0, 150.0)
    assert settings.status_port is None


def test_the_printer_is_what_its_settings_say() -> None:
    """A setting that is read and goes nowhere is found out on paper."""
    settings = RawSettings.model_validate_json(
        '''{"host": "p", "media_mm": [76, 130], "darkness": 7, "speed_ips": 3, "media_mode": "peel", "sensing": "mark",
        "orientation": "upside-down", "offset_mm": [0.3, -0.4], "margins_mm": {"left": 2, "top": 1.5}}'''
    )
    assert settings.capabilities() == PrinterCapabilities(
        language="zpl",
        dots_per_mm=8,
        media_mm=(76.0, 130.0),
        splits_token=True,
        proves=Evidence.PRINTED,
        partial_discardable=True,
        darkness=7,
        speed_ips=3,
        media_mode=MediaMode.PEEL,
        sensing=Sensing.MARK,
        upside_down=True,
        offset_mm=(0.3, -0.4),
        margins_mm=Sides(top=1.5, left=2.0),
    )
    plain = RawSettings(host="p").capabilities()
    assert PrinterSettings.of(plain) == PrinterSettings(8, (100.0, 150.0))
    assert PrinterSettings.of(settings.capabilities()) == PrinterSettings(
        8, (76.0, 130.0), 7, 3, (2, -3), MediaMode.PEEL, Sensing.MARK, True
    )


@pytest.mark.parametrize(
    ("mm", "dots_per_mm", "dots"), [(0.1, 8, 1), (0.3, 8, 2), (-0.3, 8, -2), (0.3, 5, 2), (-0.3, 5, -2), (0, 12, 0)]
)
def test_a_length_is_its_nearest_dot(mm: float, dots_per_mm: float, dots: int) -> None:
    """Both ways alike, or a correction there and back would not end where it began."""
    assert dots_of(mm, dots_per_mm) == dots


def test_the_time_of_a_label_follows_speed_and_length() -> None:
    """An absence is believed only after the time of one label; too short a time would print twice."""
    slow, fast = RawSettings(host="p", speed_ips=2), RawSettings(host="p", speed_ips=14)
    assert slow.label_s > 150 / 50.8
    assert 150 / 355.6 < fast.label_s < slow.label_s
    assert RawSettings(host="p").label_s == RawSettings(host="p", speed_ips=4).label_s


def test_the_reference_names_every_setting_profile_and_rule() -> None:
    """A setting that is not in the manual is found by reading source."""
    manual = (Path(__file__).parents[4] / "docs" / "reference" / "printers-raw.md").read_text("utf-8")
    rules = [rule.name for table in (zebra.RULES, escpos.RULES, tspl.RULES, cpcl.RULES) for rule in table]
    names = (*RawSettings.model_fields, *profile_names(), *rules)
    assert [name for name in names if f"| `{name}` |" not in manual] == []
