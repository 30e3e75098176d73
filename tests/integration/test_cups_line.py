"""The whole line through CUPS: a real daemon, a private cupsd with raw queues, and virtual printers behind them."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from integration.test_api_cli import Running
from integration.test_failover import HEADER, ROW
from support.cupsd import PrivateCups, Queue
from waybilld_printers.virtual.tray import ledger


class OverCups(Running):
    """Printer `left` is a queue and nothing else, printer `right` a queue with the printer's own status port beside it."""

    def __init__(self, folder: Path) -> None:
        self.cups: PrivateCups | None = None
        self.root = Path(tempfile.mkdtemp(prefix="wb-"))
        self.root.chmod(0o755)
        super().__init__(folder)

    def start(self) -> subprocess.Popen[bytes]:
        """As inherited, with CUPS between daemon and printers."""
        if self.cups is None:
            names = ("left", "right")
            uris = {n: f"socket://127.0.0.1:{p.print_port}/?contimeout=5" for n, p in zip(names, self.printers, strict=True)}
            self.cups = PrivateCups(self.root, {name: Queue(uri) for name, uri in uris.items()})
            text = self.config.read_text("utf-8")
            begin, end = text.index("printers:\n"), text.index("pools:\n")
            beside = f"beside: {{host: 127.0.0.1, port: {self.printers[1].status_port}}}, speed_ips: 14"
            printers = (
                "printers:\n"
                f"  - {{name: left, adapter: cups, settings: {{queue: left, server: {self.cups.server}}}}}\n"
                f"  - {{name: right, adapter: cups, settings: {{queue: right, server: {self.cups.server}, {beside}}}}}\n"
            )
            self.config.write_text(text[:begin] + printers + text[end:], "utf-8")
        return super().start()

    def order(self, *numbers: int) -> None:
        """Orders come in."""
        rows = "\n".join([HEADER, *(ROW.format(number) for number in numbers), ""])
        (self.folder / "orders" / f"o{numbers[0]}.part").write_text(rows)
        (self.folder / "orders" / f"o{numbers[0]}.part").rename(self.folder / "orders" / f"o{numbers[0]}.csv")

    def out(self) -> list[str]:
        """Digests of everything that lies in the trays."""
        return [str(line["sha256"]) for name in ("left", "right") for line in ledger(self.folder / name / "tray")]

    def stop(self) -> None:
        """As inherited, and CUPS too; none of its processes may be left."""
        super().stop()
        assert self.cups is not None
        self.cups.stop()
        assert self.cups.orphans() == []
        shutil.rmtree(self.root)


@pytest.fixture
def running(tmp_path: Path) -> Iterator[OverCups]:
    """A daemon whose printers stand behind CUPS."""
    found = OverCups(tmp_path)
    yield found
    found.stop()


def test_what_a_queue_printed_waits_for_its_scan_and_what_the_counter_proves_does_not(running: OverCups) -> None:
    """`completed` is sent; beside the other queue the printer's own counter tells. Nobody's line stands still."""
    running.order(*range(1, 9))
    running.until(lambda: len(running.out()) == 8 and not running.api.get("/api/v1/status")["jobs"].get("print/ready"))
    running.until(lambda: sum(running.api.get("/api/v1/status")["attempts"].values()) == 8)
    running.until(lambda: not {"sent", "sending"} & set(running.api.get("/api/v1/status")["attempts"]))
    assert len(set(running.out())) == 8
    told = {row["name"]: row for row in running.api.get("/api/v1/printers")["printers"]}
    assert set(told["left"]["outcomes"]) == {"unconfirmed"}
    assert set(told["right"]["outcomes"]) == {"proven"}
    assert told["left"]["unconfirmed"] == "settle-by-scan"
    assert told["right"]["unconfirmed"] == "hold"
    unconfirmed = running.api.get("/api/v1/unconfirmed")["unconfirmed"]
    assert {row["evidence"] for row in unconfirmed} == {"E3"}
    assert len(unconfirmed) == told["left"]["outcomes"]["unconfirmed"]
    assert running.cli("db", "verify")[0] == 0


def test_cups_dies_and_comes_back(running: OverCups) -> None:
    """Nothing is lost, nothing comes out twice that is not marked, and the line goes on by itself."""
    assert running.cups is not None
    running.cups.kill()
    running.cups.reap()
    running.order(*range(1, 5))
    running.until(lambda: running.api.get("/api/v1/status")["shipments"] == {"rendered": 4})
    running.until(
        lambda: {row["state"] for row in running.api.get("/api/v1/printers")["printers"]} == {"unknown"}
    )
    assert "CUPS does not answer" in running.cli("printers")[1]
    assert running.out() == []
    running.cups.start()
    running.until(lambda: len(running.out()) == 4)
    running.until(lambda: not {"sent", "sending"} & set(running.api.get("/api/v1/status")["attempts"]))
    assert len(set(running.out())) == 4
    assert running.cli("db", "verify")[0] == 0
