"""The unit of the change log and of synchronisation: one field of one record, set once.

A change is named by its content (a hash), never by a device number and a counter: clones and
restored backups break every system that trusts such numbers (``docs/adr/0003``).
"""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass
from typing import NewType

from app.domain.registry import FieldRegistry
from app.domain.stamp import Stamp
from app.domain.value import Value, canonical_bytes

__all__ = [
    "CHANGE_ID_BYTES",
    "AuthorId",
    "Change",
    "ChangeId",
    "RecordId",
    "change_id",
    "new_change",
]

RecordId = NewType("RecordId", str)
"""A UUIDv7 as 32 lower-case hexadecimal digits."""

AuthorId = NewType("AuthorId", str)
"""The person who made the change: 32 hexadecimal digits, never a name."""

ChangeId = NewType("ChangeId", bytes)
"""The first 16 bytes of the BLAKE2b hash of the change's content."""

CHANGE_ID_BYTES = 16

_CHANGE_HASH = hashlib.blake2b(digest_size=CHANGE_ID_BYTES, person=b"qispi-change-1")
"""Nothing hashed yet: to copy it takes half the time of making it."""
_FRONT = struct.Struct(">16sHIQ8sI16sI")


@dataclass(frozen=True, slots=True)
class Change:
    """One field of one record set once: by whom, when, and which changes it replaces.

    ``kind`` and ``field`` are names of the registry; a number that this version does not know
    keeps its place as ``#<number>`` and is stored, shown read-only and passed on unharmed.
    ``bases`` are the changes that the author saw as current: causality, without any clock.
    """

    id: ChangeId
    kind: str
    record_id: RecordId
    field: str
    value: Value
    stamp: Stamp
    author: AuthorId
    bases: tuple[ChangeId, ...]


def new_change(
    registry: FieldRegistry,
    *,
    kind: str,
    record_id: RecordId,
    field: str,
    value: Value,
    stamp: Stamp,
    author: AuthorId,
    bases: tuple[ChangeId, ...],
) -> Change:
    """Return the change with its content-derived id.

    The id covers the registry's numbers, not the names, so a device that does not know a field
    yet computes the same id. Raises DomainError for a kind or field outside the registry.
    """
    ordered = tuple(sorted(set(bases)))
    kind_number, field_number = registry.kind_number(kind), registry.field_number(kind, field)
    key = (bytes.fromhex(record_id), kind_number, field_number)
    id_ = change_id(key, stamp, bytes.fromhex(author), ordered, value)
    return Change(id_, kind, record_id, field, value, stamp, author, ordered)


def change_id(
    key: tuple[bytes, int, int],
    stamp: Stamp,
    author: bytes,
    bases: tuple[ChangeId, ...],
    value: Value,
) -> ChangeId:
    """Return the id of what a change says. ``key`` is its record's 16 bytes and the numbers of its
    kind and field; ``bases`` are sorted, each once (``docs/protocol.md`` 4).
    """
    digest = _CHANGE_HASH.copy()
    digest.update(
        _FRONT.pack(*key, stamp.wall_ms, stamp.session, stamp.counter, author, len(bases))
    )
    if bases:
        digest.update(b"".join(bases))
    digest.update(canonical_bytes(value))
    return ChangeId(digest.digest())
