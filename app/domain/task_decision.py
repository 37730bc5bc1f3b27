"""What people decide about the tasks that a plan proposes: done, handed on, postponed, reopened.

A decision never moves a term: a postponed task keeps its due time, and comes back when the day
to which it was put off has come or its own time has run out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from app.domain.facts import LIMA
from app.domain.pathway import Task, TaskDecision, TaskState

__all__ = ["TaskDecision", "apply", "fault", "settled"]


def fault(decision: TaskDecision) -> str | None:
    """Return the message id of what is missing before this may be decided, or None.

    Postponing wants a reason and a day; *no professional available*, *not needed* and opening
    again want a reason, because a legal term may run on.
    """
    if decision.state is TaskState.POSTPONED and decision.until is None:
        return "task_needs_day"
    wants = (TaskState.POSTPONED, TaskState.NO_PROFESSIONAL, TaskState.NOT_NEEDED, TaskState.OPEN)
    if decision.state in wants and not decision.reason.strip():
        return "task_needs_reason"
    return None


def settled(decisions: Iterable[TaskDecision]) -> Mapping[str, datetime]:
    """Return the tasks that people declared done or not needed, by key, with the time: what
    :func:`app.domain.planning.plan` has to know to go on to the next repetition. Of two decisions
    on one task the later in the sequence counts."""
    closed = (TaskState.DONE, TaskState.NOT_NEEDED)
    latest = {one.key: one for one in decisions}
    return {
        key: one.at for key, one in latest.items() if one.state in closed and one.at is not None
    }


def apply(
    tasks: Sequence[Task], decisions: Iterable[TaskDecision], now: datetime
) -> tuple[Task, ...]:
    """Return the tasks with what people decided about them; of two decisions on one task the later
    in the sequence counts. A decision on a task that is not proposed (any more) changes nothing.

    ``now`` has a time zone.
    """
    by_key = {one.key: one for one in decisions}
    return tuple(
        _decided(task, by_key[task.key], now) if task.key in by_key else task for task in tasks
    )


def _decided(task: Task, decision: TaskDecision, now: datetime) -> Task:
    role = decision.role or task.role
    state = decision.state
    if state is None or (state is TaskState.POSTPONED and _is_back(task, decision, now)):
        state = task.state
    elif task.is_settled and state in (TaskState.POSTPONED, TaskState.NO_PROFESSIONAL):
        state = task.state  # the facts did meanwhile what was put off
    return replace(task, state=state, role=role, decision=decision)


def _is_back(task: Task, decision: TaskDecision, now: datetime) -> bool:
    today = now.astimezone(LIMA).date()
    return decision.until is None or decision.until <= today or task.is_overdue(now)
