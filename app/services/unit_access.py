"""Who works in a unit of work, whether she was asked already, and what was refused to her in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from app.domain.change import AuthorId

__all__ = ["Refused", "UnitAccess"]


Desk = TypeVar("Desk")


@dataclass(frozen=True, slots=True)
class Refused:
    """An act that was refused to somebody. ``object_id`` is the record that it was about, or
    empty."""

    person: AuthorId
    act: str
    object_id: str
    at_ms: int


@dataclass(slots=True)
class UnitAccess(Generic[Desk]):
    """What a unit of work knows of whoever works in it. ``desk`` is hers; None: nobody's, as when
    the program starts or synchronises. ``refused`` is noted when the unit ends, for all else of it
    is undone. Storage thread."""

    desk: Desk | None = None
    roles: dict[AuthorId, tuple[str, ...]] = field(default_factory=dict)
    """The roles of whoever was asked about, as they were read first in this unit."""
    refused: list[Refused] = field(default_factory=list)
    _depth: int = 0

    @property
    def is_outermost(self) -> bool:
        """Whether the use case that runs now was itself asked about, and is no part of another."""
        return self._depth == 1

    @contextmanager
    def inside(self) -> Iterator[bool]:
        """Begin a use case; yield whether it is the outermost: those within it are parts of an act
        that was asked about."""
        self._depth += 1
        try:
            yield self._depth == 1
        finally:
            self._depth -= 1
