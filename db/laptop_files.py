"""The names of the files in the data folder of a laptop, and how what was begun is thrown away."""

from __future__ import annotations

from pathlib import Path
from typing import Final

__all__ = ["DATABASE_NAME", "LOG_NAME", "READY_NAME", "STATE_NAME", "VAULT_NAME", "discard"]

DATABASE_NAME: Final = "datos.db"
LOG_NAME: Final = f"{DATABASE_NAME}-wal"
VAULT_NAME: Final = "llaves.json"
STATE_NAME: Final = "estado.bin"
READY_NAME: Final = "listo"
"""Written last into a folder beside: what is in it is whole, and takes the place of what was."""


def discard(unfinished: Path) -> None:
    """Remove what was begun before and cut off. Raises OSError."""
    if unfinished.is_dir():
        for path in unfinished.iterdir():
            path.unlink()
        unfinished.rmdir()
