"""Counting rows of the official format: bands, shares, tables that say whether they balance.

A row without an answer is counted as such and never moved into a band or a group; a cell that was
refused is neither an answer nor blank. So every table adds up to its total, and says so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from app.domain.catalogue import Source
from app.domain.official_format import REFUSED

__all__ = [
    "BANDS",
    "MONTH",
    "NO_ANSWER",
    "OUTSIDE",
    "Band",
    "Banding",
    "Dimension",
    "FigureTable",
    "Reports",
    "TableCount",
    "band_key",
    "percent",
    "variation",
]

NO_ANSWER: Final = ""
"""The key of rows without an answer: *sin información*."""

OUTSIDE: Final = "outside"
"""The key of rows whose number no band holds. No code and no band has this name."""

MONTH: Final = "month"
BANDS: Final = "bands"


@dataclass(frozen=True, slots=True)
class Band:
    """From ``first`` to ``last``, both in; without ``last``, and older."""

    first: int
    last: int | None

    @property
    def key(self) -> str:
        """Its name in a count, as in ``18-59`` and ``60+``."""
        return f"{self.first}-{self.last}" if self.last is not None else f"{self.first}+"


@dataclass(frozen=True, slots=True)
class Banding:
    """Bands one after the other, of a variable (years, or weeks)."""

    id: str
    title: str
    variable: str
    bands: tuple[Band, ...]
    source: Source


@dataclass(frozen=True, slots=True)
class Dimension:
    """What a table counts by: a variable's codes, or a part of it (:data:`MONTH` of a day,
    :data:`BANDS` of a number). ``banding`` names the :class:`Banding`, or leaves it to be asked
    for."""

    variable: str
    banding: str = ""
    part: str = ""


@dataclass(frozen=True, slots=True)
class FigureTable:
    """A table of a report: rows by columns."""

    id: str
    title: str
    rows: Dimension
    columns: Dimension
    source: Source


@dataclass(frozen=True, slots=True)
class Reports:
    """What the data release says of reports."""

    bandings: tuple[Banding, ...] = ()
    tables: tuple[FigureTable, ...] = ()
    finest: str = ""
    """The banding that the tables use when none is asked for."""

    def banding(self, banding_id: str) -> Banding | None:
        """Return the banding of this id, or None."""
        return next((one for one in self.bandings if one.id == banding_id), None)


def band_key(banding: Banding, text: str) -> str:
    """Return the key under which a cell's number is counted: of its band, :data:`NO_ANSWER`,
    :data:`OUTSIDE`, or ``REFUSED`` as it stands."""
    if text in (NO_ANSWER, REFUSED):
        return text
    if not (text.isascii() and text.isdigit()):
        return OUTSIDE
    number = int(text)
    for one in banding.bands:
        if one.first <= number and (one.last is None or number <= one.last):
            return one.key
    return OUTSIDE


@dataclass(slots=True)
class TableCount:
    """The counts of one table: by (row, column). ``row_keys`` and ``column_keys`` are those that
    the table shows in any case, in order."""

    row_keys: tuple[str, ...]
    column_keys: tuple[str, ...]
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    rows_counted: int = 0
    """How many rows were given, counted apart from the cells."""

    def add(self, rows: Sequence[str], columns: Sequence[str]) -> None:
        """Count rows by their keys."""
        self.counts.update(zip(rows, columns, strict=True))
        self.rows_counted += len(rows)

    def keys(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the keys of rows and of columns: those of the table, then those that came up
        beside them, in order."""
        return (
            _with_others(self.row_keys, (row for row, _ in self.counts)),
            _with_others(self.column_keys, (column for _, column in self.counts)),
        )

    def row_total(self, key: str) -> int:
        """Return the sum of a row."""
        return sum(count for (row, _), count in self.counts.items() if row == key)

    def column_total(self, key: str) -> int:
        """Return the sum of a column."""
        return sum(count for (_, column), count in self.counts.items() if column == key)

    @property
    def total(self) -> int:
        """The sum of all cells."""
        return self.counts.total()

    def balances(self, total: int) -> bool:
        """Return whether the table adds up: its rows and its columns, with those without an
        answer, are the rows that were counted, and those are ``total``."""
        rows, columns = self.keys()
        return (
            sum(map(self.row_total, rows))
            == sum(map(self.column_total, columns))
            == self.rows_counted
            == total
        )


def _with_others(known: tuple[str, ...], found: Iterable[str]) -> tuple[str, ...]:
    special = (OUTSIDE, NO_ANSWER, REFUSED)
    came_up = set(found)
    others = sorted(came_up - set(known) - set(special))
    return (*known, *others, *(one for one in special if one in came_up))


def percent(part: int, whole: int) -> str:
    """Return the share in per cent to one decimal, half up, as in ``92.1``; empty when there is no
    whole. A negative part rounds away from zero likewise."""
    if whole <= 0:
        return ""
    tenths = (abs(part) * 2000 + whole) // (2 * whole)
    sign = "-" if part < 0 and tenths else ""
    return f"{sign}{tenths // 10}.{tenths % 10}"


def variation(now: int, before: int) -> tuple[int, str]:
    """Return the change from one period to the next: the number, and per cent of the earlier (empty
    when that was nothing)."""
    return now - before, percent(now - before, before)
