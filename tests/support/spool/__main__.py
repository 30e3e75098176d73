"""Replays one seed with a readable trace: `PYTHONPATH=tests .venv/bin/python -m support.spool SEED [--to SEED] [--quiet]`."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter

from support.spool.world import SpoolWorld


def main() -> int:
    """Exit code 0 when nothing was wrong."""
    parser = argparse.ArgumentParser(prog="python -m support.spool", description="Replay one run of the spool with faults.")
    parser.add_argument("seed", type=int)
    parser.add_argument("--to", type=int, help="run all seeds up to this one, without their traces")
    parser.add_argument("--quiet", action="store_true", help="show only the result")
    given = parser.parse_args()
    failed, ends, struck = 0, Counter[str](), Counter[str]()
    for seed in range(given.seed, (given.to or given.seed) + 1):
        began = time.perf_counter()
        world = SpoolWorld(seed, show=None if given.quiet or given.to else print)
        problems = world.run()
        seconds, minutes = time.perf_counter() - began, world.ether.reactor.seconds() / 60
        ends.update(one.state for one in world.tried())
        struck.update(plan.fault.name for plan in world.plans if plan.struck)
        if problems or not given.to:
            print(f"seed {seed}: {len(problems)} problems, {seconds:.3f} s for {minutes:.1f} min, {world.trace.hash()[:16]}")
        for problem in problems:
            print(f"  {problem}")
        failed += bool(problems)
        world.close()
    print(f"{failed} failed; attempts {dict(ends)}; faults {dict(struck)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
