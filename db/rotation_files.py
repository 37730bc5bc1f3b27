"""The files of a laptop under another key: whole in a folder of their own, then in their places.

``cambio`` holds the four files under the new key. Once ``listo`` lies in it they are whole, and
whatever cuts the moving off, the next start finishes it, without a key. The vault moves last: as
long as the old one is there, nobody is asked for words. Nothing that this module imports may be
slow to load: the lock screen asks it, too (:mod:`db.presence`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from app.atomic_file import sync_folder, write_synced
from db.laptop_files import DATABASE_NAME, READY_NAME, VAULT_NAME, discard

__all__ = ["ROTATED_NAME", "declare_whole", "finish_rotation"]

ROTATED_NAME: Final = "cambio"

_OF_THE_OLD: Final = (f"{DATABASE_NAME}-wal", f"{DATABASE_NAME}-shm")


def declare_whole(made: Path) -> None:
    """Say that what is in the folder is whole: from here on there is no way back. Raises
    OSError."""
    sync_folder(made)
    write_synced(made / READY_NAME, b"")
    sync_folder(made)


def finish_rotation(folder: Path) -> None:
    """Put files that are whole in the places of those under the old key; throw away those that are
    not. Raises OSError; what is left then the next start does."""
    made = folder / ROTATED_NAME
    if not made.is_dir():
        return
    if not (made / READY_NAME).exists():
        discard(made)
        return
    # A log of the old database would be read as one of the new.
    for name in _OF_THE_OLD:
        if (made / DATABASE_NAME).exists():
            (folder / name).unlink(missing_ok=True)
    sync_folder(folder)
    moving = sorted(one.name for one in made.iterdir() if one.name != READY_NAME)
    for name in sorted(moving, key=lambda one: (one == VAULT_NAME, one)):
        (made / name).replace(folder / name)
        sync_folder(folder)
    sync_folder(made)
    discard(made)
