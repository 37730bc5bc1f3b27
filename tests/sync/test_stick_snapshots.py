"""A new laptop without a network starts from the snapshot that a colleague left on the stick."""

from __future__ import annotations

import resource
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from app.demo.actors import Typist
from app.domain.change import AuthorId, RecordId, new_change
from app.domain.stamp import Stamp
from app.services import casework, ledger, snapshot, whereabouts
from app.services.ports import PlacedHead, SnapshotContent, UnitOfWork
from app.services.read_models import SyncProgress, SyncReport, SyncStep
from app.services.whereabouts_ports import Reach
from db.presence import DATABASE_NAME
from sync.client.stick_snapshots import SNAPSHOT_FILE
from sync.envelope.centre_blobs import CentreBlobs
from sync.envelope.seal import CentreEnvelope
from sync.protocol.blob import BLOB_HEAD_BYTES
from tests.support.short_logs import short_logs, story
from tests.support.stations import RegionPlace, impatient, make_anew, open_again, said, view
from tests.support.sticks import files, home

__all__ = ["short_logs"]

CASE = {"names": "Ñunkuí Inventada", "safe_phone": "999000777"}
EDITS = 14


@dataclass(frozen=True)
class Written:
    """A laptop level with a long log, most of which was replaced since; and the stick it left."""

    admin: Typist
    case_id: RecordId
    stick: Path


@pytest.fixture(scope="module", autouse=True)
def _a_short_log_is_worth_it(short_logs: None) -> Iterator[None]:
    """So short that the snapshot is made where the tests say."""
    del short_logs
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(snapshot, "WORTH_BYTES", 48 << 10)
        yield


@pytest.fixture(scope="module")
def written(
    region: RegionPlace,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Written]:
    admin = region.first()
    case_id = long_log(admin)
    synced(admin)
    stick = tmp_path_factory.mktemp("stick")
    plugged(admin, stick)
    yield Written(admin, case_id, stick)
    admin.laptop.close()


@pytest.fixture
def stick(written: Written, tmp_path: Path) -> Path:
    """A copy of that stick, with all that the laptop knows."""
    plugged(written.admin, written.stick)
    shutil.copytree(written.stick, tmp_path / "stick")
    return tmp_path / "stick"


@pytest.fixture
def new(region: RegionPlace, written: Written, tmp_path: Path) -> Iterator[Typist]:
    """A new laptop that met no server, in the folder ``new``."""
    made = region.joining_at(written.admin, tmp_path / "new")
    plugged(written.admin, written.stick)  # its grant
    yield made
    made.laptop.close()


def long_log(typist: Typist, edits: int = EDITS) -> RecordId:
    case_id, _ = typist.register(CASE)
    for number in range(edits):
        typist.type_fields(case_id, {"relato": story(number)})
    return case_id


def synced(typist: Typist) -> None:
    assert typist.sync().failure is None


def plugged(
    typist: Typist, stick: Path, on_progress: Callable[[SyncProgress], None] = lambda _: None
) -> SyncReport:
    reports: list[SyncReport] = []
    typist.workplace.sync.sync_folder(stick, on_progress, reports.append)
    assert reports[0].failure is None
    return reports[0]


def snapshots(stick: Path) -> list[Path]:
    return files(stick, SNAPSHOT_FILE)


def without_batches(stick: Path) -> Callable[[SyncProgress], None]:
    """Take the batches off a stick as soon as the heads of a snapshot come from it, as when it is
    pulled out."""

    def look(progress: SyncProgress) -> None:
        if (
            progress.step is SyncStep.RECEIVE
            and progress.total_entries
            and not progress.total_bytes
        ):
            for one in files(stick):
                one.unlink()

    return look


def only_the_snapshot(new: Typist, stick: Path) -> None:
    """Have the new laptop take in the snapshot, and nothing behind it."""
    plugged(new, stick, without_batches(stick))
    assert not new.run(lambda uow: [one for one in uow.batches.to_offer() if not one.is_own])


def reach(typist: Typist, case_id: RecordId) -> Reach:
    found = typist.run(lambda uow: whereabouts.of_case(uow, typist.workplace.laptops, case_id))
    return found.reach


def values(typist: Typist, case_id: RecordId) -> dict[str, object]:
    return {name: one.value for name, one in typist.ficha(case_id).fields.items()}


def facts(typist: Typist) -> dict[str, int]:
    return {one.message_id: one.count for one in view(typist).facts}


def derived(typist: Typist) -> list[object]:
    """What the screens show, and the whole history behind it."""

    def look(uow: UnitOfWork) -> list[object]:
        found: list[object] = []
        for key in sorted(uow.changes.fields(), key=lambda one: (one.record_id, one.field)):
            history = [one.id for one in uow.changes.history(key)]
            stored = uow.records.fields(key.record_id)[key.field]
            found.append((key, history, stored.value, stored.shown, stored.is_conflict))
        return found

    return typist.run(look)


def knows_all(new: Typist, other: Typist) -> bool:
    """Whether the new laptop holds every change that the other one holds."""

    def ids(uow: UnitOfWork) -> set[bytes]:
        keys = uow.changes.fields()
        return {one.id for key in keys for one in uow.changes.history(key)}

    return new.run(ids) >= other.run(ids)


def rebuild(uow: UnitOfWork, typist: Typist) -> None:
    ledger.rebuild(uow, typist.laptop.desk.definitions)
    uow.commit()


def is_whole(new: Typist, other: Typist) -> None:
    """After contact with the server the new laptop is as any other, and nothing waits or is told."""
    for one in (new, other, new):
        synced(one)
    before = derived(new)
    assert before == derived(other)
    new.run(lambda uow: rebuild(uow, new))
    assert derived(new) == before
    assert facts(new) == {}
    assert view(new).waiting_changes == 0
    assert new.run(lambda uow: uow.snapshots.is_level())


def test_a_level_laptop_leaves_a_snapshot_and_not_a_second_one(
    written: Written, stick: Path
) -> None:
    (left,) = snapshots(stick)
    assert left.stat().st_size < sum(one.stat().st_size for one in files(stick)) / 2
    was = left.read_bytes()
    synced(written.admin)
    plugged(written.admin, stick)
    assert [one.read_bytes() for one in snapshots(stick)] == [was]


def test_a_new_laptop_shows_everything_before_it_reads_a_batch(
    written: Written, stick: Path, new: Typist
) -> None:
    plugged(written.admin, stick)
    only_the_snapshot(new, stick)
    assert values(new, written.case_id) == values(written.admin, written.case_id)
    assert not any(one.is_sent for one in new.ficha(written.case_id).fields.values())
    assert len(new.run(lambda uow: casework.search_cases(uow, "inventada", 5))) == 1
    plugged(new, written.stick)
    assert knows_all(new, written.admin)
    is_whole(new, written.admin)


def test_what_came_from_a_snapshot_counts_as_received_nowhere_before_the_log_shows_it(
    written: Written, stick: Path, new: Typist
) -> None:
    only_the_snapshot(new, stick)
    assert new.run(lambda uow: uow.batches.cursor()) is None
    assert reach(new, written.case_id) is Reach.IN_SNAPSHOT
    assert facts(new)["snapshot_awaited"] > 0
    own = new.run(lambda uow: len(uow.changes.pending(10_000)))
    sealed = new.run(lambda uow: sum(len(uow.changes.of_batch(one)) for one in uow.batches.ids()))
    assert view(new).waiting_changes == own + sealed, "others send what the snapshot brought"
    assert not [one for one in view(new).waiting if one.case_id == written.case_id]
    plugged(new, written.stick)
    assert "snapshot_awaited" not in facts(new)
    assert written.case_id in [one.case_id for one in view(new).waiting], "now it can carry them"
    assert reach(new, written.case_id) is Reach.TOLD, "by the region's signed word on the stick"
    synced(new)
    assert reach(new, written.case_id) >= Reach.RECEIVED


def test_work_goes_on_from_the_snapshot_and_reaches_the_others(
    written: Written, stick: Path, new: Typist
) -> None:
    only_the_snapshot(new, stick)
    new.type_fields(written.case_id, {"safe_phone": "999000111"})
    assert reach(new, written.case_id) is Reach.HERE, "what is typed here nobody else sends"
    assert [one.changes for one in view(new).waiting if one.case_id == written.case_id] == [1]
    plugged(new, written.stick)
    plugged(written.admin, written.stick)
    assert values(new, written.case_id) == values(written.admin, written.case_id)
    is_whole(new, written.admin)


def test_a_server_is_met_with_nothing_but_the_snapshot(
    written: Written, stick: Path, new: Typist
) -> None:
    only_the_snapshot(new, stick)
    is_whole(new, written.admin)


def test_power_may_go_at_any_moment(
    written: Written, stick: Path, new: Typist, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshot, "PART", 3)
    copies: list[Path] = []

    def image(progress: SyncProgress) -> None:
        if progress.step is SyncStep.RECEIVE and len(copies) < 6:
            copies.append(tmp_path / f"image-{len(copies)}")
            shutil.copytree(tmp_path / "new", copies[-1])

    plugged(new, stick, image)
    assert len(copies) > 3
    for number, place in enumerate(copies):
        again = impatient(open_again(place))
        if number % 2:
            plugged(again, stick)
            assert knows_all(again, written.admin)
        synced(again)
        assert knows_all(again, written.admin)
        assert facts(again) == {}
        again.laptop.close()


@pytest.mark.parametrize("where", [0, 4, 40, 130, 200, BLOB_HEAD_BYTES + 100, -1, None])
def test_a_bad_snapshot_is_passed_over_and_the_next_laptop_leaves_a_good_one(
    written: Written, stick: Path, new: Typist, where: int | None
) -> None:
    (left,) = snapshots(stick)
    content = bytearray(left.read_bytes())
    if where is None:
        del content[len(content) // 2 :]
    else:
        content[where] ^= 1
    left.write_bytes(content)
    heard: list[SyncProgress] = []
    plugged(new, stick, heard.append)
    of_it = [one for one in heard if one.total_entries and not one.total_bytes]
    assert not [one for one in of_it if one.step is SyncStep.RECEIVE]
    assert knows_all(new, written.admin)
    for one in (new, written.admin):
        synced(one)
    plugged(written.admin, stick)
    blobs = CentreBlobs(envelope_of(written.admin))
    good = [one for one in snapshots(stick) if one.read_bytes() != bytes(content)]
    assert len(good) == 1
    assert blobs.open_snapshot(good[0].read_bytes()).heads


def test_a_newer_one_takes_the_place_of_the_older_and_of_no_other_centres(
    region: RegionPlace, written: Written, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshot, "WORTH_BYTES", 8 << 10)
    synced(written.admin)
    other = region.first()
    long_log(other, 4)
    synced(other)
    shutil.copytree(written.stick, tmp_path / "stick")
    (foreign,) = snapshots(tmp_path / "stick")
    plugged(other, tmp_path / "stick")
    first = set(snapshots(tmp_path / "stick")) - {foreign}
    assert len(first) == 1
    long_log(other, 4)
    plugged(other, tmp_path / "stick")
    assert set(snapshots(tmp_path / "stick")) == {foreign, *first}, "it is not level"
    synced(other)
    plugged(other, tmp_path / "stick")
    second = set(snapshots(tmp_path / "stick")) - {foreign}
    assert foreign in snapshots(tmp_path / "stick")
    assert len(second) == 1
    assert second != first
    other.laptop.close()


def test_what_no_batch_of_the_log_holds_is_told_and_never_called_received(
    written: Written, stick: Path, new: Typist
) -> None:
    """A laptop of the centre seals a snapshot with a value that it never put into a batch."""
    (left,) = snapshots(stick)
    envelope = envelope_of(written.admin)
    blobs = CentreBlobs(envelope)
    true = blobs.open_snapshot(left.read_bytes())
    one = next(head.change for head in true.heads if head.change.field == "safe_phone")
    false = new_change(
        envelope.registry,
        kind=one.kind,
        record_id=one.record_id,
        field="names",
        value="Nombre Falso",
        stamp=Stamp(one.stamp.wall_ms + 1, one.stamp.session, 9_999_999),
        author=AuthorId(one.author),
        bases=(),
    )
    heads = (*true.heads, PlacedHead(false, true.heads[0].context, 4_000))
    sealed = blobs.seal_snapshot(SnapshotContent(replace(true.at, position=10**6), heads))
    home(stick, sealed.id.hex() + SNAPSHOT_FILE).write_bytes(sealed.content)
    plugged(new, stick)
    assert reach(new, written.case_id) is Reach.IN_SNAPSHOT
    assert facts(new)["snapshot_awaited"] == 1
    synced(new)
    assert facts(new)["snapshot_unproven"] > 0
    assert "snapshot_awaited" not in facts(new), "of that it was told"
    assert reach(new, written.case_id) is Reach.IN_SNAPSHOT
    assert "nada por enviar" in said(new), "it has nothing that it could send"
    assert not new.run(lambda uow: uow.snapshots.is_level())


def test_made_anew_a_database_calls_nothing_received_that_came_in_a_snapshot_by_stick(
    written: Written, stick: Path, new: Typist, tmp_path: Path
) -> None:
    only_the_snapshot(new, stick)
    assert reach(new, written.case_id) is Reach.IN_SNAPSHOT
    before = facts(new)
    new.laptop.store.checkpoint()
    place = Path(shutil.copytree(tmp_path / "new", tmp_path / "copy"))
    database = place / DATABASE_NAME
    content = bytearray(database.read_bytes())
    content[1_000] ^= 0x10
    database.write_bytes(content)
    make_anew(place)
    again = impatient(open_again(place))
    assert reach(again, written.case_id) is Reach.IN_SNAPSHOT
    assert facts(again) == before
    assert view(again).waiting_changes == view(new).waiting_changes
    synced(again)
    assert reach(written.admin, written.case_id) is Reach.RECEIVED
    assert reach(again, written.case_id) is Reach.SEEN, "by the administrator's word on the stick"
    assert not facts(again)
    again.laptop.close()


def test_a_stick_that_takes_no_snapshot_is_no_failure(written: Written, stick: Path) -> None:
    synced(written.admin)
    plugged(written.admin, stick)
    for one in snapshots(stick):
        one.unlink()
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)

    sends: list[SyncProgress] = []

    def no_room(progress: SyncProgress) -> None:
        """At the snapshot: what is on the stick beside it was noted in the database."""
        if progress.step is SyncStep.SEND:
            sends.append(progress)
            if len(sends) > 1:
                resource.setrlimit(resource.RLIMIT_FSIZE, (100, usual[1]))

    try:
        plugged(written.admin, stick, no_room)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)
    assert snapshots(stick) == []
    assert not files(stick, ".part")
    plugged(written.admin, stick)
    assert len(snapshots(stick)) == 1


def envelope_of(typist: Typist) -> CentreEnvelope:
    envelope = typist.laptop.envelope
    assert isinstance(envelope, CentreEnvelope)
    return envelope
