"""The `files` marketplace against the contract of all marketplaces."""

from __future__ import annotations

from pathlib import Path

from waybilld_marketplaces.files.adapter import FilesMarketplace
from waybilld_marketplaces.files.settings import FilesSettings
from waybilld_sdk.ports import Marketplace
from waybilld_sdk.testing.context import FakeContext
from waybilld_sdk.testing.marketplace import MarketplaceContract
from waybilld_sdk.testing.run import run_now

HEADER = "order_id,status,name,street,sku,quantity,unit_price,currency\n"


class TestFiles(MarketplaceContract):
    """Two files with bad rows between the good ones."""

    def make(self, ctx: FakeContext, tmp_path: Path) -> Marketplace:
        market = FilesMarketplace(ctx, FilesSettings(folder=str(tmp_path / "drop")))
        run_now(market.list_orders(None, self.page_limit))
        ctx.advance(5)
        return market

    def fill(self, ctx: FakeContext, tmp_path: Path, good: int, bad: int) -> None:
        rows = [f"A-{place},paid,测试收件人,示例路{place}号,SKU-1,1,9.90,CNY\n" for place in range(good)]
        for place in range(bad):
            rows.insert(2 * place + 1, f"B-{place},paid,Example Person,1 Example Road,SKU-1,many,9.90,CNY\n")
        drop = tmp_path / "drop"
        drop.mkdir(exist_ok=True)
        half = len(rows) // 2
        (drop / "one.csv").write_text(HEADER + "".join(rows[:half]), "utf-8")
        (drop / "two.csv").write_text(HEADER + "".join(rows[half:]), "utf-8")

    def broken(self, ctx: FakeContext, tmp_path: Path) -> Marketplace:
        (tmp_path / "a-file").write_text("", "utf-8")
        return FilesMarketplace(ctx, FilesSettings(folder=str(tmp_path / "a-file")))

    def confirmed(self, ctx: FakeContext, tmp_path: Path) -> object:
        return {path.name: path.read_bytes() for path in (tmp_path / "drop" / "shipped").iterdir()}
