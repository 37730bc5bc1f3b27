"""The agenda of the centre: what is due, what is overdue, and whose clock ran out.

The open tasks of every case stand in a derived list. A change marks its case; reading the agenda
first works out the marked cases, a bounded number at a time, so that saving a field costs nothing
of it and the list is never older than what it says.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Final

from app.domain.change import RecordId
from app.domain.deadline import Clock, Due, Unknown
from app.domain.facts import LIMA
from app.domain.marks import N_
from app.domain.pathway import Task, TaskRule, TaskState
from app.domain.records import Kind, Name, named_record
from app.domain.term import WorkCalendar
from app.domain.value import Value
from app.services.access import act, seen_by
from app.services.people import shown_as
from app.services.ports import Desk, StoredField, UnitOfWork
from app.services.tasks import CasePlan, plan_of
from app.services.values import is_buried, stored_text
from app.services.work_calendar import calendar_of
from app.services.work_ports import AgendaCounts, AgendaFilter, OpenTask

__all__ = ["RESERVED", "Agenda", "AgendaRow", "agenda", "refresh", "rule_of", "title_of"]

_LOG = logging.getLogger(__name__)

AT_ONCE: Final = 60
"""Cases worked out before a page of the agenda is shown (some 10 ms each)."""

ROWS_MAX: Final = 500
CLOSED: Final = "caso_cerrado"
READ_EVERY_TASK: Final = ("legal", "coordinacion")
RESERVED: Final = N_("Tarea reservada del servicio a cargo")
_BASIS: Final = "agenda_basis"


@dataclass(frozen=True, slots=True)
class AgendaRow:
    """A task as the agenda shows it. ``person`` is her alias, or initials only: others may see
    the screen."""

    task: OpenTask
    rule: TaskRule
    case_code: str
    person: str
    is_overdue: bool
    claim_document: str
    """The document that claims it, when it is somebody else's clock and it ran out; or empty."""
    title: str
    """What to do; of a task that not everybody may read, only that there is one."""


@dataclass(frozen=True, slots=True)
class Agenda:
    """A page of the agenda. ``stale`` cases are still to be worked out: ask again. ``set_aside``
    ones could not be, by a bug that is in the log; they are tried again when they change."""

    rows: tuple[AgendaRow, ...]
    counts: AgendaCounts
    stale: int
    set_aside: int
    now_ms: int


@act("see_agenda")
def agenda(
    uow: UnitOfWork, desk: Desk, filter: AgendaFilter, *, offset: int = 0, limit: int = ROWS_MAX
) -> Agenda:
    """Return a page of the agenda after working out what changed. Commits what was derived."""
    stale = refresh(uow, desk, AT_ONCE)
    now_ms = desk.clock.now_ms()
    now = datetime.fromtimestamp(now_ms / 1000, LIMA)
    day_end = datetime.combine(now.date() + timedelta(days=1), time(0), LIMA)
    seen = seen_by(uow, desk, "see_agenda")
    found = uow.agenda.page(filter, now_ms=now_ms, offset=offset, limit=limit, hidden=seen.hidden)
    return Agenda(
        rows=_rows(uow, desk, found, now_ms, seen.known),
        counts=uow.agenda.counts(
            filter,
            now_ms=now_ms,
            day_end_ms=int(day_end.timestamp() * 1000) - 1,
            hidden=seen.hidden,
        ),
        stale=stale,
        set_aside=uow.agenda.count_set_aside(),
        now_ms=now_ms,
    )


def refresh(uow: UnitOfWork, desk: Desk, limit: int) -> int:
    """Work out the tasks of at most ``limit`` marked cases; return how many are left. Commits.

    When the definitions changed since the list was made, every case is marked first.
    """
    basis = _basis(desk)
    if uow.local.get(_BASIS) != basis:
        uow.agenda.mark_all()
        uow.local.put(_BASIS, basis)
    stale = uow.agenda.stale(limit)
    calendar = calendar_of(uow, desk) if stale else None
    for case_id in stale:
        try:
            with uow.savepoint():
                uow.agenda.put(case_id, _open_tasks(uow, desk, case_id, calendar))
        except Exception as error:  # noqa: BLE001  # it must not hide the tasks of all others
            _LOG.error("case_not_planned", exc_info=error)
            uow.agenda.set_aside(case_id)
    uow.commit()
    return uow.agenda.count_stale()


def rule_of(desk: Desk, task: OpenTask) -> TaskRule | None:
    """Return the definition of a task, or None when this release has none of that name."""
    pathway_id, _, rule_id = task.rule.partition("/")
    pathway = desk.definitions.pathways.get(pathway_id)
    return pathway.task(rule_id) if pathway else None


def title_of(rule: TaskRule, role: str, readers: Collection[str]) -> str:
    """Return what a task of ``role`` asks, as somebody with the roles ``readers`` may read it: one
    that says something that not everybody in the office needs to know is named to its own service,
    legal and coordination."""
    may_read = {role, *READ_EVERY_TASK}
    return RESERVED if rule.is_sensitive and may_read.isdisjoint(readers) else rule.title


def _open_tasks(
    uow: UnitOfWork, desk: Desk, case_id: RecordId, calendar: WorkCalendar | None
) -> Sequence[OpenTask]:
    held = uow.records.fields(case_id)
    if uow.records.kind_of(case_id) != Kind.CASE or is_buried(held):
        return ()
    made = plan_of(uow, desk, case_id, calendar)
    if CLOSED in _codes(made.facts.values.get("@occurred")):
        return ()  # what happens after the closing belongs to a new ficha, linked with this one
    risk = _risk(made)
    return [_open_task(made, one, risk) for one in made.tasks if not one.is_settled]


def _open_task(made: CasePlan, task: Task, risk: int) -> OpenTask:
    decision = task.decision
    until = decision.until if decision and task.state is TaskState.POSTPONED else None
    due, term = task.due_at, task.due
    if due is not None and isinstance(term, Due) and task.rule.unknown_is_urgent:
        due = max(due, term.latest)  # urgent at once, late only after the last hour it can be
    is_told = isinstance(term, Due) and term.at == term.latest
    return OpenTask(
        case_id=made.case_id,
        key=task.key,
        rule=f"{task.pathway.id}/{task.rule.id}",
        role=task.role,
        risk=risk,
        is_own_clock=task.rule.clock is Clock.OWN,
        due_ms=None if due is None else int(due.timestamp() * 1000),
        is_unknown=isinstance(term, Unknown),
        is_urgent=task.rule.unknown_is_urgent and task.is_urgent and not is_told,
        hidden_until_ms=None
        if until is None
        else int(datetime.combine(until, time(0), LIMA).timestamp() * 1000),
    )


def _codes(value: Value) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else ()


def _risk(made: CasePlan) -> int:
    level = made.facts.values.get("@level")
    return int(level) if isinstance(level, str) and level in ("1", "2", "3") else 0


def _rows(
    uow: UnitOfWork,
    desk: Desk,
    tasks: Sequence[OpenTask],
    now_ms: int,
    known: Collection[RecordId],
) -> tuple[AgendaRow, ...]:
    """Return the rows of these tasks; their cases and people are read at once. Of cases only
    ``known`` to be there a row says the number and the hour."""
    cases = uow.records.held_by([one.case_id for one in tasks])
    named = {case_id: _survivor(held) for case_id, (_, held) in cases.items()}
    people = uow.records.held_by([one for one in named.values() if one is not None])

    def row(task: OpenTask, rule: TaskRule) -> AgendaRow:
        is_overdue = task.due_ms is not None and task.due_ms < now_ms
        is_closed = task.case_id in known
        case = cases[task.case_id][1] if task.case_id in cases else {}
        survivor_id = named.get(task.case_id)
        survivor = people[survivor_id][1] if survivor_id and survivor_id in people else {}
        return AgendaRow(
            task=replace(task, risk=0) if is_closed else task,
            rule=rule,
            case_code=stored_text(case, Name.CODE),
            person="" if is_closed else shown_as(survivor),
            is_overdue=is_overdue,
            claim_document=rule.claim_document
            if is_overdue and not task.is_own_clock and not is_closed
            else "",
            title=RESERVED if is_closed else title_of(rule, task.role, desk.actor.held),
        )

    ruled = ((one, rule_of(desk, one)) for one in tasks)
    return tuple(row(one, rule) for one, rule in ruled if rule is not None)


def _survivor(case: Mapping[str, StoredField]) -> RecordId | None:
    stored = case.get(Name.SURVIVOR)
    return named_record(stored.value) if stored is not None else None


def _basis(desk: Desk) -> bytes:
    version = f"{desk.definitions.version}/{len(desk.definitions.pathways)}"
    return hashlib.blake2b(version.encode(), digest_size=8).digest()
