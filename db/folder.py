"""The data folder of a laptop: how its files come to be, and how they are opened."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from pathlib import Path

from app.atomic_file import sync_folder
from app.crypto.passphrase import STANDARD, Argon2Bounds, Argon2Cost
from app.crypto.secret import KEY_BYTES, SecretKey
from app.domain.errors import DomainError, EnvironmentFault, QispiError
from app.domain.registry import FieldRegistry
from app.services.ports import UnitOfWork
from db.errors import translated
from db.hold import held
from db.key_slots import Draw
from db.laptop_files import LOG_NAME
from db.presence import (
    UNFINISHED_NAME,
    VAULT_NAME,
    discard,
    finish,
    finish_cut_off,
    is_set_up,
)
from db.rotation import rotate
from db.state_file import StateFile
from db.store import Store, create_store, open_store, watched
from db.vault import BOUNDS, Entered, enter, new_vault

__all__ = ["VAULT_NAME", "Unlocked", "is_set_up", "renewed", "set_up", "unlock"]

OWNER_ONLY = 0o700


@dataclass(frozen=True, slots=True)
class Unlocked:
    """An open database, and what somebody's words opened on the way to it. ``lost``: what of it is
    gone since it was closed, as :func:`db.state_file.lost_since` says."""

    store: Store
    vault: Entered
    lost: str = ""


def set_up(
    folder: Path,
    passphrase: str,
    registry: FieldRegistry,
    first: Callable[[UnitOfWork], None],
    *,
    cost: Argon2Cost = STANDARD,
    bounds: Argon2Bounds = BOUNDS,
) -> Unlocked:
    """Make vault and database, run ``first`` (which commits what it writes), and open them.

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
        finish_cut_off(folder)
        if is_set_up(folder):  # another program was faster by a moment
            raise DomainError("already_set_up")
        with translated():
            discard(folder / UNFINISHED_NAME)
        vault = new_vault(passphrase, cost=cost, bounds=bounds)
        _make_files(folder, vault, registry, first)
        store = open_store(folder, vault.key, registry, hold=hold)
        store.watch(StateFile(folder, vault.key), had_log=True)
        return Unlocked(store, replace(vault, is_kept=True))


def _make_files(
    folder: Path,
    vault: Entered,
    registry: FieldRegistry,
    first: Callable[[UnitOfWork], None],
) -> None:
    unfinished = folder / UNFINISHED_NAME
    try:
        with translated():
            unfinished.mkdir(mode=OWNER_ONLY)
        store = create_store(unfinished, vault.key, registry)
        try:
            with store.unit() as unit:
                first(unit)
        finally:
            store.close()
        with translated():
            vault.keep(unfinished / VAULT_NAME)
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
    tag: str | None = None,
    bounds: Argon2Bounds = BOUNDS,
) -> Unlocked:
    """Open the vault with the passphrase (slow) and the database with its key; no other program
    opens the folder until the store is closed, or this process ends.

    ``tag``: whose slot, where several people have one. A vault of the first format is written anew
    once the database is open.

    Raises DomainError ``not_set_up``, ``passphrase_wrong``, ``file_not_ours``, ``file_damaged``
    (the vault), ``vault_altered``, ``database_damaged`` (it can be made anew: :mod:`db.rebuild`),
    ``file_newer``;
    EnvironmentFault ``file_in_use`` while another program has the folder, or of the disk. A failed
    attempt changes nothing.
    """
    if not is_set_up(folder):
        raise DomainError("not_set_up")
    vault = folder / VAULT_NAME
    if not vault.exists():
        raise DomainError("file_damaged")
    with held(folder) as hold:
        finish_cut_off(folder)
        entered = enter(vault, passphrase, tag=tag, bounds=bounds)
        had_log = (folder / LOG_NAME).exists()
        try:
            store = open_store(folder, entered.key, registry, hold=hold)
            lost = watched(store, StateFile(folder, entered.key), had_log=had_log)
        except QispiError as fault:
            # The vault opened, so the key is the right one: it is the database that is damaged.
            if fault.message_id in ("file_damaged", "file_not_ours"):
                raise DomainError("database_damaged") from None
            raise
        return Unlocked(store, _brought_up(vault, entered), lost)


def renewed(
    folder: Path,
    unlocked: Unlocked,
    registry: FieldRegistry,
    *,
    leaving: Collection[bytes] = (),
    draw: Draw = secrets.token_bytes,
) -> Unlocked:
    """Bring an open laptop under another key, for those whose slots its vault has but the ones
    ``leaving``; return it open.

    Some ten seconds a gigabyte (:func:`db.rotation.rotate`). The store given is closed, whatever
    happens. Raises EnvironmentFault of the disk and DomainError ``vault_altered``,
    ``database_damaged``: the next unlocking finds it under the old key or the new one, whole.
    """
    store, entered = unlocked.store, unlocked.vault
    hold = store.let_go_of_hold()
    if hold is None:
        raise ValueError("a laptop that nobody holds")
    try:
        store.close()
        key = SecretKey(draw(KEY_BYTES))
        after = entered.under(key, leaving=leaving)
        rotate(folder, entered.key, key, after.file.to_bytes(), registry, hold=hold)
        opened = open_store(folder, key, registry, hold=hold)
        opened.watch(StateFile(folder, key), had_log=True)
    except BaseException:
        hold.release()
        raise
    entered.key.wipe()
    return Unlocked(opened, replace(after, is_kept=True), unlocked.lost)


def _brought_up(path: Path, entered: Entered) -> Entered:
    """Keep the vault as it shall be; what the disk or the memory refuses waits for the next time,
    for what is there opens as before."""
    with contextlib.suppress(EnvironmentFault):
        return entered.keep(path)
    return entered
