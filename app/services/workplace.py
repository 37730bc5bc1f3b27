"""What the window needs from outside, as Protocols: threads, papers, synchronisation, the door.

The composition root builds them; screens and presenters know nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from app.domain.definitions import Places
from app.domain.errors import QispiError
from app.services.account_ports import NO_PEOPLE, NewPerson, PeopleKeys
from app.services.apart_ports import NO_READER, FilesApart
from app.services.backup_ports import NO_BACKUPS, BackupControl, BackupProgress
from app.services.device_ports import NO_DEVICES, DeviceKeys
from app.services.exchange_files import WordSeal
from app.services.paper_sheets import FormSheet, LetterSheet
from app.services.ports import Desk, UnitOfWork
from app.services.read_models import (
    CentreProfile,
    ReferralSheet,
    SyncProgress,
    SyncReport,
    SyncView,
)
from app.services.refusals import RefusalSheet
from app.services.sheet_ports import NO_SHEETS, RecoverySheet, Rows, SheetKeys
from app.services.whereabouts_ports import NO_LAPTOPS, CentreLaptops

if TYPE_CHECKING:
    from app.services.devices import LostSheet
    from app.services.staff import StaffMember  # the lock screen must not wait for the forms

__all__ = [
    "ApartRunner",
    "Documents",
    "Door",
    "FailedTries",
    "SheetDoor",
    "StorageRunner",
    "SyncControl",
    "Threads",
    "Workplace",
]

T = TypeVar("T")


class StorageRunner(Protocol):
    """Runs work on the storage thread and brings the result back to the GUI thread."""

    def on_storage(
        self,
        work: Callable[[UnitOfWork], T],
        done: Callable[[T], None],
        failed: Callable[[QispiError], None],
    ) -> None:
        """Queue ``work`` with a unit of work of its own. ``work`` commits what it changes.
        ``done`` or ``failed`` is called later on the GUI thread; a bug is logged and shown."""


class ApartRunner(StorageRunner, Protocol):
    """Waits for processes apart, too, without holding up what is saved."""

    def on_apart(
        self,
        work: Callable[[], T],
        done: Callable[[T], None],
        failed: Callable[[QispiError], None],
    ) -> None:
        """Queue ``work``, which reads a file that a person chose or waits for a process that reads
        one: no unit, no screen. ``done`` or ``failed`` is called later on the GUI thread."""


class Threads(Protocol):
    """The program's three threads: GUI, storage, network. No more."""

    def on_storage_thread(self, work: Callable[[], T]) -> Future[T]:
        """Queue work on the storage thread and return the future of its answer."""

    def on_network(self, work: Callable[[], None]) -> None:
        """Queue work on the network thread; it never raises what people could act on."""

    def post(self, work: Callable[[], None]) -> None:
        """Run work on the GUI thread, soon; callable from any thread."""


class Documents(Protocol):
    """Makes the papers, in memory: nothing is ever left as a plain temporary file."""

    def referral(self, sheet: ReferralSheet) -> bytes:
        """Return the referral form with its return slip as a PDF of one A4 page."""

    def blank_referral(self, centre: CentreProfile, languages: tuple[str, ...]) -> bytes:
        """Return the referral form laid out for handwriting."""

    def form(self, sheet: FormSheet) -> bytes:
        """Return a whole form, filled or blank, as a PDF of as many A4 pages as it needs."""

    def letter(self, sheet: LetterSheet) -> bytes:
        """Return a letter, or a paper that the person takes along, as a PDF."""

    def recovery_sheet(self, sheet: RecoverySheet) -> bytes:
        """Return one recovery sheet as a PDF of one A4 page."""

    def lost_report(self, sheet: LostSheet) -> bytes:
        """Return what a lost laptop held as a PDF of one A4 page."""

    def refusal(self, sheet: RefusalSheet) -> Generator[None, None, bytes]:
        """Return a paper about a batch that could not be used, with the values that it holds, as a
        PDF; it pauses at each page, of which there may be hundreds."""


class SyncControl(Protocol):
    """Starts and stops synchronisation; runs on the network thread, answers on the GUI thread."""

    @property
    def is_enrolled(self) -> bool:
        """Whether this laptop belongs to a centre; before that every run only says so."""

    def sync_now(
        self,
        on_progress: Callable[[SyncProgress], None],
        on_done: Callable[[SyncReport], None],
        *,
        is_automatic: bool = False,
    ) -> None:
        """Synchronise with the region's server; one run at a time (a second call joins it). One
        that nobody asked for takes little time for what is not urgent."""

    def sync_folder(
        self,
        folder: Path,
        on_progress: Callable[[SyncProgress], None],
        on_done: Callable[[SyncReport], None],
    ) -> None:
        """Exchange batches, both ways, with a folder on a USB stick."""

    def watch_network(self, view: SyncView) -> None:
        """Look, cheaply and rarely, whether a network came back that the last try did not find;
        then the next try is due soon. ``view`` is what is known; costs nothing otherwise."""

    def cancel(self) -> None:
        """Stop at the next safe point; what was sent stays sent, what waits still waits."""


@dataclass(frozen=True, slots=True)
class FailedTries:
    """How often somebody tried words that opened nothing since the last who entered, and when the
    last of them was."""

    count: int = 0
    last_ms: int = 0


@dataclass(frozen=True, slots=True)
class Workplace:
    """Everything the unlocked program works with; built by the composition root.

    ``open_unit`` and the units it gives belong to the storage thread.
    """

    desk: Desk
    centre: CentreProfile
    documents: Documents
    sync: SyncControl
    open_unit: Callable[[], UnitOfWork]
    close: Callable[[], None]
    """Seal what was typed, checkpoint and close the file; storage thread; nothing may follow."""
    is_practice: bool = False
    """Nothing is kept, and nobody in it is real."""
    seal: Callable[[], int] = lambda: 0
    """Seal the oldest of what waits into one batch; return how many changes, 0 when none do.
    Storage thread. Raises EnvironmentFault of the disk."""
    files: FilesApart = NO_READER
    """Reads files from outside; where nothing may wait for it."""
    devices: DeviceKeys = NO_DEVICES
    """Which laptops belong to the centre."""
    people: PeopleKeys = NO_PEOPLE
    """Whose words open this laptop."""
    laptops: CentreLaptops = NO_LAPTOPS
    """The laptops of the centre; storage thread."""
    sheets: SheetKeys = NO_SHEETS
    """The keys behind its recovery sheets; storage thread."""
    backups: BackupControl = NO_BACKUPS
    """Makes backups of this laptop, and tries them."""
    draw_seal: Callable[[], WordSeal] | None = None
    """Draw words under which a file leaves; None where none may."""
    failed: FailedTries = FailedTries()
    """What whoever entered is told."""


class SheetDoor(Protocol):
    """The door for who has two recovery sheets and no words. Storage thread.

    Of two sheets everything raises DomainError as
    :meth:`app.services.sheet_ports.SheetKeys.try_pair`, and ``vault_altered``,
    ``database_damaged``; EnvironmentFault.
    """

    def set_name(self) -> str:
        """Return the name of the set that opens this laptop. Raises DomainError ``not_set_up``,
        ``sheets_none``, ``sheets_first_format``."""

    def draw(self) -> str:
        """Return five words that nobody has."""

    def look(self, one: Rows, other: Rows) -> tuple[StaffMember, ...]:
        """Return who works at the centre. It is noted that the sheets were used; nothing else
        changes."""

    def enter(self, one: Rows, other: Rows, words: str, who: NewPerson) -> Workplace:
        """Let a person in by these words, now and from now on. Slow (Argon2id). Raises DomainError
        ``vault_full``, ``people_incomplete`` besides."""


class Door(Protocol):
    """What the lock screen knows before anything is open: no key, no name, no case."""

    @property
    def sheets(self) -> SheetDoor:
        """The door for who has two recovery sheets."""

    def sheets_of(self, place: Path, on_progress: Callable[[BackupProgress], None]) -> SheetDoor:
        """Return the door for who has two sheets and, in a folder, a backup of the laptop that they
        open: to look in is to make this laptop of it, once, and raises as :meth:`restore` does
        besides. ``on_progress`` is called on the GUI thread."""

    def is_set_up(self) -> bool:
        """Return whether this laptop already holds a vault."""

    def pieces_ahead(self) -> Iterator[Callable[[], object]]:
        """Return, in pieces, the loading of what unlocking needs, to be done on the storage thread
        while the words are typed. What was not done by then, unlocking does."""

    def places(self) -> Places:
        """Return the districts, one of which a first start asks for; storage thread.

        Raises DefinitionError."""

    def remember_language(self, code: str) -> None:
        """Keep the language of the screens for the next start, if the disk lets it be kept;
        storage thread."""

    def tags(self) -> tuple[str, ...]:
        """Return the two letters of each person who opens this laptop; storage thread. Raises as
        :meth:`unlock` does for the file."""

    def practice(self) -> Workplace:
        """Return a workplace in memory alone, with invented cases; storage thread, a second or
        two."""

    def draw_words(self) -> str:
        """Return five words that nobody has; storage thread."""

    def confirms(self, words: str, typed: str) -> bool:
        """Return whether what was typed are these words; storage thread."""

    def unlock(self, words: str, tag: str | None = None) -> Workplace:
        """Open the vault and the database: slow (Argon2id), storage thread. ``tag``: the letters of
        whose words they are; without them everybody's are tried.

        Raises DomainError ``account_ended``, ``account_unknown``, ``passphrase_wrong``,
        ``file_not_ours``, ``file_damaged``, ``file_newer``; EnvironmentFault ``disk_read_only``,
        ``disk_full``, ``not_enough_memory``.
        A failed attempt changes nothing, and the next one starts afresh.
        """

    def set_up(
        self,
        words: str,
        *,
        person: str,
        role: str,
        roles: tuple[str, ...] = (),
        centre: CentreProfile,
    ) -> Workplace:
        """Make the vault and the database of a first laptop. Raises DomainError
        ``passphrase_too_short``, ``passphrase_repeats``, ``passphrase_too_long``,
        ``already_set_up``."""

    def restore(
        self, place: Path, words: str, on_progress: Callable[[BackupProgress], None]
    ) -> Workplace:
        """Make this laptop of the newest backup in a folder, and open it with the words of its
        time; slow, storage thread. ``on_progress`` is called on the GUI thread. Where a newer one
        is passed over, ``restore_passes_over`` says so; whoever asks again goes on, unless
        :meth:`forget_told` was called.

        When it raises, there is no laptop, as before. Raises DomainError ``already_set_up``,
        ``passphrase_wrong``, ``backup_none``, ``backup_unfinished``, ``backup_damaged``,
        ``backup_altered``, ``file_newer``; EnvironmentFault ``restore_no_room``,
        ``restore_no_memory``, of the stick, of the disk."""

    def forget_told(self) -> None:
        """What an attempt to restore was told does not show any more: the next one is told it anew
        before anything is restored. Any thread, at once."""
