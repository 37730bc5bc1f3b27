"""Backups as the screens command them: one at a time, on the network thread, while work goes on.

The storage thread is asked three times for a moment: to have the database stand still, whether it
did, and to note that a backup was made. What a stick does to it in between holds up nothing but the
next synchronisation. Part of the composition root.
"""

from __future__ import annotations

import contextlib
import functools
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeVar

from app.crypto.passphrase import Argon2Bounds
from app.domain.errors import DomainError, EnvironmentFault, QispiError
from app.laptop import Laptop
from app.logs import log_bug
from app.resources import emergency_files
from app.restoring import by_words, tried, try_backup
from app.services import access, backups
from app.services.backup_ports import (
    BackupProgress,
    BackupReport,
    BackupStep,
    Done,
    Progress,
    TriedBackup,
)
from app.services.emergency_names import emergency_names
from app.services.workplace import Threads
from app.version import PROGRAM_VERSION
from db.backup import BackupSource, MadeBackup, make_backup, read_source
from db.presence import holds_laptop
from db.vault import BOUNDS

__all__ = ["BackupRuns", "Telling"]

T = TypeVar("T")

_TOLD_EVERY_SECONDS: Final = 0.2


def _on_one_disk(place: Path, other: Path) -> bool:
    """Return whether both lie on one disk, as far as the system says."""
    with contextlib.suppress(OSError):
        return place.stat().st_dev == other.stat().st_dev
    return False


@dataclass(slots=True)
class BackupRuns:
    """:class:`app.services.backup_ports.BackupControl` of an open laptop."""

    laptop: Laptop
    threads: Threads
    bounds: Argon2Bounds = BOUNDS
    seconds: Callable[[], float] = time.monotonic
    on_one_disk: Callable[[Path, Path], bool] = _on_one_disk
    _running: list[Telling] = field(default_factory=list)

    def make(self, place: Path, on_progress: Progress, on_done: Done) -> None:
        """Make a backup in a folder. GUI thread."""
        self._start(on_progress, on_done, lambda run: self._made(place, run))

    def try_out(self, place: Path, words: str, on_progress: Progress, on_done: Done) -> None:
        """Open the newest backup of a folder. GUI thread."""
        self._start(on_progress, on_done, lambda run: self._tried(place, words, run))

    def cancel(self) -> None:
        """Stop what goes on, and what waits behind it."""
        for run in tuple(self._running):
            run.is_cancelled = True

    def _start(
        self, on_progress: Progress, on_done: Done, work: Callable[[Telling], BackupReport]
    ) -> None:
        run = Telling(lambda said: self.threads.post(lambda: on_progress(said)), self.seconds)
        self._running.append(run)

        def go() -> None:
            report = _guarded(lambda: work(run))

            def tell() -> None:
                self._running.remove(run)
                on_done(report)

            self.threads.post(tell)

        try:
            self.threads.on_network(go)
        except BaseException:
            # The thread takes no work any more: nobody would ever be told.
            self._running.remove(run)
            raise

    # On the network thread.

    def _made(self, place: Path, run: Telling) -> BackupReport:
        run.reason = "backup_cancelled"
        if holds_laptop(place):
            raise EnvironmentFault("stick_is_laptop")
        source = self._on_storage(self._begin)
        try:
            made = make_backup(
                place, source, lambda: self._on_storage(lambda: source.standing.holds), run.told
            )
            is_here = self.on_one_disk(place, source.standing.path)
        finally:
            source.key.wipe()
            with contextlib.suppress(QispiError):  # whoever closed it ended that, too
                self._on_storage(source.standing.end)
        return self._noted(made, is_here=is_here)

    def _begin(self) -> BackupSource:
        laptop = self.laptop
        if laptop.vault is None:
            raise DomainError("backup_not_here")
        with laptop.store.unit() as uow:
            access.ask(uow, laptop.desk, backups.KEEP)
            last_number = backups.last_number(uow)
        clock = laptop.desk.clock
        standing = laptop.store.stand_still()
        try:
            return read_source(
                standing,
                laptop.vault.key,
                program=PROGRAM_VERSION,
                made_ms=clock.now_ms(),
                day=clock.today(),
                last_number=last_number,
                openers=emergency_files(),
                names=emergency_names(laptop.desk.definitions),
                bounds=self.bounds,
            )
        except BaseException:
            standing.end()  # nobody else would: the log would grow as long as somebody works
            raise

    def _ask(self) -> None:
        with self.laptop.store.unit() as uow:
            access.ask(uow, self.laptop.desk, backups.KEEP)

    def _noted(self, made: MadeBackup, *, is_here: bool) -> BackupReport:
        found = made.found
        about = tried(found.folder.name, found.manifest, was_opened=True)
        is_noted = self._note(functools.partial(backups.note_made, is_apart=not is_here), about)
        return BackupReport(
            about,
            removed=made.removed,
            is_on_this_disk=is_here,
            is_noted=is_noted,
            unfinished=made.unfinished,
        )

    def _tried(self, place: Path, words: str, run: Telling) -> BackupReport:
        run.reason, run.step = "trial_cancelled", BackupStep.READ
        self._on_storage(self._ask)
        opener = by_words(words, bounds=self.bounds)
        about = try_backup(place, opener, progress=run.told_all)
        return BackupReport(about, is_noted=self._note(backups.note_tried, about))

    def _note(self, note: Callable[..., None], about: TriedBackup) -> bool:
        """Note it; what this laptop's disk refuses takes nothing from what is on the stick."""

        def in_a_unit() -> None:
            with self.laptop.store.unit() as uow:
                note(uow, self.laptop.desk, about)

        try:
            self._on_storage(in_a_unit)
        except QispiError:
            return False
        return True

    def _on_storage(self, work: Callable[[], T]) -> T:
        return self.threads.on_storage_thread(work).result()


@dataclass(slots=True, eq=False)
class Telling:
    """Something that goes on, and how far it is: told five times a second at the most, and stopped
    where somebody cancelled it."""

    tell: Callable[[BackupProgress], None]
    seconds: Callable[[], float] = time.monotonic
    step: BackupStep = BackupStep.WRITE
    reason: str = ""
    is_cancelled: bool = False
    _began: float = 0.0
    _begun_at: int = 0
    _told: float = 0.0

    def told(self, done: int, total: int) -> None:
        """Tell of a backup, of which the second half is read back. Raises DomainError of whoever
        cancelled."""
        half = total // 2
        step = BackupStep.WRITE if done <= half else BackupStep.READ
        self._tell(step, done if done <= half else done - half, half)

    def told_all(self, done: int, total: int) -> None:
        """Tell of what is only read."""
        self._tell(BackupStep.READ, done, total)

    def _tell(self, step: BackupStep, done: int, total: int) -> None:
        if self.is_cancelled:
            raise DomainError(self.reason)
        now = self.seconds()
        if step is not self.step or not self._began:
            self.step, self._began, self._begun_at, self._told = step, now, done, 0.0
        if now - self._told < _TOLD_EVERY_SECONDS and done < total:
            return
        self._told = now
        passed, went = now - self._began, done - self._begun_at
        left = round(passed * (total - done) / went) if passed > 1 and went else None
        self.tell(BackupProgress(step, done, total, left))


def _guarded(work: Callable[[], BackupReport]) -> BackupReport:
    try:
        return work()
    except QispiError as fault:
        return BackupReport(fault=fault)
    except Exception as error:  # noqa: BLE001  # a bug of ours: logged, and told
        return BackupReport(fault=QispiError("bug", place=log_bug(error)))
