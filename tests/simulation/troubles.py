"""What befalls a centre beside its daily work: old states, two servers, people who leave or lie."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from app.domain.errors import QispiError
from sync.envelope import enrolment, leaving
from sync.envelope.keyring import DeviceKeys
from sync.protocol.batch import batch_id
from sync.server import services
from tests.simulation.keys import LETTERS, sim_centre
from tests.simulation.member import Poison
from tests.simulation.rebuilding import damage
from tests.simulation.region import Dump, SimRegion
from tests.support import centres

if TYPE_CHECKING:
    from tests.simulation.laptop import SimLaptop
    from tests.simulation.world import World

__all__ = ["LAPTOPS_MAX", "Troubles"]

NEW_LETTERS: Final = "EFGH"
LAPTOPS_MAX: Final = 5
ASTRAY: Final = 0.5
"""Of the syncs that reach the other server, when there are two."""


class Troubles:
    """Draws, for each seed, which of them there may be at all."""

    def __init__(self, world: World) -> None:
        chance = world.chance
        self._world = world
        self._backups: list[tuple[SimLaptop, Path]] = []
        self._dumps: list[Dump] = []
        self.others: list[SimRegion] = []
        self._may_fork = chance.random() < 0.15
        self._leaving = chance.random() < 0.3
        self._joining = chance.random() < 0.3
        self._breaking = chance.random() < 0.3

    def begin(self) -> None:
        """What there is from the first day on."""
        if self._world.member is not None:
            self._hand_in(self._world.member.hello())

    def deeds(self) -> list[tuple[Callable[[], None], int]]:
        """Return what may happen, and how often beside forty times that somebody types."""
        world = self._world
        often: list[tuple[Callable[[], None], int]] = [
            (self._back_up, 2),
            (self._restore_laptop, 2),
            (lambda: self._dumps.append(world.region.dump()), 2),
            (self.restore_region, 1),
            (self._harm_stick, 5),
            (self._flood_stick, 1),
            (self._renew_epoch, 1),
        ]
        if self._may_fork and not self.others:
            often.append((self._fork_region, 3))
        if self._leaving and not world.gone:
            often.append((self._take_out, 3))
        if world.gone:
            often.append((self._gone_goes_on, 6))
            often.append((lambda: world.thief.goes_on(world, world.people.type_something), 12))
        if self._joining:
            often.extend(((self._enrol, 3), (self._renew_and_enrol_apart, 2)))
        if self._breaking:
            often.append((self._damage, 2))
        if world.member is not None:
            often.append((self._poison, 5))
        return often

    def settle_down(self) -> None:
        """No more of it: there is one server."""
        for one in self.others:
            one.close()
        self.others.clear()

    def give_the_rest(self, *, is_networked: bool) -> None:
        """What the member held back comes."""
        for poison in self._world.member.held if self._world.member is not None else ():
            if is_networked:
                self._hand_in(poison)
            else:
                self._world.oracle.make(poison.changes)
                self._world.chance.choice(self._world.sticks).take(poison.content)

    def region_of(self, laptop: SimLaptop) -> SimRegion:
        """Return the server that a laptop reaches now: of two, the one or the other."""
        del laptop
        if self.others and self._world.chance.random() < ASTRAY:
            return self.others[0]
        return self._world.region

    def restore_region(self) -> None:
        """Put the server back to an old dump, or set it up anew."""
        world = self._world
        world.faults.met["region put back"] += 1
        with world.oracle.destroying(world):
            if self._dumps and world.chance.random() < 0.7:
                world.region.restore(world.chance.choice(self._dumps))
            else:
                world.region.lose()

    def _back_up(self) -> None:
        laptop = self._world.chance.choice(self._world.laptops)
        self._backups.append((laptop, laptop.backup()))

    def _restore_laptop(self) -> None:
        world = self._world
        free = [
            (laptop, copy)
            for laptop, copy in self._backups
            if laptop not in world.busy and laptop in world.laptops
        ]
        if free:
            laptop, copy = world.chance.choice(free)
            world.faults.met["laptop put back"] += 1
            with world.oracle.destroying(world):
                keeps_second, with_profile = world.chance.random() < 0.5, world.twins.is_image()
                kind = "with its profile" if with_profile else "alone"
                world.faults.met[f"laptop put back {kind}"] += 1
                laptop.restore(copy, keeps_second=keeps_second, with_profile=with_profile)

    def _fork_region(self) -> None:
        """From now on there are two servers of one name, and neither says what the other holds."""
        self._world.faults.met["two servers"] += 1
        self.others.append(self._world.region.fork())

    def _harm_stick(self) -> None:
        world = self._world
        world.faults.met["stick harmed"] += 1
        with world.oracle.destroying(world):
            world.chance.choice(world.sticks).harm()

    def _flood_stick(self) -> None:
        self._world.faults.met["stick flooded"] += 1
        self._world.chance.choice(self._world.sticks).flood(self._world.chance.choice((3, 40)))

    # --- who belongs to the centre ----------------------------------------------------------------

    def _admins(self) -> list[SimLaptop]:
        world = self._world
        admin = sim_centre().admin
        return [one for one in world.laptops if one.device == admin and one not in world.busy]

    def _at_admin(self, deed: Callable[[SimLaptop], None], laptop: SimLaptop | None = None) -> None:
        admins = self._admins()
        if laptop is None and admins:
            laptop = self._world.chance.choice(admins)
        if laptop is not None:

            def work(one: SimLaptop) -> None:
                try:
                    deed(one)
                except QispiError:
                    return
                self._world.told.may_look(self._world, one)

            self._world.act(laptop, work)

    def _renew_epoch(self, at: SimLaptop | None = None) -> None:
        def renew(laptop: SimLaptop) -> None:
            with laptop.unit() as uow:
                keyring = leaving.renew_epoch(
                    laptop.keys.with_stored(uow), self._world.chance.randbytes
                )
                laptop.keys.keep(uow, keyring.statements)
            self._world.faults.met["epoch renewed"] += 1

        self._at_admin(renew, at)

    def _take_out(self) -> None:
        """An admin takes a laptop out, with every copy of it; what only these held is lost."""
        world = self._world
        letters = {one.letter for one in world.laptops if one.device != sim_centre().admin}
        staying = {one.letter for one in world.laptops}
        if len(staying) < 3 or world.busy or not self._admins():
            return
        letter = world.chance.choice(sorted(letters))
        leaving_now = [one for one in world.laptops if one.letter == letter]

        def take_out(laptop: SimLaptop) -> None:
            laptop.program.revoke(leaving_now[0].device)
            with world.oracle.destroying(world):
                world.laptops = [one for one in world.laptops if one.letter != letter]
                world.gone.extend(leaving_now)
            world.faults.met["laptop taken out"] += 1

        self._at_admin(take_out)

    def _gone_goes_on(self) -> None:
        """Somebody works at a laptop that was taken out, as if nothing had happened."""
        world = self._world
        deeds = (world.people.type_something, world.synchronise, self._plug_in_gone)
        world.act(world.chance.choice(world.gone), world.chance.choice(deeds))

    def _plug_in_gone(self, laptop: SimLaptop) -> None:
        with self._world.oracle.destroying(self._world):
            self._world.plug_in(laptop)

    def _renew_and_enrol_apart(self) -> None:
        """Of the laptop that administers there are two, and neither knows what the other does."""
        world = self._world
        if len(self._admins()) == 1 and len(world.laptops) < LAPTOPS_MAX - 1:
            world.clone(self._admins()[0])
        admins = self._admins()
        if len(admins) > 1:
            renewing, granting = world.chance.sample(admins, 2)
            self._renew_epoch(renewing)
            self._enrol(granting)
            world.faults.met["renewed and enrolled apart"] += 1

    def _enrol(self, at: SimLaptop | None = None) -> None:
        """A new laptop joins, by the real two files."""
        world = self._world
        used = {one.letter for one in (*world.laptops, *world.gone)}
        letter = next((one for one in NEW_LETTERS if one not in used), "")
        if len(world.laptops) >= LAPTOPS_MAX or not letter:
            return
        keys = DeviceKeys(centres.seed(f"simulated {letter}"))
        request = enrolment.make_request(keys)

        def grant(laptop: SimLaptop) -> None:
            reply, code = laptop.program.grant(request, enrolment.request_code(request))
            accepted = enrolment.accept(keys, request, reply, code)
            world.enrol(letter, accepted.keyring)
            world.faults.met["laptop enrolled"] += 1

        self._at_admin(grant, at)

    def _damage(self) -> None:
        world = self._world
        free = [one for one in world.laptops if one not in world.busy]
        if free:
            laptop = world.chance.choice(free)
            world.faults.met["database damaged"] += 1
            with world.oracle.destroying(world):
                damage(laptop)

    # --- the malicious member ---------------------------------------------------------------------

    def _poison(self) -> None:
        assert self._world.member is not None
        sessions = [one.desk.stamper.session for one in self._world.laptops]
        for one in self._world.member.next(sessions):
            self._hand_in(one)

    def _hand_in(self, poison: Poison) -> None:
        """Bring a batch to the server, or leave it on a stick."""
        world = self._world
        world.faults.met[f"member: {poison.name}"] += 1
        world.oracle.make(poison.changes)
        if not poison.changes:
            world.oracle.poison.add(batch_id(poison.content))
        if world.sticks and world.chance.random() < 0.5 and not world.faults.is_quiet:
            world.chance.choice(world.sticks).take(poison.content)
            return
        for region in world.regions():
            store, centre = region.store, region.centre
            member = sim_centre().member
            roster = services.learn(store, region.region, centre, member.statements)
            region.remember(
                services.accept_batch(store, region.region, roster, centre, poison.content)
            )


assert not set(NEW_LETTERS) & set(LETTERS)
