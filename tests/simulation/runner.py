"""Runs seeds: one world each, then quiet, then everything that must be true."""

from __future__ import annotations

import contextlib
import gc
import logging
import multiprocessing
import os
import shutil
import tempfile
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, TypeVar

from app.services import ledger
from db import set_aside
from tests.simulation.bugs import is_told, planted
from tests.simulation.ending import check_end
from tests.simulation.faults import Violation
from tests.simulation.laptop import flawed
from tests.simulation.oracle import STRANGERS_BYTES, STRANGERS_ROWS
from tests.simulation.remembered import remembering
from tests.simulation.shares import repeatable_shares
from tests.simulation.sizes import Sizes
from tests.simulation.swapped import swapped
from tests.simulation.world import OWN_BUG, World

__all__ = [
    "SEARCH_MAX",
    "SHORT",
    "Found",
    "Result",
    "always",
    "fast_place",
    "keep",
    "replay",
    "run_seed",
    "run_seeds",
    "search",
    "search_all",
]

T = TypeVar("T")

STEPS: Final = ((15, 45), (15, 45), (40, 120))
"""A short run costs half of a long one, and most of what can go wrong needs no more."""
SHORT: Final = 2**31
"""From this seed on a run has few steps, at less than half the price: for each run of the tests."""
FEW_STEPS: Final = ((6, 20),)

ONLY_STICKS: Final = 0.15
ONLY_NETWORK: Final = 0.5
"""Of the runs in which, at the end, the one or the other alone must do."""

SEARCH_MAX: Final = 1_000
"""Seeds in which a planted bug must show itself."""

MEMORY: Final = Path("/dev/shm")
SEEDS: Final = Path(__file__).with_name("seeds.txt")


@dataclass(frozen=True, slots=True)
class Result:
    """How a seed ended: what was violated, or None; what was done; what every laptop holds."""

    seed: int
    violation: str | None
    steps: int
    changes: int
    batches: int
    digest: str
    met: Counter[str]
    trace: str = ""
    is_accident: bool = False
    """An exception, not the word of the oracle."""


@dataclass(frozen=True, slots=True)
class Found:
    """How a search for a planted bug ended: how many seeds were run, and the last one's result."""

    bug: str
    tried: int
    result: Result


@contextlib.contextmanager
def fast_place() -> Iterator[Path]:
    """Give a folder in memory where the system has such a place; it is gone afterwards."""
    base = MEMORY if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) else None
    place = Path(tempfile.mkdtemp(prefix="qispi-sim-", dir=base))
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def run_seed(seed: int, place: Path, bug: str | None = None) -> Result:
    """Run one seed; the same seed does the same, always. An exception is a violation, too."""
    sizes = Sizes(seed)
    with _quick(), sizes.hold(), planted(bug):
        world = World(seed, place, sizes)
        lengths = STEPS if seed < SHORT else FEW_STEPS
        steps = world.chance.randint(*world.chance.choice(lengths))
        way = world.chance.random()
        is_networked, has_sticks = way >= ONLY_STICKS, way < 1 - ONLY_NETWORK
        violation, trace, is_accident = None, "", False
        try:
            for _ in range(steps):
                world.step()
            # What a laptop that was taken out gave to one, the others get from the log alone.
            is_networked |= bool(world.gone)
            world.settle_down(is_networked=is_networked, has_sticks=has_sticks)
            check_end(world, is_networked=is_networked)
        except Violation as found:
            violation, trace = str(found), traceback.format_exc()
            is_accident = violation.endswith(OWN_BUG)
        except Exception as error:
            violation, trace = f"{type(error).__name__}: {error}", traceback.format_exc()
            is_accident = True
        made, batches = len(world.oracle.made), world.region.head().position
        try:
            return Result(
                seed,
                violation,
                world.steps,
                made,
                batches,
                "" if is_accident else world.digest(),
                world.faults.met if is_accident else world.met(),
                trace,
                is_accident,
            )
        finally:
            world.close()


@contextlib.contextmanager
def _quick() -> Iterator[None]:
    """Count a little of what strangers leave as much, and collect garbage once a seed."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        with (
            swapped(set_aside, "STRANGERS_BYTES_MAX", lambda _real: STRANGERS_BYTES),
            swapped(set_aside, "STRANGERS_ROWS_MAX", lambda _real: STRANGERS_ROWS),
            swapped(ledger, "record", flawed),
            repeatable_shares(),
            remembering(),
        ):
            yield
    finally:
        if was_enabled:
            gc.enable()


def run_seeds(seeds: Iterable[int], place: Path, *, jobs: int = 1) -> Iterator[Result]:
    """Run seeds, in ``jobs`` processes at once; give each result as it comes, in any order."""
    return _at_once(run_seed, [(seed,) for seed in seeds], place, jobs)


def search_all(bugs: Iterable[str], first: int, place: Path, *, jobs: int = 1) -> Iterator[Found]:
    """Search each of these bugs as :func:`search` does, in ``jobs`` processes at once; give what
    was found as it comes, in any order."""
    return _at_once(_search_at, [(bug, first) for bug in bugs], place, jobs)


def _at_once(
    work: Callable[..., T], arguments: Sequence[tuple[object, ...]], place: Path, jobs: int
) -> Iterator[T]:
    """Do work, each with its arguments and a place of its own behind them."""
    if jobs == 1:
        yield from (work(*some, place) for some in arguments)
        return
    # Not forked: a child must not share what the parent has open.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=context, initializer=_be_silent) as pool:
        waiting = [pool.submit(_in_child, work, some, place) for some in arguments]
        try:
            for one in as_completed(waiting):
                yield one.result()
        finally:
            # Stopped early, it does not run the rest first.
            pool.shutdown(cancel_futures=True)


def search(bug: str, first: int, place: Path, *, most: int = SEARCH_MAX) -> Found:
    """Run seeds from ``first`` on with a bug planted, until the oracle says what that bug breaks or
    ``most`` were run. Anything else finds nothing: an exception hides what was to be found, another
    word may be of another fault, and a seed that fails without the bug says nothing about it.
    """
    for tried in range(1, most + 1):
        seed = first + tried - 1
        result = run_seed(seed, place, bug)
        said = result.violation or ""
        if result.is_accident or not is_told(bug, said):
            continue
        if run_seed(seed, place).violation is None:
            return Found(bug, tried, result)
    return Found(bug, most, replace(result, violation=None))


def replay(seed: int, bug: str | None = None) -> str:
    """Return the command that does it again."""
    return f"./run sim --seed {seed}" + (f" --bug {bug}" if bug else "")


def always() -> tuple[int, ...]:
    """Return the seeds that once found something and always run."""
    lines = SEEDS.read_text(encoding="utf-8").splitlines()
    return tuple(int(line.split("#")[0]) for line in lines if line.split("#")[0].strip())


def keep(result: Result) -> None:
    """Append a seed that failed to those that always run, with what it found; once each."""
    if result.seed in always():
        return
    with SEEDS.open("a", encoding="utf-8") as file:
        file.write(f"{result.seed}  # {(result.violation or '').partition(chr(10))[0]}\n")


def _be_silent() -> None:
    logging.disable(logging.CRITICAL)  # a planted fault is no news


def _search_at(bug: str, first: int, place: Path) -> Found:
    return search(bug, first, place)


def _in_child(work: Callable[..., T], arguments: tuple[object, ...], place: Path) -> T:
    own = place / f"{os.getpid()}"
    own.mkdir(exist_ok=True)
    return work(*arguments, own)
