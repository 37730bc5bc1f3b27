"""Where changes stand in batches: what names an origin by batch and place, and finds it again."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from sqlalchemy import (
    Connection,
    Integer,
    and_,
    bindparam,
    cast,
    func,
    select,
    text,
)

from app.domain.change import Change, ChangeId
from app.services.ports import CONTEXT_BYTES, Origin
from db.change_log import SqlChangeLog
from db.schema import batch, batch_change, change
from db.schema_sync import origin_hint

__all__ = ["SqlOrigins"]

ROWS_AT_ONCE = 2_000
_ID_REST = 32 - CONTEXT_BYTES
_FIRST_REST, _LAST_REST = bytes(_ID_REST), b"\xff" * _ID_REST

_wanted = func.json_each(bindparam("wanted")).table_valued("value", name="wanted")
_ORIGINS = (
    select(change.c.id, change.c.seq, batch.c.id.label("batch"), batch_change.c.place)
    .select_from(
        _wanted.join(change, change.c.id == func.unhex(_wanted.c.value))
        .join(batch_change, batch_change.c.change_seq == change.c.seq)
        .join(batch, batch.c.seq == batch_change.c.batch_seq)
    )
    .where(batch.c.position.is_not(None), batch_change.c.place.is_not(None))
    .order_by(batch.c.position)
)
_BATCH = (
    select(batch.c.seq)
    .where(batch.c.id >= bindparam("first"), batch.c.id <= bindparam("last"))
    .order_by(batch.c.id)
    .limit(1)
)
# Most batches came into the log at one go: their changes have one shift from place to handle.
_SHIFT = (
    select(batch_change.c.change_seq - batch_change.c.place)
    .where(batch_change.c.batch_seq == bindparam("of_batch"), batch_change.c.place.is_not(None))
    .order_by(batch_change.c.change_seq)
    .limit(1)
)
_SHIFTED = select(batch_change.c.place, batch_change.c.change_seq).select_from(
    _wanted.join(
        batch_change,
        and_(
            batch_change.c.batch_seq == bindparam("of_batch"),
            batch_change.c.change_seq == cast(_wanted.c.value, Integer) + bindparam("shift"),
            batch_change.c.place == _wanted.c.value,
        ),
    )
)
_SEARCHED = select(batch_change.c.place, batch_change.c.change_seq).where(
    batch_change.c.batch_seq == bindparam("of_batch"),
    batch_change.c.place.in_(select(_wanted.c.value)),
)
_HINTED = (
    select(origin_hint.c.place, change.c.seq)
    .join(change, change.c.id == origin_hint.c.change_id)
    .where(
        origin_hint.c.context == bindparam("context"),
        origin_hint.c.place.in_(select(_wanted.c.value)),
    )
)
_HAS_HINTS = select(origin_hint.c.place).limit(1)
_UNPLACED = (
    select(batch.c.id)
    .where(
        batch.c.seq.in_(
            select(batch_change.c.batch_seq).where(batch_change.c.place.is_(None)).distinct()
        )
    )
    .order_by(batch.c.seq)
)
_NOTE_PLACES = text(
    "UPDATE batch_change SET place = placed.key"
    " FROM json_each(:ids) AS placed JOIN change ON change.id = unhex(placed.value)"
    " WHERE batch_change.batch_seq = (SELECT seq FROM batch WHERE id = :batch)"
    " AND batch_change.change_seq = change.seq AND batch_change.place IS NULL"
)


class SqlOrigins:
    """:class:`app.services.ports.Origins` on the connection of one unit of work."""

    def __init__(self, connection: Connection, changes: SqlChangeLog) -> None:
        self._connection = connection
        self._changes = changes

    def origins_of(self, ids: Collection[ChangeId]) -> Mapping[ChangeId, Origin]:
        """Return where these changes stand in batches that were seen in the verified log; of those
        that stand in several, the first position. What stands in none is left out. Nothing is said
        while batches are opened by the word of a snapshot: what this laptop read wrongly by that,
        it must not hand on."""
        if not ids or self._connection.execute(_HAS_HINTS).first() is not None:
            return {}
        wanted = {"wanted": json.dumps([one.hex() for one in ids])}
        rows = self._connection.execute(_ORIGINS, wanted).all()
        changes = self._by_seq(row.seq for row in rows)
        found: dict[ChangeId, Origin] = {}
        for row in rows:
            found.setdefault(
                ChangeId(row.id), Origin(row.batch[:CONTEXT_BYTES], row.place, changes[row.seq])
            )
        return found

    def changes_at(self, context: bytes, places: Collection[int]) -> Mapping[int, Change] | None:
        """Return the changes at these places of a batch; a place that the batch does not have is
        left out. None when the batch is not here, and what is known of it lacks one of them."""
        bounds = {"first": context + _FIRST_REST, "last": context + _LAST_REST}
        batch_seq = self._connection.execute(_BATCH, bounds).scalar()
        wanted = {"wanted": json.dumps(list(places))}
        if batch_seq is None:
            hints = {**wanted, "context": context}
            seqs = {row.place: row.seq for row in self._connection.execute(_HINTED, hints)}
            if len(seqs) < len(set(places)):
                return None
        else:
            seqs = self._seqs_at(batch_seq, wanted, len(set(places)))
        changes = self._by_seq(seqs.values())
        return {place: changes[seq] for place, seq in seqs.items()}

    def unplaced(self) -> Iterator[bytes]:
        """Yield the ids of batches of which it was not noted which change stands where."""
        yield from self._connection.execute(_UNPLACED).scalars().all()

    def note_places(self, batch_id: bytes, change_ids: Sequence[ChangeId]) -> None:
        """Note which changes a batch holds, in its order."""
        ids = json.dumps([one.hex() for one in change_ids])
        self._connection.execute(_NOTE_PLACES, {"ids": ids, "batch": batch_id})

    def _by_seq(self, seqs: Iterable[int]) -> dict[int, Change]:
        wanted = list(dict.fromkeys(seqs))
        found: dict[int, Change] = {}
        for start in range(0, len(wanted), ROWS_AT_ONCE):
            found |= self._changes.by_seq(wanted[start : start + ROWS_AT_ONCE])
        return found

    def _seqs_at(self, batch_seq: int, wanted: Mapping[str, str], count: int) -> dict[int, int]:
        of_batch = {**wanted, "of_batch": batch_seq}
        shift = self._connection.execute(_SHIFT, {"of_batch": batch_seq}).scalar()
        if shift is None:
            return {}
        rows = self._connection.execute(_SHIFTED, {**of_batch, "shift": shift}).all()
        if len(rows) < count:
            rows = self._connection.execute(_SEARCHED, of_batch).all()
        return {row.place: row.change_seq for row in rows}
