"""The second file of batches says what the database says, whatever happened to either."""

from __future__ import annotations

import errno
import hashlib
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.crypto.secret import SecretKey
from app.domain.errors import DomainError
from app.services.batch_ports import REVOKED_DEVICE
from app.services.ports import Cursor, FieldKey, SealedBatch, UnitOfWork
from db.archive import ARCHIVE_NAME
from db.archive_contents import ArchiveContents, archive_key, read_archive
from db.laptop_copy import COPY_NAME, copy_key, read_copy
from db.store import DATABASE_NAME, Store, create_store, open_store
from tests.support.every import some, spread
from tests.support.file_faults import failing, in_child
from tests.support.storage import KEY, REGISTRY, Writer, record_id

LOG = b"L" * 16
OTHER_LOG = b"M" * 16
CODE = FieldKey("case", record_id(1), "code")


def _batch(number: int, size: int = 40) -> SealedBatch:
    content = b"QSPB sealed %d " % number * (size // 10)
    return SealedBatch(hashlib.blake2b(content, digest_size=32).digest(), content)


def _chain(position: int) -> bytes:
    return bytes([position]) * 32


def _open(folder: Path) -> Store:
    return open_store(folder, KEY, REGISTRY)


def _new(folder: Path) -> Store:
    folder.mkdir(exist_ok=True)
    create_store(folder, KEY, REGISTRY).close()
    return _open(folder)


def _read(folder: Path) -> ArchiveContents:
    return read_archive(folder / ARCHIVE_NAME, archive_key(KEY))


def _add(unit: UnitOfWork, batch: SealedBatch) -> None:
    unit.batches.add(
        batch, device=b"d" * 16, session=b"session1", number=1, is_own=True, change_ids=[], at_ms=1
    )


def _page(store: Store, numbers: range, *, log: bytes = LOG) -> None:
    """A page of the log, as a synchronisation takes it in."""
    with store.unit() as unit:
        for number in numbers:
            _add(unit, _batch(number))
            unit.batches.mark_seen(_batch(number).id, number)
        unit.witness.note_places([(number, _chain(number)) for number in numbers])
        unit.batches.set_cursor(Cursor(log, numbers[-1], _chain(numbers[-1])))
        unit.commit()


def _says(store: Store, folder: Path) -> None:
    """Assert that the file says what the database does."""
    contents = _read(folder)
    with store.unit() as unit:
        ids = set(unit.batches.ids()) | {one.id for one in unit.aside.kept()}
        for one in ids:
            assert contents.content(one) == unit.batches.content(one)
            stored = unit.batches.get(one)
            if stored is not None and stored.position is not None:
                assert contents.verified()[stored.position].batch == one
        assert contents.cursor == unit.batches.cursor()
    assert set(contents.batches) >= ids
    assert contents.damaged == 0
    assert contents.end == contents.size


def test_batches_places_and_cursor_stand_in_the_file_once_they_are_committed(
    tmp_path: Path,
) -> None:
    store = _new(tmp_path)
    assert not (tmp_path / ARCHIVE_NAME).exists()
    _page(store, range(1, 4))
    with store.unit() as unit:
        _add(unit, _batch(9))
        unit.commit()
    contents = _read(tmp_path)
    assert list(contents.batches) == [_batch(number).id for number in (1, 2, 3, 9)]
    assert [(at, one.chain) for at, one in contents.verified().items()] == [
        (1, _chain(1)), (2, _chain(2)), (3, _chain(3)),
    ]  # fmt: skip
    _says(store, tmp_path)
    store.close()


def test_a_save_writes_nothing_into_it(tmp_path: Path) -> None:
    store = _new(tmp_path)
    _page(store, range(1, 3))
    before = (tmp_path / ARCHIVE_NAME).read_bytes(), (tmp_path / COPY_NAME).exists()
    with failing(1, errno.EIO, forever=True) as called, store.unit() as unit:
        unit.changes.append([Writer().change(CODE, "2026-A0001")], is_own=True)
        unit.local.put("draft/x", b"typed")
        unit.commit()
    assert called == []
    assert ((tmp_path / ARCHIVE_NAME).read_bytes(), (tmp_path / COPY_NAME).exists()) == before
    store.close()


def test_what_was_undone_does_not_stand_in_it(tmp_path: Path) -> None:
    store = _new(tmp_path)
    with store.unit() as unit:
        _add(unit, _batch(1))
        with pytest.raises(KeyError), unit.savepoint():
            _add(unit, _batch(2))
            raise KeyError
        unit.commit()
    with store.unit() as unit:
        _add(unit, _batch(3))
    assert list(_read(tmp_path).batches) == [_batch(1).id]
    _says(store, tmp_path)
    store.close()


def test_what_was_set_aside_with_its_bytes_stands_in_it_once(tmp_path: Path) -> None:
    store = _new(tmp_path)
    kept, lost = _batch(1), _batch(2)

    def put(batch: SealedBatch, *, signed: bool, position: int | None = None) -> None:
        with store.unit() as unit:
            unit.aside.put(
                batch, reason="batch_unknown_key", at_ms=1, is_signed=signed,
                may_open_later=signed, position=position,
            )  # fmt: skip
            if position is not None:
                unit.batches.set_cursor(Cursor(LOG, position, _chain(position)))
            unit.commit()

    put(kept, signed=True)
    put(kept, signed=True, position=1)
    put(lost, signed=False, position=2)
    with store.unit() as unit:
        unit.aside.take_back(kept.id)
        _add(unit, kept)
        unit.batches.mark_seen(kept.id, 1)
        unit.commit()
    contents = _read(tmp_path)
    assert list(contents.batches) == [kept.id]
    content = (tmp_path / ARCHIVE_NAME).stat().st_size
    assert content < 3 * len(kept.content) + 2_000
    store.close()
    store = _open(tmp_path)
    assert [(one.batch, one.is_kept) for one in _read(tmp_path).verified().values()] == [
        (kept.id, True), (lost.id, False),
    ]  # fmt: skip
    store.close()


def test_what_a_laptop_that_was_taken_out_may_have_written_does_not_stand_in_it(
    tmp_path: Path,
) -> None:
    store = _new(tmp_path)
    told: dict[str, Any] = {"at_ms": 1, "is_signed": True, "may_open_later": False}
    with store.unit() as unit:
        unit.aside.put(_batch(1), reason=REVOKED_DEVICE, **told)
        unit.commit()
    store.bring_second_level(reads_all=True)
    assert _batch(1).id not in _read(tmp_path).batches
    with store.unit() as unit:
        # The region has it: it is taken in as any other.
        unit.aside.take_back(_batch(1).id)
        _add(unit, _batch(1))
        unit.commit()
    assert _batch(1).id in _read(tmp_path).batches
    _says(store, tmp_path)
    store.close()


@pytest.mark.parametrize("is_behind", [False, True])
def test_what_waited_and_proves_to_be_of_a_laptop_that_was_taken_out_is_said_to_be(
    tmp_path: Path, is_behind: bool
) -> None:
    store = _new(tmp_path)
    told: dict[str, Any] = {"at_ms": 1, "is_signed": True, "may_open_later": True}
    with store.unit() as unit:
        for number in (1, 2):
            unit.aside.put(_batch(number), reason="batch_unknown_key", **told)
        unit.commit()
    before = (tmp_path / ARCHIVE_NAME).read_bytes()
    with store.unit() as unit:
        unit.aside.put(_batch(1), reason=REVOKED_DEVICE, **told)
        unit.commit()
    if is_behind:
        store.close()
        (tmp_path / ARCHIVE_NAME).write_bytes(before)
        store = _open(tmp_path)
    found = _read(tmp_path)
    assert {_batch(1).id, _batch(2).id} == set(found.batches)
    assert found.shut == {_batch(1).id}
    assert store.batches_only_beside() == {}
    before = (tmp_path / ARCHIVE_NAME).read_bytes()
    with store.unit() as unit:
        unit.aside.take_back(_batch(1).id)
        _add(unit, _batch(1))
        unit.commit()
    if is_behind:
        store.close()
        (tmp_path / ARCHIVE_NAME).write_bytes(before)
        store = _open(tmp_path)
    assert _read(tmp_path).shut == set()
    _says(store, tmp_path)
    store.close()


def test_what_is_shut_stays_so_beside_a_database_put_back_to_before_it_came(
    tmp_path: Path,
) -> None:
    _new(tmp_path).close()
    older = (tmp_path / DATABASE_NAME).read_bytes()
    store = _open(tmp_path)
    told: dict[str, Any] = {"at_ms": 1, "is_signed": True, "may_open_later": True}
    for reason in ("batch_unknown_key", REVOKED_DEVICE):
        with store.unit() as unit:
            unit.aside.put(_batch(1), reason=reason, **told)
            unit.commit()
    store.close()
    (tmp_path / DATABASE_NAME).write_bytes(older)
    for _ in range(2):
        store = _open(tmp_path)
        assert store.batches_only_beside() == {}
        store.close()
        assert _read(tmp_path).shut == {_batch(1).id}


def test_a_log_that_fell_back_or_is_another_is_what_the_file_says(tmp_path: Path) -> None:
    store = _new(tmp_path)
    _page(store, range(1, 6))
    with store.unit() as unit:
        unit.batches.forget_positions_after(2)
        unit.batches.set_cursor(Cursor(LOG, 2, _chain(2)))
        unit.commit()
    assert list(_read(tmp_path).verified()) == [1, 2]
    with store.unit() as unit:
        unit.batches.forget_positions_after(0)
        unit.batches.set_cursor(Cursor(OTHER_LOG, 0, bytes(32)))
        unit.commit()
    assert _read(tmp_path).verified() == {}
    _page(store, range(1, 3), log=OTHER_LOG)
    _says(store, tmp_path)
    store.close()


def test_what_is_torn_off_its_end_at_any_byte_is_there_after_the_next_opening(
    tmp_path: Path,
) -> None:
    store = _new(tmp_path)
    _page(store, range(1, 3))
    whole = (tmp_path / ARCHIVE_NAME).stat().st_size
    _page(store, range(3, 4))
    store.close()
    content = (tmp_path / ARCHIVE_NAME).read_bytes()
    for end in spread(range(whole, len(content)), 60):
        (tmp_path / ARCHIVE_NAME).write_bytes(content[:end])
        store = _open(tmp_path)
        _says(store, tmp_path)
        store.close()


@pytest.mark.parametrize("torn", [b"\0" * 700, b"QSPL\x01\x01\0\0\1\0", bytes(range(256))])
def test_what_hangs_behind_its_end_is_cut(tmp_path: Path, torn: bytes) -> None:
    store = _new(tmp_path)
    _page(store, range(1, 3))
    store.close()
    content = (tmp_path / ARCHIVE_NAME).read_bytes()
    (tmp_path / ARCHIVE_NAME).write_bytes(content + torn)
    store = _open(tmp_path)
    _says(store, tmp_path)
    store.close()


def test_a_part_that_did_not_reach_the_disk_before_its_end_did_is_written_again(
    tmp_path: Path,
) -> None:
    store = _new(tmp_path)
    _page(store, range(1, 3))
    whole = (tmp_path / ARCHIVE_NAME).stat().st_size
    _page(store, range(3, 5))
    store.close()
    content = bytearray((tmp_path / ARCHIVE_NAME).read_bytes())
    content[whole : whole + 100] = bytes(100)
    (tmp_path / ARCHIVE_NAME).write_bytes(content)
    store = _open(tmp_path)
    assert set(_read(tmp_path).batches) == {_batch(number).id for number in range(1, 5)}
    store.close()


def test_a_batch_altered_in_the_middle_is_counted_and_the_others_go_on(tmp_path: Path) -> None:
    store = _new(tmp_path)
    for number in range(1, 6):
        _page(store, range(number, number + 1))
    store.close()
    content = bytearray((tmp_path / ARCHIVE_NAME).read_bytes())
    content[_read(tmp_path).batches[_batch(2).id] + 40] ^= 1
    (tmp_path / ARCHIVE_NAME).write_bytes(content)
    contents = _read(tmp_path)
    assert contents.damaged == 1
    assert list(contents.batches) == [_batch(number).id for number in (1, 3, 4, 5)]
    assert list(contents.verified()) == [1, 2, 3, 4, 5]
    # Whoever compares every byte writes again what cannot be read.
    store = _open(tmp_path)
    store.bring_second_level(reads_all=True)
    assert store.second_trouble is None
    assert set(_read(tmp_path).batches) == {_batch(number).id for number in range(1, 6)}
    store.close()


def test_a_database_put_back_to_an_older_state_finds_its_later_batches_in_the_file(
    tmp_path: Path,
) -> None:
    store = _new(tmp_path / "a")
    _page(store, range(1, 3))
    store.close()
    older = (tmp_path / "a" / DATABASE_NAME).read_bytes()
    store = _open(tmp_path / "a")
    _page(store, range(3, 6))
    store.close()
    (tmp_path / "a" / DATABASE_NAME).write_bytes(older)
    store = _open(tmp_path / "a")
    store.close()
    store = _open(tmp_path / "a")  # killed before they were taken in: they are told of again
    assert set(store.batches_only_beside()) == {_batch(number).id for number in range(3, 6)}
    assert store.batches_only_beside() == {}
    assert _read(tmp_path / "a").cursor == Cursor(LOG, 2, _chain(2))
    _page(store, range(3, 5))
    _says(store, tmp_path / "a")
    store.close()


def test_a_database_put_back_before_the_log_went_another_way_says_so_of_every_place(
    tmp_path: Path,
) -> None:
    store = _new(tmp_path)
    _page(store, range(1, 4))
    store.close()
    older = (tmp_path / DATABASE_NAME).read_bytes()
    store = _open(tmp_path)
    chains = {2: bytes([22]) * 32, 3: bytes([33]) * 32}
    with store.unit() as unit:
        # The server, put back, gave place 2 to another; the batch of place 3 got the same again.
        unit.batches.forget_positions_after(1)
        _add(unit, _batch(9))
        unit.batches.mark_seen(_batch(9).id, 2)
        unit.batches.mark_seen(_batch(3).id, 3)
        unit.witness.note_places(list(chains.items()))
        unit.batches.set_cursor(Cursor(LOG, 3, chains[3]))
        unit.commit()
    store.close()
    (tmp_path / DATABASE_NAME).write_bytes(older)
    store = _open(tmp_path)
    _says(store, tmp_path)
    said = {at: (one.batch, one.chain) for at, one in _read(tmp_path).verified().items()}
    assert said == {number: (_batch(number).id, _chain(number)) for number in (1, 2, 3)}
    store.close()


def test_a_copied_database_writes_a_file_of_its_own_and_a_swapped_one_adds_what_lacks(
    tmp_path: Path,
) -> None:
    store = _new(tmp_path / "a")
    _page(store, range(1, 3))
    store.close()
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    for name, number in (("a", 11), ("b", 12)):
        store = _open(tmp_path / name)
        with store.unit() as unit:
            _add(unit, _batch(number))
            unit.commit()
        store.close()
    shutil.copy(tmp_path / "b" / DATABASE_NAME, tmp_path / "a" / DATABASE_NAME)
    store = _open(tmp_path / "a")
    _says(store, tmp_path / "a")
    assert set(_read(tmp_path / "a").batches) >= {_batch(11).id, _batch(12).id}
    store.close()
    size = (tmp_path / "a" / ARCHIVE_NAME).stat().st_size
    _open(tmp_path / "a").close()
    assert (tmp_path / "a" / ARCHIVE_NAME).stat().st_size == size


def test_a_file_that_is_gone_is_made_anew(tmp_path: Path) -> None:
    store = _new(tmp_path)
    _page(store, range(1, 30))
    store.close()
    (tmp_path / ARCHIVE_NAME).unlink()
    store = _open(tmp_path)
    _says(store, tmp_path)
    store.close()


@pytest.mark.parametrize("number", range(1, 9))
def test_a_disk_that_refuses_holds_nothing_up_is_told_and_is_caught_up_with(
    tmp_path: Path, number: int
) -> None:
    store = _new(tmp_path)
    _page(store, range(1, 3))
    with failing(number, forever=True) as called:
        _page(store, range(3, 5))
    if len(called) < number:
        pytest.skip("there are fewer operations")
    assert store.second_trouble == "disk_full"
    with store.unit() as unit:
        assert len(list(unit.batches.ids())) == 4
        unit.changes.append([Writer().change(CODE, "2026-A0001")], is_own=True)
        unit.commit()
    assert store.second_trouble is None
    _says(store, tmp_path)
    store.close()


def test_a_disk_that_goes_on_refusing_is_asked_ever_more_rarely(tmp_path: Path) -> None:
    store = _new(tmp_path)
    _page(store, range(1, 3))
    writer = Writer()

    def save() -> None:
        with store.unit() as unit:
            unit.changes.append([writer.change(CODE, "2026-A0001")], is_own=True)
            unit.commit()

    with failing(1, errno.EROFS, forever=True) as called:
        _page(store, range(3, 4))
        before = len(called)
        for _ in range(100):
            save()
        assert before < len(called) < before + 20
        _page(store, range(4, 5))
    _page(store, range(5, 6))
    assert store.second_trouble is None
    _says(store, tmp_path)
    store.close()


def test_what_is_owed_when_the_program_ends_is_written_at_the_next_opening(tmp_path: Path) -> None:
    store = _new(tmp_path)
    with failing(1, errno.EROFS, forever=True):
        _page(store, range(1, 3))
        assert store.second_trouble == "disk_read_only"
        store.close()
        store = _open(tmp_path)
        assert store.second_trouble == "disk_read_only"
        store.close()
    store = _open(tmp_path)
    assert store.second_trouble is None
    _says(store, tmp_path)
    store.close()


@pytest.mark.skipif(sys.platform == "win32", reason="forks")
@pytest.mark.parametrize("begin", ["append", "catch up", "cut"])
def test_killed_at_any_operation_on_it_nothing_is_lost(tmp_path: Path, begin: str) -> None:
    """(F1)"""
    store = _new(tmp_path)
    _page(store, range(1, 3))
    store.close()
    if begin == "catch up":
        (tmp_path / ARCHIVE_NAME).unlink()
    elif begin == "cut":
        with (tmp_path / ARCHIVE_NAME).open("ab") as file:
            file.write(b"QSPL torn")
    number = some(-1, 0)  # of two operations the first, as a rule
    is_through = False
    while not is_through:
        number += some(2, 1)
        work = tmp_path.with_name(f"{tmp_path.name}-{number}")
        shutil.copytree(tmp_path, work)
        is_through = in_child(_next_page_of(work), number)
        store = _open(work)
        _says(store, work)
        with store.unit() as unit:
            assert len(list(unit.batches.ids())) in (2, 4)
        store.close()
    assert number > 3


def _next_page_of(folder: Path) -> Callable[[], None]:
    def work() -> None:
        store = _open(folder)
        _page(store, range(3, 5))
        store.close()

    return work


def test_nothing_in_it_can_be_read_without_the_key(tmp_path: Path) -> None:
    store = _new(tmp_path)
    with store.unit() as unit:
        unit.local.put("laptop/person", b"Persona Inventada")
        unit.local.put("sync/keyring", b"the keyring of a centre")
        unit.commit()
    _page(store, range(1, 4))
    store.close()
    content = (tmp_path / ARCHIVE_NAME).read_bytes() + (tmp_path / COPY_NAME).read_bytes()
    for plain in (b"QSPB", b"sealed", LOG, _chain(2), _batch(2).id, b"Inventada", b"keyring"):
        assert plain not in content
    other = SecretKey(bytes(32))
    contents = read_archive(tmp_path / ARCHIVE_NAME, archive_key(other))
    assert not contents.batches
    assert not contents.places
    assert contents.cursor is None
    assert contents.damaged > 0
    with pytest.raises(DomainError, match="file_damaged"):
        read_copy(tmp_path / COPY_NAME, copy_key(other))


def test_the_copy_of_the_keys_follows_them_and_heals(tmp_path: Path) -> None:
    store = _new(tmp_path)

    def put(name: str, content: bytes | None) -> None:
        with store.unit() as unit:
            unit.local.put(name, content)
            unit.commit()

    def held() -> dict[str, bytes]:
        copy = read_copy(tmp_path / COPY_NAME, copy_key(KEY))
        return {} if copy is None else dict(copy.by_name)

    put("laptop/person", b"one")
    put("draft/x", b"typed")
    assert held() == {"laptop/person": b"one"}
    with failing(1, forever=True):
        put("sync/keyring", b"two")
    assert store.second_trouble == "disk_full"
    put("draft/x", b"typed further")
    assert store.second_trouble is None
    assert held() == {"laptop/person": b"one", "sync/keyring": b"two"}
    put("laptop/person", None)
    assert held() == {"sync/keyring": b"two"}
    store.close()
    for spoilt in (b"", b"QSPE", (tmp_path / COPY_NAME).read_bytes()[:-1]):
        (tmp_path / COPY_NAME).write_bytes(spoilt)
        store = _open(tmp_path)
        assert held() == {"sync/keyring": b"two"}
        store.close()
    before = (tmp_path / COPY_NAME).read_bytes()
    _open(tmp_path).close()
    assert (tmp_path / COPY_NAME).read_bytes() == before


@pytest.mark.parametrize("at", range(0, 200, 7))
def test_a_copy_altered_anywhere_is_refused(tmp_path: Path, at: int) -> None:
    """(F6)"""
    store = _new(tmp_path)
    with store.unit() as unit:
        unit.local.put("laptop/person", b"one")
        unit.commit()
    store.close()
    content = bytearray((tmp_path / COPY_NAME).read_bytes())
    content[at] ^= 0x80
    (tmp_path / COPY_NAME).write_bytes(content)
    with pytest.raises(DomainError, match=r"file_damaged|file_newer"):
        read_copy(tmp_path / COPY_NAME, copy_key(KEY))
