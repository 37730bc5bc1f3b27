"""Batches that cannot be used: why, and the bytes of those that may be used later."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Connection, bindparam, column, delete, func, select, update
from sqlalchemy.dialects.sqlite import insert

from app.services.batch_ports import REVOKED_DEVICE
from app.services.ports import CONTEXT_BYTES, AsideBatch, SealedBatch
from app.services.read_models import SetAsideRow
from db.schema import batch as batch_table
from db.schema import batch_missing, set_aside

__all__ = ["STRANGERS_BYTES_MAX", "STRANGERS_ROWS_MAX", "SqlAsideBatches"]

STRANGERS_BYTES_MAX = 64 * 1024 * 1024
"""Kept of what nobody known signed, or a laptop that was taken out of the centre, and what is not
in the log: a stick full of rubbish must not fill the disk. It stays on the stick, and is kept when
it comes again and there is room."""

STRANGERS_ROWS_MAX = 1_000
"""Listed of it without being kept."""

AWAITS_EARLIER: Final = "batch_awaits_earlier"

_NUMBER_MAX: Final = 2**63 - 1
_ALL: Final = -1
"""No limit, as SQLite says it."""

ROW_BYTES = 512
"""What a row costs beside the bytes in it: the smallest files must not come for nothing."""

_new = insert(set_aside)
# What is there already gains a place in the log, and the bytes that there was no room for.
_PUT = _new.on_conflict_do_update(
    index_elements=[set_aside.c.batch],
    set_={
        "reason": _new.excluded.reason,
        "is_signed": _new.excluded.is_signed,
        "position": func.coalesce(_new.excluded.position, set_aside.c.position),
        "content": func.coalesce(set_aside.c.content, _new.excluded.content),
        "awaits": None,
    },
)
_IS_KEPT = set_aside.c.content.is_not(None)
_LISTED = select(_IS_KEPT).where(set_aside.c.batch == bindparam("of_batch"))
_STRANGERS = select(
    func.count().filter(~_IS_KEPT),
    func.coalesce(func.sum(set_aside.c.size + ROW_BYTES).filter(_IS_KEPT), 0),
).where(
    (set_aside.c.is_signed == 0) | (set_aside.c.reason == REVOKED_DEVICE),
    set_aside.c.position.is_(None),
)
_READ = select(
    set_aside.c.batch,
    set_aside.c.reason,
    set_aside.c.is_signed,
    set_aside.c.position,
    set_aside.c.seq,
)
_KEPT = (
    _READ.where(
        set_aside.c.content.is_not(None),
        set_aside.c.awaits.is_(None) | (bindparam("with_waiting") == 1),
        set_aside.c.seq > bindparam("after"),
        set_aside.c.seq <= bindparam("up_to"),
    )
    .order_by(set_aside.c.seq)
    .limit(bindparam("most"))
)
_LAST = select(func.coalesce(func.max(set_aside.c.seq), 0))
_AWAIT = (
    update(set_aside)
    .where(set_aside.c.batch == bindparam("of_batch"))
    .values(awaits=bindparam("earlier"))
)
_WAITING_FOR = _READ.where(
    set_aside.c.awaits.in_(
        select(func.unhex(column("value"))).select_from(
            func.json_each(bindparam("awaited")).table_valued("value")
        )
    )
).order_by(set_aside.c.seq)
_READY = (
    _READ.where(set_aside.c.awaits.in_(select(func.substr(batch_table.c.id, 1, CONTEXT_BYTES))))
    .order_by(set_aside.c.position, set_aside.c.seq)
    .limit(bindparam("most"))
)
_COUNT_WAITING = select(func.count()).select_from(set_aside).where(set_aside.c.awaits.is_not(None))
_PLACE = select(set_aside.c.position).where(set_aside.c.batch == bindparam("of_batch"))
_DROP = delete(set_aside).where(set_aside.c.batch == bindparam("of_batch"))
_ROWS = (
    select(
        set_aside.c.reason,
        func.count().label("count"),
        func.sum(set_aside.c.size).label("size"),
        func.max(set_aside.c.at_ms).label("at_ms"),
    )
    .where(set_aside.c.awaits.is_(None))
    .group_by(set_aside.c.reason)
    .order_by(func.max(set_aside.c.seq).desc())
)
_IS_HERE = delete(batch_missing).where(batch_missing.c.id == bindparam("of_batch"))


class SqlAsideBatches:
    """:class:`app.services.ports.AsideBatches` on the connection of one unit of work."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._strangers: tuple[int, int] | None = None
        """Rows without bytes, and bytes, of what proves nothing: counted once a unit."""

    def put(
        self,
        batch: SealedBatch,
        *,
        reason: str,
        at_ms: int,
        is_signed: bool,
        may_open_later: bool,
        position: int | None = None,
    ) -> bool:
        """List a batch, once; return whether it was not listed yet."""
        run = self._connection.execute
        is_kept = run(_LISTED, {"of_batch": batch.id}).scalar_one_or_none()
        is_listed = is_kept is not None
        content = batch.content if is_signed or may_open_later else None
        is_strangers = not is_signed or reason == REVOKED_DEVICE
        if is_strangers and position is None and not is_kept:
            rows, size = self._count_strangers()
            if content is not None and size + len(content) + ROW_BYTES > STRANGERS_BYTES_MAX:
                content = None
            if content is not None:
                # What was listed without its bytes has them now.
                self._strangers = rows - is_listed, size + len(content) + ROW_BYTES
            elif not is_listed:
                if rows >= STRANGERS_ROWS_MAX:
                    return True
                self._strangers = rows + 1, size
        elif is_strangers:
            self._strangers = None  # what was somebody's until now may be a stranger's from now on
        run(
            _PUT,
            {
                "batch": batch.id,
                "reason": reason,
                "at_ms": at_ms,
                "size": len(batch.content),
                "is_signed": int(is_signed),
                "position": position,
                "content": content,
            },
        )
        run(_IS_HERE, {"of_batch": batch.id})
        return not is_listed

    def wait(
        self, batch: SealedBatch, *, awaits: bytes, at_ms: int, position: int | None = None
    ) -> None:
        """Keep a batch that names another one, whose id begins with ``awaits`` and which is not
        here; of one that waits already, only what it awaits changes."""
        self.put(
            batch,
            reason=AWAITS_EARLIER,
            at_ms=at_ms,
            is_signed=True,
            may_open_later=True,
            position=position,
        )
        self._connection.execute(_AWAIT, {"of_batch": batch.id, "earlier": awaits})

    def waiting_for(self, batch_ids: Sequence[bytes]) -> tuple[AsideBatch, ...]:
        """Return the batches that wait for one of these, oldest first."""
        awaited = {"awaited": json.dumps([one[:CONTEXT_BYTES].hex() for one in batch_ids])}
        return tuple(_aside(row) for row in self._connection.execute(_WAITING_FOR, awaited))

    def ready(self, most: int) -> tuple[AsideBatch, ...]:
        """Return at most so many of the batches that wait for one that is here by now, in the order
        of the log."""
        return tuple(_aside(row) for row in self._connection.execute(_READY, {"most": most}))

    def count_waiting(self) -> int:
        """Return how many batches wait for an earlier one."""
        return self._connection.execute(_COUNT_WAITING).scalar_one()

    def kept(
        self,
        *,
        after: int = 0,
        up_to: int | None = None,
        most: int | None = None,
        with_waiting: bool = False,
    ) -> tuple[AsideBatch, ...]:
        """Return those whose bytes are kept, oldest first: they may be used later. Those that wait
        for an earlier one only ``with_waiting``; perhaps only so many, with numbers behind and up
        to these."""
        wanted = {
            "after": after,
            "up_to": _NUMBER_MAX if up_to is None else up_to,
            "most": _ALL if most is None else most,
            "with_waiting": int(with_waiting),
        }
        return tuple(_aside(row) for row in self._connection.execute(_KEPT, wanted))

    def last(self) -> int:
        """Return the number of the one that was set aside last, or 0."""
        number: int = self._connection.execute(_LAST).scalar_one()
        return number

    def place(self, batch_id: bytes) -> int | None:
        """Return the place in the verified log of a batch that is set aside, or None."""
        return self._connection.execute(_PLACE, {"of_batch": batch_id}).scalar_one_or_none()

    def take_back(self, batch_id: bytes) -> int | None:
        """It can be used now: it is no longer listed. Return its place in the verified log, if it
        came from there."""
        position = self.place(batch_id)
        if position is None:
            self._strangers = None  # it may have been a stranger's, who has more room now
        self._connection.execute(_DROP, {"of_batch": batch_id})
        return position

    def rows(self) -> tuple[SetAsideRow, ...]:
        """Return what is listed, a row for each reason, the newest first; without what waits for an
        earlier batch, of which nothing is wrong."""
        rows = self._connection.execute(_ROWS)
        return tuple(SetAsideRow(row.reason, row[1], row.size, row.at_ms) for row in rows)

    def _count_strangers(self) -> tuple[int, int]:
        if self._strangers is None:
            rows, size = self._connection.execute(_STRANGERS).one()
            self._strangers = rows, size
        return self._strangers


def _aside(row: Any) -> AsideBatch:
    return AsideBatch(row.batch, row.reason, bool(row.is_signed), row.position, row.seq)
