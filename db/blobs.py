"""Sealed attachments and snapshots on their way, in pieces: growing costs what came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from app.domain.change import RecordId
from app.domain.records import Kind
from app.domain.registry import FieldRegistry
from app.services.ports import ATTACHMENT, HeldBlob, NamedAttachment
from db.schema import attachment, change, field, record
from db.schema_sync import blob, blob_piece, scan_on_stick
from db.values import decode_value

__all__ = ["SqlBlobs"]

PIECE_BYTES: Final = 128 << 10
_HASH_DIGITS: Final = 64

_NAMED = blob.c.name == bindparam("of_name")
_READ = select(blob.c.name, blob.c.kind, blob.c.sha256, blob.c.size, blob.c.held, blob.c.log_id)
_GET = _READ.where(_NAMED)
_WAITING = _READ.where(blob.c.log_id.is_(None), blob.c.held == blob.c.size).order_by(blob.c.seq)
_OF_KIND = _READ.where(blob.c.kind == bindparam("of_kind")).order_by(blob.c.seq)
_KNOWN_OF = _READ.where(blob.c.sha256 == bindparam("of_hash")).order_by(
    blob.c.held.desc(), blob.c.seq
)
_SEQ = select(blob.c.seq).where(_NAMED).scalar_subquery()
_DROP_PIECES = delete(blob_piece).where(blob_piece.c.blob_seq == _SEQ)
_THERE = select(blob.c.sha256).where(
    blob.c.log_id == bindparam("of_log"), blob.c.kind == ATTACHMENT, blob.c.sha256.is_not(None)
)
_new = sqlite_insert(blob)
_NOTE = _new.on_conflict_do_update(
    index_elements=[blob.c.name], set_={"log_id": _new.excluded.log_id}
)
_PIECES = (
    select(blob_piece.c.start, blob_piece.c.content)
    .where(
        blob_piece.c.blob_seq == _SEQ,
        blob_piece.c.start < bindparam("end"),
        blob_piece.c.start + func.length(blob_piece.c.content) > bindparam("begin"),
    )
    .order_by(blob_piece.c.start)
)
# Whoever writes the hash once more, the same one, does not make it hers.
_IS_OWN = (
    select(change.c.seq)
    .where(
        change.c.record_id == field.c.record_id,
        change.c.kind == field.c.kind,
        change.c.field == field.c.field,
        change.c.is_own == 1,
    )
    .exists()
)
_HASHES = (
    select(field.c.record_id, field.c.value, _IS_OWN.label("is_own"))
    .join(record, record.c.id == field.c.record_id)
    .where(
        record.c.kind == bindparam("of_kind"),
        field.c.kind == bindparam("of_kind"),
        field.c.field == bindparam("of_field"),
    )
    .order_by(field.c.record_id)
)
_HERE = select(attachment.c.sha256, attachment.c.size)
_new_left = sqlite_insert(scan_on_stick)
_LEAVE = _new_left.on_conflict_do_update(
    index_elements=[scan_on_stick.c.sha256], set_={"at_ms": _new_left.excluded.at_ms}
)
_LEFT = select(scan_on_stick.c.sha256, scan_on_stick.c.at_ms)


class SqlBlobs:
    """:class:`app.services.ports.Blobs` on the connection of one unit of work."""

    def __init__(self, connection: Connection, registry: FieldRegistry) -> None:
        self._connection = connection
        self._registry = registry

    def get(self, name: bytes) -> HeldBlob | None:
        """Return a blob by its name, or None."""
        row = self._connection.execute(_GET, {"of_name": name}).first()
        return None if row is None else HeldBlob(*row)

    def add(self, name: bytes, kind: str, sha256: bytes | None, content: bytes) -> None:
        """Keep a whole blob that the server is not known to have."""
        if self.get(name) is not None:
            return
        self._connection.execute(
            insert(blob),
            {
                "name": name,
                "kind": kind,
                "sha256": sha256,
                "size": len(content),
                "held": 0,
                "log_id": None,
            },
        )
        self.append(name, 0, content)

    def waiting(self) -> tuple[HeldBlob, ...]:
        """Return the whole blobs that the server is not known to have, oldest first."""
        return self._all(_WAITING, {})

    def note_there(
        self, name: bytes, kind: str, sha256: bytes | None, size: int, log_id: bytes
    ) -> None:
        """Note that the server keeps the whole of a blob beside this log."""
        known = self.get(name)
        if known is not None and known.log_id is None:
            self.empty(name)
        row = {
            "name": name,
            "kind": kind,
            "sha256": sha256,
            "size": size,
            "held": 0,
            "log_id": log_id,
        }
        self._connection.execute(_NOTE, row)

    def append(self, name: bytes, start: int, content: bytes) -> int:
        """Keep bytes that continue what is held of a noted blob; return how many are held."""
        known = self.get(name)
        if known is None or start != known.held:
            return known.held if known else 0
        content = content[: known.size - start]
        rows = [
            {"start": start + at, "content": content[at : at + PIECE_BYTES]}
            for at in range(0, len(content), PIECE_BYTES)
        ]
        if rows:
            seq = self._connection.execute(
                select(blob.c.seq).where(_NAMED), {"of_name": name}
            ).scalar_one()
            self._connection.execute(insert(blob_piece), [{"blob_seq": seq, **row} for row in rows])
        held = start + len(content)
        self._connection.execute(update(blob).where(_NAMED).values(held=held), {"of_name": name})
        return held

    def read(self, name: bytes, start: int, most: int) -> bytes:
        """Return what is held from a byte on, at most so many bytes."""
        wanted = {"of_name": name, "begin": start, "end": start + most}
        rows = self._connection.execute(_PIECES, wanted).all()
        if not rows:
            return b""
        joined = b"".join(row.content for row in rows)
        return joined[start - rows[0].start :][:most]

    def empty(self, name: bytes) -> None:
        """Drop the bytes of a blob, and remember it."""
        self._connection.execute(_DROP_PIECES, {"of_name": name})
        self._connection.execute(update(blob).where(_NAMED).values(held=0), {"of_name": name})

    def drop(self, name: bytes) -> None:
        """Forget a blob."""
        self._connection.execute(_DROP_PIECES, {"of_name": name})
        self._connection.execute(delete(blob).where(_NAMED), {"of_name": name})

    def of_kind(self, kind: str) -> tuple[HeldBlob, ...]:
        """Return every blob of a kind that is known, oldest first."""
        return self._all(_OF_KIND, {"of_kind": kind})

    def known_of(self, sha256: bytes) -> tuple[HeldBlob, ...]:
        """Return the blobs known of an attachment, that of which most is held first."""
        return self._all(_KNOWN_OF, {"of_hash": sha256})

    def there(self, log_id: bytes) -> frozenset[bytes]:
        """Return the hashes of those attachments that the server keeps beside this log."""
        return frozenset(self._connection.execute(_THERE, {"of_log": log_id}).scalars())

    def forget_there(self) -> None:
        """The server lost what it had: nothing is known to be there."""
        is_noted = blob.c.log_id.is_not(None)
        self._connection.execute(delete(blob).where(is_noted, blob.c.held == 0))
        # Of these something is here; that no log has this id asks the server anew.
        self._connection.execute(update(blob).where(is_noted).values(log_id=b""))

    def note_left(self, hashes: Sequence[bytes], at_ms: int) -> None:
        """Note that the bytes of these attachments lie whole on a stick."""
        rows = [{"sha256": one, "at_ms": at_ms} for one in hashes]
        if rows:
            self._connection.execute(_LEAVE, rows)

    def left(self) -> Mapping[bytes, int]:
        """Return since when the bytes of attachments lie on a stick, of those left on one."""
        return {row.sha256: row.at_ms for row in self._connection.execute(_LEFT)}

    def attachments(self) -> Sequence[NamedAttachment]:
        """Return every attachment that a record names, in the order of their records."""
        here = {row.sha256: row.size for row in self._connection.execute(_HERE)}
        wanted = {
            "of_kind": self._registry.kind_number(Kind.ATTACHMENT),
            "of_field": self._registry.field_number(Kind.ATTACHMENT, "sha256"),
        }
        found = []
        for row in self._connection.execute(_HASHES, wanted):
            sha256 = _hash_of(decode_value(row.value))
            if sha256 is not None:
                record_id, size = RecordId(row.record_id.hex()), here.get(sha256)
                is_here, is_own = size is not None, bool(row.is_own)
                found.append(NamedAttachment(record_id, sha256, is_here, is_own, size or 0))
        return found

    def _all(self, wanted: Any, values: dict[str, Any]) -> tuple[HeldBlob, ...]:
        return tuple(HeldBlob(*row) for row in self._connection.execute(wanted, values))


def _hash_of(value: object) -> bytes | None:
    """Return the bytes of a hash; what another laptop's program wrote there may be anything."""
    if not isinstance(value, str) or len(value) != _HASH_DIGITS:
        return None
    try:
        return bytes.fromhex(value)
    except ValueError:
        return None
