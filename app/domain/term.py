"""How a term is counted: hours, calendar days, working days, months.

Plain arithmetic over a :class:`WorkCalendar`; which rule counts, from what and whether at all is
:mod:`app.domain.deadline`. Where each habit of counting comes from, and how certain that is, stands
in ``app/data/deadlines/computo.yaml``. All times are of America/Lima.
"""

from __future__ import annotations

import calendar as gregorian
import enum
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final, Protocol

from app.domain.facts import LIMA

__all__ = ["SPAN_MAX", "Distance", "EndlessTerm", "Term", "Unit", "WorkCalendar", "months_after"]

SPAN_MAX: Final = 3_660
"""A term that has not ended so many days late (and three days for each it has) never will: the
calendar is at fault."""

_DAY: Final = timedelta(days=1)
_LAST_MINUTE: Final = time(23, 59)


class Unit(enum.Enum):
    """What a term is counted in."""

    HOUR = "hora"
    CALENDAR_DAY = "dia_calendario"
    WORKING_DAY = "dia_habil"
    MONTH = "mes"


class Distance(enum.Enum):
    """What the *término de la distancia* does to a term: nothing, it is added to it («más el
    término de la distancia»), or the longer of the two holds («o en el término de la
    distancia»)."""

    NONE = "no"
    ADDED = "se_suma"
    INSTEAD = "en_su_lugar"


class WorkCalendar(Protocol):
    """The days on which terms run, in a district of INEI (empty: not known)."""

    def is_working_day(self, day: date, district: str) -> bool:
        """Return whether offices work there: neither weekend nor holiday."""

    def is_suspended(self, day: date, district: str) -> bool:
        """Return whether terms counted in days stand still there on that day."""

    def distance_days(self, district: str) -> int | None:
        """Return the *término de la distancia* of a district in days, None when not known."""


class EndlessTerm(Exception):
    """The term does not end: nothing but holidays or suspended days, or past the year 9999."""


@dataclass(frozen=True, slots=True)
class Term:
    """So many units; ``distance_days`` are taken as ``distance`` says."""

    amount: int
    unit: Unit
    distance: Distance = Distance.NONE
    distance_days: int = 0

    def end(self, start: datetime, calendar: WorkCalendar, district: str) -> datetime:
        """Return when a term that begins at ``start`` ends.

        Hours run on from the minute itself, through nights, holidays and suspended days. Of every
        other unit the day of the start does not count, suspended days stand still, and the term
        ends with the last minute of its last day; when nobody works on that day, of the next day
        on which somebody does. Days of distance are calendar days. Raises EndlessTerm.
        """
        try:
            if self.unit is Unit.HOUR:
                return start + timedelta(hours=self._hours())
            last = self._last_day(start.astimezone(LIMA).date(), calendar, district)
        except OverflowError:
            raise EndlessTerm from None
        return datetime.combine(last, _LAST_MINUTE, LIMA)

    def _hours(self) -> int:
        travel = 24 * self.distance_days
        match self.distance:
            case Distance.NONE:
                return self.amount
            case Distance.ADDED:
                return self.amount + travel
            case Distance.INSTEAD:
                return max(self.amount, travel)

    def _last_day(self, first: date, calendar: WorkCalendar, district: str) -> date:
        def runs(day: date) -> bool:
            return not calendar.is_suspended(day, district)

        def works(day: date) -> bool:
            return calendar.is_working_day(day, district) and runs(day)

        match self.unit:
            case Unit.WORKING_DAY:
                last = _count(first, self.amount, works)
            case Unit.MONTH:
                nominal = (months_after(first, self.amount) - first).days
                last = _count(first, nominal, runs)
            case _:
                last = _count(first, self.amount, runs)
        match self.distance:
            case Distance.ADDED:
                last = _count(last, self.distance_days, runs)
            case Distance.INSTEAD:
                last = max(last, _count(first, self.distance_days, runs))
        return last if works(last) else _count(last, 1, works)


def months_after(day: date, months: int) -> date:
    """Return the same day of a later month, or that month's last when it has no such day. Raises
    OverflowError past the year 9999."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if year > date.max.year:
        raise OverflowError
    last = gregorian.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def _count(day: date, amount: int, counts: Callable[[date], bool]) -> date:
    """Return the day on which the ``amount``-th day that counts after ``day`` falls."""
    left = amount
    span = SPAN_MAX + 3 * amount
    while left:
        if not span:
            raise EndlessTerm
        span -= 1
        day += _DAY
        left -= counts(day)
    return day
