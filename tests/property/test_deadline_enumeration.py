"""A second count of every term, by plain enumeration: hour after hour, day after day.

It shares no line with the program: its own holidays (typed from the articles), its own idea of a
month, lists of days instead of arithmetic. Each case is drawn from its number; a failure names it,
and ``QISPI_TERM_CASE=<number>`` runs that one alone. Numbers that once failed are in ``ONCE_FAILED``.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from datetime import date, datetime, time, timedelta, timezone

import pytest

from app.domain import term
from app.domain.catalogue import Source
from app.domain.condition import Is, Not
from app.domain.deadline import (
    Answer,
    Clock,
    DeadlineRule,
    Distance,
    DoesNotApply,
    Due,
    Unit,
    Unknown,
    answers,
)
from app.domain.facts import CaseFacts, Moment, Occurrence
from app.domain.value import Absent, Value
from app.domain.work_calendar import CentreCalendar, DaySort, LocalDays
from app.peru_calendar import PeruHolidays

CASES = 10_000
ONCE_FAILED: tuple[int, ...] = ()
LIMA_HOURS = timezone(timedelta(hours=-5))
HOLIDAYS = PeruHolidays()

EVERY_YEAR = {
    "01-01",
    "05-01",
    "06-29",
    "07-28",
    "07-29",
    "08-30",
    "10-08",
    "11-01",
    "12-08",
    "12-25",
}
SINCE = {"12-09": 2022, "08-06": 2022, "07-23": 2023, "06-07": 2024}
HOLY_THURSDAYS = {
    "2015-04-02", "2016-03-24", "2017-04-13", "2018-03-29", "2019-04-18", "2020-04-09", "2021-04-01",
    "2022-04-14", "2023-04-06", "2024-03-28", "2025-04-17", "2026-04-02", "2027-03-25", "2028-04-13",
}  # fmt: skip


def _is_office_day(day: date) -> bool:
    """Return whether it is neither weekend nor holiday by the law of its year."""
    month_day = f"{day:%m-%d}"
    is_holiday = (
        month_day in EVERY_YEAR
        or (month_day in SINCE and day.year >= SINCE[month_day])
        or str(day) in HOLY_THURSDAYS
        or str(day - timedelta(days=1)) in HOLY_THURSDAYS
    )
    return f"{day:%a}" not in ("Sat", "Sun") and not is_holiday


ALL_DAYS = [date(2015, 1, 1) + timedelta(days=n) for n in range(5_100)]
OFFICE_DAYS = frozenset(day for day in ALL_DAYS if _is_office_day(day))


class Drawn:
    """One case: a rule, a start, what is known, and a calendar as plain lists."""

    def __init__(self, number: int) -> None:
        chance = random.Random(number)
        self.number = number
        self.unit = chance.choice(
            ["hora", "hora", "dia_calendario", "dia_habil", "dia_habil", "mes"]
        )
        top = {"hora": 120, "dia_calendario": 40, "dia_habil": 25, "mes": 14}[self.unit]
        self.amount = chance.randint(0 if self.unit == "hora" else 1, top)
        self.distance = chance.choice(["no", "no", "se_suma", "en_su_lugar"])
        self.here = chance.choice(["", "010401", "010403"])
        self.distances = {
            place: chance.randint(0, 12) for place in ("010401",) if chance.random() < 0.8
        }
        day = date(2015, 1, 2) + timedelta(days=chance.randrange(4_300))
        if chance.random() < 0.3:  # where it is hard: ends of months and of years
            day = date(day.year, chance.choice([1, 2, 8, 12]), chance.choice([28, 27, 26, 1]))
            day += timedelta(days=chance.randint(0, 3))
        self.day = day
        self.hour = (
            time(chance.randrange(24), chance.randrange(60)) if chance.random() < 0.6 else None
        )
        self.is_dated = chance.random() < 0.95
        self.valid_from = (
            day + timedelta(days=chance.randint(-40, 3)) if chance.random() < 0.4 else None
        )
        self.valid_to = (
            day + timedelta(days=chance.randint(-3, 40)) if chance.random() < 0.4 else None
        )
        if self.valid_from and self.valid_to and self.valid_to < self.valid_from:
            self.valid_to = None
        self.level = chance.choice(["leve", "severo", "no_determinado", None, "?"])
        self.wanted = chance.choice([None, None, None, "leve", "severo", "!severo"])
        self.local = [self._local(chance) for _ in range(chance.choice([0, 0, 1, 2, 5]))]

    def _local(self, chance: random.Random) -> tuple[date, int, str, str]:
        first = self.day + timedelta(days=chance.randint(-5, 60))
        sort = chance.choice(
            ["feriado_local", "no_laborable", "suspension", "suspension", "laborable"]
        )
        return first, chance.choice([0, 0, 1, 4, 20]), sort, chance.choice(["", "010401", "010403"])


def _ask(one: Drawn) -> Answer:
    condition = None
    if one.wanted is not None:
        asked = Is("@fvr_level", (one.wanted.strip("!"),))
        condition = Not(asked) if one.wanted.startswith("!") else asked
    rule = DeadlineRule(
        id="X",
        title="",
        actor="pnp",
        clock=Clock.OWN,
        amount=one.amount,
        unit=Unit(one.unit),
        starts_at="e",
        source=Source("", "design"),
        applies_when=condition,
        valid_from=one.valid_from,
        valid_to=one.valid_to,
        distance=Distance(one.distance),
    )
    level: Value = Absent.UNKNOWN if one.level == "?" else one.level
    start = Occurrence("e", Moment(one.day, one.hour) if one.is_dated else None)
    local = tuple(
        LocalDays(first, first + timedelta(days=more), DaySort(sort), place)
        for first, more, sort, place in one.local
    )
    facts = CaseFacts({"@fvr_level": level}, (start,), one.here)
    (given,) = answers([rule], facts, CentreCalendar(HOLIDAYS, local, one.distances))
    return given


def _enumerate(one: Drawn) -> tuple[str, str, bool] | str:
    """Return the earliest and the latest end as texts, and whether the distance is known; or why
    there is none."""
    known = one.level in ("leve", "severo", "no_determinado")
    is_wanted = one.wanted is None or one.wanted.startswith("!") != (
        one.level == one.wanted.strip("!")
    )
    if known and not is_wanted:
        return "does not apply"
    if one.is_dated:
        days = {str(one.day)}
        if one.valid_from and min(days | {str(one.valid_from)}) != str(one.valid_from):
            return "does not apply"
        if one.valid_to and max(days | {str(one.valid_to)}) != str(one.valid_to):
            return "does not apply"
    missing = ["@fvr_level"] if one.wanted and not known else []
    missing += [] if one.is_dated else ["e"]
    if missing:
        return "missing " + " ".join(missing)
    travel = one.distances.get(one.here) if one.here else None
    is_known = one.distance == "no" or travel is not None
    travel = travel or 0
    ends = [
        _end(one, datetime.combine(one.day, hour, LIMA_HOURS), travel)
        for hour in ([one.hour, one.hour] if one.hour else [time(0, 0), time(23, 59)])
    ]
    return f"{ends[0]:%Y-%m-%d %H:%M}", f"{ends[1]:%Y-%m-%d %H:%M}", is_known


def _end(one: Drawn, start: datetime, travel: int) -> datetime:
    if one.unit == "hora":
        ticks = [0] * one.amount
        road = [0] * 24 * travel
        if one.distance == "se_suma":
            ticks = ticks + road
        if one.distance == "en_su_lugar" and len(road) > len(ticks):
            ticks = road
        for _ in ticks:
            start += timedelta(minutes=60)
        return start
    said = _said(one)
    today = ALL_DAYS.index(start.date())
    ahead = ALL_DAYS[today + 1 : today + (700 if one.unit == "mes" else 300)]
    runs = [day for day in ahead if "suspension" not in said.get(day, ())]
    works = [day for day in runs if _works(day, said)]
    if one.unit == "dia_habil":
        last = works[one.amount - 1]
    elif one.unit == "dia_calendario":
        last = runs[one.amount - 1]
    else:
        last = runs[_days_of_months(ahead, start.date(), one.amount) - 1]
    if one.distance == "se_suma" and travel:
        last = [day for day in runs if day > last][travel - 1]
    if one.distance == "en_su_lugar" and travel:
        last = max(last, runs[travel - 1])
    last = next(day for day in works if day >= last)
    return datetime(last.year, last.month, last.day, 23, 59, tzinfo=LIMA_HOURS)


def _days_of_months(ahead: list[date], start: date, months: int) -> int:
    """Return how many days pass until the day of the same number, or the month's last."""
    passed = 0
    for at, day in enumerate(ahead, start=1):
        passed += day.day == 1
        if passed == months and (day.day == start.day or (day + timedelta(days=1)).day == 1):
            return at
    raise AssertionError("the list of days is too short")


def _said(one: Drawn) -> dict[date, set[str]]:
    said: dict[date, set[str]] = {}
    for first, more, sort, place in one.local:
        if place and place != one.here:
            continue
        for n in range(more + 1):
            said.setdefault(first + timedelta(days=n), set()).add(sort)
    return said


def _works(day: date, said: dict[date, set[str]]) -> bool:
    sorts = said.get(day, set())
    return "laborable" in sorts or (
        day in OFFICE_DAYS and not sorts & {"feriado_local", "no_laborable"}
    )


def _as_enumerated(given: Answer) -> tuple[str, str, bool] | str:
    match given:
        case Due(at=at, latest=latest, distance_is_known=is_known):
            return f"{at:%Y-%m-%d %H:%M}", f"{latest:%Y-%m-%d %H:%M}", is_known
        case Unknown(missing=missing):
            return "missing " + " ".join(missing)
        case DoesNotApply():
            return "does not apply"


def test_two_counts_of_a_term_agree() -> None:
    alone = os.environ.get("QISPI_TERM_CASE")
    numbers = [int(alone)] if alone else [*ONCE_FAILED, *range(CASES)]
    counts = {"due": 0, "unknown": 0, "none": 0}
    for number in numbers:
        one = Drawn(number)
        given = _as_enumerated(_ask(one))
        assert given == _enumerate(one), (
            f"case {number}: {vars(one)}; replay: QISPI_TERM_CASE={number} pytest {__file__}"
        )
        kind = (
            "due" if isinstance(given, tuple) else "none" if given.startswith("does") else "unknown"
        )
        counts[kind] += 1
    if not alone:
        assert counts["due"] > CASES / 2
        assert min(counts.values()) > CASES / 20, counts


def _hours_stand_still(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(term.Term, "_hours", lambda self: self.amount)


def _months_are_of_thirty_days(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(term, "months_after", lambda day, months: day + timedelta(days=30 * months))


def _nothing_is_suspended(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(CentreCalendar, "is_suspended", lambda self, day, district: False)


def _saturdays_are_worked(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("app.domain.work_calendar._SATURDAY", 6)


def _every_day_is_whole(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Moment, "latest", Moment.earliest)


@pytest.mark.parametrize(
    "plant",
    [
        _hours_stand_still,
        _months_are_of_thirty_days,
        _nothing_is_suspended,
        _saturdays_are_worked,
        _every_day_is_whole,
    ],
)
def test_the_second_count_finds_a_planted_bug(
    plant: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(monkeypatch)

    drawn = [Drawn(number) for number in range(400)]

    assert any(_as_enumerated(_ask(one)) != _enumerate(one) for one in drawn)
