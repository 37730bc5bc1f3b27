"""One simulated centre: its laptops, sticks and server, and one thing after another."""

from __future__ import annotations

import random
import shutil
from collections import Counter
from collections.abc import Callable, Container
from pathlib import Path
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from app.domain.change import ChangeId
from app.domain.errors import QispiError
from app.services.read_models import SyncReport
from sync.client.engine import BUG, Meter, run_session
from sync.client.folder import folder_session
from sync.client.stick import Stick
from sync.envelope.keyring import Keyring
from tests.simulation.attacker import Attacker
from tests.simulation.ending import check_whereabouts
from tests.simulation.envelopes import FIRST_FORMAT
from tests.simulation.faults import Faults, PowerCut, Violation
from tests.simulation.fields import KEYS
from tests.simulation.keys import LETTERS, sim_centre
from tests.simulation.laptop import SimClock, SimLaptop
from tests.simulation.link import SimLink
from tests.simulation.member import Member, strange_batch
from tests.simulation.neighbour import Neighbour
from tests.simulation.oracle import Oracle, lacking_of, must
from tests.simulation.people import People
from tests.simulation.region import SimRegion
from tests.simulation.scans import Scans
from tests.simulation.sizes import Sizes
from tests.simulation.stick import SimStick
from tests.simulation.stumbles import Stumbles
from tests.simulation.thief import Thief
from tests.simulation.told import Told
from tests.simulation.troubles import LAPTOPS_MAX, Troubles
from tests.simulation.twins import Twins

__all__ = ["OWN_BUG", "World"]

YEAR_MS: Final = 365 * 86_400_000
OWN_BUG: Final = "the program met a bug of its own"
WITH_MEMBER: Final = 0.3
WITH_OLD_PROGRAMS: Final = 0.5
SAID_LOOKED_AT: Final = 0.15
STICK_FIRST: Final = 0.5
"""Of the new laptops that begin with a stick, where a snapshot may lie on it."""
DEPTH_MAX: Final = 2
MEANWHILE_MAX: Final = 100
"""Of things that happen inside one: where an answer holds one entry, who types without end is never
level, and the run never over."""
OLD_UNTIL: Final = (0, 0, 0, 0, 60, 10_000)
"""Of a laptop or the server that has the first version of the messages until that step."""
OLD_PROGRAM_UNTIL: Final = (0, 0, 20, 60, 10_000)
"""The same of the first format of batches."""
ROUNDS_MAX: Final = 25


class World:
    """Everything of one seed. ``place`` is a folder on a fast disk, shared by the seeds."""

    def __init__(self, seed: int, place: Path, sizes: Sizes) -> None:
        self.run = seed
        self.told = Told(seed)
        self.twins = Twins(seed)
        self.neighbour = Neighbour(seed)
        self.stumbles = Stumbles(seed)
        self.place = place
        self.chance = random.Random(seed)
        self.elapsed_ms = 0
        self.steps = 0
        self.faults = Faults.drawn(self.chance)
        self.oracle = Oracle()
        self.scans = Scans(seed)
        self.thief = Thief(seed)
        self.sizes = sizes
        self.region = SimRegion(self.chance)
        self.attacker = Attacker(self.chance, [strange_batch(self.chance)])
        self.late: list[Callable[[], object]] = []
        # Until that step the server, or the laptop of that letter, knows the first version alone.
        self._old_until = {one: self.chance.choice(OLD_UNTIL) for one in ("", *LETTERS)}
        self._old_program_until = (
            {one: self.chance.choice(OLD_PROGRAM_UNTIL) for one in LETTERS}
            if self.chance.random() < WITH_OLD_PROGRAMS
            else {}
        )
        # Of a case that gets worse everybody writes the same few fields.
        self.keys = KEYS
        self.people = People(self, self.chance.sample(KEYS, 2))
        self.member = Member(self.chance) if self.chance.random() < WITH_MEMBER else None
        self.sticks = [
            SimStick(place / f"{seed}-stick{number}", self.chance)
            for number in range(self.chance.randint(1, 2))
        ]
        self.gone: list[SimLaptop] = []
        """Laptops that were taken out of the centre; they go on as long as they can."""
        letters = LETTERS[: self.chance.randint(2, 4)]
        self.laptops = [self._new_laptop(letter, letters) for letter in letters]
        self.busy: list[SimLaptop] = []
        self._meanwhile_left = MEANWHILE_MAX
        self.troubles = Troubles(self)
        self.troubles.begin()

    # --- one thing after another -----------------------------------------------------------------

    def step(self) -> None:
        """Let one thing happen."""
        self.steps += 1
        self._meanwhile_left = MEANWHILE_MAX
        self.elapsed_ms += self.chance.choice((0, 1, 1_000, 3_600_000, 40 * 86_400_000))
        self._bring_up_to_date()
        deeds = self._deeds()
        (deed,) = self.chance.choices([one for one, _ in deeds], [often for _, often in deeds])
        deed()
        self.faults.met["another centre came"] += self.neighbour.may_come(self.region)
        self.people.may_do_more()

    def meanwhile(self, laptop: SimLaptop) -> None:
        """Maybe let something else happen between two steps of a synchronisation of ``laptop``."""
        self.stumbles.may_stop(self, laptop)
        is_enough = len(self.busy) >= DEPTH_MAX + 1 or not self._meanwhile_left
        if is_enough or not self.faults.happens("between"):
            return
        self._meanwhile_left -= 1
        match self.chance.randrange(4):
            case 0 | 1:
                self.act(laptop, self.people.type_something)
            case 2:
                other = self.chance.choice(self.laptops)
                if other not in self.busy:
                    self.act(other, self.synchronise)
            case _:
                self.troubles.restore_region() if self.chance.random() < 0.1 else self._carry_late()

    def act(self, laptop: SimLaptop, deed: Callable[[SimLaptop], None]) -> None:
        """Let somebody do something at a laptop; if the power goes, it starts again."""
        if laptop in self.busy:
            deed(laptop)  # inside something else: that, too, ends when the power goes
            return
        self.busy.append(laptop)
        try:
            deed(laptop)
        except PowerCut:
            laptop.cut_and_start()
        finally:
            self.busy.remove(laptop)

    def link(self, laptop: SimLaptop) -> SimLink:
        """Return a laptop's way to the server."""
        return SimLink(self, laptop)

    def region_of(self, laptop: SimLaptop) -> SimRegion:
        """Return the server that a laptop reaches now."""
        return self.troubles.region_of(laptop)

    def regions(self) -> list[SimRegion]:
        """Return every server that there is."""
        return [self.region, *self.troubles.others]

    def is_of_first_version(self, laptop: SimLaptop) -> bool:
        """Return whether this laptop and the server have only the first version in common."""
        newest = max(self._old_until[""], self._old_until.get(laptop.letter, 0))
        return self.steps < newest and not self.faults.is_quiet

    def has_old_program(self, letter: str) -> bool:
        """Return whether the laptops of a letter have a program of the first format."""
        return not self.faults.is_quiet and self.steps < self._old_program_until.get(letter, 0)

    def check_readers(self, readers: frozenset[bytes], format: int) -> None:
        """Somebody sealed for these: each of them must be able to read it."""
        if format == FIRST_FORMAT:
            return
        self.faults.met["sealed with origins"] += 1
        old = {one.device for one in self.laptops if one.is_old and one.letter in LETTERS}
        must(not readers & old, "an old laptop is sent what it cannot read")

    def _bring_up_to_date(self) -> None:
        for laptop in self.laptops:
            if laptop.is_old and not self.has_old_program(laptop.letter):
                self.faults.met["program brought up to date"] += 1
                laptop.start_again()

    def _deeds(self) -> list[tuple[Callable[[], None], int]]:
        def at_one(deed: Callable[[SimLaptop], None]) -> Callable[[], None]:
            return lambda: self.act(self.chance.choice(self.laptops), deed)

        return [
            (at_one(self.people.type_something), 40),
            (at_one(self.people.open_editor), 6),
            (at_one(self.people.settle), 8),
            (at_one(self.people.open_case), 1),
            (at_one(self.synchronise), 22),
            (at_one(self.plug_in), 10),
            (at_one(self._set_clock), 4),
            (at_one(lambda laptop: laptop.cut_and_start()), 2),
            (at_one(self.clone), 1),
            (self._carry_late, 3),
            *self.scans.deeds(at_one),
            *self.troubles.deeds(),
        ]

    # --- at a laptop -----------------------------------------------------------------------------

    def synchronise(self, laptop: SimLaptop) -> None:
        """Synchronise with the region, as the button does."""
        reports: list[SyncReport] = []
        laptop.shown.clear()
        self.twins.before(laptop)
        held, heard = self._known_of_those_taken_out(laptop)
        before = laptop.first("SELECT id FROM batch") if laptop.runs.blobs is not None else None
        laptop.runs.sync_now(lambda _progress: None, reports.append)
        self._after(laptop, reports[-1])
        if reports[-1].failure is None:
            self.oracle.check_done(laptop, before)
            self.told.check_shown(laptop)
        if laptop not in self.gone:
            self.oracle.check_cursor(self, laptop)
            self.oracle.check_taken_out(self, laptop, held, heard)
            self.told.may_look(self, laptop)
            if self.chance.random() < SAID_LOOKED_AT:
                check_whereabouts(self, laptop)

    def _known_of_those_taken_out(
        self, laptop: SimLaptop
    ) -> tuple[Container[ChangeId], Container[bytes]]:
        return self.oracle.of_those_taken_out(laptop), laptop.keys.keyring.roster.revoked

    def plug_in(self, laptop: SimLaptop, stick: SimStick | None = None) -> None:
        """Exchange with a stick, as the button does."""
        stick = stick or self.chance.choice(self.sticks)
        self.twins.before(laptop)
        root = stick.root
        before = self.oracle.strangers(laptop, at_most=True)
        listed, misnamed = self.oracle.listed(laptop), stick.misnamed()
        held, heard = self._known_of_those_taken_out(laptop)
        report = run_session(
            lambda outcome: folder_session(
                laptop.desk,
                laptop.envelope,
                laptop.keys,
                Stick(root, self.faults.at_stick),
                outcome,
                laptop.runs.blobs,
            ),
            transport=self.link(laptop),
            store=laptop.runs._store,
            meter=Meter(laptop.clock),
            on_progress=lambda _progress: None,
            is_cancelled=lambda: self.faults.happens("cancelled"),
        )
        self._after(laptop, report)
        self.oracle.check_strangers(laptop, before)
        if laptop not in self.gone:
            self.oracle.check_taken_out(self, laptop, held, heard)
        if report.failure is None and laptop not in self.gone:
            self.oracle.check_stick(laptop, stick, listed, misnamed)

    def _after(self, laptop: SimLaptop, report: SyncReport) -> None:
        must(report.failure != BUG, f"{laptop.name}: {OWN_BUG}")
        if self.faults.is_quiet:
            # Rubbish that somebody prepared stays refused.
            is_well = report.failure is None or laptop in self.gone
            must(is_well, f"{laptop.name}: {report.failure}, though all is quiet")
        self.oracle.check_queue(laptop)
        self.thief.check(self, laptop)
        self.twins.after(self, laptop)

    def _set_clock(self, laptop: SimLaptop) -> None:
        self.faults.met["clock set"] += 1
        laptop.clock.offset_ms = self.chance.randint(-10 * YEAR_MS, 10 * YEAR_MS)
        laptop.clock.rate = self.chance.choice((1, 1, 0, -1, 3))

    def clone(self, laptop: SimLaptop) -> None:
        """Copy a laptop, perhaps while its program runs."""
        if len(self.laptops) < LAPTOPS_MAX:
            name = f"{laptop.letter}{len(self.laptops) + len(self.gone)}"
            self.faults.met["laptop copied"] += 1
            is_running = self.chance.random() < 0.5
            if is_running:
                self.oracle.copied.add(laptop.desk.stamper.session)
            is_image = self.twins.is_image()
            self.faults.met["laptop copied whole" if is_image else "laptop copied elsewhere"] += 1
            self.laptops.append(laptop.clone(name, is_running=is_running, is_image=is_image))

    def _new_laptop(self, letter: str, letters: str) -> SimLaptop:
        clock = SimClock(self)
        laptop = SimLaptop(self, letter, letter, clock, self.place / f"{self.run}-{letter}-0")
        if self.chance.random() < 0.5:
            self._set_clock(laptop)
        keyring = sim_centre().keyring(letter, letters)
        if self.member is not None and keyring.device.id == sim_centre().admin:
            keyring = keyring.with_statements(sim_centre().member.statements)
        laptop.set_up(keyring)
        return laptop

    def enrol(self, letter: str, keyring: Keyring) -> None:
        """A laptop joins with what it was given at its enrolment."""
        folder = self.place / f"{self.run}-{letter}-0"
        laptop = SimLaptop(self, letter, letter, SimClock(self), folder)
        laptop.set_up(keyring)
        self.laptops.append(laptop)
        if self.sizes.are_small and self.told.chance.random() < STICK_FIRST:
            self._begin_with_stick(laptop)

    def _begin_with_stick(self, laptop: SimLaptop) -> None:
        """Colleagues who come from the region with a stick help a new laptop to begin."""
        free = [one for one in self.laptops if one not in self.busy and one is not laptop]
        stick = self.told.chance.choice(self.sticks)
        with self.faults.without("stick", "lost", "cancelled", "between"):
            for one in (*free, *free):
                self.act(one, self.synchronise)
            for one in (*free, laptop):
                self.act(one, lambda each: self.plug_in(each, stick))

    # --- the region and the way there ------------------------------------------------------------

    def _carry_late(self) -> None:
        if self.late:
            self.faults.met["carried late"] += 1
            self.chance.choice(self.late)()

    # --- the end ---------------------------------------------------------------------------------

    def settle_down(self, *, is_networked: bool, has_sticks: bool) -> None:
        """No faults any more: synchronise, by network, stick or both, until nothing moves."""
        self.faults.is_quiet = True
        self.scans.is_slow = False
        with self.oracle.destroying(self):
            self.troubles.settle_down()
            # What stands in the log alone will not come back by stick, and the other way round.
            if not is_networked:
                self.region.lose()
                self.faults.met["ended by stick alone"] += 1
            if not has_sticks:
                self.sticks = []
                self.faults.met["ended by network alone"] += 1
        self.troubles.give_the_rest(is_networked=is_networked)
        self._bring_up_to_date()
        self.scans.begin_day(self)
        before: object = None
        for _ in range(ROUNDS_MAX):
            for laptop in self.laptops:
                if is_networked:
                    self.act(laptop, self.synchronise)
                for stick in self.sticks:
                    self.act(laptop, lambda one, stick=stick: self.plug_in(one, stick))  # type: ignore[misc]
            now = self._state()
            if now == before and not (is_networked and self.scans.begin_another_day(self)):
                return
            before = now
        raise Violation("it never comes to rest")

    def _state(self) -> object:
        laptops = tuple(
            (
                laptop.look(lambda uow: uow.changes.digest()),
                laptop.rows("SELECT count(*), count(position) FROM batch"),
                laptop.rows("SELECT count(*), count(position), count(awaits) FROM set_aside"),
                laptop.rows("SELECT * FROM cursor"),
                laptop.rows("SELECT name, kind, log_id FROM blob ORDER BY name"),
                len(laptop.first("SELECT sha256 FROM attachment")),
                lacking_of(laptop),
                laptop.keys.keyring.roster.mark,
            )
            for laptop in self.laptops
        )
        files = tuple(tuple(one.name for one in stick.files()) for stick in self.sticks)
        return laptops, files, self.region.head()

    def digest(self) -> str:
        """Return what every laptop holds at the end."""
        return self.laptops[0].look(lambda uow: uow.changes.digest()).hex()

    def met(self) -> Counter[str]:
        """Return how often each trouble came, and what of it the laptops hold at the end."""
        met = self.faults.met + self.sizes.met
        met["conflicts open"] = len(self.laptops[0].look(lambda uow: uow.records.conflicts()))
        told = "SELECT count(DISTINCT detail) FROM audit WHERE action = 'fork_seen'"
        met["copies told"] = self.laptops[0].rows(told)[0][0]
        for reason in self.laptops[0].rows("SELECT reason FROM set_aside"):
            met[f"aside: {reason[0]}"] += 1
        return met

    def close(self) -> None:
        """Close everything and leave no file."""
        for region in self.regions():
            region.close()
        for laptop in (*self.laptops, *self.gone):
            try:
                laptop.close()
            except (QispiError, SQLAlchemyError):
                continue  # what happened to it is told already
        for one in self.place.glob(f"{self.run}-*"):
            shutil.rmtree(one)
