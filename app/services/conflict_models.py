"""What is shown of fields that laptops changed without seeing each other. Frozen values only."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from app.domain.change import AuthorId, ChangeId, RecordId
from app.domain.value import Value

__all__ = [
    "ConflictRow",
    "ConflictValue",
    "JoinedRow",
    "SettledRow",
    "Severity",
    "TimeQuality",
    "Undone",
]


class Severity(enum.IntEnum):
    """What a wrong choice could do; the gravest first."""

    SAFETY = 0
    """Her safety or her consent depends on it."""
    RIGHTS = 1
    """Her rights, a measure, a term or something intimate."""
    OTHER = 2


class TimeQuality(enum.Enum):
    """How far the time that a change bears can be right. No clock is ever believed for more."""

    FITS = "fits"
    """Nothing speaks against it."""
    AHEAD = "ahead"
    """It is later than it is on this laptop now: one of the two clocks is wrong."""
    BEHIND = "behind"
    """It is earlier than what it replaced: the clock of one of the two was wrong."""


@dataclass(frozen=True, slots=True)
class ConflictValue:
    """One of the values that met: who wrote it, where, when by that laptop's clock, and what that
    person had seen.

    ``device_letter`` is the letter of the laptop in the centre, empty when it is not known here;
    ``is_here`` that it was written on this laptop, ``is_own`` by the person who works now.
    ``before`` are the values that stood on the screen when it was written, empty for the first ever
    written; ``is_before_unknown`` that what stood there has not arrived here yet. ``is_reopened``:
    it stands here again because a decision was undone.
    """

    change_id: ChangeId
    value: Value
    author: AuthorId
    author_name: str
    at_ms: int
    is_own: bool
    is_here: bool = False
    device_letter: str = ""
    time: TimeQuality = TimeQuality.FITS
    before: tuple[Value, ...] = ()
    is_before_unknown: bool = False
    is_reopened: bool = False


@dataclass(frozen=True, slots=True)
class Undone:
    """That a decision was undone: what had been decided, and who undid it and when, by that
    laptop's clock. The name is empty when it is not known."""

    value: Value
    author_name: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class ConflictRow:
    """A field changed on two laptops without seeing each other; nothing is lost.

    ``values`` has one entry for each change that stands, the latest first; two may say the same.
    Of more than anybody reads it has what shows, and the newest of each laptop in turn. ``heads``
    are what a decision replaces: all that stand, but no more than one change may name. ``beyond``
    is how many stand beside these: about them people are asked again after it.
    ``base`` is what the field held before they went apart: empty when it was never written, or that
    has not arrived; a decision that was undone since is no part of it, and stands in ``undone``.
    ``can_keep_both``: the values that are not chosen can go into a note.
    """

    case_id: RecordId
    case_code: str
    record_id: RecordId
    kind: str
    field: str
    label: str
    shown: ChangeId
    values: tuple[ConflictValue, ...]
    severity: Severity = Severity.OTHER
    base: tuple[Value, ...] = ()
    can_keep_both: bool = False
    undone: Undone | None = None
    heads: tuple[ChangeId, ...] = ()
    beyond: int = 0

    @property
    def more(self) -> int:
        """How many changes stand there that ``values`` does not tell of."""
        return max(0, len(self.heads) + self.beyond - len(self.values))


@dataclass(frozen=True, slots=True)
class SettledRow:
    """A conflict that somebody settled: what was decided by whom, and what it replaced.

    ``can_undo`` is false once somebody wrote something else there; ``undone`` says who undid it.
    It is false also while ``is_partial``: some of what it replaced has not arrived yet. ``more`` is
    how many different values it replaced beside those that ``replaced`` tells of: the newest of
    each laptop in turn.
    """

    case_id: RecordId
    case_code: str
    record_id: RecordId
    kind: str
    field: str
    label: str
    decision: ChangeId
    value: Value
    author_name: str
    at_ms: int
    replaced: tuple[ConflictValue, ...]
    can_undo: bool
    undone: Undone | None = None
    is_partial: bool = False
    more: int = 0


@dataclass(frozen=True, slots=True)
class JoinedRow:
    """A field in which changes met and joined by themselves, by its rule: what shows, and what else
    was written. Nothing of it is lost: each can be brought back.

    ``shown`` is the latest change; of a set ``value`` may hold more than it. ``is_whole``: a set
    that holds what all of them had ticked. ``more`` is how many others there are beside those told:
    of many, the newest of each laptop in turn.
    ``can_bring_back`` is false for a field of a newer version: it is shown and no more.
    """

    case_id: RecordId
    case_code: str
    record_id: RecordId
    kind: str
    field: str
    label: str
    value: Value
    shown: ConflictValue
    others: tuple[ConflictValue, ...]
    is_whole: bool
    more: int = 0
    can_bring_back: bool = True
