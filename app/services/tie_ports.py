"""What use cases need from the storage about who attends which case, and who may not know of it."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Protocol

from app.domain.change import AuthorId, RecordId
from app.domain.permission import Relation

__all__ = ["ALL_SEEN", "CaseTies", "Seen", "Tie", "Viewer"]


class Tie(enum.IntEnum):
    """One thing that a case says of a person, or (of nobody) that it is in reserve. The numbers
    are stored."""

    BLOCKED = 1
    RESPONSIBLE = 2
    TEAM = 3
    RESERVED = 4


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks at a list, and in which relations a case is ``hidden`` from her, or only ``known``
    to be there. What she is blocked for is always hidden."""

    person: AuthorId
    hidden: frozenset[Relation] = frozenset()
    known: frozenset[Relation] = frozenset()


@dataclass(frozen=True, slots=True)
class Seen:
    """The cases that a list must not show to somebody, and those that it says only to be there."""

    hidden: frozenset[RecordId] = frozenset()
    known: frozenset[RecordId] = frozenset()

    @property
    def closed(self) -> frozenset[RecordId]:
        """Both together."""
        return self.hidden | self.known


ALL_SEEN: Final = Seen()
"""Nothing is closed."""


class CaseTies(Protocol):
    """Who attends which case, derived from the fields of the cases."""

    def put(self, case_id: RecordId, ties: Iterable[tuple[Tie, str]]) -> None:
        """Write what a case says, each with the person of whom (empty: of nobody), in place of
        what it said."""

    def seen_by(self, viewer: Viewer) -> Seen:
        """Return which cases are closed to somebody. Some statements, however many cases."""

    def clear(self) -> None:
        """Drop everything (a rebuild follows in the same transaction)."""
