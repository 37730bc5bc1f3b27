"""When something that the law or the centre asks for is due, and whose clock it is.

A rule counts from a fact: hours run on through nights and holidays, calendar days, working days,
months (:mod:`app.domain.term` counts). The rule in force on the day of the start event holds to the
end. When the fact that starts or selects a clock is not known the answer is *unknown*, never
*none*.
"""

from __future__ import annotations

import enum
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from app.domain.catalogue import Source
from app.domain.condition import Condition, tell, untold
from app.domain.facts import CaseFacts, Moment, Occurrence
from app.domain.term import Distance, EndlessTerm, Term, Unit, WorkCalendar

__all__ = [
    "CALENDAR",
    "Answer",
    "Clock",
    "CountingNote",
    "DeadlineRule",
    "Distance",
    "DoesNotApply",
    "Due",
    "Unit",
    "Unknown",
    "WorkCalendar",
    "answer",
    "answers",
]

CALENDAR: Final = "@calendar"
"""What is missing when the centre's own days leave a term no day to end on."""

SERIES_DAYS_MAX: Final = 36_525
"""An event a hundred years after a series began is a slip of the pen: one of both days is wrong."""

_HOURS_AT_LEAST: Final = {
    Unit.HOUR: 1,
    Unit.CALENDAR_DAY: 24,
    Unit.WORKING_DAY: 24,
    Unit.MONTH: 24 * 28,
}


class Clock(enum.Enum):
    """Who must act: the centre, or police, prosecutor, court or health, whom the centre watches."""

    OWN = "propio"
    THIRD_PARTY = "tercero"


@dataclass(frozen=True, slots=True)
class CountingNote:
    """One habit of counting (hours, days, the last day, …), in words, with its norm."""

    topic: str
    says: str
    source: Source


@dataclass(frozen=True, slots=True)
class DeadlineRule:
    """One term: how long, from what, whose, by which article, and between which days it holds.

    A rule that ``repeats`` is a series of terms, each counted from the start; ``satisfied_by`` is
    the event that meets one of them. Where that is the start event itself (the latest backup), only
    its last occurrence has a clock. ``basis`` is the article in the words of a letter and of the
    screen; the source is written for whoever reviews the data.
    """

    id: str
    title: str
    actor: str
    clock: Clock
    amount: int
    unit: Unit
    starts_at: str
    source: Source
    applies_when: Condition | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    distance: Distance = Distance.NONE
    repeats: bool = False
    satisfied_by: str = ""
    unit_certainty: str = ""
    validity_certainty: str = ""
    basis: str = ""

    @property
    def admits_distance(self) -> bool:
        """Whether the *término de la distancia* of a district lengthens it."""
        return self.distance is not Distance.NONE

    @property
    def starts_anew(self) -> bool:
        """Whether each start event ends the clock of the one before."""
        return self.repeats and self.satisfied_by == self.starts_at

    def holds_on(self, day: date) -> bool:
        """Return whether the rule is in force on that day (both ends inclusive)."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_to is None or day <= self.valid_to
        )


@dataclass(frozen=True, slots=True)
class Due:
    """Due at ``at``. When only the day of the start is known, the term ends between ``at`` and
    ``latest``: the earlier one for what the centre owes, the later one before others are
    reproached.

    ``distance_is_known`` is false when the rule admits the *término de la distancia* and nobody has
    said how many days it is there: the term may then end later than ``latest``. ``number`` says
    which term of a series it is, 1 for the first.
    """

    rule: DeadlineRule
    start: Occurrence
    at: datetime
    latest: datetime
    distance_days: int = 0
    distance_is_known: bool = True
    number: int = 1


@dataclass(frozen=True, slots=True)
class Unknown:
    """It cannot be told: ``missing`` names the answers (field ids), the event or
    :data:`CALENDAR` that would tell; ``start`` is what began it, when that at least is known."""

    rule: DeadlineRule
    missing: tuple[str, ...]
    start: Occurrence | None = None


@dataclass(frozen=True, slots=True)
class DoesNotApply:
    """Its condition does not hold, or it was not in force on the day of the start."""

    rule: DeadlineRule
    start: Occurrence | None = None


Answer = Due | Unknown | DoesNotApply


def answer(
    rule: DeadlineRule,
    facts: CaseFacts,
    calendar: WorkCalendar,
    start: Occurrence | None = None,
    number: int = 1,
) -> Answer:
    """Return what is known of one rule for one start event.

    Without ``start`` it is the first occurrence of :attr:`DeadlineRule.starts_at` (the last one of
    a rule that starts anew). ``number`` says which term of a series, counted from that start.
    Pure: same facts, same answer.
    """
    began = start or _start(rule, facts)
    condition = rule.applies_when
    if condition is not None and tell(condition, facts.values) is False:
        return DoesNotApply(rule, began)
    moment = began.moment if began else None
    if moment is not None and not rule.holds_on(moment.day):
        return DoesNotApply(rule, began)
    missing = untold(condition, facts.values) if condition is not None else ()
    if began is None or moment is None:
        missing = (*missing, rule.starts_at)
    if missing or began is None or moment is None:
        return Unknown(rule, missing, began)
    try:
        return _due(rule, facts, calendar, began, moment, number)
    except EndlessTerm:
        return Unknown(rule, (CALENDAR,), began)


def answers(
    rules: Iterable[DeadlineRule], facts: CaseFacts, calendar: WorkCalendar
) -> tuple[Answer, ...]:
    """Return the answer of every rule for every occurrence of its start event: each measure that
    was notified has its own clock.

    Rules of one id are versions of one another: for each occurrence the one in force on its day
    answers, :class:`DoesNotApply` when none was. An id whose start event is not known answers once,
    by its newest version. Of a series it is the first term that no event has met: a
    :attr:`DeadlineRule.satisfied_by` clears everything overdue; when nothing is, it meets the term
    that is running. In the order of the rules, then of the occurrences.
    """
    by_id: dict[str, list[DeadlineRule]] = {}
    for rule in rules:
        by_id.setdefault(rule.id, []).append(rule)
    return tuple(one for versions in by_id.values() for one in _answers(versions, facts, calendar))


def _answers(
    versions: Sequence[DeadlineRule], facts: CaseFacts, calendar: WorkCalendar
) -> Iterator[Answer]:
    newest = max(versions, key=lambda one: one.valid_from or date.min)
    for start in _starts(newest, facts):
        day = start.moment.day if start and start.moment else None
        holding = [one for one in versions if day is not None and one.holds_on(day)]
        rule = holding[0] if holding else newest
        first = answer(rule, facts, calendar, start)
        yield _running(first, facts, calendar) if isinstance(first, Due) else first


def _starts(rule: DeadlineRule, facts: CaseFacts) -> tuple[Occurrence | None, ...]:
    """Return what starts a clock of this rule; one None when nothing is known to have."""
    if rule.starts_anew:
        return (_start(rule, facts),)
    return facts.when(rule.starts_at) or (None,)


def _start(rule: DeadlineRule, facts: CaseFacts) -> Occurrence | None:
    found = facts.when(rule.starts_at)
    dated = [one for one in found if one.moment is not None]
    if dated:
        return dated[-1] if rule.starts_anew else dated[0]
    return found[0] if found else None


def _running(first: Due, facts: CaseFacts, calendar: WorkCalendar) -> Answer:
    """Return the first term of a series that no event has met; its first one of any other rule."""
    rule = first.rule
    if not rule.repeats or not rule.satisfied_by or rule.starts_anew:
        return first

    def term(number: int) -> Answer:
        return answer(rule, facts, calendar, first.start, number)

    def last_day(number: int) -> date:
        found = term(number)
        return found.latest.date() if isinstance(found, Due) else date.max

    running = first
    began = met_until = first.start.moment.day if first.start.moment else date.min
    for event in facts.when(rule.satisfied_by):
        if event.moment is None or event.moment.day <= met_until:
            continue  # of a term that was met before
        if (event.moment.day - began).days > SERIES_DAYS_MAX:
            return Unknown(rule, (rule.starts_at, rule.satisfied_by), first.start)
        # The next one, or that which was running on the day. Each takes some time to count, and
        # there may be hundreds: they are not counted one after the other.
        hours = 24 * (event.moment.day - began).days
        most = 1 + hours // max(1, rule.amount * _HOURS_AT_LEAST[rule.unit])
        numbers = range(running.number + 1, max(running.number, most) + 1)
        number = running.number + 1 + bisect_left(numbers, event.moment.day, key=last_day)
        following, before = term(number), last_day(number - 1)
        if not isinstance(following, Due):
            return Unknown(rule, (CALENDAR,), first.start)
        running, met_until = following, before
    return running


def _due(
    rule: DeadlineRule,
    facts: CaseFacts,
    calendar: WorkCalendar,
    start: Occurrence,
    moment: Moment,
    number: int,
) -> Due:
    known = calendar.distance_days(facts.district) if rule.admits_distance else 0
    term = Term(rule.amount * number, rule.unit, rule.distance, known or 0)
    return Due(
        rule,
        start,
        at=term.end(moment.earliest, calendar, facts.district),
        latest=term.end(moment.latest, calendar, facts.district),
        distance_days=known or 0,
        distance_is_known=known is not None,
        number=number,
    )
