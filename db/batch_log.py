"""Every sealed batch, own and received, where each stands in the region's log, and the cursor."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import (
    Connection,
    and_,
    bindparam,
    delete,
    func,
    insert,
    literal,
    select,
    union_all,
    update,
)
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from app.domain.change import ChangeId
from app.services.batch_ports import REVOKED_DEVICE
from app.services.ports import Cursor, Offer, SealedBatch, StoredBatch
from db.devices import forget_log_positions
from db.outbox import put_batch_changes, return_unseen, take_seen
from db.schema import (
    batch,
    batch_content,
    batch_missing,
    batch_seen,
    checkpoint,
    cursor,
    log_place,
    set_aside,
)
from db.schema_sync import refusal

__all__ = ["ASIDE_WAITS", "SqlBatchLog"]

_ADD = sqlite_insert(batch).on_conflict_do_nothing(index_elements=[batch.c.id])
_GET = (
    select(batch.c.id, batch_content.c.content, batch.c.is_own, batch.c.position)
    .join(batch_content, batch_content.c.batch_seq == batch.c.seq)
    .where(batch.c.id == bindparam("id"))
)
_CONTENT = union_all(
    select(batch_content.c.content)
    .join(batch, batch.c.seq == batch_content.c.batch_seq)
    .where(batch.c.id == bindparam("of_batch")),
    select(set_aside.c.content).where(set_aside.c.batch == bindparam("of_batch")),
)
_IDS = select(batch.c.id, batch.c.size).order_by(batch.c.seq)
_IS_CARRIED = and_(set_aside.c.is_signed == 1, set_aside.c.reason != REVOKED_DEVICE)
_ASIDE_IDS = (
    select(set_aside.c.batch, set_aside.c.size).where(_IS_CARRIED).order_by(set_aside.c.seq)
)
_OF_SESSION = (batch.c.session == bindparam("session"), batch.c.device == bindparam("device"))
_LAST_OF_SESSION = (
    select(batch.c.number, batch.c.id)
    .where(*_OF_SESSION)
    .order_by(batch.c.number.desc(), batch.c.seq)
    .limit(1)
)
_BY_NUMBER = (
    select(batch.c.id)
    .where(*_OF_SESSION, batch.c.number == bindparam("number"))
    .order_by(batch.c.seq)
)
_TO_OFFER = (
    select(batch.c.id, batch.c.size, batch.c.is_own, batch.c.is_urgent)
    .where(batch.c.position.is_(None))
    .order_by(batch.c.is_urgent.desc(), batch.c.seq)
)
ASIDE_WAITS = (_IS_CARRIED, set_aside.c.position.is_(None))
"""What is set aside here, and offered and carried like any other batch."""

_ASIDE_TO_OFFER = (
    select(set_aside.c.batch, set_aside.c.size, literal(0), literal(0))
    .where(*ASIDE_WAITS)
    .order_by(set_aside.c.seq)
)
_WAITING = select(func.count(), func.coalesce(func.sum(batch.c.size), 0)).where(
    batch.c.position.is_(None)
)
_ASIDE_WAITING = select(func.count(), func.coalesce(func.sum(set_aside.c.size), 0)).where(
    *ASIDE_WAITS
)
_ARRIVED = delete(batch_missing).where(batch_missing.c.id == bindparam("of_batch"))
_SEQ = select(batch.c.seq).where(batch.c.id == bindparam("id"))
_NOTE_POSITION = (
    update(batch).where(batch.c.seq == bindparam("of_seq")).values(position=bindparam("at"))
)
# Of what was seen in the log since, that it was refused before is no news any more.
_FORGET_REFUSALS = delete(refusal).where(
    refusal.c.batch.in_(
        union_all(
            select(batch.c.id).where(batch.c.position > bindparam("after")),
            select(set_aside.c.batch).where(set_aside.c.position > bindparam("after")),
        )
    )
)
_CURSOR = select(cursor.c.log_id, cursor.c.position, cursor.c.chain)
_new_cursor = sqlite_insert(cursor)
_SET_CURSOR = _new_cursor.on_conflict_do_update(
    index_elements=[cursor.c.one],
    set_={name: _new_cursor.excluded[name] for name in ("log_id", "position", "chain")},
)


class SqlBatchLog:
    """:class:`app.services.ports.BatchLog` on the connection of one unit of work."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

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
        """Store a batch; its changes no longer wait to be sealed. A known one changes nothing.

        Its changes may be appended before or after it.
        """
        added = self._connection.execute(
            _ADD,
            {
                "id": batch.id,
                "device": device,
                "session": session,
                "number": number,
                "is_own": int(is_own),
                "size": len(batch.content),
                "at_ms": at_ms,
                "is_urgent": int(is_urgent),
                "position": position,
            },
        )
        if added.rowcount == 0:
            return
        seq = self._connection.execute(_SEQ, {"id": batch.id}).scalar_one()
        self._connection.execute(
            insert(batch_content), {"batch_seq": seq, "content": batch.content}
        )
        put_batch_changes(self._connection, seq, change_ids, is_seen=position is not None)
        self._connection.execute(_ARRIVED, {"of_batch": batch.id})

    def get(self, batch_id: bytes) -> StoredBatch | None:
        """Return a batch by its hash, or None."""
        row = self._connection.execute(_GET, {"id": batch_id}).first()
        return None if row is None else StoredBatch(row[0], row[1], bool(row[2]), row[3])

    def is_held(self, batch_id: bytes) -> bool:
        """Return whether a batch was taken in here; what is set aside was not. Reads no content."""
        return self._connection.execute(_SEQ, {"id": batch_id}).first() is not None

    def ids(self) -> Iterator[bytes]:
        """Yield the ids of every batch that a stick may carry, oldest first."""
        for wanted in (_IDS, _ASIDE_IDS):
            yield from self._connection.execute(wanted).scalars().all()

    def sizes(self) -> Mapping[bytes, int]:
        """Return the bytes of each of these, in that order."""
        rows = (row for wanted in (_IDS, _ASIDE_IDS) for row in self._connection.execute(wanted))
        return {row[0]: row[1] for row in rows}

    def content(self, batch_id: bytes) -> bytes | None:
        """Return the bytes of a batch that is kept or set aside, or None."""
        return self._connection.execute(_CONTENT, {"of_batch": batch_id}).scalar()

    def last_of_session(self, device: bytes, session: bytes) -> tuple[int, bytes] | None:
        """Return number and id of the last batch in a session of a device, or None."""
        of_session = {"device": device, "session": session}
        row = self._connection.execute(_LAST_OF_SESSION, of_session).first()
        return None if row is None else (row.number, row.id)

    def by_number(self, device: bytes, session: bytes, number: int) -> tuple[bytes, ...]:
        """Return the ids of the batches with this number in a session of a device (two are a
        fork)."""
        of_session = {"device": device, "session": session}
        found = self._connection.execute(_BY_NUMBER, {**of_session, "number": number})
        return tuple(found.scalars())

    def to_offer(self) -> tuple[Offer, ...]:
        """Return batches that the verified log lacks, the urgent first, then the oldest; behind
        them those set aside that a device of the centre signed."""
        return tuple(
            Offer(row[0], row[1], bool(row[2]), bool(row[3]))
            for wanted in (_TO_OFFER, _ASIDE_TO_OFFER)
            for row in self._connection.execute(wanted)
        )

    def mark_seen(self, batch_id: bytes, position: int) -> None:
        """Note that the batch was seen in the verified log, at this position."""
        seq = self._connection.execute(_SEQ, {"id": batch_id}).scalar_one_or_none()
        if seq is not None:
            self._connection.execute(_NOTE_POSITION, {"of_seq": seq, "at": position})
            take_seen(self._connection, seq)

    def forget_positions_after(self, position: int) -> None:
        """The log turned out shorter or other: what stood later is offered again."""
        self._connection.execute(_FORGET_REFUSALS, {"after": position})
        return_unseen(self._connection, position)
        self._connection.execute(
            update(set_aside).where(set_aside.c.position > position).values(position=None)
        )
        forget_log_positions(self._connection, position)
        self._connection.execute(delete(log_place).where(log_place.c.position > position))

    def waiting(self) -> tuple[int, int]:
        """Return the number and the bytes of batches that the verified log lacks."""
        count, size = self._connection.execute(_WAITING).one()
        more, more_size = self._connection.execute(_ASIDE_WAITING).one()
        return count + more, size + more_size

    def cursor(self) -> Cursor | None:
        """Return how far the log was verified, or None before the first contact."""
        row = self._connection.execute(_CURSOR).first()
        return None if row is None else Cursor(row.log_id, row.position, row.chain)

    def set_cursor(self, cursor: Cursor) -> None:
        """Move the cursor, in the transaction that applied what lies before it.

        Checkpoints of this log that lie at or behind the new position's future are dropped;
        the others thin out with their distance, so a long log keeps some forty of them.
        """
        at = {"log_id": cursor.log_id, "position": cursor.position, "chain": cursor.chain}
        self._connection.execute(_SET_CURSOR, {"one": 1, **at})
        self._connection.execute(delete(batch_seen).where(batch_seen.c.log_id != cursor.log_id))
        of_log = checkpoint.c.log_id == cursor.log_id
        self._connection.execute(
            delete(checkpoint).where(of_log, checkpoint.c.position >= cursor.position)
        )
        self._connection.execute(insert(checkpoint), at)
        positions = self._connection.execute(
            select(checkpoint.c.position).where(of_log).order_by(checkpoint.c.position)
        ).scalars()
        for one in _superfluous(list(positions), cursor.position):
            self._connection.execute(delete(checkpoint).where(of_log, checkpoint.c.position == one))

    def checkpoints(self) -> tuple[Cursor, ...]:
        """Return earlier cursors of this log, newest first (sparse)."""
        now = self.cursor()
        if now is None:
            return ()
        rows = self._connection.execute(
            select(checkpoint)
            .where(checkpoint.c.log_id == now.log_id, checkpoint.c.position < now.position)
            .order_by(checkpoint.c.position.desc())
        )
        return tuple(Cursor(row.log_id, row.position, row.chain) for row in rows)


def _superfluous(positions: list[int], now: int) -> list[int]:
    # For each power of two of distance, the oldest and the newest stay: however far a restored
    # server fell back, a checkpoint at most about twice as far lies before it.
    kept: dict[int, list[int]] = {}
    for one in positions:
        kept.setdefault((now - one).bit_length(), []).append(one)
    return [one for near in kept.values() for one in near[1:-1]]
