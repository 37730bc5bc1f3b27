"""Batches that could not be used, one by one: set aside here, or not taken by the server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sqlalchemy import (
    Connection,
    Row,
    and_,
    bindparam,
    delete,
    func,
    insert,
    literal,
    null,
    select,
    union_all,
)

from app.services.whereabouts_ports import RefusedBatch, StrayCount
from db.schema import batch, set_aside
from db.schema_sync import refusal

__all__ = ["SqlRefusals"]

_BY_SERVER: Final = 0
_ASIDE: Final = 1

_NOTED = select(refusal.c.batch, refusal.c.reason)
_DROP = delete(refusal).where(refusal.c.batch == bindparam("of_batch"))
_OF_SERVER = (
    select(
        literal(_BY_SERVER).label("by"),
        refusal.c.batch,
        refusal.c.reason,
        refusal.c.at_ms,
        batch.c.size,
        batch.c.is_own,
        literal(1).label("is_kept"),
        literal(1).label("is_signed"),
        null().label("position"),
        batch.c.seq,
    )
    .join(batch, batch.c.id == refusal.c.batch)
    .where(batch.c.position.is_(None))
)
_OF_SERVER_ASIDE = (
    select(
        literal(_BY_SERVER),
        refusal.c.batch,
        refusal.c.reason,
        refusal.c.at_ms,
        set_aside.c.size,
        literal(0),
        literal(1),
        set_aside.c.is_signed,
        null(),
        set_aside.c.seq,
    )
    .join(set_aside, set_aside.c.batch == refusal.c.batch)
    .where(set_aside.c.position.is_(None))
)
_HERE = select(
    literal(_ASIDE),
    set_aside.c.batch,
    set_aside.c.reason,
    set_aside.c.at_ms,
    set_aside.c.size,
    literal(0),
    set_aside.c.content.is_not(None),
    set_aside.c.is_signed,
    set_aside.c.position,
    set_aside.c.seq,
)
# What nobody of the centre signed, and the log does not hold either.
_IS_STRAY = and_(set_aside.c.is_signed == 0, set_aside.c.position.is_(None))
_every = union_all(_OF_SERVER, _OF_SERVER_ASIDE, _HERE).subquery()
_known = union_all(_OF_SERVER, _OF_SERVER_ASIDE, _HERE.where(~_IS_STRAY)).subquery()
_ROWS = select(_known).order_by(_known.c.by, _known.c.seq.desc()).limit(bindparam("most"))
# SQLite takes the columns beside the one maximum from its row.
_STRAYS = (
    select(
        set_aside.c.reason,
        func.count().label("many"),
        func.max(set_aside.c.seq).label("last"),
        set_aside.c.batch,
        set_aside.c.at_ms,
    )
    .where(_IS_STRAY)
    .group_by(set_aside.c.reason)
    .order_by(func.max(set_aside.c.seq).desc())
)
_this = set_aside.alias("this")
_BESIDE = (
    select(set_aside.c.batch)
    .join(_this, _this.c.reason == set_aside.c.reason)
    .where(
        _IS_STRAY,
        _this.c.batch == bindparam("of_batch"),
        _this.c.is_signed == 0,
        _this.c.position.is_(None),
    )
    .order_by(set_aside.c.seq.desc())
    .limit(bindparam("most"))
)
_of_server = union_all(_OF_SERVER, _OF_SERVER_ASIDE).subquery()
_COUNT = select(func.count()).select_from(_of_server)
_GET = select(_every).where(_every.c.batch == bindparam("of_batch")).order_by(_every.c.by).limit(1)


class SqlRefusals:
    """:class:`app.services.ports.Refusals` on the connection of one unit of work."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def note(self, refused: Mapping[bytes, str], at_ms: int, *, is_all: bool = True) -> bool:
        """Note what the server did not take, instead of what was noted before, or, unless this
        ``is_all``, beside it; return whether anything changed."""
        noted = {row.batch: row.reason for row in self._connection.execute(_NOTED)}
        gone = [
            one
            for one, reason in noted.items()
            if refused.get(one, None if is_all else reason) != reason
        ]
        new = [one for one, reason in refused.items() if noted.get(one) != reason]
        if gone:
            self._connection.execute(_DROP, [{"of_batch": one} for one in gone])
        if new:
            self._connection.execute(
                insert(refusal),
                [{"batch": one, "reason": refused[one], "at_ms": at_ms} for one in new],
            )
        return bool(gone or new)

    def rows(self, limit: int) -> tuple[RefusedBatch, ...]:
        """Return them without the strays, those that the server refused first, then the newest."""
        return tuple(_refused(row) for row in self._connection.execute(_ROWS, {"most": limit}))

    def count(self) -> int:
        """Return how many the server did not take."""
        return int(self._connection.execute(_COUNT).scalar_one())

    def strays(self) -> tuple[StrayCount, ...]:
        """Return the strays, counted by reason, the newest first."""
        return tuple(
            StrayCount(row.reason, row.many, row.last, row.batch, row.at_ms)
            for row in self._connection.execute(_STRAYS)
        )

    def strays_beside(self, batch_id: bytes, limit: int) -> tuple[bytes, ...]:
        """Return the ids of the strays of the same reason as this one, the newest first."""
        asked = {"of_batch": batch_id, "most": limit}
        return tuple(self._connection.execute(_BESIDE, asked).scalars())

    def get(self, batch_id: bytes) -> RefusedBatch | None:
        """Return one, or None when it is refused no longer."""
        row = self._connection.execute(_GET, {"of_batch": batch_id}).first()
        return None if row is None else _refused(row)


def _refused(row: Row[tuple[object, ...]]) -> RefusedBatch:
    return RefusedBatch(
        id=row.batch,
        reason=row.reason,
        at_ms=row.at_ms,
        size=row.size,
        is_own=bool(row.is_own),
        by_server=row.by == _BY_SERVER,
        is_kept=bool(row.is_kept),
        is_signed=bool(row.is_signed),
        position=row.position,
    )
