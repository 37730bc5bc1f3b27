"""Where files lie on a stick, for tests that look at them or put something in their place."""

from __future__ import annotations

from collections.abc import Container, Mapping
from pathlib import Path

from sync.client.folder import BATCH
from sync.client.stick import FOLDER_NAME, Found, Stick, Wanted

__all__ = ["files", "home", "listed", "old_layout"]


def listed(
    stick: Path, wanted: Mapping[str, Wanted], known: Container[str] = frozenset()
) -> Mapping[str, Found]:
    """Return what is found on a stick when nobody stops it."""
    looking = Stick(stick, lambda _up, _down: None).look(wanted, known)
    while True:
        try:
            next(looking)
        except StopIteration as end:
            found: Mapping[str, Found] = end.value
            return found


def files(stick: Path, ending: str = BATCH) -> list[Path]:
    """Return the files with this ending, of every shelf, in the order of their names."""
    found = (stick / FOLDER_NAME).rglob(f"*{ending}")
    return sorted((one for one in found if not one.is_dir()), key=lambda one: one.name)


def home(stick: Path, name: str) -> Path:
    """Return where a file of this name belongs; its shelf is there."""
    shelf = stick / FOLDER_NAME / name[:2]
    shelf.mkdir(parents=True, exist_ok=True)
    return shelf / name


def old_layout(stick: Path) -> None:
    """Put every file into the one folder, as the first version did."""
    for one in files(stick, ""):
        one.replace(stick / FOLDER_NAME / one.name)
    for shelf in (stick / FOLDER_NAME).iterdir():
        if shelf.is_dir():
            shelf.rmdir()
