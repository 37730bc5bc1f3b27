"""The door: is there a vault, does the passphrase open it. No Qt, no key, no name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from app.domain.errors import DomainError, QispiError

if TYPE_CHECKING:
    # Only to say what comes and goes: the lock screen must not wait for any of it.
    from app.domain.definitions import Places
    from app.services.backup_ports import BackupProgress
    from app.services.workplace import Door, Workplace

__all__ = [
    "CENTRE_LENGTH_MAX",
    "LockPresenter",
    "LockView",
    "NewLaptop",
    "StorageThread",
]

T = TypeVar("T")

CENTRE_LENGTH_MAX: Final = 43
"""As long as the name of a service is in the official ficha, which is not read yet in here."""


class StorageThread(Protocol):
    """Runs plain work on the storage thread and answers on the GUI thread."""

    def ask(
        self,
        work: Callable[[], T],
        done: Callable[[T], None],
        failed: Callable[[QispiError], None],
    ) -> None:
        """Queue work; ``done`` or ``failed`` follows."""


class LockView(Protocol):
    """What the lock screen can show."""

    def show_door(self, *, is_set_up: bool, tags: Sequence[str] = ()) -> None:
        """Ask for the words, and of whom of several (their letters); or show the first start."""

    def show_districts(self, districts: Sequence[tuple[str, str]]) -> None:
        """Offer these districts in the first start: pairs of code and words."""

    def show_words(self, words: str) -> None:
        """Show the words that a first start gives its person."""

    def show_busy(self) -> None:
        """The vault is being opened: it takes a second."""

    def show_refusal(self, fault: QispiError) -> None:
        """It did not open: say why, and let the person try again at once."""

    def show_recovering(self, progress: BackupProgress) -> None:
        """A laptop is being made of a backup: how far that is."""

    def enter(self, workplace: Workplace) -> None:
        """It is open."""


@dataclass(frozen=True, slots=True)
class NewLaptop:
    """What the first start asks for."""

    centre: str
    district: str
    """The code of INEI, or what was typed when no district is written so."""
    address: str
    phone: str
    person: str
    role: str
    roles: tuple[str, ...] = ()
    """Those that she holds besides."""
    words: str = field(default="", repr=False)
    typed: str = field(default="", repr=False)
    """Her words as she typed them."""


class LockPresenter:
    """Opens the door. GUI thread only; nothing that was typed is kept in here."""

    def __init__(self, storage: StorageThread, door: Door, view: LockView) -> None:
        self._storage = storage
        self._door = door
        self._view = view
        self._is_busy = False
        self._has_letters = False
        self._are_several = False

    def start(self) -> None:
        """Look whether this laptop has a vault."""

        def found(is_set_up: bool) -> None:
            if is_set_up:
                self._storage.ask(self._door.tags, self._show_door, self._tags_unknown)
                return
            self._view.show_door(is_set_up=False)
            self.draw()
            self._storage.ask(self._door.places, self._offer, self._refused)

        self._storage.ask(self._door.is_set_up, found, self._refused)

    def draw(self) -> None:
        """Draw five words for the person of a first start."""
        self._storage.ask(self._door.draw_words, self._view.show_words, self._refused)

    def _show_door(self, tags: Sequence[str]) -> None:
        # Of one person nothing is asked.
        self._are_several = len(tags) > 1
        self._view.show_door(is_set_up=True, tags=tags if len(tags) > 1 else ())

    def _tags_unknown(self, fault: QispiError) -> None:
        """Ask for the words all the same: what is wrong with the file is said when it opens."""
        del fault
        self._view.show_door(is_set_up=True)

    def remember_language(self, code: str) -> None:
        """The screens speak another language from now on, at the next start, too."""

        def done(_: object) -> None:
            """Nothing to show, kept or not."""

        self._storage.ask(lambda: self._door.remember_language(code), done, done)

    def unlock(self, words: str, tag: str | None = None) -> None:
        """Try words, of whoever has these letters; slow on purpose (Argon2id)."""
        if not words or self._is_busy:
            return
        self._has_letters = tag is not None
        self._open(lambda: self._door.unlock(words, tag))

    def practise(self) -> None:
        """Open the program with invented cases, of which nothing is kept."""
        if not self._is_busy:
            self._has_letters = False
            self._open(self._door.practice)

    def set_up(self, new: NewLaptop) -> None:
        """Make the vault of a first laptop."""
        if self._is_busy:
            return
        if not new.centre.strip() or not new.person.strip():
            self._view.show_refusal(DomainError("set_up_incomplete"))
            return
        if len(new.centre.strip()) > CENTRE_LENGTH_MAX:
            self._view.show_refusal(DomainError("centre_name_too_long", limit=CENTRE_LENGTH_MAX))
            return
        from app.services.read_models import CentreProfile  # once in a laptop's life

        centre = CentreProfile(
            name=new.centre.strip(),
            programme="",
            ministry="",
            address=new.address.strip(),
            phone=new.phone.strip(),
            district=new.district.strip(),
        )

        def set_up() -> Workplace:
            if centre.district and self._door.places().get(centre.district) is None:
                raise _of_district(centre.district, self._door.places())
            if not new.words or not self._door.confirms(new.words, new.typed):
                raise DomainError("people_words_differ")
            return self._door.set_up(
                new.words,
                person=new.person.strip(),
                role=new.role,
                roles=new.roles,
                centre=centre,
            )

        self._open(set_up)

    def recover(self, place: Path | None, words: str, *, is_agreed: bool = False) -> None:
        """Make this laptop of a backup, and open it. ``is_agreed``: of the one that was just told,
        though others are passed over for it; whoever only tries again is told anew."""
        if self._is_busy:
            return
        if not is_agreed or place is None or not words:
            self.forget_told()
        if place is None or not words:
            self._view.show_refusal(DomainError("restore_incomplete"))
            return
        self._open(lambda: self._door.restore(place, words, self._view.show_recovering))

    def forget_told(self) -> None:
        """What was told of a backup does not show any more: nobody agrees to it by asking again."""
        self._door.forget_told()

    def _offer(self, places: Places) -> None:
        self._view.show_districts([(one.code, one.words) for one in places.districts])

    def _open(self, work: Callable[[], Workplace]) -> None:
        self._is_busy = True
        self._view.show_busy()
        self._storage.ask(work, self._opened, self._refused)

    def _opened(self, workplace: Workplace) -> None:
        self._is_busy = False
        self._view.enter(workplace)

    def _refused(self, fault: QispiError) -> None:
        self._is_busy = False
        if self._are_several and fault.message_id == "passphrase_wrong":
            # A colleague may give her others: she need not look for the sheets.
            said = "words_or_letters_wrong" if self._has_letters else "words_of_nobody"
            fault = DomainError(said)
        self._view.show_refusal(fault)


def _of_district(typed: str, places: Places) -> DomainError:
    """Return why what was typed is no district: nobody knows it, or several bear that name."""
    from app.domain.folding import fold  # once in a laptop's life

    count = sum(fold(one.district) == fold(typed) for one in places.districts)
    if count > 1:
        return DomainError("district_several", count=count)
    return DomainError("district_unknown")
