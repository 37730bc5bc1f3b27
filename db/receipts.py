"""What the server signed about places in its log: kept as evidence, and compared with the log."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, func, select, update
from sqlalchemy.dialects.sqlite import insert

from app.services.ports import KeptReceipt
from db.schema import cursor, log_place
from db.schema_sync import receipt

__all__ = ["SqlReceipts"]

_COLUMNS = (
    receipt.c.batch,
    receipt.c.log_id,
    receipt.c.position,
    receipt.c.chain,
    receipt.c.signature,
)
_PUT = insert(receipt).on_conflict_do_nothing()
_GET = select(*_COLUMNS).where(
    receipt.c.batch == bindparam("of_batch"), receipt.c.log_id == bindparam("of_log")
)
_OF_BATCH = (
    select(*_COLUMNS).where(receipt.c.batch == bindparam("of_batch")).order_by(receipt.c.log_id)
)
_CONTRADICTED = (
    select(*_COLUMNS)
    .join(log_place, log_place.c.position == receipt.c.position)
    .where(
        receipt.c.log_id == select(cursor.c.log_id).scalar_subquery(),
        receipt.c.chain != log_place.c.chain,
        receipt.c.is_broken == 0,
    )
    .order_by(receipt.c.position, receipt.c.batch)
)
_BREAK = (
    update(receipt)
    .where(
        receipt.c.batch == bindparam("of_batch"),
        receipt.c.log_id == bindparam("of_log"),
        receipt.c.is_broken == 0,
    )
    .values(is_broken=1)
)
_BROKEN = select(func.count()).where(receipt.c.is_broken == 1)


class SqlReceipts:
    """:class:`app.services.ports.Receipts` on the connection of one unit of work."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, receipts: Sequence[KeptReceipt]) -> tuple[KeptReceipt, ...]:
        """Keep receipts; return those that contradict one of the same batch and log that is kept:
        both bear the server's signature. The first stays, and is contradicted once."""
        other = []
        for one in receipts:
            row = {"batch": one.batch, "log_id": one.log_id, "position": one.position}
            added = self._connection.execute(
                _PUT, {**row, "chain": one.chain, "signature": one.signature}
            )
            if added.rowcount:
                continue
            kept = self.get(one.batch, one.log_id)
            is_other = kept is not None and (kept.position, kept.chain) != (one.position, one.chain)
            if is_other and self._break(one):
                other.append(one)
        return tuple(other)

    def get(self, batch_id: bytes, log_id: bytes) -> KeptReceipt | None:
        """Return the receipt of a batch in a log, or None."""
        row = self._connection.execute(_GET, {"of_batch": batch_id, "of_log": log_id}).first()
        return None if row is None else KeptReceipt(*row)

    def of_batch(self, batch_id: bytes) -> tuple[KeptReceipt, ...]:
        """Return every receipt of a batch, one for each log."""
        rows = self._connection.execute(_OF_BATCH, {"of_batch": batch_id})
        return tuple(KeptReceipt(*row) for row in rows)

    def newly_broken(self) -> tuple[KeptReceipt, ...]:
        """Return the receipts whose place in the verified log has another chain, and that were not
        returned by this before."""
        found = tuple(KeptReceipt(*row) for row in self._connection.execute(_CONTRADICTED).all())
        for one in found:
            self._break(one)
        return found

    def broken(self) -> int:
        """Return how many receipts the server did not keep."""
        return self._connection.execute(_BROKEN).scalar_one()

    def _break(self, one: KeptReceipt) -> bool:
        """Mark what is kept of a batch and log as not kept to; return whether it was not yet."""
        broken = self._connection.execute(_BREAK, {"of_batch": one.batch, "of_log": one.log_id})
        return bool(broken.rowcount)
