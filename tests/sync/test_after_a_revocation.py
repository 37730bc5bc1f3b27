"""What whoever has a stolen laptop writes with its keys reaches nobody, whatever way it takes."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.crypto.secret import SecretKey
from app.demo.actors import Typist
from app.domain.change import RecordId, new_change
from app.domain.stamp import Stamp
from app.services import snapshot
from app.services.batch_ports import REVOKED_DEVICE
from app.services.behind import behind_of
from app.services.ports import NO_CONTEXT, PlacedHead, SnapshotContent, UnitOfWork
from sync.client.stick_snapshots import SNAPSHOT_FILE
from sync.envelope.centre_blobs import REVOKED_SNAPSHOT, CentreBlobs
from sync.envelope.keyring import epoch_tag
from tests.support.short_logs import shrunk, story
from tests.support.stations import RegionPlace
from tests.support.sticks import files

TRUE = "Relato inventado, escrito en el centro. " * 20
THIEFS = TRUE + "ESCRITO POR QUIEN SE LA LLEVÓ"
EDITS = 14


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    made = tmp_path / "stick"
    made.mkdir()
    return made


@dataclasses.dataclass(frozen=True)
class Stolen:
    """A centre of three whose programs know format 2. The narrative of a case was written by the
    third laptop, and the stolen one heard of that; the admin did not yet."""

    admin: Typist
    thief: Typist
    third: Typist
    case_id: RecordId

    def take_out(self) -> None:
        take_out(self.admin, self.thief)

    def narratives(self) -> list[object]:
        """Return what the two that stay show."""
        return [narrative(one, self.case_id) for one in (self.admin, self.third)]

    def leave_alone(self, stick: Path) -> bytes:
        """Have the thief write over the narrative, and leave nothing but that batch on a stick;
        return its id."""
        self.thief.type_fields(self.case_id, {"relato": THIEFS})
        batch = sealed(self.thief)
        plugged(self.thief, stick)
        for one in (*files(stick), *files(stick, ".acta")):
            if one.stem != batch.hex():
                one.unlink()
        return batch


@pytest.fixture
def stolen(region: RegionPlace) -> Iterator[Stolen]:
    admin, thief = region.pair()
    third = region.joining(admin)
    case_id, _ = admin.register({"names": "Nantip Inventada", "relato": "Primero."})
    three = (admin, thief, third)
    for one in three * 2:
        one.register({"names": "Otra Inventada"})
        synced(one)
    for one in three:
        synced(one)
    third.type_fields(case_id, {"relato": TRUE})
    synced(third)
    synced(thief)
    yield Stolen(admin, thief, third, case_id)
    for one in three:
        one.laptop.close()


def synced(typist: Typist) -> None:
    assert typist.sync().failure is None


def plugged(typist: Typist, stick: Path) -> None:
    assert typist.use_stick(stick).failure is None


def take_out(admin: Typist, thief: Typist) -> None:
    (own,) = (one for one in thief.laptop.devices() if one.is_own)
    admin.laptop.revoke(own.id)


def sealed(typist: Typist) -> bytes:
    """Seal what waits, into one batch; return its id."""
    typist.laptop.seal()
    (batch,) = typist.run(lambda uow: [one.id for one in uow.batches.to_offer()])
    return batch


def narrative(typist: Typist, case_id: RecordId) -> object:
    return typist.run(lambda uow: uow.records.fields(case_id)["relato"].value)


def reasons(typist: Typist) -> list[str]:
    return typist.run(lambda uow: [one.reason for one in uow.aside.rows()])


def carried(typist: Typist) -> set[bytes]:
    """Return what is offered to the region or left on sticks."""
    return typist.run(lambda uow: {*uow.batches.ids(), *(one.id for one in uow.batches.to_offer())})


def position(typist: Typist) -> int:
    cursor = typist.run(lambda uow: uow.batches.cursor())
    assert cursor is not None
    return cursor.position


# --- batches ---------------------------------------------------------------------------------------


def test_what_names_a_batch_that_is_not_here_does_not_come_in_with_that_one(
    stolen: Stolen, stick: Path
) -> None:
    stolen.take_out()
    batch = stolen.leave_alone(stick)
    plugged(stolen.admin, stick)
    assert reasons(stolen.admin) == [REVOKED_DEVICE]
    assert stolen.admin.run(lambda uow: uow.aside.count_waiting()) == 0
    assert batch not in carried(stolen.admin)
    synced(stolen.admin)
    synced(stolen.third)
    assert stolen.narratives() == [TRUE, TRUE]
    # Its bytes are kept: an honest hand may have written them.
    assert stolen.admin.run(lambda uow: uow.batches.content(batch))


def test_what_waits_when_its_laptop_is_taken_out_is_offered_to_nobody(
    stolen: Stolen, stick: Path
) -> None:
    """(B7)"""
    batch = stolen.leave_alone(stick)
    plugged(stolen.admin, stick)
    assert stolen.admin.run(lambda uow: uow.aside.count_waiting()) == 1
    assert batch in carried(stolen.admin)
    stolen.take_out()
    report = stolen.admin.sync()
    assert (report.failure, report.set_aside) == (None, 1)
    assert batch not in carried(stolen.admin)
    assert reasons(stolen.admin) == [REVOKED_DEVICE]
    synced(stolen.third)
    assert stolen.narratives() == [TRUE, TRUE]
    assert stolen.admin.run(lambda uow: uow.batches.content(batch))


def test_what_waits_is_left_on_no_stick_once_its_laptop_is_taken_out(
    stolen: Stolen, stick: Path, tmp_path: Path
) -> None:
    batch = stolen.leave_alone(stick)
    plugged(stolen.admin, stick)
    stolen.take_out()
    other = tmp_path / "other stick"
    other.mkdir()
    plugged(stolen.admin, other)
    assert batch.hex() not in {one.stem for one in files(other)}


def test_what_the_region_had_before_it_heard_is_taken_in_also_where_it_waited(
    stolen: Stolen, stick: Path
) -> None:
    """(control of B7)"""
    batch = stolen.leave_alone(stick)
    plugged(stolen.admin, stick)
    stolen.take_out()
    # The third knows nothing yet, and brings it.
    plugged(stolen.third, stick)
    synced(stolen.third)
    synced(stolen.admin)
    assert stolen.narratives() == [THIEFS, THIEFS]
    assert reasons(stolen.admin) == []
    assert batch in carried(stolen.admin)


def test_what_is_sealed_under_an_invented_key_is_carried_to_nobody(
    stolen: Stolen, stick: Path
) -> None:
    """(B7)"""
    admin, thief = stolen.admin, stolen.thief
    stolen.take_out()
    synced(admin)
    envelope = thief.laptop.envelope
    assert envelope is not None
    secret = SecretKey(b"\x07" * 32)
    envelope.keyring = dataclasses.replace(
        envelope.keyring,
        epochs={**envelope.keyring.epochs, epoch_tag(secret): secret},
        current=epoch_tag(secret),
    )
    for number in range(3):
        thief.register({"names": f"Basura {number}"})
        thief.laptop.seal()
    plugged(thief, stick)
    before = position(admin)
    plugged(admin, stick)
    assert [(one.reason, one.count) for one in admin.run(lambda uow: uow.aside.rows())] == [
        (REVOKED_DEVICE, 3)
    ]
    assert admin.run(lambda uow: uow.batches.to_offer()) == ()
    synced(admin)
    assert position(admin) == before


# --- snapshots -------------------------------------------------------------------------------------


@pytest.fixture
def _a_short_log_is_worth_it() -> Iterator[None]:
    with shrunk(WORTH_BYTES=48 << 10):
        yield


@contextmanager
def lying(thief: Typist) -> Iterator[None]:
    """Within, what is in a snapshot says another narrative than the log."""
    registry = thief.laptop.desk.definitions.registry
    real = snapshot.content_of

    def content_of(uow: UnitOfWork) -> SnapshotContent | None:
        found = real(uow)
        if found is None:
            return None
        heads = list(found.heads)
        (at,) = (n for n, one in enumerate(heads) if one.change.field == "relato")
        true = heads[at].change
        stamp = Stamp(true.stamp.wall_ms + 1, b"\x09" * 8, 1)
        lie = new_change(
            registry,
            kind=true.kind,
            record_id=true.record_id,
            field="relato",
            value=THIEFS,
            stamp=stamp,
            author=true.author,
            bases=(true.id,),
        )
        heads[at] = PlacedHead(lie, NO_CONTEXT, 0)
        return dataclasses.replace(found, heads=tuple(heads))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(snapshot, "content_of", content_of)
        yield


def long_log(typist: Typist) -> RecordId:
    case_id, _ = typist.register({"names": "Nantip Inventada"})
    for number in range(EDITS):
        typist.type_fields(case_id, {"relato": story(number)})
    typist.type_fields(case_id, {"relato": TRUE})
    return case_id


def blobs_of(typist: Typist) -> CentreBlobs:
    assert typist.laptop.envelope is not None
    return CentreBlobs(typist.laptop.envelope)


@pytest.mark.usefixtures("_a_short_log_is_worth_it")
def test_no_snapshot_of_a_laptop_that_was_taken_out_is_begun_from_by_stick(
    region: RegionPlace, stick: Path
) -> None:
    admin, thief = region.pair()
    case_id = long_log(admin)
    for one in (admin, thief):
        synced(one)
    take_out(admin, thief)
    with lying(thief):
        plugged(thief, stick)
    (left,) = files(stick, SNAPSHOT_FILE)
    new = region.joining(admin)
    plugged(new, stick)
    assert narrative(new, case_id) == TRUE
    # Whoever stays leaves a true one in its place, though the other says to be as new.
    plugged(admin, stick)
    synced(admin)
    plugged(admin, stick)
    (good,) = files(stick, SNAPSHOT_FILE)
    assert good != left
    assert blobs_of(new).open_snapshot(good.read_bytes()).heads
    synced(new)
    assert narrative(new, case_id) == TRUE
    for one in (admin, thief, new):
        one.laptop.close()


@pytest.mark.usefixtures("_a_short_log_is_worth_it")
def test_no_snapshot_of_a_laptop_that_was_taken_out_is_begun_from_by_network(
    region: RegionPlace, caplog: pytest.LogCaptureFixture
) -> None:
    admin, thief = region.pair()
    case_id = long_log(thief)
    with lying(thief):
        synced(thief)
    take_out(admin, thief)
    new = region.joining(admin)
    synced(new)
    assert f"a snapshot is passed over: {REVOKED_SNAPSHOT}" in caplog.messages
    assert new.run(behind_of) is None
    assert narrative(new, case_id) == TRUE
    for one in (admin, thief, new):
        one.laptop.close()
