"""Bugs in what a field holds: heads, clocks, conflicts, and what a person saw."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

from sqlalchemy import delete, false, insert, select

import db.batch_log
import db.change_log
import db.people
from app.domain import merge
from app.domain.merge import MergeRule
from app.services import conflicts, forms, ledger
from db.agenda import SqlAgendaIndex
from db.change_log import SqlChangeLog
from db.schema import change, head
from tests.simulation.swapped import swapped

__all__ = [
    "caution_forgotten",
    "conflict_settled_by_clock",
    "early_arrival_dropped",
    "former_name_finds",
    "later_clock_wins",
    "replaced_comes_back",
    "settled_unseen",
    "settling_drops_a_head",
    "tasks_of_before",
    "typed_over_the_unseen",
]


def tasks_of_before() -> AbstractContextManager[None]:
    """What changes in a case leaves its tasks as they were worked out before."""

    def broken(real: Any) -> Any:
        def mark(self: SqlAgendaIndex, cases: Any) -> None:
            real(self, [one for one in cases if not self.of_case(one)])

        return mark

    return swapped(SqlAgendaIndex, "mark", broken)


def former_name_finds() -> AbstractContextManager[None]:
    """Whoever bears another name now is found by the former one, too."""
    return swapped(db.people, "_DROP_KEY", lambda real: real.where(false()))


def later_clock_wins() -> AbstractContextManager[None]:
    """The change with the later wall clock is the value, whatever it had seen."""

    def broken(real: Any) -> Any:
        def append(self: SqlChangeLog, changes: Any, *, is_own: bool) -> Any:
            touched = real(self, changes, is_own=is_own)
            for key in touched:
                numbers = self._numbers(key)
                here = [head.c[name] == value for name, value in numbers.items()]
                last = self.history(key)[-1]
                seq = self._connection.scalar(select(change.c.seq).where(change.c.id == last.id))
                self._connection.execute(delete(head).where(*here))
                self._connection.execute(
                    insert(head), {**numbers, "change_id": last.id, "change_seq": seq}
                )
            return touched

        return append

    return swapped(SqlChangeLog, "append", broken)


def early_arrival_dropped() -> AbstractContextManager[None]:
    """A change that arrives before one that it replaces is passed over."""

    def broken(real: Any) -> Any:
        def append(self: SqlChangeLog, changes: Any, *, is_own: bool) -> Any:
            together = {one.id for one in changes}
            bases = {base for one in changes for base in one.bases} - together
            known = set(self._connection.scalars(select(change.c.id).where(change.c.id.in_(bases))))
            fitting = [one for one in changes if set(one.bases) <= known | together]
            return real(self, fitting, is_own=is_own)

        return append

    return swapped(SqlChangeLog, "append", broken)


def replaced_comes_back() -> AbstractContextManager[None]:
    """It is not remembered that a change was replaced before it arrived."""

    def broken(_real: Any) -> Any:
        arrived = select(
            change.c.record_id, change.c.kind, change.c.field, change.c.id, change.c.seq
        ).where(db.change_log._SINCE)
        return insert(head).from_select(db.change_log._HEAD_COLUMNS, arrived)

    return swapped(db.change_log, "_INSERT_ARRIVED_HEADS", broken)


def conflict_settled_by_clock() -> AbstractContextManager[None]:
    """The later of two values shows, and nobody is asked."""

    def broken(real: Any) -> Any:
        def resolve(heads: Any, rule: MergeRule, **order: Any) -> Any:
            return real(heads, MergeRule.LATEST if rule is MergeRule.ASK else rule, **order)

        return resolve

    return swapped(ledger, "resolve", broken)


def caution_forgotten() -> AbstractContextManager[None]:
    """Of two values the later shows, not the more cautious."""

    def broken(_real: Any) -> Any:
        return lambda ranked, _order: ranked[0]

    return swapped(merge, "_most_cautious", broken)


def settling_drops_a_head() -> AbstractContextManager[None]:
    """A settled conflict ends all its values, also one that arrived after the page was opened."""

    def broken(real: Any) -> Any:
        def settle(uow: Any, desk: Any, key: Any, value: Any, seen: Any) -> None:
            real(uow, desk, key, value, seen)
            others = [one.id for one in uow.changes.heads(key) if set(one.bases) != set(seen)]
            here = [head.c[name] == it for name, it in uow.changes._numbers(key).items()]
            uow._connection.execute(delete(head).where(*here, head.c.change_id.in_(others)))
            ledger.derive(uow, desk.definitions, [key])
            uow.commit()

        return settle

    return swapped(conflicts, "settle", broken)


def settled_unseen() -> AbstractContextManager[None]:
    """Settling replaces every value there is, also one that arrived after the page was opened."""

    def broken(real: Any) -> Any:
        def settle(uow: Any, desk: Any, key: Any, value: Any, _seen: Any) -> None:
            real(uow, desk, key, value, tuple(one.id for one in uow.changes.heads(key)))

        return settle

    return swapped(conflicts, "settle", broken)


def typed_over_the_unseen() -> AbstractContextManager[None]:
    """What is typed replaces whatever the log holds, not what stood on the screen."""

    def broken(_real: Any) -> Any:
        return lambda _definitions, _key, heads, _seen: tuple(one.id for one in heads)

    return swapped(forms, "_bases", broken)
