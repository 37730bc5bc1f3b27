"""The national holidays of Peru, from the library ``holidays``.

Compared with Decreto Legislativo 713, art. 6, and what Ley 31381, 31530, 31788 and 31822 added to
it; a test holds the library to those articles. Easter Sunday, which it adds, is no working day
anyway. Days that a decree makes *no laborables* for one year are no holidays: each centre writes
them.
"""

from __future__ import annotations

from datetime import date

import holidays

__all__ = ["PeruHolidays"]


class PeruHolidays:
    """A :class:`app.domain.work_calendar.NationalHolidays`; a year is worked out when first asked
    for. Outside 1992 to 2100 the library knows none. One thread."""

    def __init__(self) -> None:
        self._by_year: dict[int, dict[date, str]] = {}

    def name_of(self, day: date) -> str | None:
        """Return the name of the holiday in Spanish, None when the day is none."""
        found = self._by_year.get(day.year)
        if found is None:
            found = dict(holidays.country_holidays("PE", years=day.year, language="es"))
            self._by_year[day.year] = found
        return found.get(day)
