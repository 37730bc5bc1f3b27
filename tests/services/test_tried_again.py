"""What was set aside is tried again by portions: saves have their turn, a power cut loses one portion
at most, nothing is tried twice without need, and it comes to an end."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

import pytest

from app.domain.change import Change
from app.services import replication
from app.services.origin_ports import Origins
from app.services.ports import BatchOutline, Envelope, OpenedBatch, SealedBatch
from app.services.replication import AT_ONCE, Arrived, Taken
from db.store import Store, memory_store
from sync.envelope.keyring import Keyring
from sync.envelope.seal import CentreEnvelope
from sync.protocol.batch import HEADER_BYTES, batch_id
from tests.support import centres
from tests.support.laptops import Laptop, definitions, make_desk
from tests.support.spoilt import altered

MANY = 2 * AT_ONCE + 10
MARK, OTHER_MARK = b"\x01" * 16, b"\x02" * 16


@dataclass(slots=True)
class Counted:
    """An envelope that counts what it is asked to open."""

    real: CentreEnvelope
    opened: list[bytes] = field(default_factory=list)

    def device(self) -> bytes:
        return self.real.device()

    def readers(self) -> frozenset[bytes]:
        return self.real.readers()

    def seal(
        self, outline: BatchOutline, changes: Sequence[Change], origins: Origins | None = None
    ) -> SealedBatch:
        return self.real.seal(outline, changes, origins)

    def open(self, content: bytes, origins: Origins | None = None) -> OpenedBatch:
        self.opened.append(content)
        return self.real.open(content, origins)


@dataclass(frozen=True, slots=True)
class Place:
    """A reader with batches of two laptops set aside, of which it then hears the first's grant."""

    reader: Laptop
    envelope: Counted
    known: frozenset[bytes]
    strange: frozenset[bytes]

    def retry(self, mark: bytes = MARK) -> Taken | None:
        return self.reader.run(
            lambda uow: replication.retry_set_aside(uow, self.reader.desk, self.envelope, mark)
        )

    def retry_all(self, mark: bytes = MARK) -> list[Taken]:
        """Call until it is done; no more often than there can be something to try."""
        found = []
        for _ in range(4 * MANY):
            taken = self.retry(mark)
            if taken is None:
                return found
            found.append(taken)
        raise AssertionError("no end to it")

    def aside(self) -> set[bytes]:
        return self.reader.run(lambda uow: {one.id for one in uow.aside.kept()})


def written(laptop: Laptop, envelope: Envelope, count: int) -> list[SealedBatch]:
    """Return so many batches, each of a case that was just opened."""
    found = []
    for _ in range(count):
        laptop.open_case()
        laptop.run(lambda uow: replication.seal_pending(uow, laptop.desk, envelope))
        with laptop.store.unit() as uow:
            session = laptop.desk.stamper.session
            _, name = uow.batches.last_of_session(envelope.device(), session) or (0, b"")
            content = uow.batches.content(name)
        assert content is not None
        found.append(SealedBatch(name, content))
    return found


@dataclass(frozen=True, slots=True)
class Sealed:
    """What two laptops wrote, and the keys of a third before and after it hears of the first."""

    before: Keyring
    after: Keyring
    known: list[SealedBatch]
    strange: list[SealedBatch]


@pytest.fixture(scope="module")
def sealed() -> Sealed:
    """The batches, made once: nothing changes them."""
    registry = definitions().registry
    admin = centres.first_laptop("again one")
    wider, second = centres.join(admin, "again two")
    _, third = centres.join(wider, "again three")
    stores: list[Store] = [memory_store(registry) for _ in range(2)]
    first, other = (
        Laptop(one, make_desk(seed=61 + at, letter="BC"[at])) for at, one in enumerate(stores)
    )
    known = written(first, CentreEnvelope(registry, second), MANY)
    strange = written(other, CentreEnvelope(registry, third), 5)
    for store in stores:
        store.close()
    return Sealed(admin, wider, known, strange)


@pytest.fixture
def place(sealed: Sealed) -> Iterator[Place]:
    registry = definitions().registry
    known, strange = sealed.known, sealed.strange
    reader = Laptop(memory_store(registry), make_desk(seed=60, letter="A"))
    envelope = CentreEnvelope(registry, sealed.before)
    arrived = [Arrived(one.id, one.content, None) for one in (*strange[:3], *known, *strange[3:])]
    reader.run(lambda uow: replication.take(uow, reader.desk, envelope, arrived, None))
    envelope.keyring = sealed.after
    yield Place(reader, Counted(envelope), _ids(known), _ids(strange))
    reader.store.close()


def _ids(batches: Collection[SealedBatch]) -> frozenset[bytes]:
    return frozenset(one.id for one in batches)


def test_a_grant_opens_many_by_portions_and_each_is_opened_once(place: Place) -> None:
    assert place.aside() == place.known | place.strange
    portions = place.retry_all()
    assert sum(one.batches for one in portions) == MANY
    assert max(one.batches for one in portions) <= AT_ONCE
    assert len(place.envelope.opened) == MANY + 5
    assert place.aside() == place.strange
    assert place.retry_all() == []
    assert len(place.envelope.opened) == MANY + 5, "nothing is tried twice with the same"


def test_a_power_cut_loses_no_portion_and_the_rest_is_tried(place: Place) -> None:
    taken = place.retry()
    assert taken is not None
    assert 0 < taken.batches < AT_ONCE, "three of the first are of the other laptop"
    # The power goes, and comes back: what is on the disk is all that is known.
    rest = place.retry_all()
    assert taken.batches + sum(one.batches for one in rest) == MANY
    assert len(place.envelope.opened) == MANY + 5


def test_a_key_that_comes_in_between_has_all_of_the_rest_tried_with_it(place: Place) -> None:
    assert place.retry() is not None
    place.retry_all(OTHER_MARK)
    assert place.aside() == place.strange
    assert place.retry_all(OTHER_MARK) == []
    assert len(place.envelope.opened) <= MANY + 5 + AT_ONCE
    assert place.retry() is not None, "the mark of before is not the one that was tried last"


def test_large_ones_go_one_by_one_and_come_to_an_end(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replication, "BYTES_AT_ONCE", 1)
    portions = place.retry_all()
    assert max(one.batches for one in portions) == 1
    assert place.aside() == place.strange


def test_what_is_set_aside_anew_meanwhile_is_not_tried_again_and_again(
    place: Place, sealed: Sealed
) -> None:
    """A batch whose reason changes is listed anew, behind the others."""
    first = sorted(sealed.known, key=lambda one: one.id)[:40]
    damaged = [altered(one.content, HEADER_BYTES) for one in first]
    arrived = [Arrived(batch_id(one), one, None) for one in damaged]
    unheard = CentreEnvelope(definitions().registry, centres.first_laptop("again one"))
    desk = place.reader.desk
    place.reader.run(lambda uow: replication.take(uow, desk, unheard, arrived, None))
    assert len(place.aside()) == MANY + 5 + 40
    place.retry_all()
    assert len(place.envelope.opened) == MANY + 5 + 40
    reasons = {one.reason: one.count for one in place.reader.run(lambda uow: uow.aside.rows())}
    assert reasons == {"batch_altered": 40, "batch_unknown_device": 5}
