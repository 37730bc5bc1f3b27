"""Another program was replacing the key as this one looked in, and was killed before this one took
the folder: what it left whole is finished first. What was written into the old files would be
thrown away with them at the next start. (F2)"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import ModuleType
from unittest import mock

import pytest

import db.rebuild
import db.rotation
import db.sheet_keys
from app.services.ports import UnitOfWork
from db.folder import is_set_up, renewed, set_up, unlock
from db.hold import FolderHold
from db.laptop_files import READY_NAME
from db.rebuild import rebuilding
from db.rotation_files import ROTATED_NAME
from db.sheet_keys import open_by_sheets
from tests.storage.test_recovery_sheets import new_laptop, reopened
from tests.support.file_faults import DIED, in_child
from tests.support.storage import CHEAP, CHEAP_BOUNDS, PASSPHRASE, REGISTRY

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forks")
NEVER = 10**9
TYPED = "laptop/typed"


def written(uow: UnitOfWork) -> None:
    uow.local.put(TYPED, b"since")
    uow.commit()


def left_whole(folder: Path) -> None:
    """Let another program die once all is there under the new key, and nothing in its place."""

    def declared(made: Path) -> None:
        (made / READY_NAME).write_bytes(b"")
        os._exit(DIED)

    def replaces() -> None:
        opened = unlock(folder, PASSPHRASE, REGISTRY, bounds=CHEAP_BOUNDS)
        with mock.patch.object(db.rotation, "declare_whole", declared):
            renewed(folder, opened, REGISTRY)

    assert not in_child(replaces, NEVER)


def dies_behind_the_look(folder: Path, room: ModuleType, patch: pytest.MonkeyPatch) -> None:
    """Let it have the folder until this one has looked in."""
    left_whole(folder)
    other = FolderHold(folder)

    def looks(of: Path) -> bool:
        is_there = is_set_up(of)
        other.release()
        return is_there

    patch.setattr(room, "is_set_up", looks)
    assert (folder / ROTATED_NAME / READY_NAME).exists()


def test_a_database_is_made_anew_under_the_key_that_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_up(
        tmp_path, PASSPHRASE, REGISTRY, lambda uow: uow.commit(), cost=CHEAP, bounds=CHEAP_BOUNDS
    ).store.close()
    dies_behind_the_look(tmp_path, db.rebuild, monkeypatch)
    with (
        rebuilding(tmp_path, PASSPHRASE, REGISTRY, bounds=CHEAP_BOUNDS) as begun,
        begun.store.unit() as uow,
    ):
        written(uow)
    again = unlock(tmp_path, PASSPHRASE, REGISTRY, bounds=CHEAP_BOUNDS).store
    with again.unit() as uow:
        assert uow.local.get(TYPED) == b"since"
    again.close()


def test_what_is_written_behind_two_sheets_is_there_at_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = new_laptop(tmp_path)
    rows = place.made()
    place.close()
    dies_behind_the_look(tmp_path, db.sheet_keys, monkeypatch)
    opened = open_by_sheets(tmp_path, rows[1], rows[2], REGISTRY, bounds=CHEAP_BOUNDS)
    with opened.store.unit() as uow:
        written(uow)
    opened.store.close()
    monkeypatch.undo()
    again = reopened(tmp_path)
    assert again.laptop.run(lambda uow: uow.local.get(TYPED)) == b"since"
    again.close()
