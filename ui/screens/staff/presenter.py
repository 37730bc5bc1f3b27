"""The people of the centre at this laptop: who comes, forgets her words, changes, goes. No Qt."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from app.domain.change import RecordId
from app.domain.errors import DomainError, QispiError
from app.domain.folding import fold
from app.services import staff
from app.services.account_ports import NewPerson, PeopleKeys
from app.services.ports import Desk, UnitOfWork
from app.services.staff import Review, StaffMember
from app.services.workplace import StorageRunner

__all__ = ["Found", "Given", "StaffPresenter", "StaffView", "Words"]

T = TypeVar("T")


class Runner(StorageRunner, Protocol):
    """Runs plain work on the storage thread, too: keys are outside of any unit."""

    def ask(
        self,
        work: Callable[[], T],
        done: Callable[[T], None],
        failed: Callable[[QispiError], None],
    ) -> None:
        """Queue work; ``done`` or ``failed`` follows."""


@dataclass(frozen=True, slots=True)
class Words:
    """Words that were shown, and what somebody typed who read them."""

    shown: str = field(repr=False)
    typed: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Found:
    """Everybody, when the roles were reviewed last, and whether this laptop renews the secret of
    its centre (None: it belongs to none)."""

    people: tuple[StaffMember, ...]
    review: Review
    administers: bool | None = None

    @property
    def namesakes(self) -> frozenset[RecordId]:
        """Who of those that did not leave has the name of another of them. Whoever began a laptop
        and already stood in one of the centre is written twice once both are joined."""
        there = [one for one in self.people if not one.left_on]
        names = Counter(fold(one.name) for one in there)
        return frozenset(one.id for one in there if names[fold(one.name)] > 1)


@dataclass(frozen=True, slots=True)
class Given:
    """Somebody has words: her name, and the two letters by which she enters."""

    name: str
    tag: str


class StaffView(Protocol):
    """What the page can show."""

    def show_found(self, found: Found) -> None:
        """Show everybody."""

    def show_words(self, words: str) -> None:
        """Show words that were drawn."""

    def show_busy(self) -> None:
        """A key is being made: it takes a second."""

    def show_given(self, given: Given) -> None:
        """Somebody has a way in."""

    def show_chosen(self) -> None:
        """Whoever works now has words of her own."""

    def show_ended(self, name: str, *, left: bool) -> None:
        """Somebody opens this laptop no longer; ``left``: she left the centre, too."""

    def show_changed(self) -> None:
        """Roles were written."""

    def show_reviewed(self) -> None:
        """Everybody's roles were looked at, and stay."""

    def show_fault(self, fault: QispiError) -> None:
        """Something could not be done; nothing changed."""


class StaffPresenter:
    """The people. GUI thread only; no words are kept in here."""

    def __init__(self, runner: Runner, desk: Desk, people: PeopleKeys, view: StaffView) -> None:
        self._runner = runner
        self._desk = desk
        self._people = people
        self._view = view
        self._is_busy = False

    def look(self) -> None:
        """Show who there is."""
        desk, people = self._desk, self._people

        def found(uow: UnitOfWork) -> Found:
            there = staff.list_staff(uow, desk, people.tags)
            return Found(there, staff.review_of_roles(uow, desk), people.administers)

        self._runner.on_storage(found, self._view.show_found, self._view.show_fault)

    def draw(self) -> None:
        """Draw five words."""
        self._runner.ask(self._people.draw, self._view.show_words, self._view.show_fault)

    def add(self, new: NewPerson, words: Words) -> None:
        """Give a person a way in, and her roles."""
        self._change(
            words,
            lambda: self._people.add(new, words.shown),
            lambda tag: self._view.show_given(Given(new.name, tag)),
        )

    def give_words(self, person: StaffMember, words: Words) -> None:
        """Give whoever forgot her words others."""
        self._change(
            words,
            lambda: self._people.give_words(person.id, words.shown),
            lambda tag: self._view.show_given(Given(person.name, tag)),
        )

    def choose_words(self, current: str, words: Words) -> None:
        """Let whoever works now enter by other words."""
        self._change(
            words,
            lambda: self._people.choose_words(current, words.shown),
            lambda _: self._view.show_chosen(),
        )

    def end(self, person: StaffMember, *, leaves_centre: bool) -> None:
        """Take a person's way in."""
        self._change(
            None,
            lambda: self._people.end(person.id, leaves_centre=leaves_centre),
            lambda _: self._view.show_ended(person.name, left=leaves_centre),
        )

    def set_roles(self, person: StaffMember, service: str, roles: tuple[str, ...]) -> None:
        """Write what a person is."""
        desk = self._desk
        self._runner.on_storage(
            lambda uow: staff.set_roles(uow, desk, person.id, service, roles),
            lambda _: self._shown(self._view.show_changed),
            self._view.show_fault,
        )

    def review(self) -> None:
        """Note that everybody's roles were looked at and are right."""
        desk = self._desk
        self._runner.on_storage(
            lambda uow: staff.review_roles(uow, desk),
            lambda _: self._shown(self._view.show_reviewed),
            self._view.show_fault,
        )

    def _change(
        self, words: Words | None, work: Callable[[], T], done: Callable[[T], None]
    ) -> None:
        if self._is_busy:
            return
        self._is_busy = True
        self._view.show_busy()

        def proved() -> T:
            if words is not None and not self._people.confirms(words.shown, words.typed):
                raise DomainError("people_words_differ")
            return work()

        def finished(answer: T) -> None:
            self._is_busy = False
            done(answer)
            self.look()

        def failed(fault: QispiError) -> None:
            self._is_busy = False
            self._view.show_fault(fault)
            self.look()

        self._runner.ask(proved, finished, failed)

    def _shown(self, show: Callable[[], None]) -> None:
        show()
        self.look()
