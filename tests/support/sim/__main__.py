"""Replays one seed with a readable trace: `PYTHONPATH=tests .venv/bin/python -m support.sim SEED [--quiet]`."""

from __future__ import annotations

import argparse
import sys
import time

from support.sim.world import World


def main() -> int:
    """Exit code 0 when nothing was wrong."""
    parser = argparse.ArgumentParser(prog="python -m support.sim", description="Replay one seed of the simulation.")
    parser.add_argument("seed", type=int)
    parser.add_argument("--to", type=int, help="run all seeds up to this one, without their traces")
    parser.add_argument("--orders", type=int, default=20)
    parser.add_argument("--storm", type=float, default=0.4, help="probability of each kind of fault, 0 to 1")
    parser.add_argument("--quiet", action="store_true", help="show only the result")
    given = parser.parse_args()
    failed = 0
    for seed in range(given.seed, (given.to or given.seed) + 1):
        began = time.perf_counter()
        shown = None if given.quiet or given.to else print
        world = World(seed, orders=given.orders, storm=given.storm, show=shown)
        problems = world.run()
        seconds, hours = time.perf_counter() - began, world.ether.reactor.seconds() / 3600
        print(
            f"seed {seed}: {len(problems)} problems, {world.kills} kills, {seconds:.2f} s for {hours:.2f} h, "
            f"{world.trace.lines} lines, trace {world.trace.hash()[:16]}"
        )
        for problem in problems:
            print(f"  {problem}")
        failed += bool(problems)
        world.close()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
