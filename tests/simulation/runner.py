"""Runs seeds: one world each, then quiet, then everything that must be true."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.simulation.bugs import planted
from tests.simulation.faults import Violation
from tests.simulation.world import World

__all__ = ["Result", "always", "fast_place", "replay", "run_seed"]

STEPS: Final = (20, 120)
ONLY_STICKS: Final = 0.15
"""Of the runs in which the server is never reached again: the sticks alone must do."""

MEMORY: Final = Path("/dev/shm")


@dataclass(frozen=True, slots=True)
class Result:
    """How a seed ended: what was violated, or None; what was done; what every laptop holds."""

    seed: int
    violation: str | None
    steps: int
    changes: int
    batches: int
    digest: str


@contextlib.contextmanager
def fast_place() -> Iterator[Path]:
    """Give a folder in memory where the system has such a place; it is gone afterwards."""
    base = MEMORY if MEMORY.is_dir() else None
    place = Path(tempfile.mkdtemp(prefix="qispi-sim-", dir=base))
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def run_seed(seed: int, place: Path, bug: str | None = None) -> Result:
    """Run one seed; the same seed does the same, always."""
    with planted(bug):
        world = World(seed, place)
        steps = world.chance.randint(*STEPS)
        is_networked = world.chance.random() >= ONLY_STICKS
        violation = None
        done = 0
        try:
            for done in range(1, steps + 1):
                world.step()
            world.settle_down(is_networked=is_networked)
            world.oracle.check(world, is_networked=is_networked)
        except Violation as found:
            violation = str(found)
        except Exception as error:
            if bug is None:
                raise
            # A planted bug may well end in an exception: that, too, is found.
            violation = f"{type(error).__name__}"
        try:
            return Result(
                seed,
                violation,
                done,
                len(world.oracle.made),
                world.region.head().position,
                world.digest(),
            )
        finally:
            world.close()


def replay(seed: int, bug: str | None = None) -> str:
    """Return the command that does it again."""
    return f"./run sim --seed {seed}" + (f" --bug {bug}" if bug else "")


def always() -> tuple[int, ...]:
    """Return the seeds that once found something and always run."""
    lines = Path(__file__).with_name("seeds.txt").read_text(encoding="utf-8").splitlines()
    return tuple(int(line.split("#")[0]) for line in lines if line.split("#")[0].strip())
