"""No number twice: side by side, by two instances, over crashes and over changes of the configuration."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waybilld_carriers.numbered.adapter import NumberedCarrier, plugin
from waybilld_carriers.numbered.settings import NumberedSettings
from waybilld_sdk.errors import Reject, StopQueue
from waybilld_sdk.shipping import Waybill
from waybilld_sdk.testing.carrier import buy_request
from waybilld_sdk.testing.context import FakeContext, FakeKv
from waybilld_sdk.testing.run import run_now, run_together


def carrier(kv: FakeKv, *ranges: tuple[int, int], warn_below: int = 100) -> NumberedCarrier:
    """An account on this store, as after a restart."""
    settings = NumberedSettings.model_validate(
        {
            "scheme": "s10",
            "service_indicator": "RR",
            "country": "GB",
            "ranges": [{"first": first, "last": last} for first, last in ranges],
            "warn_below": warn_below,
        }
    )
    return NumberedCarrier(FakeContext("own-numbers", kv=kv), settings)


def serial(result: Waybill | BaseException) -> int:
    """The serial of a bought waybill."""
    assert isinstance(result, Waybill), result
    return int(result.number[2:10])


def by(order: Sequence[int]) -> Callable[[Sequence[int]], int]:
    """Choose who goes on by a list of numbers, then in turn."""
    rest = list(order)
    return lambda ready: ready[rest.pop(0) % len(ready)] if rest else ready[0]


def test_two_hundred_purchases_share_two_commits() -> None:
    """An fsync for each number would hold up the whole line."""
    kv = FakeKv()
    account = carrier(kv, (1, 1000))
    bought = run_together(*(account.buy(buy_request(f"k{place}", "standard")) for place in range(200)))
    assert [serial(one) for one in bought] == list(range(1, 201))
    assert kv.puts == 2


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 9)), max_size=14), st.lists(st.integers(0, 13), max_size=120))
def test_two_instances_race_on_one_store(calls: list[tuple[int, int]], order: list[int]) -> None:
    """Two daemons by mistake, or an old call that still runs after a reload: still one number for each key."""
    kv = FakeKv()
    accounts = (carrier(kv, (5, 9), (20, 40)), carrier(kv, (5, 9), (20, 40)))
    bought = run_together(
        *(accounts[who].buy(buy_request(f"k{key}", "standard")) for who, key in calls), pick=by(order)
    )
    given_to: dict[int, set[int]] = {}
    for (_who, key), one in zip(calls, bought, strict=True):
        given_to.setdefault(key, set()).add(serial(one))
    assert all(len(serials) == 1 for serials in given_to.values())
    assert len(set().union(*given_to.values())) == len(given_to) if given_to else True
    assert run_now(accounts[0].balance()).remaining == 26 - len(given_to)


def test_killed_in_the_middle_of_a_purchase() -> None:
    """A kill at any await leaves either no number or the whole entry; the repeat finds it."""
    for steps in range(8):
        kv = FakeKv()
        call = carrier(kv, (1, 10)).buy(buy_request("k1", "standard"))
        for _step in range(steps):
            try:
                call.send(None)
            except StopIteration:
                break
        call.close()
        again = carrier(kv, (1, 10))
        assert serial(run_now(again.buy(buy_request("k1", "standard")))) == 1
        assert serial(run_now(again.buy(buy_request("k2", "standard")))) == 2


def test_changed_ranges_never_issue_a_number_again() -> None:
    """An administrator extends, splits and reorders ranges; numbers on parcels stay theirs."""
    kv = FakeKv()
    issued: list[int] = []
    for ranges in ([(1, 5)], [(1, 20)], [(10, 30), (1, 9)], [(3, 12), (25, 26)], [(1, 30)]):
        account = carrier(kv, *ranges)
        for _purchase in range(2):
            issued.append(serial(run_now(account.buy(buy_request(f"k{len(issued)}", "standard")))))
    assert len(set(issued)) == len(issued)
    assert issued[:6] == [1, 2, 3, 4, 10, 11]


def test_last_numbers_warn_and_then_stop() -> None:
    """Somebody must hear of it before the packing line stands still, and know what to do when it does."""
    kv = FakeKv()
    account = carrier(kv, (1, 3), warn_below=2)
    assert run_now(account.balance()).warning == ""
    run_now(account.buy(buy_request("k1", "standard")))
    warning = run_now(account.balance()).warning
    assert "2 waybill numbers left" in warning
    assert "`ranges`" in warning
    bought = run_together(*(account.buy(buy_request(f"k{place}", "standard")) for place in range(2, 6)))
    assert sum(isinstance(one, Waybill) for one in bought) == 2
    assert sum(isinstance(one, StopQueue) for one in bought) == 2
    assert serial(run_now(account.buy(buy_request("k1", "standard")))) == 1, "a key that has a number keeps it"
    with pytest.raises(StopQueue, match=r"used up.*new range"):
        run_now(account.buy(buy_request("k9", "standard")))
    with pytest.raises(StopQueue, match="no waybill numbers left"):
        run_now(account.check())


def test_cancelled_number_is_never_issued_again() -> None:
    """A label that was given back may still be on a parcel somewhere."""
    kv = FakeKv()
    account = carrier(kv, (1, 2))
    number = run_now(account.buy(buy_request("k1", "standard"))).number
    run_now(account.cancel(number, "k1"))
    with pytest.raises(Reject, match="given back"):
        run_now(carrier(kv, (1, 2)).buy(buy_request("k1", "standard")))
    assert serial(run_now(account.buy(buy_request("k2", "standard")))) == 2
    with pytest.raises(StopQueue):
        run_now(account.buy(buy_request("k3", "standard")))


def test_foreign_number_cannot_be_cancelled() -> None:
    """A typing mistake must not be confirmed as a cancel."""
    account = carrier(FakeKv(), (1, 2))
    for number in ("RR473124829GB", "nonsense", ""):
        with pytest.raises(Reject, match="not issued"):
            run_now(account.cancel(number, "k"))


def test_plugin_registers_itself() -> None:
    """The entry point must lead to something that the host can use."""
    (spec,) = plugin.waybilld_register_carriers()
    assert spec.name == plugin.waybilld_plugin_info().name == "numbered"
    ranges = [{"first": 234567890, "last": 999999999}]
    settings = spec.settings.model_validate(
        {"scheme": "sscc", "company_prefix": "0614141", "extension": 1, "ranges": ranges}
    )
    made = spec.factory(FakeContext(), settings)
    assert run_now(made.buy(buy_request("k", "standard"))).number == "106141412345678908"
