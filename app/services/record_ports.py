"""What the use cases need of derived values: which field, what it shows, and where it is kept.

Part of :mod:`app.services.ports`, which gives these names with the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from app.domain.change import AuthorId, ChangeId, RecordId
from app.domain.value import Value

__all__ = ["FieldKey", "RecordStore", "StoredField"]


@dataclass(frozen=True, slots=True)
class FieldKey:
    """One field of one record."""

    kind: str
    record_id: RecordId
    field: str


@dataclass(frozen=True, slots=True)
class StoredField:
    """The derived value of a field: what shows, from which change, and whether it is open."""

    value: Value
    shown: ChangeId
    is_conflict: bool
    changed_ms: int
    author: AuthorId


class RecordStore(Protocol):
    """The derived values that screens read; rebuilt from the change log at any time."""

    def kind_of(self, record_id: RecordId) -> str | None:
        """Return the kind of a record, or None when it is not known."""

    def put(self, key: FieldKey, stored: StoredField, *, refers_to: RecordId | None) -> bool:
        """Write the derived value of a field; ``refers_to`` when it names another record. Return
        whether the record is new, or became one of another kind."""

    def put_all(
        self, fields: Sequence[tuple[FieldKey, StoredField, RecordId | None]]
    ) -> tuple[RecordId, ...]:
        """Write the derived values of fields, each with the record that it names, if any. Return
        the records that are new, or became of another kind."""

    def kinds_of(self, record_ids: Sequence[RecordId]) -> Mapping[RecordId, str]:
        """Return the kinds of those of these records that are known."""

    def reading_ahead(self, record_ids: Iterable[RecordId]) -> AbstractContextManager[None]:
        """Begin to answer :meth:`kind_of`, :meth:`fields` and :meth:`referring` of these records,
        asked one by one, as if they were asked at once. Nothing is put meanwhile."""

    def fields(self, record_id: RecordId) -> Mapping[str, StoredField]:
        """Return the derived values of a record, by field name."""

    def held_by(
        self, record_ids: Sequence[RecordId]
    ) -> Mapping[RecordId, tuple[str, Mapping[str, StoredField]]]:
        """Return for each of these records its kind and its derived values, in the order given;
        those not known are left out."""

    def referring(self, kind: str, field: str, target: RecordId) -> tuple[RecordId, ...]:
        """Return the records of ``kind`` whose ``field`` names ``target``, oldest first."""

    def links(self, record_ids: Sequence[RecordId]) -> Mapping[RecordId, tuple[RecordId, ...]]:
        """Return for each of these records the records that its reference fields name."""

    def referrers(self, record_ids: Sequence[RecordId]) -> Mapping[RecordId, tuple[RecordId, ...]]:
        """Return for each of these records the records whose reference fields name it."""

    def ids(self, kind: str) -> Iterator[RecordId]:
        """Yield the ids of every record of a kind."""

    def conflicts(self) -> tuple[FieldKey, ...]:
        """Return the fields in which a person has to choose."""

    def unsent(self, record_ids: Sequence[RecordId]) -> frozenset[tuple[RecordId, str]]:
        """Return which fields of these records hold a shown change not yet seen in the log."""

    def clear(self) -> None:
        """Drop every derived value (a rebuild follows in the same transaction)."""
