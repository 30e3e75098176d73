"""Cables pulled out of printers in network namespaces; only in the campaign, as root."""

from __future__ import annotations

import pytest

from scenario import campaign


@pytest.mark.campaign
def test_the_cable_campaign() -> None:
    """100 pulls find nothing."""
    assert campaign.main(["cable"]) == 0
