"""I8 and I10: unseen signs in names and telephones, days at the ends of the calendar. They are kept as
they were typed, and every list opens."""

from __future__ import annotations

import pytest

from app.domain.change import RecordId
from app.domain.value import Value
from app.services import agenda, casework, people, tasks
from app.services.people_models import PersonProbe
from app.services.read_models import CaseFilter
from app.services.work_ports import AgendaFilter
from tests.support.laptops import Laptop

LOOKED_FOR = PersonProbe(names="Nantip", surname_1="Etsa")
SOMEBODY_ELSE = PersonProbe(names="Urpi", surname_1="Quispe")


def case_with(laptop: Laptop, **values: Value) -> RecordId:
    case_id = laptop.open_case()
    laptop.fill(case_id, **values)
    return case_id


def compared(laptop: Laptop, probe: PersonProbe) -> set[RecordId]:
    found = laptop.run(lambda uow: people.find_people(uow, laptop.desk, probe, 50))
    return {each.case_id for one in found for each in one.cases}


def searched(laptop: Laptop, text: str) -> set[RecordId]:
    found = laptop.run(lambda uow: casework.search_cases(uow, text, 50))
    return {one.case_id for one in found}


@pytest.mark.parametrize(
    "written",
    [
        "Nan\u200btip",
        "Nan\u00adtip",
        "Nan\u2060tip",
        "\u202eNantip",
        "\u2066Nantip\u2069",
        "\ufeffNantip",
        "Nan\x00tip",
    ],
)
def test_a_name_with_signs_that_nobody_sees_is_kept_and_met_before_she_is_registered_twice(
    laptop: Laptop, written: str
) -> None:
    """(I8) Control: somebody of another name is not met."""
    case_id = case_with(laptop, names=written, surname_1="Etsa")
    assert laptop.ficha(case_id).fields["names"].value == written
    assert compared(laptop, LOOKED_FOR) == {case_id}
    assert compared(laptop, SOMEBODY_ELSE) == set()


@pytest.mark.parametrize(
    "written",
    [
        "\u202eNantip",
        "\u2066Nantip\u2069",
        "\ufeffNantip",
        "Nan\u200btip",
        "Nan\u00adtip",
        "Nan\u2060tip",
    ],
)
def test_signs_around_or_inside_a_name_hide_it_from_no_search(laptop: Laptop, written: str) -> None:
    """(I8) Control: by another word it is not found."""
    case_id = case_with(laptop, names=written)
    assert searched(laptop, "nantip") == {case_id}
    assert searched(laptop, "urpi") == set()


@pytest.mark.parametrize(
    "written",
    [
        "999000001",
        "999 000 001",
        "+51 999-000-001",
        "999\u200b000001",
        "\u202a+51999000001\u202c",
        "\uff19\uff19\uff19000001",
    ],
)
def test_a_telephone_is_kept_as_it_was_written_and_found_by_its_digits(
    laptop: Laptop, written: str
) -> None:
    """(I8) Control: by another number it is not found."""
    case_id = case_with(laptop, names="Nantip", safe_phone=written)
    assert laptop.ficha(case_id).fields["safe_phone"].value == written
    assert searched(laptop, "999000001") == searched(laptop, "999 000 001") == {case_id}
    assert searched(laptop, "999000002") == set()


@pytest.mark.parametrize("field_id", ["FECHA_INGRESO", "birth_date"])
@pytest.mark.parametrize(
    ("day", "remark"),
    [
        ("0001-01-01", None),
        ("1899-12-31", None),
        ("2024-02-29", None),
        ("2023-02-29", "not_a_date"),
        ("0000-01-01", "not_a_date"),
        ("9999-12-31", "date_in_future"),
    ],
)
def test_a_day_at_the_ends_of_the_calendar_is_kept_and_every_list_opens(
    laptop: Laptop, field_id: str, day: str, remark: str | None
) -> None:
    """(I10) Control: a day that there was has no remark."""
    case_id = case_with(laptop, names="Nantip", surname_1="Etsa", NIVEL_DE_RIESGO_VICTIMA="3")
    remarks = laptop.fill(case_id, **{field_id: day})
    assert [one.message_id for one in remarks] == ([remark] if remark else [])
    assert laptop.ficha(case_id).fields[field_id].value == day
    laptop.run(lambda uow: tasks.case_plan(uow, laptop.desk, case_id))
    laptop.run(lambda uow: agenda.agenda(uow, laptop.desk, AgendaFilter()))
    (row,) = laptop.run(lambda uow: casework.list_cases(uow, CaseFilter(), 0, 9))
    assert row.case_id == case_id
    assert compared(laptop, LOOKED_FOR) == {case_id}
