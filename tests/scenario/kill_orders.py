"""Sample orders for the kill scenario: seeded CSV files of the `generic` profile. Pure: a seed in, values out."""

from __future__ import annotations

import csv
import io
import itertools
import random
from collections.abc import Sequence
from dataclasses import dataclass

CANARY_PHONE = "1990000"
"""Every consignee's phone number begins so; found outside sealed rows and pictures, personal data leaked."""

COLUMNS = (
    *("order_id", "status", "name", "phone", "country", "province", "city", "district", "street", "postcode"),
    *("line_id", "sku", "title", "quantity", "unit_price", "currency", "buyer_message"),
)
_MOST_IN_FILE = 12
_CHINESE = ("测试甲", "测试乙丙", "样例收件人", "示范客户")
_LATIN = ("Sample Consignee", "Example Buyer", "Test Récepteur", "Muster Käufer")
_GOODS = ("陶瓷马克杯 350 ml", "羊毛袜 / Wool socks", "Notebook, A5, dotted", "不锈钢保温瓶", "Kräutertee „Abend“")


@dataclass(frozen=True, slots=True)
class OrderFile:
    """One export: its name in the drop folder, its bytes, and the orders in it."""

    name: str
    data: bytes
    ids: tuple[str, ...]


def order_files(seed: int, orders: int, shares: int) -> tuple[tuple[OrderFile, ...], ...]:
    """`orders` orders in `shares` shares of nearly equal size, each share in one or more files."""
    chance = random.Random(f"orders/{seed}")
    bounds = [orders * n // shares for n in range(shares + 1)]
    return tuple(
        tuple(_files(chance, share, range(first, last)))
        for share, (first, last) in enumerate(itertools.pairwise(bounds))
    )


def _files(chance: random.Random, share: int, numbers: Sequence[int]) -> list[OrderFile]:
    files: list[OrderFile] = []
    rest = list(numbers)
    while rest:
        count = min(len(rest), chance.randint(3, _MOST_IN_FILE))
        taken, rest = rest[:count], rest[count:]
        ids = tuple(f"K-{number:05d}" for number in taken)
        name = f"export-{share:03d}-{len(files)}.csv"
        files.append(OrderFile(name, _csv(chance, dict(zip(ids, taken, strict=True))), ids))
    return files


def _csv(chance: random.Random, orders: dict[str, int]) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    for order_id, number in orders.items():
        head = _head(chance, order_id, number)
        for line in range(1, chance.randint(1, 3) + 1):
            writer.writerow(
                head
                | {
                    "line_id": f"{line}",
                    "sku": f"SKU-{chance.randint(100, 999)}",
                    "title": chance.choice(_GOODS),
                    "quantity": f"{chance.randint(1, 4)}",
                    "unit_price": f"{chance.randint(100, 99999) / 100:.2f}",
                }
            )
    bom = chance.choice(("", "\ufeff"))
    return (bom + out.getvalue()).encode()


def _head(chance: random.Random, order_id: str, number: int) -> dict[str, str]:
    common = {
        "order_id": order_id,
        "status": "paid",
        "phone": f"{CANARY_PHONE}{number % 10_000:04d}",
        "buyer_message": chance.choice(("", "请轻放", "Please ring twice")),
    }
    if chance.random() < 0.6:
        return common | {
            "name": chance.choice(_CHINESE),
            "country": "CN",
            "province": "样例省",
            "city": "示例市",
            "district": "样例区",
            "street": f"样例路{number + 1}号{chance.randint(1, 9)}栋{chance.randint(101, 2804)}室",
            "currency": "CNY",
        }
    return common | {
        "name": f"{chance.choice(_LATIN)} {number}",
        "country": "DE",
        "city": "Musterstadt",
        "street": f"Beispielweg {number + 1}",
        "postcode": f"{10000 + number:05d}",
        "currency": "EUR",
    }
