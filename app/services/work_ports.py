"""The list of open tasks as the use cases need it: derived, one row a task, put in order by SQL."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from app.domain.change import RecordId

__all__ = ["AgendaCounts", "AgendaFilter", "AgendaIndex", "OpenTask"]


@dataclass(frozen=True, slots=True)
class OpenTask:
    """A task that is not done, as it is kept for the list of all cases.

    ``key`` names it within its case; ``rule`` is the id of its :class:`TaskRule`. ``due_ms`` is
    the instant at which its time is over (None: not known, or it has no term); ``is_unknown``
    tells the first of these two apart from the second. ``hidden_until_ms`` is set while it is
    postponed. ``is_urgent`` marks one that must be treated as running out now because its term
    cannot be told, wholly or to the hour. ``risk`` is the level of the case, 0 (not known) to 3
    (severe).
    """

    case_id: RecordId
    key: str
    rule: str
    role: str
    risk: int
    is_own_clock: bool
    due_ms: int | None
    is_unknown: bool = False
    is_urgent: bool = False
    hidden_until_ms: int | None = None


@dataclass(frozen=True, slots=True)
class AgendaFilter:
    """Which tasks the agenda shows: of one role (None: of everybody), due before an instant."""

    role: str | None = None
    until_ms: int | None = None


@dataclass(frozen=True, slots=True)
class AgendaCounts:
    """How many tasks are overdue, are urgent without a known term, are due by the end of the day,
    wait, and have no known term."""

    overdue: int
    urgent: int
    today: int
    open: int
    unknown: int


class AgendaIndex(Protocol):
    """The open tasks of all cases, and the cases whose tasks have to be worked out again."""

    def mark(self, case_ids: Iterable[RecordId]) -> None:
        """Note that the tasks of these cases have to be worked out again."""

    def mark_all(self) -> None:
        """Note it for every case of the list."""

    def stale(self, limit: int) -> tuple[RecordId, ...]:
        """Return at most ``limit`` cases whose tasks have to be worked out again."""

    def set_aside(self, case_id: RecordId) -> None:
        """Note that the tasks of a case could not be worked out; it waits until it is marked."""

    def count_set_aside(self) -> int:
        """Return how many cases could not be worked out."""

    def count_stale(self) -> int:
        """Return how many cases wait for that."""

    def put(self, case_id: RecordId, tasks: Sequence[OpenTask]) -> None:
        """Write the open tasks of a case in place of the former ones; it waits no more."""

    def page(
        self,
        filter: AgendaFilter,
        *,
        now_ms: int,
        offset: int,
        limit: int,
        hidden: Collection[RecordId] = (),
    ) -> tuple[OpenTask, ...]:
        """Return a page: what is overdue or urgent first (the graver case, then the longer
        overdue), then by the time left divided by the weight of the risk; what has no known term
        comes last. Tasks of ``hidden`` cases are not there."""

    def counts(
        self,
        filter: AgendaFilter,
        *,
        now_ms: int,
        day_end_ms: int,
        hidden: Collection[RecordId] = (),
    ) -> AgendaCounts:
        """Return the counts for the head of the page, without ``hidden`` cases."""

    def of_case(self, case_id: RecordId) -> tuple[OpenTask, ...]:
        """Return the open tasks of one case, the soonest due first."""

    def clear(self) -> None:
        """Drop every task (a rebuild follows in the same transaction)."""
