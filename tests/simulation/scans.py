"""Scans in the simulator: attached anywhere, they reach every laptop behind all the rest.

Drawn from a source of their own: a seed that has none of it does what it always did.
"""

from __future__ import annotations

import contextlib
import hashlib
import random
from collections.abc import Callable, Container, Iterator
from typing import TYPE_CHECKING, Final

from app.domain.errors import DomainError
from app.services import attachment_lane, attachment_refusals, attachments, scan_places
from app.services.ports import UnitOfWork
from app.services.whereabouts_ports import Reach
from sync.client.laptops import RosterLaptops
from sync.client.stick_blobs import SCAN
from sync.envelope.centre_blobs import CentreBlobs
from tests.simulation.oracle import must
from tests.simulation.thief import SimBlobs

if TYPE_CHECKING:
    from tests.simulation.laptop import SimLaptop
    from tests.simulation.world import World

__all__ = ["Scans"]

WITH_SCANS: Final = 0.3
OFTEN: Final = 8
"""Beside forty times that somebody types."""
SIZES: Final = (40, 3_000, 70_000)
_HERE: Final = "SELECT sha256 FROM attachment"


class Scans:
    """What was attached in a run, and what may be missing of it."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(f"{seed} scans")
        self.are_there = self._chance.random() < WITH_SCANS
        self.is_slow = self._chance.random() < 0.3
        """The link is too thin for scans that nobody asked for, until all is quiet."""
        self._saved: set[bytes] = set()
        self._perished: set[bytes] = set()
        self._at_dawn: frozenset[bytes] = frozenset()
        """The names of what the region had as the day began."""
        self._seconds = 0.0

    def seconds(self) -> float:
        """Return a monotonic counter: on a thin link a piece takes its time."""
        self._seconds += 30.0 if self.is_slow else 0.01
        return self._seconds

    def blobs_of(self, laptop: SimLaptop) -> CentreBlobs | None:
        """Return what seals scans and snapshots of a laptop; a program of the first format knows of
        none."""
        are_there = self.are_there or laptop.world.sizes.are_small
        return SimBlobs(laptop.envelope) if are_there and not laptop.is_old else None

    def deeds(
        self, at_one: Callable[[Callable[[SimLaptop], None]], Callable[[], None]]
    ) -> list[tuple[Callable[[], None], int]]:
        """Return what may happen at some laptop, and how often."""
        return [(at_one(self.attach), OFTEN)] if self.are_there else []

    def attach(self, laptop: SimLaptop) -> None:
        """Attach a scan or two to a case, as the page does."""
        cases = sorted({key.record_id for key in laptop.world.keys if key.kind == "case"})
        for _ in range(self._chance.choice((1, 1, 2, 9))):
            case = self._chance.choice(cases)
            content = b"\xff\xd8\xff\xe0palabra" + self._chance.randbytes(
                self._chance.choice(SIZES)
            )
            self._attach(laptop, case, content)

    def _attach(self, laptop: SimLaptop, case: str, content: bytes) -> None:
        def work(uow: UnitOfWork) -> None:
            attachments.attach(uow, laptop.desk, case, case, content, "una copia inventada")  # type: ignore[arg-type]
            laptop.world.faults.met["scan attached"] += 1
            if laptop not in laptop.world.gone:
                self._saved.add(hashlib.sha256(content).digest())

        laptop.type(work)

    @contextlib.contextmanager
    def destroying(self, world: World) -> Iterator[None]:
        """Within, something is put back or damaged: what is nowhere afterwards may be missing."""
        if not self.are_there:
            yield
            return
        before = self._present(world)
        yield
        self._perished = (self._perished | before) - self._present(world)

    def begin_day(self, world: World) -> None:
        """A new day: every laptop asks, once in that day, what the region has of the scans."""
        if self.are_there:
            self._at_dawn = frozenset(world.region.blob_names())
            for laptop in world.laptops:
                laptop.start_again()

    def begin_another_day(self, world: World) -> bool:
        """Let those begin another day who could not know yet that the region has what they gave
        up; return whether there are any."""
        # A laptop sends a scan that was refused twice no more, and looks for it at the region once
        # in a run of the program. A colleague or a copy that comes behind it sends the same one
        # later on that day: it is seen in the next run. What lay there at dawn must have been seen.
        late = self._late(world) if self.are_there else []
        if late:
            self._at_dawn = frozenset(world.region.blob_names())
        for laptop in late:
            world.faults.met["scan seen a day later"] += 1
            laptop.start_again()
        return bool(late)

    def _late(self, world: World) -> list[SimLaptop]:
        log_id = world.region.head().log_id
        given_up = {one: _given_up(one, log_id) for one in world.laptops}
        if not any(given_up.values()):
            return []
        came = self._at_the_region(world, self._at_dawn)
        return [one for one in world.laptops if given_up[one] & came]

    def check_end(self, world: World, *, is_networked: bool) -> None:
        """Every scan that a record names, and that is not lost, is at every laptop; none waits."""
        if not self.are_there:
            return
        for laptop in world.laptops:
            here = laptop.first(_HERE)
            lost = self._saved - self._perished - here
            named = laptop.look(lambda uow: {one.sha256 for one in uow.blobs.attachments()})
            must(not lost & named, f"{laptop.name} lacks {len(lost & named)} scans")
            if is_networked:
                log_id = world.region.head().log_id
                waiting = laptop.look(
                    lambda uow, log_id=log_id: attachment_lane.unsent(uow, log_id)  # type: ignore[misc]
                )
                must(not waiting, f"{laptop.name}: scans wait, though all is quiet")
                is_there = _least_said(laptop) >= Reach.RECEIVED
                must(is_there, f"{laptop.name}: a scan is said to be on its way")
        if is_networked:
            self._check_region(world)

    def _check_region(self, world: World) -> None:
        """What laptops say that the region keeps, it keeps, whole, under a name that finds it."""
        kept = self._at_the_region(world)
        for laptop in world.laptops:
            log_id = world.region.head().log_id
            said = laptop.first("SELECT sha256 FROM blob WHERE log_id = ?", log_id)
            must((said & self._saved) <= kept, f"{laptop.name}: the region lacks a scan")

    def _present(self, world: World) -> set[bytes]:
        """Return every scan that somebody holds, or could take in of what lies about."""
        present: set[bytes] = set()
        for laptop in world.laptops:
            present |= laptop.first(_HERE)
        for stick in world.sticks:
            for one in stick.files(SCAN):
                present |= self._opened(world, one.read_bytes())
        return present | self._at_the_region(world)

    def _at_the_region(self, world: World, besides: Container[bytes] = ()) -> set[bytes]:
        kept: set[bytes] = set()
        for content in world.region.blobs(besides):
            kept |= self._opened(world, content)
        return kept

    def _opened(self, world: World, content: bytes) -> set[bytes]:
        for laptop in world.laptops:
            try:
                opened = CentreBlobs(laptop.envelope).open_attachment(content)
            except DomainError:
                continue
            return {hashlib.sha256(opened).digest()}
        return set()


def _given_up(laptop: SimLaptop, log_id: bytes) -> set[bytes]:
    """Return what a laptop sends no more, and does not know to be there."""
    tried_with = log_id + laptop.keys.mark()

    def look(uow: UnitOfWork) -> set[bytes]:
        waiting = attachment_lane.unsent(uow, log_id)
        return set(waiting) & attachment_refusals.given_up(uow, tried_with)

    return laptop.look(look)


def _least_said(laptop: SimLaptop) -> Reach:
    known = RosterLaptops(laptop.keys, laptop.envelope)

    def look(uow: UnitOfWork) -> Reach:
        named = [one.record_id for one in uow.blobs.attachments()]
        places = scan_places.of_scans(uow, known, named).values()
        return min((one.reach for one in places), default=Reach.SEEN)

    return laptop.look(look)
