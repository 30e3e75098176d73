"""What request handlers see of the daemon."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from waybilld.config.load import Loaded
from waybilld.host.context import Lender
from waybilld.host.discover import Plugins
from waybilld.services.caredesk import CareDesk
from waybilld.services.clock import Clock
from waybilld.services.fleet import Fleet
from waybilld.services.floor import PrinterDesk
from waybilld.services.labeldesk import LabelDesk
from waybilld.services.lane import Lane
from waybilld.services.meters import Meters
from waybilld.services.packs import PackDesk
from waybilld.services.runs import RunDesk
from waybilld.store.database import Store
from waybilld.store.seal import Seal
from waybilld.store.state import StateFolder
from waybilld_sdk.labels import Render


@dataclass(slots=True)
class App:
    """The running daemon, as its outer rooms see it. `ready` is true between a complete start and the begin of a stop."""

    loaded: Loaded
    plugins: Plugins
    state: StateFolder
    store: Store
    seal: Seal
    clock: Clock
    meters: Meters
    fleet: Fleet
    lanes: Mapping[str, Lane]
    epoch: int
    runs: RunDesk
    packs: PackDesk
    floor: PrinterDesk
    labels: LabelDesk
    lender: Lender
    render: Render
    care: CareDesk
    ready: bool = False
    troubles: dict[str, str] = field(default_factory=dict)
    """What `check()` said at start, by instance."""
    listen: str = ""
    """Where the TCP listener really is, `host:port`; empty before it listens."""
    started_s: float = 0.0
    """The clock's monotonic second at which the daemon began to listen."""
    readiness: tuple[float, str] | None = None
    """When the database was last asked (monotonic seconds), and why it was not ready then; empty when it was."""
