"""The blobs over SQL, in rows of one piece each: growing costs what came, not what is there."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import (
    Connection,
    Engine,
    Select,
    and_,
    delete,
    func,
    insert,
    select,
    update,
)

from sync.protocol.blob import NO_LABEL, BlobKind
from sync.server.blobs import OF_LABEL_MAX, BlobRow, NewBlob
from sync.server.schema import blob, blob_piece, centre, log

__all__ = ["SqlBlobs"]

_WEIGHT: Final = 4096
"""Counted for each blob beside its bytes: nobody fills a table with crumbs."""
_ASKED_AT_ONCE: Final = 250
_READ: Final = (
    blob.c.name,
    blob.c.kind,
    blob.c.label,
    blob.c.log_id,
    blob.c.position,
    blob.c.chain,
    blob.c.size,
    blob.c.body_hash,
    blob.c.device,
    blob.c.begun,
    blob.c.held,
    blob.c.is_whole,
)
_IS_UNFINISHED: Final = blob.c.is_whole == 0
_WITHOUT_PLACE: Final = and_(blob.c.is_whole == 1, blob.c.kind != int(BlobKind.SNAPSHOT))


class SqlBlobs:
    """:class:`sync.server.blobs.BlobStore` on one engine. ``draw`` tells beginnings apart."""

    def __init__(self, engine: Engine, draw: Callable[[int], bytes] = secrets.token_bytes) -> None:
        self._engine = engine
        self._draw = draw

    def blob(self, centre_id: bytes, name: bytes) -> BlobRow | None:
        """Return what is kept of a blob, or None."""
        with self._engine.begin() as connection:
            return _blob(connection, centre_id, name)

    def find(self, centre_id: bytes, asked: Sequence[bytes]) -> Mapping[bytes, Sequence[BlobRow]]:
        """Return the blobs of these names or labels, those that are whole first."""
        found: dict[bytes, list[BlobRow]] = {}
        with self._engine.begin() as connection:
            for at in range(0, len(asked), _ASKED_AT_ONCE):
                some = asked[at : at + _ASKED_AT_ONCE]
                for row in connection.execute(
                    select(*_READ).where(blob.c.centre == centre_id, blob.c.name.in_(some))
                ):
                    found[row.name] = [_row(row)]
                labels = [one for one in some if one != NO_LABEL]
                for row in connection.execute(_of_labels(centre_id, labels)):
                    found.setdefault(row.label, []).append(_row(row))
        return found

    def of_label(self, centre_id: bytes, label: bytes, device: bytes) -> int:
        """Return how many whole blobs of this label a device signed."""
        with self._engine.begin() as connection:
            count = connection.execute(
                select(func.count()).where(
                    blob.c.centre == centre_id,
                    blob.c.label == label,
                    blob.c.device == device,
                    blob.c.is_whole == 1,
                )
            ).scalar_one()
        return int(count)

    def begin(
        self, centre_id: bytes, new: NewBlob, *, room: int, unfinished: int, most: int
    ) -> bool:
        """Begin to keep a blob, unless it is kept already; return False when there is no room."""
        with self._engine.begin() as connection:
            _lock(connection, centre_id)
            if _blob(connection, centre_id, new.name) is not None:
                return True
            if new.kind != BlobKind.SNAPSHOT:
                count, size = connection.execute(
                    select(func.count(), func.coalesce(func.sum(blob.c.size), 0)).where(
                        blob.c.centre == centre_id, _WITHOUT_PLACE
                    )
                ).one()
                if int(size) + new.size + (count + 1) * _WEIGHT > room:
                    return False
            self._make_room(connection, centre_id, new, unfinished, most)
            connection.execute(
                insert(blob).values(
                    centre=centre_id,
                    name=new.name,
                    kind=new.kind,
                    label=new.label,
                    log_id=new.log_id,
                    position=new.position,
                    chain=new.chain,
                    size=new.size,
                    body_hash=new.body_hash,
                    held=0,
                    is_whole=0,
                    turn=_next_turn(connection, centre_id),
                    device=new.device,
                    begun=int.from_bytes(self._draw(8)) >> 1,
                )
            )
            return True

    def append(self, centre_id: bytes, name: bytes, start: int, content: bytes) -> int | None:
        """Keep bytes that continue what is held, and return how many are held now."""
        with self._engine.begin() as connection:
            _lock(connection, centre_id)
            kept = _blob(connection, centre_id, name)
            if kept is None or start > kept.held:
                return None
            new = content[kept.held - start : kept.size - start]
            if new:
                connection.execute(
                    insert(blob_piece).values(
                        centre=centre_id, name=name, start=kept.held, size=len(new), content=new
                    )
                )
                connection.execute(
                    update(blob)
                    .where(_is(centre_id, name))
                    .values(
                        held=kept.held + len(new),
                        turn=_next_turn(connection, centre_id),
                    )
                )
            return kept.held + len(new)

    def read(self, centre_id: bytes, name: bytes, start: int, most: int) -> bytes:
        """Return what is held from this byte on, at most so many bytes."""
        with self._engine.begin() as connection:
            rows = connection.execute(
                select(blob_piece.c.start, blob_piece.c.content)
                .where(
                    blob_piece.c.centre == centre_id,
                    blob_piece.c.name == name,
                    blob_piece.c.start < start + most,
                    blob_piece.c.start + blob_piece.c.size > start,
                )
                .order_by(blob_piece.c.start)
            ).all()
        if not rows:
            return b""
        joined = b"".join(row.content for row in rows)
        return joined[start - rows[0].start :][:most]

    def pieces(self, centre_id: bytes, name: bytes) -> Iterator[bytes]:
        """Yield what is held, piece by piece: never much memory."""
        at = 0
        while True:
            with self._engine.begin() as connection:
                content = connection.execute(
                    select(blob_piece.c.content).where(
                        blob_piece.c.centre == centre_id,
                        blob_piece.c.name == name,
                        blob_piece.c.start == at,
                    )
                ).scalar_one_or_none()
            if content is None:
                return
            yield content
            at += len(content)

    def finish(self, centre_id: bytes, row: BlobRow) -> bool:
        """Note that the whole of a blob was verified; return False when it is not there any more as
        it was read, or when it was noted already."""
        with self._engine.begin() as connection:
            _lock(connection, centre_id)
            noted = connection.execute(
                update(blob)
                .where(
                    _is(centre_id, row.name),
                    _IS_UNFINISHED,
                    blob.c.begun == row.begun,
                    blob.c.held == blob.c.size,
                )
                .values(is_whole=1)
            )
            return noted.rowcount == 1

    def drop(self, centre_id: bytes, row: BlobRow) -> bool:
        """Forget a blob; return False when it is not there any more, or is another beginning."""
        with self._engine.begin() as connection:
            _lock(connection, centre_id)
            kept = _blob(connection, centre_id, row.name)
            if kept is None or kept.begun != row.begun:
                return False
            _drop(connection, centre_id, [row.name])
            return True

    def snapshots(self, centre_id: bytes) -> Sequence[BlobRow]:
        """Return the whole snapshots, the one with the highest position first."""
        with self._engine.begin() as connection:
            rows = connection.execute(
                select(*_READ)
                .where(
                    blob.c.centre == centre_id,
                    blob.c.kind == int(BlobKind.SNAPSHOT),
                    blob.c.is_whole == 1,
                )
                .order_by(blob.c.position.desc(), blob.c.turn.desc())
            )
            return [_row(row) for row in rows]

    def log_bytes(self, centre_id: bytes, position: int) -> int:
        """Return the size of the batches of a centre's log up to a position."""
        with self._engine.begin() as connection:
            size = connection.execute(
                select(func.coalesce(func.sum(log.c.size), 0)).where(
                    log.c.centre == centre_id, log.c.position <= position
                )
            ).scalar_one()
        return int(size)

    def _make_room(
        self, connection: Connection, centre_id: bytes, new: NewBlob, unfinished: int, most: int
    ) -> None:
        rows = connection.execute(
            select(blob.c.name, blob.c.size, blob.c.label, blob.c.device)
            .where(blob.c.centre == centre_id, _IS_UNFINISHED)
            .order_by(blob.c.turn.desc())
        ).all()
        leaving: list[bytes] = []
        room, alike = unfinished - new.size, 1
        for number, row in enumerate(rows, 2):
            room -= row.size
            is_alike = (row.label, row.device) == (new.label, new.device) and row.label != NO_LABEL
            alike += is_alike
            if room < 0 or number > most or (is_alike and alike > OF_LABEL_MAX):
                leaving.append(row.name)
        if leaving:
            _drop(connection, centre_id, leaving)


def _lock(connection: Connection, centre_id: bytes) -> None:
    # The centre's row: two that write at once must neither pass a quota nor tear a blob together.
    connection.execute(select(centre.c.id).where(centre.c.id == centre_id).with_for_update())


def _blob(connection: Connection, centre_id: bytes, name: bytes) -> BlobRow | None:
    row = connection.execute(select(*_READ).where(_is(centre_id, name))).first()
    return None if row is None else _row(row)


def _of_labels(centre_id: bytes, labels: Sequence[bytes]) -> Select[Any]:
    """Of each label the whole ones first, among them one of each device, then a second of each."""
    best = (blob.c.held.desc(), blob.c.name)
    ranked = (
        select(
            *_READ,
            func.row_number()
            .over(partition_by=(blob.c.label, blob.c.is_whole, blob.c.device), order_by=best)
            .label("of_device"),
        )
        .where(blob.c.centre == centre_id, blob.c.label.in_(labels))
        .subquery()
    )
    order = (ranked.c.is_whole.desc(), ranked.c.of_device, ranked.c.held.desc(), ranked.c.name)
    placed = select(
        ranked, func.row_number().over(partition_by=ranked.c.label, order_by=order).label("place")
    ).subquery()
    wanted = [placed.c[column.name] for column in _READ]
    return select(*wanted).where(placed.c.place <= OF_LABEL_MAX).order_by(placed.c.place)


def _is(centre_id: bytes, name: bytes) -> Any:
    return and_(blob.c.centre == centre_id, blob.c.name == name)


def _next_turn(connection: Connection, centre_id: bytes) -> int:
    highest = connection.execute(
        select(func.coalesce(func.max(blob.c.turn), 0)).where(
            blob.c.centre == centre_id, _IS_UNFINISHED
        )
    ).scalar_one()
    return int(highest) + 1


def _drop(connection: Connection, centre_id: bytes, names: Sequence[bytes]) -> None:
    for table in (blob_piece, blob):
        connection.execute(
            delete(table).where(table.c.centre == centre_id, table.c.name.in_(names))
        )


def _row(row: Any) -> BlobRow:
    said = row._asdict()
    return BlobRow(**{**said, "is_whole": bool(said["is_whole"])})
