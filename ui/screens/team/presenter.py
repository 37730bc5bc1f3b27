"""Who attends a case, who may not know of it, and the door for whoever says why. No Qt."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from app.domain.change import RecordId
from app.domain.errors import DomainError, QispiError
from app.services import teams
from app.services.ports import Desk, UnitOfWork
from app.services.teams import CasePeople
from app.services.workplace import StorageRunner

__all__ = ["TeamPresenter", "TeamView"]


class TeamView(Protocol):
    """What the page can show."""

    def show_nothing(self) -> None:
        """Another case is on its way: nothing of the one before can be written."""

    def show_people(self, found: CasePeople) -> None:
        """Show who attends the case, and what of it opens with a reason."""

    def show_done(self) -> None:
        """What was asked for is on the disk."""

    def show_closed(self) -> None:
        """To who works now the case is not there any more: there is nothing of it to show."""

    def show_opened(self) -> None:
        """What opens with a reason is open now."""

    def show_done_elsewhere(self) -> None:
        """What was asked for in a case that shows no more is on the disk."""

    def show_fault(self, fault: QispiError) -> None:
        """Something could not be done."""

    def show_not_done(self, fault: QispiError, code: str, *, shows: bool) -> None:
        """What was asked for in the case of this number was refused; ``shows``: it is still the one
        on the page."""


class TeamPresenter:
    """The people of one case. GUI thread only."""

    def __init__(self, runner: StorageRunner, desk: Desk, view: TeamView) -> None:
        self._runner = runner
        self._desk = desk
        self._view = view
        self.case_id: RecordId | None = None
        self._code = ""
        self._opens_urgent = False

    def open(self, case_id: RecordId) -> None:
        """Show the people of a case."""
        if case_id != self.case_id:
            self._code, self._opens_urgent = "", False
            self._view.show_nothing()
        self.case_id = case_id
        self.look()

    def look(self) -> None:
        """Ask the disk."""
        case_id = self.case_id
        if case_id is None:
            return

        def found(people: CasePeople) -> None:
            if people.case_id == self.case_id:
                self._code, self._opens_urgent = people.code, people.opens_urgent
                self._view.show_people(people)

        def failed(fault: QispiError) -> None:
            if case_id == self.case_id:
                self._view.show_fault(fault)

        self._runner.on_storage(
            lambda uow: teams.people_of(uow, self._desk, case_id), found, failed
        )

    def set_team(self, team: Sequence[RecordId], responsible: RecordId | None) -> None:
        """Write who attends the case, and who answers for it."""
        self._do(lambda uow, case_id: teams.set_team(uow, self._desk, case_id, team, responsible))

    def reserve(self, is_reserved: bool) -> None:
        """Put the case in reserve, or take it out."""
        work = teams.reserve if is_reserved else teams.open_reserve
        self._do(lambda uow, case_id: work(uow, self._desk, case_id))

    def block(self, person: RecordId, is_blocked: bool) -> None:
        """Keep somebody from the case, or let her know of it again."""
        work = teams.block if is_blocked else teams.lift_block
        closes = is_blocked and person == RecordId(self._desk.actor.id)
        self._do(
            lambda uow, case_id: work(uow, self._desk, case_id, person),
            self._close if closes else None,
        )

    def ask(self, acts: Sequence[str], reason: str) -> None:
        """Go in, and say why. What cannot wait opens with the reason alone."""
        if reason.strip() and not acts and not self._opens_urgent:
            self._view.show_fault(DomainError("access_nothing_ticked"))
            return
        self._do(
            lambda uow, case_id: teams.open_access(uow, self._desk, case_id, acts, reason),
            self._view.show_opened,
        )

    def _close(self) -> None:
        self.case_id = None
        self._view.show_closed()

    def _do(
        self,
        work: Callable[[UnitOfWork, RecordId], None],
        then: Callable[[], None] | None = None,
    ) -> None:
        case_id, code = self.case_id, self._code
        if case_id is None:
            return

        def done(_: None) -> None:
            if case_id != self.case_id:  # she is at another case by now
                self._view.show_done_elsewhere()
                return
            (then or self._view.show_done)()
            self.look()

        def failed(fault: QispiError) -> None:
            self._view.show_not_done(fault, code, shows=case_id == self.case_id)

        self._runner.on_storage(lambda uow: work(uow, case_id), done, failed)
