"""The open tasks of all cases, and the cases whose tasks have to be worked out again."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    case,
    delete,
    func,
    insert,
    literal_column,
    not_,
    or_,
    select,
    update,
)

from app.domain.change import RecordId
from app.services.work_ports import AgendaCounts, AgendaFilter, OpenTask
from db.schema import case_row
from db.schema_work import task_row, task_stale
from db.ties import without

__all__ = ["SqlAgendaIndex"]

RISK_WEIGHTS = (2, 1, 2, 4)
"""By level of risk: not known, mild, moderate, severe. A severe case has a quarter of the time.
A case whose risk nobody knows yet weighs as a moderate one."""

_MARK = insert(task_stale).prefix_with("OR REPLACE")
_MARK_ALL = _MARK.from_select(["case_id"], select(case_row.c.case_id))
_URGENT = task_row.c.is_urgent == 1
_ORDER = (task_row.c.due_ms.is_(None), task_row.c.due_ms, task_row.c.seq)


class SqlAgendaIndex:
    """:class:`app.services.work_ports.AgendaIndex` on the connection of one unit of work."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def mark(self, case_ids: Iterable[RecordId]) -> None:
        """Note that the tasks of these cases have to be worked out again."""
        rows = [{"case_id": bytes.fromhex(one)} for one in case_ids]
        if rows:
            self._connection.execute(_MARK, rows)

    def mark_all(self) -> None:
        """Note it for every case of the list."""
        self._connection.execute(_MARK_ALL)

    def stale(self, limit: int) -> tuple[RecordId, ...]:
        """Return at most ``limit`` cases whose tasks have to be worked out again."""
        waiting = select(task_stale.c.case_id).where(task_stale.c.is_aside == 0).limit(limit)
        found = self._connection.execute(waiting).scalars()
        return tuple(RecordId(one.hex()) for one in found)

    def set_aside(self, case_id: RecordId) -> None:
        """Note that the tasks of a case could not be worked out; it waits until it is marked."""
        own = task_stale.c.case_id == bytes.fromhex(case_id)
        self._connection.execute(update(task_stale).where(own).values(is_aside=1))

    def count_set_aside(self) -> int:
        """Return how many cases could not be worked out."""
        return self._count(is_aside=1)

    def count_stale(self) -> int:
        """Return how many cases wait for that."""
        return self._count(is_aside=0)

    def _count(self, *, is_aside: int) -> int:
        counted = select(func.count()).select_from(task_stale)
        return self._connection.execute(
            counted.where(task_stale.c.is_aside == is_aside)
        ).scalar_one()

    def put(self, case_id: RecordId, tasks: Sequence[OpenTask]) -> None:
        """Write the open tasks of a case in place of the former ones; it waits no more."""
        own = bytes.fromhex(case_id)
        self._connection.execute(delete(task_row).where(task_row.c.case_id == own))
        self._connection.execute(delete(task_stale).where(task_stale.c.case_id == own))
        rows = [
            {
                "case_id": own,
                "key": one.key,
                "rule": one.rule,
                "role": one.role,
                "risk": one.risk,
                "is_own_clock": int(one.is_own_clock),
                "due_ms": one.due_ms,
                "is_unknown": int(one.is_unknown),
                "is_urgent": int(one.is_urgent),
                "hidden_until_ms": one.hidden_until_ms,
            }
            for one in tasks
        ]
        if rows:
            self._connection.execute(insert(task_row), rows)

    def page(
        self,
        filter: AgendaFilter,
        *,
        now_ms: int,
        offset: int,
        limit: int,
        hidden: Collection[RecordId] = (),
    ) -> tuple[OpenTask, ...]:
        """Return a page: what is overdue first, then what is urgent without a known term, then risk
        against the time left."""
        due, risk = task_row.c.due_ms, task_row.c.risk
        presses = or_(due < now_ms, _URGENT)
        weight = case(
            *((risk == level, weight) for level, weight in enumerate(RISK_WEIGHTS)), else_=2
        )
        rows = (
            select(task_row)
            .where(*_shown(filter, now_ms), *without(task_row.c.case_id, hidden))
            .order_by(
                case((due < now_ms, 0), (_URGENT, 1), (due.is_(None), 3), else_=2),
                case((presses, -weight), else_=0),
                case(
                    (due < now_ms, due),
                    (presses, now_ms),
                    (due.is_(None), 0),
                    else_=(due - now_ms) / weight,
                ),
                -weight,
                task_row.c.seq,
            )
            .limit(limit)
            .offset(offset)
        )
        return tuple(_task(one) for one in self._connection.execute(rows))

    def counts(
        self,
        filter: AgendaFilter,
        *,
        now_ms: int,
        day_end_ms: int,
        hidden: Collection[RecordId] = (),
    ) -> AgendaCounts:
        """Return the counts for the head of the page."""
        due = task_row.c.due_ms
        # Each task is counted once: what is urgent is not said again as due today.
        is_today = (due >= now_ms) & (due <= day_end_ms) & not_(_URGENT)
        row = self._connection.execute(
            select(
                func.count().filter(due < now_ms),
                func.count().filter(_URGENT & or_(due.is_(None), due >= now_ms)),
                func.count().filter(is_today),
                func.count(),
                func.count().filter(task_row.c.is_unknown == 1),
            ).where(*_shown(filter, now_ms), *without(task_row.c.case_id, hidden))
        ).one()
        return AgendaCounts(*row)

    def of_case(self, case_id: RecordId) -> tuple[OpenTask, ...]:
        """Return the open tasks of one case, the soonest due first."""
        rows = select(task_row).where(task_row.c.case_id == bytes.fromhex(case_id))
        return tuple(_task(one) for one in self._connection.execute(rows.order_by(*_ORDER)))

    def clear(self) -> None:
        """Drop every task (a rebuild follows in the same transaction)."""
        self._connection.execute(delete(task_row))
        self._connection.execute(delete(task_stale))


def _shown(filter: AgendaFilter, now_ms: int) -> list[ColumnElement[bool]]:
    hidden = task_row.c.hidden_until_ms
    # A postponed task shows again once its own term ran out.
    shows = or_(hidden.is_(None), hidden <= now_ms, task_row.c.due_ms < now_ms)
    conditions: list[ColumnElement[bool]] = [shows]
    if filter.role is not None:
        # What the whole team owes is everybody's.
        conditions.append(task_row.c.role.in_((filter.role, literal_column("'equipo'"))))
    if filter.until_ms is not None:
        conditions.append(task_row.c.due_ms <= filter.until_ms)
    return conditions


def _task(row: Row[Any]) -> OpenTask:
    return OpenTask(
        case_id=RecordId(row.case_id.hex()),
        key=row.key,
        rule=row.rule,
        role=row.role,
        risk=row.risk,
        is_own_clock=bool(row.is_own_clock),
        due_ms=row.due_ms,
        is_unknown=bool(row.is_unknown),
        is_urgent=bool(row.is_urgent),
        hidden_until_ms=row.hidden_until_ms,
    )
