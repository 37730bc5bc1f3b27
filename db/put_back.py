"""Puts facts of a damaged database that stand in no batch into the one that was made anew.

What was set aside and is carried to nobody, or was never to be kept; when each batch came; and what
the region's log lacks. Storage thread; the caller commits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, delete, exists, select, update
from sqlalchemy.dialects.sqlite import insert

from db.outbox import put_unseen
from db.schema import batch, batch_missing, set_aside

__all__ = ["AsideRow", "put_back"]

_HOLDS = select(exists().where(batch.c.id == bindparam("of_batch")))
_LIST = insert(set_aside).on_conflict_do_nothing()
_IS_HERE = delete(batch_missing).where(batch_missing.c.id == bindparam("of_batch"))
_CAME = tuple(
    update(table).where(name == bindparam("of_batch")).values(at_ms=bindparam("came"))
    for table, name in ((batch, batch.c.id), (set_aside, set_aside.c.batch))
)


@dataclass(frozen=True, slots=True)
class AsideRow:
    """A batch as it was set aside; ``content`` is None when its bytes were not to be kept."""

    batch: bytes
    reason: str
    at_ms: int
    size: int
    is_signed: bool
    position: int | None
    content: bytes | None


def put_back(
    connection: Connection,
    *,
    aside: Sequence[AsideRow],
    came: Mapping[bytes, int],
    lacking: Sequence[bytes],
) -> None:
    """List what was set ``aside`` and is neither held nor listed; note when batches ``came``, in
    milliseconds; let the changes that the log was ``lacking`` wait, unless it was seen to have
    them."""
    for one in aside:
        named = {"of_batch": one.batch}
        if connection.execute(_HOLDS, named).scalar_one():
            continue
        row = {
            "batch": one.batch,
            "reason": one.reason,
            "at_ms": one.at_ms,
            "size": one.size,
            "is_signed": int(one.is_signed),
            "position": one.position,
            "content": one.content,
        }
        connection.execute(_LIST, row)
        connection.execute(_IS_HERE, named)
    if came:
        times = [{"of_batch": name, "came": at_ms} for name, at_ms in came.items()]
        for statement in _CAME:
            connection.execute(statement, times)
    put_unseen(connection, lacking)
