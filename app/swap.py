"""Whether the system writes memory to a disk in clear: swap keeps what a program held, also behind
the lock, and no program can take it back. Linux; elsewhere nothing is known."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

__all__ = ["swaps_in_clear"]

_IN_MEMORY: Final = "zram"
_ENCRYPTED: Final = "CRYPT-"
"""How the device mapper of Linux begins the names of what it encrypts."""

_LAYERS_MAX: Final = 8


def swaps_in_clear(root: Path = Path("/")) -> tuple[str, ...]:
    """Return the places of the swap that lie on a disk which is not encrypted; ``root`` is where
    ``proc`` and ``sys`` lie. What cannot be found out counts as one."""
    try:
        lines = (root / "proc/swaps").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ()
    places = [line.split()[0] for line in lines[1:] if line.strip()]
    return tuple(one for one in places if not _is_closed(root, one))


def _is_closed(root: Path, place: str) -> bool:
    try:
        found = (root / place.lstrip("/")).stat()
    except OSError:
        return False
    number = found.st_rdev or found.st_dev
    device = root / f"sys/dev/block/{os.major(number)}:{os.minor(number)}"
    return _is_encrypted(device.resolve(), _LAYERS_MAX)


def _is_encrypted(device: Path, layers: int) -> bool:
    """Whether a disk, or everything that it lies on, is encrypted, or no disk at all."""
    if device.name.startswith(_IN_MEMORY):
        return True
    try:
        if (device / "dm/uuid").read_text(encoding="ascii").startswith(_ENCRYPTED):
            return True
    except (OSError, UnicodeDecodeError):
        pass
    below = list((device / "slaves").glob("*"))
    return (
        bool(below)
        and layers > 0
        and all(_is_encrypted(one.resolve(), layers - 1) for one in below)
    )
