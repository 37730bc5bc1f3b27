"""The blobs over SQL, in rows of one piece each: growing costs what came, not what is there."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import (
    Connection,
    Engine,
    Select,
    and_,
    case,
    delete,
    func,
    insert,
    select,
    update,
)

from sync.protocol.blob import NO_LABEL, BlobKind
from sync.server.blobs import OF_LABEL_MAX, BlobRow, Fit, NewBlob, Room
from sync.server.schema import blob, blob_piece, log
from sync.server.sql_head import head_of

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
        once = list(dict.fromkeys(asked))
        with self._engine.begin() as connection:
            for at in range(0, len(once), _ASKED_AT_ONCE):
                some = once[at : at + _ASKED_AT_ONCE]
                for row in connection.execute(
                    select(*_READ).where(blob.c.centre == centre_id, blob.c.name.in_(some))
                ):
                    found[row.name] = [_row(row)]
                labels = [one for one in some if one != NO_LABEL]
                for row in connection.execute(_of_labels(centre_id, labels)):
                    rows = found.setdefault(row.label, [])
                    # A member may choose the name of another blob for a label: that comes first.
                    if len(rows) < OF_LABEL_MAX:
                        rows.append(_row(row))
        return found

    def begin(self, centre_id: bytes, new: NewBlob, room: Room) -> Fit:
        """Begin to keep a blob, unless it is kept already, if there is room for it."""
        with self._engine.begin() as connection:
            self._lock(connection, centre_id)
            if _blob(connection, centre_id, new.name) is not None:
                return Fit.FITS
            fit = _fit(connection, centre_id, new, room)
            if fit is not Fit.FITS:
                return fit
            _make_room(connection, centre_id, new, room)
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
            return Fit.FITS

    def append(self, centre_id: bytes, name: bytes, start: int, content: bytes) -> int | None:
        """Keep bytes that continue what is held, and return how many are held now."""
        with self._engine.begin() as connection:
            self._lock(connection, centre_id)
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

    def finish(self, centre_id: bytes, row: BlobRow, room: Room) -> Fit:
        """Note that the whole of a blob was verified, if it is there as it was read and has room;
        others may have become whole since it began."""
        with self._engine.begin() as connection:
            self._lock(connection, centre_id)
            kept = _blob(connection, centre_id, row.name)
            if kept is None or kept.is_whole or (kept.begun, kept.held) != (row.begun, row.size):
                return Fit.GONE
            fit = _fit(connection, centre_id, row, room)
            if fit is Fit.FITS:
                connection.execute(update(blob).where(_is(centre_id, row.name)).values(is_whole=1))
            else:
                _drop(connection, centre_id, [row.name])
            return fit

    def drop(self, centre_id: bytes, row: BlobRow) -> bool:
        """Forget a blob; return False when it is not there any more, or is another beginning."""
        with self._engine.begin() as connection:
            self._lock(connection, centre_id)
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

    def _lock(self, connection: Connection, centre_id: bytes) -> None:
        # The centre's row: two that write at once must neither pass a quota nor tear a blob
        # together. A centre that nobody asked for yet has none, and begins.
        head_of(connection, centre_id, self._draw, for_update=True)


def _fit(connection: Connection, centre_id: bytes, new: NewBlob | BlobRow, room: Room) -> Fit:
    """Return whether a blob has room when it is whole."""
    whole_here = and_(blob.c.centre == centre_id, blob.c.is_whole == 1)
    if new.label != NO_LABEL:
        alike = select(func.count()).where(
            whole_here, blob.c.label == new.label, blob.c.device == new.device
        )
        if connection.execute(alike).scalar_one() >= OF_LABEL_MAX:
            return Fit.TOO_MANY
    if new.kind != BlobKind.SNAPSHOT:
        weight = blob.c.size + _WEIGHT
        its_own = case((blob.c.device == new.device, weight), else_=0)
        used, by_device = connection.execute(
            select(func.coalesce(func.sum(weight), 0), func.coalesce(func.sum(its_own), 0)).where(
                whole_here, blob.c.kind != int(BlobKind.SNAPSHOT)
            )
        ).one()
        more = new.size + _WEIGHT
        if int(used) + more > room.whole or int(by_device) + more > room.of_device:
            return Fit.NO_ROOM
    return Fit.FITS


def _make_room(connection: Connection, centre_id: bytes, new: NewBlob, room: Room) -> None:
    rows = connection.execute(
        select(blob.c.name, blob.c.size, blob.c.label, blob.c.device, blob.c.kind)
        .where(blob.c.centre == centre_id, _IS_UNFINISHED)
        .order_by(blob.c.kind != int(BlobKind.SNAPSHOT), blob.c.turn)
    ).all()
    alike = [row.name for row in rows if (row.label, row.device) == (new.label, new.device)]
    over = 0 if new.label == NO_LABEL else max(0, len(alike) + 1 - OF_LABEL_MAX)
    leaving = alike[:over]
    staying = [row for row in rows if row.name not in leaving]
    sizes, counts = Counter({new.device: new.size}), Counter({new.device: 1})
    for row in staying:
        sizes[row.device] += row.size
        counts[row.device] += 1
    while staying and (sizes.total() > room.unfinished or counts.total() > room.most):
        of_device = sizes if sizes.total() > room.unfinished else counts
        most = max(of_device[row.device] for row in staying)
        one = next(row for row in staying if of_device[row.device] == most)
        staying.remove(one)
        leaving.append(one.name)
        sizes[one.device] -= one.size
        counts[one.device] -= 1
    if leaving:
        _drop(connection, centre_id, leaving)


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
