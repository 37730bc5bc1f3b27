"""What a database holds, in numbers: by which a copy of it is known to be one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

from db.migrate import REVISION_TABLE

__all__ = ["StoreFacts", "facts_of"]

_COUNTS: Final = (
    "SELECT (SELECT count(*) FROM change), (SELECT count(*) FROM batch),"
    " (SELECT count(*) FROM attachment)"
)
_LAST: Final = "SELECT number, hash FROM audit ORDER BY number DESC LIMIT 1"
_REVISION: Final = f"SELECT version_num FROM {REVISION_TABLE}"  # noqa: S608  # our own name


class _Cursor(Protocol):
    def execute(self, statement: str, /) -> object: ...
    def fetchone(self) -> tuple[object, ...] | None: ...


@dataclass(frozen=True, slots=True)
class StoreFacts:
    """How many changes, batches and attachments; the last entry of the audit and its hash (none: 0
    and empty); the revision of the schema."""

    changes: int
    batches: int
    attachments: int
    audit_number: int
    audit_head: bytes
    revision: str


def facts_of(cursor: _Cursor) -> StoreFacts:
    """Return the facts of the database that a cursor of the bare connection reads."""

    def one(statement: str) -> tuple[object, ...]:
        cursor.execute(statement)
        return cursor.fetchone() or ()

    changes, batches, attachments = (int(str(each)) for each in one(_COUNTS))
    last, revision = one(_LAST), one(_REVISION)
    number, head = (int(str(last[0])), last[1]) if last else (0, b"")
    assert isinstance(head, bytes), "a hash is bytes"
    return StoreFacts(changes, batches, attachments, number, head, str(revision[0]))
