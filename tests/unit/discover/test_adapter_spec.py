"""The spec aliases of the contract, as plugin authors call them."""

from __future__ import annotations

import pytest

from waybilld_sdk.plugin import AdapterSpec, CarrierSpec, MarketplaceSpec, PrinterSpec
from waybilld_sdk.settings import Settings


@pytest.mark.parametrize("alias", [MarketplaceSpec, CarrierSpec, PrinterSpec])
def test_spec_aliases_can_be_called(alias: type) -> None:
    """An alias that cannot be called would make every adapter's registration fail on Python 3.11."""
    spec = alias("x", "a summary", Settings, lambda ctx, settings: None)
    assert isinstance(spec, AdapterSpec)
    assert (spec.name, spec.parallel, spec.deadline) == ("x", 4, 30.0)
