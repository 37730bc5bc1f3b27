"""Which files lie in the data folder of a laptop, told without opening any.

``llaves.json`` (the wrapped key), ``datos.db`` (with ``-wal`` and ``-shm`` while it is open), and
the two that give a damaged one back: ``lotes.bin`` and ``equipo.bin``. A database that was found
damaged and made anew stays beside it as ``datos.db.danado-1``, ``-2`` and so on. No name says what
the program is for. The lock screen asks here first: nothing that this module imports may be slow to
load (SQLAlchemy takes a third of a second, much more on a cold disk).
"""

from __future__ import annotations

import contextlib
from pathlib import Path

from app.atomic_file import sync_folder
from app.domain.errors import EnvironmentFault
from db.errors import translated
from db.hold import FolderHold
from db.laptop_files import DATABASE_NAME, READY_NAME, STATE_NAME, VAULT_NAME, discard
from db.rotation_files import ROTATED_NAME, finish_rotation

__all__ = [
    "DATABASE_NAME",
    "READY_NAME",
    "REBUILT_NAME",
    "UNFINISHED_NAME",
    "VAULT_NAME",
    "damaged_name",
    "discard",
    "finish",
    "finish_cut_off",
    "finish_rebuild",
    "holds_laptop",
    "is_set_up",
]

UNFINISHED_NAME = "nuevo"
REBUILT_NAME = "rehecho"
"""Its ``listo`` holds the number under which the damaged one stays."""

_BESIDE = ("-wal", "-shm", "")


def is_set_up(folder: Path) -> bool:
    """Return whether a vault or a database is there, after finishing a set-up, or the change of a
    key, that was cut off. What a program that holds the folder has begun is left to it. Raises
    EnvironmentFault."""
    with translated():
        if any((folder / one).is_dir() for one in (UNFINISHED_NAME, REBUILT_NAME, ROTATED_NAME)):
            _finish_unless_held(folder)
        return (folder / VAULT_NAME).exists() or (folder / DATABASE_NAME).exists()


def finish_cut_off(folder: Path) -> None:
    """Finish a set-up, a database made anew and the change of a key, each if it was cut off. For
    whoever holds the folder: between its look from outside and the hold another program may have
    been killed. Raises EnvironmentFault."""
    with translated():
        finish(folder)
        finish_rebuild(folder)
        finish_rotation(folder)


def _finish_unless_held(folder: Path) -> None:
    """Finish what was cut off, unless somebody is at it: files under another key that are not whole
    yet look as those of a program that was killed."""
    try:
        hold = FolderHold(folder)
    except EnvironmentFault as fault:
        if fault.message_id != "file_in_use":
            raise
        return
    try:
        finish_cut_off(folder)
    finally:
        hold.release()


def holds_laptop(folder: Path) -> bool:
    """Return whether a folder that somebody chose is known to be a laptop's: vault and database are
    there, as they are. One file of such a name any stick may have; and of a folder that does not
    answer nothing is known: whoever goes on to use it names its fault, which is not that of this
    laptop's disk."""
    with contextlib.suppress(OSError):
        return (folder / VAULT_NAME).exists() and (folder / DATABASE_NAME).exists()
    return False


def finish(folder: Path) -> None:
    """Finish a set-up that was cut off once its files were whole. Raises OSError."""
    # The vault in the unfinished folder is written last and moved last: when it is there, the
    # database is whole, here or there.
    unfinished = folder / UNFINISHED_NAME
    if (folder / VAULT_NAME).exists():
        if (folder / DATABASE_NAME).exists() and not (unfinished / VAULT_NAME).exists():
            discard(unfinished)  # cut off behind the last move
        return
    if not (unfinished / VAULT_NAME).exists():
        return
    if (unfinished / DATABASE_NAME).exists():
        if (folder / DATABASE_NAME).exists():
            return
        (unfinished / DATABASE_NAME).replace(folder / DATABASE_NAME)
        sync_folder(folder)
    (unfinished / VAULT_NAME).replace(folder / VAULT_NAME)
    sync_folder(folder)
    discard(unfinished)


def damaged_name(number: int) -> str:
    """Return the name under which a damaged database stays, numbered from 1."""
    return f"{DATABASE_NAME}.danado-{number}"


def finish_rebuild(folder: Path) -> None:
    """Put a database that was made anew, and is whole, in the place of the damaged one, which stays
    beside it. Raises OSError; a power cut in between leaves it to the next start."""
    made = folder / REBUILT_NAME
    ready = made / READY_NAME
    if not ready.exists():
        if made.is_dir() and not any(made.iterdir()):
            made.rmdir()
        return
    if (made / DATABASE_NAME).exists():
        aside = damaged_name(int(ready.read_text("ascii")))
        for suffix in _BESIDE:
            if (folder / f"{DATABASE_NAME}{suffix}").exists():
                (folder / f"{DATABASE_NAME}{suffix}").replace(folder / f"{aside}{suffix}")
        sync_folder(folder)
        # What it says of the damaged one would be held against the new one.
        (folder / STATE_NAME).unlink(missing_ok=True)
        (made / DATABASE_NAME).replace(folder / DATABASE_NAME)
        sync_folder(folder)
        sync_folder(made)
    discard(made)
