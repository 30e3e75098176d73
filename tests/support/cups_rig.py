"""A `cups` adapter under test, on the session's reactor: worker processes as in the daemon, a queue of a private cupsd."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from support.cupsd import PrivateCups
from support.fault_proxy import Fault, FaultProxy
from support.reactor_thread import ReactorThread, session_reactor
from support.real_context import RealContext
from support.virtual_printer import VirtualPrinter
from waybilld.host.processes import WorkerProcesses
from waybilld_printers.transports.cups.adapter import CupsPrinter
from waybilld_printers.transports.cups.settings import CupsSettings
from waybilld_sdk.context import Limits
from waybilld_sdk.printing import Document

T = TypeVar("T")

_LIMITS = Limits()
WHOLE = Document("zpl", b"^XA^PW200^LL100^FX" + b"x" * 60000 + b"^FO10,10^GFA,8,8,1,FF818181818181FF^FS", b"^XZ")
CUT_AT = 30000
"""Bytes of what goes to CUPS: in the middle of the document."""


class CupsContext(RealContext):
    """`work` runs in worker processes, as in the daemon."""

    def __init__(self, thread: ReactorThread, processes: WorkerProcesses) -> None:
        super().__init__(thread)
        self._processes = processes
        self.before_work: Callable[[str], None] = lambda _name: None
        """Told the name of each function before it runs, so that a test can break the world at that moment."""

    async def work(self, fn: Callable[..., Any], *args: object, limits: Limits = _LIMITS) -> Any:
        self.before_work(fn.__name__)
        return await self._processes.run(fn, *args, limits=limits)


class VirtualRig:
    """The adapter, a fault proxy between libcups and cupsd, and a queue whose device is a virtual printer."""

    def __init__(
        self, cups: PrivateCups, processes: WorkerProcesses, device: VirtualPrinter, queue: str, **changes: object
    ) -> None:
        self.thread = session_reactor()
        self.device = device
        self.proxy = FaultProxy("127.0.0.1", cups.port)
        values: dict[str, object] = {
            "queue": queue, "server": f"127.0.0.1:{self.proxy.port}", "media_mm": (50.0, 25.0), "speed_ips": 14,
            "timeout_s": 5.0,
        }  # fmt: skip
        self.settings = CupsSettings.model_validate(values | changes)
        self.context = CupsContext(self.thread, processes)
        self.printer = CupsPrinter(self.context, self.settings)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.thread.call(lambda: work)

    async def pause(self, seconds: float) -> None:
        await self.thread.sleep(seconds)

    def document(self) -> Document:
        return WHOLE

    def labels_out(self) -> int:
        return self.device.labels_out()

    def cut_next_body(self) -> None:
        self.cut_at(CUT_AT)

    def cut_at(self, at: int) -> None:
        """The next connection that hands a document over is reset after so many bytes."""
        self._strike(Fault("reset", at))

    def hang_at(self, at: int) -> None:
        """The next connection that hands a document over hangs after so many bytes."""
        self._strike(Fault("stall", at))

    def _strike(self, fault: Fault) -> None:
        def strike(name: str) -> None:
            if name == "submit":
                self.proxy.arm(fault)
                self.context.before_work = lambda _name: None

        self.context.before_work = strike

    def stop(self) -> None:
        self.device.tell("head-open")

    def mend(self) -> None:
        self.device.tell("head-close")

    def restart(self) -> None:
        self.run(self.printer.close())
        self.printer = CupsPrinter(self.context, self.settings)

    def close(self) -> None:
        self.run(self.printer.close())
        self.proxy.close()
