"""When something that the law or the centre asks for is due, and whose clock it is.

A rule counts from a fact: hours run on through nights and holidays, calendar days, working days,
months. The rule in force on the day of the start event holds to the end. When the fact that starts
or selects a clock is not known the answer is *unknown*, never *none*.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from app.domain.catalogue import Source
from app.domain.condition import Condition
from app.domain.facts import Occurrence

__all__ = [
    "Answer",
    "Clock",
    "DeadlineRule",
    "DoesNotApply",
    "Due",
    "Unit",
    "Unknown",
    "WorkCalendar",
]


class Unit(enum.Enum):
    """What a term is counted in."""

    HOUR = "hora"
    CALENDAR_DAY = "dia_calendario"
    WORKING_DAY = "dia_habil"
    MONTH = "mes"


class Clock(enum.Enum):
    """Who must act: the centre, or police, prosecutor, court or health, whom the centre watches."""

    OWN = "propio"
    THIRD_PARTY = "tercero"


class WorkCalendar(Protocol):
    """The days on which terms run, in a district of INEI (empty: not known)."""

    def is_working_day(self, day: date, district: str) -> bool:
        """Return whether offices work there: neither weekend nor holiday."""

    def is_suspended(self, day: date, district: str) -> bool:
        """Return whether terms counted in days stand still there on that day."""

    def distance_days(self, district: str) -> int | None:
        """Return the *término de la distancia* of a district in days, None when not known."""


@dataclass(frozen=True, slots=True)
class DeadlineRule:
    """One term: how long, from what, whose, by which article, and between which days it holds."""

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
    admits_distance: bool = False
    repeats: bool = False
    unit_certainty: str = ""
    validity_certainty: str = ""


@dataclass(frozen=True, slots=True)
class Due:
    """Due at ``at``. When only the day of the start is known, the term ends between ``at`` and
    ``latest``: the earlier one for what the centre owes, the later one before others are
    reproached."""

    rule: DeadlineRule
    start: Occurrence
    at: datetime
    latest: datetime
    distance_days: int = 0


@dataclass(frozen=True, slots=True)
class Unknown:
    """It cannot be told: ``missing`` names the answers (field ids) and events that would tell."""

    rule: DeadlineRule
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DoesNotApply:
    """Its condition does not hold, or it was not in force on the day of the start."""

    rule: DeadlineRule


Answer = Due | Unknown | DoesNotApply
