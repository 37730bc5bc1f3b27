"""The disk of one simulated laptop: what is on it when the power goes, and when it is full."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NoReturn

import sqlcipher3.dbapi2 as sqlcipher

from app.domain.errors import EnvironmentFault
from db.archive import ARCHIVE_NAME
from db.store import DATABASE_NAME, Store
from tests.simulation.faults import Faults, PowerCut
from tests.simulation.statements import arm, disarm

__all__ = ["Disk"]

STATEMENTS_MAX = 80
SQLITE_FULL = 13


class Disk:
    """Makes the faults of one open database.

    ``left`` is the copy of the files that a power cut left behind, taken at that very moment.
    """

    def __init__(
        self, store: Store, folder: Path, faults: Faults, copy_files: Callable[[], Path]
    ) -> None:
        self.left: Path | None = None
        self.is_started = False
        """Before, the program is starting, and nothing happens."""
        self._folder = folder
        self._faults = faults
        self._copy_files = copy_files
        self._connection = store._driver_connection()
        second = store._second
        assert second is not None
        self.archive = second.archive
        self._append = second.archive._append
        second.archive._append = self._append_under_faults  # type: ignore[method-assign]

    def begin(self) -> None:
        """A unit of work begins: at one of its statements something may happen."""
        self.end()
        if self._faults.happens("statement"):
            chance = self._faults.chance
            # Most units are short.
            left = chance.randrange(chance.choice((5, 20, STATEMENTS_MAX)))
            arm(self._connection, left, self._full if chance.random() < 0.3 else self.cut)

    def end(self) -> None:
        """Nothing happens at statements any more."""
        disarm(self._connection)

    def commit(self, commit: Callable[[], None]) -> None:
        """Commit, or lose power before, while it is written, or behind it; or find no room."""
        faults = self._faults
        if faults.happens("full"):
            self.end()
            raise EnvironmentFault("disk_full")
        if not faults.happens("cut"):
            commit()
            self.end()
            return
        moment = faults.chance.randrange(3)
        if moment == 0:
            self.cut()
        log = self._folder / f"{DATABASE_NAME}-wal"
        moved = (self._folder / DATABASE_NAME).stat().st_mtime_ns
        before, second = _size(log), _size(self._folder / ARCHIVE_NAME)
        self.end()
        commit()
        self.left = self._copy_files()
        after = _size(log)
        # What was moved into the database was whole in the log before.
        is_moved = (self._folder / DATABASE_NAME).stat().st_mtime_ns != moved
        if moment == 1 and after > before and not is_moved:
            # Of what was being written, a part is on the disk; and nothing that comes behind it.
            os.truncate(self.left / log.name, faults.chance.randrange(before, after))
            if (self.left / ARCHIVE_NAME).exists():
                os.truncate(self.left / ARCHIVE_NAME, second)
        raise PowerCut

    def cut(self) -> NoReturn:
        """The power goes now."""
        self.end()
        self.left = self._copy_files()
        raise PowerCut

    def rows(self, sql: str, values: Iterable[object]) -> list[tuple[Any, ...]]:
        """Read something, without faults."""
        self.end()
        return self._connection.execute(sql, tuple(values)).fetchall()  # type: ignore[attr-defined, no-any-return]

    def _full(self) -> NoReturn:
        if self._faults.chance.random() < 0.5:
            # SQLite undoes the whole transaction by itself, at some faults.
            self._connection.rollback()
        error = sqlcipher.OperationalError("database or disk is full")
        error.sqlite_errorcode = SQLITE_FULL
        raise error

    def _append_under_faults(self, frames: Iterable[bytes], state: bytes) -> None:
        if not self.is_started:
            self._append(frames, state)
            return
        if self._faults.happens("full", 1 / 2):
            raise OSError(errno.ENOSPC, "no room")
        if not self._faults.happens("cut", 1 / 2):
            self._append(frames, state)
            return
        file = self._folder / ARCHIVE_NAME
        before = _size(file)
        self._append(frames, state)
        self.left = self._copy_files()
        os.truncate(self.left / file.name, self._faults.chance.randint(before, _size(file)))
        raise PowerCut


def _size(file: Path) -> int:
    return file.stat().st_size if file.exists() else 0
