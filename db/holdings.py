"""What other laptops said, on sticks, to hold of what the region's log lacked."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    LargeBinary,
    bindparam,
    column,
    delete,
    exists,
    func,
    select,
)
from sqlalchemy.dialects.sqlite import insert

from db.devices import IS_OURS
from db.schema import batch
from db.schema_sync import device_state, holder

__all__ = ["SqlHoldings"]

_wanted = select(func.unhex(column("value"))).select_from(
    func.json_each(bindparam("ids")).table_valued("value")
)
_of_device = bindparam("of_device", type_=LargeBinary)


def _is_read_by(device: ColumnElement[bytes]) -> ColumnElement[bool]:
    """Whether a laptop is known to have read the log up to where a batch stands."""
    read = select(device_state.c.device).where(
        device_state.c.device == device, device_state.c.position >= batch.c.position, IS_OURS
    )
    return exists(read.correlate(batch, holder))


_NEW = select(batch.c.id, _of_device).where(batch.c.id.in_(_wanted), ~_is_read_by(_of_device))
_PUT = insert(holder).from_select(["batch", "device"], _NEW).on_conflict_do_nothing()
_HOLDERS = select(holder.c.batch, holder.c.device).where(holder.c.batch.in_(_wanted))
_OUTSIDE = (
    select(batch.c.id)
    .where(batch.c.position.is_(None))
    .order_by(batch.c.seq.desc())
    .limit(bindparam("most"))
)
_FORGET_READ: Final = delete(holder).where(
    holder.c.device == _of_device,
    exists(select(batch.c.seq).where(batch.c.id == holder.c.batch, _is_read_by(holder.c.device))),
)
"""Of what a laptop is known to have read of the log that says as much. What stands there and it is
not known to have read is kept: of one that was stolen before it read on, nothing else says it."""


class SqlHoldings:
    """:class:`app.services.holding_ports.Holdings` on the connection of one unit of work."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def keep(self, device: bytes, batch_ids: Sequence[bytes]) -> int:
        """Keep that a device holds these, as far as they are here and it is not known to have read
        them in the log; return how many were new."""
        self._connection.execute(_FORGET_READ, {"of_device": device})
        asked = {"of_device": device, **_asked(batch_ids)}
        return self._connection.execute(_PUT, asked).rowcount

    def holders(self, batch_ids: Sequence[bytes]) -> Mapping[bytes, frozenset[bytes]]:
        """Return the devices that said to hold each of these batches."""
        found: dict[bytes, frozenset[bytes]] = {}
        for row in self._connection.execute(_HOLDERS, _asked(batch_ids)) if batch_ids else ():
            found[row.batch] = found.get(row.batch, frozenset()) | {row.device}
        return found

    def outside(self, limit: int) -> tuple[bytes, ...]:
        """Return the ids of the batches that were taken in here and that the verified log lacks,
        rising; of more than ``limit`` the newest."""
        return tuple(sorted(self._connection.execute(_OUTSIDE, {"most": limit}).scalars()))


def _asked(batch_ids: Sequence[bytes]) -> dict[str, str]:
    return {"ids": json.dumps([one.hex() for one in batch_ids])}
