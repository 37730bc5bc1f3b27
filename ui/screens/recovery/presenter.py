"""Two sheets, who is there, five new words: then the laptop opens. No Qt, no key.

Where there is no laptop yet, it is made of a backup that the two sheets open.

The rows and the words are with the widgets that show them; here is only what was found right.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol, TypeVar

from app.domain.errors import DomainError, QispiError
from app.services.account_ports import NewPerson
from app.services.backup_ports import BackupProgress
from app.services.sheet_ports import Rows
from app.services.staff import StaffMember
from app.services.workplace import Door, Workplace

__all__ = ["RecoveryPresenter", "RecoveryView", "StorageThread"]

T = TypeVar("T")


class StorageThread(Protocol):
    """Runs plain work on the storage thread and answers on the GUI thread."""

    def ask(
        self,
        work: Callable[[], T],
        done: Callable[[T], None],
        failed: Callable[[QispiError], None],
    ) -> None:
        """Queue work; ``done`` or ``failed`` follows."""


class RecoveryView(Protocol):
    """What the page can show."""

    def show_sheets(self, set_name: str) -> None:
        """Ask for two sheets of this set."""

    def show_none(self, fault: QispiError) -> None:
        """No sheets open this laptop: say why."""

    def show_busy(self) -> None:
        """Something takes a second."""

    def show_making(self, progress: BackupProgress) -> None:
        """The laptop is being made of a backup: how far that is."""

    def show_people(self, people: Sequence[StaffMember]) -> None:
        """The sheets open it: ask who is there, and show her words."""

    def show_words(self, words: str) -> None:
        """Show the words that she shall have."""

    def show_refusal(self, fault: QispiError) -> None:
        """It did not work: say why, and let the person try again at once."""

    def show_left(self, *, is_made: bool) -> None:
        """Nobody goes on; whether the laptop was made of the backup."""

    def enter(self, workplace: Workplace) -> None:
        """It is open."""


class RecoveryPresenter:
    """The way in by two sheets. GUI thread only."""

    def __init__(self, storage: StorageThread, door: Door, view: RecoveryView) -> None:
        self._storage = storage
        self._door = door
        self._view = view
        self._sheets = door.sheets
        self._rows: tuple[Rows, Rows] | None = None
        self._is_busy = False
        self._asked = 0
        """Rises when somebody goes back: what answers later is told nobody."""

    @property
    def is_trying(self) -> bool:
        """Whether two sheets are tried: the key may be in this process, or come."""
        return self._is_busy

    def start(self, place: Path | None = None) -> None:
        """Look which set opens this laptop, or the backup at a place."""
        self._rows = None
        view, door = self._view, self._door
        self._sheets = door.sheets if place is None else door.sheets_of(place, view.show_making)
        self._ask(self._sheets.set_name, view.show_sheets, view.show_none)

    def forget(self) -> None:
        """Keep nothing of what was typed, nor of what still answers."""
        self._asked += 1
        self.forget_told()
        self._rows = None
        self._is_busy = False

    def forget_told(self) -> None:
        """What was told of a backup does not show any more: nobody agrees to it by going on."""
        self._door.forget_told()

    def look_whether_made(self) -> None:
        """Nobody goes on: look whether the laptop is there."""
        self._ask(
            self._door.is_set_up,
            lambda is_made: self._view.show_left(is_made=is_made),
            self._refused,
        )

    def look(self, one: Rows, other: Rows, *, is_agreed: bool = False) -> None:
        """Try two sheets; that they were used is noted. ``is_agreed``: the laptop may be made of
        the backup that was just told, though others are passed over for it; whoever only tries
        again is told anew."""
        if self._is_busy:
            return
        if not is_agreed:
            self.forget_told()

        def found(people: tuple[StaffMember, ...]) -> None:
            self._is_busy = False
            self._rows = (one, other)
            self._view.show_people(people)
            self.draw()

        asked = self._asked

        def look() -> tuple[StaffMember, ...]:
            # Nobody is there any more: no key comes into this process.
            return self._sheets.look(one, other) if asked == self._asked else ()

        self._begin()
        self._ask(look, found, self._refused)

    def draw(self) -> None:
        """Draw five words."""
        self._ask(self._sheets.draw, self._view.show_words, self._refused)

    def enter(self, who: NewPerson | None, words: str, typed: str) -> None:
        """Let her in by these words, if she typed them."""
        rows = self._rows
        if rows is None or self._is_busy:
            return
        if who is None:
            self._view.show_refusal(DomainError("people_who"))
            return
        if not who.name.strip() or not who.service:
            self._view.show_refusal(DomainError("people_incomplete"))
            return

        def enter() -> Workplace:
            if not words or not self._door.confirms(words, typed):
                raise DomainError("people_words_differ")
            return self._sheets.enter(*rows, words, who)

        def entered(workplace: Workplace) -> None:
            self._is_busy = False
            self._rows = None
            self._view.enter(workplace)

        self._begin()
        self._storage.ask(enter, entered, self._refused)

    def _ask(
        self,
        work: Callable[[], T],
        done: Callable[[T], None],
        failed: Callable[[QispiError], None],
    ) -> None:
        asked = self._asked

        def answered(answer: T) -> None:
            if asked == self._asked:
                done(answer)

        def refused(fault: QispiError) -> None:
            if asked == self._asked:
                failed(fault)

        self._storage.ask(work, answered, refused)

    def _begin(self) -> None:
        self._is_busy = True
        self._view.show_busy()

    def _refused(self, fault: QispiError) -> None:
        self._is_busy = False
        self._view.show_refusal(fault)
