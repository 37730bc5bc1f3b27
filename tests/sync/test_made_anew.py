"""What a database that was made anew, or put back, says and keeps of what is in no log yet."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.demo.actors import Typist
from app.domain.change import RecordId
from app.services import attachments, whereabouts
from app.services.ports import UnitOfWork
from app.services.whereabouts_ports import Reach, Whereabouts
from db.archive import ARCHIVE_NAME
from db.archive_contents import archive_key, read_archive
from db.engine import connect
from db.presence import DATABASE_NAME, VAULT_NAME
from db.vault import open_vault
from sync.client.folder import BATCH
from sync.server.sql_store import SqlStore
from tests.support.short_logs import shrunk, story
from tests.support.spoilt import spoilt
from tests.support.stations import RegionPlace, impatient, make_anew, open_again, said
from tests.support.sticks import files
from tests.support.storage import CHEAP_BOUNDS, PASSPHRASE
from tests.sync.test_bad_batches import let_in, log, other
from tests.sync.test_beginning import lacks, synced

__all__ = ["log", "other"]

PAGE = 4096
ANY = 1_000
"""A byte on the first page, which the sealed copy gives back."""


def told(typist: Typist, case_id: RecordId) -> str:
    value = typist.run(lambda uow: uow.records.fields(case_id))["relato"].value
    assert isinstance(value, str)
    return value


def place(typist: Typist, case_id: RecordId) -> Whereabouts:
    laptops = typist.workplace.laptops
    return typist.run(lambda uow: whereabouts.of_case(uow, laptops, case_id))


def anew(folder: Path) -> Typist:
    make_anew(folder)
    return impatient(open_again(folder))


def only_batch(typist: Typist) -> bytes:
    typist.laptop.seal()
    (own,) = typist.run(lambda uow: [one.id for one in uow.batches.to_offer()])
    return own


def leave_only(stick: Path, batch: bytes) -> None:
    for one in files(stick):
        if one.name != batch.hex() + BATCH:
            one.unlink()


def damage(database: Path, *pages: int) -> None:
    content = bytearray(database.read_bytes())
    for page in pages or range(len(content) // PAGE):
        content[page * PAGE + ANY] ^= 0x10
    database.write_bytes(content)


def lose_batch(folder: Path, batch: bytes) -> None:
    """Damage the frame of a batch in the file beside, and its bytes in the database."""
    key = open_vault(folder / VAULT_NAME, PASSPHRASE, bounds=CHEAP_BOUNDS)
    at = read_archive(folder / ARCHIVE_NAME, archive_key(key)).batches[batch]
    content = bytearray((folder / ARCHIVE_NAME).read_bytes())
    content[at + 100] ^= 0x10
    (folder / ARCHIVE_NAME).write_bytes(content)
    connection = connect(folder / DATABASE_NAME, key)
    connection.execute(
        "UPDATE batch_content SET content = zeroblob(length(content))"
        " WHERE batch_seq = (SELECT seq FROM batch WHERE id = ?)",
        (batch,),
    )
    connection.commit()
    connection.close()


def test_what_a_revoked_laptop_wrote_stays_aside(region: RegionPlace, tmp_path: Path) -> None:
    folder = tmp_path / "admin"
    admin = region.first_at(folder)
    lost, third = region.joining(admin), region.joining(admin)
    case_id, _ = admin.register({"names": "Nantip", "relato": "Uno."})
    for one in (admin, lost, third) * 3:
        one.register({"names": "Otra Inventada"})
        assert one.sync().failure is None
    third.type_fields(case_id, {"relato": "Dos. " * 60})
    for one in (third, lost):
        assert one.sync().failure is None
    admin.laptop.revoke(lost.laptop.devices()[1].id)
    lost.type_fields(case_id, {"relato": "Dos. " * 60 + "Ajeno."})
    own = only_batch(lost)
    for name in ("of-the-lost", "of-the-third"):
        (tmp_path / name).mkdir()
    assert lost.use_stick(tmp_path / "of-the-lost").failure is None
    leave_only(tmp_path / "of-the-lost", own)
    assert third.use_stick(tmp_path / "of-the-third").failure is None
    for name in ("of-the-lost", "of-the-third"):
        assert admin.use_stick(tmp_path / name).failure is None
    assert admin.sync().failure is None
    before = admin.run(lambda uow: uow.aside.rows())
    assert [one.reason for one in before] == ["batch_revoked_device"]
    admin.laptop.close()
    admin = anew(folder)
    assert "Ajeno" not in told(admin, case_id)
    assert admin.run(lambda uow: uow.aside.rows()) == before, "it is still told, as of that day"
    assert admin.run(lambda uow: uow.batches.content(own)) is not None
    for one in (admin, lost, third):
        one.laptop.close()


@pytest.mark.parametrize("is_readable", [True, False])
def test_what_can_never_be_used_stays_listed_at_its_place_in_the_log(
    region: RegionPlace, tmp_path: Path, other: Typist, log: SqlStore, *, is_readable: bool
) -> None:
    a = region.first_at(tmp_path / "a")
    assert a.sync().failure is None
    a.register({"names": "Primera Inventada"})
    bad = spoilt(a, other)
    del bad["batch_over_limit"]  # no server can send one
    for content in bad.values():
        let_in(log, a, content)
    a.register({"names": "Última Inventada"})
    assert a.sync().failure is None
    before, ids = a.run(lambda uow: uow.aside.rows()), placed(a)
    assert {one.reason for one in before} == set(bad)
    a.laptop.close()
    pages = (0,) if is_readable else ()
    damage(tmp_path / "a" / DATABASE_NAME, *pages)
    a = anew(tmp_path / "a")
    assert placed(a) == ids, "a summary for others' sticks can be made of it"
    after = a.run(lambda uow: uow.aside.rows())
    if is_readable:
        assert sorted(after, key=repr) == sorted(before, key=repr)
    else:
        assert sum(one.count for one in after) == sum(one.count for one in before)
    a.laptop.close()


def placed(typist: Typist) -> tuple[bytes, ...]:
    """Return what stands in the log, up to where it was read."""

    def look(uow: UnitOfWork) -> tuple[bytes, ...]:
        cursor = uow.batches.cursor()
        assert cursor is not None
        ids = uow.log_words.ids_up_to(cursor.position)
        assert len(ids) == cursor.position
        return ids

    return typist.run(look)


@pytest.fixture
def _a_short_log_is_worth_it() -> Iterator[None]:
    with shrunk(WORTH_BYTES=48 << 10):
        yield


@pytest.mark.usefixtures("_a_short_log_is_worth_it")
def test_what_opened_by_a_snapshot_opens_again_and_is_not_said_to_be_at_the_region(
    region: RegionPlace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin = region.first()
    b = region.joining(admin)
    case_id, _ = admin.register({"names": "Nunkui", "relato": "x"})
    other, _ = admin.register({"names": "Yampis", "relato": "primera"})
    for number in range(17):
        admin.type_fields(case_id, {"relato": story(number)})
    for one in (admin, b, admin):
        synced(one)
    b.register({"names": "De otra persona"})
    synced(b)
    synced(admin)
    new = region.joining_at(admin, tmp_path / "new")
    with monkeypatch.context() as patch:
        patch.setattr("sync.client.control.AUTOMATIC_SECONDS", 0.0)
        new.register({"names": "De la nueva"})
        synced(new, is_automatic=True)
    assert lacks(new)
    synced(b)
    synced(admin)
    b.type_fields(other, {"relato": "primera, y lo que nadie más tiene"})
    (tmp_path / "stick").mkdir()
    own = only_batch(b)
    assert b.use_stick(tmp_path / "stick").failure is None
    leave_only(tmp_path / "stick", own)
    assert new.use_stick(tmp_path / "stick").failure is None
    assert place(new, other).reach is Reach.AT_ANOTHER
    new.laptop.close()
    damage(tmp_path / "new" / DATABASE_NAME, 0)
    new = anew(tmp_path / "new")
    assert lacks(new)
    assert place(new, other).reach is Reach.AT_ANOTHER
    assert new.run(lambda uow: uow.aside.count_waiting()) == 0
    for one in (admin, b, new):
        one.laptop.close()


def test_what_came_by_stick_and_lost_its_batch_is_sealed_anew(
    region: RegionPlace, tmp_path: Path
) -> None:
    a = region.first_at(tmp_path / "a")
    b = region.joining(a)
    for one in (a, b, a, b):
        assert one.sync().failure is None
    case_id, _ = b.register({"names": "Nunkui", "relato": "Solo aquí."})
    batch = only_batch(b)
    (tmp_path / "stick").mkdir()
    for one in (b, a):
        assert one.use_stick(tmp_path / "stick").failure is None
    assert place(a, case_id).reach is Reach.AT_ANOTHER
    a.laptop.close()
    lose_batch(tmp_path / "a", batch)
    a = anew(tmp_path / "a")
    assert told(a, case_id) == "Solo aquí."
    assert place(a, case_id).reach is Reach.HERE
    report = a.sync()
    assert report.failure is None
    assert report.batches_sent
    assert place(a, case_id).reach in (Reach.RECEIVED, Reach.SEEN)
    for one in (a, b):
        one.laptop.close()


def test_when_it_was_synchronised_is_known_though_nothing_of_the_database_can_be_read(
    region: RegionPlace, tmp_path: Path
) -> None:
    a = region.first_at(tmp_path / "a")
    a.register({"names": "Nunkui"})
    assert a.sync().failure is None
    before = said(a)
    a.laptop.close()
    damage(tmp_path / "a" / DATABASE_NAME)
    a = anew(tmp_path / "a")
    assert said(a) == before
    a.laptop.close()


def test_own_batches_that_a_database_put_back_regains_are_own(
    region: RegionPlace, tmp_path: Path
) -> None:
    folder = tmp_path / "a"
    a = region.first_at(folder)
    assert a.sync().failure is None
    a.laptop.close()
    early = (folder / DATABASE_NAME).read_bytes()
    a = impatient(open_again(folder))
    case_id, _ = a.register({"names": "Nunkui"})
    desk = a.laptop.desk
    scan = b"%PDF-1.7 un papel inventado" * 40
    a.run(lambda uow: attachments.attach(uow, desk, case_id, case_id, scan))
    a.laptop.close()
    (folder / DATABASE_NAME).write_bytes(early)
    a = impatient(open_again(folder))
    waiting = a.run(lambda uow: [one.is_own for one in uow.batches.to_offer()])
    named = a.run(lambda uow: [one.is_own for one in uow.blobs.attachments()])
    a.laptop.close()
    assert waiting
    assert all(waiting)
    assert named == [True]


def test_tables_that_an_older_database_never_had_are_not_lost(
    region: RegionPlace, tmp_path: Path
) -> None:
    folder = tmp_path / "a"
    a = region.first_at(folder)
    a.register({"names": "Nunkui"})
    a.laptop.close()
    key = open_vault(folder / VAULT_NAME, PASSPHRASE, bounds=CHEAP_BOUNDS)
    connection = connect(folder / DATABASE_NAME, key)
    for table in (
        "blob_piece",
        "blob",
        "device_state",
        "receipt",
        "on_stick",
        "refusal",
        "log_word",
        "holder",
        "scan_on_stick",
        "origin_hint",
    ):
        connection.execute(f"DROP TABLE {table}")
    connection.execute("UPDATE alembic_version SET version_num = '0002'")
    connection.commit()
    connection.close()
    assert not make_anew(folder).lost
