"""Print sets and modes: what would print nothing, or the wrong thing, is told before the first order."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from waybilld.config.load import Loaded
from waybilld.config.model import Carrier

Mistakes = Callable[[str], list[str]]
Accepted = Callable[[str], Loaded]


def with_sets(good: str, sets: str, mode: str = "express") -> str:
    """The good file with print sets, and its carrier with a mode."""
    text = good.replace("carriers: [post]", f"carriers: [post]\n    print: {{{sets}}}")
    return text.replace("{name: post, adapter: plain}", f"{{name: post, adapter: plain, mode: {mode}}}")


NO_MODE = "no carrier of this shop has the mode "
WRONG = {
    "own-delivry: [{label: waybill}]": ("13:13", f".own-delivry: {NO_MODE}'own-delivry', did you mean 'own-delivery'?"),
    "defualt: [{label: waybill}]": ("13:13", f".defualt: {NO_MODE}'defualt', did you mean 'default'?"),
    "zzz: [{label: waybill}]": ("13:13", f".zzz: {NO_MODE}'zzz': known are default, own-delivery"),
    "default: [{label: slip}]": ("13:22", ".default: lacks the waybill, and a parcel without one goes nowhere: add {label"),
    "default: []": ("13:22", ".default: lacks the waybill"),
    "own-delivery: [{label: waybill}], default: [{label: waybill}, {label: slip}, {label: slip}]": (
        "13:56",
        ".default: has slip more than once: each prints once for an order, remove the others",
    ),
    "'a b': [{label: waybill}]": ("13:13", "['a b']: a name is ASCII letters and digits"),
    "default: [{label: waybill, pool: bunch}]": (
        "13:46",
        ".default[0].pool: pools has no entry named 'bunch', did you mean",
    ),
    "default: [{label: waybill}, {label: invoice, file: 'i/{order.pdf'}]": (
        "13:64",
        ".default[1].file: has a brace without its partner: write {order}, or rename the file",
    ),
    "default: [{label: waybill}, {label: card, file: 'c}.pdf'}]": ("13:61", ".default[1].file: has a brace without"),
    "default: [{label: waybill}, {label: invoice, file: i.pdf}]": (
        "13:64",
        ".default[1].file: would put one invoice into every parcel: name it by its order, as in invoices/{order}.pdf",
    ),
}


@pytest.mark.parametrize("sets", WRONG)
def test_a_slip_in_a_print_set_is_one_line_at_its_place(good: str, mistakes: Mistakes, sets: str) -> None:
    """What is found at check time costs a minute; what is found at night costs the morning's labels."""
    (line,) = mistakes(with_sets(good, sets, "own-delivery"))
    place, words = WRONG[sets]
    assert line.startswith(f"{place}: shops[0].print{words}")


def test_a_set_for_the_mode_of_one_carrier_and_a_card_for_all_are_right(good: str, accepted: Accepted) -> None:
    """One card for all orders is what cards are for; an invoice belongs to one."""
    sets = "own-delivery: [{label: waybill}, {label: card, file: c.pdf}, {label: invoice, file: 'i/{order}.pdf'}]"
    (shop,) = accepted(with_sets(good, sets, "own-delivery")).config.shops
    assert [item.label for item in shop.print["own-delivery"]] == ["waybill", "card", "invoice"]


def test_a_carrier_without_a_mode_has_the_default_one(good: str, accepted: Accepted) -> None:
    """The check must reckon with the very default that the model has."""
    text = with_sets(good, "express: [{label: waybill}]").replace(", mode: express", "")
    assert accepted(text).config.carriers[0].mode == Carrier.model_fields["mode"].default


@pytest.mark.parametrize("damage", ["carriers: [pots]", "carriers: 5", "carriers: [5]"])
def test_a_mode_is_not_doubted_where_the_carriers_are_wrong(good: str, mistakes: Mistakes, damage: str) -> None:
    """A second line that only follows from the first sends people to the wrong spot."""
    text = with_sets(good, "air: [{label: waybill}]").replace("carriers: [post]", damage)
    assert not [line for line in mistakes(text) if ".print" in line]


@pytest.mark.parametrize("mode", ["own-delivry", "owndelivery", "Own-Delivery", "town-delivery"])
def test_a_mode_that_is_almost_own_delivery_is_refused(good: str, mistakes: Mistakes, mode: str) -> None:
    """One letter less, and the labels show whole addresses and no run takes the parcels."""
    (line,) = mistakes(with_sets(good, "", mode))
    assert "carriers[0].mode: is almost own-delivery" in line


@pytest.mark.parametrize("mode", ["own-delivry", "express air", "5", "[]"])
def test_a_wrong_mode_is_not_offered_to_a_print_set(good: str, mistakes: Mistakes, mode: str) -> None:
    """`did you mean 'own-delivry'?` would turn a right name into the wrong one."""
    (line,) = mistakes(with_sets(good, "own-delivery: [{label: waybill}]", mode))
    assert "carriers[0].mode: " in line


@pytest.mark.parametrize("mode", ["own-delivery", "our-delivery", "van-delivery", "home-delivery", "pickup", "express"])
def test_other_modes_are_words_of_the_shop(good: str, accepted: Accepted, mode: str) -> None:
    """Nobody must rename what is right."""
    assert accepted(with_sets(good, "", mode)).config.carriers[0].mode == mode


def test_a_wrong_key_of_a_mapping_is_told_at_the_key(good: str, mistakes: Mistakes) -> None:
    """The column of the sentence would let a person look for the mistake in the sentence."""
    (line,) = mistakes(
        good.replace("carriers: [post]", "carriers: [post]\n    texts: {ok: fine, return_policy: Send it back}")
    )
    assert line.startswith("13:23: shops[0].texts.return_policy: a name is ASCII letters and digits")
