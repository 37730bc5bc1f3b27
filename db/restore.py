"""A backup becomes the laptop it was, on a machine that has none; or it is only looked at.

Nothing is taken over that was not checked: what the backup says of itself under the key that the
words gave, each file by its hash, each page of the database under that key, its trees, and its
numbers. The files are made in a folder of their own and moved when they are whole, the vault last
(:mod:`db.presence`): cut off at any moment, this machine has no laptop yet, or a whole one.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from app.atomic_file import sync_folder, write_synced
from app.crypto.passphrase import Argon2Bounds
from app.crypto.secret import SecretKey
from app.crypto.sheets import Sheet, joined
from app.domain.errors import DomainError, EnvironmentFault, QispiError
from app.domain.registry import FieldRegistry
from app.domain.sheet_rows import write_name
from app.services.backup_ports import PassedOver
from app.services.sheet_ports import Rows
from db import key_slots
from db.backup import checked_pieces, checked_small_file, opened_facts
from db.backup_choice import OpenedBy, Opener, Taken, take, vault_of
from db.backup_found import FoundBackup, lying_at
from db.backup_manifest import Manifest
from db.backup_stick import on_stick
from db.engine import connect
from db.errors import translated
from db.hold import FolderHold
from db.key_file import KeyFile
from db.migrate import REVISIONS
from db.presence import (
    DATABASE_NAME,
    UNFINISHED_NAME,
    VAULT_NAME,
    discard,
    finish,
    finish_cut_off,
    is_set_up,
)
from db.store import Store, open_store
from db.store_facts import StoreFacts, facts_of
from db.vault import BOUNDS, Entered, enter_content, read_content

__all__ = [
    "OpenedBy",
    "Opener",
    "Probed",
    "Restoring",
    "by_sheets",
    "by_words",
    "probe",
    "restoring",
    "set_of_backup",
]

OWNER_ONLY: Final = 0o700
_ROOM_BESIDE: Final = 16 << 20

Progress = Callable[[int, int], None]
"""Is told how many bytes of how many are done; raises to stop."""


@dataclass(frozen=True, slots=True)
class Probed:
    """A backup that opened: all of it is there. ``was_opened``: the database was opened where it
    lies; in several pieces it is only read, each page authenticated. ``passed_over``: what lies
    beside it, says that it is newer or cannot be read, and was not taken."""

    name: str
    manifest: Manifest
    was_opened: bool
    passed_over: tuple[PassedOver, ...] = ()


Agree = Callable[[Probed], None]
"""Is told which backup is about to be restored, of which only the index was looked at; raises to
stop."""


@dataclass(frozen=True, slots=True)
class Restoring:
    """A laptop about to be there: its database, open, where something can still be written."""

    name: str
    manifest: Manifest
    store: Store
    entered: Entered | None


def by_words(words: str, *, tag: str | None = None, bounds: Argon2Bounds = BOUNDS) -> Opener:
    """Return what opens a backup by the words that somebody had when it was made. Slow (Argon2id
    for each person of that laptop, without her ``tag``)."""

    def opened(vault: bytes) -> OpenedBy:
        entered = enter_content(vault, words, tag=tag, bounds=bounds)
        return OpenedBy(entered.key, entered)

    return opened


def by_sheets(one: Rows, other: Rows, *, bounds: Argon2Bounds = BOUNDS) -> Opener:
    """Return what opens a backup by two sheets of the set that opened the laptop when it was made.

    Raises as :meth:`app.crypto.sheets.Sheet.typed`; what it returns raises as
    :func:`app.crypto.sheets.joined` and :func:`db.key_slots.opened_by_sheets` do, and as
    :func:`set_of_backup`.
    """
    first, second = Sheet.typed(tuple(one)), Sheet.typed(tuple(other))

    def opened(vault: bytes) -> OpenedBy:
        file = _with_sheets(vault, bounds)
        secret = joined(first, second)
        try:
            return OpenedBy(key_slots.opened_by_sheets(file, secret)[1])
        finally:
            secret.wipe()

    return opened


def set_of_backup(place: Path, *, bounds: Argon2Bounds = BOUNDS) -> str:
    """Return the name of the set whose sheets open the backup that a folder is, or the newest in it
    that sheets open. Fast; opens nothing, and nobody vouches for it before two sheets do.

    Raises DomainError ``sheets_first_format``, ``sheets_none``, and as :func:`probe` does of the
    stick and of the vault file, as the newest says it.
    """
    refusals: list[DomainError] = []
    for found in (one for laptop in lying_at(place).laptops for one in laptop):
        try:
            recovery = _with_sheets(vault_of(found), bounds).recovery
        except DomainError as refusal:
            refusals.append(refusal)
            continue
        assert recovery is not None
        return write_name(recovery.set_id)
    raise refusals[0]


def _with_sheets(vault: bytes, bounds: Argon2Bounds) -> KeyFile:
    file = read_content(vault, bounds=bounds)
    if file is None:
        raise DomainError("sheets_first_format")
    if file.recovery is None:
        raise DomainError("sheets_none")
    return file


def probe(place: Path, opener: Opener, progress: Progress) -> Probed:
    """Open the backup that a folder is, or the newest in it whose index holds, of the laptop that
    it opens, and read all of it; nothing is changed anywhere.

    Raises DomainError ``backup_none``, ``backup_unfinished``, ``backup_damaged`` (``file``),
    ``backup_altered``, the same two where older ones lie beside what proves bad only when it is
    read (:meth:`db.backup_choice.Taken.naming_older`), ``file_newer``, ``restore_too_many``, those
    of the opener; EnvironmentFault ``not_enough_memory``, of the stick; whatever ``progress``
    raises.
    """
    taken = take(place, opener)
    found, key = taken.found, taken.opened.key
    try:
        with taken.naming_older():
            facts = _read(found, key, progress)
    finally:
        key.wipe()
    return replace(_about(taken), was_opened=facts is not None)


def _read(found: FoundBackup, key: SecretKey, progress: Progress) -> StoreFacts | None:
    """Read all of a backup and return what it holds, as :func:`db.backup.opened_facts` does."""
    with on_stick():
        for one in found.manifest.openers:
            checked_small_file(found.folder, one)
    done = 0
    for part in checked_pieces(found.folder, found.manifest, key):
        done += len(part)
        progress(done, found.manifest.database_bytes)
    facts = opened_facts(found.folder, found.manifest, key, is_thorough=True)
    if facts not in (None, found.manifest.facts):
        raise DomainError("backup_altered")
    return facts


def _about(taken: Taken) -> Probed:
    """Return the same, as others are told of it."""
    found = taken.found
    return Probed(
        found.folder.name, found.manifest, was_opened=False, passed_over=taken.passed_over
    )


@contextmanager
def restoring(
    place: Path,
    folder: Path,
    opener: Opener,
    registry: FieldRegistry,
    progress: Progress,
    agree: Agree = lambda _: None,
) -> Iterator[Restoring]:
    """Give the laptop of the backup that ``place`` is, or of the newest in it whose index holds, of
    the laptop that it opens; when the block ends, it is the laptop of the data folder ``folder``.

    When it raises, there is no laptop, as before. Raises DomainError ``already_set_up``, as
    :func:`probe` does; EnvironmentFault ``file_in_use``, ``restore_no_room`` (``needed``, ``free``,
    in MiB), of the stick, or of this disk; whatever ``agree`` raises.
    """
    if is_set_up(folder):
        raise DomainError("already_set_up")
    with translated():
        folder.mkdir(mode=OWNER_ONLY, parents=True, exist_ok=True)
    hold = FolderHold(folder)
    try:
        finish_cut_off(folder)
        if is_set_up(folder):  # another program was faster by a moment
            raise DomainError("already_set_up")
        taken = take(place, opener)
        try:
            if taken.found.manifest.facts.revision not in REVISIONS:
                raise DomainError("file_newer")
            agree(_about(taken))
            with _begun(taken, folder, registry, progress) as begun:
                yield begun
        finally:
            taken.opened.key.wipe()
        made = folder / UNFINISHED_NAME
        try:
            with translated():
                write_synced(made / VAULT_NAME, taken.vault)
        except BaseException:
            with translated():
                discard(made)
            raise
        # From here on it is whole: what a fault leaves undone, the next start finishes.
        with translated():
            sync_folder(made)
            finish(folder)
    finally:
        hold.release()


@contextmanager
def _begun(
    taken: Taken, folder: Path, registry: FieldRegistry, progress: Progress
) -> Iterator[Restoring]:
    found, opened = taken.found, taken.opened
    made = folder / UNFINISHED_NAME
    try:
        with translated():
            discard(made)
            needed = 2 * found.manifest.database_bytes  # an older schema is copied beside itself
            free = shutil.disk_usage(folder).free
            if free < needed + _ROOM_BESIDE:
                raise EnvironmentFault(
                    "restore_no_room", needed=-(-needed >> 20) or 1, free=free >> 20
                )
            made.mkdir(mode=OWNER_ONLY)
        with taken.naming_older():
            _copy(found, made / DATABASE_NAME, opened.key, progress)
            store = _open(found.manifest, made, opened.key, registry)
        try:
            yield Restoring(found.folder.name, found.manifest, store, opened.entered)
            store.checkpoint()
        finally:
            store.close()
    except BaseException:
        with translated():
            discard(made)
        raise


def _copy(found: FoundBackup, target: Path, key: SecretKey, progress: Progress) -> None:
    done, total = 0, found.manifest.database_bytes
    parts = checked_pieces(found.folder, found.manifest, key)
    with translated():
        target.touch(mode=0o600, exist_ok=False)
        with target.open("r+b", buffering=0) as file:
            for part in parts:
                file.write(part)
                done += len(part)
                progress(done, total)
            file.flush()
            os.fsync(file.fileno())


def _open(manifest: Manifest, made: Path, key: SecretKey, registry: FieldRegistry) -> Store:
    """Return the database of a restored laptop, open and whole. Raises DomainError
    ``backup_altered`` where it holds something else than the backup says, ``backup_damaged``."""
    name = manifest.pieces[0].name
    try:
        connection = connect(made / DATABASE_NAME, key)
        try:
            facts = facts_of(connection.cursor())
        finally:
            connection.close()
        if facts != manifest.facts:
            raise DomainError("backup_altered")
        store = open_store(made, key, registry)
    except QispiError as fault:
        if fault.message_id in ("file_damaged", "file_not_ours"):
            raise DomainError("backup_damaged", file=name) from None
        raise
    if store.damage():
        store.close()
        raise DomainError("backup_damaged", file=name)
    return store
