"""What one unit of work did to sealed batches and to the keys of the laptop, until it is committed.

The stores here are those of :mod:`db.batch_log`, :mod:`db.set_aside` and :mod:`db.local_store`,
and note beside it what they write. A unit hands its journal to :class:`db.archive.Archive` when it
commits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, bindparam, exists, select

from app.domain.change import ChangeId
from app.services.batch_ports import REVOKED_DEVICE
from app.services.ports import Cursor, SealedBatch
from db.batch_log import SqlBatchLog
from db.laptop_copy import is_copied
from db.local_store import SqlLocalStore
from db.schema import batch as batch_table
from db.schema import set_aside
from db.set_aside import SqlAsideBatches

__all__ = ["BatchJournal", "JournaledAside", "JournaledBatches", "JournaledLocal"]

_IS_STORED = select(exists().where(batch_table.c.id == bindparam("of_batch")))
_IS_SHUT = select(
    exists().where(set_aside.c.batch == bindparam("of_batch"), set_aside.c.reason == REVOKED_DEVICE)
)
# What a laptop that was taken out may have written since is not what a database is made anew of.
_IS_KEPT = select(
    exists().where(
        set_aside.c.batch == bindparam("of_batch"),
        set_aside.c.content.is_not(None),
        set_aside.c.reason != REVOKED_DEVICE,
    )
)


@dataclass(slots=True)
class BatchJournal:
    """In the order in which it was done."""

    batches: list[SealedBatch] = field(default_factory=list)
    """Whose bytes were stored for the first time."""
    seen: list[tuple[bytes, int, bool]] = field(default_factory=list)
    """Batches, their positions in the verified log, and whether their bytes are kept."""
    shut: list[tuple[bytes, bool]] = field(default_factory=list)
    """Batches kept before that are from now on what a laptop that was taken out may have written
    since, or no longer so."""
    is_touched: bool = False
    """Something of batches, of the cursor, or of what was set aside changed."""
    is_key_touched: bool = False
    """Something of what the sealed copy holds changed."""
    known: set[bytes] = field(default_factory=set)
    """Batches whose bytes were stored before this unit, though their row goes meanwhile."""

    def place(self) -> tuple[int, int, int]:
        """Return a name for what was noted so far."""
        return len(self.batches), len(self.seen), len(self.shut)

    def undo_to(self, place: tuple[int, int, int]) -> None:
        """Forget what was noted since: that part of the unit was undone."""
        del self.batches[place[0] :]
        del self.seen[place[1] :]
        del self.shut[place[2] :]

    def clear(self) -> None:
        """Forget everything: it is committed, and stands in the archive or is owed to it."""
        self.batches.clear()
        self.seen.clear()
        self.shut.clear()
        self.known.clear()
        self.is_touched = self.is_key_touched = False

    def note(self, batch: SealedBatch) -> None:
        """Note bytes that were stored."""
        self.is_touched = True
        if batch.id not in self.known:
            self.batches.append(batch)


class JournaledBatches(SqlBatchLog):
    """:class:`app.services.ports.BatchLog` that notes what it writes."""

    def __init__(self, connection: Connection, journal: BatchJournal) -> None:
        super().__init__(connection)
        self._run = connection.execute
        self._journal = journal

    def add(
        self,
        batch: SealedBatch,
        *,
        device: bytes,
        session: bytes,
        number: int,
        is_own: bool,
        change_ids: Sequence[ChangeId],
        at_ms: int,
        is_urgent: bool = False,
        position: int | None = None,
    ) -> None:
        """Store a batch; its changes no longer wait to be sealed. A known one changes nothing."""
        if not self._run(_IS_STORED, {"of_batch": batch.id}).scalar_one():
            self._journal.note(batch)
        super().add(
            batch,
            device=device,
            session=session,
            number=number,
            is_own=is_own,
            change_ids=change_ids,
            at_ms=at_ms,
            is_urgent=is_urgent,
            position=position,
        )
        if position is not None:
            self._note_seen(batch.id, position)

    def mark_seen(self, batch_id: bytes, position: int) -> None:
        """Note that the batch was seen in the verified log, at this position."""
        super().mark_seen(batch_id, position)
        self._note_seen(batch_id, position)

    def _note_seen(self, batch_id: bytes, position: int) -> None:
        self._journal.is_touched = True
        self._journal.seen.append((batch_id, position, True))

    def forget_positions_after(self, position: int) -> None:
        """The log turned out shorter or other: what stood later is offered again."""
        super().forget_positions_after(position)
        self._journal.is_touched = True

    def set_cursor(self, cursor: Cursor) -> None:
        """Move the cursor, in the transaction that applied what lies before it."""
        super().set_cursor(cursor)
        self._journal.is_touched = True


class JournaledAside(SqlAsideBatches):
    """:class:`app.services.ports.AsideBatches` that notes what it writes."""

    def __init__(self, connection: Connection, journal: BatchJournal) -> None:
        super().__init__(connection)
        self._run = connection.execute
        self._journal = journal

    def put(
        self,
        batch: SealedBatch,
        *,
        reason: str,
        at_ms: int,
        is_signed: bool,
        may_open_later: bool,
        position: int | None = None,
    ) -> bool:
        """List a batch, once; return whether it was not listed yet."""
        was_kept = self._is_kept(batch.id)
        is_new = super().put(
            batch,
            reason=reason,
            at_ms=at_ms,
            is_signed=is_signed,
            may_open_later=may_open_later,
            position=position,
        )
        is_kept = was_kept or self._is_kept(batch.id)
        if is_kept and not was_kept:
            self._journal.note(batch)
        if was_kept and position is None and reason == REVOKED_DEVICE:
            self._note_shut(batch.id, is_shut=True)
        if position is not None:
            self._journal.is_touched = True
            self._journal.seen.append((batch.id, position, is_kept))
        return is_new

    def take_back(self, batch_id: bytes) -> int | None:
        """It can be used now: it is no longer listed. Return its place in the verified log, if it
        came from there."""
        if self._is_kept(batch_id):
            self._journal.is_touched = True
            self._journal.known.add(batch_id)
        elif self._run(_IS_SHUT, {"of_batch": batch_id}).scalar_one():
            self._note_shut(batch_id, is_shut=False)
        return super().take_back(batch_id)

    def _note_shut(self, batch_id: bytes, *, is_shut: bool) -> None:
        self._journal.is_touched = True
        self._journal.shut.append((batch_id, is_shut))

    def _is_kept(self, batch_id: bytes) -> bool:
        return bool(self._run(_IS_KEPT, {"of_batch": batch_id}).scalar_one())


class JournaledLocal(SqlLocalStore):
    """:class:`app.services.ports.LocalStore` that notes when a key or a name changed."""

    def __init__(self, connection: Connection, journal: BatchJournal) -> None:
        super().__init__(connection)
        self._journal = journal

    def put(self, name: str, content: bytes | None) -> None:
        """Store or (``None``) remove."""
        if is_copied(name) and self.get(name) != content:
            self._journal.is_key_touched = True
        super().put(name, content)
