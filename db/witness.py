"""What batches prove of each other, and of the log that the server shows."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import Final

from sqlalchemy import (
    Connection,
    bindparam,
    case,
    column,
    delete,
    exists,
    func,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from app.services.ports import Cursor, FurtherWord, MissingBatch
from db.schema import batch, batch_missing, batch_seen, cursor, log_place, set_aside
from db.schema_sync import device_state

__all__ = ["MISSING_MAX", "SqlWitness"]

MISSING_MAX: Final = 2_000
"""Batches of one device that are awaited at a time: what more it names is not noted. A laptop that
lies names with each of its batches one that never was."""

_new_place = sqlite_insert(log_place)
_NOTE_PLACE = _new_place.on_conflict_do_update(
    index_elements=[log_place.c.position], set_={"chain": _new_place.excluded.chain}
)
_NOTE_SEEN = sqlite_insert(batch_seen).on_conflict_do_nothing()
_COMPARABLE = (
    select(
        batch_seen.c.log_id,
        batch_seen.c.position,
        batch_seen.c.chain,
        batch_seen.c.batch,
        log_place.c.chain.label("shown"),
    )
    .join(log_place, log_place.c.position == batch_seen.c.position)
    .where(batch_seen.c.log_id == select(cursor.c.log_id).scalar_subquery())
    .order_by(batch_seen.c.position, batch_seen.c.batch)
)
_GONE = select(func.unhex(column("value"))).select_from(
    func.json_each(bindparam("gone")).table_valued("value")
)
# Of batches that say the same one is kept: what a device had read at the most is kept of each.
_same = device_state.alias("same")
_SAYS_THE_SAME = (
    select(func.min(_same.c.device))
    .where(
        _same.c.log_id == batch_seen.c.log_id,
        _same.c.position == batch_seen.c.position,
        _same.c.chain == batch_seen.c.chain,
        _same.c.device.not_in(_GONE),
    )
    .scalar_subquery()
)
_WITNESS = case((batch.c.device.in_(_GONE), _SAYS_THE_SAME), else_=batch.c.device)
_BEYOND = (
    select(batch_seen.c.position, batch_seen.c.batch, _WITNESS.label("device"))
    .join(cursor, cursor.c.log_id == batch_seen.c.log_id)
    .join(batch, batch.c.id == batch_seen.c.batch)
    .where(
        batch_seen.c.position > cursor.c.position,
        batch_seen.c.position <= cursor.c.position + bindparam("most"),
        _WITNESS.is_not(None),
    )
    .order_by(batch_seen.c.position.desc(), batch_seen.c.batch)
    .limit(1)
)
_ONE_SEEN = delete(batch_seen).where(
    batch_seen.c.log_id == bindparam("of_log"),
    batch_seen.c.position == bindparam("of_position"),
    batch_seen.c.chain == bindparam("of_chain"),
)
_IS_HERE = select(literal(1)).where(
    or_(
        exists(select(batch.c.seq).where(batch.c.id == bindparam("of_batch"))),
        exists(select(set_aside.c.seq).where(set_aside.c.batch == bindparam("of_batch"))),
    )
)
_AWAIT = sqlite_insert(batch_missing).on_conflict_do_nothing()
_AWAITED_OF = select(func.count()).select_from(
    select(literal(1))
    .select_from(batch_missing)
    .where(batch_missing.c.device == bindparam("of_device"))
    .limit(MISSING_MAX)
    .subquery()
)
_MISSING = select(func.count()).select_from(batch_missing)
_UNTOLD = (
    select(batch_missing.c.device, batch_missing.c.session, batch_missing.c.number)
    .where(batch_missing.c.is_told == 0)
    .order_by(batch_missing.c.device, batch_missing.c.session, batch_missing.c.number)
)
_TELL = update(batch_missing).where(batch_missing.c.is_told == 0).values(is_told=1)


class SqlWitness:
    """:class:`app.services.ports.Witness` on the connection of one unit of work."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def note_places(self, places: Sequence[tuple[int, bytes]]) -> None:
        """Note positions of the verified log, with the chain at each."""
        rows = [{"position": position, "chain": chain} for position, chain in places]
        if rows:
            self._connection.execute(_NOTE_PLACE, rows)

    def note_seen(self, batch_id: bytes, seen: Cursor) -> None:
        """Note what a batch says that its device had seen of the log; at its beginning, nothing."""
        if seen.position > 0:
            said = {"log_id": seen.log_id, "position": seen.position, "chain": seen.chain}
            self._connection.execute(_NOTE_SEEN, {**said, "batch": batch_id})

    def contradicted(self) -> tuple[bytes, ...]:
        """Return the batches whose devices had seen another chain than the verified log has at that
        position. What was compared once is not compared again."""
        rows = self._connection.execute(_COMPARABLE).all()
        for row in rows:
            one = {"of_log": row.log_id, "of_position": row.position, "of_chain": row.chain}
            self._connection.execute(_ONE_SEEN, one)
        return tuple(row.batch for row in rows if row.chain != row.shown)

    def beyond(self, most: int, gone: Collection[bytes]) -> FurtherWord | None:
        """Return what another laptop says to have read of the log that the cursor stands in, when
        that is further than the cursor, and ``most`` further at the most; of several the furthest.
        The devices of ``gone`` are not asked."""
        asked = {"most": most, "gone": json.dumps([one.hex() for one in gone])}
        row = self._connection.execute(_BEYOND, asked).first()
        return None if row is None else FurtherWord(*row)

    def await_batch(self, batch_id: bytes, *, device: bytes, session: bytes, number: int) -> None:
        """Another batch names this one as the one before it: note it, unless it is here, or too
        many of that device are awaited already."""
        run = self._connection.execute
        if (
            run(_IS_HERE, {"of_batch": batch_id}).first() is None
            and run(_AWAITED_OF, {"of_device": device}).scalar_one() < MISSING_MAX
        ):
            named = {"id": batch_id, "device": device, "session": session, "number": number}
            run(_AWAIT, {**named, "is_told": 0})

    def missing(self) -> int:
        """Return how many batches are awaited."""
        return self._connection.execute(_MISSING).scalar_one()

    def newly_missing(self) -> tuple[MissingBatch, ...]:
        """Return the batches that are awaited and were not returned by this before."""
        found = self._connection.execute(_UNTOLD).all()
        if found:
            self._connection.execute(_TELL)
        return tuple(MissingBatch(row.device, row.session, row.number) for row in found)
