"""Pictures of the windows over the demo's laptop."""

from __future__ import annotations

import os
from pathlib import Path

from app.bootstrap import LaptopDoor
from app.services.workplace import Door, Threads
from app.settings import Settings

__all__ = ["take_pictures"]


def take_pictures(
    data: Path, passphrase: str, out: Path, *, whole: bool = False, only: str | None = None
) -> int:
    """Open the laptop in ``data`` and take a picture of each page, or of one; return how many."""
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    # Qt reads the platform when it is loaded.
    from ui.pictures import take_pictures as take

    def door_of(threads: Threads) -> Door:
        return LaptopDoor(Settings(data), threads)

    return take(door_of, passphrase, out, whole=whole, only=only)
