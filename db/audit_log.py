"""Who did what, and when: a chain of hashes, appended only.

Each entry's hash covers the one before it, so an entry that was altered, taken out or put in
breaks the chain there. Entries cut off at the end leave a whole chain: against that, the last hash
travels in batches (DESIGN 5), which is not this module's work.
"""

from __future__ import annotations

import hashlib
import struct

from sqlalchemy import Connection, bindparam, func, insert, select

from app.domain.change import AuthorId
from db.schema import audit

__all__ = ["SqlAuditLog"]

HASH_BYTES = 32
START = bytes(HASH_BYTES)
ROWS_AT_ONCE = 2_000

_LAST = select(audit.c.number, audit.c.hash).order_by(audit.c.number.desc()).limit(1)
_APPEND = insert(audit)
_DETAILS = (
    select(audit.c.detail)
    .where(audit.c.object_id == bindparam("object"), audit.c.action == bindparam("done"))
    .order_by(audit.c.number)
    .limit(bindparam("most"))
)


class SqlAuditLog:
    """:class:`app.services.ports.AuditLog` on the connection of one unit of work."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def append(
        self, *, actor: AuthorId, action: str, object_id: str, at_ms: int, detail: str = ""
    ) -> None:
        """Append an entry; ``detail`` holds field names or codes only, never a value."""
        last = self._connection.execute(_LAST).first()
        number, previous = (1, START) if last is None else (last.number + 1, last.hash)
        who = bytes.fromhex(actor)
        self._connection.execute(
            _APPEND,
            {
                "number": number,
                "actor": who,
                "action": action,
                "object_id": object_id,
                "at_ms": at_ms,
                "detail": detail,
                "hash": _hash(previous, number, who, action, object_id, at_ms, detail),
            },
        )

    def details(self, action: str, object_id: str, most: int) -> tuple[str, ...]:
        """Return the details of the first entries of this action about an object, oldest first."""
        wanted = {"object": object_id, "done": action, "most": most}
        return tuple(self._connection.execute(_DETAILS, wanted).scalars())

    def count(self) -> int:
        """Return the number of entries."""
        return self._connection.execute(select(func.count()).select_from(audit)).scalar_one()

    def verify(self) -> int | None:
        """Return the number of the first entry that breaks the chain, or None when it holds."""
        previous, expected = START, 1
        rows = self._connection.execution_options(yield_per=ROWS_AT_ONCE).execute(
            select(audit).order_by(audit.c.number)
        )
        for row in rows:
            computed = _hash(
                previous, row.number, row.actor, row.action, row.object_id, row.at_ms, row.detail
            )
            if row.number != expected or row.hash != computed:
                return expected
            previous, expected = computed, expected + 1
        return None


def _hash(
    previous: bytes, number: int, actor: bytes, action: str, object_id: str, at_ms: int, detail: str
) -> bytes:
    digest = hashlib.blake2b(digest_size=HASH_BYTES, person=b"qispi-audit-1")
    digest.update(previous + struct.pack(">Qq", number, at_ms))
    for part in (actor, action.encode(), object_id.encode(), detail.encode()):
        digest.update(struct.pack(">I", len(part)) + part)
    return digest.digest()
