"""The case list and its full-text search: a row a case, its words in an FTS5 index.

There is no ranking: with frequent names it costs fifty times the search itself. What is found
stands in the order of the list.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    bindparam,
    column,
    delete,
    func,
    select,
    text,
)
from sqlalchemy.dialects.sqlite import insert

from app.domain.change import RecordId
from app.domain.folding import query_text
from app.services.read_models import CaseFilter, CaseRow, only_known
from app.services.tie_ports import ALL_SEEN, Seen
from db.schema import case_row

__all__ = ["SqlCaseIndex"]

WORDS_MAX = 12
WORD_LENGTH_MAX = 64
SPELLINGS_MAX = 8
WALL_MS_BITS = 53
RISK_PLACES = 100
UNVALUED = 2
SEARCH_HASH_BYTES = 8

_WORD = re.compile(r"[^\W_]+")

_SHOWN: tuple[ColumnElement[Any], ...] = (
    case_row.c.case_id,
    case_row.c.code,
    case_row.c.person,
    case_row.c.age,
    case_row.c.risk_level,
    case_row.c.violence_type,
    case_row.c.district,
    case_row.c.entered_on,
    case_row.c.changed_ms,
    case_row.c.has_conflict,
    case_row.c.call_warning,
)
_OLD = select(case_row.c.seq, case_row.c.search_hash).where(
    case_row.c.case_id == bindparam("case_id")
)
_new_row = insert(case_row)
_PUT = _new_row.on_conflict_do_update(
    index_elements=[case_row.c.case_id],
    set_={
        column.name: _new_row.excluded[column.name]
        for column in case_row.columns
        if column.name not in ("seq", "case_id")
    },
).returning(case_row.c.seq)
_PUT_WORDS = text("INSERT OR REPLACE INTO case_search(rowid, folded) VALUES (:seq, :folded)")
_DROP_WORDS = text("DELETE FROM case_search WHERE rowid = :seq")
# 'delete-all' empties a contentless index at once; a plain DELETE would go row by row.
_DROP_ALL_WORDS = text("INSERT INTO case_search(case_search) VALUES ('delete-all')")
_FOUND = text("SELECT rowid FROM case_search WHERE case_search MATCH :words").columns(
    case_row.c.seq
)
_BY_PLACE = (case_row.c.place, case_row.c.seq)
# Two letters find thousands: only their places are sorted, and only the rows that show are read.
_FOUND_FIRST = (
    select(case_row.c.seq)
    .where(case_row.c.seq.in_(_FOUND))
    .order_by(*_BY_PLACE)
    .limit(bindparam("limit"))
)
# One parameter for any number of cases. Their numbers are found first: the index of the places
# knows nothing else of them.
_CASES = select(func.unhex(column("value"))).select_from(
    func.json_each(bindparam("cases")).table_valued("value")
)
_CLOSED = select(case_row.c.seq).where(case_row.c.case_id.in_(_CASES))
_IS_OPEN = case_row.c.seq.not_in(_CLOSED)
_TWICE = (
    select(case_row.c.code)
    .where(case_row.c.code != "")
    .group_by(case_row.c.code)
    .having(func.count() > 1)
    .order_by(case_row.c.code)
)
_BEARING = (
    select(func.count())
    .select_from(case_row)
    .where(case_row.c.code == bindparam("code"), case_row.c.code != "")
)
# No index is of the numbers, but every number is in that of the words.
_BEARING_FOUND = _BEARING.where(case_row.c.seq.in_(_FOUND))
_SEARCH = select(*_SHOWN).where(case_row.c.seq.in_(_FOUND_FIRST)).order_by(*_BY_PLACE)
_SEARCH_OPEN = (
    select(*_SHOWN).where(case_row.c.seq.in_(_FOUND_FIRST.where(_IS_OPEN))).order_by(*_BY_PLACE)
)
# What is only known to be there stands in the order of its number: its place would tell its risk.
_KNOWN = (
    select(case_row.c.case_id, case_row.c.code)
    .where(case_row.c.case_id.in_(_CASES))
    .order_by(case_row.c.code, case_row.c.case_id)
    .limit(bindparam("limit"))
    .offset(bindparam("offset"))
)
_KNOWN_FOUND = _KNOWN.where(case_row.c.seq.in_(_FOUND))
_COUNT_KNOWN = select(func.count()).select_from(case_row).where(case_row.c.case_id.in_(_CASES))


class SqlCaseIndex:
    """:class:`app.services.ports.CaseIndex` on the connection of one unit of work."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, row: CaseRow, search_text: str) -> None:
        """Write or replace a case's row. ``search_text`` is already folded."""
        case_id = bytes.fromhex(row.case_id)
        words = hashlib.blake2b(search_text.encode(), digest_size=SEARCH_HASH_BYTES).digest()
        old = self._connection.execute(_OLD, {"case_id": case_id}).first()
        seq = self._connection.execute(
            _PUT,
            {
                "case_id": case_id,
                "code": row.code,
                "person": row.person,
                "age": row.age,
                "risk_level": row.risk_level,
                "violence_type": row.violence_type,
                "district": row.district,
                "entered_on": None if row.entered_on is None else row.entered_on.isoformat(),
                "changed_ms": row.changed_ms,
                "has_conflict": int(row.has_conflict),
                "call_warning": int(row.call_warning),
                "place": _place(row),
                "search_hash": words,
            },
        ).scalar_one()
        # Most edits change no word of the index; writing it is the dearest part of a commit.
        if old is None or old.search_hash != words:
            self._connection.execute(_PUT_WORDS, {"seq": seq, "folded": search_text})

    def remove(self, case_id: RecordId) -> None:
        """Take a case out of the list."""
        old = self._connection.execute(_OLD, {"case_id": bytes.fromhex(case_id)}).first()
        if old is not None:
            self._connection.execute(_DROP_WORDS, {"seq": old.seq})
            self._connection.execute(delete(case_row).where(case_row.c.seq == old.seq))

    def page(
        self, filter: CaseFilter, *, offset: int, limit: int, seen: Seen = ALL_SEEN
    ) -> tuple[CaseRow, ...]:
        """Return a page: open conflicts and higher risk first, then the newest change; last what is
        only known to be there."""
        # The place is found in the index alone; only the rows of the page are read.
        seqs = (
            select(case_row.c.seq)
            .where(*_conditions(filter, seen))
            .order_by(*_BY_PLACE)
            .limit(limit)
            .offset(offset)
        )
        rows = select(*_SHOWN).where(case_row.c.seq.in_(seqs)).order_by(*_BY_PLACE)
        closed = _parameter(seen.closed)
        found = tuple(_row(one) for one in self._connection.execute(rows, closed))
        room = limit - len(found)
        if not seen.known or room <= 0 or filter != CaseFilter():
            return found
        before = self._count_open(filter, seen) if offset else 0
        return found + self._known(_KNOWN, seen, room, max(0, offset - before))

    def search(
        self, folded_query: str, *, limit: int, seen: Seen = ALL_SEEN
    ) -> tuple[CaseRow, ...]:
        """Return the cases whose folded text holds, for every word of the query, a word that
        begins with it or with one of its other spellings (``|``), in the order of the list.
        """
        match = _match(folded_query)
        if not match:
            return ()
        parameters: dict[str, object] = {"words": match, "limit": limit}
        if not seen.closed:
            return tuple(_row(one) for one in self._connection.execute(_SEARCH, parameters))
        wanted = parameters | _parameter(seen.closed)
        found = tuple(_row(one) for one in self._connection.execute(_SEARCH_OPEN, wanted))
        if not seen.known or len(found) == limit:
            return found
        return found + self._known(_KNOWN_FOUND, seen, limit - len(found), 0, match)

    def count(self, filter: CaseFilter, seen: Seen = ALL_SEEN) -> int:
        """Return how many cases the filter lets through."""
        counted = self._count_open(filter, seen)
        if not seen.known or filter != CaseFilter():
            return counted
        known = self._connection.execute(_COUNT_KNOWN, _parameter(seen.known))
        return counted + known.scalar_one()

    def _count_open(self, filter: CaseFilter, seen: Seen) -> int:
        counted = select(func.count()).select_from(case_row).where(*_conditions(filter, seen))
        return self._connection.execute(counted, _parameter(seen.closed)).scalar_one()

    def _known(
        self, query: Select[Any], seen: Seen, limit: int, offset: int, words: str = ""
    ) -> tuple[CaseRow, ...]:
        wanted = {"limit": limit, "offset": offset, **_parameter(seen.known)}
        found = self._connection.execute(query, wanted | ({"words": words} if words else {}))
        return tuple(only_known(RecordId(one.case_id.hex()), one.code) for one in found)

    def numbers_borne_twice(self) -> tuple[str, ...]:
        """Return the numbers that more than one case bears."""
        return tuple(self._connection.execute(_TWICE).scalars())

    def bearers(self, code: str) -> int:
        """Return how many cases bear exactly this number; 0 for an empty one. Where a number has
        neither a letter nor a digit every case is looked at."""
        match = _match(query_text(code))
        if not match:
            return self._connection.execute(_BEARING, {"code": code}).scalar_one()
        found = {"code": code, "words": match}
        return self._connection.execute(_BEARING_FOUND, found).scalar_one()

    def clear(self) -> None:
        """Drop every row (a rebuild follows in the same transaction)."""
        self._connection.execute(_DROP_ALL_WORDS)
        self._connection.execute(delete(case_row))


def _conditions(filter: CaseFilter, seen: Seen) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [_IS_OPEN] if seen.closed else []
    if filter.risk_level is not None:
        conditions.append(case_row.c.risk_level == filter.risk_level)
    if filter.only_conflicts:
        conditions.append(case_row.c.has_conflict == 1)
    return conditions


def _parameter(cases: Collection[RecordId]) -> dict[str, object]:
    return {"cases": json.dumps(sorted(cases))} if cases else {}


def _match(folded_query: str) -> str:
    # Quoted and made of letters and digits only: nothing typed is ever taken for FTS5 syntax.
    groups = []
    for word in folded_query.split()[:WORDS_MAX]:
        forms = _WORD.findall(word)[:SPELLINGS_MAX]
        if forms:
            groups.append(" OR ".join(f'"{form[:WORD_LENGTH_MAX]}"*' for form in forms))
    return " AND ".join(f"({group})" for group in groups)


def _place(row: CaseRow) -> int:
    # The official codes of the risk level rise with it (1 mild, 2 moderate, 3 severe). What nobody
    # valued yet stands with the moderate ones: not to know is no calm.
    level = row.risk_level or ""
    risk = int(level) if level.isascii() and level.isdigit() and len(level) <= 2 else UNVALUED
    first = (0 if row.has_conflict else RISK_PLACES) + RISK_PLACES - 1 - risk
    newest = (1 << WALL_MS_BITS) - 1 - min(row.changed_ms, (1 << WALL_MS_BITS) - 1)
    return (first << WALL_MS_BITS) + newest


def _row(row: Row[Any]) -> CaseRow:
    return CaseRow(
        case_id=RecordId(row.case_id.hex()),
        code=row.code,
        person=row.person,
        age=row.age,
        risk_level=row.risk_level,
        violence_type=row.violence_type,
        district=row.district,
        entered_on=None if row.entered_on is None else date.fromisoformat(row.entered_on),
        changed_ms=row.changed_ms,
        has_conflict=bool(row.has_conflict),
        call_warning=bool(row.call_warning),
    )
