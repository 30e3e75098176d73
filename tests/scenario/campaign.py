"""Campaigns: the scenarios of `make test` with full counts, seeds as arguments, resumable.

    python tests/scenario/campaign.py                      every campaign with its own seeds
    python tests/scenario/campaign.py kill --seeds 1-4,9   one campaign, other seeds
    python tests/scenario/campaign.py simulation --jobs 2  two seeds side by side
    python tests/scenario/campaign.py --list

A unit is one campaign with one seed. Its result is kept in `build/campaigns`, and a unit that found nothing is not run
again until a line of the code changes. Results go to `docs/reference/campaigns.md`. Exit code 1 when anything was found.
"""

from __future__ import annotations

import argparse
import functools
import gc
import hashlib
import json
import multiprocessing
import os
import shutil
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT / "tests") not in sys.path:
    sys.path.insert(0, str(ROOT / "tests"))  # run as a program, and not by pytest, which is told so in pyproject.toml

KEPT = ROOT / "build" / "campaigns"
PAGE = ROOT / "docs" / "reference" / "campaigns.md"
_CODE = ("daemon", "plugins", "adapters", "tests/scenario", "tests/support", "tests/unit/labels")
_HEAD = """\
# Campaigns

Written by `make campaign`; one row for each campaign, set of seeds and state of the code. A finding is a broken promise.
The same scenarios run in `make test` with small counts.

| date (UTC) | campaign | seeds | counts | findings | cores | duration | code |
|---|---|---|---|---|---|---|---|
"""

_WORLDS, _WORLD_ORDERS = 250, 20

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Result:
    """What one unit did: its counts, summed up over seeds; broken promises; seconds. `notes` are figures of this unit."""

    counts: dict[str, int]
    findings: list[str]
    seconds: float
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Campaign:
    """One scenario at full count. `unit(seed, folder, say)` runs it once in an empty folder; `seeds` are its own."""

    name: str
    summary: str
    seeds: tuple[int, ...]
    unit: Callable[[int, Path, Say], Result]


def _kill(seed: int, folder: Path, say: Say) -> Result:
    from scenario.kill import Run
    from scenario.kill_plant import PlantFailed

    run = Run(folder, seed, orders=500, kills=50, say=say)
    findings: list[str] = []
    try:
        run.go()
    except PlantFailed as failed:
        findings.append(str(failed))
    done = run.outcome
    findings += done.findings.failures
    counts = {"orders": done.orders, "kills": sum(done.moments.values())}
    counts |= {name: getattr(done.findings, name) for name in ("proven", "unconfirmed", "resent", "on_paper")}
    recoveries = sorted(done.recoveries_s)
    notes = [f"ready after {recoveries[len(recoveries) // 2]:.1f} s, at most {recoveries[-1]:.1f} s"] if recoveries else []
    return Result(counts, findings, done.seconds, notes)


@functools.cache
def _no_log() -> None:
    """Twisted would write every fault that a world deals out to stderr; the worlds look at their log themselves. And what
    was loaded before need not be searched for garbage after every world."""
    from twisted.logger import globalLogBeginner

    gc.collect()
    gc.freeze()

    globalLogBeginner.beginLoggingTo([], discardBuffer=True, redirectStandardIO=False)


def _simulation(block: int, folder: Path, say: Say) -> Result:
    from support.sim.world import World

    del folder  # it lives in memory
    _no_log()
    began = time.monotonic()
    counts: Counter[str] = Counter()
    findings: list[str] = []
    first = (block - 1) * _WORLDS + 1
    for seed in range(first, first + _WORLDS):
        world = World(seed, orders=_WORLD_ORDERS, show=None)
        try:
            findings += [f"world {seed}: {problem}" for problem in world.run()]
            counts.update(worlds=1, orders=_WORLD_ORDERS, kills=world.kills)
        finally:
            world.close()
        if seed % 50 == 0:
            say(f"world {seed}, {len(findings)} findings")
    return Result(dict(counts), findings, time.monotonic() - began)


def _injection(part: int, folder: Path, say: Say) -> Result:
    from support.hostile import HOSTILE
    from unit.labels import injection

    del folder  # nothing is written
    began = time.monotonic()
    report, findings = injection.Report(), []
    strings = HOSTILE[part - 1 :: _INJECTION_PARTS]
    for at, hostile in enumerate(strings, 1):
        try:
            report.add(injection.run((hostile,), tuple(injection.ENCODERS), injection.TEMPLATES, 1))
        except Exception as error:  # noqa: BLE001 - whatever it is, it is a finding
            findings.append(f"{hostile.family} {hostile.text[:40]!r}: {type(error).__name__}: {error}")
        if at % 10 == 0:
            say(f"{at} of {len(strings)} strings, {len(findings)} findings")
    findings += [f"not read back: {name}" for name in report.unread]
    counts = {"strings": len(strings), "labels": report.labels, "documents": report.documents, "symbols": report.read_back}
    return Result({**counts, "holds": sum(report.holds.values())}, findings, time.monotonic() - began)


def _offsets(part: int, folder: Path, say: Say) -> Result:
    from scenario import offsets
    from support.small_labels import KINDS

    del folder  # nothing is written
    began = time.monotonic()
    kind = tuple(KINDS)[part - 1]
    counts: Counter[str] = Counter()
    findings: list[str] = []
    for at in range(1, offsets.length(kind) + 1):
        broken = [offsets.in_memory(kind, at, how, power=power) for how in offsets.HOWS for power in (False, True)]
        counts["in_memory"] += len(broken)
        broken.append(offsets.over_sockets(kind, at))
        counts["over_sockets"] += 1
        counts.update(one.outcome.value for one in broken)
        findings += [finding for one in broken for finding in one.findings]
        if at % 25 == 0:
            say(f"{kind}, byte {at} of {offsets.length(kind)}, {len(findings)} findings")
    return Result(dict(counts), findings, time.monotonic() - began)


_INJECTION_PARTS = 4


def _spool(block: int, folder: Path, say: Say) -> Result:
    from support.spool.world import SpoolWorld

    del folder  # it lives in memory
    _no_log()
    began = time.monotonic()
    counts: Counter[str] = Counter()
    findings: list[str] = []
    first = (block - 1) * _SPOOLS + 1
    for seed in range(first, first + _SPOOLS):
        world = SpoolWorld(seed)
        try:
            findings += [f"run {seed}: {problem}" for problem in world.run()]
            counts.update(runs=1, labels=len(world.labels.documents), kills=world.kills, failovers=world.failovers())
            counts.update(attempt.state for attempt in world.tried())
        finally:
            world.close()
    say(f"up to run {first + _SPOOLS - 1}, {len(findings)} findings")
    return Result(dict(counts), findings, time.monotonic() - began)


def _sockets(block: int, folder: Path, say: Say) -> Result:
    from scenario.kill_plant import PlantFailed
    from scenario.spool_sockets import Sockets

    first = (block - 1) * _SOCKET_RUNS + 1
    run = Sockets(folder, range(first, first + _SOCKET_RUNS), _CELLS, say)
    began = time.monotonic()
    findings: list[str] = []
    try:
        run.go()
    except PlantFailed as failed:
        findings.append(str(failed))
    done = run.outcome
    counts = {**done.counts, "struck": sum(done.struck.values())}
    return Result(counts, findings + done.findings, time.monotonic() - began)


def _kill_steps(seed: int, folder: Path, say: Say) -> Result:
    from scenario.kill_plant import PlantFailed
    from scenario.kill_steps import KillSteps, drawn

    run = KillSteps(folder / "run", drawn(seed, _STEP_KILLS), say)
    began = time.monotonic()
    findings: list[str] = []
    try:
        run.go()
    except PlantFailed as failed:
        findings.append(str(failed))
    return Result(dict(run.outcome.counts), findings + run.outcome.findings, time.monotonic() - began)


def _cable(seed: int, folder: Path, say: Say) -> Result:
    from scenario.cable import Cables
    from scenario.kill_plant import PlantFailed

    run = Cables(folder / "run", seed, _PULLS, say)
    began = time.monotonic()
    findings: list[str] = []
    try:
        run.go()
    except PlantFailed as failed:
        findings.append(str(failed))
    return Result(dict(run.outcome.counts), findings + run.outcome.findings, time.monotonic() - began)


_PULLS = 20
_SPOOLS, _SOCKET_RUNS, _CELLS, _STEP_KILLS = 2_000, 100, 20, 25

CAMPAIGNS = (
    Campaign("kill", "50 times kill -9 over 500 orders on two virtual printers", (1,), _kill),
    Campaign(
        "simulation",
        f"seeded worlds of {_WORLD_ORDERS} orders with faults and kills; seed N stands for {_WORLDS} worlds",
        tuple(range(1, 81)),
        _simulation,
    ),
    Campaign(
        "injection",
        f"hostile strings in all fields of all templates, in all languages; a seed is one of {_INJECTION_PARTS} parts",
        tuple(range(1, _INJECTION_PARTS + 1)),
        _injection,
    ),
    Campaign(
        "spool",
        f"labels on one to three printers in memory, a fault at a random byte; seed N stands for {_SPOOLS} runs",
        tuple(range(1, 11)),
        _spool,
    ),
    Campaign(
        "sockets",
        f"the same over real sockets, {_CELLS} pools under one daemon; seed N stands for {_SOCKET_RUNS} runs",
        tuple(range(1, 21)),
        _sockets,
    ),
    Campaign(
        "kill-steps",
        f"kill -9 at drawn steps of an attempt, a pool of two printers; seed N stands for {_STEP_KILLS} kills",
        tuple(range(1, 21)),
        _kill_steps,
    ),
    Campaign(
        "cable",
        f"cables pulled out of printers in network namespaces, as root; seed N stands for {_PULLS} pulls",
        tuple(range(1, 6)),
        _cable,
    ),
    Campaign(
        "offsets",
        "a label broken off at every byte, by a reset or unseen, with and without power; a seed is TSPL, CPCL or ESC/POS",
        (1, 2, 3),
        _offsets,
    ),
)
"""All of them. A further one needs an entry here, and a function that runs one seed."""


def run(campaign: Campaign, seeds: Sequence[int], kept: Path, page: Path, jobs: int = 1) -> list[str]:
    """Run what has no result yet, `jobs` seeds side by side, write the row, and return the findings of all seeds."""
    code = code_digest()
    if jobs == 1:
        results = {seed: _unit(campaign, seed, kept, code) for seed in seeds}
    else:
        with ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn")) as pool:
            found = pool.map(_unit_of, [(campaign.name, seed, kept, code) for seed in seeds])
            results = dict(zip(seeds, found, strict=True))
    _write_row(page, campaign, results, code)
    return [f"seed {seed}: {finding}" for seed, result in results.items() for finding in result.findings]


def _unit_of(given: tuple[str, int, Path, str]) -> Result:
    """`_unit` for another process."""
    name, *rest = given
    return _unit(next(one for one in CAMPAIGNS if one.name == name), *rest)


def _unit(campaign: Campaign, seed: int, kept: Path, code: str) -> Result:
    record = kept / f"{campaign.name}-{seed}-{code}.json"
    if record.exists():
        print(f"{campaign.name}, seed {seed}: done before, see {record}", flush=True)
        return Result(**json.loads(record.read_text("utf-8")))
    folder = kept / f"{campaign.name}-{seed}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    result = campaign.unit(seed, folder, lambda text: print(f"{campaign.name}, seed {seed}: {text}", flush=True))
    print(f"{campaign.name}, seed {seed}: {result.counts} in {result.seconds:.0f} s {result.notes}", flush=True)
    if result.findings:
        print(f"{campaign.name}, seed {seed}: {len(result.findings)} findings; all is kept in {folder}", flush=True)
        return result
    shutil.rmtree(folder)
    fresh = record.with_suffix(".new")
    fresh.write_text(json.dumps(asdict(result), indent=1) + "\n", "utf-8")
    fresh.replace(record)
    return result


def code_digest() -> str:
    """Ten hex digits over every Python and YAML file that a campaign runs: results of other code are not taken over."""
    digest = hashlib.sha256()
    for folder in _CODE:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in {".py", ".yaml"}:
                digest.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:10]


def _write_row(page: Path, campaign: Campaign, results: dict[int, Result], code: str) -> None:
    counts: Counter[str] = Counter()
    for result in results.values():
        counts.update(result.counts)
    findings = [f"seed {seed}: {text}" for seed, result in results.items() for text in result.findings]
    notes = [note for result in results.values() for note in result.notes]
    seconds = sum(result.seconds for result in results.values())
    cells = [
        f"{datetime.now(UTC):%Y-%m-%d}",
        campaign.name,
        _spans(sorted(results)),
        ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in counts.items()),
        "<br>".join(_cell(text) for text in findings) or "; ".join(["none", *notes]),
        str(os.cpu_count()),
        f"{seconds:.0f} s",
        code,
    ]
    lines = page.read_text("utf-8").splitlines() if page.exists() else _HEAD.splitlines()
    identity = (cells[1], cells[2], cells[7])
    rows = [line for line in lines if line.startswith("| 2") and _identity(line) != identity]
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(_HEAD + "\n".join([*rows, f"| {' | '.join(cells)} |"]) + "\n", "utf-8")


def _identity(row: str) -> tuple[str, str, str]:
    cells = [cell.strip() for cell in row.strip("|").split(" | ")]
    return cells[1], cells[2], cells[-1]


def _cell(text: str) -> str:
    line = " ".join(text.split()).replace("|", r"\|")
    return line if len(line) <= 300 else f"{line[:300]}…"


def _spans(seeds: Sequence[int]) -> str:
    """Seeds as people write them: `1-4, 9`."""
    spans: list[list[int]] = []
    for seed in seeds:
        if spans and seed == spans[-1][1] + 1:
            spans[-1][1] = seed
        else:
            spans.append([seed, seed])
    return ", ".join(f"{first}" if first == last else f"{first}-{last}" for first, last in spans)


def read_seeds(text: str) -> tuple[int, ...]:
    """`1-4,9` as numbers. Raises `argparse.ArgumentTypeError`."""
    seeds: list[int] = []
    for part in text.split(","):
        first, dash, last = part.strip().partition("-")
        if not first.isdigit() or (dash and not last.isdigit()):
            raise argparse.ArgumentTypeError(f"{text!r} is not a list of seeds such as 1-4,9")
        seeds.extend(range(int(first), int(last or first) + 1))
    return tuple(dict.fromkeys(seeds))


def _ended(*_: object) -> NoReturn:
    """SIGTERM ends a campaign as ^C does: no daemon and no printer stays behind."""
    raise KeyboardInterrupt


def main(arguments: Sequence[str] | None = None) -> int:
    """Run campaigns; the exit code."""
    parser = argparse.ArgumentParser(description="Run campaigns and write docs/reference/campaigns.md.")
    parser.add_argument("names", nargs="*", metavar="CAMPAIGN", help="which ones; all where none is named")
    parser.add_argument("--seeds", type=read_seeds, help="such as 1-4,9; without it each campaign's own")
    parser.add_argument("--jobs", type=int, default=1, help="seeds side by side; for what lives in memory, one per core")
    parser.add_argument("--list", action="store_true", help="say which ones there are")
    given = parser.parse_args(arguments)
    if given.list:
        for one in CAMPAIGNS:
            print(f"{one.name:12} {one.summary} (seeds {_spans(one.seeds)})")
        return 0
    known = {one.name: one for one in CAMPAIGNS}
    unknown = [name for name in given.names if name not in known]
    if unknown:
        parser.error(f"there is no campaign {unknown[0]!r}, only: {', '.join(known)}")
    findings: list[str] = []
    for one in [known[name] for name in given.names] or CAMPAIGNS:
        findings += [f"{one.name}: {text}" for text in run(one, given.seeds or one.seeds, KEPT, PAGE, given.jobs)]
    for text in findings:
        print(text, file=sys.stderr)
    return 1 if findings else 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _ended)
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
