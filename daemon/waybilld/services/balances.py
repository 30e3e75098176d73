"""Numbers and credit left on carrier accounts: a gauge, and a warning once, before an account runs dry."""

from __future__ import annotations

from twisted.logger import Logger

from waybilld.host.guard import PluginBug, Quarantined
from waybilld.services.base import Loop
from waybilld.services.clock import Clock
from waybilld.services.fleet import Instance
from waybilld.services.meters import Meters
from waybilld_sdk.errors import AdapterError
from waybilld_sdk.ports import Carrier
from waybilld_sdk.shipping import Balance

log = Logger()
_ROUND_S = 60.0


class Balances(Loop):
    """Asks every carrier account now and then."""

    def __init__(self, carriers: dict[str, Instance[Carrier]], clock: Clock, meters: Meters) -> None:
        super().__init__("balances", clock)
        self._carriers = carriers
        self._meters = meters
        self._warned: dict[str, str] = {}

    async def run(self) -> None:
        """Ask all, rest, and again."""
        while not self.stopping:
            for carrier in self._carriers.values():
                await self._ask(carrier)
            await self.pause(_ROUND_S)

    async def _ask(self, carrier: Instance[Carrier]) -> None:
        try:
            balance = await carrier.guard.call("balance", carrier.port.balance, returns=Balance | None)
        except (AdapterError, PluginBug, Quarantined) as e:
            self._say(carrier.name, str(e))
            return
        if balance is None:
            return
        self._meters.numbers_left.labels(carrier.name).set(balance.remaining)
        self._say(carrier.name, balance.warning)

    def _say(self, account: str, warning: str) -> None:
        """A warning is said when it is new; its numbers may change from round to round, so only its coming counts."""
        if warning and not self._warned.get(account):
            log.warn("carrier {account}: {warning}", account=account, warning=warning)
        self._warned[account] = warning
