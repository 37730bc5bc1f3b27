"""The key of a laptop is replaced: whatever cuts it off, the old key or the new one opens all."""

from __future__ import annotations

import os
import random
import select
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from app.crypto.secret import SecretKey
from app.domain.errors import DomainError, EnvironmentFault, QispiError
from app.services import attachments
from app.services.ports import SealedBatch, UnitOfWork
from db import rotation
from db.archive import ARCHIVE_NAME
from db.archive_contents import archive_key, read_archive
from db.hold import FolderHold
from db.laptop_copy import COPY_NAME, copy_key, read_copy
from db.presence import DATABASE_NAME, VAULT_NAME, is_set_up
from db.rotation import rotate
from db.rotation_files import ROTATED_NAME
from db.store import create_store, open_store
from tests.support.every import some
from tests.support.file_faults import failing, in_child
from tests.support.laptops import Laptop, definitions, make_desk

OLD, NEW = SecretKey(b"o" * 32), SecretKey(b"n" * 32)
OLD_VAULT, NEW_VAULT = b"leads to the old key", b"leads to the new key"
BATCH = b"b" * 32
STEP = some(3, 1)
"""Of the operations on files, each third; ``QISPI_EVERY=1``: each."""
pytestmark = [
    pytest.mark.skipif(
        sys.platform != "linux", reason="forks, and waits for a process by its descriptor"
    ),
    pytest.mark.timeout(300),
]


@dataclass(frozen=True)
class Held:
    """What a laptop holds."""

    digest: bytes
    audit: str | None
    batches: frozenset[bytes]
    seed: bytes | None
    scans: int


@pytest.fixture(scope="module")
def laptop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Held]]:
    """A closed laptop with cases, a batch, a scan and keys of its own, and what it holds."""
    folder = tmp_path_factory.mktemp("laptop")
    create_store(folder, OLD, definitions().registry).close()
    made = Laptop(open_store(folder, OLD, definitions().registry), make_desk(seed=1))
    case_id = made.open_case()
    content = b"%PDF-1.7 " + random.Random(1).randbytes(200_000)
    made.run(lambda uow: attachments.attach(uow, made.desk, case_id, case_id, content))

    def seal(uow: UnitOfWork) -> None:
        uow.local.put("laptop/device_seed", b"seed")
        uow.batches.add(
            SealedBatch(BATCH, b"sealed"),
            device=b"d" * 16,
            session=made.desk.stamper.session,
            number=1,
            is_own=True,
            change_ids=[one.id for one in uow.changes.pending(1)],
            at_ms=1,
        )
        uow.commit()

    made.run(seal)
    made.store.checkpoint()
    made.store.close()
    (folder / VAULT_NAME).write_bytes(OLD_VAULT)
    yield folder, held(folder, OLD)


def held(folder: Path, key: SecretKey) -> Held:
    """Open all four files under a key; raises where one does not."""
    store = open_store(folder, key, definitions().registry)
    try:
        assert store.damage() == ()
        with store.unit() as uow:
            audit = uow.audit.verify()
            copy = read_copy(folder / COPY_NAME, copy_key(key))
            found = Held(
                uow.changes.digest(),
                None if audit is None else str(audit),
                frozenset(read_archive(folder / ARCHIVE_NAME, archive_key(key)).batches),
                None if copy is None else copy.by_name.get("laptop/device_seed"),
                len(uow.blobs.attachments()),
            )
    finally:
        store.close()
    return found


def batches_beside(folder: Path, key: SecretKey) -> frozenset[bytes]:
    """Return the batches of the second file as it lies there."""
    return frozenset(read_archive(folder / ARCHIVE_NAME, archive_key(key)).batches)


class Failing:
    """A connection to a disk that does something else than it is told while pages are copied."""

    def __init__(self, real: Any, after: Callable[[Any], object]) -> None:
        self._real = real
        self._after = after

    def backup(self, target: Any, **how: int) -> None:
        self._real.backup(target._real, **how)
        self._after(target)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


def turn(folder: Path) -> None:
    hold = FolderHold(folder)
    try:
        rotate(folder, OLD, NEW, NEW_VAULT, definitions().registry, hold=hold)
    finally:
        hold.release()


def which(folder: Path, wanted: Held) -> str:
    """Return which key opens a laptop after its next start; the vault leads to that one, all is
    there, and the other key opens nothing."""
    assert is_set_up(folder)
    assert not (folder / ROTATED_NAME).exists()
    vault = (folder / VAULT_NAME).read_bytes()
    key, other, name = (NEW, OLD, "new") if vault == NEW_VAULT else (OLD, NEW, "old")
    assert vault in (OLD_VAULT, NEW_VAULT)
    assert held(folder, key) == wanted
    with pytest.raises(DomainError, match="file_damaged"):
        open_store(folder, other, definitions().registry)
    return name


def a_copy(folder: Path, name: object) -> Path:
    return Path(shutil.copytree(folder, folder.with_name(f"{folder.name}-{name}")))


def test_all_is_there_under_the_new_key_and_nothing_opens_with_the_old_one(
    laptop: tuple[Path, Held],
) -> None:
    source, wanted = laptop
    assert wanted.scans == 1 and wanted.seed == b"seed" and len(wanted.batches) == 1
    folder = a_copy(source, "whole")
    turn(folder)
    assert which(folder, wanted) == "new"
    assert {one.name for one in folder.iterdir()} == {
        DATABASE_NAME, ARCHIVE_NAME, COPY_NAME, VAULT_NAME,
    }  # fmt: skip
    with pytest.raises(DomainError):
        read_copy(folder / COPY_NAME, copy_key(OLD))


def test_a_second_program_that_looks_in_meanwhile_takes_nothing_away(
    laptop: tuple[Path, Held],
) -> None:
    """(F2) Its lock screen asks what there is: at each moment that something is put on the disk.
    Control: behind the first program it throws away what that one left."""
    source, wanted = laptop
    folder = a_copy(source, "looked-into")
    looks = 0
    fsync = os.fsync

    def looked_into(descriptor: int) -> None:
        nonlocal looks
        looks += 1
        child = os.fork()
        if child == 0:
            os._exit(0 if is_set_up(folder) else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        fsync(descriptor)

    with mock.patch.object(os, "fsync", looked_into):
        turn(folder)
    assert looks > 5
    assert which(folder, wanted) == "new"

    (folder / ROTATED_NAME).mkdir()
    (folder / ROTATED_NAME / VAULT_NAME).write_bytes(b"not whole")
    assert is_set_up(folder)
    assert not (folder / ROTATED_NAME).exists()


def test_killed_at_any_file_operation_one_of_both_keys_opens_all(
    laptop: tuple[Path, Held],
) -> None:
    """(F2) Control: kills found both, the old key and the new one."""
    source, wanted = laptop
    number, found, is_through = 1 - STEP, set(), False
    while not is_through:
        number += STEP
        folder = a_copy(source, f"killed-{number}")
        is_through = in_child(lambda folder=folder: turn(folder), number)  # type: ignore[misc]
        found.add(which(folder, wanted))
        turn(folder) if (folder / VAULT_NAME).read_bytes() == OLD_VAULT else None
        assert which(folder, wanted) == "new"
        shutil.rmtree(folder)
    assert found == {"old", "new"}
    assert number > 15


def test_the_disk_full_at_any_file_operation_changes_nothing_or_finishes_later(
    laptop: tuple[Path, Held],
) -> None:
    """(F3)"""
    source, wanted = laptop
    number, called, found = 1 - STEP, ["the first"], set()
    while len(called) >= number:
        number += STEP
        folder = a_copy(source, f"full-{number}")
        with failing(number) as called:
            try:
                turn(folder)
            except EnvironmentFault as fault:
                assert fault.message_id == "disk_full"
            else:
                assert batches_beside(folder, NEW) == wanted.batches, "before any start"
        found.add(which(folder, wanted))
        shutil.rmtree(folder)
    assert found == {"old", "new"}


def test_killed_at_any_moment_one_of_both_keys_opens_all(laptop: tuple[Path, Held]) -> None:
    """Also while SQLite writes; ``QISPI_EVERY=1``: 200 times. (F2)"""
    source, wanted = laptop
    began = time.monotonic()
    turn(a_copy(source, "timed"))
    takes = time.monotonic() - began
    chance, found = random.Random(20261126), set()
    for number in range(some(10, 200)):
        folder = a_copy(source, f"moment-{number}")
        child = os.fork()
        if child == 0:
            try:
                turn(folder)
            finally:
                os._exit(0)
        ended = os.pidfd_open(child)
        select.select([ended], [], [], chance.uniform(0, 1.2 * takes))
        os.close(ended)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        found.add(which(folder, wanted))
        shutil.rmtree(folder)
    assert found <= {"old", "new"}


def test_a_damaged_database_is_refused_and_stays_as_it_is(laptop: tuple[Path, Held]) -> None:
    """The region's and the second files' way is to make it anew first. (F6)"""
    source, _ = laptop
    folder = a_copy(source, "damaged")
    content = bytearray((folder / DATABASE_NAME).read_bytes())
    for page in range(3, len(content) // 4096):
        content[page * 4096 + 100] ^= 1
    (folder / DATABASE_NAME).write_bytes(content)
    before = {one.name: one.read_bytes() for one in folder.iterdir() if one.name != ARCHIVE_NAME}
    with pytest.raises(QispiError):
        turn(folder)
    assert not (folder / ROTATED_NAME).exists()
    assert (folder / VAULT_NAME).read_bytes() == OLD_VAULT
    assert (folder / DATABASE_NAME).read_bytes() == before[DATABASE_NAME]


@pytest.mark.parametrize("fault", ["a row gone", "a page spoilt", "none"])
def test_a_copy_that_is_not_the_same_is_never_used(
    laptop: tuple[Path, Held], fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """(F6) Control: without a fault it is."""
    source, wanted = laptop
    folder = a_copy(source, fault.replace(" ", "-"))

    def gone(target: Any) -> None:
        target.execute("PRAGMA foreign_keys = OFF")
        target.execute("DELETE FROM change WHERE rowid IN (SELECT rowid FROM change LIMIT 1)")
        target.commit()

    def spoilt(target: Any) -> None:
        target.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        path = Path(target.execute("PRAGMA database_list").fetchone()[2])
        content = bytearray(path.read_bytes())
        content[-2000] ^= 1
        path.write_bytes(content)

    after = {"a row gone": gone, "a page spoilt": spoilt, "none": lambda _: None}[fault]
    real = rotation.connect
    monkeypatch.setattr(rotation, "connect", lambda *a, **k: Failing(real(*a, **k), after))
    if fault == "none":
        turn(folder)
        assert which(folder, wanted) == "new"
        return
    with pytest.raises(EnvironmentFault, match="disk_failing"):
        turn(folder)
    assert not (folder / ROTATED_NAME).exists()
    assert which(folder, wanted) == "old"


def test_what_was_begun_and_is_not_whole_is_thrown_away(laptop: tuple[Path, Held]) -> None:
    source, wanted = laptop
    folder = a_copy(source, "begun")
    (folder / ROTATED_NAME).mkdir()
    (folder / ROTATED_NAME / VAULT_NAME).write_bytes(NEW_VAULT)
    (folder / ROTATED_NAME / DATABASE_NAME).write_bytes(b"half")
    assert which(folder, wanted) == "old"
