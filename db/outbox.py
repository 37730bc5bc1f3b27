"""Which changes the region's verified log still lacks: the table ``outbox``, kept exact.

A change waits while it is ours and in no batch, or while none of the batches that hold it was seen
in the log; so do the heads of a snapshot that came by stick, which others send. The table holds
those changes and no others, so asking what waits costs nothing when all is sent, however long the
change log has grown.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from sqlalchemy import (
    Connection,
    and_,
    bindparam,
    column,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from db.schema import batch, batch_awaited, batch_change, change, outbox

__all__ = [
    "CAN_BE_SENT",
    "IS_UNPROVEN",
    "claim_awaited",
    "put_batch_changes",
    "put_own",
    "put_unproven",
    "put_unseen",
    "return_unseen",
    "take_seen",
]

_held = batch_change.alias("held")
_IS_HELD = exists(
    select(literal(1)).select_from(_held).where(_held.c.change_seq == outbox.c.change_seq)
)
CAN_BE_SENT = or_(outbox.c.is_sealed == 0, _IS_HELD)
"""This laptop seals the change, or holds a batch with it: not so a head of a snapshot by stick
whose batch has not come."""

_COLUMNS = ["change_seq", "record_id", "wall_ms", "is_sealed"]

_PUT_OWN = insert(outbox).from_select(
    _COLUMNS,
    select(change.c.seq, change.c.record_id, change.c.wall_ms, literal(0)).where(
        change.c.seq > bindparam("before")
    ),
)

_other = batch.alias("other")
_WAS_SEEN = exists(
    select(literal(1))
    .select_from(batch_change.join(_other, _other.c.seq == batch_change.c.batch_seq))
    .where(batch_change.c.change_seq == change.c.seq, _other.c.position.is_not(None))
)
_member = batch_change.alias("member")
_UNSEEN_OF_BATCH = (
    select(change.c.seq, change.c.record_id, change.c.wall_ms, literal(1))
    .select_from(change.join(_member, _member.c.change_seq == change.c.seq))
    .where(_member.c.batch_seq == bindparam("batch"), ~_WAS_SEEN)
)
_PUT_SEALED = (
    sqlite_insert(outbox)
    .from_select(_COLUMNS, _UNSEEN_OF_BATCH)
    .on_conflict_do_update(index_elements=[outbox.c.change_seq], set_={"is_sealed": 1})
)
_PUT_UNSEEN = (
    sqlite_insert(outbox)
    .from_select(
        _COLUMNS,
        select(change.c.seq, change.c.record_id, change.c.wall_ms, literal(1)).where(
            change.c.id.in_(
                select(func.unhex(column("value"))).select_from(
                    func.json_each(bindparam("ids")).table_valued("value")
                )
            ),
            ~_WAS_SEEN,
        ),
    )
    .on_conflict_do_nothing()
)
IS_UNPROVEN = and_(
    change.c.is_own == 0,
    ~exists(select(literal(1)).select_from(_held).where(_held.c.change_seq == change.c.seq)),
)
"""Another laptop made the change, and no batch that is here holds it."""

_PUT_UNPROVEN = (
    sqlite_insert(outbox)
    .from_select(
        _COLUMNS,
        select(change.c.seq, change.c.record_id, change.c.wall_ms, literal(1)).where(IS_UNPROVEN),
    )
    .on_conflict_do_nothing()
)
_TAKE_SEEN = delete(outbox).where(
    outbox.c.change_seq.in_(
        select(batch_change.c.change_seq).where(batch_change.c.batch_seq == bindparam("batch"))
    )
)

_NAME_KNOWN = text(
    "INSERT INTO batch_change (batch_seq, change_seq, place)"
    " SELECT :batch, change.seq, named.key FROM json_each(:ids) AS named"
    " CROSS JOIN change ON change.id = unhex(named.value) WHERE true ON CONFLICT DO NOTHING"
)
_NAME_AWAITED = text(
    "INSERT INTO batch_awaited (change_id, batch_seq, place)"
    " SELECT unhex(named.value), :batch, named.key FROM json_each(:ids) AS named"
    " WHERE NOT EXISTS (SELECT 1 FROM change WHERE change.id = unhex(named.value))"
    " ON CONFLICT DO NOTHING"
)
_IS_AWAITED = select(batch_awaited.c.batch_seq).limit(1)
_ARRIVED_AWAITED = (
    select(batch_awaited.c.batch_seq, batch_awaited.c.place, change.c.seq, change.c.id)
    .join(change, change.c.id == batch_awaited.c.change_id)
    .where(change.c.seq > bindparam("before"))
)


def put_own(connection: Connection, before: int) -> None:
    """Let the changes that arrived after ``before`` wait to be sealed."""
    connection.execute(_PUT_OWN, {"before": before})


def put_batch_changes(
    connection: Connection, batch_seq: int, change_ids: Sequence[bytes], *, is_seen: bool = False
) -> None:
    """Note which changes a batch holds, and the place of each; what of it was not seen in the log
    waits to be seen, unless the batch was.

    Changes that are not in the log yet are remembered until they are.
    """
    if not change_ids:
        return
    ids = json.dumps([one.hex() for one in change_ids])
    named = connection.execute(_NAME_KNOWN, {"batch": batch_seq, "ids": ids})
    if named.rowcount < len(change_ids):
        connection.execute(_NAME_AWAITED, {"batch": batch_seq, "ids": ids})
    if is_seen:
        take_seen(connection, batch_seq)
    else:
        connection.execute(_PUT_SEALED, {"batch": batch_seq})


def put_unseen(connection: Connection, change_ids: Sequence[bytes]) -> None:
    """Let those of these changes that were not seen in the log wait for that; others seal them."""
    ids = json.dumps([one.hex() for one in change_ids])
    connection.execute(_PUT_UNSEEN, {"ids": ids})


def put_unproven(connection: Connection) -> None:
    """Let every change of others that stands in no batch wait to be seen in the log."""
    connection.execute(_PUT_UNPROVEN)


def claim_awaited(connection: Connection, before: int) -> None:
    """Join the changes that arrived after ``before`` with the batches that named them earlier."""
    if connection.execute(_IS_AWAITED).first() is None:
        return
    arrived = connection.execute(_ARRIVED_AWAITED, {"before": before}).all()
    if not arrived:
        return
    connection.execute(
        sqlite_insert(batch_change).on_conflict_do_nothing(),
        [
            {"batch_seq": row.batch_seq, "change_seq": row.seq, "place": row.place}
            for row in arrived
        ],
    )
    connection.execute(
        delete(batch_awaited).where(batch_awaited.c.change_id == bindparam("change")),
        [{"change": row.id} for row in arrived],
    )
    for batch_seq in sorted({row.batch_seq for row in arrived}):
        if not _take_if_seen(connection, batch_seq):
            connection.execute(_PUT_SEALED, {"batch": batch_seq})


def take_seen(connection: Connection, batch_seq: int) -> None:
    """The batch has a position in the log: its changes no longer wait."""
    connection.execute(_TAKE_SEEN, {"batch": batch_seq})


def return_unseen(connection: Connection, position: int) -> None:
    """The log turned out shorter: take the later positions back; their changes wait again."""
    later = select(batch.c.seq).where(batch.c.position > position).order_by(batch.c.seq)
    seqs = connection.execute(later).scalars().all()
    connection.execute(update(batch).where(batch.c.position > position).values(position=None))
    for batch_seq in seqs:
        connection.execute(_PUT_SEALED, {"batch": batch_seq})


def _take_if_seen(connection: Connection, batch_seq: int) -> bool:
    seen = select(batch.c.position).where(batch.c.seq == batch_seq)
    if connection.execute(seen).scalar_one() is None:
        return False
    take_seen(connection, batch_seq)
    return True
