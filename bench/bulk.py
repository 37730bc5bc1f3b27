"""The quick way to many cases: the program's own use cases over lists of rows instead of SQL.

Rules, ids, hashes and what is derived come from the very code that a typed case passes through;
only the storage is another, so that 20,000 cases take minutes. ``bench.centre`` compares what comes
of it, row by row, with what the real unit of work writes for the same cases.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Final

from sqlalchemy import Table

from app.domain.change import AuthorId, Change, ChangeId, RecordId
from app.domain.registry import FieldRegistry
from app.services.people_ports import PersonEntry
from app.services.ports import FieldKey, SealedBatch, StoredField
from app.services.read_models import CaseRow
from app.services.unit_access import UnitAccess
from db import audit_log, people, schema, schema_work, search
from db.store import Store
from db.values import encode_value

__all__ = ["SEARCH", "Tray", "driver"]

SEARCH: Final = "case_search"
"""The full-text table, which the schema knows as a statement only."""


def driver(store: Store) -> Any:
    """Return the bare connection of an open store."""
    return store._driver_connection()


class Tray:
    """A unit of work for new cases that keeps the rows it would write, by table.

    It stands for an empty log as far as heads and values go, and forgets them with each
    :meth:`take`: good for cases that are opened and filled in between two takes, and no more.
    """

    def __init__(self, registry: FieldRegistry, store: Store) -> None:
        last = driver(store).execute
        self.rows: dict[str, list[tuple[Any, ...]]] = {}
        self.changes = _Changes(self, registry, last("SELECT max(seq) FROM change").fetchone()[0])
        self.records = _Records(self, registry)
        self.cases = _Cases(self, last("SELECT max(seq) FROM case_row").fetchone()[0])
        self.agenda = _Agenda(self)
        self.referrals = _Referrals()
        self.people = _People(self, registry, last("SELECT max(seq) FROM person_row").fetchone()[0])
        self.audit = _Audit(
            self, last("SELECT number, hash FROM audit ORDER BY number DESC LIMIT 1").fetchone()
        )
        self.batches = _Batches(self, last("SELECT max(seq) FROM batch").fetchone()[0])
        self.local = _Local()
        self.access: UnitAccess[Any] = UnitAccess(None)

    def commit(self) -> None:
        """Nothing: :meth:`take` hands the rows over."""

    def write(self, table: Table | str, *rows: tuple[Any, ...]) -> None:
        """Keep rows of a table."""
        self.rows.setdefault(table if isinstance(table, str) else table.name, []).extend(rows)

    def take(self) -> dict[str, list[tuple[Any, ...]]]:
        """Return the rows since the last take, by table, and forget the cases they are of."""
        self.changes.settle()
        self.records.settle()
        self.cases.settle()
        self.people.settle()
        self.agenda.settle()
        self.batches.settle()
        self.write(schema.local, *self.local.held.items())
        taken, self.rows = self.rows, {}
        return taken


class _Changes:
    def __init__(self, tray: Tray, registry: FieldRegistry, last: int | None) -> None:
        self._tray, self._registry, self._seq = tray, registry, last or 0
        self._heads: dict[FieldKey, tuple[Change, int]] = {}
        self._waiting: dict[ChangeId, tuple[Change, int]] = {}

    def heads(self, key: FieldKey) -> tuple[Change, ...]:
        held = self._heads.get(key)
        return () if held is None else (held[0],)

    def heads_of(
        self, keys: Sequence[FieldKey], known: Mapping[ChangeId, Change]
    ) -> Mapping[FieldKey, tuple[Change, ...]]:
        del known
        return {key: self.heads(key) for key in keys}

    def append(self, changes: Sequence[Change], *, is_own: bool) -> tuple[FieldKey, ...]:
        touched: dict[FieldKey, None] = {}
        for one in changes:
            self._seq += 1
            key = FieldKey(one.kind, one.record_id, one.field)
            touched.setdefault(key)
            self._heads[key] = (one, self._seq)
            self._waiting[one.id] = (one, self._seq)
            stamp = one.stamp
            self._tray.write(
                schema.change,
                (
                    *(self._seq, one.id, *_numbers(self._registry, key)),
                    *(encode_value(one.value), stamp.wall_ms, stamp.session, stamp.counter),
                    *(bytes.fromhex(one.author), int(is_own)),
                ),
            )
            self._tray.write(schema.change_base, *((self._seq, base) for base in one.bases))
        return tuple(touched)

    def pending(self, limit: int) -> tuple[Change, ...]:
        return tuple(one for one, _ in list(self._waiting.values())[:limit])

    def seal(self, change_ids: Sequence[ChangeId]) -> list[int]:
        return [self._waiting.pop(one)[1] for one in change_ids]

    def settle(self) -> None:
        for key, (head, seq) in self._heads.items():
            self._tray.write(schema.head, (*_numbers(self._registry, key), head.id, seq))
        for one, seq in self._waiting.values():
            row = (seq, bytes.fromhex(one.record_id), one.stamp.wall_ms, 0)
            self._tray.write(schema.outbox, row)
        self._heads.clear()
        self._waiting.clear()


class _Records:
    def __init__(self, tray: Tray, registry: FieldRegistry) -> None:
        self._tray, self._registry = tray, registry
        self._fields: dict[RecordId, dict[str, StoredField]] = {}
        self._kinds: dict[RecordId, str] = {}
        self._targets: dict[FieldKey, RecordId] = {}

    def kind_of(self, record_id: RecordId) -> str | None:
        return self._kinds.get(record_id)

    def fields(self, record_id: RecordId) -> Mapping[str, StoredField]:
        return self._fields.get(record_id, {})

    def put(self, key: FieldKey, stored: StoredField, *, refers_to: RecordId | None) -> bool:
        is_new = key.record_id not in self._kinds
        self._kinds[key.record_id] = key.kind
        self._fields.setdefault(key.record_id, {})[key.field] = stored
        if refers_to is not None:
            self._targets[key] = refers_to
        return is_new

    def put_all(
        self, fields: Sequence[tuple[FieldKey, StoredField, RecordId | None]]
    ) -> tuple[RecordId, ...]:
        new = dict.fromkeys(
            key.record_id for key, stored, named in fields if self.put(key, stored, refers_to=named)
        )
        return tuple(new)

    def kinds_of(self, record_ids: Sequence[RecordId]) -> Mapping[RecordId, str]:
        return {one: self._kinds[one] for one in record_ids if one in self._kinds}

    def reading_ahead(self, _: Iterable[RecordId]) -> AbstractContextManager[None]:
        return nullcontext()

    def referring(self, kind: str, field: str, target: RecordId) -> tuple[RecordId, ...]:
        return tuple(
            key.record_id
            for key, named in self._targets.items()
            if named == target and key.kind == kind and key.field == field
        )

    def links(self, _: Sequence[RecordId]) -> Mapping[RecordId, tuple[RecordId, ...]]:
        return {}  # every record is written once and never becomes another: nothing is beside it

    def referrers(self, _: Sequence[RecordId]) -> Mapping[RecordId, tuple[RecordId, ...]]:
        return {}

    def settle(self) -> None:
        for record_id, fields in self._fields.items():
            kind = self._kinds[record_id]
            number = self._registry.kind_number(kind)
            self._tray.write(schema.record, (bytes.fromhex(record_id), number))
            for name, one in fields.items():
                key = FieldKey(kind, record_id, name)
                target = self._targets.get(key)
                self._tray.write(
                    schema.field,
                    (
                        *(*_numbers(self._registry, key), encode_value(one.value), one.shown),
                        *(int(one.is_conflict), one.changed_ms, bytes.fromhex(one.author)),
                        None if target is None else bytes.fromhex(target),
                    ),
                )
        self._fields.clear()
        self._kinds.clear()
        self._targets.clear()


class _Cases:
    def __init__(self, tray: Tray, last: int | None) -> None:
        self._tray, self._seq = tray, last or 0
        self._held: dict[RecordId, tuple[CaseRow, str]] = {}

    def put(self, row: CaseRow, search_text: str) -> None:
        self._held[row.case_id] = (row, search_text)

    def search(self, folded_query: str, *, limit: int) -> tuple[CaseRow, ...]:
        del folded_query, limit
        return ()  # no case number is taken: the counter of a fresh laptop is right

    def bearers(self, code: str) -> int:
        del code
        return 0

    def settle(self) -> None:
        for row, words in self._held.values():
            self._seq += 1
            values = (
                *(self._seq, bytes.fromhex(row.case_id), row.code, row.person, row.age),
                *(row.risk_level, row.violence_type, row.district),
                None if row.entered_on is None else row.entered_on.isoformat(),
                *(row.changed_ms, int(row.has_conflict), int(row.call_warning)),
                search._place(row),
                hashlib.blake2b(words.encode(), digest_size=search.SEARCH_HASH_BYTES).digest(),
            )
            self._tray.write(schema.case_row, values)
            self._tray.write(SEARCH, (self._seq, words))
        self._held.clear()


class _Agenda:
    def __init__(self, tray: Tray) -> None:
        self._tray = tray
        self._stale: dict[RecordId, None] = {}

    def mark(self, case_ids: Iterable[RecordId]) -> None:
        self._stale |= dict.fromkeys(case_ids)

    def settle(self) -> None:
        self._tray.write(schema_work.task_stale, *((bytes.fromhex(one), 0) for one in self._stale))
        self._stale.clear()


class _Referrals:
    def remove(self, referral_id: RecordId) -> None:
        """Nothing: the cases of a measurement have no referrals."""
        del referral_id


class _People:
    def __init__(self, tray: Tray, registry: FieldRegistry, last: int | None) -> None:
        self._tray, self._registry, self._seq = tray, registry, last or 0
        self._held: dict[RecordId, tuple[PersonEntry, frozenset[str]]] = {}

    def put(self, entry: PersonEntry, keys: Iterable[str]) -> None:
        self._held[entry.record_id] = (entry, frozenset(keys))

    def remove(self, record_id: RecordId) -> None:
        self._held.pop(record_id, None)

    def settle(self) -> None:
        for entry, keys in self._held.values():
            self._seq += 1
            row = people.packed(entry, keys, self._registry)
            self._tray.write(schema_work.person_row, (self._seq, *row.values()))
            numbers = {people.key_number(key) for key in keys}
            self._tray.write(schema_work.person_key, *((one, self._seq) for one in numbers))
        self._held.clear()


class _Audit:
    def __init__(self, tray: Tray, last: tuple[int, bytes] | None) -> None:
        self._tray = tray
        self._number, self._hash = last or (0, bytes(32))

    def append(
        self, *, actor: AuthorId, action: str, object_id: str, at_ms: int, detail: str = ""
    ) -> None:
        self._number += 1
        row = {
            "number": self._number,
            "actor": bytes.fromhex(actor),
            "action": action,
            "object_id": object_id,
            "at_ms": at_ms,
            "detail": detail,
            "role": "",
            "session": None,
        }
        self._hash = audit_log.hash_of(self._hash, row)
        rest = (self._hash, audit_log.VERSION, "", None, None, None)
        self._tray.write(schema.audit, (*list(row.values())[:6], *rest))

    def acts_as(self, role: str) -> None:
        del role  # the rows made here name none


class _Batches:
    def __init__(self, tray: Tray, last: int | None) -> None:
        self._tray, self._seq = tray, last or 0
        self._rows: dict[bytes, tuple[tuple[Any, ...], tuple[Any, ...]]] = {}

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
    ) -> None:
        self._seq += 1
        size = len(batch.content)
        self._rows[batch.id] = (
            (self._seq, batch.id, session, number, int(is_own)),
            (size, at_ms, 0, device),
        )
        self._tray.write(schema.batch_content, (self._seq, batch.content))
        seqs = self._tray.changes.seal(change_ids)
        self._tray.write(
            schema.batch_change, *((self._seq, one, at) for at, one in enumerate(seqs))
        )

    def mark_seen(self, batch_id: bytes, position: int) -> None:
        before, behind = self._rows[batch_id]
        self._tray.write(schema.batch, (*before, position, *behind))
        del self._rows[batch_id]

    def settle(self) -> None:
        assert not self._rows, "a batch that was not seen yet"


class _Local:
    def __init__(self) -> None:
        self.held: dict[str, bytes] = {}

    def get(self, name: str) -> bytes | None:
        return self.held.get(name)

    def put(self, name: str, content: bytes | None) -> None:
        assert content is not None
        self.held[name] = content


def _numbers(registry: FieldRegistry, key: FieldKey) -> tuple[bytes, int, int]:
    return (
        bytes.fromhex(key.record_id),
        registry.kind_number(key.kind),
        registry.field_number(key.kind, key.field),
    )
