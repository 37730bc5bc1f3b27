"""``./run sim``: synchronisation under seeded faults, and the bugs planted to test the simulator.

``./run sim``                 the seeds kept, and 100 fresh ones
``./run sim --seeds 1000``    as many fresh ones (``--from S``: from this seed on; from 2147483648
                              on, runs of few steps)
``./run sim --seeds 1000 --from 5000 --keep-totals FILE``  a part of many, counted into a file
``./run sim --seed S``        one seed again, with where it failed (``--bug NAME``: with that bug)
``./run sim --bugs``          every planted bug, and how many seeds it took to find it
"""

from __future__ import annotations

import argparse
import logging
import os
import random
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tests.simulation.bugs import BUGS
from tests.simulation.runner import (
    SEARCH_MAX,
    SHORT,
    Result,
    always,
    fast_place,
    keep,
    replay,
    run_seed,
    run_seeds,
    search_all,
)
from tests.simulation.totals import Totals

FRESH: Final = 100
EVERY: Final = 100


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the options say; return 0 when all is as it must be."""
    options = _options(arguments)
    with fast_place() as place:
        if options.seed is not None:
            return _one(options.seed, options.bug, place)
        if options.bugs:
            names = [options.bug] if options.bug else list(BUGS)
            return _all_bugs(options.first or 0, place, names, options.jobs)
        first = options.first if options.first is not None else random.randrange(SHORT)
        return _many(first, options, place)


def _one(seed: int, bug: str | None, place: Path) -> int:
    result = run_seed(seed, place, bug)
    print(result.trace or _line(result))
    return int(result.violation is not None)


def _many(first: int, options: argparse.Namespace, place: Path) -> int:
    count, jobs = options.seeds, options.jobs
    kept = () if options.only_fresh else always()
    seeds = (*kept, *range(first, first + count))
    print(f"{count} seeds from {first} on, and {len(kept)} kept, {jobs} at once", flush=True)
    began = time.monotonic()
    totals = Totals()
    for done, result in enumerate(run_seeds(seeds, place, jobs=jobs), 1):
        totals.add(result)
        if result.violation is not None:
            keep(result)
            print(f"FAILED {_line(result)}\n       {replay(result.seed)}", flush=True)
        if done % EVERY == 0:
            seconds = time.monotonic() - began
            print(f"{done} done, {len(totals.failed)} failed, {seconds:.0f} s", flush=True)
    totals.seconds = time.monotonic() - began
    print(totals.line())
    print("met: " + ", ".join(f"{what} {count}" for what, count in totals.met.most_common()))
    if options.keep_totals is not None:
        print(f"all parts: {totals.keep(options.keep_totals).line()}")
    return int(bool(totals.failed))


def _all_bugs(first: int, place: Path, names: Sequence[str], jobs: int) -> int:
    width = max(map(len, BUGS))
    print(f"{'bug':{width}}  seeds  what the checkers said")
    missed = 0
    for found in search_all(names, first, place, jobs=jobs):
        said = found.result.violation
        missed += said is None
        tried = str(found.tried) if said else f">{SEARCH_MAX}"
        print(f"{found.bug:{width}}  {tried:>5}  {said or 'NOTHING'}", flush=True)
    print(f"{len(names) - missed} of {len(names)} planted bugs found within {SEARCH_MAX} seeds")
    return int(missed > 0)


def _line(result: Result) -> str:
    end = result.violation or "all is as it must be"
    return (
        f"seed {result.seed}: {end} ({result.steps} steps, {result.changes} changes, "
        f"{result.batches} batches in the log)"
    )


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./run sim", description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--seeds", type=int, default=FRESH, help="fresh seeds (default %(default)s)"
    )
    parser.add_argument(
        "--from", "--first", dest="first", type=int, help="the first of them (default: drawn)"
    )
    parser.add_argument("--only-fresh", action="store_true", help="without the seeds kept")
    parser.add_argument(
        "--keep-totals", type=Path, metavar="FILE", help="add this part to the totals of others"
    )
    parser.add_argument("--seed", type=int, help="run this one again")
    parser.add_argument("--bug", choices=sorted(BUGS), help="with this bug planted")
    parser.add_argument(
        "--bugs", action="store_true", help="search every planted bug, or that of --bug"
    )
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes at once")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # its folder goes with it
    logging.disable(logging.CRITICAL)  # a planted fault is no news
    sys.exit(main())
