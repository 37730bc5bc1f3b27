"""The centre's own days and distances: written, shared, and counted with the nation's holidays."""

from __future__ import annotations

from datetime import date, datetime, time

import pytest

from app.domain.deadline import Due, answers
from app.domain.errors import DomainError
from app.domain.facts import LIMA, CaseFacts, Moment, Occurrence
from app.domain.work_calendar import DaySort
from app.services import forms
from app.services.work_calendar import (
    CALENDAR_FORM,
    DISTANCE_FORM,
    add_day,
    calendar_of,
    list_days,
    list_distances,
    own_years,
    remove_day,
    remove_distance,
    restore,
    set_distance,
)
from db.store import memory_store
from tests.support.laptops import Laptop, definitions, exchange, make_desk

MONDAY = date(2026, 2, 16)
NIEVA, RIO_SANTIAGO = "010401", "010403"


def _due(laptop: Laptop, rule: str, start: Moment, district: str = "") -> Due:
    rules = definitions().deadlines[rule]
    facts = CaseFacts({}, (Occurrence(rules[0].starts_at, start),), district)
    (given,) = laptop.run(lambda uow: answers(rules, facts, calendar_of(uow, laptop.desk)))
    assert isinstance(given, Due)
    return given


def test_a_local_holiday_moves_the_end_of_a_term_only_there(laptop: Laptop) -> None:
    notified = Moment(date(2026, 2, 12))
    laptop.run(
        lambda uow: add_day(
            uow,
            laptop.desk,
            MONDAY,
            DaySort.HOLIDAY,
            district=NIEVA,
            reason="Aniversario inventado",
        )
    )

    assert _due(laptop, "APELACION", notified, NIEVA).at.date() == date(2026, 2, 18)
    assert _due(laptop, "APELACION", notified, RIO_SANTIAGO).at.date() == date(2026, 2, 17)


def test_a_day_of_the_calendar_form_counts_like_any_other(laptop: Laptop) -> None:
    with laptop.store.unit() as uow:
        record = forms.open_record(uow, laptop.desk, CALENDAR_FORM, None, {"day": "2026-02-13"})
        uow.commit()
    for name, value in {"calendar_last_day": "2026-02-20", "calendar_sort": "suspension"}.items():
        remark = laptop.run(
            lambda uow, name=name, value=value: forms.set_field(
                uow, laptop.desk, CALENDAR_FORM, record, name, value
            )
        )
        assert remark is None

    assert _due(laptop, "APELACION", Moment(date(2026, 2, 12))).at.date() == date(2026, 2, 25)


def test_a_day_taken_back_counts_no_more_and_its_history_stays(laptop: Laptop) -> None:
    record = laptop.run(lambda uow: add_day(uow, laptop.desk, MONDAY, DaySort.NON_WORKING))
    assert _due(laptop, "APELACION", Moment(date(2026, 2, 12))).at.date() == date(2026, 2, 18)

    laptop.run(lambda uow: remove_day(uow, laptop.desk, record))

    assert _due(laptop, "APELACION", Moment(date(2026, 2, 12))).at.date() == date(2026, 2, 17)
    assert laptop.run(lambda uow: uow.records.fields(record)["day"].value) == MONDAY.isoformat()


def test_a_day_of_another_laptop_counts_here() -> None:
    here, there = (
        Laptop(
            memory_store(definitions().registry), make_desk(seed=seed, letter=letter, author=author)
        )
        for seed, letter, author in ((1, "A", "a0"), (2, "B", "b0"))
    )
    there.run(lambda uow: add_day(uow, there.desk, MONDAY, DaySort.HOLIDAY))

    exchange(here, there)

    assert not here.run(lambda uow: calendar_of(uow, here.desk).is_working_day(MONDAY, ""))
    here.store.close()
    there.store.close()


def test_the_list_of_a_year_shows_the_nation_and_the_centre(laptop: Laptop) -> None:
    laptop.run(
        lambda uow: add_day(
            uow,
            laptop.desk,
            date(2025, 12, 30),
            DaySort.SUSPENDED,
            last=date(2026, 1, 2),
            legal_basis="Resolución inventada",
        )
    )

    rows = laptop.run(lambda uow: list_days(uow, laptop.desk, 2026))

    assert rows[0].legal_basis == "Resolución inventada"
    assert (rows[0].first, rows[0].last) == (date(2025, 12, 30), date(2026, 1, 2))
    assert [row.reason for row in rows if row.record_id is None][:3] == [
        "Año Nuevo",
        "Jueves Santo",
        "Viernes Santo",
    ]


def test_an_entry_that_does_not_fit_is_shown_and_counts_for_nothing(laptop: Laptop) -> None:
    with laptop.store.unit() as uow:
        for last in ("2026-02-15", "2126-02-16", "ayer"):
            forms.open_record(
                uow,
                laptop.desk,
                CALENDAR_FORM,
                None,
                {"day": MONDAY.isoformat(), "last_day": last, "sort": "suspension"},
            )
        forms.open_record(uow, laptop.desk, CALENDAR_FORM, None, {"day": MONDAY.isoformat()})
        uow.commit()

    rows = laptop.run(lambda uow: list_days(uow, laptop.desk, 2026))
    calendar = laptop.run(lambda uow: calendar_of(uow, laptop.desk))

    own = [row for row in rows if row.record_id is not None]
    assert len(own) == 4
    assert not any(row.is_counted for row in own)
    assert calendar.is_working_day(MONDAY, "")
    assert not calendar.is_suspended(MONDAY, "")


def test_days_that_cannot_be_are_refused(laptop: Laptop) -> None:
    for last, reason in (
        (date(2026, 2, 15), "calendar_days_reversed"),
        (date(2027, 2, 17), "calendar_days_too_many"),
    ):
        with pytest.raises(DomainError) as caught:
            laptop.run(
                lambda uow, last=last: add_day(uow, laptop.desk, MONDAY, DaySort.HOLIDAY, last=last)
            )
        assert caught.value.message_id == reason
    with pytest.raises(DomainError) as caught:
        laptop.run(
            lambda uow: add_day(uow, laptop.desk, MONDAY, DaySort.HOLIDAY, district="999999")
        )
    assert caught.value.message_id == "district_unknown"


def test_no_distance_is_shipped_and_one_that_is_not_written_is_not_zero(laptop: Laptop) -> None:
    given = Moment(date(2026, 2, 12), time(17))

    assert laptop.run(list_distances) == ()
    due = _due(laptop, "JF_COMUNICA_EJECUTORES", given, RIO_SANTIAGO)
    assert not due.distance_is_known

    laptop.run(
        lambda uow: set_distance(uow, laptop.desk, RIO_SANTIAGO, 3, source="Cuadro inventado")
    )

    due = _due(laptop, "JF_COMUNICA_EJECUTORES", given, RIO_SANTIAGO)
    assert due.distance_is_known
    assert due.distance_days == 3
    assert due.at == datetime(2026, 2, 15, 17, tzinfo=LIMA)


def test_two_laptops_that_write_one_distance_meet_in_one_record() -> None:
    here, there = (
        Laptop(
            memory_store(definitions().registry), make_desk(seed=seed, letter=letter, author=author)
        )
        for seed, letter, author in ((1, "A", "a0"), (2, "B", "b0"))
    )
    for one, days in ((here, 2), (there, 4)):
        one.run(lambda uow, one=one, days=days: set_distance(uow, one.desk, NIEVA, days, source=""))

    exchange(here, there)

    for one in (here, there):
        assert len(one.run(list_distances)) == 1
        assert [key.field for key in one.run(lambda uow: uow.records.conflicts())] == ["days"]
        one.store.close()


def test_a_distance_that_has_not_begun_does_not_count(laptop: Laptop) -> None:
    with laptop.store.unit() as uow:  # the laptop's day is 26 November 2026
        for days, since in ((2, "2026-01-01"), (5, "2026-06-01"), (9, "2027-01-01")):
            forms.open_record(
                uow,
                laptop.desk,
                DISTANCE_FORM,
                None,
                {"district": NIEVA, "days": days, "valid_from": since},
            )
        uow.commit()

    assert laptop.run(lambda uow: calendar_of(uow, laptop.desk).distance_days(NIEVA)) == 5


@pytest.mark.parametrize(("district", "days"), [("", 1), ("999999", 1), (NIEVA, -1), (NIEVA, 61)])
def test_a_distance_that_cannot_be_is_refused(laptop: Laptop, district: str, days: int) -> None:
    with pytest.raises(DomainError):
        laptop.run(lambda uow: set_distance(uow, laptop.desk, district, days, source=""))
    assert laptop.run(list_distances) == ()


def test_what_was_taken_back_is_put_back_as_it_was(laptop: Laptop) -> None:
    day = laptop.run(lambda uow: add_day(uow, laptop.desk, MONDAY, DaySort.HOLIDAY))
    way = laptop.run(lambda uow: set_distance(uow, laptop.desk, NIEVA, 4, source=""))
    laptop.run(lambda uow: remove_day(uow, laptop.desk, day))
    laptop.run(lambda uow: remove_distance(uow, laptop.desk, way))
    assert laptop.run(lambda uow: calendar_of(uow, laptop.desk).distance_days(NIEVA)) is None
    assert laptop.run(own_years) == ()

    for record in (day, way):
        laptop.run(lambda uow, record=record: restore(uow, laptop.desk, record))

    calendar = laptop.run(lambda uow: calendar_of(uow, laptop.desk))
    assert calendar.distance_days(NIEVA) == 4
    assert not calendar.is_working_day(MONDAY, "")
    assert laptop.run(own_years) == (2026,)


def test_only_days_and_distances_are_taken_back_here(laptop: Laptop) -> None:
    case_id = laptop.open_case()
    day = laptop.run(lambda uow: add_day(uow, laptop.desk, MONDAY, DaySort.HOLIDAY))

    for take, record in ((remove_day, case_id), (remove_distance, day), (restore, case_id)):
        with pytest.raises(DomainError, match="record_unknown"):
            laptop.run(lambda uow, take=take, record=record: take(uow, laptop.desk, record))
