"""How long until the first label comes out of the backup, when the printer is down before byte one and in mid-label.

Times are the daemon's own, from its journal, and end when the label is proven; the printing itself is part of them. The pool
has one printer and one backup.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

from bench.house import House, config_for, drop, orders_csv, wait_for
from waybilld_printers.virtual import client

FAILOVER_S, LEAVE_S = 1.0, 2.0
"""The pool's patience in this bench: how long a stopped printer may hold its label, and a silent one."""

SPEED = 2.0
"""Labels a second of the printers that are stopped in mid-label."""

_PROVEN = "SELECT count(*) FROM attempt a JOIN label l ON l.id = a.label WHERE a.state = 'proven' AND l.kind = 'waybill'"
_RENDERED = "SELECT max(at_us) FROM journal WHERE kind = 'shipment.rendered'"
_OUT = (
    "SELECT max(j.at_us) FROM journal j JOIN job b ON b.id = j.job JOIN label l ON l.id = b.label"
    " WHERE j.kind = 'attempt.proven' AND l.kind = 'waybill'"
)
_LEFT = "SELECT max(at_us) FROM journal WHERE kind = 'printer.left'"
_OUT_OF = (
    "SELECT min(j.at_us) FROM journal j JOIN job b ON b.id = j.job JOIN label l ON l.id = b.label"
    " JOIN attempt a ON a.label = l.id AND a.state = 'proven' AND a.printer = '{}'"
    " WHERE j.kind = 'attempt.proven' AND l.kind = 'waybill' AND j.at_us > {}"
)
_SENT = "SELECT count(*) FROM attempt WHERE state = 'sent' AND printer = '{}'"


def run(rounds: int) -> dict[str, dict[str, float]]:
    """Figures by kind of failure, times in milliseconds."""
    return {
        "off before byte one": _before(rounds),
        "paper out in mid-label": _during(rounds, "paper-out", "load"),
        "silent in mid-label": _during(rounds, "stall", "unstall"),
    }


def _config(sinks: list[dict[str, object]]) -> dict[str, object]:
    config = config_for(sinks, labels={"plugins": ["prepared"], "renderer": "prepared"})
    names = [str(sink["name"]) for sink in sinks]
    config["pools"] = [
        {"name": "packing", "printers": names[:1], "backups": names[1:], "failover_s": FAILOVER_S, "leave_s": LEAVE_S}
    ]
    printers = config["printers"]
    assert isinstance(printers, list)
    for printer in printers:
        printer["unconfirmed"] = "settle-by-scan"
        printer["settings"] |= {"status_timeout_s": 0.5, "connect_timeout_s": 0.5}
    return config


def _figures(times_s: list[float], more: dict[str, float]) -> dict[str, float]:
    spread = {"median_ms": statistics.median(times_s) * 1000, "longest_ms": max(times_s) * 1000}
    return {"rounds": len(times_s), **spread, **more}


def _before(rounds: int) -> dict[str, float]:
    """The printer is switched off while idle, and a label comes at once, before anybody has asked the printer anew."""
    times: list[float] = []
    with tempfile.TemporaryDirectory(prefix="waybilld-bench-") as name, House(Path(name)) as house:
        first, _ = sinks = house.printers(2, "--speed", "20", instant=False)
        house.daemon(_config(sinks), plugin_path=True)
        for number in range(rounds):
            # Long enough for a printer that came back to be trusted again.
            _one(house, f"W{number}")
            client.tell(first, "power-cycle 3600")
            _one(house, f"B{number}")
            times.append((house.query(_OUT) - house.query(_RENDERED)) / 1e6)
            client.tell(first, "power-cycle 0")
            _settle(house, str(first["name"]), number)
    return _figures(times, {"printing_ms": 50})


def _during(rounds: int, fault: str, mend: str) -> dict[str, float]:
    """The fault strikes while one label is being printed and another waits.

    `median`, `longest`: from the fault until the waiting label came out of the backup. `proof`: from the fault until the
    pool left the printer, patience included. `same_label`: from there until the label itself came out of the backup, behind
    the separator; a printer that cannot be asked keeps its label in doubt.
    """
    nexts: list[float] = []
    proofs: list[float] = []
    again: list[float] = []
    with tempfile.TemporaryDirectory(prefix="waybilld-bench-") as name, House(Path(name)) as house:
        first, second = sinks = house.printers(2, "--speed", str(SPEED), instant=False)
        house.daemon(_config(sinks), plugin_path=True)
        for number in range(rounds):
            _one(house, f"W{number}")
            drop(house.folder, f"M{number}.csv", orders_csv(2, 1, f"M{number}-"))
            wait_for(
                lambda: house.query(_SENT.format(first["name"])) == 1, 20, "a label on the first printer", every_s=0.002
            )
            suspect = house.query("SELECT label FROM attempt WHERE state = 'sent'")
            struck = time.time_ns() // 1000
            client.tell(first, fault)
            came, left = _OUT_OF.format(second["name"], struck), f"{_LEFT} AND at_us > {struck}"
            wait_for(lambda left=left: house.query(left) > 0, 30, "the pool to go on", every_s=0.01)
            wait_for(lambda came=came: house.query(came) > 0, 30, "the next label on the backup", every_s=0.01)
            proofs.append((house.query(left) - struck) / 1e6)
            nexts.append((house.query(came) - struck) / 1e6)
            if fault != "stall":
                same = f"{came} AND l.id = {suspect}"
                wait_for(lambda same=same: house.query(same) > 0, 30, "the same label on the backup", every_s=0.01)
                again.append((house.query(same) - house.query(left)) / 1e6)
            client.tell(first, mend)
            _settle(house, str(first["name"]), number)
    same_label = {"same_label_ms": statistics.median(again) * 1000} if again else {}
    patience_s = LEAVE_S if fault == "stall" else FAILOVER_S
    proof = {"proof_ms": statistics.median(proofs) * 1000, "patience_ms": patience_s * 1000}
    return _figures(nexts, {**proof, **same_label, "printing_ms": 1000 / SPEED})


def _one(house: House, name: str) -> None:
    proven = house.query(_PROVEN)
    drop(house.folder, f"{name}.csv", orders_csv(1, 1, f"{name}-"))
    wait_for(lambda: house.query(_PROVEN) > proven, 60, f"label {name}", every_s=0.005)


def _settle(house: House, first: str, number: int) -> None:
    """Until the first printer takes labels again: it is asked now and then, and not trusted at once after many falls."""
    for attempt in range(60):
        before = house.query(_PROVEN)
        drop(house.folder, f"S{number}-{attempt}.csv", orders_csv(1, 1, f"S{number}-{attempt}-"))
        wait_for(lambda before=before: house.query(_PROVEN) > before, 60, "a label in between", every_s=0.02)
        newest = house.text("SELECT printer FROM attempt WHERE state = 'proven' ORDER BY id DESC LIMIT 1")
        if newest == first:
            return
        time.sleep(1.0)
    raise TimeoutError(f"{first} was not used again for a minute")


if __name__ == "__main__":
    import json
    import sys

    print(json.dumps(run(int(sys.argv[1])), indent=1))
