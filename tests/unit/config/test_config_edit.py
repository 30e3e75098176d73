"""One value put into a file that people write by hand: everything else stays, to the last blank."""

from __future__ import annotations

import re

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from waybilld.config.edit import CannotEdit, with_offset

BLOCK = """\
# the bench
printers:
  - name: a          # by the window
    adapter: raw
    settings:
      host: 192.0.2.1   # the address; not the gateway
      offset_mm: [0, 0]         # moves everything right and down
      # darkness: 12
  - {name: b, adapter: raw, settings: {host: "192.0.2.2", speed_ips: 4}}   # in one line
  - name: c
    adapter: raw
    place: |
      behind the door
      on the left
pools: []
"""


def lines(before: str, after: str) -> list[tuple[str, str]]:
    """The lines that are not in both: what went, what came."""
    old, new = before.splitlines(), after.splitlines()
    return [(line, "-") for line in old if line not in new] + [(line, "+") for line in new if line not in old]


@pytest.mark.parametrize(
    ("printer", "changed"),
    [
        ("a", [
            ("      offset_mm: [0, 0]         # moves everything right and down", "-"),
            ("      offset_mm: [0.3, -0.4]         # moves everything right and down", "+"),
        ]),
        ("b", [
            ('  - {name: b, adapter: raw, settings: {host: "192.0.2.2", speed_ips: 4}}   # in one line', "-"),
            ('  - {name: b, adapter: raw, settings: {host: "192.0.2.2", speed_ips: 4, offset_mm: [0.3, -0.4]}}   '
             "# in one line", "+"),
        ]),
        ("c", [("    settings: {offset_mm: [0.3, -0.4]}", "+")]),
    ],
)  # fmt: skip
def test_one_line_changes_and_comments_survive(printer: str, changed: list[tuple[str, str]]) -> None:
    """Who keeps the file in version control sees one line, and still reads why it is so."""
    after = with_offset(BLOCK, printer, (0.3, -0.4))
    assert lines(BLOCK, after) == changed
    entries = {entry["name"]: entry for entry in yaml.safe_load(after)["printers"]}
    assert entries[printer]["settings"]["offset_mm"] == [0.3, -0.4]


@pytest.mark.parametrize(
    "text",
    [
        "printers:\n- name: p\n  settings:\n    host: h",
        "printers:\r\n- name: p\r\n  settings:\r\n    host: h # x\r\n",
        "printers: [{name: p}]\n",
        "printers: [{name: p, settings: {}}]\n",
        "{printers: [{name: p, settings: {host: h,}}]}\n",
        "printers:\n  - name: p\n    settings:\n      margins_mm:\n        right: 3\n",
        "printers:\n  - settings:\n      host: |-\n        h\n    name: p\n# end\n",
        '"printers":\n  - "name": "p"\n    settings: {host: h}\nnode: é中\u2028\n',
    ],
)
def test_wherever_the_value_belongs(text: str) -> None:
    """In one line or in many, first or last, with the line ends of another system."""
    after = with_offset(text, "p", (0.0, -1.5))
    before, now = yaml.safe_load(text), yaml.safe_load(after)
    assert now["printers"][0].pop("settings") == {**before["printers"][0].pop("settings", {}), "offset_mm": [0, -1.5]}
    assert now == before
    assert set(re.findall("\r?\n", after)) <= set(re.findall("\r?\n", text)) | {"\n"}
    assert ("\r\n" in text) <= ("\n" not in after.replace("\r\n", ""))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("printers: [{name: q}]\n", "does not stand in this file"),
        ("node: x\n", "does not stand in this file"),
        ("printers:\n  - name: p\n    settings:\n", "empty, or no table"),
        ("printers:\n  - name: p\n    settings:\n      offset_mm:\n        - 0\n        - 0 # down\n", "not written as"),
        ("printers:\n  - {name: p, settings: &s {host: h}}\n  - {name: q, settings: *s}\n", "an anchor or an alias"),
        ("printers:\n  - {name: q, settings: {offset_mm: &o [0, 0]}}\n  - {name: p, settings: {offset_mm: *o}}\n", "alias"),
    ],
)
def test_what_would_change_more_is_not_touched(text: str, why: str) -> None:
    """Another printer that shares the settings prints well as it is."""
    with pytest.raises(CannotEdit, match=re.escape(why)):
        with_offset(text, "p", (0.1, 0.1))


@settings(max_examples=25, deadline=None)
@given(st.tuples(st.integers(-150, 150), st.integers(-150, 150)))
def test_a_second_time_it_is_only_the_value(tenths: tuple[int, int]) -> None:
    """One reads twice: the file must not grow, and must end as if only the last reading had been written."""
    offset = (tenths[0] / 10, tenths[1] / 10)
    for printer in "abc":
        once = with_offset(BLOCK, printer, (1.0, 2.0))
        assert with_offset(once, printer, offset) == with_offset(BLOCK, printer, offset)
