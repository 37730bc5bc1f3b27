"""A series of terms is where stepping through it one term after the other ends, but soon there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.catalogue import Source
from app.domain.deadline import Clock, DeadlineRule, Due, Unit, Unknown, answer, answers
from app.domain.facts import CaseFacts, Moment, Occurrence
from app.domain.work_calendar import CentreCalendar, DaySort, LocalDays

BEGAN = date(2026, 11, 26)


class NoHolidays:
    """A nation without holidays."""

    def name_of(self, day: date) -> str | None:
        """Return None."""
        return None


@dataclass
class Counted:
    """A calendar without any day of its own that counts how often it is asked."""

    asked: int = field(default=0)

    def is_working_day(self, day: date, district: str) -> bool:
        """Return whether it is no weekend."""
        self.asked += 1
        return day.weekday() < 5

    def is_suspended(self, day: date, district: str) -> bool:
        """Return False."""
        self.asked += 1
        return False

    def distance_days(self, district: str) -> int | None:
        """Return None."""
        return None


def _rule(amount: int, unit: Unit) -> DeadlineRule:
    return DeadlineRule(
        id="SERIES",
        title="",
        actor="",
        clock=Clock.OWN,
        amount=amount,
        unit=unit,
        starts_at="began",
        source=Source("Invented", "design"),
        repeats=True,
        satisfied_by="met",
    )


def _facts(began: date, *met: date) -> CaseFacts:
    events = [Occurrence("met", Moment(day), str(at)) for at, day in enumerate(met)]
    return CaseFacts({}, (Occurrence("began", Moment(began), "start"), *events))


def _stepped(rule: DeadlineRule, met: Sequence[date], calendar: CentreCalendar) -> int:
    """Return the number of the open term, found by going through all of them."""
    facts = _facts(BEGAN)
    number, met_until = 1, BEGAN

    def last_day(number: int) -> date:
        found = answer(rule, facts, calendar, facts.occurrences[0], number)
        assert isinstance(found, Due)
        return found.latest.date()

    for day in sorted(met):
        if day <= met_until:
            continue
        met_until, number = last_day(number), number + 1
        while last_day(number) < day:
            met_until, number = last_day(number), number + 1
    return number


_days = st.integers(-40, 500).map(lambda days: BEGAN + timedelta(days=days))
_suspended = st.builds(
    lambda first, length: LocalDays(first, first + timedelta(days=length), DaySort.SUSPENDED),
    _days,
    st.integers(0, 60),
)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(
        [
            (6, Unit.MONTH),
            (1, Unit.MONTH),
            (7, Unit.CALENDAR_DAY),
            (3, Unit.WORKING_DAY),
            (36, Unit.HOUR),
        ]
    ),
    st.lists(_days, max_size=4),
    st.lists(_suspended, max_size=2),
)
def test_the_open_term_is_that_found_by_going_through_all_of_them(
    term: tuple[int, Unit], met: list[date], suspended: list[LocalDays]
) -> None:
    rule = _rule(*term)
    calendar = CentreCalendar(NoHolidays(), tuple(suspended))
    (found,) = answers([rule], _facts(BEGAN, *met), calendar)
    assert isinstance(found, Due)
    assert found.number == _stepped(rule, met, calendar)


@pytest.mark.parametrize("met", [date(2062, 11, 26), date(2100, 1, 1), date(2126, 11, 1)])
def test_a_late_event_is_found_without_counting_every_term_before(met: date) -> None:
    calendar = Counted()
    (found,) = answers([_rule(6, Unit.MONTH)], _facts(BEGAN, met), calendar)
    assert isinstance(found, Due)
    assert found.latest.date() >= met
    assert calendar.asked < 1_000_000


@pytest.mark.parametrize(
    ("began", "met"),
    [
        (date(206, 11, 26), date(2026, 12, 1)),
        (BEGAN, date.max),
        (date.min, date.max),
        (date(9999, 12, 1), date.max),
    ],
)
def test_a_year_that_is_a_slip_of_the_pen_costs_nothing_and_is_said(began: date, met: date) -> None:
    calendar = Counted()
    (found,) = answers([_rule(6, Unit.MONTH)], _facts(began, met), calendar)
    assert isinstance(found, Unknown)
    assert calendar.asked < 1_000
