"""The folder of a laptop while a damaged database is made anew: what there is, and what becomes.

The damaged file is copied and never written; the new one is made in a folder of its own and moved
when it is whole. A power cut at any moment leaves the old state or the new one.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.atomic_file import sync_folder, write_synced
from app.crypto.passphrase import Argon2Bounds
from app.crypto.secret import SecretKey
from app.domain.errors import DomainError
from app.domain.registry import FieldRegistry
from db.archive import ARCHIVE_NAME
from db.archive_contents import ArchiveContents, archive_key, read_archive
from db.damaged_copy import copy_damaged
from db.errors import translated
from db.hold import FolderHold
from db.laptop_copy import COPY_NAME, LaptopCopy, copy_key, read_copy
from db.presence import (
    DATABASE_NAME,
    READY_NAME,
    REBUILT_NAME,
    VAULT_NAME,
    damaged_name,
    discard,
    finish_cut_off,
    finish_rebuild,
    is_set_up,
)
from db.salvage import Salvage, open_salvage
from db.store import Store, create_store
from db.vault import BOUNDS, open_vault

__all__ = ["Rebuilding", "rebuilding"]

OWNER_ONLY = 0o700
_OLD_NAME = "viejo.db"


@dataclass(frozen=True, slots=True)
class Rebuilding:
    """What is there to make a database from, and the new one."""

    archive: ArchiveContents
    copy: LaptopCopy | None
    old: Salvage | None
    """The damaged database as far as it can be read; None: not at all."""
    pages_lost: int
    """Which the disk itself did not give back."""
    store: Store
    """The new database, empty."""
    aside: str
    """The name under which the damaged one stays."""


@contextmanager
def rebuilding(
    folder: Path, passphrase: str, registry: FieldRegistry, *, bounds: Argon2Bounds = BOUNDS
) -> Iterator[Rebuilding]:
    """Give what there is; when the block ends, the new database takes the place of the damaged one.

    When it raises, nothing has changed. Raises DomainError ``not_set_up``, ``passphrase_wrong``,
    ``file_damaged`` (the vault), ``file_newer``; EnvironmentFault ``file_in_use``, or of the disk.
    """
    if not is_set_up(folder) or not (folder / VAULT_NAME).exists():
        raise DomainError("not_set_up" if not (folder / DATABASE_NAME).exists() else "file_damaged")
    hold = FolderHold(folder)
    key = None
    made = folder / REBUILT_NAME
    try:
        finish_cut_off(folder)
        key = open_vault(folder / VAULT_NAME, passphrase, bounds=bounds)
        with translated():
            discard(made)
            made.mkdir(mode=OWNER_ONLY)
        with _begun(folder, made, key, registry) as begun:
            yield begun
        with translated():
            write_synced(made / READY_NAME, begun.aside.rpartition("-")[2].encode())
            sync_folder(made)
            finish_rebuild(folder)
    except BaseException:
        if not (made / READY_NAME).exists():  # else it is whole: the next start finishes
            with translated():
                discard(made)
        raise
    finally:
        if key is not None:
            key.wipe()
        hold.release()


@contextmanager
def _begun(
    folder: Path, made: Path, key: SecretKey, registry: FieldRegistry
) -> Iterator[Rebuilding]:
    copy = _copy_of(folder, key)
    old_path = made / _OLD_NAME
    pages_lost = copy_damaged(folder / DATABASE_NAME, old_path, key, copy.page if copy else b"")
    old = open_salvage(old_path, key, registry)
    try:
        with translated():
            archive = read_archive(folder / ARCHIVE_NAME, archive_key(key))
        store = create_store(made, key, registry)
        try:
            yield Rebuilding(archive, copy, old, pages_lost, store, _next_name(folder))
            store.checkpoint()
        finally:
            store.close()
    finally:
        if old is not None:
            old.close()
        with translated():
            for one in made.glob(f"{_OLD_NAME}*"):
                one.unlink()


def _copy_of(folder: Path, key: SecretKey) -> LaptopCopy | None:
    sealed_under = copy_key(key)
    try:
        return read_copy(folder / COPY_NAME, sealed_under)
    except DomainError as refusal:
        if refusal.message_id != "file_damaged":
            raise
        return None
    finally:
        sealed_under.wipe()


def _next_name(folder: Path) -> str:
    names = (damaged_name(number) for number in itertools.count(1))
    return next(name for name in names if not any(folder.glob(f"{name}*")))
