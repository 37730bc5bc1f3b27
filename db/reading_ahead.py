"""Derived values of many records read at once, for work that then asks for them one by one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from sqlalchemy import Connection

from app.domain.change import AuthorId, ChangeId, RecordId
from app.domain.registry import FieldRegistry
from app.services.ports import StoredField
from db.values import decode_value

__all__ = ["ReadAhead"]

_FIELDS: Final = (
    "SELECT field.record_id, field.kind, field.field, field.value, field.shown,"
    " field.is_conflict, field.changed_ms, field.author FROM field"
    " JOIN record ON record.id = field.record_id AND record.kind = field.kind"
    " WHERE field.record_id IN (SELECT unhex(value) FROM json_each(?))"
)
_KINDS: Final = "SELECT id, kind FROM record WHERE id IN (SELECT unhex(value) FROM json_each(?))"
_REFERRING: Final = (
    "SELECT field.refers_to, field.kind, field.field, field.record_id FROM field"
    " JOIN record ON record.id = field.record_id AND record.kind = field.kind"
    " WHERE field.refers_to IN (SELECT unhex(value) FROM json_each(?)) ORDER BY field.record_id"
)


class ReadAhead:
    """What is derived of some records: each kind of question is put to the database once, for all
    of them, when it is first asked. Of no use any more once anything is written.
    """

    def __init__(
        self, connection: Connection, registry: FieldRegistry, record_ids: Iterable[RecordId]
    ) -> None:
        self._connection = connection
        self._registry = registry
        self._ids = frozenset(record_ids)
        self._kinds: dict[RecordId, str] | None = None
        self._rows: dict[RecordId, list[Any]] | None = None
        self._fields: dict[RecordId, Mapping[str, StoredField]] = {}
        self._naming: dict[tuple[RecordId, str, str], list[RecordId]] | None = None

    def __contains__(self, record_id: RecordId) -> bool:
        """Return whether this record was asked for."""
        return record_id in self._ids

    def kind_of(self, record_id: RecordId) -> str | None:
        """Return the kind of a record, or None when it is not known."""
        if self._kinds is None:
            name = self._registry.kind_name
            self._kinds = {RecordId(id_.hex()): name(kind) for id_, kind in self._all(_KINDS)}
        return self._kinds.get(record_id)

    def fields(self, record_id: RecordId) -> Mapping[str, StoredField]:
        """Return the derived values of a record, by field name."""
        if self._rows is None:
            self._rows = {}
            for row in self._all(_FIELDS):
                self._rows.setdefault(RecordId(row[0].hex()), []).append(row)
        if record_id not in self._fields:
            name = self._registry.field_name
            kind = self.kind_of(record_id)
            self._fields[record_id] = {
                name(kind or "", number): StoredField(
                    decode_value(value),
                    ChangeId(shown),
                    bool(is_conflict),
                    changed_ms,
                    AuthorId(author.hex()),
                )
                for _, _, number, value, shown, is_conflict, changed_ms, author in self._rows.get(
                    record_id, ()
                )
            }
        return self._fields[record_id]

    def referring(self, kind: str, field: str, target: RecordId) -> tuple[RecordId, ...]:
        """Return the records of ``kind`` whose ``field`` names ``target``, oldest first."""
        if self._naming is None:
            self._naming = {}
            for refers_to, number, field_number, id_ in self._all(_REFERRING):
                its_kind = self._registry.kind_name(number)
                its_field = self._registry.field_name(its_kind, field_number)
                key = (RecordId(refers_to.hex()), its_kind, its_field)
                self._naming.setdefault(key, []).append(RecordId(id_.hex()))
        return tuple(self._naming.get((target, kind, field), ()))

    def _all(self, statement: str) -> list[Any]:
        found = self._connection.exec_driver_sql(statement, (json.dumps(list(self._ids)),))
        cursor = found.cursor
        assert cursor is not None, "a question has rows"
        return list(cursor.fetchall())
