"""What befalls the server in the middle of a request: no room at a statement of its store, and
another request inside this one.

Drawn from a source of its own: a seed that has none of it does what it always did.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeVar

from sqlalchemy.exc import SQLAlchemyError

from app.domain.errors import EnvironmentFault

if TYPE_CHECKING:
    from tests.simulation.region import SimRegion
    from tests.simulation.world import World

__all__ = ["Stumbles"]

T = TypeVar("T")

OFTEN: Final = (0.0, 0.0, 0.0, 0.08)
BREAKS: Final = (0.0, 0.3)
"""Of the pieces of scans in which the link breaks and does not come back."""
STATEMENTS: Final = (3, 8, 30)
"""Before the one at which it fails; most requests have few."""


class Stumbles:
    """How often the server fails in a run, and how often two requests meet."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(f"{seed} server")
        self._fails = self._chance.choice(OFTEN)
        self._meets = self._chance.choice(OFTEN)
        self._breaks = self._chance.choice(BREAKS)

    def cut_off(self, world: World, body: bytes) -> bytes | None:
        """Return what comes of a piece of a scan before the link breaks for good, or None when it
        does not break."""
        if world.faults.is_quiet or self._chance.random() >= self._breaks:
            return None
        world.faults.met["broken off in a scan"] += 1
        return body[: self._chance.randrange(len(body))]

    def at_server(self, world: World, region: SimRegion, work: Callable[[], T]) -> T:
        """Do something at the server, or a part of it. Raises EnvironmentFault when it failed."""
        if world.faults.is_quiet:
            return work()
        if self._chance.random() < self._meets:
            region.between = lambda: self._meet(world, region)
        try:
            if self._chance.random() >= self._fails:
                return work()
            with region.failing(self._chance.randrange(self._chance.choice(STATEMENTS))):
                return work()
        except SQLAlchemyError:
            world.faults.met["server without room"] += 1
            raise EnvironmentFault("server_unreachable") from None
        finally:
            region.between = None

    def _meet(self, world: World, region: SimRegion) -> None:
        if self._chance.random() < 0.5:
            return
        region.between = None  # no third one inside the second
        world.faults.met["one request inside another"] += 1
        if world.late and self._chance.random() < 0.7:
            self._chance.choice(world.late)()
        else:
            world.neighbour.come(region)
