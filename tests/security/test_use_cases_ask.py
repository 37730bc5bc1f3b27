"""Z: every use case of an act asks before anything of it happens, and only the outermost does."""

from __future__ import annotations

import importlib
from collections.abc import Iterator

import pytest

from app.domain.errors import DomainError
from app.domain.permission import Authorisation
from app.services import access, casework, forms
from db.store import memory_store
from tests.support.laptops import Laptop, definitions, make_desk


@pytest.fixture
def matrix() -> Authorisation:
    return definitions().authorisation


@pytest.fixture
def social() -> Iterator[Laptop]:
    one = Laptop(memory_store(definitions().registry), make_desk(roles=("social",)))
    yield one
    one.store.close()


def _use_case(name: str) -> object:
    module, function = name.split(".")
    return getattr(importlib.import_module(f"app.services.{module}"), function)


def _faults(matrix: Authorisation, marked: dict[str, str]) -> list[str]:
    """Return the use cases that ask about another act than theirs, or about none."""
    wanted = {name: act.id for act in matrix.acts.values() for name in act.use_cases}
    return sorted(name for name in wanted | marked if wanted.get(name, "") != marked.get(name, ""))


def _marked(matrix: Authorisation) -> dict[str, str]:
    named = {name for act in matrix.acts.values() for name in act.use_cases}
    exempt = {name for one in matrix.exempt for name in one.use_cases}
    found = {name: access.act_of(_use_case(name)) for name in named | exempt}
    return {name: act for name, act in found.items() if act}


def test_every_use_case_of_an_act_asks_about_it(matrix: Authorisation) -> None:
    """(Z1)"""
    assert _faults(matrix, _marked(matrix)) == []


def test_a_use_case_that_asks_nothing_or_the_wrong_thing_is_found(matrix: Authorisation) -> None:
    """(control of Z1)"""
    marked = _marked(matrix)
    assert len(marked) > 100
    assert _faults(matrix, {**marked, "tasks.postpone": ""}) == ["tasks.postpone"]
    assert _faults(matrix, {**marked, "tasks.postpone": "answer_clock"}) == ["tasks.postpone"]
    assert _faults(matrix, {**marked, "ledger.record": "write_file"}) == ["ledger.record"]


def test_nobody_works_in_a_unit_without_a_desk() -> None:
    """(Z2)"""
    store = memory_store(definitions().registry)
    with store.unit() as uow, pytest.raises(DomainError, match="access_nobody"):
        casework.resume_place(uow)
    store.close()


def test_only_the_outermost_use_case_asks(social: Laptop) -> None:
    """What is closed in a form is whole within an act that may use it: a referral, a letter."""
    case_id = social.open_case()
    asked = social.run(lambda uow: forms.form_file(uow, social.desk, forms.FICHA, case_id))
    assert asked.fields["psychological_assessment"].closed is not None
    with social.store.unit() as uow, uow.access.inside():
        within = forms.form_file(uow, social.desk, forms.FICHA, case_id)
    assert "psychological_assessment" not in within.fields


def test_what_is_refused_changes_nothing_and_is_noted(social: Laptop) -> None:
    """(Z1)"""
    case_id = social.open_case()
    before = social.run(lambda uow: (uow.changes.count(), uow.audit.count()))
    with pytest.raises(DomainError, match="access_role") as refused:
        social.fill(case_id, psychological_assessment="Inventado")
    assert refused.value.parameters["who"] == "Psicología"
    changes, entries = social.run(lambda uow: (uow.changes.count(), uow.audit.count()))
    assert (changes, entries) == (before[0], before[1] + 1)
    assert social.run(lambda uow: uow.audit.details("refused", case_id, 9)) == (
        "write_psychological",
    )


def test_what_the_refused_unit_had_written_is_undone(social: Laptop) -> None:
    case_id = social.open_case()
    before = social.run(lambda uow: uow.changes.count())
    with pytest.raises(DomainError, match="access_role"), social.store.unit() as uow:
        forms.open_record(uow, social.desk, "nota", case_id, {"text": "Inventado"})
        field = "psychological_assessment"
        forms.set_field(uow, social.desk, forms.FICHA, case_id, field, "Inventado")
    assert social.run(lambda uow: uow.changes.count()) == before
