"""The change log over SQL: appended only, with the heads of every field kept beside it.

What :func:`app.domain.merge.fold` does with one field in memory is done here for whole batches in
a handful of statements; ``tests/property`` holds the two against each other.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    literal_column,
    select,
    tuple_,
)

from app.domain.change import CHANGE_ID_BYTES, AuthorId, Change, ChangeId, RecordId
from app.domain.registry import FieldRegistry
from app.domain.stamp import Stamp
from app.services.ports import JOINING_LOOKED_AT, ChangeSource, FieldKey
from db.heads import heads_of_fields
from db.meetings import JOINING, MET, SOURCES
from db.outbox import CAN_BE_SENT, claim_awaited, put_own
from db.schema import batch, batch_change, change, change_base, head, outbox
from db.values import decode_value, encode_value

__all__ = ["SqlChangeLog"]

DIGEST_BYTES = 32
ROWS_AT_ONCE = 2_000

_IN_ORDER = (change.c.wall_ms, change.c.session, change.c.counter, change.c.id)

# Statements over thousands of rows at once are the driver's own: building a dictionary for each row
# and looking at each of its values took longer than SQLite takes to write it.
_INSERT_CHANGE = (
    "INSERT INTO change (id, record_id, kind, field, value, wall_ms, session, counter, author,"
    " is_own) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING"
)
_INSERT_BASE = "INSERT INTO change_base (change_seq, base_id) VALUES (?, ?)"
_LAST_SEQ = select(func.coalesce(func.max(change.c.seq), 0))
_SINCE = change.c.seq > bindparam("before")
_ARRIVED = select(change.c.seq, change.c.id).where(_SINCE).order_by(change.c.seq)

# Heads that an arrived change names among its bases, in its own field only.
_DROP_REPLACED = delete(head).where(
    tuple_(head.c.record_id, head.c.kind, head.c.field, head.c.change_id).in_(
        select(change.c.record_id, change.c.kind, change.c.field, change_base.c.base_id)
        .join(change_base, change_base.c.change_seq == change.c.seq)
        .where(_SINCE)
    )
)

_later = change.alias("later")
# The plus keeps SQLite from beginning at all changes of the field: with thousands of them, which a
# malicious laptop seals in a kilobyte, that is the square of it.
_IS_NOT_REPLACED = ~exists(
    select(literal_column("1"))
    .select_from(change_base.join(_later, _later.c.seq == change_base.c.change_seq))
    .where(
        change_base.c.base_id == change.c.id,
        literal_column("+later.record_id") == change.c.record_id,
        literal_column("+later.kind") == change.c.kind,
        literal_column("+later.field") == change.c.field,
    )
)
_HEAD_COLUMNS = ["record_id", "kind", "field", "change_id", "change_seq"]
_ARE_HEADS = select(
    change.c.record_id, change.c.kind, change.c.field, change.c.id, change.c.seq
).where(_IS_NOT_REPLACED)
_INSERT_ARRIVED_HEADS = insert(head).from_select(_HEAD_COLUMNS, _ARE_HEADS.where(_SINCE))
_INSERT_ALL_HEADS = insert(head).from_select(_HEAD_COLUMNS, _ARE_HEADS)

# The bases of a change in one column, as hexadecimal digits; most changes have none or one.
_BASES = (
    select(func.group_concat(func.hex(change_base.c.base_id), ""))
    .where(change_base.c.change_seq == change.c.seq)
    .scalar_subquery()
)
_CHANGE: Select[tuple[object, ...]] = select(
    change.c.id,
    change.c.kind,
    change.c.record_id,
    change.c.field,
    change.c.value,
    change.c.wall_ms,
    change.c.session,
    change.c.counter,
    change.c.author,
    _BASES.label("bases"),
)
_THIS_KEY = and_(
    head.c.record_id == bindparam("record_id"),
    head.c.kind == bindparam("kind"),
    head.c.field == bindparam("field"),
)
_WITH_HEAD = _CHANGE.join(head, head.c.change_seq == change.c.seq)
_HEADS = _WITH_HEAD.where(_THIS_KEY).order_by(*_IN_ORDER)
_DISPUTED = (
    select(head.c.record_id, head.c.kind, head.c.field)
    .where(head.c.record_id == bindparam("record_id"))
    .group_by(head.c.record_id, head.c.kind, head.c.field)
    .having(func.count() > 1)
)
_HISTORY = _CHANGE.where(
    change.c.record_id == bindparam("record_id"),
    change.c.kind == bindparam("kind"),
    change.c.field == bindparam("field"),
).order_by(*_IN_ORDER)
_BY_SEQ = _CHANGE.add_columns(change.c.seq).where(
    change.c.seq.in_(bindparam("seqs", expanding=True))
)
_PENDING = (
    _CHANGE.join(outbox, outbox.c.change_seq == change.c.seq)
    .where(outbox.c.is_sealed == 0)
    .order_by(outbox.c.change_seq)
    .limit(bindparam("limit"))
)
_OF_BATCH = (
    _CHANGE.join(batch_change, batch_change.c.change_seq == change.c.seq)
    .join(batch, batch.c.seq == batch_change.c.batch_seq)
    .where(batch.c.id == bindparam("of_batch"))
    .order_by(batch_change.c.place, change.c.seq)
)
_WAITING_BY_RECORD = (
    select(outbox.c.record_id, func.count(), func.min(outbox.c.wall_ms))
    .where(CAN_BE_SENT)
    .group_by(outbox.c.record_id)
)

_KEY = (head.c.record_id, head.c.kind, head.c.field)
_FIRST_FIELDS = select(*_KEY).distinct().order_by(*_KEY).limit(ROWS_AT_ONCE)
_NEXT_FIELDS = _FIRST_FIELDS.where(
    tuple_(*_KEY) > tuple_(bindparam("record_id"), bindparam("kind"), bindparam("field"))
)


class SqlChangeLog:
    """:class:`app.services.ports.ChangeLog` on the connection of one unit of work."""

    def __init__(self, connection: Connection, registry: FieldRegistry) -> None:
        self._connection = connection
        self._registry = registry

    def append(self, changes: Sequence[Change], *, is_own: bool) -> tuple[FieldKey, ...]:
        """Store the changes not known yet and keep the heads; return the fields touched."""
        if not changes:
            return ()
        run = self._connection.execute
        before: int = run(_LAST_SEQ).scalar_one()
        arrived = self._insert(changes, before, is_own=is_own)
        if not arrived:
            return ()
        since = {"before": before}
        if bases := [(seq, base) for seq, one in arrived for base in one.bases]:
            self._connection.exec_driver_sql(_INSERT_BASE, bases)
            run(_DROP_REPLACED, since)
        run(_INSERT_ARRIVED_HEADS, since)
        if is_own:
            put_own(self._connection, before)
        claim_awaited(self._connection, before)
        touched = dict.fromkeys((one.kind, one.record_id, one.field) for _, one in arrived)
        return tuple(FieldKey(*one) for one in touched)

    def _insert(
        self, changes: Sequence[Change], before: int, *, is_own: bool
    ) -> list[tuple[int, Change]]:
        """Insert the changes not known yet; return them with their handles."""
        rows = [self._as_row(one, is_own=is_own) for one in changes]
        self._connection.exec_driver_sql(_INSERT_CHANGE, rows)
        by_id = {one.id: one for one in changes}
        last: int = self._connection.execute(_LAST_SEQ).scalar_one()
        if last - before == len(by_id):
            # All are new, and handles are given without a gap.
            return list(enumerate(by_id.values(), before + 1))
        new = self._connection.execute(_ARRIVED, {"before": before})
        return [(row.seq, by_id[row.id]) for row in new]

    def heads(self, key: FieldKey) -> tuple[Change, ...]:
        """Return the heads of a field, oldest stamp first."""
        return self._changes(_HEADS, self._numbers(key))

    def heads_of(
        self, keys: Sequence[FieldKey], known: Mapping[ChangeId, Change]
    ) -> Mapping[FieldKey, tuple[Change, ...]]:
        """Return the heads of each of these fields, oldest stamp first. ``known`` are changes at
        hand, which need not be read."""
        found = heads_of_fields(self._connection, self._registry, keys)
        unread = [seq for one in found.values() for id_, seq in one if id_ not in known]
        read: dict[int, Change] = {}
        for start in range(0, len(unread), ROWS_AT_ONCE):
            read |= self.by_seq(unread[start : start + ROWS_AT_ONCE])
        heads = {}
        for key, one in found.items():
            these = [known[id_] if id_ in known else read[seq] for id_, seq in one]
            heads[key] = tuple(sorted(these, key=_by_stamp) if len(these) > 1 else these)
        return heads

    def disputed(self, record_ids: Sequence[RecordId]) -> Mapping[FieldKey, tuple[Change, ...]]:
        """Return the heads of those fields of these records that have several, oldest first; of
        each as many as :meth:`heads_of` gives."""
        keys = []
        for record_id in record_ids:
            rows = self._connection.execute(_DISPUTED, {"record_id": bytes.fromhex(record_id)})
            for row in rows:
                kind = self._registry.kind_name(row.kind)
                name = self._registry.field_name(kind, row.field)
                keys.append(FieldKey(kind, record_id, name))
        return self.heads_of(keys, {})

    def history(self, key: FieldKey) -> tuple[Change, ...]:
        """Return every change of a field, oldest stamp first."""
        return self._changes(_HISTORY, self._numbers(key))

    def sources(self, ids: Sequence[ChangeId]) -> Mapping[ChangeId, ChangeSource]:
        """Return where each of these changes came from, as far as this laptop knows."""
        these = {"ids": json.dumps([one.hex() for one in ids])}
        rows = self._connection.execute(SOURCES, these)
        return {ChangeId(row.id): ChangeSource(bool(row.is_own), row.device) for row in rows}

    def met(self, limit: int) -> tuple[FieldKey, ...]:
        """Return fields that have several heads and need nobody to choose."""
        rows = self._connection.execute(MET, {"limit": limit})
        return tuple(self._key(row.record_id, row.kind, row.field) for row in rows)

    def joining(self) -> Iterator[Change]:
        """Yield the changes that replaced several at once, the last to arrive first."""
        last: int = self._connection.execute(_LAST_SEQ).scalar_one()
        span = {"after": last - JOINING_LOOKED_AT, "before": last + 1}
        while seqs := self._connection.execute(JOINING, span).scalars().all():
            changes = self.by_seq(seqs)
            yield from (changes[seq] for seq in seqs)
            span["before"] = seqs[-1]

    def of_batch(self, batch_id: bytes) -> tuple[Change, ...]:
        """Return the changes of a batch that is kept here, in its order."""
        return self._changes(_OF_BATCH, {"of_batch": batch_id})

    def by_seq(self, seqs: Sequence[int]) -> Mapping[int, Change]:
        """Return the changes of these local handles."""
        rows = self._connection.execute(_BY_SEQ, {"seqs": list(seqs)})
        return {row.seq: self._as_change(row) for row in rows}

    def pending(self, limit: int) -> tuple[Change, ...]:
        """Return at most ``limit`` own changes that are in no batch yet, in the order made."""
        return self._changes(_PENDING, {"limit": limit})

    def pending_by_record(self) -> Mapping[RecordId, tuple[int, int]]:
        """Return for each record what waits to be sent: how many changes, since when."""
        rows = self._connection.execute(_WAITING_BY_RECORD)
        return {RecordId(row[0].hex()): (row[1], row[2]) for row in rows}

    def fields(self) -> Iterator[FieldKey]:
        """Yield every field that has a change; what is written meanwhile does no harm."""
        rows = self._connection.execute(_FIRST_FIELDS).all()
        while rows:
            yield from (self._key(row.record_id, row.kind, row.field) for row in rows)
            last = rows[-1]
            after = {"record_id": last.record_id, "kind": last.kind, "field": last.field}
            rows = self._connection.execute(_NEXT_FIELDS, after).all()

    def rebuild_heads(self) -> None:
        """Compute the heads anew from the changes alone."""
        self._connection.execute(delete(head))
        self._connection.execute(_INSERT_ALL_HEADS)

    def count(self) -> int:
        """Return the number of changes in the log."""
        return self._connection.execute(select(func.count()).select_from(change)).scalar_one()

    def digest(self) -> bytes:
        """Return one hash of every field's heads, in the order of record, kind, field and id.

        The id of a change covers its record, kind, field and value, so the ids alone say it all.
        """
        digest = hashlib.blake2b(digest_size=DIGEST_BYTES, person=b"qispi-heads-1")
        ids = self._connection.execution_options(yield_per=ROWS_AT_ONCE).execute(
            select(head.c.change_id).order_by(*_KEY, head.c.change_id)
        )
        for rows in ids.scalars().partitions():
            digest.update(b"".join(rows))
        return digest.digest()

    def _changes(
        self, statement: Select[tuple[object, ...]], parameters: Mapping[str, object]
    ) -> tuple[Change, ...]:
        rows = self._connection.execute(statement, parameters)
        return tuple(self._as_change(row) for row in rows)

    def _as_row(self, one: Change, *, is_own: bool) -> tuple[object, ...]:
        stamp = one.stamp
        return (
            one.id,
            bytes.fromhex(one.record_id),
            self._registry.kind_number(one.kind),
            self._registry.field_number(one.kind, one.field),
            encode_value(one.value),
            stamp.wall_ms,
            stamp.session,
            stamp.counter,
            bytes.fromhex(one.author),
            int(is_own),
        )

    def _as_change(self, row: Row[tuple[object, ...]]) -> Change:
        held: tuple[Any, ...] = tuple(row)
        id_, number, record_id, field, value, wall_ms, session, counter, author, bases = held[:10]
        kind = self._registry.kind_name(number)
        return Change(
            ChangeId(id_),
            kind,
            RecordId(record_id.hex()),
            self._registry.field_name(kind, field),
            decode_value(value),
            Stamp(wall_ms, session, counter),
            AuthorId(author.hex()),
            _bases(bases),
        )

    def _key(self, record_id: bytes, kind: int, field: int) -> FieldKey:
        name = self._registry.kind_name(kind)
        return FieldKey(name, RecordId(record_id.hex()), self._registry.field_name(name, field))

    def _numbers(self, key: FieldKey) -> dict[str, object]:
        return {
            "record_id": bytes.fromhex(key.record_id),
            "kind": self._registry.kind_number(key.kind),
            "field": self._registry.field_number(key.kind, key.field),
        }


def _bases(digits: str | None) -> tuple[ChangeId, ...]:
    if not digits:
        return ()
    joined = bytes.fromhex(digits)
    steps = range(0, len(joined), CHANGE_ID_BYTES)
    return tuple(sorted(ChangeId(joined[at : at + CHANGE_ID_BYTES]) for at in steps))


def _by_stamp(one: Change) -> tuple[Stamp, ChangeId]:
    return one.stamp, one.id
