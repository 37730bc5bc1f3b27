"""What sticks told of the region's log, and what of the verified log can be told to others."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, exists, or_, select, union_all
from sqlalchemy.dialects.sqlite import insert

from app.services.batch_ports import KeptReceipt
from app.services.log_word_ports import ToldBatch
from db.schema import batch, cursor, set_aside
from db.schema_sync import log_word, receipt

__all__ = ["SqlLogWords"]

_AT_ONCE = 500
_new = insert(log_word)
_PUT = _new.on_conflict_do_update(
    index_elements=[log_word.c.batch],
    set_={name: _new.excluded[name] for name in ("log_id", "position")},
    where=or_(
        log_word.c.log_id != _new.excluded.log_id, log_word.c.position != _new.excluded.position
    ),
)
_WAITING = union_all(
    select(batch.c.id).where(batch.c.position.is_(None)),
    select(set_aside.c.batch).where(set_aside.c.is_signed == 1, set_aside.c.position.is_(None)),
)
_LOG_ID = select(cursor.c.log_id).scalar_subquery()
_TOLD = select(log_word.c.batch, log_word.c.log_id, log_word.c.position).where(
    log_word.c.batch.in_(bindparam("ids", expanding=True)),
    or_(~exists(select(cursor.c.one)), log_word.c.log_id == _LOG_ID),
    ~exists(
        select(batch.c.seq).where(batch.c.id == log_word.c.batch, batch.c.position.is_not(None))
    ),
)
_SIGNED_PLACE = (
    select(
        receipt.c.batch, receipt.c.log_id, receipt.c.position, receipt.c.chain, receipt.c.signature
    )
    .join(cursor, cursor.c.log_id == receipt.c.log_id)
    .where(receipt.c.position <= cursor.c.position, receipt.c.is_broken == 0)
    .order_by(receipt.c.position.desc())
    .limit(1)
)
_PLACED = union_all(
    select(batch.c.id, batch.c.position).where(batch.c.position <= bindparam("most")),
    select(set_aside.c.batch, set_aside.c.position).where(
        set_aside.c.position <= bindparam("most")
    ),
)


class SqlLogWords:
    """:class:`app.services.log_word_ports.LogWords` on the connection of one unit of work."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def keep(self, told: Sequence[ToldBatch]) -> int:
        """Keep what was told of batches that are here and that the verified log lacks; return how
        many were new."""
        waiting = set(self._connection.execute(_WAITING).scalars())
        kept = 0
        for one in told:
            if one.batch in waiting:
                row = {"batch": one.batch, "log_id": one.log_id, "position": one.position}
                kept += self._connection.execute(_PUT, row).rowcount
        return kept

    def told(self, batch_ids: Sequence[bytes]) -> tuple[ToldBatch, ...]:
        """Return what is known of these batches in this way only."""
        found: list[ToldBatch] = []
        for start in range(0, len(batch_ids), _AT_ONCE):
            asked = {"ids": list(batch_ids[start : start + _AT_ONCE])}
            found += (ToldBatch(*row) for row in self._connection.execute(_TOLD, asked))
        return tuple(found)

    def signed_place(self) -> KeptReceipt | None:
        """Return the last receipt of the verified log, or None."""
        row = self._connection.execute(_SIGNED_PLACE).first()
        return None if row is None else KeptReceipt(*row)

    def ids_up_to(self, position: int) -> tuple[bytes, ...]:
        """Return the ids of the batches at positions 1 to ``position`` of the verified log; fewer
        when one is not here any more."""
        rows = self._connection.execute(_PLACED, {"most": position})
        at = {row.position: row.id for row in rows}
        ids: list[bytes] = []
        while (found := at.get(len(ids) + 1)) is not None:
            ids.append(found)
        return tuple(ids)
