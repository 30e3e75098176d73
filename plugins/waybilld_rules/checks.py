"""What must be right before an order costs anything. Each check is a pure function of one order."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from waybilld_sdk.decide import CheckView, Problem

Check = Callable[[CheckView], Iterator[Problem]]


def goods(view: CheckView) -> Iterator[Problem]:
    """There is something to ship, in countable pieces."""
    lines = view.order.lines
    if not lines:
        yield Problem("no-lines", "the order has no goods: look at it on the platform")
    for line in lines:
        if line.quantity < 1:
            yield Problem("quantity-wrong", f"line {line.ref} has quantity {line.quantity}: it must be 1 or more")
    if lines and not all(line.sku.strip() for line in lines):
        yield Problem("sku-missing", "a line has no SKU: the picker cannot know what to take", "warn")


def consignee(view: CheckView) -> Iterator[Problem]:
    """Somebody can receive it. Masked and encrypted consignees are judged by the platform, not by us."""
    who = view.order.consignee
    if who.form != "clear":
        return
    if not who.name.strip():
        yield Problem("consignee-name-missing", "the consignee has no name: ask the buyer")
    if not (who.street.strip() or (who.city.strip() and who.district.strip())):
        yield Problem("address-missing", "the address has no street: ask the buyer")
    if not who.phone.strip():
        yield Problem("phone-missing", "the consignee has no phone number: many carriers need one", "warn")


CHECKS: tuple[Check, ...] = (goods, consignee)


def check(view: CheckView) -> tuple[Problem, ...]:
    """All problems of an order."""
    return tuple(problem for one in CHECKS for problem in one(view))
