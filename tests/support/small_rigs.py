"""Raw printers on small printers: in memory, and over real sockets through the fault proxy. See `PrinterRig` of the kit."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from support.fault_proxy import Fault, FaultProxy
from support.reactor_thread import session_reactor
from support.real_context import RealContext
from support.small_labels import KINDS, PROFILES, drawn, encoded
from support.small_printers import SmallPrinter
from support.small_server import SmallServer
from waybilld_printers.transports.raw.adapter import RawPrinter
from waybilld_printers.transports.raw.settings import RawSettings
from waybilld_sdk.printing import Document
from waybilld_sdk.testing.context import FakeContext
from waybilld_sdk.testing.rig import MemoryRig

T = TypeVar("T")

LARGE_STRIDE = 100
LARGE = bytes(number % 251 + 1 for number in range(600 * LARGE_STRIDE))


class SmallRig(MemoryRig[SmallPrinter]):
    """A raw printer on a small printer."""

    def __init__(self, kind: str, device: SmallPrinter | None = None, **changes: object) -> None:
        self.kind = kind
        values = {
            "host": "printer",
            "profile": PROFILES[kind],
            "media_mm": (50, 25),
            "piloted": True,
            "status_timeout_s": 0.5,
        }
        self.settings = RawSettings.model_validate(values | changes)
        device = device or KINDS[kind]()
        super().__init__(device.context, device)

    def make(self, ctx: FakeContext) -> RawPrinter:
        return RawPrinter(ctx, self.settings)

    def document(self) -> Document:
        return encoded(self.kind)

    def labels_out(self) -> int:
        self.device.pass_time()
        return self.device.tray.count(drawn(self.kind))

    def with_printer(self, work: Callable[[SmallPrinter], T]) -> T:
        """The result of something done with the printer, after the time that has passed."""
        self.device.pass_time()
        return work(self.device)

    def cut_next_body(self) -> None:
        self.run(self.printer.close())
        self.device.cut_at = 30


class SocketRig:
    """A raw printer on a small printer behind real sockets and the fault proxy."""

    def __init__(self, kind: str, **changes: object) -> None:
        self.kind, self.thread = kind, session_reactor()
        # A TSPL label must be seen in print, also by a busy machine; the others only have to come out.
        self.server = SmallServer(KINDS[kind], print_s=0.3 if kind == "tspl" else 0.1)
        self.proxy = FaultProxy("127.0.0.1", self.server.port)
        values = {
            "host": "127.0.0.1",
            "port": self.proxy.port,
            "profile": PROFILES[kind],
            "media_mm": (100, 80),
            "speed_ips": 14,
            "piloted": True,
            "status_timeout_s": 0.3,
            "stall_s": 1.0,
            "user_timeout_s": 1.0,
        }
        self.settings = RawSettings.model_validate(values | changes)
        self.context = RealContext(self.thread)
        self.printer = RawPrinter(self.context, self.settings)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.thread.call(lambda: work)

    async def pause(self, seconds: float) -> None:
        await self.thread.sleep(seconds)

    def document(self) -> Document:
        return encoded(self.kind, LARGE, LARGE_STRIDE)

    def labels_out(self) -> int:
        meant = drawn(self.kind, LARGE, LARGE_STRIDE)
        return self.server.do(lambda printer: printer.tray.count(meant))

    def with_printer(self, work: Callable[[SmallPrinter], T]) -> T:
        """The result of something done with the printer, after the time that has passed."""
        return self.server.do(work)

    def cut_next_body(self) -> None:
        self.proxy.arm(Fault("reset", 1000))

    def stop(self) -> None:
        self.server.do(lambda printer: setattr(printer, "fault", True))

    def mend(self) -> None:
        self.server.do(lambda printer: setattr(printer, "fault", False))

    def restart(self) -> None:
        self.run(self.printer.close())
        self.printer = RawPrinter(self.context, self.settings)

    def close(self) -> None:
        self.run(self.printer.close())
        self.proxy.close()
        self.server.close()
        assert self.thread.leftovers() == []
