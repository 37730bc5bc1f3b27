"""On which days offices work and terms run: the nation's holidays, and what a centre wrote itself.

A centre writes local holidays, days on which terms stand still, and days on which offices work
although they are no working days, each for a district or for wherever the centre works; and the
days of the *término de la distancia* of its districts, of which the Poder Judicial's table was not
obtained.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final, Protocol

__all__ = ["CentreCalendar", "DaySort", "LocalDays", "NationalHolidays"]

_SATURDAY: Final = 5


class NationalHolidays(Protocol):
    """The holidays that a law of the nation makes."""

    def name_of(self, day: date) -> str | None:
        """Return the name of the holiday in Spanish, None when the day is none."""


class DaySort(enum.Enum):
    """What a centre says of a day (catalogue ``clase_dia``)."""

    HOLIDAY = "feriado_local"
    NON_WORKING = "no_laborable"
    SUSPENDED = "suspension"
    WORKING = "laborable"


@dataclass(frozen=True, slots=True)
class LocalDays:
    """One or several days in a row of one sort, in a district of INEI (empty: everywhere)."""

    first: date
    last: date
    sort: DaySort
    district: str = ""

    def covers(self, day: date, district: str) -> bool:
        """Return whether it speaks of that day there. What holds in one district only does not
        hold where the district is not known."""
        return self.first <= day <= self.last and self.district in ("", district)


@dataclass(frozen=True, slots=True)
class CentreCalendar:
    """The working days of a centre: a :class:`app.domain.term.WorkCalendar`.

    A day that the centre says offices work on is a working day whatever else is said of it: that
    is written on purpose, against a holiday or a weekend. Remembers what it was asked; one thread.
    """

    holidays: NationalHolidays
    days: tuple[LocalDays, ...] = ()
    distances: Mapping[str, int] = field(default_factory=dict)
    _sorts: dict[tuple[date, str], frozenset[DaySort]] = field(
        default_factory=dict, repr=False, compare=False
    )

    def is_working_day(self, day: date, district: str) -> bool:
        """Return whether offices work there: neither weekend nor holiday."""
        sorts = self.sorts(day, district)
        if DaySort.WORKING in sorts:
            return True
        if DaySort.HOLIDAY in sorts or DaySort.NON_WORKING in sorts:
            return False
        return day.weekday() < _SATURDAY and self.holidays.name_of(day) is None

    def is_suspended(self, day: date, district: str) -> bool:
        """Return whether terms counted in days stand still there on that day."""
        return DaySort.SUSPENDED in self.sorts(day, district)

    def distance_days(self, district: str) -> int | None:
        """Return the *término de la distancia* of a district in days, None when not known."""
        return self.distances.get(district) if district else None

    def sorts(self, day: date, district: str) -> frozenset[DaySort]:
        """Return what the centre says of that day there."""
        key = (day, district)
        found = self._sorts.get(key)
        if found is None:
            found = _sorts(self.days, day, district)
            self._sorts[key] = found
        return found


def _sorts(days: Iterable[LocalDays], day: date, district: str) -> frozenset[DaySort]:
    return frozenset(one.sort for one in days if one.covers(day, district))
