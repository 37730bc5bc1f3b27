"""The tasks of one case: which show, and what is decided about the chosen one. No Qt."""

from __future__ import annotations

import math
from typing import Protocol

from app.domain.change import RecordId
from app.domain.errors import QispiError
from app.services.ports import Desk
from app.services.task_view import PlanView, TaskView, plan_view
from app.services.workplace import StorageRunner
from ui.screens.today.decisions import Decision, Decisions

__all__ = ["CasePlanView", "PlanPresenter"]


class CasePlanView(Protocol):
    """What the page can show."""

    def show_nothing(self) -> None:
        """Another case is on its way: nothing of the one before can be decided."""

    def show_plan(self, plan: PlanView, shown: tuple[TaskView, ...]) -> None:
        """Show these tasks of the plan of a case."""

    def show_decided(self, case_id: RecordId, key: str) -> None:
        """A decision about this task is on the disk."""

    def show_not_decided(self, fault: QispiError, code: str, task: TaskView) -> None:
        """A decision about this task of the case of this number was refused."""

    def show_fault(self, fault: QispiError) -> None:
        """Something could not be done."""


class PlanPresenter:
    """The plan of one case. GUI thread only."""

    def __init__(self, runner: StorageRunner, desk: Desk, view: CasePlanView) -> None:
        self._runner = runner
        self._desk = desk
        self._view = view
        self._decisions = Decisions(runner, desk, self._decided, self._refused, view.show_fault)
        self._plan: PlanView | None = None
        self._shows_settled = False
        self.case_id: RecordId | None = None

    @property
    def shows_settled(self) -> bool:
        """Whether what is done or not needed shows, too."""
        return self._shows_settled

    def open(self, case_id: RecordId) -> None:
        """Show the plan of a case."""
        if case_id != self.case_id:
            self._plan = None
            self._view.show_nothing()
        self.case_id = case_id
        self.look()

    def show_settled(self, shows: bool) -> None:
        """Show also what is done or not needed, or no more."""
        self._shows_settled = shows
        self._show()

    def look(self) -> None:
        """Ask the disk."""
        case_id = self.case_id
        if case_id is None:
            return

        def failed(fault: QispiError) -> None:
            if case_id == self.case_id:
                self._view.show_fault(fault)

        self._runner.on_storage(
            lambda uow: plan_view(uow, self._desk, case_id), self._found, failed
        )

    def decide(self, task: TaskView, decision: Decision) -> None:
        """Carry out a decision about a task that shows."""
        code = self._plan.case_code if self._plan is not None else ""
        self._decisions.decide(task, code, decision)

    def _found(self, plan: PlanView) -> None:
        if plan.case_id == self.case_id:
            self._plan = plan
            self._show()

    def _show(self) -> None:
        if self._plan is None:
            return
        shown = [one for one in self._plan.tasks if self._shows_settled or not one.is_settled]
        self._view.show_plan(self._plan, tuple(sorted(shown, key=_press)))

    def _decided(self, case_id: RecordId, key: str) -> None:
        self._view.show_decided(case_id, key)
        self.look()

    def _refused(self, fault: QispiError, code: str, task: TaskView) -> None:
        self._view.show_not_decided(fault, code, task)
        if fault.message_id == "task_unknown":
            self.look()  # it is not to be decided about again


def _press(task: TaskView) -> tuple[int, float]:
    """Sort as the agenda does: what ran out first, then what presses, then by term; what is
    settled at the end. What presses alike stays in the order of the pathways."""
    due = math.inf if task.due_at is None else task.due_at.timestamp()
    if task.is_settled:
        return (4, 0)
    if task.is_overdue:
        return (0, due)
    if task.is_urgent:
        return (1, 0)
    return (2, due) if task.due_at is not None else (3, 0)
