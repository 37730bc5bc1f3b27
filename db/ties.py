"""Who attends which case, and who may not know of it: a row a tie, none for most cases of a new
centre."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    bindparam,
    column,
    delete,
    exists,
    func,
    insert,
    not_,
    select,
)

from app.domain.change import RecordId
from app.domain.permission import Relation
from app.services.tie_ports import Seen, Tie, Viewer
from db.schema_work import case_tie

__all__ = ["SqlCaseTies", "without"]

_other = case_tie.alias("other")
_ATTENDING = (Tie.RESPONSIBLE, Tie.TEAM)
_BLOCKED = select(case_tie.c.case_id).where(
    case_tie.c.tie == int(Tie.BLOCKED), case_tie.c.person == bindparam("of_person")
)
# Nothing of hers stands there: she neither attends it nor is she blocked for it.
_IS_OTHERS = not_(
    exists().where(
        _other.c.case_id == case_tie.c.case_id,
        _other.c.tie != int(Tie.RESERVED),
        _other.c.person == bindparam("of_person"),
    )
)
_IS_RESERVED = exists().where(
    _other.c.case_id == case_tie.c.case_id, _other.c.tie == int(Tie.RESERVED)
)
_CLOSED_CASES = {
    Relation.RESERVED: select(case_tie.c.case_id).where(
        case_tie.c.tie == int(Tie.RESERVED), _IS_OTHERS
    ),
    Relation.CENTRE: select(case_tie.c.case_id)
    .where(case_tie.c.tie.in_([int(one) for one in _ATTENDING]), _IS_OTHERS, not_(_IS_RESERVED))
    .distinct(),
}
_DROP = delete(case_tie).where(case_tie.c.case_id == bindparam("of_case"))


def without(case_id: ColumnElement[Any], hidden: Collection[RecordId]) -> list[ColumnElement[bool]]:
    """Return the condition that a row is of none of these cases; nothing when there are none. One
    parameter, however many they are."""
    if not hidden:
        return []
    listed = func.json_each(json.dumps(sorted(hidden))).table_valued("value")
    return [case_id.not_in(select(func.unhex(column("value"))).select_from(listed))]


class SqlCaseTies:
    """:class:`app.services.tie_ports.CaseTies` on the connection of one unit of work."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, case_id: RecordId, ties: Iterable[tuple[Tie, str]]) -> None:
        """Write what a case says in place of what it said."""
        own = bytes.fromhex(case_id)
        self._connection.execute(_DROP, {"of_case": own})
        rows = [
            {"case_id": own, "tie": int(tie), "person": bytes.fromhex(person)}
            for tie, person in dict.fromkeys(ties)
        ]
        if rows:
            self._connection.execute(insert(case_tie), rows)

    def seen_by(self, viewer: Viewer) -> Seen:
        """Return which cases are closed to somebody: the strictest that holds comes first, as in
        :func:`app.domain.permission.relation_of`."""
        person = bytes.fromhex(viewer.person)
        found = {
            one: self._cases(query, person)
            for one, query in _CLOSED_CASES.items()
            if one in viewer.hidden | viewer.known
        }
        hidden = self._cases(_BLOCKED, person).union(*(found.get(one, ()) for one in viewer.hidden))
        known = frozenset[RecordId]().union(*(found.get(one, ()) for one in viewer.known))
        return Seen(hidden, known)

    def clear(self) -> None:
        """Drop everything (a rebuild follows in the same transaction)."""
        self._connection.execute(delete(case_tie))

    def _cases(self, query: Select[Any], person: bytes) -> frozenset[RecordId]:
        found = self._connection.execute(query, {"of_person": person}).scalars()
        return frozenset(RecordId(one.hex()) for one in found)
