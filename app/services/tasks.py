"""The tasks of a case: worked out from its facts, with what people decided about them.

A task is never stored. What is stored is a decision (done by hand, handed on, postponed, no
professional there), in a record whose id is made of the case and the task's key: two laptops that
decide about one task write to one record, and the merge rules of its form say what holds.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Final

from app.domain.change import RecordId
from app.domain.definitions import Definitions
from app.domain.errors import DomainError
from app.domain.facts import LIMA, CaseFacts
from app.domain.pathway import Pathway, Task, TaskState, open_pathways
from app.domain.planning import plan
from app.domain.records import Kind, Name
from app.domain.task_decision import TaskDecision, apply, fault, settled
from app.domain.term import WorkCalendar
from app.domain.value import Value
from app.services.access import act
from app.services.case_facts import facts_of
from app.services.forms import change_fields
from app.services.ports import Desk, FieldKey, UnitOfWork
from app.services.values import changed_at, day_of, stored_text
from app.services.work_calendar import calendar_of

__all__ = [
    "CasePlan",
    "assign",
    "case_plan",
    "mark_done",
    "no_professional",
    "not_needed",
    "plan_of",
    "postpone",
    "reopen",
    "task_record_id",
]

KEY: Final = "key"
STATE: Final = "state"
DONE_ON: Final = "done_on"
ROLE: Final = "role"
POSTPONED_UNTIL: Final = "postponed_until"
REASON: Final = "reason"

ROLES: Final = "rol"
POSTPONED_DAYS_MAX: Final = 366


@dataclass(frozen=True, slots=True)
class CasePlan:
    """What law and protocol ask in a case now: the pathways that are open, and all their tasks,
    also those that are settled, in the order of the pathways."""

    case_id: RecordId
    facts: CaseFacts
    pathways: tuple[Pathway, ...]
    tasks: tuple[Task, ...]

    def task(self, key: str) -> Task | None:
        """Return the task of this key, or None."""
        return next((one for one in self.tasks if one.key == key), None)


def task_record_id(case_id: RecordId, key: str) -> RecordId:
    """Return the id of the record that holds the decisions about a task: the same on every laptop.

    A UUID of version 8 (RFC 9562, 5.8) made of a BLAKE2b hash.
    """
    digest = bytearray(
        hashlib.blake2b(
            f"{case_id}/{key}".encode(), digest_size=16, person=b"qispi-task-1"
        ).digest()
    )
    digest[6] = digest[6] & 0x0F | 0x80
    digest[8] = digest[8] & 0x3F | 0x80
    return RecordId(digest.hex())


@act("see_plan", case="case_id")
def case_plan(uow: UnitOfWork, desk: Desk, case_id: RecordId) -> CasePlan:
    """Return the tasks of a case with what was decided about them. Raises DomainError
    ``record_unknown``. Reads only."""
    if uow.records.kind_of(case_id) != Kind.CASE:
        raise DomainError("record_unknown")
    return plan_of(uow, desk, case_id)


def plan_of(
    uow: UnitOfWork, desk: Desk, case_id: RecordId, calendar: WorkCalendar | None = None
) -> CasePlan:
    """Return the tasks of a case that is known to be there; ``calendar`` is that of the centre,
    when it was read already. Reads only."""
    definitions = desk.definitions
    facts = facts_of(uow, definitions, case_id)
    decisions = tuple(_decisions(uow, definitions, case_id))
    tasks = plan(
        definitions.pathways,
        definitions.deadlines,
        facts,
        calendar or calendar_of(uow, desk),
        settled=settled(decisions),
    )
    return CasePlan(
        case_id,
        facts,
        open_pathways(definitions.pathways, facts),
        apply(tasks, decisions, _now(desk)),
    )


@act("answer_clock", case="case_id")
def mark_done(uow: UnitOfWork, desk: Desk, case_id: RecordId, key: str, day: date) -> None:
    """Note that a task was done on a day. Commits. Raises DomainError ``task_unknown``,
    ``task_done_in_future``."""
    if day > desk.clock.today():
        raise DomainError("task_done_in_future")
    _decide(uow, desk, case_id, TaskDecision(key, TaskState.DONE), day)


@act("silence_clock", case="case_id")
def not_needed(uow: UnitOfWork, desk: Desk, case_id: RecordId, key: str, reason: str) -> None:
    """Note that a task does not apply to this case, and why. Commits. Raises DomainError
    ``task_unknown``, ``task_needs_reason``."""
    _decide(uow, desk, case_id, TaskDecision(key, TaskState.NOT_NEEDED, reason=reason))


@act("answer_clock", case="case_id")
def no_professional(uow: UnitOfWork, desk: Desk, case_id: RecordId, key: str, reason: str) -> None:
    """Note that nobody of the service that a task needs is there: it stays open, and is shown so.
    Commits. Raises DomainError ``task_unknown``, ``task_needs_reason``."""
    _decide(uow, desk, case_id, TaskDecision(key, TaskState.NO_PROFESSIONAL, reason=reason))


@act("silence_clock", case="case_id")
def postpone(
    uow: UnitOfWork, desk: Desk, case_id: RecordId, key: str, until: date, reason: str
) -> None:
    """Postpone a task to a day, and say why. The term does not move: it goes on running, and once
    it ran out the task shows again. Commits. Raises DomainError ``task_unknown``,
    ``task_needs_reason``, ``task_postponed_to_past``, ``task_postponed_too_far``."""
    days = (until - desk.clock.today()).days
    if days < 1:
        raise DomainError("task_postponed_to_past")
    if days > POSTPONED_DAYS_MAX:
        raise DomainError("task_postponed_too_far", limit=POSTPONED_DAYS_MAX)
    decision = TaskDecision(key, TaskState.POSTPONED, until=until, reason=reason)
    _decide(uow, desk, case_id, decision)


@act("answer_clock", case="case_id")
def assign(uow: UnitOfWork, desk: Desk, case_id: RecordId, key: str, role: str) -> None:
    """Give a task to another role of the centre. Commits. Raises DomainError ``task_unknown``,
    ``role_unknown``."""
    if desk.definitions.catalogues[ROLES].get(role) is None:
        raise DomainError("role_unknown")
    _decide(uow, desk, case_id, TaskDecision(key, role=role))


@act("answer_clock", case="case_id")
def reopen(uow: UnitOfWork, desk: Desk, case_id: RecordId, key: str, reason: str) -> None:
    """Open again a task that people or facts had closed, and say why. Commits. Raises DomainError
    ``task_unknown``, ``task_needs_reason``."""
    _decide(uow, desk, case_id, TaskDecision(key, TaskState.OPEN, reason=reason))


def _decide(
    uow: UnitOfWork, desk: Desk, case_id: RecordId, decision: TaskDecision, day: date | None = None
) -> None:
    if reason := fault(decision):
        raise DomainError(reason)
    record_id = task_record_id(case_id, decision.key)
    is_decided = uow.records.kind_of(record_id) == Kind.TASK
    if not is_decided and case_plan(uow, desk, case_id).task(decision.key) is None:
        raise DomainError("task_unknown")
    written: dict[str, Value] = {Name.CASE: case_id, KEY: decision.key}
    if decision.role:
        written[ROLE] = decision.role
    if decision.state is not None:
        until = decision.until
        written |= {
            STATE: decision.state.value,
            DONE_ON: day.isoformat() if day else None,
            POSTPONED_UNTIL: until.isoformat() if until else None,
            REASON: decision.reason.strip() or None,
        }
    change_fields(
        uow,
        desk,
        {FieldKey(Kind.TASK, record_id, name): value for name, value in written.items()},
    )
    uow.commit()


def _decisions(
    uow: UnitOfWork, definitions: Definitions, case_id: RecordId
) -> Iterator[TaskDecision]:
    """Yield what was decided about any task of a case, also one that is not proposed now. A role
    that this release does not know changes nothing: no role's agenda would show such a task."""
    roles = definitions.catalogues[ROLES]
    states = {one.value: one for one in TaskState}
    naming = uow.records.referrers([case_id]).get(case_id, ())
    for kind, held in uow.records.held_by(naming).values():
        if kind != Kind.TASK:
            continue
        stored = held.get(STATE)
        day = day_of(stored_text(held, DONE_ON))
        role = stored_text(held, ROLE)
        written_at = changed_at(stored) if stored else None
        yield TaskDecision(
            key=stored_text(held, KEY),
            state=states.get(stored_text(held, STATE)),
            role=role if roles.get(role) is not None else "",
            until=day_of(stored_text(held, POSTPONED_UNTIL)),
            reason=stored_text(held, REASON),
            by=stored.author if stored else "",
            at=datetime.combine(day, time(12), LIMA) if day else written_at,
        )


def _now(desk: Desk) -> datetime:
    return datetime.fromtimestamp(desk.clock.now_ms() / 1000, LIMA)
