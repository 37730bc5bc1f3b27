"""How a list becomes a column of bytes and a list again. A column at fault is a ValueError."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

from sync.envelope.varints import from_zigzag, to_zigzag, varint_list, write_varints

__all__ = [
    "ID_BYTES",
    "VARINT_BYTES",
    "Table",
    "all_in",
    "back_references",
    "by_byte",
    "end",
    "from_bytes_apart",
    "next_of",
    "numbers",
    "raw_id",
    "split",
    "steps",
    "sums",
]

ID_BYTES: Final = 16
VARINT_BYTES: Final = 10
"""Of the largest number."""

T = TypeVar("T")


@dataclass(slots=True)
class Table:
    """Each different value once, in the order of its first use."""

    places: dict[bytes, int] = field(default_factory=dict)

    def place(self, content: bytes) -> int:
        """Return the place of a value, from 0."""
        return self.places.setdefault(content, len(self.places))

    def joined(self) -> bytes:
        """Return all values, joined."""
        return b"".join(self.places)


def back_references(contents: Sequence[bytes]) -> tuple[list[bytes], list[int]]:
    """Return each different content once, and for each place how far back it last stood, or 0
    when it is new.
    """
    last: dict[bytes, int] = {}
    back: list[int] = []
    for at, content in enumerate(contents):
        back.append(at - last[content] if content in last else 0)
        last[content] = at
    return list(last), back


def by_byte(ids: Sequence[bytes]) -> bytes:
    """Return all first bytes, then all second ones, …: those of near times compress."""
    joined = b"".join(ids)
    return b"".join(joined[at::ID_BYTES] for at in range(ID_BYTES))


def from_bytes_apart(content: bytes, most: int) -> list[bytes]:
    """Return the ids of :func:`by_byte`: at most so many."""
    if len(content) % ID_BYTES or len(content) > most * ID_BYTES:
        raise ValueError("table cut off, or too long")
    count = len(content) // ID_BYTES
    return [content[at::count] for at in range(count)]


def split(joined: bytes, size: int, most: int) -> list[bytes]:
    """Return the values of a table, each of this size: at most so many."""
    if len(joined) % size or len(joined) > most * size:
        raise ValueError("table cut off, or too long")
    return [joined[at : at + size] for at in range(0, len(joined), size)]


def numbers(content: bytes, count: int) -> list[int]:
    """Return a column of exactly so many numbers."""
    if not count <= len(content) <= VARINT_BYTES * count:
        raise ValueError("a column of another length")
    found = varint_list(content)
    if len(found) != count:
        raise ValueError("a column of another length")
    return found


def steps(found: Sequence[int]) -> bytes:
    """Return the differences of each number to the one before, the first to 0."""
    return write_varints(
        to_zigzag(number - before) for before, number in zip((0, *found), found, strict=False)
    )


def sums(found: Sequence[int]) -> list[int]:
    """Return the numbers of which :func:`steps` gave the differences."""
    return list(itertools.accumulate(map(from_zigzag, found)))


def all_in(found: Sequence[int], size: int) -> None:
    """Raise ValueError unless each number is a place of a table of this size."""
    if found and max(found) >= size:
        raise ValueError("no such entry")


def next_of(column: Iterator[T]) -> T:
    """Return the next of a column."""
    for found in column:
        return found
    raise ValueError("a column is too short")


def end(column: Iterator[object]) -> None:
    """Raise ValueError when something is left over."""
    if any(True for _ in column):
        raise ValueError("a column is too long")


def raw_id(digits: str) -> bytes:
    """Return the bytes of an id."""
    content = bytes.fromhex(digits)
    # Another length would shift every id behind it, in silence.
    assert len(content) == ID_BYTES, "an id has 32 hexadecimal digits"
    return content
