"""What every carrier adapter must keep, as tests to inherit."""

from __future__ import annotations

from pathlib import Path

import pytest

from waybilld_sdk.errors import AdapterError, Conflict
from waybilld_sdk.orders import Consignee
from waybilld_sdk.ports import Carrier
from waybilld_sdk.shipping import BuyRequest, Idempotency, ParcelSpec, Sender, Waybill
from waybilld_sdk.testing.context import FakeContext
from waybilld_sdk.testing.run import run_now, run_together


def buy_request(key: str, service: str) -> BuyRequest:
    """A purchase with a fictional sender and consignee."""
    return BuyRequest(
        key=key,
        service=service,
        sender=Sender("Example Shop", "+1 555 0100", "1 Example Road, Exampleton", "US", "00000"),
        consignee=Consignee("测试收件人", phone="13800000001", country="CN", city="示例市", street="示例路1号"),
        parcel=ParcelSpec(key, weight_g=500),
        order_refs=("A-1",),
    )


class CarrierContract:
    """Subclass it in a test module, name the class `Test…`, and give `make` and `broken`.

    Everything runs on a `FakeContext`. Tests of numbers bought twice need a carrier that declares KEY or UNIQUE_REF.
    """

    def make(self, ctx: FakeContext, tmp_path: Path) -> Carrier:
        """A new instance on this context, as after a restart of the daemon. Called several times in one test."""
        raise NotImplementedError

    def broken(self, ctx: FakeContext, tmp_path: Path) -> Carrier:
        """An instance whose `check()` must fail."""
        raise NotImplementedError

    @pytest.fixture
    def ctx(self) -> FakeContext:
        """The context under all instances of one test."""
        return FakeContext()

    def buy(self, carrier: Carrier, key: str) -> Waybill:
        """Buy with the first service."""
        return run_now(carrier.buy(buy_request(key, carrier.capabilities().services[0])))

    def buy_again(self, carrier: Carrier, key: str) -> str:
        """The number that a repeated purchase leads to, whichever way the carrier settles it."""
        try:
            return self.buy(carrier, key).number
        except Conflict as conflict:
            return conflict.existing

    def test_same_key_same_number(self, ctx: FakeContext, tmp_path: Path) -> None:
        """A waybill is never bought twice for one parcel, also not after a restart."""
        carrier = self.make(ctx, tmp_path)
        if carrier.capabilities().idempotency not in (Idempotency.KEY, Idempotency.UNIQUE_REF):
            return
        number = self.buy(carrier, "k1").number
        assert self.buy_again(carrier, "k1") == number
        assert self.buy_again(self.make(ctx, tmp_path), "k1") == number

    def test_other_key_other_number(self, ctx: FakeContext, tmp_path: Path) -> None:
        """Two parcels must never share a number, also not over a restart."""
        numbers = [self.buy(self.make(ctx, tmp_path), f"k{place}").number for place in range(10)]
        assert len(set(numbers)) == 10

    def test_side_by_side_purchases_differ(self, ctx: FakeContext, tmp_path: Path) -> None:
        """The host buys for many parcels at once."""
        carrier = self.make(ctx, tmp_path)
        service = carrier.capabilities().services[0]
        bought = run_together(*(carrier.buy(buy_request(f"k{place}", service)) for place in range(20)))
        numbers = [waybill.number for waybill in bought if isinstance(waybill, Waybill)]
        assert len(set(numbers)) == 20, bought

    def test_find_by_reference(self, ctx: FakeContext, tmp_path: Path) -> None:
        """A purchase whose answer was lost is settled by asking: None only when surely nothing was bought."""
        carrier = self.make(ctx, tmp_path)
        if carrier.capabilities().idempotency is Idempotency.NONE:
            return
        assert run_now(carrier.find_by_reference("k1")) is None
        bought = self.buy(carrier, "k1")
        found = run_now(self.make(ctx, tmp_path).find_by_reference("k1"))
        assert found is not None
        assert (found.number, found.parent) == (bought.number, bought.parent)
        # Else a label that the carrier drew would be replaced by ours where the answer to the purchase was lost.
        assert found.artwork == bought.artwork

    def test_cancel_may_be_repeated_and_frees_no_number(self, ctx: FakeContext, tmp_path: Path) -> None:
        """A cancel whose answer was lost is sent again; a number that was given back must not come on another parcel."""
        carrier = self.make(ctx, tmp_path)
        if not carrier.capabilities().can_cancel:
            return
        number = self.buy(carrier, "k1").number
        run_now(carrier.cancel(number, "k1"))
        run_now(carrier.cancel(number, "k1"))
        run_now(self.make(ctx, tmp_path).cancel(number, "k1"))
        assert self.buy(carrier, "k2").number != number

    def test_unknown_service_is_refused_in_the_taxonomy(self, ctx: FakeContext, tmp_path: Path) -> None:
        """A service that was renamed at the carrier must end as a sentence, not as a bug."""
        carrier = self.make(ctx, tmp_path)
        with pytest.raises(AdapterError):
            run_now(carrier.buy(buy_request("k1", "no such service")))

    def test_quotes_name_own_services(self, ctx: FakeContext, tmp_path: Path) -> None:
        """Routing chooses among quotes; a service that cannot be bought must not be among them."""
        carrier = self.make(ctx, tmp_path)
        quotes = run_now(carrier.quote(ParcelSpec("p", weight_g=500), "CN"))
        assert {quote.service for quote in quotes} <= set(carrier.capabilities().services)

    def test_balance_falls_with_purchases(self, ctx: FakeContext, tmp_path: Path) -> None:
        """The warning before a range or a credit runs dry rests on this number."""
        carrier = self.make(ctx, tmp_path)
        before = run_now(carrier.balance())
        self.buy(carrier, "k1")
        after = run_now(carrier.balance())
        assert (before is None) == (after is None)
        assert before is None or after is None or after.remaining < before.remaining

    def test_check_passes_and_fails_in_the_taxonomy(self, ctx: FakeContext, tmp_path: Path) -> None:
        """`waybilld check` shows the sentence of an adapter's error; anything else is shown as a bug."""
        run_now(self.make(ctx, tmp_path).check())
        with pytest.raises(AdapterError) as caught:
            run_now(self.broken(ctx, tmp_path).check())
        assert str(caught.value)

    def test_close_may_be_repeated(self, ctx: FakeContext, tmp_path: Path) -> None:
        """A stopping daemon closes without knowing whether that was done."""
        carrier = self.make(ctx, tmp_path)
        run_now(carrier.close())
        run_now(carrier.close())
