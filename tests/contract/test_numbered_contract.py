"""The `numbered` carrier against the contract of all carriers, once for each scheme."""

from __future__ import annotations

from pathlib import Path

from waybilld_carriers.numbered.adapter import NumberedCarrier
from waybilld_carriers.numbered.settings import NumberedSettings, NumberRange
from waybilld_sdk.ports import Carrier
from waybilld_sdk.testing.carrier import CarrierContract
from waybilld_sdk.testing.context import FakeContext
from waybilld_sdk.testing.run import run_now


class TestS10(CarrierContract):
    """UPU S10."""

    def settings(self, last: int) -> NumberedSettings:
        return NumberedSettings(
            scheme="s10", service_indicator="RR", country="GB", ranges=[NumberRange(first=1, last=last)]
        )

    def make(self, ctx: FakeContext, tmp_path: Path) -> Carrier:
        return NumberedCarrier(ctx, self.settings(1000))

    def broken(self, ctx: FakeContext, tmp_path: Path) -> Carrier:
        """All numbers are used up."""
        carrier = NumberedCarrier(ctx, self.settings(1))
        self.buy(carrier, "the only one")
        run_now(carrier.close())
        return carrier


class TestSscc(TestS10):
    """GS1 SSCC."""

    def settings(self, last: int) -> NumberedSettings:
        return NumberedSettings(
            scheme="sscc", company_prefix="0614141", extension=1, ranges=[NumberRange(first=1, last=last)]
        )
