"""What the screens need of backups: making one, opening one to try it, and how that went.

The composition root has what does it; a stick is read and written on the network thread.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from app.domain.errors import DomainError, QispiError

__all__ = [
    "NO_BACKUPS",
    "BackupControl",
    "BackupProgress",
    "BackupReport",
    "BackupStep",
    "Done",
    "NoBackups",
    "PassedOver",
    "Progress",
    "TriedBackup",
]


class BackupStep(enum.Enum):
    """What is being done: of a backup one after the other, of a trial and of a restoration the
    second alone."""

    WRITE = "write"
    READ = "read"


@dataclass(frozen=True, slots=True)
class BackupProgress:
    """How far it is, in bytes; ``seconds_left`` only when it could be measured."""

    step: BackupStep
    done: int
    total: int
    seconds_left: int | None = None


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A backup that was not taken, by the name of its folder: it cannot be read, or says that it is
    newer than the one that was taken and does not hold. ``reason``: the id of the message that says
    why."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class TriedBackup:
    """What a backup holds that was opened: when it was made, in milliseconds, which it is in the
    order of its laptop's, and by which version of the program; how many changes, attachments and
    entries of the audit; its size. ``name`` is that of its folder. ``was_opened``: not only read,
    each page authenticated. ``passed_over``: what lies beside it and was not taken."""

    name: str
    made_ms: int
    number: int
    program: str
    changes: int
    attachments: int
    audit_entries: int
    total_bytes: int
    was_opened: bool
    passed_over: tuple[PassedOver, ...] = ()


@dataclass(frozen=True, slots=True)
class BackupReport:
    """How it ended: ``made`` or ``fault``. ``removed``: older backups that went, None when that is
    not known; ``is_on_this_disk``: it lies where the laptop's own data lie, and is lost with them;
    ``is_noted``: the laptop knows of it. ``unfinished``: the names of those beside it that were cut
    off and cannot be taken away."""

    made: TriedBackup | None = None
    fault: QispiError | None = None
    removed: int | None = 0
    is_on_this_disk: bool = False
    is_noted: bool = True
    unfinished: tuple[str, ...] = ()


Progress = Callable[[BackupProgress], None]
Done = Callable[[BackupReport], None]


class BackupControl(Protocol):
    """Makes and tries backups, one after the other; answers on the GUI thread."""

    def make(self, place: Path, on_progress: Progress, on_done: Done) -> None:
        """Make a backup in a folder, on a stick for instance, while work goes on."""

    def try_out(self, place: Path, words: str, on_progress: Progress, on_done: Done) -> None:
        """Open the newest backup of a folder with somebody's words, and read all of it; nothing is
        changed by it."""

    def cancel(self) -> None:
        """Stop what goes on; a backup that was not whole yet is taken away."""


class NoBackups:
    """Where there is nothing to make a backup of: practice."""

    def make(self, place: Path, on_progress: Progress, on_done: Done) -> None:
        """Say that there is nothing."""
        del place, on_progress
        on_done(BackupReport(fault=DomainError("backup_not_here")))

    def try_out(self, place: Path, words: str, on_progress: Progress, on_done: Done) -> None:
        """Say that there is nothing."""
        del words
        self.make(place, on_progress, on_done)

    def cancel(self) -> None:
        """There is nothing to stop."""


NO_BACKUPS = NoBackups()
