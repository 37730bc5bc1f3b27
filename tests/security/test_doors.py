"""Z: the doors beside the ones of everyday: what is granted, taken out, proposed, drafted, exported or
told of a case without its page. Each refusal has beside it somebody to whom the same is open."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from app.domain.change import AuthorId, RecordId, new_change
from app.domain.errors import DomainError
from app.domain.records import Kind, Name
from app.domain.stamp import Stamp
from app.domain.value import Value
from app.services import (
    accounts,
    casework,
    conflicts,
    figures,
    forms,
    handover,
    intake,
    joined,
    ledger,
    official_export,
    register,
    settled,
    teams,
)
from app.services.intake import Intake
from app.services.ports import FieldKey
from app.services.register import Wanted
from tests.security.test_closed_cases import Centre, new_case, person
from tests.security.test_closed_cases import centre as centre


def of_case(centre: Centre, case_id: RecordId, name: str) -> Any:
    return centre.run("Ana", lambda uow, _: uow.records.fields(case_id)[name].value)


def heads(centre: Centre, key: FieldKey) -> tuple[Any, ...]:
    return centre.run("Ana", lambda uow, _: tuple(one.id for one in uow.changes.heads(key)))


def refused(centre: Centre, name: str, work: Any, why: str) -> None:
    with pytest.raises(DomainError, match=why):
        centre.run(name, work)


def beside(centre: Centre, key: FieldKey, value: Value, author: str = "Carla") -> None:
    """Let another laptop have written something else into a field."""
    desk = centre.as_("Ana")
    with centre.store.unit() as uow:
        other = new_change(
            desk.definitions.registry,
            kind=key.kind,
            record_id=key.record_id,
            field=key.field,
            value=value,
            stamp=Stamp(desk.clock.now_ms(), b"12345678", 1),
            author=AuthorId(person(author)),
            bases=(),
        )
        ledger.record(uow, desk.definitions, [other], is_own=False)
        uow.commit()


# --- nobody grants herself anything by choosing between two values ------------------------------


def test_roles_are_not_given_by_bringing_back(centre: Centre) -> None:
    """(Z1, Z3) Control: coordination may."""
    key = FieldKey(Kind.PERSON, person("Dora"), accounts.ROLES)
    there = heads(centre, key)
    for name in ("Dora", "Beto", "Fani"):
        refused(
            centre,
            name,
            lambda uow, desk: joined.bring_back(uow, desk, key, there[0]),
            "access_role|access_reason_centre",
        )
    centre.run("Elsa", lambda uow, desk: joined.bring_back(uow, desk, key, there[0]))


# --- receiving somebody ---------------------------------------------------------------------------


def both(centre: Centre, case_id: RecordId) -> tuple[RecordId, RecordId]:
    held = centre.run("Ana", lambda uow, _: uow.records.fields(case_id))
    return tuple(
        RecordId(str(held[one].value)) for one in (Name.SURVIVOR, Name.ALLEGED_PERPETRATOR)
    )  # type: ignore[return-value]


def test_of_somebody_in_reserve_what_is_on_file_is_not_compared(centre: Centre) -> None:
    """(Z5) Control: before the reserve it is."""
    case_id = new_case(centre)
    survivor, _ = both(centre, case_id)
    asked = Intake(typed={"surname_1": "Otra"}, survivor=survivor)
    differ = lambda: centre.run("Beto", lambda uow, desk: intake.differences(uow, desk, asked))  # noqa: E731
    assert [one.held for one in differ()] == ["Etsa"]
    centre.run("Ana", lambda uow, desk: teams.reserve(uow, desk, case_id))
    assert differ() == ()
    centre.run("Ana", lambda uow, desk: teams.block(uow, desk, case_id, person("Beto")))
    assert differ() == ()


def test_a_new_ficha_names_no_case_that_who_opens_it_must_not_know(centre: Centre) -> None:
    """(Z1) Control: without the block both places name it."""
    case_id = new_case(centre)
    survivor, perpetrator = both(centre, case_id)
    code = str(of_case(centre, case_id, Name.CODE))

    def told(name: str) -> tuple[str, str]:
        day = date(2026, 11, 20)
        said = centre.run(
            name,
            lambda uow, desk: intake.propose_condition(uow, desk, survivor, perpetrator, day),
        )
        new = centre.run(
            name, lambda uow, desk: intake.open_ficha(uow, desk, Intake(survivor=survivor))
        )
        where = centre.run(
            name,
            lambda uow, _: uow.records.fields(new).get("earlier_as_survivor_where"),
        )
        file = centre.run(
            name, lambda uow, desk: forms.form_file(uow, desk, forms.FICHA, new).values
        )
        return repr(said), repr(where) + repr(file.get("earlier_as_survivor_where"))

    before = told("Ana")
    assert code in before[1]
    centre.run("Ana", lambda uow, desk: teams.block(uow, desk, case_id, person("Beto")))
    assert all(code not in one for one in told("Beto"))


# --- what two laptops wrote ----------------------------------------------------------------------


def test_of_a_person_with_two_cases_what_was_decided_names_no_closed_one(centre: Centre) -> None:
    """(Z1) Control: before the block the same row names it."""
    first = new_case(centre)
    survivor, _ = both(centre, first)
    second = centre.run("Ana", lambda uow, desk: casework.open_case(uow, desk, survivor=survivor))
    key = FieldKey(Kind.SURVIVOR, survivor, "safe_phone")
    centre.run(
        "Ana",
        lambda uow, desk: forms.set_field(uow, desk, forms.FICHA, first, "safe_phone", "999000001"),
    )
    beside(centre, key, "999000002")
    there = heads(centre, key)
    centre.run("Ana", lambda uow, desk: conflicts.settle(uow, desk, key, "999000001", there))

    def named(name: str) -> RecordId:
        (one,) = centre.run(name, lambda uow, desk: settled.list_settled(uow, desk))
        return one.case_id

    told = named("Beto")
    centre.run("Ana", lambda uow, desk: teams.block(uow, desk, told, person("Beto")))
    assert {named("Beto"), told} == {first, second}
    assert named("Carla") == told


# --- what leaves, and what is told of everything -------------------------------------------------


def test_a_blocked_case_counts_in_the_figures_and_has_no_row_for_who_is_blocked(
    centre: Centre, tmp_path: Path
) -> None:
    """(Z1) The figures balance with all; a row would say whose it is. Control: Ana has both."""
    new_case(centre)
    case_id = new_case(centre, EDAD_VICTIMA=47)
    centre.run("Ana", lambda uow, desk: teams.block(uow, desk, case_id, person("Elsa")))
    for name, rows in (("Ana", 2), ("Elsa", 1)):
        target = tmp_path / f"{name}.csv"
        said = centre.run(
            name, lambda uow, desk, t=target: official_export.export_own(uow, desk, t)
        )
        assert (said.rows, len(target.read_text().splitlines()) - 1) == (rows, rows)
        assert centre.run(name, lambda uow, desk: figures.figures_of_own(uow, desk)).total == 2


def test_the_register_says_no_number_of_a_case_to_who_is_blocked(centre: Centre) -> None:
    """(Z1) The rows stay, or the chain would lack some. Control: Ana reads it."""
    case_id = new_case(centre)
    code = str(of_case(centre, case_id, Name.CODE))
    survivor, _ = both(centre, case_id)
    centre.run("Ana", lambda uow, desk: casework.open_case(uow, desk, survivor=survivor))
    centre.run("Ana", lambda uow, desk: teams.block(uow, desk, case_id, person("Elsa")))

    def about(name: str) -> set[str]:
        page = centre.run(name, lambda uow, desk: register.register(uow, desk, Wanted()))
        return {one.about for one in page.rows}

    assert any(code in one for one in about("Ana"))
    assert not any(code in one for one in about("Elsa"))
    asked = Wanted(case_code=code)
    assert centre.run("Ana", lambda uow, desk: register.register(uow, desk, asked)).rows
    refused(centre, "Elsa", lambda uow, desk: register.register(uow, desk, asked), "record_unknown")


def test_of_a_case_in_reserve_a_hand_over_says_the_number_and_the_hour(centre: Centre) -> None:
    """(Z5) As the agenda does. Control: to Ana, of its team, it says which tasks."""
    case_id = new_case(centre)
    centre.run("Ana", lambda uow, desk: handover.give(uow, desk, shift="", note=""))
    centre.run("Ana", lambda uow, desk: teams.reserve(uow, desk, case_id))
    given = lambda name: centre.run(name, lambda uow, _: handover.handovers(uow, 9))[0].items  # noqa: E731
    assert any(one.task for one in given("Ana")) and any(one.risk for one in given("Ana"))
    assert given("Beto") and {(one.task, one.risk) for one in given("Beto")} == {("", 0)}
