"""Who attends which case, and who may not know of it: a row a tie, none for most cases of a new
centre."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, column, delete, func, insert, select

from app.domain.change import RecordId
from app.domain.permission import Relation
from app.services.tie_ports import Seen, Tie, Viewer
from db.schema_work import case_tie

__all__ = ["SqlCaseTies", "without"]

_OF_PERSON = select(case_tie.c.case_id).where(
    case_tie.c.tie == bindparam("of_tie"), case_tie.c.person == bindparam("of_person")
)
_OF_ANYBODY = select(case_tie.c.case_id).where(case_tie.c.tie == bindparam("of_tie"))
_DROP = delete(case_tie).where(case_tie.c.case_id == bindparam("of_case"))
_ATTENDING = (Tie.RESPONSIBLE, Tie.TEAM)
_NOBODY = b""


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
        blocked = self._cases(Tie.BLOCKED, person)
        asked = viewer.hidden | viewer.known
        if not asked & {Relation.RESERVED, Relation.CENTRE}:
            return Seen(hidden=blocked)
        own = blocked.union(*(self._cases(tie, person) for tie in _ATTENDING))
        found = {Relation.RESERVED: self._cases(Tie.RESERVED) - own}
        if Relation.CENTRE in asked:
            attended = frozenset().union(*(self._cases(tie) for tie in _ATTENDING))
            found[Relation.CENTRE] = attended - own - found[Relation.RESERVED]
        hidden = blocked.union(*(found.get(one, ()) for one in viewer.hidden))
        known = frozenset().union(*(found.get(one, ()) for one in viewer.known))
        return Seen(hidden, known)

    def clear(self) -> None:
        """Drop everything (a rebuild follows in the same transaction)."""
        self._connection.execute(delete(case_tie))

    def _cases(self, tie: Tie, person: bytes | None = None) -> frozenset[RecordId]:
        query = _OF_ANYBODY if person is None else _OF_PERSON
        wanted = {"of_tie": int(tie), "of_person": person if person is not None else _NOBODY}
        found = self._connection.execute(query, wanted).scalars()
        return frozenset(RecordId(one.hex()) for one in found)
