"""Composition root: builds every object once and joins ports to adapters.

Nobody imports this but the command line, the demo and tests. The heavy rooms (SQLAlchemy,
SQLCipher, ReportLab, HTTP), and the ports with all that they speak of, are imported when the vault
opens, on the storage thread, so that the lock screen is there at once.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from app.clock import SystemClock
from app.ids import SystemIds
from app.machine import total_memory
from app.settings import Settings

if TYPE_CHECKING:
    from datetime import date

    from app.domain.definitions import Definitions, Places
    from app.laptop import Laptop
    from app.services.account_ports import NewPerson, PeopleKeys
    from app.services.apart_ports import FilesApart
    from app.services.backup_ports import BackupControl, BackupProgress, TriedBackup
    from app.services.device_ports import DeviceKeys
    from app.services.exchange_files import WordSeal
    from app.services.ports import Clock
    from app.services.read_models import CentreProfile
    from app.services.sheet_ports import Rows, SheetKeys
    from app.services.staff import StaffMember
    from app.services.whereabouts_ports import CentreLaptops
    from app.services.workplace import (
        Documents,
        SheetDoor,
        SyncControl,
        Threads,
        Workplace,
    )
    from app.sheet_opening import SheetOpening
    from db.restore import Opener

__all__ = ["Direct", "LaptopDoor", "workplace_of"]

T = TypeVar("T")


@dataclass(slots=True)
class LaptopDoor:
    """:class:`app.services.workplace.Door` of this laptop's data folder."""

    settings: Settings
    threads: Threads
    clock: Clock = field(default_factory=SystemClock)
    memory: Callable[[], int | None] = total_memory
    """How much memory the machine has: what a guess costs is chosen by it, and never falls."""
    _read: tuple[date, Definitions] | None = field(default=None, init=False, repr=False)
    """The definitions that were read already, and the day on which they hold."""
    _told: set[TriedBackup] = field(default_factory=set, init=False, repr=False)

    @property
    def sheets(self) -> SheetDoor:
        """The door for who has two recovery sheets."""
        return _DoorBySheets(self)

    def sheets_of(self, place: Path, on_progress: Callable[[BackupProgress], None]) -> SheetDoor:
        """The door for who has two recovery sheets and a backup."""
        return _DoorBySheets(self, place, on_progress)

    def is_set_up(self) -> bool:
        """Return whether this laptop already holds a vault."""
        from db.presence import is_set_up  # db's own door: no SQLAlchemy behind it

        return is_set_up(self.settings.data)

    def pieces_ahead(self) -> Iterator[Callable[[], object]]:
        """Return what loads the parts of an open laptop, in the order in which they are needed."""
        return iter((_import_vault, _import_laptop, self._definitions, _import_parts))

    def _definitions(self) -> Definitions:
        """Return the definitions of today, which a lock screen that showed at midnight reads
        again."""
        from app.definitions import load

        today = self.clock.today()
        if self._read is None or self._read[0] != today:
            self._read = today, load(day=today)
        return self._read[1]

    def places(self) -> Places:
        """Return the districts of Peru; storage thread."""
        from app.definitions import load_places  # the lock screen must not wait for it

        return load_places()

    def remember_language(self, code: str) -> None:
        """Keep the language of the screens for the next start; storage thread."""
        from app.preferences import remember_language

        with contextlib.suppress(OSError):  # then the next start asks as this one did
            remember_language(self.settings, code)

    def tags(self) -> tuple[str, ...]:
        """Return the two letters of each person who opens this laptop."""
        from db.presence import VAULT_NAME
        from db.vault import tags  # the lock screen must not wait for it

        return tags(self.settings.data / VAULT_NAME)

    def practice(self) -> Workplace:
        """Return a workplace in memory alone, with invented cases."""
        from app.practice import practice_laptop  # the lock screen must not wait for it

        laptop = practice_laptop(self.clock, SystemIds(self.clock))
        return replace(workplace_of(laptop, self.threads), is_practice=True)

    def draw_words(self) -> str:
        """Return five words that nobody has."""
        from app.word_list import draw_words

        return draw_words()

    def confirms(self, words: str, typed: str) -> bool:
        """Return whether what was typed are these words."""
        from app.word_list import confirms

        return confirms(words, typed)

    def unlock(self, words: str, tag: str | None = None) -> Workplace:
        """Open vault and database; storage thread. Raises as the port says."""
        from app.crypto.passphrase import cost_for_memory  # the lock screen must not wait for it
        from app.entering import enter_laptop
        from app.services.workplace import FailedTries

        cost, definitions = cost_for_memory(self.memory()), self._definitions()
        laptop, failed = enter_laptop(
            self.settings.data, words, self.clock, tag=tag, cost=cost, definitions=definitions
        )
        self._note_start(laptop)
        return replace(
            workplace_of(laptop, self.threads, self.settings.data),
            failed=FailedTries(failed.count, failed.last_ms),
        )

    def set_up(
        self,
        words: str,
        *,
        person: str,
        role: str,
        roles: tuple[str, ...] = (),
        centre: CentreProfile,
    ) -> Workplace:
        """Make the vault and the database of a first laptop; storage thread."""
        from app.crypto.passphrase import cost_for_memory  # the lock screen must not wait for it
        from app.opening import set_up_laptop

        laptop = set_up_laptop(
            self.settings.data,
            words,
            person=person,
            role=role,
            roles=roles,
            centre=centre,
            clock=self.clock,
            ids=SystemIds(self.clock),
            cost=cost_for_memory(self.memory()),
        )
        self._note_start(laptop)
        return workplace_of(laptop, self.threads, self.settings.data)

    def restore(
        self, place: Path, words: str, on_progress: Callable[[BackupProgress], None]
    ) -> Workplace:
        """Make this laptop of a backup, and open it; storage thread."""
        from app.restoring import by_words  # the lock screen must not wait for it

        self._restore(place, lambda: by_words(words), on_progress)
        return self.unlock(words)

    def forget_told(self) -> None:
        """Let the next attempt to restore be told anew; any thread."""
        self._told.clear()

    def _restore(
        self, place: Path, opener: Callable[[], Opener], tell: Callable[[BackupProgress], None]
    ) -> None:
        from app.backups import Telling
        from app.restoring import restore_laptop, tells_once

        agree = tells_once(self._told)  # first: what was typed may be refused as it stands
        told = Telling(lambda said: self.threads.post(lambda: tell(said))).told_all
        data, clock, ids = self.settings.data, self.clock, SystemIds(self.clock)
        restore_laptop(place, data, opener(), clock, ids, progress=told, agree=agree)

    def _note_start(self, laptop: Laptop) -> None:
        """Notice a backup that was put back, and a folder that came to another computer."""
        from app.domain.errors import EnvironmentFault
        from app.machine_notes import ProfileMachine, system_name
        from app.services.machine_watch import note_start

        if self.settings.notes is None:
            return
        machine = ProfileMachine(self.settings.notes, system_name())
        # It only informs: a disk that refuses is told of where somebody's work is saved.
        with contextlib.suppress(EnvironmentFault), laptop.store.unit() as uow:
            note_start(uow, laptop.desk, machine)


@dataclass(slots=True)
class _DoorBySheets:
    """:class:`app.services.workplace.SheetDoor`: what it needs is loaded once somebody asks.
    ``place``: where the backup is of which this laptop is made first."""

    door: LaptopDoor
    place: Path | None = None
    on_progress: Callable[[BackupProgress], None] = lambda _: None

    def set_name(self) -> str:
        from app.restoring import set_of_backup

        return set_of_backup(self.place) if self.place else self._opening.set_name()

    def draw(self) -> str:
        return self._opening.draw()

    def look(self, one: Rows, other: Rows) -> tuple[StaffMember, ...]:
        from app.restoring import by_sheets

        if self.place is not None:
            self.door._restore(self.place, lambda: by_sheets(one, other), self.on_progress)  # noqa: SLF001
            self.place = None  # it is there: who looks again, looks into this laptop
        return self._opening.look(one, other)

    def enter(self, one: Rows, other: Rows, words: str, who: NewPerson) -> Workplace:
        door = self.door
        laptop = self._opening.enter(one, other, words, who)
        door._note_start(laptop)  # noqa: SLF001  # a part of it
        return workplace_of(laptop, door.threads, door.settings.data)

    @property
    def _opening(self) -> SheetOpening:
        from app.sheet_opening import SheetOpening

        door = self.door
        return SheetOpening(door.settings.data, door.clock, SystemIds(door.clock), door.memory)


def _import_vault() -> None:
    """Import what tells whose words open this laptop, too."""
    import db.vault  # noqa: F401


def _import_laptop() -> None:
    """Import what opens it."""
    import app.entering  # noqa: F401


def _import_parts() -> None:
    """Import what :func:`workplace_of` joins to it, as far as it is slow to load."""
    import app.documents.registry  # noqa: F401
    import sync.client.control
    import sync.client.http_transport  # noqa: F401


def workplace_of(laptop: Laptop, threads: Threads, folder: Path | None = None) -> Workplace:
    """Return everything the unlocked program works with. ``folder``: where its vault lies."""
    from app.services.workplace import Workplace  # the lock screen must not wait for it

    return Workplace(
        desk=laptop.desk,
        centre=laptop.centre,
        documents=_documents(laptop),
        sync=_sync_of(laptop, threads),
        open_unit=laptop.store.unit,
        close=laptop.close,
        seal=laptop.seal,
        files=_files_apart(),
        laptops=_laptops_of(laptop),
        sheets=_sheets_of(laptop, folder),
        people=_people_of(laptop, folder),
        devices=_devices_of(laptop),
        backups=_backups_of(laptop, threads),
        draw_seal=_draw_seal,
    )


def _draw_seal() -> WordSeal:
    from app.sealed_export import UnderWords  # the lock screen must not wait for it

    return UnderWords()


def _backups_of(laptop: Laptop, threads: Threads) -> BackupControl:
    from app.backups import BackupRuns

    return BackupRuns(laptop, threads)


def _devices_of(laptop: Laptop) -> DeviceKeys:
    from app.device_keys import LaptopDevices
    from app.services.device_ports import NO_DEVICES

    # In practice the request would be of a device that is gone with the process.
    return NO_DEVICES if laptop.vault is None else LaptopDevices(laptop)


def _people_of(laptop: Laptop, folder: Path | None) -> PeopleKeys:
    from app.people_keys import LaptopPeople
    from app.services.account_ports import NO_PEOPLE
    from db.presence import VAULT_NAME

    if folder is None or laptop.vault is None:
        return NO_PEOPLE
    return LaptopPeople(folder / VAULT_NAME, laptop)


def _sheets_of(laptop: Laptop, folder: Path | None) -> SheetKeys:
    from app.services.sheet_ports import NO_SHEETS
    from db.presence import VAULT_NAME
    from db.sheet_keys import VaultSheets

    if folder is None or laptop.vault is None:
        return NO_SHEETS
    return VaultSheets(folder / VAULT_NAME, laptop)


def _documents(laptop: Laptop) -> Documents:
    from app.documents.registry import PaperDocuments  # ReportLab costs 160 ms

    return PaperDocuments(laptop.desk.definitions)


def _files_apart() -> FilesApart:
    from app.files_apart import ReadsApart

    return ReadsApart()


def _laptops_of(laptop: Laptop) -> CentreLaptops:
    from app.services.whereabouts_ports import NO_LAPTOPS
    from sync.client.laptops import RosterLaptops

    if laptop.keys is None or laptop.envelope is None:
        return NO_LAPTOPS
    return RosterLaptops(laptop.keys, laptop.envelope)


def _sync_of(laptop: Laptop, threads: Threads) -> SyncControl:
    from db.presence import holds_laptop
    from sync.client.control import NotEnrolled, SyncRuns
    from sync.client.http_transport import HttpTransport
    from sync.client.line import is_answering
    from sync.client.login import Login
    from sync.envelope.centre_blobs import CentreBlobs

    keys, envelope = laptop.keys, laptop.envelope
    if keys is None or envelope is None:
        return NotEnrolled(threads)
    login = Login()
    laptop.endings.append(login.close)
    return SyncRuns(
        desk=laptop.desk,
        envelope=envelope,
        keys=keys,
        threads=threads,
        open_unit=laptop.store.unit,
        transport_of=lambda counted: HttpTransport(keys.keyring, counted, login=login),
        blobs=CentreBlobs(envelope),
        is_answering=lambda: is_answering(keys.keyring.server),
        hang_up=login.hang_up,
        holds_laptop=holds_laptop,
    )


class Direct:
    """:class:`app.services.workplace.Threads` for a program without a window: everything at once,
    on the thread that calls."""

    def on_storage_thread(self, work: Callable[[], T]) -> Future[T]:
        """Run the work now and return its answer as a future that is done."""
        future: Future[T] = Future()
        try:
            future.set_result(work())
        except BaseException as error:  # noqa: BLE001  # a future carries whatever was raised
            future.set_exception(error)
        return future

    def on_network(self, work: Callable[[], None]) -> None:
        """Run the work now."""
        work()

    def post(self, work: Callable[[], None]) -> None:
        """Run the work now."""
        work()
