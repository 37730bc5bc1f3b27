"""A batch that names changes of an earlier one waits for it, is carried on meanwhile, and is taken
in the moment that one comes: by whatever way, in whatever order."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import pytest

from app.domain.change import Change, ChangeId, RecordId
from app.services import ledger, replication
from app.services.batch_ports import REVOKED_DEVICE
from app.services.ports import Cursor, Origin, SealedBatch, UnusableBatch, WaitingBatch
from app.services.replication import Arrived, Taken
from db.store import Store, memory_store
from sync.envelope import leaving
from sync.envelope.seal import CentreEnvelope
from sync.protocol.batch import batch_id
from tests.support import centres
from tests.support.bombs import BOMBS, sealed_around
from tests.support.laptops import Laptop, definitions, make_desk

LOG = b"L" * 16


@dataclass(frozen=True, slots=True)
class Station(Laptop):
    """A laptop with the keys of a centre."""

    envelope: CentreEnvelope

    def seal(self) -> SealedBatch:
        """Seal what waits, into one batch."""
        sealed = self.run(lambda uow: replication.seal_pending(uow, self.desk, self.envelope))
        assert sealed
        (number, batch_id) = self.run(
            lambda uow: (
                uow.batches.last_of_session(self.envelope.device(), self.desk.stamper.session)
                or (0, b"")
            )
        )
        content = self.run(lambda uow: uow.batches.content(batch_id))
        assert number
        assert content is not None
        return SealedBatch(batch_id, content)

    def read(self, batches: Sequence[SealedBatch], first: int = 1) -> Taken:
        """Take batches in as a page of the log that begins at this position."""
        chains = [bytes([first + at]) * 32 for at in range(len(batches))]
        arrived = [
            Arrived(one.id, one.content, first + at, chains[at]) for at, one in enumerate(batches)
        ]
        cursor = Cursor(LOG, first + len(batches) - 1, chains[-1])
        return self.run(
            lambda uow: replication.take(uow, self.desk, self.envelope, arrived, cursor)
        )

    def plug(self, *batches: SealedBatch) -> Taken:
        """Take batches in as they lie on a stick."""
        arrived = [Arrived(one.id, one.content, None) for one in batches]
        return self.run(lambda uow: replication.take(uow, self.desk, self.envelope, arrived, None))

    def facts(self) -> dict[str, int]:
        """Return what people are told."""
        seen = self.run(replication.sync_view)
        assert seen.set_aside == (), "nothing is wrong with what waits"
        return {one.message_id: one.count for one in seen.facts}

    def digest(self) -> bytes:
        """Return what is held, as one hash."""
        return self.run(lambda uow: uow.changes.digest())


@dataclass(frozen=True, slots=True)
class Centre:
    """Three laptops: the first writes, the second edits what it wrote, the third reads."""

    writer: Station
    editor: Station
    reader: Station


@pytest.fixture
def centre() -> Iterator[Centre]:
    admin, second = centres.join(centres.first_laptop("wait one"), "wait two")
    admin, third = centres.join(admin, "wait three")
    second, third = (one.with_statements(admin.statements) for one in (second, third))
    registry = definitions().registry
    stores: list[Store] = []
    stations = []
    for number, keyring in enumerate((admin, second, third)):
        stores.append(memory_store(registry))
        desk = make_desk(seed=40 + number, letter="ABC"[number])
        stations.append(Station(stores[-1], desk, CentreEnvelope(registry, keyring)))
    yield Centre(*stations)
    for store in stores:
        store.close()


def all_heard(centre: Centre) -> None:
    """Let everybody know that everybody's program reads format 2."""
    stations = (centre.writer, centre.editor, centre.reader)
    for one in stations:
        with one.store.unit() as uow:
            for other in stations:
                uow.devices.note(other.envelope.keyring.device.id, format=2, seen=None)
            uow.commit()


def is_compact(station: Station, batch: SealedBatch) -> bool:
    """Return whether a batch rests on others."""
    try:
        station.envelope.open(batch.content, None)
    except WaitingBatch:
        return True
    return False


def three_batches(centre: Centre) -> tuple[RecordId, list[SealedBatch]]:
    """Return a case, the batch that brought it, an edit of it, and an edit of that edit."""
    all_heard(centre)
    case_id = centre.writer.open_case()
    centre.writer.fill(case_id, relato="Un relato inventado", safe_hours="martes")
    first = centre.writer.seal()
    centre.writer.read([first])
    centre.editor.read([first])
    centre.editor.fill(case_id, safe_hours="jueves", relato="Un relato inventado, y más")
    second = centre.editor.seal()
    centre.editor.read([second], 2)
    centre.writer.read([second], 2)
    centre.writer.fill(case_id, safe_hours="viernes")
    third = centre.writer.seal()
    centre.writer.read([third], 3)
    return case_id, [first, second, third]


def test_the_compact_format_is_written_only_when_all_others_were_heard_to_know_it(
    centre: Centre,
) -> None:
    case_id = centre.writer.open_case()
    first = centre.writer.seal()
    for one in (centre.writer, centre.editor):
        one.read([first])
    centre.editor.fill(case_id, safe_hours="jueves")
    second = centre.editor.seal()
    assert not is_compact(centre.reader, second), "the third laptop was never heard"
    all_heard(centre)
    centre.editor.read([second], 2)
    centre.editor.fill(case_id, safe_hours="viernes")
    third = centre.editor.seal()
    assert is_compact(centre.reader, third)
    assert len(third.content) <= len(second.content)


def test_in_order_nothing_waits(centre: Centre) -> None:
    _, batches = three_batches(centre)
    taken = centre.reader.read(batches)
    assert (taken.batches, taken.set_aside) == (3, 0)
    assert centre.reader.digest() == centre.writer.digest()
    assert centre.reader.facts() == {}


@pytest.mark.parametrize("order", [(2, 1, 0), (1, 2, 0), (2, 0, 1), (0, 2, 1), (1, 0, 2)])
def test_in_one_page_every_order_ends_alike(centre: Centre, order: tuple[int, ...]) -> None:
    _, batches = three_batches(centre)
    taken = centre.reader.read([batches[at] for at in order])
    assert (taken.batches, taken.set_aside) == (3, 0)
    assert centre.reader.digest() == centre.writer.digest()
    assert centre.reader.facts() == {}


@pytest.mark.parametrize("order", [(2, 1, 0), (1, 2, 0), (2, 0, 1)])
def test_from_sticks_one_after_the_other_every_order_ends_alike(
    centre: Centre, order: tuple[int, ...]
) -> None:
    _, batches = three_batches(centre)
    waiting = []
    for at in order:
        centre.reader.plug(batches[at])
        waiting.append(centre.reader.facts().get("batches_waiting", 0))
    assert waiting[0] == 1
    assert waiting[-1] == 0
    assert centre.reader.digest() == centre.writer.digest()


def test_what_waits_is_carried_on(centre: Centre) -> None:
    _, (first, second, third) = three_batches(centre)
    centre.reader.plug(third, second)
    with centre.reader.store.unit() as uow:
        assert {one.id for one in uow.batches.to_offer()} == {second.id, third.id}
        assert set(uow.batches.ids()) == {second.id, third.id}
        assert uow.batches.content(third.id) == third.content
    centre.reader.plug(first)
    with centre.reader.store.unit() as uow:
        assert {one.id for one in uow.batches.to_offer()} == {first.id, second.id, third.id}


def test_what_waits_with_its_place_in_the_log_comes_in_though_its_laptop_was_taken_out(
    centre: Centre,
) -> None:
    _, (first, second, third) = three_batches(centre)
    centre.reader.read([second, third], 2)
    hear_that_the_editor_was_taken_out(centre)
    centre.reader.plug(second)
    assert centre.reader.facts() == {"batches_waiting": 2}
    centre.reader.read([first])
    assert centre.reader.digest() == centre.writer.digest()


@pytest.mark.parametrize("name", ["no change", "a newer reader"])
def test_what_is_wrong_inside_is_carried_to_nobody_when_its_laptop_was_taken_out(
    centre: Centre, name: str
) -> None:
    content = sealed_around(centre.editor.envelope.keyring, BOMBS[name][1]())
    batch = SealedBatch(batch_id(content), content)
    with pytest.raises(UnusableBatch) as refusal:
        centre.reader.envelope.open(content)
    assert refusal.value.is_signed
    hear_that_the_editor_was_taken_out(centre)
    centre.reader.plug(batch)
    with centre.reader.store.unit() as uow:
        assert [one.reason for one in uow.aside.rows()] == [REVOKED_DEVICE]
        assert set(uow.batches.ids()) == {one.id for one in uow.batches.to_offer()} == set()


def hear_that_the_editor_was_taken_out(centre: Centre) -> None:
    admin, reader = centre.writer.envelope, centre.reader.envelope
    said = leaving.revoke(admin.keyring, centre.editor.envelope.device(), admin.draw)
    reader.keyring = reader.keyring.with_statements(said.statements)


def test_its_place_in_the_log_is_known_when_it_is_taken_in(centre: Centre) -> None:
    _, (first, second, third) = three_batches(centre)
    centre.reader.read([second, third], 2)
    assert centre.reader.facts() == {"batches_waiting": 2}
    centre.reader.plug(first)
    with centre.reader.store.unit() as uow:
        positions = [getattr(uow.batches.get(one.id), "position", 0) for one in (second, third)]
    assert positions == [2, 3]


def test_a_stick_that_comes_twice_changes_nothing(centre: Centre) -> None:
    _, (first, second, third) = three_batches(centre)
    for _ in range(2):
        centre.reader.plug(third, second)
        assert centre.reader.facts()["batches_waiting"] == 2
    centre.reader.plug(third, first, second)
    assert centre.reader.digest() == centre.writer.digest()


def test_another_key_or_program_is_no_reason_to_try_what_waits(centre: Centre) -> None:
    _, (first, second, third) = three_batches(centre)
    reader = centre.reader
    reader.plug(second, third)
    taken = reader.run(
        lambda uow: replication.retry_set_aside(uow, reader.desk, reader.envelope, b"another")
    )
    assert (taken.batches, reader.facts()) == (0, {"batches_waiting": 2})
    reader.plug(first)
    assert reader.digest() == centre.writer.digest()


def test_what_waited_and_lies_is_then_set_aside(centre: Centre) -> None:
    """A member can name a place that its batch does not have: seen only when that batch comes."""
    all_heard(centre)
    case_id = centre.writer.open_case()
    centre.writer.fill(case_id, safe_hours="martes")
    first = centre.writer.seal()
    centre.writer.read([first])
    centre.writer.fill(case_id, safe_hours="jueves")
    changes = centre.writer.run(lambda uow: uow.changes.pending(10))
    liar = Liar(centre.writer.run(lambda uow: uow.origins.origins_of(changes[0].bases)))
    outline = centres.outline()
    lying = centre.writer.envelope.seal(outline, changes, liar)
    centre.reader.plug(lying)
    assert centre.reader.facts() == {"batches_waiting": 1}
    centre.reader.plug(first)
    rows = centre.reader.run(replication.sync_view).set_aside
    assert [row.reason for row in rows] == ["batch_malformed"]


class Liar:
    """Names places that no batch has."""

    def __init__(self, true: Mapping[ChangeId, Origin]) -> None:
        self.true = true

    def origins_of(self, ids: Collection[ChangeId]) -> Mapping[ChangeId, Origin]:
        """Return the places that there are, and 5,000 more."""
        return {
            key: dataclasses.replace(one, place=one.place + 5_000)
            for key, one in self.true.items()
            if key in ids
        }

    def changes_at(self, context: bytes, places: Collection[int]) -> Mapping[int, Change] | None:
        """Know nothing."""
        return None

    def unplaced(self) -> Iterator[bytes]:
        """Know nothing."""
        return iter(())

    def note_places(self, batch_id: bytes, change_ids: Sequence[ChangeId]) -> None:
        """Keep nothing."""


def test_what_waits_long_ends_as_if_it_had_come_in_order(centre: Centre) -> None:
    """Many wait for one that comes last: all of them are taken in with it."""
    case_id, batches = three_batches(centre)
    for number in range(40):
        centre.writer.fill(case_id, safe_hours=f"día {number}")
        batches.append(centre.writer.seal())
        centre.writer.read([batches[-1]], len(batches))
    assert all(is_compact(centre.reader, one) for one in batches[1:])
    centre.reader.plug(*reversed(batches[1:]))
    assert centre.reader.facts()["batches_waiting"] == 42
    assert centre.reader.plug(batches[0]).batches == 43
    assert centre.reader.digest() == centre.writer.digest()
    before = centre.reader.digest()
    with centre.reader.store.unit() as uow:
        ledger.rebuild(uow, centre.reader.desk.definitions)
        uow.commit()
    assert centre.reader.digest() == before


def test_a_file_of_before_finds_the_places_of_its_batches(centre: Centre) -> None:
    """The program of before did not note which change of a batch is which."""
    _, (first, second, third) = three_batches(centre)
    centre.reader.read([first])
    with centre.reader.store.unit() as uow:
        uow.local.put("sync/places_noted", None)
        uow.commit()
    driver = centre.reader.store._driver_connection()
    driver.cursor().execute("UPDATE batch_change SET place = NULL")
    sealed = centre.reader.run(
        lambda uow: replication.seal_pending(uow, centre.reader.desk, centre.reader.envelope)
    )
    assert sealed == 0, "nothing waits to be sealed here"
    assert centre.reader.read([second, third], 2).batches == 2
    assert centre.reader.digest() == centre.writer.digest()


def test_what_waits_for_one_batch_is_taken_in_by_portions(
    centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many wait, no transaction takes all of them; a cut in between loses nothing."""
    monkeypatch.setattr(replication, "AT_ONCE", 3)
    case_id, batches = three_batches(centre)
    for number in range(8):
        centre.writer.fill(case_id, safe_hours=f"día {number}")
        batches.append(centre.writer.seal())
        centre.writer.read([batches[-1]], len(batches))
    reader = centre.reader
    reader.plug(*batches[1:])
    assert reader.facts() == {"batches_waiting": 10}
    taken = reader.plug(batches[0])
    assert (taken.batches, taken.has_more) == (4, True)
    # The power goes here: what is ready is found in the database again.
    portions = []
    while (
        more := reader.run(lambda uow: replication.take_ready(uow, reader.desk, reader.envelope))
    ) is not None:
        portions.append(more.batches)
        assert len(portions) < 20
    assert sum(portions) == 7
    assert max(portions) <= 3
    assert reader.facts() == {}
    assert reader.digest() == centre.writer.digest()
