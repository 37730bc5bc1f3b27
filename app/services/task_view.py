"""A task in words: what to do, by when, whose clock it is, by which norm, and what is missing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from app.domain.catalogue import Source
from app.domain.change import RecordId
from app.domain.deadline import CALENDAR, Clock, DeadlineRule, Due, Unknown
from app.domain.definitions import Definitions
from app.domain.errors import DomainError
from app.domain.facts import LIMA
from app.domain.marks import N_
from app.domain.pathway import Task, TaskState
from app.services.access import act
from app.services.agenda import title_of
from app.services.forms import FICHA
from app.services.letters import deadline_facts
from app.services.ports import Desk, UnitOfWork
from app.services.tasks import CasePlan, case_plan

__all__ = ["PlanView", "TaskView", "plan_view", "task_view"]

_DERIVED_WORDS: Final = {
    "@level": N_("Nivel de riesgo"),
    "@fvr_level": N_("Resultado de la FVR"),
    "@occurred": N_("Qué ocurrió en el caso"),
    "@measures": N_("Medidas vigentes"),
    CALENDAR: N_("El calendario de feriados de ese año"),
}
EVENTS: Final = "sucesos"
ACTORS: Final = "actor_plazo"
_CERTAIN: Final = "high"
"""The certainty of what is a proposal of this program and no norm."""


@dataclass(frozen=True, slots=True)
class TaskView:
    """One task of a case, as a page shows it. Texts are message ids in Spanish.

    ``due_at`` is in Lima time; None when it has no term or cannot be told, and then ``missing``
    names what would tell, each as (field id or event code, words). ``by`` is the third party whose
    clock it is, empty for the centre's own. ``basis`` is the norm of the term (or of the task) with
    its certainty; ``is_own_term`` marks an internal one of this product, which no norm sets.
    ``claim_document`` is the letter that claims it, ``claim_facts`` what that letter is told.
    """

    case_id: RecordId
    key: str
    title: str
    note: str
    pathway: str
    role: str
    by: str
    state: TaskState
    due_at: datetime | None
    is_overdue: bool
    is_urgent: bool
    is_immediate: bool
    has_exact_start: bool
    distance_is_known: bool
    missing: tuple[tuple[str, str], ...]
    basis: str
    certainty: str
    is_own_term: bool
    documents: tuple[str, ...]
    claim_document: str
    claim_facts: tuple[tuple[str, str], ...]
    needs_consent: bool
    reason: str
    until: date | None
    is_decided: bool

    @property
    def is_settled(self) -> bool:
        """Whether nothing is left to do."""
        return self.state in (TaskState.DONE, TaskState.NOT_NEEDED)


@dataclass(frozen=True, slots=True)
class PlanView:
    """The pathways of a case that are open, each with its title, and all tasks in their order."""

    case_id: RecordId
    case_code: str
    pathways: tuple[tuple[str, str], ...]
    tasks: tuple[TaskView, ...]


@act("see_plan", case="case_id")
def plan_view(uow: UnitOfWork, desk: Desk, case_id: RecordId) -> PlanView:
    """Return the plan of a case in words. Reads only. Raises DomainError ``record_unknown``."""
    plan = case_plan(uow, desk, case_id)
    code = uow.records.fields(case_id).get("code")
    return PlanView(
        case_id,
        str(code.value) if code else "",
        tuple((one.id, one.title) for one in plan.pathways),
        tuple(_view(desk, plan, one) for one in plan.tasks),
    )


@act("see_plan", case="case_id", noted=False)
def task_view(uow: UnitOfWork, desk: Desk, case_id: RecordId, key: str) -> TaskView:
    """Return one task in words. Reads only. Raises DomainError ``task_unknown``. That it is refused
    is no attempt: *Hoy* asks it of whichever row of its list has the focus, the first one as soon
    as she enters."""
    plan = case_plan(uow, desk, case_id)
    task = plan.task(key)
    if task is None:
        raise DomainError("task_unknown")
    return _view(desk, plan, task)


def _view(desk: Desk, plan: CasePlan, task: Task) -> TaskView:
    now = datetime.fromtimestamp(desk.clock.now_ms() / 1000, LIMA)
    rule, due, decision = task.rule, task.due, task.decision
    legal = due.rule if due is not None and due.rule.id in desk.definitions.deadlines else None
    source = legal.source if legal else rule.source
    start = due.start if isinstance(due, Due) else None
    title = title_of(rule, task.role, desk.actor.held)
    is_reserved = title != rule.title
    return TaskView(
        case_id=plan.case_id,
        key=task.key,
        title=title,
        note="" if is_reserved else rule.note,
        pathway="" if is_reserved else task.pathway.title,
        role=task.role,
        by=_actor(desk.definitions, rule.actor) if rule.clock is Clock.THIRD_PARTY else "",
        state=task.state,
        due_at=task.due_at,
        is_overdue=task.is_overdue(now),
        is_urgent=task.is_urgent,
        is_immediate=task.is_immediate,
        has_exact_start=start is None or start.moment is None or start.moment.time is not None,
        distance_is_known=not isinstance(due, Due) or due.distance_is_known,
        missing=_missing(desk.definitions, due) if isinstance(due, Unknown) else (),
        basis="" if is_reserved else _basis(legal, source),
        certainty=source.certainty,
        is_own_term=due is not None and legal is None,
        documents=() if is_reserved else rule.documents,
        claim_document=task.claim(now),
        claim_facts=tuple(deadline_facts(due).items()) if isinstance(due, Due) else (),
        needs_consent=rule.needs_consent,
        reason=decision.reason if decision and not is_reserved else "",
        until=decision.until if decision else None,
        is_decided=decision is not None and decision.state is not None,
    )


def _basis(legal: DeadlineRule | None, source: Source) -> str:
    """Return the norm for the screen; nothing for what is not certain: the remarks beside such a
    source are for those who review the data."""
    if legal is not None and legal.basis:
        return legal.basis
    return source.reference if source.certainty == _CERTAIN else ""


def _actor(definitions: Definitions, code: str) -> str:
    catalogue = definitions.catalogues.get(ACTORS)
    return catalogue.label(code) if catalogue else code


def _missing(definitions: Definitions, due: Unknown) -> tuple[tuple[str, str], ...]:
    return tuple((one, _words(definitions, one)) for one in due.missing)


def _words(definitions: Definitions, name: str) -> str:
    if name in _DERIVED_WORDS:
        return _DERIVED_WORDS[name]
    definition = definitions.form(FICHA).get(name)
    if definition is not None:
        return definition.brief
    return definitions.catalogues[EVENTS].label(name)
