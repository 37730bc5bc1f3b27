"""The row of a centre: the end of its log, and the lock that whoever writes to the centre holds."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from sync.protocol.chain import LOG_ID_BYTES, chain_start
from sync.server.schema import centre
from sync.server.store import LogHead

__all__ = ["head_of"]


def head_of(
    connection: Connection, centre_id: bytes, draw: Callable[[int], bytes], *, for_update: bool
) -> LogHead:
    """Return the end of a centre's log, which begins when it is first asked for; ``draw`` gives the
    ids of new logs. ``for_update``: nobody else has the row until the transaction ends.
    """
    wanted = select(centre.c.log_id, centre.c.position, centre.c.chain).where(
        centre.c.id == centre_id
    )
    if for_update:
        wanted = wanted.with_for_update()
    row = connection.execute(wanted).first()
    if row is None:
        log_id = draw(LOG_ID_BYTES)
        dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
        connection.execute(
            dialect.insert(centre)
            .values(id=centre_id, log_id=log_id, position=0, chain=chain_start(log_id))
            .on_conflict_do_nothing()
        )
        row = connection.execute(wanted).one()
    return LogHead(row.log_id, row.position, row.chain)
