"""A snapshot that lies about places: what was read by its word is read again, and it is told."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from sqlalchemy import Connection

from app.demo.actors import Typist
from app.domain.change import Change, ChangeId, RecordId, new_change
from app.domain.stamp import Stamp
from app.services import snapshot
from app.services.ports import (
    BatchOutline,
    Origin,
    PlacedHead,
    SnapshotContent,
    UnitOfWork,
)
from db.presence import DATABASE_NAME
from sync.client.folder import BATCH
from sync.client.stick_snapshots import SNAPSHOT_FILE
from sync.envelope.centre_blobs import CentreBlobs
from sync.envelope.seal import CentreEnvelope
from sync.protocol.batch import NO_BATCH
from tests.support.short_logs import short_logs, story
from tests.support.stations import RegionPlace, impatient, make_anew, open_again, view
from tests.support.sticks import files, home
from tests.sync.test_beginning import (
    Region,
    derived,
    is_whole,
    lacks,
    level,
    rebuild,
    synced,
)

__all__ = ["short_logs"]

Heads = list[PlacedHead]
OTHERS = 5
WORTH_BYTES = 48 << 10
NOWHERE = b"\x01" * 16


@pytest.fixture(scope="module", autouse=True)
def _a_short_log_is_worth_it(short_logs: None) -> Iterator[None]:
    """So short that the snapshot is made where the tests say."""
    del short_logs
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(snapshot, "WORTH_BYTES", WORTH_BYTES)
        yield


@dataclass(frozen=True)
class Centre:
    """A laptop that sealed a false snapshot, and went on writing honestly."""

    region: Region
    early: dict[str, bytes]
    """The server's database as it was when it had nothing of theirs."""
    admin: Typist
    cases: tuple[RecordId, ...]


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Centre]:
    with lied_to(tmp_path_factory.mktemp("false")) as made:
        yield made


@contextmanager
def lied_to(place: Path) -> Iterator[Centre]:
    region = Region(RegionPlace.make(place))
    early = region.dump()
    admin = region.place.first()
    case_id, _ = admin.register({"names": "Ñunkuí Inventada"})
    for number in range(14):
        admin.type_fields(case_id, {"relato": story(number)})
    made = [admin.register({"names": f"Otra Inventada {number}"}) for number in range(OTHERS)]
    cases = tuple(one for one, _ in made)
    with lying(lambda heads: swapped(heads, 0, 1)):
        synced(admin)
    # What is written now rests on the batches that the snapshot speaks of, and then on that.
    for name in ("Otra Corregida", "Otra Corregida Dos Veces"):
        admin.type_fields(cases[0], {"names": name})
        synced(admin)
    yield Centre(region, early, admin, cases)
    admin.laptop.close()
    region.close()


@pytest.fixture
def new(centre: Centre) -> Iterator[Typist]:
    with begun(centre) as made:
        yield made


@contextmanager
def begun(centre: Centre, folder: Path | None = None) -> Iterator[Typist]:
    """A new laptop that began with that snapshot, and lacks the log behind it."""
    place = centre.region.place
    made = place.joining_at(centre.admin, folder or place.new_folder())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sync.client.control.AUTOMATIC_SECONDS", 0.0)
        synced(made, is_automatic=True)
    assert lacks(made)
    yield made
    made.laptop.close()


@contextmanager
def lying(change: Callable[[Heads], Heads]) -> Iterator[None]:
    """Have a laptop seal something else than what it holds."""
    honest = snapshot.content_of

    def content_of(uow: UnitOfWork) -> SnapshotContent | None:
        found = honest(uow)
        return None if found is None else replace(found, heads=tuple(change(list(found.heads))))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(snapshot, "content_of", content_of)
        yield


def swapped(heads: Heads, *numbers: int) -> Heads:
    """Say of the names of two cases that each stands where the other one does."""
    first, second = (
        next(at for at, one in enumerate(heads) if one.change.value == f"Otra Inventada {number}")
        for number in numbers
    )
    one, other = heads[first], heads[second]
    heads[first] = replace(one, context=other.context, place=other.place)
    heads[second] = replace(other, context=one.context, place=one.place)
    return heads


def names(typist: Typist, cases: tuple[RecordId, ...]) -> list[object]:
    return [typist.ficha(one).fields["names"].value for one in cases[:2]]


def facts(typist: Typist) -> dict[str, int]:
    return {one.message_id: one.count for one in view(typist).facts}


def is_level(typist: Typist) -> bool:
    return typist.run(lambda uow: snapshot.content_of(uow) is not None)


def test_what_was_read_by_a_false_snapshot_is_right_once_the_log_is_here_and_it_is_told(
    centre: Centre, new: Typist
) -> None:
    true = names(centre.admin, centre.cases)
    assert true[0] == "Otra Corregida Dos Veces"
    assert names(new, centre.cases)[0] == "Otra Inventada 0", "it reads another case's file"
    assert not is_level(new)
    synced(new)
    assert names(new, centre.cases) == true
    is_whole(new, centre.admin)
    assert is_level(new)
    synced(new)
    assert facts(new)["snapshot_false"] == 2, "who made it has to be found"


def test_what_was_read_by_a_false_snapshot_is_right_also_when_the_database_was_made_anew(
    centre: Centre, tmp_path: Path
) -> None:
    folder = tmp_path / "new"
    with begun(centre, folder):
        pass
    content = bytearray((folder / DATABASE_NAME).read_bytes())
    content[1_000] ^= 0x10
    (folder / DATABASE_NAME).write_bytes(content)
    make_anew(folder)
    again = impatient(open_again(folder))
    assert lacks(again)
    synced(again)
    assert names(again, centre.cases) == names(centre.admin, centre.cases)
    is_whole(again, centre.admin)
    assert facts(again)["snapshot_false"] == 2
    again.laptop.close()


def test_one_batch_that_nobody_can_take_in_does_not_keep_the_others_from_being_read_again(
    centre: Centre,
) -> None:
    with begun(centre) as new:
        with refusing(new, "Dos Veces"):
            synced(new)
        assert not lacks(new), "it is settled all the same"
        assert [one.reason for one in view(new).set_aside] == ["batch_unusable"]
        assert facts(new)["snapshot_false"] == 2


@contextmanager
def refusing(typist: Typist, said: str) -> Iterator[None]:
    """The database of this laptop writes no field that says this: a fault that nobody thought
    of."""

    def run(statement: str) -> None:
        with typist.laptop.store.unit() as uow:
            connection: Connection = uow._connection
            connection.exec_driver_sql(statement)
            uow.commit()

    for event in ("INSERT", "UPDATE"):
        run(
            f"CREATE TRIGGER nobody_{event} BEFORE {event} ON field"
            f" WHEN instr(NEW.value, CAST('{said}' AS BLOB))"
            " BEGIN SELECT RAISE(ABORT, 'never'); END"
        )
    yield
    for event in ("INSERT", "UPDATE"):
        run(f"DROP TRIGGER nobody_{event}")


def test_a_laptop_that_was_lied_to_hands_nothing_of_it_on(centre: Centre, new: Typist) -> None:
    before = names(centre.admin, centre.cases)
    new.type_fields(centre.cases[1], {"names": "Otra Inventada Segunda"})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sync.client.control.AUTOMATIC_SECONDS", 0.0)
        synced(new, is_automatic=True)
    assert lacks(new)
    synced(centre.admin)
    shown = names(centre.admin, centre.cases)
    assert shown[0] == before[0], "no other case is touched"
    level(centre.admin, new)
    assert names(new, centre.cases) == names(centre.admin, centre.cases)
    assert derived(new) == derived(centre.admin)
    new.run(lambda uow: rebuild(uow, new))
    assert derived(new) == derived(centre.admin)


@dataclass(frozen=True)
class Invented:
    """Says of every change that it stands in a batch that never was."""

    changes: Mapping[ChangeId, Change]

    def origins_of(self, ids: Collection[ChangeId]) -> Mapping[ChangeId, Origin]:
        return {one: Origin(NOWHERE, 0, self.changes[one]) for one in ids}

    def changes_at(self, context: bytes, places: Collection[int]) -> None:
        raise NotImplementedError

    def unplaced(self) -> Iterator[bytes]:
        raise NotImplementedError

    def note_places(self, batch_id: bytes, change_ids: Sequence[ChangeId]) -> None:
        raise NotImplementedError


def on_stick(centre: Centre, stick: Path) -> None:
    """Leave a false snapshot on a stick, and a batch that rests on a place that it invents."""
    admin = centre.admin
    stick.mkdir()
    assert admin.use_stick(stick).failure is None
    for one in files(stick, SNAPSHOT_FILE):
        one.unlink()
    envelope = admin.laptop.envelope
    assert isinstance(envelope, CentreEnvelope)
    content = admin.run(snapshot.content_of)
    assert content is not None
    heads = swapped(list(content.heads), 3, 4)
    at = next(n for n, one in enumerate(heads) if one.change.value == "Otra Inventada 2")
    base = heads[at].change
    heads[at] = replace(heads[at], context=NOWHERE, place=0)
    sealed = CentreBlobs(envelope).seal_snapshot(replace(content, heads=tuple(heads)))
    home(stick, sealed.id.hex() + SNAPSHOT_FILE).write_bytes(sealed.content)
    made = new_change(
        envelope.registry,
        kind=base.kind,
        record_id=base.record_id,
        field=base.field,
        value="Nombre Falso",
        stamp=Stamp(base.stamp.wall_ms + 1, b"\x77" * 8, 1),
        author=base.author,
        bases=(base.id,),
    )
    outline = BatchOutline(b"\x77" * 8, 1, NO_BATCH, None)
    batch = envelope.seal(outline, [made], Invented({base.id: base}))
    home(stick, batch.id.hex() + BATCH).write_bytes(batch.content)


def test_what_rests_on_a_batch_that_never_was_is_taken_out_and_waits(
    centre: Centre, tmp_path: Path
) -> None:
    stick = tmp_path / "stick"
    on_stick(centre, stick)
    made = centre.region.place.joining_at(centre.admin, tmp_path / "made")
    assert made.use_stick(stick).failure is None
    assert made.ficha(centre.cases[2]).fields["names"].value == "Nombre Falso"
    assert not is_level(made)
    level(made, centre.admin)
    assert derived(made) == derived(centre.admin)
    made.run(lambda uow: rebuild(uow, made))
    assert derived(made) == derived(centre.admin)
    assert facts(made) == {"snapshot_false": 2, "batches_waiting": 1}
    assert facts(centre.admin) == {"batches_waiting": 1}
    made.laptop.close()


def test_a_server_that_was_put_back_meanwhile_hides_no_lie(tmp_path: Path) -> None:
    with lied_to(tmp_path) as centre, begun(centre) as new:
        centre.region.restore(centre.early)
        synced(new)
        assert not lacks(new)
        assert facts(new)["snapshot_unproven"] > 0
        assert not is_level(new)
        level(centre.admin, new)
        assert derived(new) == derived(centre.admin)
        assert facts(new)["snapshot_false"] == 2
