"""What other laptops said, on sticks, to hold of what the region's log lacks."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import Connection, LargeBinary, bindparam, column, delete, exists, func, select
from sqlalchemy.dialects.sqlite import insert

from db.schema import batch
from db.schema_sync import holder

__all__ = ["SqlHoldings"]

_wanted = select(func.unhex(column("value"))).select_from(
    func.json_each(bindparam("ids")).table_valued("value")
)
_WAITING = select(batch.c.id, bindparam("of_device", type_=LargeBinary)).where(
    batch.c.position.is_(None), batch.c.id.in_(_wanted)
)
_PUT = insert(holder).from_select(["batch", "device"], _WAITING).on_conflict_do_nothing()
_HOLDERS = select(holder.c.batch, holder.c.device).where(holder.c.batch.in_(_wanted))
_OUTSIDE = (
    select(batch.c.id)
    .where(batch.c.position.is_(None))
    .order_by(batch.c.seq.desc())
    .limit(bindparam("most"))
)
_FORGET_PLACED: Final = delete(holder).where(
    exists(select(batch.c.seq).where(batch.c.id == holder.c.batch, batch.c.position.is_not(None)))
)
"""Of what stands in the log, what each laptop had read of that says more."""


class SqlHoldings:
    """:class:`app.services.holding_ports.Holdings` on the connection of one unit of work."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def keep(self, device: bytes, batch_ids: Sequence[bytes]) -> int:
        """Keep that a device holds these, as far as they are here and the verified log lacks them;
        return how many were new."""
        self._connection.execute(_FORGET_PLACED)
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
