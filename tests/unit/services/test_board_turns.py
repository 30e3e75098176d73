"""Lanes that come together go on one after the other."""

from __future__ import annotations

import pytest

from waybilld.services.board import TURN_S, Board


def test_lanes_that_come_together_are_told_to_go_on_one_after_the_other() -> None:
    """A hundred printers that all begin at once hold each other up, and with them every parcel on the benches."""
    board = Board()
    assert [board.turn_s(10.0) for _ in range(4)] == pytest.approx([0.0, TURN_S, 2 * TURN_S, 3 * TURN_S])


def test_a_lane_that_comes_alone_does_not_wait() -> None:
    """The turns of a busy moment must not slow a quiet one."""
    board = Board()
    for _ in range(100):
        board.turn_s(10.0)
    assert board.turn_s(11.0) == 0.0
    assert board.turn_s(11.0 + TURN_S) == 0.0
