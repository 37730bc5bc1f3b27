"""The derived values that screens read: one row a field, and which record it names."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
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

from app.domain.change import AuthorId, ChangeId, RecordId
from app.domain.registry import FieldRegistry
from app.services.ports import FieldKey, StoredField
from db.reading_ahead import ReadAhead
from db.schema import change, field, outbox, record
from db.values import decode_value, encode_value

__all__ = ["SqlRecordStore"]

ROWS_AT_ONCE = 2_000

# One parameter for any number of ids: a parameter for each, and a statement for each number of
# them, took a third of the time of a search.
_THESE = select(
    func.unhex(column("value")),
).select_from(func.json_each(bindparam("record_ids")).table_valued("value"))

# The driver's own statements: they are run for thousands of rows at once.
_PUT_FIELD = (
    "INSERT INTO field (record_id, kind, field, value, shown, is_conflict, changed_ms, author,"
    " refers_to) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (record_id, kind, field) DO UPDATE SET value = excluded.value,"
    " shown = excluded.shown, is_conflict = excluded.is_conflict,"
    " changed_ms = excluded.changed_ms, author = excluded.author, refers_to = excluded.refers_to"
)
# A record of two kinds is somebody's error: every laptop takes the lower number.
_PUT_RECORD = (
    "INSERT INTO record (id, kind) VALUES (?, ?)"
    " ON CONFLICT (id) DO UPDATE SET kind = excluded.kind WHERE record.kind > excluded.kind"
)
_KINDS_OF = select(record.c.id, record.c.kind).where(record.c.id.in_(_THESE))
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
        self._ahead: ReadAhead | None = None

    def kind_of(self, record_id: RecordId) -> str | None:
        """Return the kind of a record, or None when it is not known."""
        if self._ahead is not None and record_id in self._ahead:
            return self._ahead.kind_of(record_id)
        parameters = {"record_id": bytes.fromhex(record_id)}
        number = self._connection.execute(_KIND_OF, parameters).scalar_one_or_none()
        return None if number is None else self._registry.kind_name(number)

    def put(self, key: FieldKey, stored: StoredField, *, refers_to: RecordId | None) -> bool:
        """Write the derived value of a field; ``refers_to`` when it names another record. Return
        whether the record is new, or became one of another kind."""
        return bool(self.put_all([(key, stored, refers_to)]))

    def put_all(
        self, fields: Sequence[tuple[FieldKey, StoredField, RecordId | None]]
    ) -> tuple[RecordId, ...]:
        """Write the derived values of fields, each with the record that it names, if any. Return
        the records that are new, or became of another kind."""
        run = self._connection.exec_driver_sql
        kinds: dict[RecordId, int] = {}
        rows = []
        for key, stored, refers_to in fields:
            kind = self._registry.kind_number(key.kind)
            kinds[key.record_id] = min(kind, kinds.get(key.record_id, kind))
            rows.append(
                (
                    bytes.fromhex(key.record_id),
                    kind,
                    self._registry.field_number(key.kind, key.field),
                    encode_value(stored.value),
                    stored.shown,
                    int(stored.is_conflict),
                    stored.changed_ms,
                    bytes.fromhex(stored.author),
                    None if refers_to is None else bytes.fromhex(refers_to),
                )
            )
        held = self._connection.execute(_KINDS_OF, _these(tuple(kinds)))
        there = {row.id.hex(): row.kind for row in held}
        new = [one for one, kind in kinds.items() if there.get(one, kind + 1) > kind]
        if new:
            run(_PUT_RECORD, [(bytes.fromhex(one), kinds[one]) for one in new])
        if rows:
            run(_PUT_FIELD, rows)
        return tuple(new)

    @contextmanager
    def reading_ahead(self, record_ids: Iterable[RecordId]) -> Iterator[None]:
        """Answer what is asked of these records one by one as if it had been asked at once. Nothing
        is written to the records meanwhile."""
        self._ahead = ReadAhead(self._connection, self._registry, record_ids)
        try:
            yield
        finally:
            self._ahead = None

    def kinds_of(self, record_ids: Sequence[RecordId]) -> Mapping[RecordId, str]:
        """Return the kinds of those of these records that are known."""
        rows = self._connection.execute(_KINDS_OF, _these(record_ids))
        return {RecordId(row.id.hex()): self._registry.kind_name(row.kind) for row in rows}

    def fields(self, record_id: RecordId) -> Mapping[str, StoredField]:
        """Return the derived values of a record, by field name."""
        if self._ahead is not None and record_id in self._ahead:
            return self._ahead.fields(record_id)
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
        if self._ahead is not None and target in self._ahead:
            return self._ahead.referring(kind, field, target)
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
