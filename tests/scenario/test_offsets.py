"""A label broken off at a byte of it; `make campaign` does every byte of every language, in memory and over sockets."""

from __future__ import annotations

import pytest

from scenario import offsets
from support.small_labels import KINDS, encoded

# Every seventh byte, and all around the end of the body and of the label.
SAMPLE = [
    (kind, at)
    for kind in KINDS
    for at in range(1, offsets.length(kind) + 1)
    if at % 7 == 1 or abs(at - len(encoded(kind).body)) < 3 or at > offsets.length(kind) - 6
]


@pytest.mark.parametrize("power", [False, True], ids=["", "and-power"])
@pytest.mark.parametrize("how", offsets.HOWS)
@pytest.mark.parametrize(("kind", "at"), SAMPLE)
def test_a_label_broken_off_is_judged_as_its_tray_is(kind: str, at: int, how: str, power: bool) -> None:
    """A wrong PROVEN is a parcel without a label; a wrong REFUTED two labels; a rest in the next label a wrong parcel."""
    assert offsets.in_memory(kind, at, how, power=power).findings == []


@pytest.mark.parametrize(("kind", "at"), [(kind, at) for kind, at in SAMPLE if at % 7 == 1][::6])
def test_a_reset_on_real_sockets_is_judged_as_its_tray_is(kind: str, at: int) -> None:
    """Kernels acknowledge bytes that no printer reads."""
    assert offsets.over_sockets(kind, at).findings == []


def test_the_judge_sees_a_wrong_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    """A check that cannot fail proves nothing: here the tray is searched for another label."""
    real = offsets.drawn
    monkeypatch.setattr(offsets, "drawn", lambda kind, *pixels: real(kind, *pixels) if pixels else b"another")
    found = offsets.in_memory("tspl", 10_000, "cut_at", power=False).findings
    assert [finding.split(": ", 1)[1] for finding in found] == ["PROVEN, and 0 times in the tray"]
