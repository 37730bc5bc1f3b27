"""Which files lie in the data folder of a laptop, told without opening any.

``llaves.json`` (the wrapped key) and ``datos.db`` (with ``-wal`` and ``-shm`` while it is open).
No name says what the program is for. The lock screen asks here first: nothing that this module
imports may be slow to load (SQLAlchemy takes a third of a second, much more on a cold disk).
"""

from __future__ import annotations

from pathlib import Path

from app.atomic_file import sync_folder
from db.errors import translated

__all__ = ["DATABASE_NAME", "UNFINISHED_NAME", "VAULT_NAME", "discard", "finish", "is_set_up"]

DATABASE_NAME = "datos.db"
VAULT_NAME = "llaves.json"
UNFINISHED_NAME = "nuevo"


def is_set_up(folder: Path) -> bool:
    """Return whether a vault or a database is there, after finishing a set-up that was cut off."""
    with translated():
        finish(folder)
        return (folder / VAULT_NAME).exists() or (folder / DATABASE_NAME).exists()


def finish(folder: Path) -> None:
    """Finish a set-up that was cut off once its files were whole. Raises OSError."""
    # The vault in the unfinished folder is written last and moved last: when it is there, the
    # database is whole, here or there.
    unfinished = folder / UNFINISHED_NAME
    if not (unfinished / VAULT_NAME).exists() or (folder / VAULT_NAME).exists():
        return
    if (unfinished / DATABASE_NAME).exists():
        if (folder / DATABASE_NAME).exists():
            return
        (unfinished / DATABASE_NAME).replace(folder / DATABASE_NAME)
        sync_folder(folder)
    (unfinished / VAULT_NAME).replace(folder / VAULT_NAME)
    sync_folder(folder)
    discard(unfinished)


def discard(unfinished: Path) -> None:
    """Remove what a set-up left that was cut off before. Raises OSError."""
    if unfinished.is_dir():
        for path in unfinished.iterdir():
            path.unlink()
        unfinished.rmdir()
