"""The sample exports hold what their README says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from waybilld_marketplaces.files.survey import Survey
from waybilld_marketplaces.files.wire import House
from waybilld_marketplaces.files.work import read_orders, survey
from waybilld_sdk.orders import OrderStatus

FOLDER = Path(__file__).parents[3] / "etc" / "demo" / "orders"
README = (FOLDER / "README.md").read_text("utf-8")
FILES = re.findall(r"^\| (\S+\.csv) \| `(\w+)`.*?\| (\d+) \| (\d+) \| (\d+) \| (\d+) \|$", README, re.MULTILINE)
BAD_ROWS = re.findall(r"^\| (\S+\.csv) \| (\d+) \| [^|]+ \|$", README, re.MULTILINE)
BLOCKED = re.findall(r"^\| (\S+\.csv) \| `(\S+)` \| [^|]+ \|$", README, re.MULTILINE)


@pytest.mark.parametrize(("name", "profile", "orders", "to_ship", "not_to_ship", "rejected"), FILES)
def test_readme_tells_the_truth(
    name: str, profile: str, orders: str, to_ship: str, not_to_ship: str, rejected: str
) -> None:
    """A stranger compares the demo's summary with this table; every other number would look like a lost order."""
    found = survey(str(FOLDER / name), 1 << 20, "auto")
    assert isinstance(found, Survey)
    assert found.rows.plan.profile == profile
    assert found.rows.orders == int(orders)
    read = read_orders(str(FOLDER / name), found.rows, House("", "", "UTC"), 0)
    assert read is not None
    paid = [order for order in read.orders if order.status is OrderStatus.PAID]
    assert (len(paid), len(read.orders) - len(paid), len(read.refused)) == (int(to_ship), int(not_to_ship), int(rejected))
    assert [one.row for one in read.refused] == [int(row) for file, row in BAD_ROWS if file == name]
    homeless = [order.external_id for order in paid if not order.consignee.street]
    assert homeless == [order for file, order in BLOCKED if file == name]
    assert all(order.consignee.phone and order.consignee.country for order in paid)


def test_every_file_is_in_the_table() -> None:
    """At least 200 orders, as promised, over all files that are there."""
    assert sorted(row[0] for row in FILES) == sorted(path.name for path in FOLDER.glob("*.csv"))
    assert sum(int(row[3]) for row in FILES) >= 200
    assert f"| together | | | {sum(int(row[2]) for row in FILES)} | {sum(int(row[3]) for row in FILES)} |" in README
