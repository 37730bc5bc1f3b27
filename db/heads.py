"""Which changes are the heads of many fields: asked at once, and no more of them than are shown."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from heapq import heappush, heappushpop
from typing import Final

from sqlalchemy import Connection

from app.domain.change import ChangeId
from app.domain.registry import FieldRegistry
from app.services.ports import FieldKey

__all__ = ["HEADS_BYTES_MAX", "HEADS_MAX", "heads_of_fields"]

HEADS_MAX: Final = 10_000
"""So many heads of a field are looked at to say what it shows: of each person whom they name in
turn, the newest first. People make two or three; a malicious laptop seals fifty thousand in a
kilobyte, and as many again in the next. What another person wrote is among those looked at, unless
it names more people than that: then they are the newest of all. What the same person wrote on
another laptop may not be: whoever chooses is told of both. Every laptop looks at the same ones:
which laptop signed them is no part of it."""

HEADS_BYTES_MAX: Final = 4 << 20
"""Of the values among them that are large: the newest up to here, and two in any case, so that who
has to choose between two is asked."""

_LARGE_BYTES: Final = 1_024
_SURE: Final = 2

# No more of a field than tell that it has more: a million heads cost a save nothing.
_OF_FIELDS: Final = (
    "WITH one (place, record_id, kind, field) AS MATERIALIZED (SELECT key,"
    " unhex(json_extract(value, '$[0]')), json_extract(value, '$[1]'), json_extract(value, '$[2]')"
    " FROM json_each(?)) SELECT one.place, head.change_id, head.change_seq FROM one CROSS JOIN head"
    " ON head.record_id = one.record_id AND head.kind = one.kind AND head.field = one.field"
    " AND head.change_id IN (SELECT few.change_id FROM head AS few WHERE few.record_id ="
    " one.record_id AND few.kind = one.kind AND few.field = one.field LIMIT ?)"
)
_OF_FIELD: Final = (
    " FROM head JOIN change ON change.seq = head.change_seq"
    " WHERE head.record_id = ? AND head.kind = ? AND head.field = ?"
)
_AUTHORS: Final = "SELECT change.author" + _OF_FIELD
_STAMPS: Final = (
    "SELECT change.author, change.wall_ms, change.session, change.counter, change.id, change.seq"
) + _OF_FIELD
# With order and limit side by side SQLite keeps no more than it gives, of however many.
_NEWEST: Final = f"""SELECT change.id, change.seq {_OF_FIELD} ORDER BY change.wall_ms DESC,
 change.session DESC, change.counter DESC, change.id DESC LIMIT ?"""
# The length of a value is told without reading it.
_LARGE_NEWEST_FIRST: Final = (
    "SELECT seq, length(value) FROM change WHERE seq IN (SELECT value FROM json_each(?))"
    " AND length(value) > ? ORDER BY wall_ms DESC, session DESC, counter DESC, id DESC"
)

Heads = Sequence[tuple[ChangeId, int]]
_Field = tuple[str, int, int]
_Stamped = tuple[int, bytes, int, bytes, int]
"""A change by its stamp, with its id and its local handle."""


def heads_of_fields(
    connection: Connection, registry: FieldRegistry, keys: Sequence[FieldKey]
) -> Mapping[FieldKey, Heads]:
    """Return the heads of each of these fields, by id and local handle, in no order: all of them,
    or as many as are looked at when they are more, or larger, than any people make."""
    fields = [_field_of(registry, key) for key in keys]
    found = _found(connection, fields)
    for field, heads in zip(fields, found, strict=True):
        if len(heads) > HEADS_MAX:
            heads[:] = _looked_at(connection, (bytes.fromhex(field[0]), *field[1:]))
    met = [seq for heads in found if len(heads) > _SURE for _, seq in heads]
    large = _large(connection, met) if met else {}
    shown = (_shown(heads, large) if large else heads for heads in found)
    return dict(zip(keys, shown, strict=True))


def _field_of(registry: FieldRegistry, key: FieldKey) -> _Field:
    return (
        key.record_id,
        registry.kind_number(key.kind),
        registry.field_number(key.kind, key.field),
    )


def _found(connection: Connection, fields: Sequence[_Field]) -> list[list[tuple[ChangeId, int]]]:
    """Return the heads of each of these fields, and one more than are looked at where there are
    more."""
    found: list[list[tuple[ChangeId, int]]] = [[] for _ in fields]
    wanted = (json.dumps(fields), HEADS_MAX + 1)
    for place, change_id, seq in connection.exec_driver_sql(_OF_FIELDS, wanted):
        found[place].append((ChangeId(change_id), seq))
    return found


def _looked_at(connection: Connection, place: tuple[bytes, int, int]) -> list[tuple[ChangeId, int]]:
    """Return those of a crowded field that are looked at, reading the crowd as it comes: what is
    kept of it meanwhile is no more than is given."""
    held = Counter[bytes]()
    for (author,) in connection.exec_driver_sql(_AUTHORS, place):
        held[author] += 1
        if len(held) > HEADS_MAX:
            break
    if not 1 < len(held) <= HEADS_MAX:
        rows = connection.exec_driver_sql(_NEWEST, (*place, HEADS_MAX))
        return [(ChangeId(change_id), seq) for change_id, seq in rows]
    turns = _turns(held.values())
    newest: dict[bytes, list[_Stamped]] = {author: [] for author in held}
    for author, *stamped in connection.exec_driver_sql(_STAMPS, place):
        mine = newest[author]
        (heappush if len(mine) < turns else heappushpop)(mine, tuple(stamped))
    in_turn = sorted(
        (
            (-turn, one)
            for mine in newest.values()
            for turn, one in enumerate(sorted(mine, reverse=True))
        ),
        reverse=True,
    )
    return [(ChangeId(change_id), seq) for _, (*_, change_id, seq) in in_turn[:HEADS_MAX]]


def _turns(counts: Iterable[int]) -> int:
    """Return in how many turns, one of each author at a time, as many are told as are looked at."""
    held = sorted(counts)
    return bisect_left(
        range(HEADS_MAX), HEADS_MAX, key=lambda turns: sum(min(one, turns) for one in held)
    )


def _large(connection: Connection, seqs: Sequence[int]) -> dict[int, tuple[int, int]]:
    """Return those of these changes whose values are large, with their rank from the newest on and
    their bytes."""
    rows = connection.exec_driver_sql(_LARGE_NEWEST_FIRST, (json.dumps(seqs), _LARGE_BYTES))
    return {seq: (rank, size) for rank, (seq, size) in enumerate(rows)}


def _shown(heads: Heads, large: Mapping[int, tuple[int, int]]) -> Heads:
    """Return the heads of a field without the large ones that are too many."""
    total = 0
    left_out: set[int] = set()
    newest_first = sorted((large[seq], seq) for _, seq in heads if seq in large)
    for at, ((_, size), seq) in enumerate(newest_first):
        total += size
        if total > HEADS_BYTES_MAX and at >= _SURE:
            left_out.add(seq)
    return [one for one in heads if one[1] not in left_out] if left_out else heads
