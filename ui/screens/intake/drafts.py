"""What is typed of somebody before she has a ficha, and what was typed so of others. No Qt.

What the disk has is asked for when the page opens, and somebody may type before it answers: what
she types is of whoever is in front of her, and what was kept is of somebody else. Nothing is
written over it before it is known; then both are kept, and the other is offered.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping, Sequence
from typing import Final, Protocol

from app.domain.errors import QispiError
from app.domain.value import Value
from app.services import intake
from app.services.forms import FICHA
from app.services.ports import Desk
from app.services.workplace import StorageRunner

__all__ = ["DraftView", "IntakeDrafts", "Wanted"]

_NAME: Final = ("names", "surname_1", "surname_2")


class Wanted(enum.Enum):
    """What was wanted, and is not done by itself once the disk takes it again."""

    FICHA = "ficha"
    FORGET = "forget"
    SEARCH = "search"


class DraftView(Protocol):
    """What shows of drafts."""

    def show_typed(self, typed: Mapping[str, Value], *, is_recovered: bool) -> None:
        """Show what stands in the fields."""

    def show_others(self, others: Sequence[str]) -> None:
        """Offer what was typed of others before, of whom no ficha was opened: their names, as far
        as they were typed."""

    def show_kept(self) -> None:
        """What is typed is on the disk."""

    def show_not_kept(self, fault: QispiError) -> None:
        """What is typed is not on the disk; the next save takes it along."""

    def show_not_done(self, fault: QispiError, wanted: Wanted) -> None:
        """What was wanted was not done; nothing of it is later by itself."""

    def show_fault(self, fault: QispiError) -> None:
        """Something could not be read."""


class IntakeDrafts:
    """The draft in the fields and those beside it. GUI thread only."""

    def __init__(
        self, runner: StorageRunner, desk: Desk, view: DraftView, shown: Callable[[], None]
    ) -> None:
        """``shown`` is called behind whatever came into the fields."""
        self._runner = runner
        self._desk = desk
        self._view = view
        self._shown = shown
        self.typed: dict[str, Value] = {}
        self.others: tuple[Mapping[str, Value], ...] = ()
        self.is_kept = True
        self._begun = 0
        """Counts who came in: what is read for somebody before is read anew."""
        self._has_read = False
        self._is_reading = False
        self._waiting: tuple[Callable[[], None], Callable[[QispiError], None]] | None = None

    def open(self) -> None:
        """Begin, or go on with what was typed before a lock or a power cut."""
        if self.typed or not self.is_kept:
            self._show()
            return
        self._has_read, self.others = False, ()
        self._show_others()  # who waits is not known yet
        self._read()

    def once_read(self, then: Callable[[], None], failed: Callable[[QispiError], None]) -> None:
        """Go on once it is known what was kept before, and what is typed would not be lost with
        it."""
        if self._has_read:
            then()
            return
        self._waiting = (then, failed)
        self._read()

    def type(self, field_id: str, value: Value) -> None:
        """Something was typed; nothing is asked of the disk yet."""
        if value is None or value == "":
            self.typed.pop(field_id, None)
        else:
            self.typed[field_id] = value
        self.is_kept = False

    def keep(self) -> None:
        """Keep what is typed, for after a lock or a power cut."""
        if self.is_kept:
            return
        if not self._has_read:
            self._read()
            return
        self.is_kept = True
        typed, others = dict(self.typed), self.others

        def failed(fault: QispiError) -> None:
            self.is_kept = False
            self._view.show_not_kept(fault)

        self._runner.on_storage(
            lambda uow: intake.keep_draft(uow, self._desk, typed, others),
            lambda _: self._view.show_kept(),
            failed,
        )

    def clear(self) -> None:
        """Begin anew, with nothing in the fields."""
        self._begun += 1
        self.typed = {}
        self.is_kept = True

    def forget(self) -> None:
        """Let nothing stay of whoever is in the fields; what was typed of others does."""
        self.clear()
        if not self._has_read:  # nothing of her was written yet
            return
        others = self.others
        self._runner.on_storage(
            lambda uow: intake.keep_draft(uow, self._desk, None, others),
            lambda _: None,
            lambda fault: self._view.show_not_done(fault, Wanted.FORGET),
        )

    def put_aside(self) -> None:
        """Begin with nothing in the fields; who was in them waits her turn."""
        if self.typed:
            self.others = (*self.others, self.typed)
        self.clear()
        self.is_kept = False
        self.keep()
        self._show()

    def go_to_other(self) -> None:
        """Go on with the first of the others, if there is one; who was in the fields waits her
        turn."""
        if not self.others:
            return
        first, *others = self.others
        if self.typed:
            others.append(self.typed)
        self.clear()
        self.typed, self.others = dict(first), tuple(others)
        self.is_kept = False
        self.keep()
        self._show()

    def _read(self) -> None:
        if self._is_reading:
            return
        self._is_reading, begun = True, self._begun

        def found(kept: intake.Draft) -> None:
            self._is_reading = False
            if begun != self._begun:
                self._read()
                return
            self._has_read = True
            typed, *others = map(self._known, (kept.typed, *kept.others))
            if self.typed or self.others or self._waiting:
                beside = (one for one in (typed, *others) if one and one != self.typed)
                self.others = (*beside, *self.others)
                self.is_kept = False
                self.keep()
                self._show_others()
            else:
                self.typed, self.others = typed, tuple(one for one in others if one)
                self._show()
            waiting, self._waiting = self._waiting, None
            if waiting:
                waiting[0]()

        def failed(fault: QispiError) -> None:
            self._is_reading = False
            waiting, self._waiting = self._waiting, None
            told = self._view.show_fault if self.is_kept else self._view.show_not_kept
            (waiting[1] if waiting else told)(fault)

        self._runner.on_storage(lambda uow: intake.draft(uow, self._desk), found, failed)

    def _known(self, typed: Mapping[str, Value]) -> dict[str, Value]:
        """Return what the form of now asks."""
        form = self._desk.definitions.form(FICHA)
        return {name: value for name, value in typed.items() if form.get(name) is not None}

    def _show(self) -> None:
        self._view.show_typed(self.typed, is_recovered=bool(self.typed))
        self._show_others()
        self._shown()

    def _show_others(self) -> None:
        self._view.show_others([_name_of(one) for one in self.others])


def _name_of(typed: Mapping[str, Value]) -> str:
    parts = (typed.get(one) for one in _NAME)
    return " ".join(one for one in parts if isinstance(one, str))
