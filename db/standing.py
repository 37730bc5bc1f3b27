"""A database whose file stands still while it is copied, and work goes on.

What is committed goes to the log beside the file (``-wal``); the file itself changes only when the
log is moved into it. So once that was done and is not done again, the file can be read like any
other, by whichever thread and however slow the stick is that it goes to: nothing that is saved
waits, and no room is needed on this disk but for the log.

Reading the file by another handle lets go of SQLite's own locks on it when that is closed (POSIX);
nobody else opens it, for the folder is held (:mod:`db.hold`).
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any, Final

import sqlcipher3.dbapi2 as sqlcipher

from app.domain.errors import EnvironmentFault
from db.errors import translated
from db.store_facts import StoreFacts, facts_of

__all__ = ["Standing"]

_PAGES_BETWEEN: Final = 1_000
"""SQLite's own default: so many pages in the log, and it is moved into the file."""


class Standing:
    """The file of an open database, from when it was brought to stand until :meth:`end`. Made and
    ended on the storage thread; what it says is read anywhere."""

    def __init__(self, connection: Any) -> None:
        """Move everything into the file of this bare connection, and leave it so. Raises
        EnvironmentFault; nothing has changed then."""
        self._connection = connection
        self._holds = True
        try:
            with translated():
                cursor = connection.cursor()
                cursor.execute("PRAGMA wal_autocheckpoint = 0")
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                was_busy = bool(cursor.fetchone()[0])
                cursor.execute("PRAGMA database_list")
                self.path: Final = Path(cursor.fetchone()[2])
                self.facts: Final[StoreFacts] = facts_of(cursor)
            if was_busy:
                raise EnvironmentFault("file_in_use")
        except BaseException:
            self.end()
            raise

    @property
    def holds(self) -> bool:
        """Whether it stood all the time: else what was copied is worth nothing."""
        return self._holds

    def end(self) -> None:
        """Let the log be moved into the file again; more than once does nothing more."""
        self._holds = False
        # One that was closed meanwhile has no log any more.
        with contextlib.suppress(sqlcipher.Error):
            self._connection.cursor().execute(f"PRAGMA wal_autocheckpoint = {_PAGES_BETWEEN}")
