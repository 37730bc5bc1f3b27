"""What befalls in the middle of a synchronisation: the server has no room at a statement of its
store, another request comes inside this one, or the person at the laptop stops it.

Drawn from sources of its own: a seed that has none of it does what it always did.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeVar

from sqlalchemy.exc import SQLAlchemyError

from app.domain.errors import EnvironmentFault

if TYPE_CHECKING:
    from tests.simulation.laptop import SimLaptop
    from tests.simulation.region import SimRegion
    from tests.simulation.world import World

__all__ = ["Stumbles"]

T = TypeVar("T")

OFTEN: Final = (0.0, 0.0, 0.0, 0.08)
BREAKS: Final = (0.0, 0.3)
"""Of the pieces of scans in which the link breaks and does not come back."""
STATEMENTS: Final = (3, 8, 30)
"""Before the one at which it fails; most requests have few."""
STOPS: Final = (0.0, 0.01, 0.04)
"""At each step of a synchronisation over the network."""


class Stumbles:
    """How often the server fails in a run, how often two requests meet, and how often somebody
    tires of waiting."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(f"{seed} server")
        self._fails = self._chance.choice(OFTEN)
        self._meets = self._chance.choice(OFTEN)
        self._breaks = self._chance.choice(BREAKS)
        self._waiting = random.Random(f"{seed} waiting")
        self._stops = self._waiting.choice(STOPS)

    def may_stop(self, world: World, laptop: SimLaptop) -> None:
        """Let the person at a laptop stop what it does over the network, as the button does, or
        not."""
        if world.faults.is_quiet or self._waiting.random() >= self._stops:
            return
        if not world.faults.cancelled or not laptop.is_online:
            return
        world.faults.met["stopped over the network"] += 1
        laptop.runs.cancel()

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
