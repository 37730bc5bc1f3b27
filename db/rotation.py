"""The key of a laptop is replaced: when somebody leaves, and once a year.

The database is written anew under the new key (SQLite's backup, which reads one and writes the
other page by page), and so are the second file of batches and the copy of the laptop, whose keys
come from it. All of it happens beside the old files; these are touched only when the new ones were
opened again and hold the same (:mod:`db.rotation_files`). So a power cut or a full disk leaves the
old key or the new one, and never none. The old files are gone afterwards; backups made before open
with the key of their time. So does a damaged database that was put aside when it was made anew: it
cannot be read whole, and half of it under the new key would pass for all that came back. Nothing
that was entered is thrown away unasked: it stays, and is said to stay (:func:`stays_behind`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from app.atomic_file import write_synced
from app.crypto.secret import SecretKey
from app.domain.errors import EnvironmentFault
from app.domain.registry import FieldRegistry
from db.engine import connect
from db.errors import translated
from db.hold import FolderHold
from db.presence import DATABASE_NAME, READY_NAME, VAULT_NAME, damaged_name, discard
from db.rotation_files import ROTATED_NAME, declare_whole, finish_rotation
from db.store import Store, open_store

__all__ = ["rotate", "stays_behind"]

OWNER_ONLY: Final = 0o700
_PUT_ASIDE: Final = f"{damaged_name(0).removesuffix('0')}*"
_PAGES_AT_ONCE: Final = 2_000
_COUNTS: Final = (
    "SELECT (SELECT count(*) FROM change), (SELECT count(*) FROM batch),"
    " (SELECT count(*) FROM attachment), (SELECT count(*) FROM audit),"
    " (SELECT hash FROM audit ORDER BY number DESC LIMIT 1)"
)


def rotate(
    folder: Path,
    key: SecretKey,
    new_key: SecretKey,
    vault: bytes,
    registry: FieldRegistry,
    *,
    hold: FolderHold,
) -> None:
    """Bring a closed laptop under the new key; ``vault`` is the vault file that leads to it.
    Whoever calls holds the folder (``hold``) from before it was closed.

    Raises EnvironmentFault of the disk, DomainError ``file_damaged`` where the database is: then
    everything is as it was, or, when the new files were whole already, the next start finishes.
    Takes some ten seconds a gigabyte, and as much room as there is. Storage thread.
    """
    del hold  # an argument, so that nobody forgets it
    made = folder / ROTATED_NAME
    with translated():
        finish_rotation(folder)
        made.mkdir(mode=OWNER_ONLY)
    try:
        # Opened once, an old log is looked at and emptied, or refused.
        _closed(open_store(folder, key, registry))
        _copy(folder / DATABASE_NAME, key, made / DATABASE_NAME, new_key)
        _closed(open_store(made, new_key, registry))  # which makes the two second files
        with translated():
            write_synced(made / VAULT_NAME, vault)
            declare_whole(made)
    except BaseException:
        if not (made / READY_NAME).exists():  # else it is whole: the next start finishes
            with translated():
                discard(made)
        raise
    with translated():
        finish_rotation(folder)


def stays_behind(folder: Path) -> frozenset[str]:
    """Return the names of the files that no new key reaches: whoever had the key of their time
    reads them. Raises EnvironmentFault."""
    with translated():
        return frozenset(one.name for one in folder.glob(_PUT_ASIDE))


def _closed(store: Store) -> None:
    try:
        trouble = store.second_trouble
        store.checkpoint()
    finally:
        store.close()
    if trouble is not None:
        raise EnvironmentFault(trouble)


def _copy(old: Path, key: SecretKey, new: Path, new_key: SecretKey) -> None:
    source = connect(old, key)
    try:
        target = connect(new, new_key, create=True, guarded=False)
        try:
            with translated():
                source.backup(target, pages=_PAGES_AT_ONCE)
                same = [one.execute(_COUNTS).fetchone() for one in (source, target)]
                damaged = target.execute("PRAGMA cipher_integrity_check").fetchall()
                target.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            target.close()
    finally:
        source.close()
    if damaged or same[0] != same[1]:
        raise EnvironmentFault("disk_failing")
