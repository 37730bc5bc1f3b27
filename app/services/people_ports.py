"""Everybody in the records as the use cases need them: derived, found under blocking keys."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from app.domain.change import RecordId
from app.domain.traits import Traits

__all__ = ["PeopleIndex", "PersonEntry"]


@dataclass(frozen=True, slots=True)
class PersonEntry:
    """A person served or an alleged perpetrator with a case that stands, as she is compared.

    ``kind`` is that of her record (:class:`app.domain.records.Kind`).
    """

    record_id: RecordId
    kind: str
    traits: Traits


class PeopleIndex(Protocol):
    """The people of all cases, whatever their part in them."""

    def put(self, entry: PersonEntry, keys: Iterable[str]) -> None:
        """Write or replace a person, and the keys of :func:`app.domain.blocking.keys_of`."""

    def remove(self, record_id: RecordId) -> None:
        """Take a person out."""

    def get(self, record_id: RecordId) -> PersonEntry | None:
        """Return a person, or None."""

    def near(self, keys: Iterable[str], limit: int) -> tuple[PersonEntry, ...]:
        """Return at most ``limit`` people kept under these keys, those that share most first.

        A key that more people than ``limit`` share tells nothing and is left out, unless nobody
        is found without it.
        """

    def clear(self) -> None:
        """Drop everybody (a rebuild follows in the same transaction)."""
