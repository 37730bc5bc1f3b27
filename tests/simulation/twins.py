"""Laptops of which there are two, or that are not what they were: whether they come to hear of it,
and whether a number is given twice from then on.

Computed from tables and from what people did, apart from the code that says it. What is drawn here
comes from a source of its own.
"""

from __future__ import annotations

import dataclasses
import random
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from app.ids import SeededIds
from app.services import casework, evidence
from app.services.ports import UnitOfWork
from tests.simulation.oracle import must

if TYPE_CHECKING:
    from tests.simulation.laptop import SimLaptop
    from tests.simulation.world import World

__all__ = ["TOLD", "Twins"]

TOLD: Final = "put_back_or_copied"
IMAGES: Final = 0.5
"""Of the laptops that are copied, and of the backups that are put back, those with all around."""
CASES_MAX: Final = 6
"""Of cases that are opened because of what was told: a run is no longer for it."""


@dataclass(frozen=True, slots=True)
class _Given:
    """A number that was given: by whom, in which of its lives, from which stretch, and whether it
    had heard then that this life is not the only one."""

    laptop: SimLaptop
    life: int
    stretch: bytes
    has_heard: bool


class Twins:
    """Knows which laptops were copied or put back, and what they were told since."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(f"{seed} twins")
        self._copied: set[str] = set()
        self._lives: defaultdict[str, int] = defaultdict(int)
        self._told_before: defaultdict[str, int] = defaultdict(int)
        """At the beginning of its life."""
        self._told_last: defaultdict[str, int] = defaultdict(int)
        self._expected: set[str] = set()
        self._explained: defaultdict[str, set[bytes]] = defaultdict(set)
        """Runs of the program of which batches came while those were expected."""
        self._given: defaultdict[str, list[_Given]] = defaultdict(list)
        self._cases_left = CASES_MAX

    def is_image(self) -> bool:
        """Draw whether the computer and the profile are copied, or put back, with the files."""
        return self.chance.random() < IMAGES

    def begin_life(self, laptop: SimLaptop, *, of: SimLaptop | None = None) -> None:
        """It was put back; or it is a copy ``of`` another one, which begins another life, too."""
        self._lives[laptop.name] += 1
        self._told_before[laptop.name] = self._told_last[laptop.name] = laptop.told(TOLD)
        if of is not None:
            self._copied.add(laptop.letter)
            self._explained[laptop.name] = set(self._explained[of.name])
            self.begin_life(of)

    # --- while it runs ---------------------------------------------------------------------------

    def before(self, laptop: SimLaptop) -> None:
        """An exchange begins."""
        if laptop.rows(_EXPECTED):
            self._expected.add(laptop.name)

    def after(self, world: World, laptop: SimLaptop) -> None:
        """An exchange ended: whoever heard something opens a case, as one does one day."""
        if laptop.name in self._expected or laptop.rows(_EXPECTED):
            self._explained[laptop.name] |= _elsewhere(laptop)
        self._expected.discard(laptop.name)
        told = laptop.told(TOLD)
        if told > self._told_last[laptop.name] and self._cases_left:
            self._cases_left -= 1
            world.faults.met["open a case after that"] += 1
            self._open_case(laptop)
        self._told_last[laptop.name] = told

    def _open_case(self, laptop: SimLaptop) -> None:
        desk = dataclasses.replace(laptop.desk, ids=SeededIds(laptop.clock, self.chance))
        opened: list[str] = []

        def work(uow: UnitOfWork) -> None:
            opened.append(casework.open_case(uow, desk))

        laptop.type(work)
        for case_id in opened:
            self.note_case(laptop, case_id)

    def note_case(self, laptop: SimLaptop, case_id: str) -> None:
        """A case was opened. Its number was given by nobody who knew of whoever gave it before."""
        ((code,),) = laptop.rows("SELECT code FROM case_row WHERE case_id = ?", _raw(case_id))
        found = laptop.rows("SELECT content FROM local WHERE name = 'case_numbers/stretch'")
        now = _Given(
            laptop,
            self._lives[laptop.name],
            found[0][0].partition(b"/")[0] if found else b"",
            laptop.told(TOLD) > self._told_before[laptop.name],
        )
        for one in self._given[code]:
            # Of one laptop the life before knew nothing; of two both must have heard.
            is_again = one.laptop is laptop and one.life < now.life
            is_doubled = one.laptop is not laptop and one.has_heard
            may_be = not now.has_heard or (now.stretch and one.stretch == now.stretch)
            must(
                bool(may_be) or not (is_again or is_doubled),
                f"{laptop.name}: gives a number again, though it heard that it is not alone",
            )
        self._given[code].append(now)

    # --- at the end ------------------------------------------------------------------------------

    def check_end(self, world: World, laptop: SimLaptop) -> None:
        """Whoever has what another state of it signed was told of it, and nobody else was."""
        details = laptop.first("SELECT detail FROM audit WHERE action = ?", TOLD)
        told = {bytes.fromhex(one.partition("/")[0]) for one in details}
        untold = _elsewhere(laptop) - told - self._explained[laptop.name]
        if laptop.rows(_EXPECTED):
            untold = set()
        must(not untold, f"{laptop.name}: put back or copied, and nobody is told of it")
        must(len(told) == len(details), f"{laptop.name}: another run of it is noted twice")
        if told and not laptop.was_spoilt:
            facts = {one.message_id for one in laptop.look(evidence.facts)}
            must(TOLD in facts, f"{laptop.name}: put back or copied, and the page is silent")
        may_be_told = laptop.was_put_back or laptop.letter in self._copied
        must(may_be_told or not told, f"{laptop.name}: called put back or copied, and is neither")
        if told:
            world.faults.met["put back or copied told"] += 1


def _elsewhere(laptop: SimLaptop) -> set[bytes]:
    """Return the runs of the program of which this laptop has batches that it signed and did not
    seal."""
    return laptop.first(
        "SELECT DISTINCT session FROM batch WHERE device = ? AND is_own = 0", laptop.device
    )


def _raw(case_id: str) -> bytes:
    return bytes.fromhex(case_id)


_EXPECTED: Final = "SELECT 1 FROM local WHERE name = 'sync/own_expected' AND content IS NOT NULL"
