"""What people may decide about a task, and how each is carried out. No Qt."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from app.domain.change import RecordId
from app.domain.errors import QispiError
from app.services import tasks
from app.services.ports import Desk, UnitOfWork
from app.services.task_view import TaskView, task_view
from app.services.workplace import StorageRunner

__all__ = ["Choice", "Decision", "Decisions"]


class Choice(enum.Enum):
    """What was chosen."""

    DONE = "done"
    POSTPONE = "postpone"
    ASSIGN = "assign"
    NO_PROFESSIONAL = "no_professional"
    NOT_NEEDED = "not_needed"
    REOPEN = "reopen"


@dataclass(frozen=True, slots=True)
class Decision:
    """A choice with what it wants: a day, a reason, a role; the others are not looked at."""

    choice: Choice
    day: date
    reason: str = ""
    role: str = ""


class Decisions:
    """Carries decisions out on the storage thread. GUI thread only."""

    def __init__(
        self,
        runner: StorageRunner,
        desk: Desk,
        decided: Callable[[RecordId, str], None],
        refused: Callable[[QispiError, str, TaskView], None],
        failed: Callable[[QispiError], None],
    ) -> None:
        """``decided`` is told the case and the key of the task; ``refused`` the number of its case
        and the task, for another one may show by then; ``failed`` is of what could not be read."""
        self._runner = runner
        self._desk = desk
        self._decided = decided
        self._refused = refused
        self._failed = failed

    def look(self, case_id: RecordId, key: str, done: Callable[[TaskView | None], None]) -> None:
        """Ask for a task in words. Of a case that is not hers who looks, the list says that there
        is one, and ``done`` is told None; that it is closed is said when she wants more of it, not
        at each row."""

        def failed(fault: QispiError) -> None:
            if fault.message_id == "access_reason":
                done(None)
            else:
                self._failed(fault)

        self._runner.on_storage(lambda uow: task_view(uow, self._desk, case_id, key), done, failed)

    def decide(self, task: TaskView, code: str, decision: Decision) -> None:
        """Carry out a decision about a task of the case of this number."""
        case_id, key = task.case_id, task.key

        def work(uow: UnitOfWork) -> None:
            _carry_out(uow, self._desk, case_id, key, decision)

        self._runner.on_storage(
            work,
            lambda _: self._decided(case_id, key),
            lambda fault: self._refused(fault, code, task),
        )


def _carry_out(uow: UnitOfWork, desk: Desk, case_id: RecordId, key: str, one: Decision) -> None:
    match one.choice:
        case Choice.DONE:
            tasks.mark_done(uow, desk, case_id, key, one.day)
        case Choice.POSTPONE:
            tasks.postpone(uow, desk, case_id, key, one.day, one.reason)
        case Choice.ASSIGN:
            tasks.assign(uow, desk, case_id, key, one.role)
        case Choice.NO_PROFESSIONAL:
            tasks.no_professional(uow, desk, case_id, key, one.reason)
        case Choice.NOT_NEEDED:
            tasks.not_needed(uow, desk, case_id, key, one.reason)
        case Choice.REOPEN:
            tasks.reopen(uow, desk, case_id, key, one.reason)
