"""Runs of own delivery as decisions: who may go, who may see, what is drawn."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waybilld.core.lifecycle import State
from waybilld.core.runs import Candidate, Dispatchers, Person, Stop, refusal, sheet_request, why_not
from waybilld_sdk.orders import Consignee

READY = Candidate(State.PRINTED, "our-van", own_delivery=True, block=None, open_run=None, form="clear")


@pytest.mark.parametrize("state", State)
def test_only_what_is_on_paper_goes_out(state: State) -> None:
    """A parcel without a proven label, or one that has left already, on a driver's list is a parcel that is looked for."""
    reason = why_not(replace(READY, state=state))
    assert (reason == "") is (state in {State.PRINTED, State.VERIFIED})
    assert state in reason or not reason


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (None, "no such shipment"),
        (replace(READY, account=None, state=State.ALLOCATED), "it is allocated, and no carrier is chosen yet"),
        (replace(READY, account="post", own_delivery=False), "its carrier post does not have the mode own-delivery"),
        (replace(READY, block="refund-asked"), "it waits for a person (refund-asked)"),
        (replace(READY, open_run=4), "it stands on run 4, which is open"),
        (replace(READY, form=""), "its address was deleted"),
        (replace(READY, form="cipher"), "in cipher only"),
    ],
)
def test_each_refusal_says_why(found: Candidate | None, words: str) -> None:
    """The dispatcher stands at the gate with the van loaded: "refused" alone would help nobody."""
    assert words in why_not(found)


def test_a_masked_address_goes_as_the_platform_gave_it() -> None:
    """Some platforms give no other, and a driver can find a house by it."""
    assert why_not(replace(READY, form="masked")) == ""


def test_refusals_of_one_reason_are_told_together() -> None:
    """Forty parcels on another run must not be forty lines."""
    told = refusal([(3, "too late"), (7, "nobody knows it"), (5, "too late")])
    assert told == "no run was opened; shipments 3, 5: too late; shipment 7: nobody knows it"


@given(uid=st.integers(0, 9), gids=st.lists(st.integers(0, 9), max_size=4), users=st.frozensets(st.integers(0, 9)),
       groups=st.frozensets(st.integers(0, 9)))  # fmt: skip
def test_dispatchers_are_named_by_user_or_by_a_group(
    uid: int, gids: list[int], users: frozenset[int], groups: frozenset[int]
) -> None:
    """A group number must not be taken for a user's: addresses would be shown to whoever has it."""
    assert Dispatchers(users, groups).include(uid, gids) is (uid in users or any(gid in groups for gid in gids))


def test_a_person_without_a_name_is_a_number() -> None:
    """Users of a container often have none."""
    assert (str(Person(7, "mei")), str(Person(7, ""))) == ("user mei (id 7)", "user id 7")


def test_the_sheet_shows_all_in_stop_order() -> None:
    """Masked, or in another order than the van was loaded, it is no use."""
    stops = [Stop(f"W{at}", at, Consignee(f"person {at}", f"phone {at}")) for at in (3, 1, 2)]
    request = sheet_request("north", stops)
    assert (request.kind, request.batch, request.mask) == ("run", "north", False)
    assert [(line.sku, line.quantity, line.consignee) for line in request.lines] == [
        (stop.waybill, stop.pieces, stop.consignee) for stop in stops
    ]
