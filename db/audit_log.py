"""Who did what, and when: a chain of hashes, appended only, each link signed by who did it.

Each entry's hash covers the one before it, so an entry that was altered, taken out or put in
breaks the chain there; with her signature over the hash nobody else can have written it. Entries
cut off at the end, or a chain made anew by one who has the key of the database, leave a whole
chain: against that the last hash travels in batches (:mod:`db.audit_anchors`). Entries of the first
version are not signed, and stand before all others.
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, bindparam, column, func, insert, select

from app.domain.change import AuthorId
from app.domain.signing_keys import KeysSeen, SignedEntry, keys_after
from app.services.audit_ports import (
    AUDIT_BEGIN,
    AuditAuthor,
    AuditCheck,
    AuditEntry,
    AuditFilter,
    AuditHead,
    BrokenAudit,
)
from db.schema import audit, audit_signer
from sync.protocol.signature import Purpose, is_signed, signed_bytes

__all__ = ["VERSION", "SqlAuditLog", "hash_of"]

VERSION: Final = 2
"""How entries are hashed now; those of version 1 say no role, no run, and are not signed."""

_FIRST: Final = 1
_HASH_BYTES: Final = 32
_ROWS_AT_ONCE: Final = 2_000

_LAST = select(audit.c.number, audit.c.hash).order_by(audit.c.number.desc()).limit(1)
_APPEND = insert(audit)
_DETAILS = (
    select(audit.c.detail)
    .where(audit.c.object_id == bindparam("object"), audit.c.action == bindparam("done"))
    .order_by(audit.c.number)
    .limit(bindparam("most"))
)
_SIGNER = select(audit_signer.c.number).where(audit_signer.c.public == bindparam("key"))
_NEW_SIGNER = insert(audit_signer)


class SqlAuditLog:
    """:class:`app.services.ports.AuditLog` on the connection of one unit of work."""

    def __init__(self, connection: Connection, author: AuditAuthor | None = None) -> None:
        """``author`` is who works here; None: nobody, and no entry is signed."""
        self._connection = connection
        self._author = author
        self._role = author.role if author else ""
        self._signer: int | None = None

    def acts_as(self, role: str) -> None:
        """What is noted from now on in this unit is done in this role."""
        self._role = role

    def append(
        self, *, actor: AuthorId, action: str, object_id: str, at_ms: int, detail: str = ""
    ) -> None:
        """Append an entry; ``detail`` holds field names or codes only, never a value. It is signed
        when it is of who works here and has a key."""
        last = self._connection.execute(_LAST).first()
        author = self._author if self._author and self._author.person == actor else None
        key = author.signer if author else None
        row: dict[str, Any] = {
            "number": 1 if last is None else last.number + 1,
            "actor": bytes.fromhex(actor),
            "action": action,
            "object_id": object_id,
            "at_ms": at_ms,
            "detail": detail,
            "version": VERSION,
            "role": self._role if author else "",
            "session": author.session if author else None,
            "signer": self._signer_number(key.public, actor) if key else None,
        }
        previous = AUDIT_BEGIN.head.hash if last is None else last.hash
        row["hash"] = hash_of(previous, row, key.public if key else b"")
        row["signature"] = key.sign(signed_bytes(Purpose.AUDIT, row["hash"])) if key else None
        self._connection.execute(_APPEND, row)

    def details(self, action: str, object_id: str, most: int) -> tuple[str, ...]:
        """Return the details of the first entries of this action about an object, oldest first."""
        wanted = {"object": object_id, "done": action, "most": most}
        return tuple(self._connection.execute(_DETAILS, wanted).scalars())

    def entries(
        self, wanted: AuditFilter, *, most: int, before: int | None = None
    ) -> tuple[AuditEntry, ...]:
        """Return the newest entries that the filter lets through, the newest first; with ``before``
        those of smaller numbers."""
        query = select(audit).order_by(audit.c.number.desc()).limit(most)
        if before is not None:
            query = query.where(audit.c.number < before)
        return tuple(map(_entry, self._connection.execute(_filtered(query, wanted))))

    def actors(self) -> tuple[AuthorId, ...]:
        """Return everybody who has an entry, by id."""
        found = self._connection.execute(select(audit.c.actor).distinct()).scalars()
        return tuple(sorted(AuthorId(one.hex()) for one in found))

    def actions(self) -> tuple[str, ...]:
        """Return every action of which there is an entry, by name."""
        return tuple(sorted(self._connection.execute(select(audit.c.action).distinct()).scalars()))

    def count(self) -> int:
        """Return the number of entries."""
        return self._connection.execute(select(func.count()).select_from(audit)).scalar_one()

    def head(self) -> AuditHead | None:
        """Return the last entry's number and hash, or None before the first."""
        last = self._connection.execute(_LAST).first()
        return None if last is None else AuditHead(last.number, last.hash)

    def hashes(self, numbers: Sequence[int]) -> dict[int, bytes]:
        """Return the hash of each of these entries that is there."""
        query = select(audit.c.number, audit.c.hash).where(audit.c.number.in_(_each(numbers)))
        return {row.number: row.hash for row in self._connection.execute(query)}

    def verify(self) -> int | None:
        """Return the number of the first entry that does not hold, or None when all do. Of a long
        audit slow: :meth:`check` goes on piece by piece."""
        broken = self.check().broken
        return None if broken is None else broken.number

    def check(self, after: AuditCheck = AUDIT_BEGIN, *, most: int | None = None) -> AuditCheck:
        """Check at most so many more entries behind those of an earlier check: the chain, of each
        signature that the key which the entry names made it, and who presented that key."""
        if after.is_whole:
            return after
        keys = {row.number: row for row in self._connection.execute(select(audit_signer))}
        query = select(audit).where(audit.c.number > after.head.number).order_by(audit.c.number)
        rows = self._connection.execution_options(yield_per=_ROWS_AT_ONCE).execute(
            query if most is None else query.limit(most)
        )
        head, seen = after.head, after.keys
        counts = [after.first_version, after.unsigned, after.signed]
        done = 0
        broken: BrokenAudit | None = None
        for row in rows:
            done += 1
            why = _why_not(head, row, keys.get(row.signer), had_newer=sum(counts[1:]) > 0)
            if why is not None:
                broken = BrokenAudit(head.number + 1, why)
                rows.close()
                break
            head = AuditHead(row.number, row.hash)
            counts[0 if row.version == _FIRST else 1 + (row.signer is not None)] += 1
            if row.signer is not None:
                seen = _with_key(seen, row, keys[row.signer].public)
        return AuditCheck(
            head,
            first_version=counts[0],
            unsigned=counts[1],
            signed=counts[2],
            keys=seen,
            broken=broken,
            is_whole=broken is not None or most is None or done < most,
        )

    def _signer_number(self, public: bytes, person: AuthorId) -> int:
        """Return the number of a key, which is noted with its person when it is new."""
        if self._signer is None:
            found = self._connection.execute(_SIGNER, {"key": public}).scalar()
            if found is None:
                new = {"public": public, "person": bytes.fromhex(person)}
                found = self._connection.execute(_NEW_SIGNER, new).lastrowid
            self._signer = int(found)
        return self._signer


def hash_of(previous: bytes, row: dict[str, Any], public: bytes = b"") -> bytes:
    """Return the hash of an entry of this version: of the one before it, of its columns, and of the
    key that signs it."""
    digest = hashlib.blake2b(digest_size=_HASH_BYTES, person=b"qispi-audit-2")
    digest.update(previous + struct.pack(">Qq", row["number"], row["at_ms"]))
    return _over_parts(
        digest,
        row["actor"],
        row["action"].encode(),
        row["object_id"].encode(),
        row["detail"].encode(),
        row["role"].encode(),
        row["session"] or b"",
        public,
    )


def _first_hash(previous: bytes, row: dict[str, Any]) -> bytes:
    """Return the hash of an entry of the first version."""
    digest = hashlib.blake2b(digest_size=_HASH_BYTES, person=b"qispi-audit-1")
    digest.update(previous + struct.pack(">Qq", row["number"], row["at_ms"]))
    parts = (row["action"], row["object_id"], row["detail"])
    return _over_parts(digest, row["actor"], *(one.encode() for one in parts))


def _over_parts(digest: hashlib.blake2b, *parts: bytes) -> bytes:
    for part in parts:
        digest.update(struct.pack(">I", len(part)) + part)
    return digest.digest()


def _why_not(
    head: AuditHead, row: Row[Any], key: Row[Any] | None, *, had_newer: bool
) -> str | None:
    """Return why a row does not go on from the head, or None when it does. Its hash covers its
    number and the hash before it, so that nothing can be missing between."""
    columns = row._asdict()
    if row.version == _FIRST:
        # None of the first version comes behind what is newer: it would hide that it is unsigned.
        has_more = row.signer is not None or row.signature is not None or row.role or row.session
        holds = row.hash == _first_hash(head.hash, columns) and not has_more and not had_newer
        return None if holds else "altered"
    if row.version != VERSION:
        return "altered"
    if row.signer is not None and (key is None or key.person != row.actor):
        return "signer"
    if row.hash != hash_of(head.hash, columns, key.public if key is not None else b""):
        return "altered"
    if key is None:
        return None if row.signature is None else "altered"
    holds = is_signed(key.public, Purpose.AUDIT, row.hash, row.signature or b"")
    return None if holds else "signature"


def _with_key(seen: KeysSeen, row: Row[Any], public: bytes) -> KeysSeen:
    """Return what is known of the keys behind a signed row that holds."""
    entry = SignedEntry(row.number, row.actor.hex(), row.action, row.object_id, row.detail, public)
    return keys_after(seen, entry)


def _filtered(query: Select[Any], wanted: AuditFilter) -> Select[Any]:
    if wanted.actor is not None:
        query = query.where(audit.c.actor == bytes.fromhex(wanted.actor))
    if wanted.actions:
        query = query.where(audit.c.action.in_(_each(sorted(wanted.actions))))
    if wanted.since_ms is not None:
        query = query.where(audit.c.at_ms >= wanted.since_ms)
    if wanted.before_ms is not None:
        query = query.where(audit.c.at_ms < wanted.before_ms)
    if wanted.objects is not None:
        query = query.where(audit.c.object_id.in_(_each(sorted(wanted.objects))))
    return query


def _each(values: Sequence[int] | Sequence[str]) -> Select[Any]:
    """Return any number of values as a query, in one parameter."""
    listed = func.json_each(json.dumps(list(values))).table_valued("value")
    return select(column("value")).select_from(listed)


def _entry(row: Row[Any]) -> AuditEntry:
    return AuditEntry(
        number=row.number,
        at_ms=row.at_ms,
        actor=AuthorId(row.actor.hex()),
        role=row.role,
        session=row.session or b"",
        action=row.action,
        object_id=row.object_id,
        detail=row.detail,
        is_signed=row.signature is not None,
    )
