"""The people of all cases: a row a person, and the keys under which somebody alike is found."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, bindparam, delete, func, select, text
from sqlalchemy.dialects.sqlite import insert

from app.domain.change import RecordId
from app.domain.registry import FieldRegistry
from app.domain.traits import Traits, Word
from app.services.people_ports import PersonEntry
from db.schema_work import person_key, person_row

__all__ = ["KEY_BYTES", "SqlPeopleIndex", "key_number", "packed"]

KEY_BYTES: Final = 6
"""A key is kept as a number of so many bytes of its hash: two that meet by chance cost one
comparison, and the index is half as large."""

_WORD_MARK: Final = "\t"
_LINE_MARK: Final = "\n"

_COMPARED: tuple[ColumnElement[Any], ...] = tuple(
    column for column in person_row.columns if column.name not in ("seq", "key_numbers")
)
_new_row = insert(person_row)
_PUT = _new_row.on_conflict_do_update(
    index_elements=[person_row.c.record_id],
    set_={
        column.name: _new_row.excluded[column.name]
        for column in person_row.columns
        if column.name not in ("seq", "record_id")
    },
).returning(person_row.c.seq)
_OLD = select(person_row.c.seq, person_row.c.key_numbers).where(
    person_row.c.record_id == bindparam("record_id")
)
_GET = select(*_COMPARED).where(person_row.c.record_id == bindparam("record_id"))
_PUT_KEY = insert(person_key).on_conflict_do_nothing()
_DROP_KEY = delete(person_key).where(
    person_key.c.key == bindparam("of_key"), person_key.c.seq == bindparam("of_seq")
)
# How many share each key, counted no further than is needed.
_SHARED = text(
    "SELECT wanted.value AS key, (SELECT count(*) FROM (SELECT 1 FROM person_key"
    " WHERE person_key.key = wanted.value LIMIT :limit + 1)) AS people"
    " FROM json_each(:keys) AS wanted"
)
_wanted = func.json_each(bindparam("keys")).table_valued("value", name="wanted")
_most_shared = (
    select(person_key.c.seq)
    .select_from(_wanted.join(person_key, person_key.c.key == _wanted.c.value))
    .group_by(person_key.c.seq)
    .order_by(func.count().desc(), person_key.c.seq.desc())
    .limit(bindparam("limit"))
)
_NEAR = select(*_COMPARED).where(person_row.c.seq.in_(_most_shared))
_FIRST = select(*_COMPARED).where(
    person_row.c.seq.in_(
        select(person_key.c.seq)
        .where(person_key.c.key == bindparam("of_key"))
        .limit(bindparam("limit"))
    )
)


class SqlPeopleIndex:
    """:class:`app.services.people_ports.PeopleIndex` on the connection of one unit of work."""

    def __init__(self, connection: Connection, registry: FieldRegistry) -> None:
        self._connection = connection
        self._registry = registry

    def put(self, entry: PersonEntry, keys: Iterable[str]) -> None:
        """Write or replace a person, and her keys."""
        row = packed(entry, keys, self._registry)
        wanted = row["key_numbers"]
        old = self._connection.execute(_OLD, {"record_id": row["record_id"]}).first()
        seq = self._connection.execute(_PUT, row).scalar_one()
        # An age corrected by a year changes a row and hardly ever a key.
        held = b"" if old is None else old.key_numbers
        if held == wanted:
            return
        before, now = set(_numbers(held)), set(_numbers(wanted))
        if gone := [{"of_key": key, "of_seq": seq} for key in sorted(before - now)]:
            self._connection.execute(_DROP_KEY, gone)
        if new := [{"key": key, "seq": seq} for key in sorted(now - before)]:
            self._connection.execute(_PUT_KEY, new)

    def remove(self, record_id: RecordId) -> None:
        """Take a person out."""
        old = self._connection.execute(_OLD, {"record_id": bytes.fromhex(record_id)}).first()
        if old is not None:
            if held := [{"of_key": key, "of_seq": old.seq} for key in _numbers(old.key_numbers)]:
                self._connection.execute(_DROP_KEY, held)
            self._connection.execute(delete(person_row).where(person_row.c.seq == old.seq))

    def get(self, record_id: RecordId) -> PersonEntry | None:
        """Return a person, or None."""
        found = self._connection.execute(_GET, {"record_id": bytes.fromhex(record_id)}).first()
        return None if found is None else self._entry(found)

    def near(self, keys: Iterable[str], limit: int) -> tuple[PersonEntry, ...]:
        """Return at most ``limit`` people kept under these keys, those that share most first."""
        numbers = {key_number(key) for key in keys}
        counted = self._connection.execute(
            _SHARED, {"keys": json.dumps(sorted(numbers)), "limit": limit}
        ).all()
        telling = [one.key for one in counted if 0 < one.people <= limit]
        if telling:
            parameters = {"keys": json.dumps(telling), "limit": limit}
            found: Sequence[Row[Any]] = self._connection.execute(_NEAR, parameters).all()
        elif crowded := [one.key for one in counted if one.people > limit]:
            found = self._connection.execute(_FIRST, {"of_key": crowded[0], "limit": limit}).all()
        else:
            found = ()
        return tuple(self._entry(row) for row in found)

    def clear(self) -> None:
        """Drop everybody (a rebuild follows in the same transaction)."""
        self._connection.execute(delete(person_key))
        self._connection.execute(delete(person_row))

    def _entry(self, row: Row[Any]) -> PersonEntry:
        names, surnames, alias = (_unpacked(one) for one in (row.names, row.surnames, row.alias))
        return PersonEntry(
            RecordId(row.record_id.hex()),
            self._registry.kind_name(row.kind),
            Traits(
                names=names,
                surnames=surnames,
                alias=alias,
                document=row.document,
                born=None if row.born_first is None else (row.born_first, row.born_last),
                sex=row.sex,
                district=row.district,
                community=row.community,
                workplace=row.workplace,
            ),
        )


def packed(entry: PersonEntry, keys: Iterable[str], registry: FieldRegistry) -> dict[str, Any]:
    """Return the row of a person, without its number."""
    traits = entry.traits
    born = traits.born or (None, None)
    numbers = sorted({key_number(key) for key in keys})
    return {
        "record_id": bytes.fromhex(entry.record_id),
        "kind": registry.kind_number(entry.kind),
        "names": _packed(traits.names),
        "surnames": _packed(traits.surnames),
        "alias": _packed(traits.alias),
        "document": traits.document,
        "born_first": born[0],
        "born_last": born[1],
        "sex": traits.sex,
        "district": traits.district,
        "community": traits.community,
        "workplace": traits.workplace,
        "key_numbers": b"".join(number.to_bytes(KEY_BYTES, "big") for number in numbers),
    }


def key_number(key: str) -> int:
    """Return the number under which a key is kept."""
    return int.from_bytes(hashlib.blake2b(key.encode(), digest_size=KEY_BYTES).digest(), "big")


def _numbers(content: bytes) -> list[int]:
    return [
        int.from_bytes(content[at : at + KEY_BYTES], "big")
        for at in range(0, len(content), KEY_BYTES)
    ]


def _packed(words: Sequence[Word]) -> str:
    # A word holds no blank, so these marks stand in none.
    return _LINE_MARK.join(_WORD_MARK.join(word) for word in words)


def _unpacked(content: str) -> tuple[Word, ...]:
    if not content:
        return ()
    return tuple(Word(*line.split(_WORD_MARK)) for line in content.split(_LINE_MARK))
