"""The two files that give a damaged database back: its batches, and what makes the laptop itself.

A unit of work hands over what it is about to commit, and what it committed. Nothing here stands in
the way of work: what the disk refuses is owed and tried again. Storage thread.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, select

from app.crypto.secret import SecretKey
from app.domain.errors import DomainError, EnvironmentFault
from db.archive import ARCHIVE_NAME, Archive
from db.batch_journal import BatchJournal
from db.cipher_page import PAGE_BYTES, first_page
from db.errors import fault_of_system
from db.laptop_copy import COPY_NAME, LaptopCopy, copy_key, is_copied, read_copy, write_copy
from db.schema import local

__all__ = ["Prepared", "SecondFiles"]

_LOG = logging.getLogger("qispi.archive")
_COMMITS_BETWEEN_MAX: Final = 256
_ROWS = select(local.c.name, local.c.content).order_by(local.c.name)


@dataclass(frozen=True, slots=True)
class Prepared:
    """What follows a commit, made from what was about to be committed."""

    frames: list[bytes] | None = None
    state: bytes = b""
    rows: tuple[tuple[str, bytes], ...] | None = None
    is_touched: bool = False


class SecondFiles:
    """Both files of one open database."""

    def __init__(self, database: Path, key: SecretKey, revision: str) -> None:
        """``key`` is the database's; only what is derived from it is kept."""
        self.archive = Archive(database.with_name(ARCHIVE_NAME), key)
        self._copy = database.with_name(COPY_NAME)
        self._key = copy_key(key)
        self._revision = revision
        self._page = _page_of(database, key)
        self._owed_rows = False
        self._trouble: str | None = None
        self._failures = 0
        self._commits_left = 0

    @property
    def trouble(self) -> str | None:
        """Why one of them lags behind, as a message id; None when both are level."""
        return self.archive.trouble or self._trouble

    def bring_level(self, connection: Connection, *, reads_all: bool = False) -> None:
        """Compare both with the database and write what they lack."""
        self.archive.bring_level(connection, reads_all=reads_all)
        try:
            rows = _rows(connection)
            if not self._is_level(rows):
                self._write(rows)
        except EnvironmentFault as fault:
            self._trouble = fault.message_id

    def before_commit(self, connection: Connection, journal: BatchJournal) -> Prepared:
        """Return what has to be written once the unit is committed."""
        frames, state = None, b""
        if journal.is_touched and not self.archive.is_behind:
            frames, state = self.archive.frames_of(connection, journal)
        is_due = journal.is_key_touched or self._owed_rows
        return Prepared(frames, state, _rows(connection) if is_due else None, journal.is_touched)

    def after_commit(self, connection: Connection, prepared: Prepared) -> None:
        """Write it: one fsync for the batches, another file when keys changed."""
        if prepared.frames is not None:
            self.archive.append(prepared.frames, prepared.state)
        elif self.archive.is_behind:
            self._catch_up(connection, is_touched=prepared.is_touched)
        if prepared.rows is not None:
            self._write(prepared.rows)

    def close(self) -> None:
        """Let the files go, and forget the key."""
        self.archive.close()
        self._key.wipe()

    def _catch_up(self, connection: Connection, *, is_touched: bool) -> None:
        """Try again: at the next commit, then ever more rarely, for a try reads the whole file and
        saves must stay quick; and whenever there is more to write."""
        if self._commits_left and not is_touched:
            self._commits_left -= 1
            return
        self.archive.bring_level(connection)
        connection.rollback()
        self._failures = self._failures + 1 if self.archive.is_behind else 0
        self._commits_left = min(2**self._failures - 1, _COMMITS_BETWEEN_MAX)

    def _is_level(self, rows: tuple[tuple[str, bytes], ...]) -> bool:
        try:
            held = read_copy(self._copy, self._key)
        except DomainError as refusal:
            # What a newer version wrote is left to it; what is damaged is written anew.
            return refusal.message_id == "file_newer"
        if held is None:
            return not rows
        is_page_held = held.revision == self._revision and bool(held.page)
        if is_page_held and held.rows == rows:
            self._page = held.page
        return held.rows == rows and (is_page_held or not self._page)

    def _write(self, rows: tuple[tuple[str, bytes], ...]) -> None:
        copy = LaptopCopy(rows, self._page, self._revision if self._page else "")
        try:
            write_copy(self._copy, self._key, copy)
        except OSError as error:
            self._owed_rows, self._trouble = True, fault_of_system(error).message_id
            _LOG.warning("copy_behind", extra={"reason": self._trouble})
        else:
            self._owed_rows, self._trouble = False, None


def _rows(connection: Connection) -> tuple[tuple[str, bytes], ...]:
    found = connection.execute(_ROWS)
    return tuple((row.name, row.content) for row in found if is_copied(row.name))


def _page_of(database: Path, key: SecretKey) -> bytes:
    try:
        with database.open("rb") as file:
            return first_page(file.read(PAGE_BYTES), key) or b""
    except OSError:
        return b""
