"""The files on a stick that bear one name: at home, or where the first version left them.

Network thread.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence

from sync.client.stick import Stick

__all__ = ["Copies", "copies", "file_of", "has_size", "is_there", "write"]

Copies = Mapping[str, Sequence[tuple[str, int]]]
"""By a name: where the files lie that bear it, and their sizes."""


def file_of(place: str) -> str:
    """Return the name of a file, without its shelf."""
    return place.rpartition("/")[2]


def copies(sizes: Mapping[str, int], names: Container[str]) -> Copies:
    """Return where the files of these names lie, and their sizes."""
    found: dict[str, tuple[tuple[str, int], ...]] = {}
    for place, size in sizes.items():
        name = file_of(place).lower()
        if name in names:
            found[name] = (*found.get(name, ()), (place, size))
    return found


def has_size(carried: Copies, name: str, size: int) -> bool:
    """Return whether a file that bears this name is so large."""
    return any(held == size for _, held in carried.get(name, ()))


def is_there(stick: Stick, carried: Copies, name: str, size: int, front: bytes) -> bool:
    """Return whether a file that bears this name has that size and begins so."""
    return any(
        held == size and (stick.read(place, len(front)) or b"")[: len(front)] == front
        for place, held in carried.get(name, ())
    )


def write(stick: Stick, name: str, content: bytes, carried: Copies) -> None:
    """Write a file to its place, and take away the others that bear its name and do not hold it."""
    stick.write(name, content)
    for place, _ in carried.get(name, ()):
        if place.lower() != stick.home(name):
            stick.drop(place)
