"""Where changes are, as far as this laptop saw it: on sticks, in the log, or here alone."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    case,
    column,
    distinct,
    exists,
    func,
    literal,
    literal_column,
    or_,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.dialects.sqlite import insert

from app.domain.change import ChangeId, RecordId
from app.domain.registry import FieldRegistry
from app.services.sealed_size import estimated_bytes
from app.services.urgent import UrgentMarks
from app.services.whereabouts_ports import PlacedTrace, ShareKind, WaitingShare, WaitingTrace
from db.batch_log import ASIDE_WAITS
from db.outbox import CAN_BE_SENT
from db.schema import batch, batch_change, batch_content, change, field, head, outbox, set_aside
from db.schema_sync import on_stick, refusal
from db.values import encode_value

__all__ = ["SqlTraces"]

FRONT_BYTES: Final = 270
"""Header and signature of a batch."""

# One parameter for any number of ids.
_THESE = select(func.unhex(column("value"))).select_from(
    func.json_each(bindparam("ids")).table_valued("value")
)
_new = insert(on_stick)
_PUT = _new.on_conflict_do_update(
    index_elements=[on_stick.c.batch], set_={"at_ms": _new.excluded.at_ms}
)
_LACKING = select(batch.c.id).where(batch.c.id.in_(_THESE), batch.c.position.is_(None))
_HAS_WAITING = select(outbox.c.change_seq).limit(1)
_IS_HEAD = and_(
    head.c.record_id == change.c.record_id,
    head.c.kind == change.c.kind,
    head.c.field == change.c.field,
    head.c.change_id == change.c.id,
)
_WAITING = (
    select(
        change.c.record_id,
        change.c.kind,
        change.c.field,
        change.c.seq,
        change.c.wall_ms,
        batch.c.id,
        batch.c.is_own,
        on_stick.c.at_ms,
        (batch.c.id.is_(None) & (outbox.c.is_sealed == 1)).label("is_awaited"),
        refusal.c.at_ms.label("refused_ms"),
    )
    .select_from(outbox)
    .join(change, change.c.seq == outbox.c.change_seq)
    .join(head, _IS_HEAD)
    .outerjoin(batch_change, batch_change.c.change_seq == change.c.seq)
    .outerjoin(batch, batch.c.seq == batch_change.c.batch_seq)
    .outerjoin(on_stick, on_stick.c.batch == batch.c.id)
    .outerjoin(refusal, refusal.c.batch == batch.c.id)
    .where(outbox.c.record_id.in_(_THESE))
)
_early = batch.alias("early")
_earlier = batch_change.alias("earlier")
_IS_PLACED_BEFORE = exists(
    select(literal(1))
    .select_from(_earlier.join(_early, _early.c.seq == _earlier.c.batch_seq))
    .where(_earlier.c.change_seq == change.c.seq, _early.c.position <= bindparam("behind"))
)
_beside = head.alias("beside")
_HEADS = (
    select(func.count())
    .where(
        _beside.c.record_id == change.c.record_id,
        _beside.c.kind == change.c.kind,
        _beside.c.field == change.c.field,
    )
    .scalar_subquery()
    .label("heads")
)
# From the few batches behind the position (the plus keeps SQLite from beginning at the many fields
# of the records). The least position names the batch beside it.
_PLACED_AFTER = (
    select(
        change.c.record_id,
        change.c.kind,
        change.c.field,
        func.min(batch.c.position).label("position"),
        batch.c.id,
        _HEADS,
    )
    .select_from(batch)
    .join(batch_change, batch_change.c.batch_seq == batch.c.seq)
    .join(change, change.c.seq == batch_change.c.change_seq)
    .join(head, _IS_HEAD)
    .where(
        batch.c.position > bindparam("behind"),
        literal_column("+change.record_id").in_(_THESE),
        ~_IS_PLACED_BEFORE,
    )
    .group_by(change.c.seq)
)
_FIELD_COUNTS = (
    select(field.c.record_id, func.count().label("fields"))
    .where(field.c.record_id.in_(_THESE))
    .group_by(field.c.record_id)
)
_FRONTS = union_all(
    select(batch.c.id, func.substr(batch_content.c.content, 1, FRONT_BYTES).label("front"))
    .join(batch_content, batch_content.c.batch_seq == batch.c.seq)
    .where(batch.c.id.in_(_THESE)),
    select(set_aside.c.batch, func.substr(set_aside.c.content, 1, FRONT_BYTES)).where(
        set_aside.c.batch.in_(_THESE), set_aside.c.content.is_not(None)
    ),
)
_SIZE_AFTER = select(func.coalesce(func.sum(batch.c.size), 0)).where(
    batch.c.position > bindparam("behind")
)
_HOLDS_WAITING = exists(
    select(literal(1))
    .select_from(batch_change.join(outbox, outbox.c.change_seq == batch_change.c.change_seq))
    .where(batch_change.c.batch_seq == batch.c.seq)
)
_IS_UNSEALED = outbox.c.is_sealed == 0
_closed = union_all(
    select(batch.c.size, batch.c.at_ms).where(batch.c.position.is_(None), ~_HOLDS_WAITING),
    select(set_aside.c.size, set_aside.c.at_ms).where(*ASIDE_WAITS),
).subquery()
_CLOSED = select(func.count(), func.sum(_closed.c.size), func.min(_closed.c.at_ms)).select_from(
    _closed
)


class SqlTraces:
    """:class:`app.services.ports.Traces` on the connection of one unit of work."""

    def __init__(self, connection: Connection, registry: FieldRegistry) -> None:
        self._connection = connection
        self._registry = registry

    def note_on_stick(self, batch_ids: Sequence[bytes], at_ms: int) -> None:
        """Note that these batches lie whole on a stick; of those that the log has, nothing."""
        lacking = self._connection.execute(_LACKING, _ids(batch_ids)).scalars().all()
        if lacking:
            self._connection.execute(_PUT, [{"batch": one, "at_ms": at_ms} for one in lacking])

    def waiting(self, record_ids: Sequence[RecordId]) -> tuple[WaitingTrace, ...]:
        """Return the current changes of these records that the log lacks."""
        if not record_ids or self._connection.execute(_HAS_WAITING).first() is None:
            return ()
        rows = self._connection.execute(_WAITING, {"ids": json.dumps(list(record_ids))})
        found = []
        for row in rows:
            kind, name = self._names(row.kind, row.field)
            record_id = RecordId(row.record_id.hex())
            found.append(
                WaitingTrace(
                    record_id,
                    kind,
                    name,
                    row.seq,
                    row.wall_ms,
                    row.id,
                    bool(row.is_own),
                    row.at_ms,
                    bool(row.is_awaited),
                    row.refused_ms,
                )
            )
        return tuple(found)

    def placed_after(
        self, record_ids: Sequence[RecordId], position: int
    ) -> tuple[PlacedTrace, ...]:
        """Return the current changes of these records whose first place lies behind a position."""
        if not record_ids:
            return ()
        asked = {"ids": json.dumps(list(record_ids)), "behind": position}
        return tuple(
            PlacedTrace(
                RecordId(row.record_id.hex()),
                *self._names(row.kind, row.field),
                row.position,
                row.id,
                row.heads,
            )
            for row in self._connection.execute(_PLACED_AFTER, asked)
        )

    def field_counts(self, record_ids: Sequence[RecordId]) -> Mapping[RecordId, int]:
        """Return how many fields each of these records has."""
        if not record_ids:
            return {}
        asked = {"ids": json.dumps(list(record_ids))}
        rows = self._connection.execute(_FIELD_COUNTS, asked)
        return {RecordId(row.record_id.hex()): row.fields for row in rows}

    def size_after(self, position: int) -> int:
        """Return the bytes of the batches that stand behind a position of the log."""
        return int(self._connection.execute(_SIZE_AFTER, {"behind": position}).scalar_one())

    def fronts(self, batch_ids: Sequence[bytes]) -> Mapping[bytes, bytes]:
        """Return the first bytes of these batches, by id: their headers."""
        if not batch_ids:
            return {}
        return {row.id: row.front for row in self._connection.execute(_FRONTS, _ids(batch_ids))}

    def shares(
        self, marks: UrgentMarks, apart: Collection[ChangeId] = ()
    ) -> tuple[WaitingShare, ...]:
        """Return which changes wait, by kind, in the order in which they leave."""
        is_urgent = self._is_urgent(marks)
        sizes = self._sizes(is_urgent)
        found, unsealed, told = [], Counter[str](), 0
        for row in self._connection.execute(_by_urgency(is_urgent, apart)):
            unsealed.update(changes=row.unsealed, records=row.records, plain=row.plain)
            # What leaves behind goes into the batch of what leaves first, and only adds to it.
            more = estimated_bytes(**unsealed) - told
            told += more
            kind = ShareKind.URGENT if row.is_urgent else ShareKind.OTHER
            size = sizes.get(row.is_urgent, 0) + more
            has_more = row.unsealed > 0
            found.append(WaitingShare(kind, row.changes, size, row.since, is_estimated=has_more))
        closed = self.closed()
        return tuple(found) if closed is None else (*found, closed)

    def _is_urgent(self, marks: UrgentMarks) -> ColumnElement[bool]:
        of = self._registry
        values = [
            (of.kind_number(kind), of.field_number(kind, name), encode_value(value))
            for kind, name, value in marks.values
        ]
        return outbox.c.record_id.in_(
            select(outbox.c.record_id)
            .join(change, change.c.seq == outbox.c.change_seq)
            .where(
                or_(
                    change.c.kind.in_([of.kind_number(kind) for kind in marks.kinds]),
                    tuple_(change.c.kind, change.c.field, change.c.value).in_(values),
                )
            )
        )

    def _sizes(self, is_urgent: ColumnElement[bool]) -> Mapping[int, int]:
        """Return the bytes of the batches that hold what waits, by whether they hold something
        urgent."""
        held = (
            select(batch.c.size, func.max(is_urgent).label("is_urgent"))
            .join(batch_change, batch_change.c.batch_seq == batch.c.seq)
            .join(outbox, outbox.c.change_seq == batch_change.c.change_seq)
            .where(batch.c.position.is_(None))
            .group_by(batch.c.seq)
            .subquery()
        )
        rows = self._connection.execute(
            select(held.c.is_urgent, func.sum(held.c.size)).group_by(held.c.is_urgent)
        )
        return {row[0]: row[1] for row in rows}

    def closed(self) -> WaitingShare | None:
        """Return the batches that wait although no change that waits is in them."""
        count, size, since = self._connection.execute(_CLOSED).one()
        return WaitingShare(ShareKind.CLOSED, count, size, since) if count else None

    def _names(self, kind: int, field: int) -> tuple[str, str]:
        name = self._registry.kind_name(kind)
        return name, self._registry.field_name(name, field)


def _by_urgency(
    is_urgent: ColumnElement[bool], apart: Collection[ChangeId]
) -> Select[bool, int, Any, Any, int, Any]:
    """Return the question what waits, the urgent first; of what is not sealed how many changes of
    how many records it is, and the bytes of their values."""
    return (
        select(
            is_urgent.label("is_urgent"),
            func.count().label("changes"),
            func.min(outbox.c.wall_ms).label("since"),
            func.sum(case((_IS_UNSEALED, 1), else_=0)).label("unsealed"),
            func.count(distinct(case((_IS_UNSEALED, outbox.c.record_id)))).label("records"),
            func.sum(case((_IS_UNSEALED, func.length(change.c.value)), else_=0)).label("plain"),
        )
        .select_from(outbox)
        .join(change, change.c.seq == outbox.c.change_seq)
        .where(CAN_BE_SENT, change.c.id.not_in(apart))
        .group_by(is_urgent)
        .order_by(is_urgent.desc())
    )


def _ids(batch_ids: Sequence[bytes]) -> Mapping[str, str]:
    return {"ids": json.dumps([one.hex() for one in batch_ids])}
