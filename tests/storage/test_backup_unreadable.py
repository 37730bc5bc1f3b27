"""A file of a backup that its stick does not give back is damaged, and the others are not: a dying
stick answers that it cannot read more often than it gives another bit. A stick that is gone is gone
all the same."""

from __future__ import annotations

import errno
import os
import random
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

import pytest

from app.clock import FixedClock
from app.crypto.recipient import RecipientKey
from app.crypto.sheets import SheetKind, new_sheets
from app.domain.errors import DomainError, EnvironmentFault
from app.domain.sheet_rows import write_name
from app.ids import SystemIds
from app.restoring import restore_laptop, set_of_backup, try_backup
from app.services.backup_ports import PassedOver
from app.services.messages import sentence
from db import restore
from db.backup_found import found_backups
from db.backup_manifest import MANIFEST_NAME, piece_name
from db.key_slots import with_recovery
from db.laptop_files import VAULT_NAME
from db.presence import is_set_up
from db.restore import probe, restoring
from tests.storage.test_backup import OPENS, Working, quiet
from tests.storage.test_backup import stick as stick
from tests.storage.test_backup import working as working
from tests.storage.test_backup_altered import copied
from tests.support.laptops import NOON_MS, definitions
from tests.support.storage import CHEAP_BOUNDS

pytestmark = pytest.mark.timeout(300)


@contextmanager
def unreadable(*paths: Path) -> Iterator[None]:
    """The stick has bad sectors where these lie: they open, and no byte of them comes."""
    real_open, real_read, real_close = os.open, os.read, os.close
    bad, handles = {os.fspath(one) for one in paths}, set[int]()

    def opens(path: object, *args: object, **more: object) -> int:
        handle: int = real_open(path, *args, **more)  # type: ignore[arg-type]
        (handles.add if str(path) in bad else handles.discard)(handle)
        return handle

    def reads(handle: int, size: int) -> bytes:
        if handle in handles:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return real_read(handle, size)

    def closes(handle: int) -> None:
        handles.discard(handle)  # its number may be another file's next
        real_close(handle)

    with mock.patch.multiple(os, open=opens, read=reads, close=closes):
        yield


@pytest.mark.parametrize("name", [VAULT_NAME, MANIFEST_NAME])
def test_behind_one_that_cannot_be_read_the_older_one_is_taken(
    working: Working, stick: Path, name: str
) -> None:
    """And that is told. Control: alone it is called damaged, by the file."""
    older = working.backup(stick).found
    newest = working.backup(stick, seed=2).found
    with unreadable(newest.folder / name):
        found = probe(stick, OPENS, quiet)
        with pytest.raises(DomainError, match=r"^backup_damaged$") as refused:
            probe(newest.folder, OPENS, quiet)
    assert found.name == older.folder.name
    assert found.passed_over == (PassedOver(newest.folder.name, "backup_damaged"),)
    assert refused.value.parameters == {"file": name}


def test_where_none_can_be_read_that_is_said(working: Working, stick: Path) -> None:
    """Not that there is no backup, nor that the stick is gone."""
    folders = [working.backup(stick, seed=seed).found.folder for seed in (1, 2)]
    for name in (MANIFEST_NAME, VAULT_NAME):
        with (
            unreadable(*(one / name for one in folders)),
            pytest.raises(DomainError, match=r"^backup_damaged$"),
        ):
            probe(stick, OPENS, quiet)


def test_of_a_database_that_cannot_be_read_the_older_ones_are_named(
    working: Working, stick: Path, tmp_path: Path
) -> None:
    """It is read only once the backup was chosen. Control: alone another stick alone can help."""
    older = working.backup(stick).found
    newest = working.backup(stick, seed=2).found
    new, registry = tmp_path / "new", definitions().registry
    with unreadable(newest.folder / piece_name(1)):
        for attempt in ("try", "restore"):
            with pytest.raises(DomainError, match="backup_damaged_beside_older") as refused:
                if attempt == "try":
                    probe(stick, OPENS, quiet)
                else:
                    with restoring(stick, new, OPENS, registry, quiet):
                        pass
            assert refused.value.parameters["names"] == older.folder.name
            assert not is_set_up(new)
        with pytest.raises(DomainError, match=r"^backup_damaged$"):
            probe(newest.folder, OPENS, quiet)
        assert probe(older.folder, OPENS, quiet).name == older.folder.name


@pytest.mark.parametrize("lies", ["link", "folder"])
def test_what_somebody_laid_in_the_place_of_an_index_ends_nothing(
    working: Working, stick: Path, lies: str
) -> None:
    """Neither the search nor the making of the next backup on that stick."""
    made = working.backup(stick).found
    folder = copied(made, "BC")
    (folder / MANIFEST_NAME).unlink()
    if lies == "link":
        (folder / MANIFEST_NAME).symlink_to("x")
    else:
        (folder / MANIFEST_NAME).mkdir()
    found = probe(stick, OPENS, quiet)
    assert found.name == made.folder.name
    assert found.passed_over == (PassedOver(folder.name, "backup_damaged"),)
    later = working.backup(stick, seed=2).found
    assert {one.folder.name for one in found_backups(stick)} == {
        made.folder.name,
        later.folder.name,
    }


def test_beside_one_that_cannot_be_read_the_next_is_made_and_nothing_goes(
    working: Working, stick: Path
) -> None:
    first = working.backup(stick).found
    with unreadable(first.folder / MANIFEST_NAME):
        made = [working.backup(stick, seed=seed, keep=2).found for seed in (2, 3, 4)]
        assert [one.folder.name for one in found_backups(stick)] == [
            one.folder.name for one in reversed(made[1:])
        ]
    assert first.folder.name in {one.folder.name for one in found_backups(stick)}


def test_a_stick_that_does_not_give_back_what_was_written_is_called_bad_though_it_is_there(
    working: Working, stick: Path
) -> None:
    """Whoever plugs it in again and again makes no backup."""
    real, began = os.read, list[int]()

    def reads(handle: int, size: int) -> bytes:
        if began:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return real(handle, size)

    with (
        mock.patch.object(os, "read", reads),
        pytest.raises(EnvironmentFault, match="backup_stick_bad"),
    ):
        working.backup(stick, progress=lambda *_: began.append(1))
    assert list(stick.iterdir()) == []


def test_sheets_are_asked_for_by_the_older_one_where_the_newest_cannot_be_read(
    working: Working, stick: Path
) -> None:
    secret, sheets = new_sheets(SheetKind.CENTRE, random.Random(3).randbytes)
    vault, public = working.vault, RecipientKey(secret).public
    file = with_recovery(vault.file, vault.key, sheets[0].set_id, public)
    (working.folder / VAULT_NAME).write_bytes(file.to_bytes())
    working.backup(stick)
    newest = working.backup(stick, seed=2).found
    with unreadable(newest.folder / VAULT_NAME):
        name = restore.set_of_backup(stick, bounds=CHEAP_BOUNDS)
    assert name == write_name(sheets[0].set_id)


@pytest.mark.parametrize("does", ["try", "restore", "sheets"])
def test_who_restores_from_a_stick_that_is_gone_is_told_so_and_of_no_backup_that_was_not_made(
    working: Working, stick: Path, tmp_path: Path, does: str
) -> None:
    working.backup(stick)
    shutil.rmtree(stick)
    clock = FixedClock(NOON_MS)
    with pytest.raises(EnvironmentFault, match="restore_stick_gone") as refused:
        if does == "try":
            try_backup(stick, OPENS)
        elif does == "restore":
            restore_laptop(stick, tmp_path / "new", OPENS, clock, SystemIds(clock))
        else:
            set_of_backup(stick)
    said = sentence(refused.value.message_id, refused.value.parameters, str)
    assert "no quedó hecha" not in said and "No se cambió nada" in said
