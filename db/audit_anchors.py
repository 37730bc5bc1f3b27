"""What batches told of the audits of the centre's laptops, and what of it contradicts itself.

An entry of one number has one hash for ever, and an audit only grows. Batches come in any order, so
that a smaller number proves something only where it is known to be the later word: in one run of a
program, by the number of the batch; else when its device had read in the region's log a batch in
which it told a larger one.
"""

from __future__ import annotations

import json
from collections.abc import Collection

from sqlalchemy import Connection, Row, and_, bindparam, column, func, or_, select
from sqlalchemy.dialects.sqlite import insert

from app.services.audit_ports import Anchor, AuditHead
from db.schema import batch, cursor
from db.schema_sync import audit_anchor

__all__ = ["SqlAnchors"]

_NOTE = insert(audit_anchor).on_conflict_do_nothing()
_own_place = select(batch.c.position).where(batch.c.id == bindparam("of_batch")).scalar_subquery()
_log_now = select(cursor.c.log_id).scalar_subquery()
_in_run = audit_anchor.c.session == bindparam("of_session")
_other = (
    select(audit_anchor.c.batch)
    .outerjoin(batch, batch.c.id == audit_anchor.c.batch)
    .where(
        audit_anchor.c.device == bindparam("of_device"),
        audit_anchor.c.batch != bindparam("of_batch"),
    )
    .order_by(audit_anchor.c.number.desc(), audit_anchor.c.batch)
    .limit(1)
)
_DIFFERS = _other.where(
    audit_anchor.c.number == bindparam("of_number"), audit_anchor.c.hash != bindparam("of_hash")
)
_IS_SHORTER = _other.where(
    audit_anchor.c.number > bindparam("of_number"),
    or_(
        and_(_in_run, audit_anchor.c.batch_number < bindparam("of_batch_number")),
        and_(
            _log_now == bindparam("of_log"),
            batch.c.position <= bindparam("of_log_position"),
        ),
    ),
)
_WAS_LONGER = _other.where(
    audit_anchor.c.number < bindparam("of_number"),
    or_(
        and_(_in_run, audit_anchor.c.batch_number > bindparam("of_batch_number")),
        and_(
            audit_anchor.c.log_id == _log_now,
            audit_anchor.c.log_position >= _own_place,
        ),
    ),
)
_furthest = func.max(audit_anchor.c.number)
_NEWEST = (
    select(audit_anchor.c.device, _furthest.label("number"), audit_anchor.c.hash)
    .where(
        audit_anchor.c.device.in_(
            select(func.unhex(column("value"))).select_from(
                func.json_each(bindparam("devices")).table_valued("value")
            )
        )
    )
    .group_by(audit_anchor.c.device)
)
_OF_DEVICE = (
    select(audit_anchor)
    .where(audit_anchor.c.device == bindparam("of_device"))
    .order_by(audit_anchor.c.number, audit_anchor.c.batch)
)


class SqlAnchors:
    """:class:`app.services.ports.Anchors` on the connection of one unit of work."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def note(self, anchor: Anchor) -> bytes | None:
        """Note what a batch told, once; return a batch whose word contradicts it, or None: another
        entry of the same number, or a shorter audit though it is known to be the later word. After
        the batch is stored."""
        row = {
            "batch": anchor.batch,
            "device": anchor.device,
            "number": anchor.head.number,
            "hash": anchor.head.hash,
            "session": anchor.session,
            "batch_number": anchor.number,
            "log_id": anchor.log_id,
            "log_position": anchor.log_position,
        }
        if not self._connection.execute(_NOTE, row).rowcount:
            return None
        asked = {f"of_{name}": value for name, value in row.items()}
        asked["of_log"] = asked.pop("of_log_id")
        for query in (_DIFFERS, _IS_SHORTER, _WAS_LONGER):
            found = self._connection.execute(query, asked).scalar()
            if found is not None:
                return bytes(found)
        return None

    def newest(self, devices: Collection[bytes]) -> dict[bytes, AuditHead]:
        """Return the furthest head that each of these devices told."""
        digits = json.dumps([one.hex() for one in devices])
        rows = self._connection.execute(_NEWEST, {"devices": digits})
        return {row.device: AuditHead(row.number, row.hash) for row in rows}

    def of_device(self, device: bytes) -> tuple[Anchor, ...]:
        """Return everything that a device told, by the number of the entry."""
        return tuple(map(_anchor, self._connection.execute(_OF_DEVICE, {"of_device": device})))


def _anchor(row: Row[tuple[object, ...]]) -> Anchor:
    return Anchor(
        batch=row.batch,
        device=row.device,
        head=AuditHead(row.number, row.hash),
        session=row.session,
        number=row.batch_number,
        log_id=row.log_id,
        log_position=row.log_position,
    )
