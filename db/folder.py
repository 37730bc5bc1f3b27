"""The data folder of a laptop: how its files come to be, and how they are opened."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from app.atomic_file import sync_folder, write_synced
from app.crypto.passphrase import STANDARD, Argon2Bounds, Argon2Cost
from app.crypto.secret import SecretKey
from app.domain.errors import DomainError, QispiError
from app.domain.registry import FieldRegistry
from app.services.ports import UnitOfWork
from db.errors import translated
from db.hold import held
from db.presence import UNFINISHED_NAME, VAULT_NAME, discard, finish, is_set_up
from db.store import Store, create_store, open_store
from db.vault import BOUNDS, open_vault, vault_bytes

__all__ = ["VAULT_NAME", "is_set_up", "set_up", "unlock"]

OWNER_ONLY = 0o700


def set_up(
    folder: Path,
    passphrase: str,
    registry: FieldRegistry,
    first: Callable[[UnitOfWork], None],
    *,
    cost: Argon2Cost = STANDARD,
    bounds: Argon2Bounds = BOUNDS,
) -> Store:
    """Make vault and database, run ``first`` (which commits what it writes), return the store.

    Both files are made in a folder of their own and moved when they are whole, the vault last: a
    power cut leaves no laptop that is half set up. Raises DomainError ``already_set_up``,
    those of ``check_new_passphrase``; EnvironmentFault ``file_in_use`` while
    another program has the folder, or of the disk.
    """
    if is_set_up(folder):
        raise DomainError("already_set_up")
    with translated():
        folder.mkdir(mode=OWNER_ONLY, parents=True, exist_ok=True)
    with held(folder) as hold:
        if is_set_up(folder):  # another program was faster by a moment
            raise DomainError("already_set_up")
        with translated():
            discard(folder / UNFINISHED_NAME)
        key = SecretKey.random()
        try:
            vault = vault_bytes(key, passphrase, cost=cost, bounds=bounds)
            _make_files(folder, key, vault, registry, first)
            return open_store(folder, key, registry, hold=hold)
        finally:
            key.wipe()


def _make_files(
    folder: Path,
    key: SecretKey,
    vault: bytes,
    registry: FieldRegistry,
    first: Callable[[UnitOfWork], None],
) -> None:
    unfinished = folder / UNFINISHED_NAME
    try:
        with translated():
            unfinished.mkdir(mode=OWNER_ONLY)
        store = create_store(unfinished, key, registry)
        try:
            with store.unit() as unit:
                first(unit)
        finally:
            store.close()
        with translated():
            write_synced(unfinished / VAULT_NAME, vault)
    except BaseException:
        discard(unfinished)
        raise
    # From here on the set-up is whole: what a fault leaves undone, the next start finishes.
    with translated():
        sync_folder(unfinished)
        finish(folder)


def unlock(
    folder: Path,
    passphrase: str,
    registry: FieldRegistry,
    *,
    bounds: Argon2Bounds = BOUNDS,
) -> Store:
    """Open the vault with the passphrase (slow) and the database with its key; no other program
    opens the folder until the store is closed, or this process ends.

    Raises DomainError ``not_set_up``, ``passphrase_wrong``, ``file_not_ours``, ``file_damaged``
    (the vault), ``database_damaged`` (it can be made anew: :mod:`db.rebuild`), ``file_newer``;
    EnvironmentFault ``file_in_use`` while another program has the folder, or of the disk. A failed
    attempt changes nothing.
    """
    if not is_set_up(folder):
        raise DomainError("not_set_up")
    vault = folder / VAULT_NAME
    if not vault.exists():
        raise DomainError("file_damaged")
    with held(folder) as hold:
        key = open_vault(vault, passphrase, bounds=bounds)
        try:
            return open_store(folder, key, registry, hold=hold)
        except QispiError as fault:
            # The vault opened, so the key is the right one: it is the database that is damaged.
            if fault.message_id in ("file_damaged", "file_not_ours"):
                raise DomainError("database_damaged") from None
            raise
        finally:
            key.wipe()
