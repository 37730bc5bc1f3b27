"""Actions, people of her network and dependants: records of a case, listed by their form."""

from __future__ import annotations

from datetime import date

import pytest

from app.domain.change import RecordId
from app.domain.errors import DomainError
from app.domain.records import Kind, Name
from app.domain.value import Value
from app.services import case_records, forms
from app.services.ports import FieldKey, UnitOfWork
from app.services.read_models import RecordRow
from tests.support.laptops import Laptop, exchange


def _begin(laptop: Laptop, case_id: RecordId, form_id: str = "accion", **values: Value) -> RecordId:
    return laptop.run(lambda uow: case_records.begin(uow, laptop.desk, form_id, case_id, values))


def _list(
    laptop: Laptop, case_id: RecordId, form_id: str = "accion", **options: bool
) -> tuple[RecordRow, ...]:
    return laptop.run(
        lambda uow: case_records.list_records(uow, laptop.desk, form_id, case_id, **options)  # type: ignore[arg-type]
    )


def _section(laptop: Laptop, case_id: RecordId, section_id: str) -> tuple[RecordRow, ...]:
    form = laptop.desk.definitions.form(forms.FICHA)
    section = next(one for one in form.sections if one.id == section_id)
    return laptop.run(lambda uow: case_records.list_section(uow, laptop.desk, section, case_id))


def _set(laptop: Laptop, record_id: RecordId, field_id: str, value: Value) -> None:
    laptop.run(lambda uow: forms.set_field(uow, laptop.desk, "accion", record_id, field_id, value))


def test_a_record_is_listed_in_words_with_its_date_and_author(laptop: Laptop) -> None:
    case_id = laptop.open_case()
    author = RecordId(laptop.desk.actor.id)
    laptop.run(
        lambda uow: _named(uow, laptop, author),
    )
    _begin(
        laptop,
        case_id,
        part="seguimiento",
        action="GESTION_SOCIAL",
        state="hecha",
        done_on="2026-11-20",
        service="social",
    )
    form = laptop.desk.definitions.form("accion")
    names = [one.id for one in case_records.columns_of(form)]

    (row,) = _list(laptop, case_id)

    shown = dict(zip(names, row.columns, strict=True))
    assert shown["action_code"] == "Gestión social"
    assert shown["action_done_on"] == "20/11/2026"
    assert shown["action_service"] == "Trabajo social"
    assert shown["action_result"] == ""
    assert row.date == date(2026, 11, 20)
    assert row.author == laptop.desk.actor.name
    assert not row.has_conflict


def _named(uow: object, laptop: Laptop, author: RecordId) -> None:
    key = forms.FieldKey("person", author, "name")
    forms.change_fields(uow, laptop.desk, {key: laptop.desk.actor.name})  # type: ignore[arg-type]
    uow.commit()  # type: ignore[attr-defined]


def test_records_come_oldest_first_and_what_is_not_done_yet_last(laptop: Laptop) -> None:
    case_id = laptop.open_case()
    planned = _begin(laptop, case_id, part="plan", action="OTRA")
    late = _begin(laptop, case_id, part="plan", action="OTRA", done_on="2026-11-20")
    early = _begin(laptop, case_id, part="plan", action="OTRA", done_on="2026-01-02")
    later_planned = _begin(laptop, case_id, part="plan", action="OTRA", done_on="pronto")

    assert [row.id for row in _list(laptop, case_id)] == [early, late, planned, later_planned]


def test_a_step_of_the_ficha_lists_what_belongs_to_it(laptop: Laptop) -> None:
    case_id = laptop.open_case()
    plan = _begin(laptop, case_id, part="plan", action="ELABORAR_PLAN_SEGURIDAD")
    follow_up = _begin(laptop, case_id, part="seguimiento", action="INFORME_SOCIAL")
    legal = _begin(laptop, case_id, part="legal", action="APERSONAMIENTO")
    aunt = _begin(laptop, case_id, "red", name="Tía Inventada")

    assert [row.id for row in _section(laptop, case_id, "plan")] == [plan]
    assert [row.id for row in _section(laptop, case_id, "seguimiento")] == [follow_up]
    assert [row.id for row in _section(laptop, case_id, "acciones_legales")] == [legal]
    assert [row.id for row in _section(laptop, case_id, "redes")] == [aunt]
    assert _section(laptop, case_id, "dependientes") == ()


def test_another_case_lists_none_of_it(laptop: Laptop) -> None:
    case_id, other = laptop.open_case(), laptop.open_case()
    _begin(laptop, case_id, part="plan", action="OTRA")

    assert _list(laptop, other) == ()


def test_a_record_is_filled_in_like_any_form(laptop: Laptop) -> None:
    case_id = laptop.open_case()
    record_id = _begin(laptop, case_id, part="legal")
    _set(laptop, record_id, "action_code", "QUEJA")
    _set(laptop, record_id, "action_stage", "fiscal")

    file = laptop.run(lambda uow: forms.form_file(uow, laptop.desk, "accion", record_id))

    assert file.values["action_code"] == "QUEJA"
    assert file.case_id == case_id
    assert {one.id for one in file.missing} == {"action_state"}


def test_what_is_taken_back_leaves_the_list_and_comes_again(laptop: Laptop) -> None:
    case_id = laptop.open_case()
    record_id = _begin(laptop, case_id, part="plan", action="OTRA")

    laptop.run(lambda uow: case_records.discard(uow, laptop.desk, record_id))
    assert _list(laptop, case_id) == ()
    assert [row.id for row in _list(laptop, case_id, is_discarded=True)] == [record_id]

    laptop.run(lambda uow: case_records.restore(uow, laptop.desk, record_id))
    assert [row.id for row in _list(laptop, case_id)] == [record_id]
    assert _list(laptop, case_id, is_discarded=True) == ()


def test_what_was_taken_out_while_somebody_wrote_says_so_to_everybody(
    two: tuple[Laptop, Laptop],
) -> None:
    a, b = two
    case_id = a.open_case()
    record_id, plain = (_begin(a, case_id, part="plan", action="OTRA") for _ in range(2))
    exchange(a, b)
    a.run(lambda uow: case_records.discard(uow, a.desk, record_id))
    _set(b, record_id, "action_code", "QUEJA")
    assert [row.came_back for row in _list(b, case_id)] == [False, False], "nobody knows yet"
    exchange(a, b)
    for one in two:
        assert {row.id: row.came_back for row in _list(one, case_id)} == {
            record_id: True,
            plain: False,
        }
    b.run(lambda uow: case_records.discard(uow, b.desk, record_id))
    exchange(a, b)
    for one in two:
        assert [row.id for row in _list(one, case_id)] == [plain]
        assert [row.came_back for row in _list(one, case_id, is_discarded=True)] == [False]
    a.run(lambda uow: case_records.restore(uow, a.desk, record_id))
    exchange(a, b)
    for one in two:
        assert not any(row.came_back for row in _list(one, case_id)), "somebody put it back"


def test_what_two_laptops_do_not_agree_to_take_out_is_asked_and_did_not_come_back(
    two: tuple[Laptop, Laptop],
) -> None:
    a, b = two
    case_id = a.open_case()
    record_id = _begin(a, case_id, part="plan", action="OTRA")
    a.run(lambda uow: case_records.discard(uow, a.desk, record_id))
    exchange(a, b)
    b.run(lambda uow: case_records.restore(uow, b.desk, record_id))
    a.run(lambda uow: case_records.restore(uow, a.desk, record_id))
    a.run(lambda uow: case_records.discard(uow, a.desk, record_id))
    exchange(a, b)
    for one in two:
        (row,) = _list(one, case_id)
        assert (row.has_conflict, row.came_back) == (True, False)


def test_what_an_older_version_took_out_stays_out(two: tuple[Laptop, Laptop]) -> None:
    """It wrote the tombstone alone, and not what it had seen."""
    a, b = two
    case_id = a.open_case()
    record_id = _begin(a, case_id, part="plan", action="OTRA")
    exchange(a, b)
    tombstone = FieldKey(Kind.ACTION, record_id, Name.TOMBSTONE)

    def older(uow: UnitOfWork) -> None:
        forms.change_fields(uow, a.desk, {tombstone: True})
        uow.commit()

    a.run(older)
    _set(b, record_id, "action_code", "QUEJA")
    exchange(a, b)

    for one in two:
        assert _list(one, case_id) == ()
        assert [row.id for row in _list(one, case_id, is_discarded=True)] == [record_id]


def test_what_an_older_version_took_out_after_it_was_put_back_stays_out(
    two: tuple[Laptop, Laptop],
) -> None:
    a, b = two
    case_id = a.open_case()
    record_id = _begin(a, case_id, part="plan", action="OTRA")
    a.run(lambda uow: case_records.discard(uow, a.desk, record_id))
    a.run(lambda uow: case_records.restore(uow, a.desk, record_id))
    _set(a, record_id, "action_code", "QUEJA")
    exchange(a, b)

    def older(uow: UnitOfWork) -> None:
        tombstone = FieldKey(Kind.ACTION, record_id, Name.TOMBSTONE)
        forms.change_fields(uow, b.desk, {tombstone: True})
        uow.commit()

    b.run(older)
    exchange(a, b)

    for one in two:
        assert _list(one, case_id) == ()


def test_taking_back_travels_and_loses_nothing(two: tuple[Laptop, Laptop]) -> None:
    a, b = two
    case_id = a.open_case()
    record_id = _begin(a, case_id, part="plan", action="OTRA", note="Nota inventada.")
    exchange(a, b)
    b.run(lambda uow: case_records.discard(uow, b.desk, record_id))
    exchange(a, b)

    assert _list(a, case_id) == ()
    file = a.run(lambda uow: forms.form_file(uow, a.desk, "accion", record_id))
    assert file.values["action_note"] == "Nota inventada."


def test_two_notes_of_one_action_are_kept_and_the_row_says_so(two: tuple[Laptop, Laptop]) -> None:
    a, b = two
    case_id = a.open_case()
    record_id = _begin(a, case_id, part="plan", action="OTRA")
    exchange(a, b)
    _set(a, record_id, "action_note", "Nota inventada de A.")
    _set(b, record_id, "action_note", "Nota inventada de B.")
    exchange(a, b)

    assert [row.has_conflict for row in _list(a, case_id)] == [True]


def test_two_laptops_add_actions_and_both_stand(two: tuple[Laptop, Laptop]) -> None:
    a, b = two
    case_id = a.open_case()
    exchange(a, b)
    first = _begin(a, case_id, part="plan", action="OTRA", done_on="2026-11-20")
    second = _begin(b, case_id, part="plan", action="OTRA", done_on="2026-11-21")
    exchange(a, b)

    assert [row.id for row in _list(a, case_id)] == [first, second]
    assert _list(a, case_id) == _list(b, case_id)


def test_a_case_and_its_people_are_not_taken_back_from_a_list(laptop: Laptop) -> None:
    case_id = laptop.open_case()
    survivor = laptop.ficha(case_id).records["survivor"]
    for record_id in (case_id, survivor, RecordId("0" * 32)):
        with pytest.raises(DomainError, match="record_unknown"):
            laptop.run(lambda uow, one=record_id: case_records.discard(uow, laptop.desk, one))  # type: ignore[misc]


def test_no_record_is_begun_for_a_case_that_is_not_there(laptop: Laptop) -> None:
    with pytest.raises(DomainError, match="record_unknown"):
        _begin(laptop, RecordId("0" * 32), part="plan")
