"""Which tasks the agenda shows, and what is decided about the chosen one. No Qt."""

from __future__ import annotations

from typing import Final, Protocol

from app.domain.change import RecordId
from app.domain.errors import QispiError
from app.services import handover
from app.services.agenda import Agenda, agenda
from app.services.handover import Handover
from app.services.ports import Desk, UnitOfWork
from app.services.task_view import TaskView
from app.services.work_ports import AgendaCounts, AgendaFilter
from app.services.workplace import StorageRunner
from ui.screens.today.decisions import Decision, Decisions

__all__ = ["TodayPresenter", "TodayView"]

HANDOVERS_SHOWN: Final = 5


class TodayView(Protocol):
    """What the page can show."""

    def show_agenda(self, found: Agenda) -> None:
        """Show this page of the agenda."""

    def show_counts(self, counts: AgendaCounts) -> None:
        """Tell how much presses, while another page shows."""

    def show_task(self, task: TaskView | None) -> None:
        """Show the chosen task in words; None: it is closed to who looks."""

    def show_handovers(self, found: tuple[Handover, ...]) -> None:
        """Show the latest hand-overs, the newest first."""

    def show_given(self) -> None:
        """A shift was handed over."""

    def show_decided(self, case_id: RecordId, key: str) -> None:
        """A decision about this task is on the disk."""

    def show_not_decided(self, fault: QispiError, code: str, task: TaskView) -> None:
        """A decision about this task of the case of this number was refused."""

    def show_fault(self, fault: QispiError) -> None:
        """Something could not be done."""


class TodayPresenter:
    """Decides what the agenda shows. GUI thread only."""

    def __init__(self, runner: StorageRunner, desk: Desk, view: TodayView) -> None:
        self._runner = runner
        self._desk = desk
        self._view = view
        self._decisions = Decisions(runner, desk, self._decided, self._refused, view.show_fault)
        self._role: str | None = None
        self._is_looking = False
        self._is_stale = False
        self._wanted: tuple[RecordId, str] | None = None
        self._is_giving = False

    @property
    def own_role(self) -> str:
        """The role of who works now."""
        return self._desk.actor.role

    @property
    def is_only_mine(self) -> bool:
        """Whether only the tasks of that role (and of the whole team) show."""
        return self._role is not None

    def show_only_mine(self, only: bool) -> None:
        """Show the tasks of this person's service, or those of everybody."""
        self._role = self.own_role if only else None
        self.look()

    def look(self) -> None:
        """Ask the disk; while cases are still to be worked out, ask again."""
        if self._is_looking:
            self._is_stale = True
            return
        self._is_looking, self._is_stale = True, False
        filter = AgendaFilter(self._role)
        self._runner.on_storage(
            lambda uow: agenda(uow, self._desk, filter), self._found, self._failed
        )

    def count(self) -> None:
        """Ask only how much presses, for whoever works on another page."""
        if self._is_looking:
            return
        filter = AgendaFilter(self._role)
        self._runner.on_storage(
            lambda uow: agenda(uow, self._desk, filter, limit=0),
            lambda found: self._view.show_counts(found.counts),
            self._view.show_fault,
        )

    def choose(self, case_id: RecordId, key: str) -> None:
        """Ask for the chosen task in words."""
        wanted = self._wanted = (case_id, key)

        def looked(task: TaskView | None) -> None:
            if wanted == self._wanted:
                self._view.show_task(task)

        self._decisions.look(case_id, key, looked)

    def decide(self, task: TaskView, code: str, decision: Decision) -> None:
        """Carry out a decision about a task of the case of this number."""
        self._decisions.decide(task, code, decision)

    def look_at_handovers(self) -> None:
        """Ask for the latest hand-overs."""
        self._runner.on_storage(
            lambda uow: handover.handovers(uow, HANDOVERS_SHOWN),
            self._view.show_handovers,
            self._view.show_fault,
        )

    def give(self, shift: str, note: str) -> None:
        """Hand over what is open now. Once, however often it is pressed."""
        if self._is_giving:
            return
        self._is_giving = True

        def work(uow: UnitOfWork) -> tuple[Handover, ...]:
            handover.give(uow, self._desk, shift=shift, note=note)
            return handover.handovers(uow, HANDOVERS_SHOWN)

        def given(found: tuple[Handover, ...]) -> None:
            self._is_giving = False
            self._view.show_given()
            self._view.show_handovers(found)

        def refused(fault: QispiError) -> None:
            self._is_giving = False
            self._view.show_fault(fault)

        self._runner.on_storage(work, given, refused)

    def take(self, record_id: RecordId) -> None:
        """Take a hand-over."""

        def work(uow: UnitOfWork) -> tuple[Handover, ...]:
            handover.take(uow, self._desk, record_id)
            return handover.handovers(uow, HANDOVERS_SHOWN)

        self._runner.on_storage(work, self._view.show_handovers, self._view.show_fault)

    def _found(self, found: Agenda) -> None:
        self._is_looking = False
        self._view.show_agenda(found)
        if self._is_stale or found.stale:
            self.look()

    def _failed(self, fault: QispiError) -> None:
        self._is_looking = False
        self._view.show_fault(fault)

    def _decided(self, case_id: RecordId, key: str) -> None:
        self._view.show_decided(case_id, key)
        self.look()

    def _refused(self, fault: QispiError, code: str, task: TaskView) -> None:
        self._view.show_not_decided(fault, code, task)
        if fault.message_id == "task_unknown":
            self.look()  # it is not to be decided about again
