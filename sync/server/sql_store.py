"""The store over SQL: PostgreSQL in service, SQLite to try it out. The same statements."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeVar

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    LargeBinary,
    and_,
    create_engine,
    delete,
    event,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.pool import StaticPool

from sync.protocol.chain import chain_after, chain_start
from sync.protocol.roster import statement_id
from sync.server.schema import centre, log, partial, statement
from sync.server.sql_blobs import SqlBlobs
from sync.server.sql_head import head_of
from sync.server.store import LogHead, LogRow, NewBatch, Partial

__all__ = ["SqlStore", "open_engine"]

T = TypeVar("T")

_PLACE: Final = (log.c.position, log.c.batch_id, log.c.chain, log.c.size)
_PARTIAL_WEIGHT_MIN: Final = 4096


def open_engine(url: str) -> Engine:
    """Return an engine for a database address; values never reach logs or error texts."""
    if make_url(url).get_backend_name() != "sqlite":
        return create_engine(url, hide_parameters=True, pool_pre_ping=True, pool_size=8)
    in_memory = make_url(url).database in (None, "", ":memory:")
    engine = create_engine(
        url,
        hide_parameters=True,
        connect_args={"check_same_thread": False, "timeout": 30},
        **({"poolclass": StaticPool} if in_memory else {}),
    )
    event.listen(engine, "connect", _sqlite_settings)
    event.listen(engine, "begin", _begin_immediately)
    return engine


def _sqlite_settings(connection: Any, _record: object) -> None:
    connection.isolation_level = None
    for setting in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {setting}")


def _begin_immediately(connection: Connection) -> None:
    # SQLite has no row locks: one writer at a time takes the place of the centre's lock.
    connection.exec_driver_sql("BEGIN IMMEDIATE")


class SqlStore:
    """:class:`sync.server.store.Store` on one engine. ``draw`` gives the ids of new logs."""

    def __init__(self, engine: Engine, draw: Callable[[int], bytes] = secrets.token_bytes) -> None:
        self._engine = engine
        self._draw = draw
        dialect = postgresql if engine.dialect.name == "postgresql" else sqlite
        self._insert_new = dialect.insert
        self._blobs = SqlBlobs(engine, draw)

    @property
    def blobs(self) -> SqlBlobs:
        """Attachments and snapshots."""
        return self._blobs

    def head(self, centre_id: bytes) -> LogHead:
        """Return the end of a centre's log, which begins when it is first asked for."""
        with self._engine.begin() as connection:
            return head_of(connection, centre_id, self._draw, for_update=False)

    def append(self, centre_id: bytes, batch: NewBatch) -> tuple[LogHead, LogRow]:
        """Return the place of a batch, giving it the next one unless it has one already."""
        with self._engine.begin() as connection:
            # The row lock is held until the commit: positions are given in the order of commits.
            head = head_of(connection, centre_id, self._draw, for_update=True)
            connection.execute(delete(partial).where(_partial_is(centre_id, batch.id)))
            known = connection.execute(
                select(*_PLACE).where(log.c.centre == centre_id, log.c.batch_id == batch.id)
            ).first()
            if known is not None:
                return head, _row(known)
            position, chain = head.position + 1, chain_after(head.chain, batch.id)
            connection.execute(
                insert(log).values(
                    centre=centre_id,
                    position=position,
                    batch_id=batch.id,
                    chain=chain,
                    device=batch.device,
                    session=batch.session,
                    number=batch.number,
                    size=len(batch.content),
                    content=batch.content,
                )
            )
            connection.execute(
                update(centre)
                .where(centre.c.id == centre_id)
                .values(position=position, chain=chain)
            )
            row = LogRow(position, batch.id, chain, len(batch.content))
            return LogHead(head.log_id, position, chain), row

    def positions_of(self, centre_id: bytes, ids: Sequence[bytes]) -> Mapping[bytes, LogRow]:
        """Return the places of those of these batches that are in the log."""
        with self._engine.begin() as connection:
            rows = [
                row
                for some in _parts(ids)
                for row in connection.execute(
                    select(*_PLACE).where(log.c.centre == centre_id, log.c.batch_id.in_(some))
                )
            ]
        return {row.batch_id: _row(row) for row in rows}

    def chain_at(self, centre_id: bytes, position: int) -> bytes | None:
        """Return the chain hash at a position, or None where the log does not reach."""
        with self._engine.begin() as connection:
            if position == 0:
                return chain_start(
                    head_of(connection, centre_id, self._draw, for_update=False).log_id
                )
            return connection.execute(
                select(log.c.chain).where(log.c.centre == centre_id, log.c.position == position)
            ).scalar_one_or_none()

    def after(
        self, centre_id: bytes, position: int, *, bytes_max: int, rows_max: int
    ) -> Sequence[LogRow]:
        """Return the places after a position, in order; at least one if there is any."""
        return self._page(log.c.position > position, log.c.position, centre_id, bytes_max, rows_max)

    def before(
        self, centre_id: bytes, position: int, *, bytes_max: int, rows_max: int
    ) -> Sequence[LogRow]:
        """Return the places before a position, the last first; at least one if there is any."""
        newest_first = log.c.position.desc()
        return self._page(log.c.position < position, newest_first, centre_id, bytes_max, rows_max)

    def contents(self, centre_id: bytes, positions: Sequence[int]) -> Mapping[int, bytes]:
        """Return the batches at these positions, as far as the log reaches."""
        with self._engine.begin() as connection:
            rows = [
                row
                for some in _parts(positions)
                for row in connection.execute(
                    select(log.c.position, log.c.content).where(
                        log.c.centre == centre_id, log.c.position.in_(some)
                    )
                )
            ]
        return {row.position: row.content for row in rows}

    def _page(
        self,
        wanted: ColumnElement[bool],
        order: ColumnElement[int],
        centre_id: bytes,
        bytes_max: int,
        rows_max: int,
    ) -> Sequence[LogRow]:
        of_centre = and_(log.c.centre == centre_id, wanted)
        with self._engine.begin() as connection:
            rows = connection.execute(
                select(*_PLACE).where(of_centre).order_by(order).limit(rows_max)
            ).all()
        chosen: list[LogRow] = []
        total = 0
        for row in map(_row, rows):
            total += row.size
            if total > bytes_max and chosen:
                break
            chosen.append(row)
        return chosen

    def partial(self, centre_id: bytes, batch_id: bytes, *, size: int, start: int) -> bytes | None:
        """Return the first ``start`` bytes of a batch that was cut; None when not so many are kept
        of one of this size."""
        front = func.substr(partial.c.content, 1, start, type_=LargeBinary)
        with self._engine.begin() as connection:
            # Neither database reads a content to tell its length.
            return connection.execute(
                select(front).where(
                    _partial_is(centre_id, batch_id),
                    partial.c.size == size,
                    func.length(partial.c.content) >= start,
                )
            ).scalar_one_or_none()

    def partial_sizes(self, centre_id: bytes, ids: Sequence[bytes]) -> Mapping[bytes, int]:
        """Return how many bytes are kept of those of these batches that were cut."""
        wanted = frozenset(ids)
        with self._engine.begin() as connection:
            # A centre has few: the quota in bytes keeps them so.
            rows = connection.execute(
                select(partial.c.batch_id, func.length(partial.c.content)).where(
                    partial.c.centre == centre_id
                )
            ).all()
        return {row[0]: row[1] for row in rows if row[0] in wanted}

    def put_partial(self, centre_id: bytes, batch_id: bytes, kept: Partial, *, room: int) -> None:
        """Keep what arrived of a batch, unless more of it, of the same size, is kept already."""
        with self._engine.begin() as connection:
            # The centre's row lock: two that keep at once must not pass the quota together.
            head_of(connection, centre_id, self._draw, for_update=True)
            rows = connection.execute(
                select(
                    partial.c.batch_id,
                    partial.c.turn,
                    partial.c.size,
                    func.length(partial.c.content).label("held"),
                )
                .where(partial.c.centre == centre_id)
                .order_by(partial.c.turn.desc())
            ).all()
            held = {row.batch_id: (row.size, row.held) for row in rows}
            size, count = held.get(batch_id, (0, 0))
            if size == kept.size and count >= len(kept.content):
                return
            leaving, left = [batch_id], room - _weight(len(kept.content))
            for name, (_, count) in held.items():
                left -= _weight(count) if name != batch_id else 0
                if left < 0:
                    leaving.append(name)
            connection.execute(
                delete(partial).where(
                    partial.c.centre == centre_id, partial.c.batch_id.in_(leaving)
                )
            )
            turn = max((row.turn for row in rows), default=0) + 1
            connection.execute(
                insert(partial).values(
                    centre=centre_id,
                    batch_id=batch_id,
                    turn=turn,
                    size=kept.size,
                    content=kept.content,
                )
            )

    def drop_partial(self, centre_id: bytes, batch_id: bytes) -> None:
        """Forget what was kept of a batch."""
        with self._engine.begin() as connection:
            connection.execute(delete(partial).where(_partial_is(centre_id, batch_id)))

    def statements(self, centre_id: bytes) -> tuple[bytes, ...]:
        """Return a centre's statements, in the order of their names."""
        with self._engine.begin() as connection:
            rows = connection.execute(
                select(statement.c.content)
                .where(statement.c.centre == centre_id)
                .order_by(statement.c.id)
            )
            return tuple(rows.scalars())

    def add_statements(self, centre_id: bytes, statements: Sequence[bytes]) -> None:
        """Keep statements that hold; known ones change nothing."""
        if not statements:
            return
        new = self._insert_new(statement).on_conflict_do_nothing()
        with self._engine.begin() as connection:
            connection.execute(
                new,
                # In one order: two that bring the same in others wait for each other for ever.
                [
                    {"centre": centre_id, "id": statement_id(one), "content": one}
                    for one in sorted(statements, key=statement_id)
                ],
            )

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()


def _partial_is(centre_id: bytes, batch_id: bytes) -> ColumnElement[bool]:
    return and_(partial.c.centre == centre_id, partial.c.batch_id == batch_id)


def _weight(count: int) -> int:
    # So that nobody fills a table with a million pieces of a byte.
    return max(count, _PARTIAL_WEIGHT_MIN)


def _parts(ids: Sequence[T]) -> Iterator[Sequence[T]]:
    # A statement takes so many parameters at the most, in some databases 999.
    return (ids[at : at + 500] for at in range(0, len(ids), 500))


def _row(row: Any) -> LogRow:
    return LogRow(row[0], row[1], row[2], row[3])
