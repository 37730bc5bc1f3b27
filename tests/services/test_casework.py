"""Opening, listing, finding and returning to cases."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest

from app.clock import FixedClock
from app.domain.change import AuthorId, RecordId
from app.domain.records import Kind, Name
from app.domain.stamp import SESSION_BYTES, Stamper
from app.domain.value import Absent, Value
from app.services import casework, forms
from app.services.ports import FieldKey, UnitOfWork
from app.services.read_models import CaseFilter, CaseRow, ResumePoint
from tests.support.laptops import NOON_MS, Laptop, exchange

EVERYTHING = CaseFilter()


def _list(laptop: Laptop, filter: CaseFilter = EVERYTHING) -> list[CaseRow]:
    return list(laptop.run(lambda uow: casework.list_cases(uow, filter, 0, 100)))


def _found(laptop: Laptop, text: str) -> list[str]:
    rows = laptop.run(lambda uow: casework.search_cases(uow, text, 20))
    return sorted(row.person for row in rows)


def _named(laptop: Laptop, name: str, **values: Value) -> RecordId:
    case_id = laptop.open_case()
    laptop.fill(case_id, alias=name, **values)
    return case_id


def _with_centre(laptop: Laptop, name: str) -> Laptop:
    return Laptop(laptop.store, dataclasses.replace(laptop.desk, centre_name=name))


def test_a_new_case_has_its_number_its_people_and_its_day(laptop: Laptop) -> None:
    first, second = laptop.open_case(), laptop.open_case()
    file = laptop.ficha(first)
    assert file.case_code == "2026-A0001"
    assert laptop.ficha(second).case_code == "2026-A0002"
    assert set(file.records) == {"case", "survivor", "alleged_perpetrator"}
    assert file.values["FECHA_INGRESO"] == laptop.desk.clock.today().isoformat()
    assert "CEM" not in file.values


def test_a_new_case_carries_the_name_of_the_centre(laptop: Laptop) -> None:
    here = _with_centre(laptop, "CEM Inventado")
    file = here.ficha(here.open_case())
    assert file.values["CEM"] == "CEM Inventado"
    assert "CEM" not in [one.id for one in file.missing]


def test_a_name_too_long_for_the_official_variable_is_left_to_a_person(laptop: Laptop) -> None:
    fits, is_longer = _with_centre(laptop, "C" * 43), _with_centre(laptop, "C" * 44)
    assert fits.ficha(fits.open_case()).values["CEM"] == "C" * 43
    assert "CEM" not in is_longer.ficha(is_longer.open_case()).values


def test_two_laptops_never_give_one_number(two: tuple[Laptop, Laptop]) -> None:
    a, b = two
    codes = {one.ficha(one.open_case()).case_code for one in (a, b) for _ in range(2)}
    assert len(codes) == 4


def test_a_number_that_came_from_elsewhere_is_not_given_again(
    new_laptop: Callable[..., Laptop],
) -> None:
    before = new_laptop("A")
    code = before.ficha(before.open_case()).case_code
    # The same letter again: a copy restored from yesterday, or a laptop not yet of the centre.
    restored = Laptop(new_laptop("B").store, before.desk)
    exchange(before, restored)
    assert restored.ficha(restored.open_case()).case_code != code


def _number(laptop: Laptop, **numbers: RecordId) -> None:
    def write(uow: UnitOfWork) -> None:
        for code, case_id in numbers.items():
            key = FieldKey(Kind.CASE, case_id, Name.CODE)
            forms.change_fields(uow, laptop.desk, {key: code.replace("_", "-")})
        uow.commit()

    laptop.run(write)


def test_a_doubled_number_is_told_among_many_that_begin_alike(laptop: Laptop) -> None:
    one, other = laptop.open_case(), laptop.open_case()
    _number(laptop, **{"2026_A0001": one})
    _number(laptop, **{"2026_A0001": other})
    alike = [laptop.open_case() for _ in range(25)]
    _number(laptop, **{f"2026_A0001{n}": case_id for n, case_id in enumerate(alike)})

    def told(case_id: RecordId) -> str:
        return laptop.run(lambda uow: casework.doubled_number(uow, case_id))

    assert laptop.run(lambda uow: uow.cases.numbers_borne_twice()) == ("2026-A0001",)
    assert (told(one), told(other)) == ("2026-A0001", "2026-A0001")
    assert {told(case_id) for case_id in alike} == {""}


def test_a_number_is_not_given_again_among_many_that_begin_alike(laptop: Laptop) -> None:
    first = laptop.open_case()
    alike = [laptop.open_case() for _ in range(25)]
    _number(laptop, **{f"2026_A0001{n}": case_id for n, case_id in enumerate(alike)})

    def forget(uow: UnitOfWork) -> None:
        uow.local.put("case_counter/2026", b"0")
        uow.commit()

    laptop.run(forget)
    assert laptop.ficha(first).case_code == "2026-A0001"
    assert laptop.ficha(laptop.open_case()).case_code == "2026-A0002"


@pytest.mark.parametrize("code", ["", "—", "«»"])
def test_a_number_without_a_letter_or_a_digit_is_compared_too(laptop: Laptop, code: str) -> None:
    cases = [laptop.open_case(), laptop.open_case()]
    for case_id in cases:
        _number(laptop, **{code: case_id})
    told = {laptop.run(lambda uow, one=one: casework.doubled_number(uow, one)) for one in cases}  # type: ignore[misc]
    assert told == {code}


def test_after_an_older_state_was_put_back_numbers_go_on_from_a_round_hundred(
    laptop: Laptop,
) -> None:
    def passed(uow: UnitOfWork) -> None:
        casework.pass_numbers_over(uow, laptop.desk)
        uow.commit()

    for given, first in ((3, "2026-A0101"), (70, "2026-A0301")):
        codes = [laptop.ficha(laptop.open_case()).case_code for _ in range(given)]
        laptop.run(passed)
        assert laptop.ficha(laptop.open_case()).case_code == first
        assert first > codes[-1]


@pytest.mark.parametrize(
    ("chance", "place", "numbers"),
    [
        (7, 3, ["2026-A0001", "2026-A0831", "2026-A1211", "2027-A1211"]),
        (7, 4, ["2026-A0001", "2026-A0841", "2026-A1211", "2027-A1211"]),
        (8, 3, ["2026-A0001", "2026-A0931", "2026-A1021", "2027-A1021"]),
    ],
)
def test_a_laptop_that_has_a_twin_goes_on_where_the_twin_does_not(
    laptop: Laptop, chance: int, place: int, numbers: list[str]
) -> None:
    """Each hears of the other, in another place of the log; the next year begins where it is."""
    clock = FixedClock(NOON_MS + 60 * 24 * 3_600_000)
    later = Laptop(laptop.store, dataclasses.replace(laptop.desk, clock=clock))
    given = [laptop.ficha(laptop.open_case()).case_code]
    _leave_numbers(laptop, chance, place)
    given.append(laptop.ficha(laptop.open_case()).case_code)
    _leave_numbers(laptop, chance, place)
    _leave_numbers(laptop, chance, place)  # nothing was given in between
    given.append(laptop.ficha(laptop.open_case()).case_code)
    given.append(later.ficha(later.open_case()).case_code)
    assert given == numbers


def test_put_back_to_where_it_left_numbers_once_it_leaves_them_again(laptop: Laptop) -> None:
    """Another run of the program, and the number is as it was: what was given since is forgotten."""
    _leave_numbers(laptop, 0, 0)
    stamper = Stamper(b"\x09" * SESSION_BYTES)
    again = Laptop(laptop.store, dataclasses.replace(laptop.desk, stamper=stamper))
    _leave_numbers(again, 0, 0)
    assert again.ficha(again.open_case()).case_code == "2026-A0201"


def _leave_numbers(laptop: Laptop, chance: int, place: int) -> None:
    def leave(uow: UnitOfWork) -> None:
        casework.leave_numbers(uow, laptop.desk, chance, place)
        uow.commit()

    laptop.run(leave)


def test_the_number_starts_anew_with_the_year(laptop: Laptop) -> None:
    laptop.open_case()
    clock = FixedClock(NOON_MS + 60 * 24 * 3_600_000)
    later = Laptop(laptop.store, dataclasses.replace(laptop.desk, clock=clock))
    assert later.ficha(later.open_case()).case_code == "2027-A0001"


def test_the_list_shows_conflicts_first_then_risk_then_the_newest(
    two: tuple[Laptop, Laptop],
) -> None:
    a, b = two
    mild = _named(a, "Leve", NIVEL_DE_RIESGO_VICTIMA="1")
    severe = _named(a, "Severo", NIVEL_DE_RIESGO_VICTIMA="3")
    without = _named(a, "Sin valorar")
    conflict = _named(a, "Dos valores", NIVEL_DE_RIESGO_VICTIMA="1")
    newest = _named(a, "Leve, después", NIVEL_DE_RIESGO_VICTIMA="1")
    exchange(a, b)
    a.fill(conflict, safe_hours="lunes")
    b.fill(conflict, safe_hours="martes")
    exchange(a, b)
    for laptop in two:
        assert [row.case_id for row in _list(laptop)] == [conflict, severe, without, newest, mild]
    assert [row.case_id for row in _list(a, CaseFilter(only_conflicts=True))] == [conflict]
    severe_ones = CaseFilter(risk_level="3")
    assert [row.case_id for row in _list(a, severe_ones)] == [severe]
    assert a.run(lambda uow: casework.count_cases(uow, EVERYTHING)) == 5
    assert a.run(lambda uow: casework.count_cases(uow, severe_ones)) == 1


def test_pages_of_the_list_follow_each_other(laptop: Laptop) -> None:
    for number in range(7):
        _named(laptop, f"Persona Inventada {number}")
    pages = [
        laptop.run(lambda uow, at=at: casework.list_cases(uow, EVERYTHING, at, 3))  # type: ignore[misc]
        for at in (0, 3, 6)
    ]
    assert [len(page) for page in pages] == [3, 3, 1]
    assert [row for page in pages for row in page] == _list(laptop)


def test_a_row_shows_what_the_list_needs_and_no_full_second_surname(laptop: Laptop) -> None:
    case_id = laptop.open_case()
    laptop.fill(
        case_id,
        names="Nantip",
        surname_1="Ejemplo",
        surname_2="Inventada",
        EDAD_VICTIMA=34,
        TIPO_VIOLENCIA="2",
        district="010402",
    )
    (row,) = _list(laptop)
    assert row.person == "Nantip Ejemplo I."
    assert (row.age, row.violence_type, row.district) == (34, "2", "010402")
    assert row.entered_on == laptop.desk.clock.today()
    assert not row.call_warning


def test_an_alias_stands_for_the_name(laptop: Laptop) -> None:
    case_id = laptop.open_case()
    laptop.fill(case_id, names="Nantip", surname_1="Ejemplo", alias="Persona Uno")
    assert [row.person for row in _list(laptop)] == ["Persona Uno"]


@pytest.mark.parametrize(
    ("values", "must_not_call"),
    [
        ({"safe_phone": "999 000 001"}, False),
        ({"never_call": True}, True),
        ({"safe_phone_answered_by": "agresor"}, True),
        ({"safe_phone_answered_by": "amiga"}, False),
    ],
)
def test_the_list_warns_where_nobody_may_call(
    laptop: Laptop, values: dict[str, Value], must_not_call: bool
) -> None:
    laptop.fill(laptop.open_case(), **values)
    assert [row.call_warning for row in _list(laptop)] == [must_not_call]


def test_the_warning_stays_while_two_laptops_disagree_on_who_answers(
    two: tuple[Laptop, Laptop],
) -> None:
    a, b = two
    case_id = a.open_case()
    exchange(a, b)
    a.fill(case_id, safe_phone_answered_by="agresor")
    b.fill(case_id, safe_phone_answered_by="amiga")  # later by its stamp or not: caution wins
    exchange(a, b)
    assert [_list(one)[0].call_warning for one in two] == [True, True]


@pytest.mark.parametrize("typed", ["quispe", "Qispi", "KISPE", "kispi", "quis", "qis", "Quíspe"])
def test_one_name_is_found_in_all_its_spellings(laptop: Laptop, typed: str) -> None:
    for name in ("Quispe", "Kispe", "Qispi", "Ramos"):
        case_id = laptop.open_case()
        laptop.fill(case_id, names="Inventada", surname_1=name, alias=f"Inventada {name}")
    assert _found(laptop, typed) == ["Inventada Kispe", "Inventada Qispi", "Inventada Quispe"]


@pytest.mark.parametrize(
    "typed",
    [
        "999000013",
        "999 000 013",
        "999 0000 13",
        "999 0",
        "999",
        "99999013",
        "9999 9013",
        "nunkui",
        "nunk inven",
        "inven nunk",
        "A0001",
        "2026-a0001",
        "2026-A0001 nunkui",
        "huampami",
    ],
)
def test_a_case_is_found_by_name_number_telephone_document_and_community(
    laptop: Laptop, typed: str
) -> None:
    case_id = _named(
        laptop,
        "Nunkui Inventada",
        safe_phone="999-000-013",
        document_number="99999013",
        community="Comunidad Inventada de Huampami",
    )
    _named(laptop, "Otra Persona", safe_phone="998 111 222", document_number="88888888")
    rows = laptop.run(lambda uow: casework.search_cases(uow, typed, 20))
    assert [row.case_id for row in rows] == [case_id]


def test_a_telephone_with_the_code_of_the_country_is_found_without_it(laptop: Laptop) -> None:
    _named(laptop, "Nunkui", safe_phone="+51 999 000 013")
    assert _found(laptop, "999 000 013") == ["Nunkui"]
    assert _found(laptop, "51999000013") == ["Nunkui"]


@pytest.mark.parametrize("typed", ["", "   ", "%", '"', "*", "( OR )", "nunkui otra", "x" * 5_000])
def test_what_stands_nowhere_finds_nothing(laptop: Laptop, typed: str) -> None:
    _named(laptop, "Nunkui")
    assert _found(laptop, typed) == []


def test_a_name_that_was_corrected_is_no_longer_found(laptop: Laptop) -> None:
    case_id = laptop.open_case()
    laptop.fill(case_id, names="Equivocada")
    laptop.fill(case_id, names="Nunkui")
    assert _found(laptop, "equivocada") == []
    assert _found(laptop, "nunkui") == ["Nunkui"]


def test_a_place_is_remembered_and_returned_to(laptop: Laptop) -> None:
    assert laptop.run(casework.resume_place) is None
    place = ResumePoint(laptop.open_case(), "ficha", "persona", "names")
    laptop.run(lambda uow: casework.remember_place(uow, place))
    assert laptop.run(casework.resume_place) == place
    colleague = dataclasses.replace(laptop.desk.actor, id=AuthorId("b0" * 16))
    laptop.store.work_at(dataclasses.replace(laptop.desk, actor=colleague))
    assert laptop.run(casework.resume_place) is None, "a colleague is not brought into her case"
    laptop.store.work_at(laptop.desk)
    laptop.run(lambda uow: casework.remember_place(uow, None))
    assert laptop.run(casework.resume_place) is None


@pytest.mark.parametrize(
    "content",
    [b"\xff", b"[]", b"7", b"{}", b'{"case_id":"' + b"0" * 32 + b'","form_id":"ficha"}'],
)
def test_a_place_remembered_otherwise_is_no_obstacle(laptop: Laptop, content: bytes) -> None:
    with laptop.store.unit() as uow:
        uow.local.put(f"resume_place/{laptop.desk.actor.id}", content)
        uow.commit()
    assert laptop.run(casework.resume_place) is None


def test_a_place_in_a_case_that_is_gone_is_not_returned_to(laptop: Laptop) -> None:
    place = ResumePoint(RecordId("0" * 32), "ficha", "persona", None)
    laptop.run(lambda uow: casework.remember_place(uow, place))
    assert laptop.run(casework.resume_place) is None


def test_a_view_is_audited_once_in_a_quarter_of_an_hour(laptop: Laptop) -> None:
    case_id = laptop.open_case()
    before = laptop.run(lambda uow: uow.audit.count())

    def view(ms: int) -> None:
        desk = dataclasses.replace(laptop.desk, clock=FixedClock(NOON_MS + ms))
        laptop.run(lambda uow: casework.note_view(uow, desk, case_id))

    for ms in (0, 1_000, casework.VIEW_NOTED_FOR_MS - 1):
        view(ms)
    assert laptop.run(lambda uow: uow.audit.count()) == before + 1
    view(casework.VIEW_NOTED_FOR_MS)
    view(-3_600_000)  # the clock was put back: noted, rather than not
    assert laptop.run(lambda uow: uow.audit.count()) == before + 3


def test_before_a_call_one_reads_what_was_said_and_not_what_was_not_asked(laptop: Laptop) -> None:
    case_id = laptop.open_case()
    laptop.fill(
        case_id,
        community="Comunidad Inventada",
        safe_hours=Absent.NOT_ASKED,
        interpreter_needed=Absent.DECLINED,
    )
    notes = laptop.run(lambda uow: casework.contact_notes(uow, laptop.desk, case_id))
    assert {one.code: one.value for one in notes} == {
        "community": "Comunidad Inventada",
        "interpreter_needed": "No quiere responder",
    }
