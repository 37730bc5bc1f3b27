"""The heads of all records with the places of their changes in the log: what a snapshot is made of,
and what it leaves in a new laptop until the log behind it has come."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, bindparam, column, delete, exists, func, literal, select
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from app.domain.change import Change, ChangeId
from app.services.batch_ports import REVOKED_DEVICE
from app.services.ports import NO_CONTEXT, PlacedHead
from db.change_log import SqlChangeLog
from db.outbox import CAN_BE_SENT, IS_UNPROVEN, put_batch_changes, put_unproven, put_unseen
from db.schema import (
    batch,
    batch_awaited,
    batch_change,
    batch_content,
    change,
    change_base,
    head,
    outbox,
    set_aside,
)
from db.schema_sync import origin_hint

__all__ = ["SqlSnapshots"]

ROWS_AT_ONCE = 2_000
_CONTEXT_BYTES = len(NO_CONTEXT)

_FIRST_PLACE = (
    select(batch.c.seq)
    .join(batch_change, batch_change.c.batch_seq == batch.c.seq)
    .where(batch_change.c.change_seq == head.c.change_seq, batch.c.position.is_not(None))
    .order_by(batch.c.position)
    .limit(1)
    .correlate(head)
    .scalar_subquery()
)
_PLACED = (
    select(
        head.c.change_seq,
        func.substr(batch.c.id, 1, _CONTEXT_BYTES).label("context"),
        batch_change.c.place,
    )
    .select_from(head)
    .outerjoin(batch, batch.c.seq == _FIRST_PLACE)
    .outerjoin(
        batch_change,
        (batch_change.c.batch_seq == batch.c.seq)
        & (batch_change.c.change_seq == head.c.change_seq),
    )
    .order_by(batch.c.position, batch_change.c.place, head.c.change_seq)
)
# What proves nothing, or is carried to nobody, and is not in the log is no part of it.
_IS_OF_LOG = set_aside.c.position.is_not(None) | (
    (set_aside.c.is_signed == 1) & (set_aside.c.reason != REVOKED_DEVICE)
)
_HAS_PLACES = select(literal(1)).select_from(origin_hint).limit(1)
_HELD_CONTEXTS = select(func.substr(batch.c.id, 1, _CONTEXT_BYTES))
_PLACES_UNSHOWN = (
    select(func.count())
    .select_from(origin_hint)
    .where(origin_hint.c.context.not_in(_HELD_CONTEXTS))
)
_UNSENT = select(literal(1)).where(
    exists(select(outbox.c.change_seq))
    | exists(select(batch.c.seq).where(batch.c.position.is_(None)))
    | exists(select(set_aside.c.seq).where(set_aside.c.content.is_not(None), _IS_OF_LOG))
)
_BYTES = select(func.coalesce(func.sum(batch.c.size), 0)).where(
    batch.c.position > bindparam("after"), batch.c.position <= bindparam("up_to")
)
_COUNT = select(func.count()).select_from(head)
_AWAITED = select(func.count()).select_from(outbox).where(~CAN_BE_SENT)
_LET_GO = delete(outbox).where(~CAN_BE_SENT)
_NOTE = sqlite_insert(origin_hint).on_conflict_do_nothing()
_UNPROVEN = select(func.count()).select_from(change).where(IS_UNPROVEN)
_CONTRADICTED = (
    select(func.count())
    .select_from(origin_hint)
    .join(batch, func.substr(batch.c.id, 1, _CONTEXT_BYTES) == origin_hint.c.context)
    .where(
        ~exists(
            select(literal(1))
            .select_from(batch_change)
            .join(change, change.c.seq == batch_change.c.change_seq)
            .where(
                batch_change.c.batch_seq == batch.c.seq,
                batch_change.c.place == origin_hint.c.place,
                change.c.id == origin_hint.c.change_id,
            )
        )
    )
)

_IN_LOG_ORDER = select(batch.c.id).order_by(
    batch.c.position.is_(None), batch.c.position, batch.c.seq
)
_HELD = select(batch.c.seq, batch.c.position).where(batch.c.id == bindparam("of_batch"))
_IN_NO_BATCH = select(change.c.seq).where(
    change.c.id.in_(
        select(func.unhex(column("value"))).select_from(
            func.json_each(bindparam("ids")).table_valued("value")
        )
    ),
    ~exists(
        select(literal(1))
        .select_from(batch_change)
        .where(batch_change.c.change_seq == change.c.seq)
    ),
)


class SqlSnapshots:
    """:class:`app.services.ports.Snapshots` on the connection of one unit of work."""

    def __init__(self, connection: Connection, changes: SqlChangeLog) -> None:
        self._connection = connection
        self._changes = changes

    def heads(self) -> Iterator[PlacedHead]:
        """Yield every head, in the order of its batch's position and of its place there."""
        rows = self._connection.execute(_PLACED).all()
        for start in range(0, len(rows), ROWS_AT_ONCE):
            page = rows[start : start + ROWS_AT_ONCE]
            changes = self._changes.by_seq([row.change_seq for row in page])
            for row in page:
                yield _placed(changes[row.change_seq], row.context, row.place)

    def is_level(self) -> bool:
        """Return whether all that is known here stands in the verified log up to the cursor."""
        return self._connection.execute(_UNSENT).first() is None and self.unproven() == 0

    def count(self) -> int:
        """Return the number of heads."""
        count: int = self._connection.execute(_COUNT).scalar_one()
        return count

    def bytes_between(self, after: int, up_to: int) -> int:
        """Return the size of the batches at positions after one and up to another."""
        wanted = {"after": after, "up_to": up_to}
        size: int = self._connection.execute(_BYTES, wanted).scalar_one()
        return size

    def note_places(self, heads: Sequence[PlacedHead]) -> None:
        """Note where the heads of a snapshot stand, until their batches come."""
        rows = [
            {"context": one.context, "place": one.place, "change_id": one.change.id}
            for one in heads
            if one.context != NO_CONTEXT
        ]
        if rows:
            self._connection.execute(_NOTE, rows)

    def let_wait(self, heads: Sequence[PlacedHead]) -> None:
        """Let these heads wait until a batch that holds them is seen in the verified log."""
        put_unseen(self._connection, [one.change.id for one in heads])

    def let_unproven_wait(self) -> None:
        """Let every change that others made and that stands in no batch that is here wait so."""
        put_unproven(self._connection)

    def let_wait_no_more(self) -> None:
        """The region's log holds what was let wait so: none of that waits any more."""
        self._connection.execute(_LET_GO)

    def awaited(self) -> int:
        """Return how many heads of a snapshot by stick wait for the batches that hold them."""
        return self._connection.execute(_AWAITED).scalar_one()

    def has_places(self) -> bool:
        """Return whether something is believed of which change stands where that no batch showed
        yet."""
        return self._connection.execute(_HAS_PLACES).first() is not None

    def forget_proven_places(self) -> None:
        """What the batches that are here show is of no use any more."""
        self._connection.execute(
            delete(origin_hint).where(origin_hint.c.context.in_(_HELD_CONTEXTS))
        )

    def forget_places(self) -> None:
        """Nothing of what a snapshot told of places is believed any more."""
        self._connection.execute(delete(origin_hint))

    def unproven(self) -> int:
        """Return how many changes that others made stand in no batch that is here, or how many
        places that a snapshot told are of no batch that is here if those are more."""
        changes: int = self._connection.execute(_UNPROVEN).scalar_one()
        places: int = self._connection.execute(_PLACES_UNSHOWN).scalar_one()
        return max(changes, places)

    def contradicted(self) -> int:
        """Return of how many changes a snapshot said another place than their batch shows."""
        return self._connection.execute(_CONTRADICTED).scalar_one()

    def batches(self) -> tuple[bytes, ...]:
        """Return the ids of all batches that are held, in the order of the log; behind them those
        without a place in it, oldest first."""
        return tuple(self._connection.execute(_IN_LOG_ORDER).scalars())

    def hold_instead(self, batch_id: bytes, change_ids: Sequence[ChangeId]) -> None:
        """Note that a batch holds these changes, and no others."""
        held = self._connection.execute(_HELD, {"of_batch": batch_id}).one()
        self._let_go(held.seq)
        put_batch_changes(self._connection, held.seq, change_ids, is_seen=held.position is not None)

    def take_out_batch(self, batch_id: bytes) -> int | None:
        """A batch is held no longer; return its place in the log. Its changes stay."""
        held = self._connection.execute(_HELD, {"of_batch": batch_id}).one()
        self._let_go(held.seq)
        self._connection.execute(delete(batch_content).where(batch_content.c.batch_seq == held.seq))
        self._connection.execute(delete(batch).where(batch.c.seq == held.seq))
        position: int | None = held.position
        return position

    def take_out_changes(self, change_ids: Sequence[ChangeId]) -> None:
        """Take those of these changes that stand in no batch out of the log, as if they had never
        come. What is derived is to be made anew."""
        for start in range(0, len(change_ids), ROWS_AT_ONCE):
            some = change_ids[start : start + ROWS_AT_ONCE]
            wanted = {"ids": json.dumps([one.hex() for one in some])}
            seqs = self._connection.execute(_IN_NO_BATCH, wanted).scalars().all()
            for of_change in (head.c.change_seq, change_base.c.change_seq, outbox.c.change_seq):
                self._connection.execute(delete(of_change.table).where(of_change.in_(seqs)))
            self._connection.execute(delete(change).where(change.c.seq.in_(seqs)))

    def _let_go(self, batch_seq: int) -> None:
        for of_batch in (batch_change.c.batch_seq, batch_awaited.c.batch_seq):
            self._connection.execute(delete(of_batch.table).where(of_batch == batch_seq))


def _placed(change: Change, context: bytes | None, place: int | None) -> PlacedHead:
    if context is None or place is None:
        return PlacedHead(change, NO_CONTEXT, 0)
    return PlacedHead(change, context, place)
