"""The derived values that screens read: one row a field, and which record it names."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    column,
    delete,
    func,
    select,
)
from sqlalchemy.dialects.sqlite import insert

from app.domain.change import AuthorId, ChangeId, RecordId
from app.domain.registry import FieldRegistry
from app.services.ports import FieldKey, StoredField
from db.schema import change, field, outbox, record
from db.values import decode_value, encode_value

__all__ = ["SqlRecordStore"]

ROWS_AT_ONCE = 2_000

# One parameter for any number of ids: a parameter for each, and a statement for each number of
# them, took a third of the time of a search.
_THESE = select(
    func.unhex(column("value")),
).select_from(func.json_each(bindparam("record_ids")).table_valued("value"))

_new_field = insert(field)
_PUT_FIELD = _new_field.on_conflict_do_update(
    index_elements=[field.c.record_id, field.c.kind, field.c.field],
    set_={
        name: _new_field.excluded[name]
        for name in ("value", "shown", "is_conflict", "changed_ms", "author", "refers_to")
    },
)
_new_record = insert(record)
# A record of two kinds is somebody's error: every laptop takes the lower number.
_PUT_RECORD = _new_record.on_conflict_do_update(
    index_elements=[record.c.id],
    set_={"kind": _new_record.excluded.kind},
    where=record.c.kind > _new_record.excluded.kind,
)
_KIND_OF = select(record.c.kind).where(record.c.id == bindparam("record_id"))
_FIELDS = (
    select(field)
    .join(record, and_(record.c.id == field.c.record_id, record.c.kind == field.c.kind))
    .where(field.c.record_id == bindparam("record_id"))
)
_FIELDS_OF_THESE = (
    select(field)
    .join(record, and_(record.c.id == field.c.record_id, record.c.kind == field.c.kind))
    .where(field.c.record_id.in_(_THESE))
)
_REFERRING = (
    select(field.c.record_id)
    .join(record, and_(record.c.id == field.c.record_id, record.c.kind == field.c.kind))
    .where(
        field.c.refers_to == bindparam("target"),
        field.c.kind == bindparam("kind"),
        field.c.field == bindparam("field"),
    )
    .order_by(field.c.record_id)
)
_LINKS = (
    select(field.c.record_id, field.c.refers_to)
    .where(
        field.c.record_id.in_(_THESE),
        field.c.refers_to.is_not(None),
    )
    .order_by(field.c.record_id, field.c.kind, field.c.field)
)
_REFERRERS = (
    select(field.c.refers_to, field.c.record_id)
    .where(field.c.refers_to.in_(_THESE))
    .order_by(field.c.refers_to, field.c.record_id)
)
_IDS = (
    select(record.c.id)
    .where(record.c.kind == bindparam("kind"), record.c.id > bindparam("after"))
    .order_by(record.c.id)
    .limit(ROWS_AT_ONCE)
)
_CONFLICTS = (
    select(field.c.record_id, field.c.kind, field.c.field)
    .where(field.c.is_conflict == 1)
    .order_by(field.c.record_id, field.c.kind, field.c.field)
)
# From the few changes that wait to the fields that show them, not the other way round.
_SHOWN_AND_WAITING = outbox.join(change, change.c.seq == outbox.c.change_seq).join(
    field,
    and_(
        field.c.record_id == change.c.record_id,
        field.c.kind == change.c.kind,
        field.c.field == change.c.field,
        field.c.shown == change.c.id,
    ),
)
_UNSENT = (
    select(field.c.record_id, field.c.kind, field.c.field)
    .select_from(_SHOWN_AND_WAITING)
    .where(outbox.c.record_id.in_(_THESE))
)
# Ends at the first field of each record: on a laptop that never met a server every field waits.
_HAS_WAITING = select(outbox.c.change_seq).limit(1)


class SqlRecordStore:
    """:class:`app.services.ports.RecordStore` on the connection of one unit of work."""

    def __init__(self, connection: Connection, registry: FieldRegistry) -> None:
        self._connection = connection
        self._registry = registry

    def kind_of(self, record_id: RecordId) -> str | None:
        """Return the kind of a record, or None when it is not known."""
        parameters = {"record_id": bytes.fromhex(record_id)}
        number = self._connection.execute(_KIND_OF, parameters).scalar_one_or_none()
        return None if number is None else self._registry.kind_name(number)

    def put(self, key: FieldKey, stored: StoredField, *, refers_to: RecordId | None) -> bool:
        """Write the derived value of a field; ``refers_to`` when it names another record. Return
        whether the record is new, or became one of another kind."""
        record_id = bytes.fromhex(key.record_id)
        kind = self._registry.kind_number(key.kind)
        written = self._connection.execute(_PUT_RECORD, {"id": record_id, "kind": kind})
        self._connection.execute(
            _PUT_FIELD,
            {
                "record_id": record_id,
                "kind": kind,
                "field": self._registry.field_number(key.kind, key.field),
                "value": encode_value(stored.value),
                "shown": stored.shown,
                "is_conflict": int(stored.is_conflict),
                "changed_ms": stored.changed_ms,
                "author": bytes.fromhex(stored.author),
                "refers_to": None if refers_to is None else bytes.fromhex(refers_to),
            },
        )
        return written.rowcount > 0

    def fields(self, record_id: RecordId) -> Mapping[str, StoredField]:
        """Return the derived values of a record, by field name."""
        rows = self._connection.execute(_FIELDS, {"record_id": bytes.fromhex(record_id)}).all()
        if not rows:
            return {}
        kind = self._registry.kind_name(rows[0].kind)
        return {self._registry.field_name(kind, row.field): _stored(row) for row in rows}

    def held_by(
        self, record_ids: Sequence[RecordId]
    ) -> Mapping[RecordId, tuple[str, Mapping[str, StoredField]]]:
        """Return for each of these records its kind and its derived values, in the order given;
        those not known are left out."""
        found: dict[bytes, tuple[str, dict[str, StoredField]]] = {}
        for row in self._connection.execute(_FIELDS_OF_THESE, _these(record_ids)):
            if row.record_id not in found:
                found[row.record_id] = (self._registry.kind_name(row.kind), {})
            kind, held = found[row.record_id]
            held[self._registry.field_name(kind, row.field)] = _stored(row)
        wanted = ((one, found.get(bytes.fromhex(one))) for one in dict.fromkeys(record_ids))
        return {one: held for one, held in wanted if held is not None}

    def referring(self, kind: str, field: str, target: RecordId) -> tuple[RecordId, ...]:
        """Return the records of ``kind`` whose reference ``field`` names ``target``, oldest first
        (their ids carry the time).
        """
        found = self._connection.execute(
            _REFERRING,
            {
                "target": bytes.fromhex(target),
                "kind": self._registry.kind_number(kind),
                "field": self._registry.field_number(kind, field),
            },
        )
        return tuple(RecordId(one.hex()) for one in found.scalars())

    def links(self, record_ids: Sequence[RecordId]) -> Mapping[RecordId, tuple[RecordId, ...]]:
        """Return for each of these records the records that its reference fields name."""
        return self._pairs(_LINKS, record_ids)

    def referrers(self, record_ids: Sequence[RecordId]) -> Mapping[RecordId, tuple[RecordId, ...]]:
        """Return for each of these records the records whose reference fields name it."""
        return self._pairs(_REFERRERS, record_ids)

    def ids(self, kind: str) -> Iterator[RecordId]:
        """Yield the ids of every record of a kind; what is written meanwhile does no harm."""
        number = self._registry.kind_number(kind)
        after = b""
        while True:
            found = self._connection.execute(_IDS, {"kind": number, "after": after})
            ids: Sequence[bytes] = found.scalars().all()
            yield from (RecordId(one.hex()) for one in ids)
            if len(ids) < ROWS_AT_ONCE:
                return
            after = ids[-1]

    def conflicts(self) -> tuple[FieldKey, ...]:
        """Return the fields in which a person has to choose, oldest record first."""
        rows = self._connection.execute(_CONFLICTS)
        return tuple(self._key(row.record_id, row.kind, row.field) for row in rows)

    def unsent(self, record_ids: Sequence[RecordId]) -> frozenset[tuple[RecordId, str]]:
        """Return which fields of these records hold a shown change not yet seen in the log."""
        if not record_ids or self._connection.execute(_HAS_WAITING).first() is None:
            return frozenset()
        rows = self._connection.execute(_UNSENT, _these(record_ids))
        keys = (self._key(row.record_id, row.kind, row.field) for row in rows)
        return frozenset((key.record_id, key.field) for key in keys)

    def clear(self) -> None:
        """Drop every derived value (a rebuild follows in the same transaction)."""
        self._connection.execute(delete(field))
        self._connection.execute(delete(record))

    def count(self) -> int:
        """Return the number of records."""
        return self._connection.execute(select(func.count()).select_from(record)).scalar_one()

    def _pairs(
        self, statement: Select[bytes, bytes], record_ids: Sequence[RecordId]
    ) -> Mapping[RecordId, tuple[RecordId, ...]]:
        pairs: dict[RecordId, tuple[RecordId, ...]] = {}
        for one, other in self._connection.execute(statement, _these(record_ids)):
            first = RecordId(one.hex())
            pairs[first] = (*pairs.get(first, ()), RecordId(other.hex()))
        return pairs

    def _key(self, record_id: bytes, kind: int, field: int) -> FieldKey:
        name = self._registry.kind_name(kind)
        return FieldKey(name, RecordId(record_id.hex()), self._registry.field_name(name, field))


def _these(record_ids: Sequence[RecordId]) -> Mapping[str, str]:
    return {"record_ids": json.dumps(record_ids)}


def _stored(row: Row[Any]) -> StoredField:
    return StoredField(
        decode_value(row.value),
        ChangeId(row.shown),
        bool(row.is_conflict),
        row.changed_ms,
        AuthorId(row.author.hex()),
    )
