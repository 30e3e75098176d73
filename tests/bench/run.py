"""`make bench`: tables for people, JSON for machines (build/bench.json). Ratios are between figures of one run.

python tests/bench/run.py            all of it
python tests/bench/run.py line       one part: intake, labels, line
python tests/bench/run.py --quick    small counts, to see that it runs
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from bench import cups, failover, intake, labels, lanes, line  # noqa: E402 - the tests' folder must be importable first

AIM_RATIO = 10.0


def table(title: str, rows: Mapping[str, Mapping[str, float]]) -> str:
    """A plain table: one line per row, columns as they come."""
    names = list(dict.fromkeys(key for row in rows.values() for key in row))
    width = max(len(name) for name in rows) + 2
    lines = [title, "".ljust(width) + "".join(f"{name:>{len(name) + 2}}" for name in names)]
    for name, row in rows.items():
        cells = (f"{row[key]:.2f}".rstrip("0").rstrip(".") if key in row else "" for key in names)
        lines.append(name.ljust(width) + "".join(f"{c:>{len(k) + 2}}" for c, k in zip(cells, names, strict=True)))
    return "\n".join(lines) + "\n"


def bench_line(quick: bool) -> dict[str, dict[str, float]]:
    """The line with prepared and with drawn labels, and cupsd before and after them."""
    sys.path.insert(0, str(ROOT / "tests" / "bench" / "plugin"))
    from bench_prepared import document

    sample = document()
    body = sample.body + sample.token
    jobs, labels = (60, 200) if quick else (400, 4000)
    first = cups.run(body, jobs)
    prepared = line.run("prepared", labels)
    drawn = line.run("drawn", labels // 2)
    second = cups.run(body, jobs)
    peer = (first["labels_per_s"] + second["labels_per_s"]) / 2
    for figures in (prepared, drawn):
        figures["times_cups"] = figures["labels_per_s"] / peer
    return {"cupsd, raw queues": first, "waybilld, prepared ZPL": prepared, "waybilld, drawn": drawn, "cupsd again": second}


def bench_lanes(quick: bool) -> dict[str, dict[str, float]]:
    """One lane and a hundred, each at two labels a second, and one lane as fast as it goes."""
    seconds = 8.0 if quick else 30.0
    return {
        "one lane": lanes.run(1, 2.0, seconds),
        "one lane, asked on the print port": lanes.run(1, 2.0, seconds, status_port=False),
        "one fast lane": lanes.run(1, 20.0, seconds),
        "a hundred lanes": lanes.run(10 if quick else 100, 2.0, seconds),
    }


def bench_failover(quick: bool) -> dict[str, dict[str, float]]:
    """Pools with a backup, and the same failure before byte one through a class of cupsd."""
    sys.path.insert(0, str(ROOT / "tests" / "bench" / "plugin"))
    from bench_prepared import document

    sample = document()
    rounds = 3 if quick else 15
    found = {f"waybilld, {name}": row for name, row in failover.run(rounds).items()}
    return {**found, "cupsd, a class, off before byte one": cups.run_class(sample.body + sample.token, 2 if quick else 5)}


def main() -> int:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", help="intake, labels, line, lanes, failover; default: all")
    parser.add_argument("--quick", action="store_true")
    given = parser.parse_args()
    parts = given.parts or ["intake", "labels", "line", "lanes", "failover"]
    found: dict[str, dict[str, dict[str, float]]] = {}
    if "intake" in parts:
        found["intake"] = {"files, generic CSV": intake.run(10_000 if given.quick else 100_000)}
        print(table("Orders in, from one CSV file", found["intake"]), flush=True)
    if "labels" in parts:
        found["labels"] = labels.run(20 if given.quick else 200)
        print(table("A label's fields to a printer's bytes (aim: 6 times the plain way)", found["labels"]), flush=True)
    if "line" in parts:
        found["line"] = bench_line(given.quick)
        print(table(f"Labels, order row to proven, 8 printers (aim: {AIM_RATIO:g} times cupsd)", found["line"]), flush=True)
    if "lanes" in parts:
        found["lanes"] = bench_lanes(given.quick)
        print(table("Labels proven, printers of rated speed (aim: 95 % held)", found["lanes"]), flush=True)
    if "failover" in parts:
        found["failover"] = bench_failover(given.quick)
        title = "Until the next label came out of the backup, printing included (aim: median under 1000 ms)"
        print(table(title, found["failover"]), flush=True)
    machine = {"cores": os.cpu_count(), "python": platform.python_version(), "kernel": platform.release()}
    out = ROOT / "build" / "bench.json"
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps({"machine": machine, **found}, indent=1) + "\n")
    print(f"figures: {out.relative_to(ROOT)}; machine: {machine}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
