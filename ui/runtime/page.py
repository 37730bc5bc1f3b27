"""What a page of the shell is, and what it is given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from app.domain.change import RecordId
from app.i18n import N_
from app.services import access, casework, people, teams, whereabouts
from app.services.form_models import Closed
from app.services.messages import sentence
from app.services.ports import UnitOfWork
from app.services.whereabouts_ports import Whereabouts
from app.services.workplace import Workplace
from ui.runtime.damage import Damage
from ui.runtime.task_runner import TaskRunner
from ui.runtime.text import Texts

__all__ = ["Page", "ScreenContext", "ShowsPerson"]

_OPEN, _ENTER = "open_file", "enter"
"""The acts that whoever reads a case may do, and whoever works here."""

T = TypeVar("T")


class ShowsPerson(Protocol):
    """What says whose case a page is about."""

    def show_person(self, words: str) -> None:
        """Show these initials, or the name that she wants on screens."""

    def show_place(self, place: Whereabouts | None) -> None:
        """Show where the case is; None while it is not known."""

    def show_came(self, count: int) -> None:
        """Show how often somebody who is not of its team came into the case lately."""

    def show_doubled(self, number: str) -> None:
        """Show that another case bears this number, too; empty: none does."""


@dataclass(frozen=True, slots=True)
class ScreenContext:
    """Everything a page may use."""

    workplace: Workplace
    runner: TaskRunner
    texts: Texts
    records_changed: Callable[[], None]
    """Tell every page that records changed (a sync, a settled conflict)."""
    sync_now: Callable[[], None]
    """Begin a synchronisation, or let the one that goes on be; it is in sight on its own page."""
    damage: Damage = field(default_factory=Damage)


class Page(QWidget):
    """One page of the shell.

    Signals:
        navigate: she goes to another page: its name, and the keyword arguments of its ``open``.
        led: an answer takes her there: what stood on the way was not seen by that.
        leaves: the case that showed shows no more: what is said of it needs its number from now on.
        saved: a commit returned; carries the wall time in ms.
        typing: something stands on the screen that is not on the disk yet.
        not_saved: the disk refused; carries the sentence, or nothing: what it refused can be saved
            no more, and waits no longer.
        failed: something else could not be done; carries the sentence.
        begun: it is being tried again, or something else is: what failed before is over. Said when
            she presses, never when it is answered: by then something else may have failed.
        lock_wanted: the laptop is to be locked now.
        closing_wanted: it is to be closed until two recovery sheets open it.
    """

    navigate = Signal(str, dict)
    led = Signal(str, dict)
    leaves = Signal()
    saved = Signal(object)
    typing = Signal()
    not_saved = Signal(str)
    failed = Signal(str)
    begun = Signal()
    lock_wanted = Signal()
    closing_wanted = Signal()

    def __init__(self, context: ScreenContext) -> None:
        super().__init__()
        self.setObjectName("page")
        self.context = context
        self.texts = context.texts
        self._named: tuple[ShowsPerson, RecordId] | None = None
        self._shows_file = self._was_open = False
        self._numbers: dict[RecordId, str] = {}
        """Of the cases that showed here."""
        self.saved.connect(self.look_where)
        self.not_saved.connect(self.look_where)  # it may be closed to her by now

    def open(self, **arguments: object) -> None:
        """Show the page; ``arguments`` say what of."""
        del arguments

    @property
    def first_stop(self) -> QWidget | None:
        """Where the keyboard begins when the page is opened; None when the page sees to it, or
        leaves the focus where it is."""
        return None

    def name_case(self, bar: ShowsPerson, case_id: RecordId, *, shows_file: bool = True) -> None:
        """Show the initials of the person of a case in its bar, for a code alone is soon mistaken;
        where the case is; and whether another one bears its number. That somebody sees her file
        is noted, whatever page of it; of one that stands behind another page nobody does."""
        self.name_nobody(bar)
        self._named = (bar, case_id)
        self._shows_file = shows_file
        desk = self.context.workplace.desk
        self._learn_of(case_id, lambda uow: casework.number_of(uow, case_id), self._note_number)
        self._learn_of(case_id, lambda uow: people.initials_of_case(uow, case_id), bar.show_person)
        self._learn_of(case_id, lambda uow: teams.count_came(uow, desk, case_id), bar.show_came)
        if shows_file and self.isVisible():
            self.learn(lambda uow: casework.note_view(uow, desk, case_id), lambda _: None)
        self.look_where()

    def name_nobody(self, bar: ShowsPerson) -> None:
        """Another case is on its way: let the bar name neither of both."""
        self.leaves.emit()
        self._named = None
        self._was_open = False
        bar.show_person("")
        bar.show_place(None)
        bar.show_doubled("")
        bar.show_came(0)

    @property
    def named(self) -> RecordId | None:
        """The case that the bar of the page names; None while it names none."""
        return None if self._named is None else self._named[1]

    def of_case(self, said: str) -> str:
        """Return what is said on this page with the number of the case that shows first, for where
        it does not show; what begins with that of a case, this one or the one before, stays."""
        number = self._numbers.get(self.named or RecordId(""), "")
        is_named = any(said.startswith(f"{one} · ") for one in self._numbers.values() if one)
        return f"{number} · {said}" if number and not is_named else said

    def _note_number(self, number: str) -> None:
        if self.named is not None:
            self._numbers[self.named] = number

    def look_where(self) -> None:
        """Something was saved, sent or received: show anew where the case is, and whether another
        one bears its number; one that was closed to who looks meanwhile goes from the screen."""
        if self._named is None:
            return
        bar, case_id = self._named
        desk, laptops = self.context.workplace.desk, self.context.workplace.laptops

        def look(uow: UnitOfWork) -> tuple[Whereabouts, str]:
            place = whereabouts.of_case(uow, laptops, case_id)
            return place, casework.doubled_number(uow, case_id)

        def answered(found: tuple[Whereabouts, str]) -> None:
            bar.show_place(found[0])
            bar.show_doubled(found[1])

        def closed(uow: UnitOfWork) -> Closed | None:
            # Whoever left is kept out by the window, which tells what she had not saved.
            has_left = access.may(uow, desk, _ENTER) is not None
            return None if has_left else access.may(uow, desk, _OPEN, case_id)

        self._learn_of(case_id, closed, self._leave_closed)
        self._learn_of(case_id, look, answered)

    def _leave_closed(self, closed: Closed | None) -> None:
        """Leave a case of which less is open than was, for the door or for the list. What could
        not be saved of it would bring it back to the screen, also from behind another page."""
        is_left = self._was_open or self.is_busy
        self._was_open = closed is None
        if closed is None or not is_left or self._named is None:
            return
        bar, case_id = self._named
        if closed.may_ask:
            if self._shows_file:
                self.lead("team", {"case_id": case_id})
            return
        said = [sentence("record_unknown", {}, self.texts)]
        if self.is_busy:
            said.append(self.texts(N_("Lo último que escribió no se guardó.")))
        was_busy = self.is_busy
        is_told = was_busy or self.isVisible()
        told = self.of_case(" ".join(said))
        self.name_nobody(bar)
        self.let_go()
        if was_busy:
            self.not_saved.emit("")
        self.lead("cases", {})
        if is_told:
            self.failed.emit(told)

    def lead(self, name: str, arguments: dict[str, object]) -> None:
        """Go on to another page, as an answer: one that comes once somebody went elsewhere takes
        her nowhere."""
        if self.isVisible():
            self.led.emit(name, arguments)

    def let_go(self) -> None:
        """The case that shows is closed to who looks: keep nothing of it, nor what was typed and
        can be saved no more. Kept, it would hold up the next case."""

    def learn(self, work: Callable[[UnitOfWork], T], answered: Callable[[T], None]) -> None:
        """Ask the disk for something that is good to know and nobody's trouble when it does not
        come: a page that is gone meanwhile takes no late answer."""

        def take(answer: T) -> None:
            if isValid(self):
                answered(answer)

        self.context.runner.on_storage(work, take, lambda _: None)

    def _learn_of(
        self,
        case_id: RecordId,
        work: Callable[[UnitOfWork], T],
        answered: Callable[[T], None],
    ) -> None:
        """Learn something of the case that the bar names, while it names it."""

        def take(answer: T) -> None:
            if self.named == case_id:
                answered(answer)

        self.learn(work, take)

    def flush(self) -> None:
        """Commit what is typed and not saved yet: the page may go away now."""

    @property
    def is_busy(self) -> bool:
        """Whether something on the screen is not on the disk."""
        return False

    def refresh(self) -> None:
        """Records changed elsewhere: show what is true now, and keep what is being typed."""
