"""A laptop is closed to everybody who opens it by words: from then on two paper sheets alone do.

For the moment in which somebody is forced to open it. The slots of the people go out of the vault
file; the key of the database stays in it, sealed to the sheets, so nothing is lost. Whatever cuts
it off leaves the one or the other. Backups made before open by their words still.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from app.atomic_file import write_atomically
from app.crypto.passphrase import Argon2Bounds
from app.domain.errors import DomainError
from db import key_slots
from db.errors import translated
from db.key_file import KeyFile
from db.presence import READY_NAME, VAULT_NAME, discard
from db.rotation_files import ROTATED_NAME
from db.vault import BOUNDS, read_key_file

__all__ = ["leave_to_sheets"]


def leave_to_sheets(folder: Path, *, bounds: Argon2Bounds = BOUNDS) -> None:
    """Take everybody's way in out of the vault file of an open laptop, at once. Needs no key.

    Raises DomainError ``sheets_none`` where nobody could ever open it again, and
    ``sheets_first_format``; as :func:`db.vault.read_key_file` does; EnvironmentFault of the disk:
    then nothing has changed.
    """
    rotated = folder / ROTATED_NAME
    with translated():
        if rotated.is_dir() and not (rotated / READY_NAME).exists():
            discard(rotated)  # a key that never came into use, and ways in to it
    # Files of another key that are whole already take their places at the next start: they first.
    paths = [one for one in (rotated / VAULT_NAME, folder / VAULT_NAME) if one.exists()]
    after = [(path, _without_people(path, bounds)) for path in paths]
    for path, file in after:
        _put(path, file.to_bytes())


def _without_people(path: Path, bounds: Argon2Bounds) -> KeyFile:
    file = read_key_file(path, bounds=bounds)
    if file is None:
        raise DomainError("sheets_first_format")
    if file.recovery is None:
        raise DomainError("sheets_none")
    return key_slots.without_people(file)


def _put(path: Path, content: bytes) -> None:
    with _written_over(path), translated():
        try:
            write_atomically(path, content)
        except OSError:
            if path.read_bytes() != content:  # else it was refused once it had its name
                raise


@contextlib.contextmanager
def _written_over(path: Path) -> Iterator[None]:
    """Write over the bytes of the file that the block replaces, where the disk writes in place: it
    would lie in the free room else, with everybody's slots. It never stops the rest."""
    if sys.platform == "win32":  # no file that is open there can be replaced
        yield
        return
    with translated():
        old = os.open(path, os.O_WRONLY)
    try:
        yield
        with contextlib.suppress(OSError):
            if os.fstat(old).st_nlink == 0:
                os.write(old, bytes(os.fstat(old).st_size))
                os.fsync(old)
    finally:
        os.close(old)
