"""The terms of the law against a table of cases that were counted by hand from its texts."""

from __future__ import annotations

from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.domain.deadline import Answer, DoesNotApply, Due, Unknown, answers
from app.domain.definitions import Definitions
from app.domain.facts import LIMA, CaseFacts, Moment, Occurrence
from app.domain.value import Value
from app.domain.work_calendar import CentreCalendar, DaySort, LocalDays
from app.peru_calendar import PeruHolidays
from tests.support.laptops import definitions

TABLE = Path(__file__).parent / "deadline_cases.yaml"
CASES: list[dict[str, Any]] = yaml.safe_load(TABLE.read_text(encoding="utf-8"))["cases"]
HOLIDAYS = PeruHolidays()


def _several(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _moment(text: str) -> Moment | None:
    if text == "sin fecha":
        return None
    day, _, hour = text.partition(" ")
    return Moment(date.fromisoformat(day), time.fromisoformat(hour) if hour else None)


def _local(text: str) -> LocalDays:
    days, sort, *district = text.split()
    first, _, last = days.partition("..")
    return LocalDays(
        date.fromisoformat(first),
        date.fromisoformat(last or first),
        DaySort(sort),
        "".join(district),
    )


def _facts(case: dict[str, Any], starts_at: str) -> CaseFacts:
    happened = [
        Occurrence(starts_at, _moment(one), f"{number:02}")
        for number, one in enumerate(_several(case["start"]))
        if one != "no consta"
    ]
    for one in case.get("events", ()):
        code, when = one.split(" ", 1)
        happened.append(Occurrence(code, _moment(when), when))
    values: dict[str, Value] = {"@fvr_level": case.get("risk")}
    for name, value in case.get("answers", {}).items():
        values[name] = tuple(value) if isinstance(value, list) else value
    return CaseFacts(values, tuple(happened), case.get("district", ""))


def _words(answer: Answer) -> str:
    match answer:
        case Due(at=at, latest=latest):
            first, last = (f"{one:%Y-%m-%d %H:%M}" for one in (at, latest))
            return first if first == last else f"{first} / {last}"
        case Unknown(missing=missing):
            return "no se sabe: " + ", ".join(missing)
        case DoesNotApply():
            return "no corresponde"


def _ask(known: Definitions, case: dict[str, Any]) -> tuple[Answer, ...]:
    rules = known.deadlines[case["rule"]]
    calendar = CentreCalendar(
        HOLIDAYS,
        tuple(_local(one) for one in case.get("days", ())),
        case.get("distances", {}),
    )
    return answers(rules, _facts(case, rules[0].starts_at), calendar)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['rule']}-{case['start']}")
def test_a_term_ends_when_the_law_says(case: dict[str, Any]) -> None:
    given = _ask(definitions(), case)

    assert [_words(one) for one in given] == _several(case["expect"]), case["why"]
    for one in given:
        if isinstance(one, Due):
            is_known = case.get("distance") != "no conocida"
            assert one.distance_is_known is is_known, case["why"]
            assert one.at.utcoffset() == LIMA.utcoffset(None)


def test_the_table_is_large_enough_and_asks_every_rule() -> None:
    assert len(CASES) >= 60
    assert {case["rule"] for case in CASES} == set(definitions().deadlines)
    assert all(case["article"] and len(case["why"]) > 15 for case in CASES)


def test_the_library_knows_the_holidays_of_the_law_and_no_other() -> None:
    # Decreto Legislativo 713 art. 6 and the laws that added to it, by the first year of each.
    fixed = {
        (1, 1): 0, (5, 1): 0, (6, 29): 0, (7, 28): 0, (7, 29): 0, (8, 30): 0, (10, 8): 0,
        (11, 1): 0, (12, 8): 0, (12, 25): 0,
        (12, 9): 2022, (8, 6): 2022, (7, 23): 2023, (6, 7): 2024,
    }  # fmt: skip
    holy = {
        2015: (4, 2), 2016: (3, 24), 2017: (4, 13), 2018: (3, 29), 2019: (4, 18), 2020: (4, 9),
        2021: (4, 1), 2022: (4, 14), 2023: (4, 6), 2024: (3, 28), 2025: (4, 17), 2026: (4, 2),
        2027: (3, 25), 2028: (4, 13),
    }  # fmt: skip
    for year, thursday in holy.items():
        wanted = {date(year, *day) for day, since in fixed.items() if year >= since}
        wanted |= {date(year, *thursday), date.fromordinal(date(year, *thursday).toordinal() + 1)}
        days = (date.fromordinal(date(year, 1, 1).toordinal() + n) for n in range(366))
        found = {day for day in days if day.year == year and HOLIDAYS.name_of(day)}
        assert {day for day in found if day.weekday() != 6} == {
            day for day in wanted if day.weekday() != 6
        }


def test_a_calendar_in_which_nobody_ever_works_leaves_the_term_unknown() -> None:
    rules = definitions().deadlines["APELACION"]
    for_ever = LocalDays(date(2026, 1, 1), date.max, DaySort.SUSPENDED)
    start = Occurrence(rules[0].starts_at, Moment(date(2026, 2, 12)))

    (given,) = answers(rules, CaseFacts({}, (start,)), CentreCalendar(HOLIDAYS, (for_ever,)))

    assert isinstance(given, Unknown)
    assert given.missing == ("@calendar",)
    assert given.start == start


def test_a_date_at_the_end_of_time_leaves_the_term_unknown() -> None:
    """(I10)"""
    for name in ("APELACION", "KIT_72H", "REVISION_PRIVILEGIOS", "BACKUP_SEMANAL"):
        rules = definitions().deadlines[name]
        start = Occurrence(rules[0].starts_at, Moment(date.max, time(12)))

        (given,) = answers(rules, CaseFacts({}, (start,)), CentreCalendar(HOLIDAYS))

        assert isinstance(given, Unknown), name
        assert given.missing == ("@calendar",)


def test_each_start_has_its_own_answer_and_keeps_the_record_that_says_so() -> None:
    rules = definitions().deadlines["AVISO_INCUMPLIMIENTO"]
    starts = tuple(
        Occurrence(rules[0].starts_at, Moment(date(2026, 3, day), time(8)), f"r{day}")
        for day in (9, 7, 8)
    )

    given = answers(rules, CaseFacts({}, starts), CentreCalendar(HOLIDAYS))

    assert [
        (one.start.record_id, one.at) for one in given if isinstance(one, Due) and one.start
    ] == [(f"r{day}", datetime(2026, 3, day + 1, 8, tzinfo=LIMA)) for day in (7, 8, 9)]
