"""Disks in files: made, mounted where a program works, unmounted, and read from their first byte to
their last, files that were deleted included. Linux, as root."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

__all__ = ["Disks", "mounted", "why_not"]

_WORLD_BYTES: Final = 384 << 20
_STICK_BYTES: Final = 64 << 20
_TOOLS: Final = ("mkfs.ext4", "mount", "umount")


class Disks:
    """Two disks: the laptop's, at ``world``, and a stick's, within it at ``world/stick``."""

    def __init__(self, folder: Path) -> None:
        self.world = folder / "world"
        self.images = (folder / "laptop.img", folder / "stick.img")

    @property
    def stick(self) -> Path:
        """Where the stick is plugged in."""
        return self.world / "stick"


def why_not(folder: Path) -> str:
    """Return why no disk can be made here, or an empty text. Makes one to see."""
    if sys.platform != "linux":
        return "only on Linux"
    if os.geteuid() != 0:
        return "only root mounts a disk"
    missing = [tool for tool in _TOOLS if shutil.which(tool) is None]
    if missing:
        return f"not installed: {', '.join(missing)}"
    try:
        with mounted(folder):
            return ""
    except subprocess.CalledProcessError as error:
        return f"no loop device: {error.stderr.decode(errors='replace').strip()}"


@contextmanager
def mounted(folder: Path) -> Iterator[Disks]:
    """Give both disks, empty and mounted so that every write reaches them at once; behind the
    block they are unmounted, and their images stay. What still runs on them keeps them: end it."""
    disks = Disks(folder)
    # A stick with ext4: what a deleted file leaves is looked for, whatever the names are kept in.
    with (
        _one(disks.images[0], _WORLD_BYTES, disks.world),
        _one(disks.images[1], _STICK_BYTES, disks.stick),
    ):
        yield disks


@contextmanager
def _one(image: Path, size: int, place: Path) -> Iterator[None]:
    image.unlink(missing_ok=True)
    with image.open("wb") as file:
        file.truncate(size)
    _run("mkfs.ext4", "-q", "-E", "nodiscard", str(image))
    place.mkdir(parents=True, exist_ok=True)
    # Nothing is discarded: what was deleted lies where it lay.
    _run("mount", "-o", "loop,sync,nodiscard", str(image), str(place))
    try:
        yield
    finally:
        _run("umount", str(place))


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)
