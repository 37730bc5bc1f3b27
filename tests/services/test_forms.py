"""Filling in the ficha: a draft saves always, and nothing typed is lost."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from app.domain.change import Change, ChangeId, RecordId, new_change
from app.domain.errors import DomainError
from app.domain.form import TEXT_LENGTH_MAX
from app.domain.stamp import Stamp
from app.domain.value import Absent, Value
from app.services import forms, ledger
from app.services.forms import BASES_MAX
from app.services.ports import FieldKey
from tests.support.laptops import NOON_MS, Laptop, exchange


def _value(laptop: Laptop, case_id: RecordId, field_id: str) -> Value:
    view = laptop.ficha(case_id).fields.get(field_id)
    return view.value if view else None


def _seen(laptop: Laptop, case_id: RecordId, field_id: str) -> tuple[ChangeId, ...]:
    return laptop.ficha(case_id).fields[field_id].replaces


def _changes(laptop: Laptop) -> int:
    return laptop.run(lambda uow: uow.changes.count())


def _receive(laptop: Laptop, changes: Sequence[Change]) -> None:
    with laptop.store.unit() as uow:
        ledger.record(uow, laptop.desk.definitions, changes, is_own=False)
        uow.commit()


def _fill_seen(
    laptop: Laptop, case_id: RecordId, field_id: str, value: Value, seen: tuple[ChangeId, ...]
) -> None:
    laptop.run(
        lambda uow: forms.set_field(
            uow, laptop.desk, forms.FICHA, case_id, field_id, value, seen=seen
        )
    )


def test_a_field_is_saved_when_the_call_returns(laptop: Laptop) -> None:
    case_id = laptop.open_case()
    assert laptop.fill(case_id, names="Persona Inventada", EDAD_VICTIMA=34) == []
    assert _value(laptop, case_id, "names") == "Persona Inventada"
    assert _value(laptop, case_id, "EDAD_VICTIMA") == 34


@pytest.mark.parametrize(
    ("field_id", "value", "remark"),
    [
        ("document_number", "9999901", "wrong_digits"),
        ("EDAD_VICTIMA", 999, "number_too_large"),
        ("EDAD_VICTIMA", "treinta", "not_a_number"),
        ("FECHA_INGRESO", "31/02/2026", "not_a_date"),
        ("FECHA_INGRESO", "20261124", "not_a_date"),
        ("FECHA_INGRESO", "2026-11-27", "date_in_future"),
        ("birth_date", "2028-04-05", "date_in_future"),
        ("entered_at", "25:61", "not_a_time"),
        ("district", "999999", "place_unknown"),
        ("NIVEL_DE_RIESGO_VICTIMA", "7", "code_unknown"),
        ("never_call", "sí", "flag_is_true_or_blank"),
        ("FECHA_INGRESO", Absent.DECLINED, "absent_not_allowed"),
        ("ficha_letters", "ABC", "text_too_long"),
    ],
)
def test_what_does_not_validate_is_kept_with_a_remark_beside_it(
    laptop: Laptop, field_id: str, value: Value, remark: str
) -> None:
    """(I8)"""
    case_id = laptop.open_case()
    laptop.fill(case_id, document_type="dni")
    remarks = laptop.fill(case_id, **{field_id: value})
    assert [one.message_id for one in remarks] == [remark]
    assert _value(laptop, case_id, field_id) == value


def test_blanks_around_a_line_are_no_remark_and_are_not_kept(laptop: Laptop) -> None:
    case_id = laptop.open_case()
    assert laptop.fill(case_id, names="  Nantip ", FECHA_INGRESO=" 2026-11-20 ") == []
    assert _value(laptop, case_id, "names") == "Nantip"
    assert _value(laptop, case_id, "FECHA_INGRESO") == "2026-11-20"


@pytest.mark.parametrize("nothing", ["", "   ", "\n\n", None])
def test_a_narrative_of_nothing_is_blank(laptop: Laptop, nothing: str | None) -> None:
    case_id = laptop.open_case()
    before = _changes(laptop)
    laptop.fill(case_id, relato=nothing)
    assert _changes(laptop) == before
    laptop.fill(case_id, relato="Relato inventado.\n")
    assert _value(laptop, case_id, "relato") == "Relato inventado.\n"
    laptop.fill(case_id, relato=nothing)
    assert _value(laptop, case_id, "relato") is None


@pytest.mark.parametrize("answer", list(Absent))
def test_not_asked_unknown_and_declined_are_answers_of_their_own(
    laptop: Laptop, answer: Absent
) -> None:
    case_id = laptop.open_case()
    laptop.fill(case_id, safe_phone=answer)
    assert _value(laptop, case_id, "safe_phone") is answer
    laptop.fill(case_id, safe_phone=None)
    assert _value(laptop, case_id, "safe_phone") is None


def test_fields_show_by_condition_and_a_hidden_value_stays(laptop: Laptop) -> None:
    case_id = laptop.open_case()
    form = laptop.desk.definitions.form(forms.FICHA)

    def shown() -> set[str]:
        return {one.id for _, one in form.shown(laptop.ficha(case_id).values)}

    assert "VINCULO_PAREJA" not in shown()
    laptop.fill(case_id, VINCULO_AGRESOR_VICTIMA="1", VINCULO_PAREJA="4")
    assert "VINCULO_PAREJA" in shown()
    laptop.fill(case_id, VINCULO_AGRESOR_VICTIMA="2")
    assert "VINCULO_PAREJA" not in shown()
    assert _value(laptop, case_id, "VINCULO_PAREJA") == "4"


def test_missing_is_what_validation_still_needs_in_the_order_of_the_form(laptop: Laptop) -> None:
    case_id = laptop.open_case()
    form = laptop.desk.definitions.form(forms.FICHA)
    missing = [one.id for one in laptop.ficha(case_id).missing]
    order = [one.id for one in form.fields()]
    assert missing == sorted(missing, key=order.index)
    assert "FECHA_INGRESO" not in missing
    assert {"EDAD_VICTIMA", "TIPO_VIOLENCIA"} <= set(missing)
    assert "VINCULO_PAREJA" not in missing
    laptop.fill(case_id, EDAD_VICTIMA=30, VINCULO_AGRESOR_VICTIMA="1")
    after = [one.id for one in laptop.ficha(case_id).missing]
    assert "EDAD_VICTIMA" not in after
    assert "VINCULO_PAREJA" in after
    laptop.fill(case_id, CENTRO_POBLADO_DOMICILIO=Absent.UNKNOWN)
    assert "CENTRO_POBLADO_DOMICILIO" not in [one.id for one in laptop.ficha(case_id).missing]


def test_the_same_value_again_makes_no_change(laptop: Laptop) -> None:
    case_id = laptop.open_case()
    laptop.fill(case_id, names="Nantip", never_call=True, EDAD_VICTIMA=1)
    before = _changes(laptop)
    laptop.fill(case_id, names="Nantip ", never_call=True, EDAD_VICTIMA=1)
    assert _changes(laptop) == before
    # Yes is not the number one.
    laptop.fill(case_id, EDAD_VICTIMA=True)
    assert _changes(laptop) == before + 1


def test_what_came_while_someone_typed_is_not_overwritten(two: tuple[Laptop, Laptop]) -> None:
    a, b = two
    case_id = a.open_case()
    a.fill(case_id, safe_hours="lunes")
    exchange(a, b)
    seen = _seen(a, case_id, "safe_hours")  # A's editor opens here
    b.fill(case_id, safe_hours="martes")
    exchange(a, b)
    _fill_seen(a, case_id, "safe_hours", "jueves", seen)
    view = a.ficha(case_id).fields["safe_hours"]
    assert view.is_conflict
    key = _key(a, case_id, "safe_hours")
    heads = a.run(lambda uow: uow.changes.heads(key))
    assert {head.value for head in heads} == {"martes", "jueves"}


def test_what_came_into_a_blank_field_while_someone_typed_is_kept(
    two: tuple[Laptop, Laptop],
) -> None:
    a, b = two
    case_id = a.open_case()
    exchange(a, b)
    b.fill(case_id, relato="Relato inventado de B")
    exchange(a, b)
    _fill_seen(a, case_id, "relato", "Relato inventado de A", ())
    assert a.ficha(case_id).fields["relato"].is_conflict


def test_a_code_that_a_colleague_ticked_meanwhile_stays_in_the_set(
    two: tuple[Laptop, Laptop],
) -> None:
    a, b = two
    case_id = a.open_case()
    exchange(a, b)
    a.fill(case_id, disability_types=("1",))
    seen = _seen(a, case_id, "disability_types")  # A's editor opens here
    for number in range(100):  # B has been at work: its stamps are later
        b.fill(case_id, EDAD_VICTIMA=number)
    b.fill(case_id, disability_types=("2",))
    exchange(a, b)
    assert _seen(a, case_id, "disability_types") != seen
    _fill_seen(a, case_id, "disability_types", ("1", "3"), seen)
    assert _value(a, case_id, "disability_types") == ("1", "2", "3")


def test_a_code_that_came_beside_the_open_editor_stays_whichever_clock_is_later(
    two: tuple[Laptop, Laptop],
) -> None:
    a, b = two
    case_id = a.open_case()
    exchange(a, b)
    b.fill(case_id, disability_types=("2",))
    for number in range(100):  # A has been at work: its stamps are later
        a.fill(case_id, EDAD_VICTIMA=number)
    a.fill(case_id, disability_types=("1",))
    seen = _seen(a, case_id, "disability_types")  # A's editor opens here
    exchange(a, b)
    assert _value(a, case_id, "disability_types") == ("1", "2")
    _fill_seen(a, case_id, "disability_types", ("1", "3"), seen)
    assert _value(a, case_id, "disability_types") == ("1", "2", "3")


def test_the_value_that_came_beside_the_open_editor_is_no_base_of_the_next(
    two: tuple[Laptop, Laptop],
) -> None:
    a, b = two
    case_id = a.open_case()
    exchange(a, b)
    b.fill(case_id, EDAD_VICTIMA=30)
    for number in range(100):
        a.fill(case_id, names=f"Persona Inventada {number}")
    a.fill(case_id, EDAD_VICTIMA=31)
    seen = _seen(a, case_id, "EDAD_VICTIMA")  # A's editor opens here
    exchange(a, b)
    _fill_seen(a, case_id, "EDAD_VICTIMA", 32, seen)
    key = _key(a, case_id, "EDAD_VICTIMA")
    heads = a.run(lambda uow: uow.changes.heads(key))
    assert {head.value for head in heads} == {30, 32}


def test_typing_over_what_two_wrote_alike_replaces_both(two: tuple[Laptop, Laptop]) -> None:
    a, b = two
    case_id = a.open_case()
    exchange(a, b)
    a.fill(case_id, safe_hours="lunes")
    seen = _seen(a, case_id, "safe_hours")
    for number in range(100):
        b.fill(case_id, EDAD_VICTIMA=number)
    b.fill(case_id, safe_hours="lunes")
    exchange(a, b)
    _fill_seen(a, case_id, "safe_hours", "jueves", seen)
    view = a.ficha(case_id).fields["safe_hours"]
    assert (view.value, view.is_conflict) == ("jueves", False)


def test_editing_in_a_conflict_goes_on_from_the_value_on_the_screen(
    two: tuple[Laptop, Laptop],
) -> None:
    a, b = two
    case_id = a.open_case()
    exchange(a, b)
    a.fill(case_id, safe_hours="lunes")
    b.fill(case_id, safe_hours="martes")
    exchange(a, b)
    shown = a.ficha(case_id).fields["safe_hours"]
    other = {"lunes", "martes"} - {shown.value}
    _fill_seen(a, case_id, "safe_hours", "jueves", shown.replaces)
    key = _key(a, case_id, "safe_hours")
    heads = a.run(lambda uow: uow.changes.heads(key))
    assert {head.value for head in heads} == {"jueves", *other}
    assert a.ficha(case_id).fields["safe_hours"].is_conflict


@pytest.mark.parametrize("sees_all", [True, False])
def test_an_edit_replaces_no_more_than_a_batch_can_name_the_newest_first(
    laptop: Laptop, sees_all: bool
) -> None:
    case_id = laptop.open_case()
    key = _key(laptop, case_id, "names")
    crowd = [
        new_change(
            laptop.desk.definitions.registry,
            kind=key.kind,
            record_id=key.record_id,
            field=key.field,
            value=f"Otro {number}",
            stamp=Stamp(NOON_MS - 1, b"crowding", number),
            author=laptop.desk.actor.id,
            bases=(),
        )
        for number in range(BASES_MAX + 50)
    ]
    _receive(laptop, crowd)
    shown = [one.id for one in crowd[-BASES_MAX:]]
    assert list(laptop.ficha(case_id).fields["names"].replaces) == shown
    if sees_all:
        _fill_seen(laptop, case_id, "names", "Mío", tuple(one.id for one in crowd))
    else:
        laptop.fill(case_id, names="Mío")
    mine = laptop.run(lambda uow: uow.changes.heads(key))[-1]
    assert mine.value == _value(laptop, case_id, "names") == "Mío"
    assert set(mine.bases) == set(shown)
    laptop.fill(case_id, names="Mío también")
    assert len(laptop.run(lambda uow: uow.changes.heads(key))) == 1, "the rest goes with the next"


def test_a_change_is_sent_only_once_the_region_has_it(laptop: Laptop) -> None:
    case_id = laptop.open_case()
    laptop.fill(case_id, names="Nantip")
    assert not laptop.ficha(case_id).fields["names"].is_sent


def test_every_edit_is_in_the_history_and_in_the_audit_by_field_name_only(laptop: Laptop) -> None:
    case_id = laptop.open_case()
    entries = laptop.run(lambda uow: uow.audit.count())
    laptop.fill(case_id, names="Nantip")
    laptop.fill(case_id, names="Nunkui")
    key = _key(laptop, case_id, "names")
    history = laptop.run(lambda uow: uow.changes.history(key))
    assert [one.value for one in history] == ["Nantip", "Nunkui"]
    assert history[1].bases == (history[0].id,)
    assert laptop.run(lambda uow: uow.audit.count()) == entries + 2
    assert laptop.run(lambda uow: uow.audit.verify()) is None


@pytest.mark.parametrize(
    ("ask", "message_id"),
    [
        (lambda uow, lap, case: _set(uow, lap, case, "no_such_field", "1"), "field_unknown"),
        (
            lambda uow, lap, case: _set(uow, lap, case, "relato", "x" * (TEXT_LENGTH_MAX + 1)),
            "text_too_long",
        ),
        (lambda uow, lap, case: _set(uow, lap, case, "relato", ("1",) * 501), "set_too_large"),
        (lambda uow, lap, case: _set(uow, lap, RecordId("0" * 32), "names", "x"), "record_unknown"),
        (lambda uow, lap, case: forms.form_file(uow, lap.desk, "otra", case), "form_unknown"),
    ],
)
def test_what_cannot_be_saved_is_refused_with_nothing_changed(
    laptop: Laptop, ask: Callable[..., object], message_id: str
) -> None:
    case_id = laptop.open_case()
    before = _changes(laptop)
    with pytest.raises(DomainError) as refused:
        laptop.run(lambda uow: ask(uow, laptop, case_id))
    assert refused.value.message_id == message_id
    assert _changes(laptop) == before


def test_a_case_whose_person_has_not_arrived_opens_and_refuses_her_fields(
    two: tuple[Laptop, Laptop],
) -> None:
    a, b = two
    case_id = a.open_case()
    a.fill(case_id, names="Nantip")
    changes = a.run(lambda uow: uow.changes.pending(1_000))
    first = [one for one in changes if one.kind == "case" and one.field == "code"]
    with b.store.unit() as uow:
        ledger.record(uow, b.desk.definitions, first, is_own=False)
        uow.commit()
    assert b.ficha(case_id).values.get("names") is None
    with pytest.raises(DomainError, match="record_unknown"):
        b.fill(case_id, names="Otra")
    exchange(a, b)
    assert _value(b, case_id, "names") == "Nantip"


def _set(uow: object, laptop: Laptop, case_id: RecordId, field_id: str, value: Value) -> object:
    return forms.set_field(uow, laptop.desk, forms.FICHA, case_id, field_id, value)  # type: ignore[arg-type]


def _key(laptop: Laptop, case_id: RecordId, field_id: str) -> FieldKey:
    definition = laptop.desk.definitions.form(forms.FICHA).get(field_id)
    assert definition is not None
    return FieldKey(
        definition.kind, laptop.ficha(case_id).records[definition.kind], definition.field
    )


def test_what_was_answered_and_does_not_fit_stands_in_the_list_of_what_is_left(
    laptop: Laptop,
) -> None:
    case_id = laptop.open_case()

    def left() -> set[str]:
        return {one.id for one in laptop.ficha(case_id).missing}

    assert "EDAD_VICTIMA" in left()
    laptop.fill(case_id, EDAD_VICTIMA="dos", district="nieba", birth_date="2031-01-01")
    assert {"EDAD_VICTIMA", "district", "birth_date"} <= left()
    laptop.fill(case_id, EDAD_VICTIMA=34, district="010402", birth_date="1992-01-01")
    assert not {"EDAD_VICTIMA", "district", "birth_date"} & left()
