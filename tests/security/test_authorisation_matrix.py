"""Every use case of the program has its place in the matrix, and each place its use cases.

Read from the sources: a function that somebody adds to the services has no row until somebody
decides who may call it, and this fails.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pytest

from app.datafiles.authorisation import read_authorisation
from app.definitions import load
from app.domain.definitions import Definitions
from app.domain.permission import Authorisation, Exempt
from app.resources import data_root
from tests.security.services_read import named_from, sources, stands, use_cases

PLANTED = """
def read_everything(uow: UnitOfWork, desk: Desk) -> None:
    '''A use case that nobody decided about.'''
"""
COMMANDS = ("app/cli.py", "_commands.py")


@pytest.fixture(scope="module")
def definitions() -> Definitions:
    return load()


@pytest.fixture(scope="module")
def matrix(definitions: Definitions) -> Authorisation:
    return read_authorisation(data_root(), definitions.forms)


def _placed(matrix: Authorisation) -> frozenset[str]:
    acts = {name for act in matrix.acts.values() for name in act.use_cases}
    return frozenset(acts | {name for one in matrix.exempt for name in one.use_cases})


def _faults(found: Iterable[str], matrix: Authorisation) -> tuple[list[str], list[str]]:
    """Return the use cases without a place, and the places without a use case."""
    placed = _placed(matrix)
    return sorted(set(found) - placed), sorted(placed - set(found))


def _wrong_callers(one: Exempt, named: Mapping[str, frozenset[str]]) -> list[tuple[str, str]]:
    """Return who names a use case that its group does not let: nobody asked before."""
    wrong = []
    for name in one.use_cases:
        for place in sorted(named.get(name, frozenset())):
            is_at_hand = place.startswith("ui/") or place.endswith(COMMANDS)
            if one.callers == "services" or (one.callers == "program" and is_at_hand):
                wrong.append((name, place))
    return wrong


def test_every_use_case_has_one_place_in_the_matrix(matrix: Authorisation) -> None:
    """(Z3)"""
    found = use_cases(sources())
    assert len(found) > 200
    assert _faults(found, matrix) == ([], [])


def test_a_use_case_that_somebody_adds_is_found(matrix: Authorisation) -> None:
    """(control of Z3)"""
    modules = sources()
    planted = {**modules, "casework": modules["casework"] + PLANTED}
    assert _faults(use_cases(planted), matrix) == (["casework.read_everything"], [])
    alone = {**modules, "back_door": "from typing import Any\n" + PLANTED}
    assert _faults(use_cases(alone), matrix) == (["back_door.read_everything"], [])


@pytest.mark.parametrize(
    "source",
    [
        "def look(records: RecordStore) -> None: ...",
        "def look(*units: UnitOfWork) -> None: ...",
        "def look(open_unit: Callable[[], UnitOfWork]) -> None: ...",
        "Unit = Callable[[], UnitOfWork]\ndef look(unit: Unit) -> None: ...",
        "async def look(uow: UnitOfWork) -> None: ...",
        "def look(target: Path | None) -> None: ...",
        "class look:\n    def __init__(self, uow: UnitOfWork) -> None: ...",
        "class look:\n    uow: UnitOfWork",
    ],
)
def test_every_way_to_what_is_stored_makes_a_use_case(source: str) -> None:
    """(Z3)"""
    assert "back_door.look" in use_cases({**sources(), "back_door": source})


@pytest.mark.parametrize(
    "source",
    [
        "def _look(uow: UnitOfWork) -> None: ...",
        "def look(file: FormFile) -> None: ...",
        "class look(Protocol):\n    uow: UnitOfWork",
    ],
)
def test_what_has_no_way_of_its_own_is_no_use_case(source: str) -> None:
    assert use_cases({**sources(), "back_door": source}) == use_cases(sources())


def test_a_row_that_names_no_function_is_found(matrix: Authorisation) -> None:
    """(control of Z3)"""
    lessened = use_cases(sources()) - {"referrals.issue"}
    assert _faults(lessened, matrix) == ([], ["referrals.issue"])


def test_what_is_no_act_is_named_only_by_those_who_asked_or_by_the_program(
    matrix: Authorisation,
) -> None:
    assert [each for one in matrix.exempt for each in _wrong_callers(one, named_from())] == []


def test_a_screen_that_names_what_is_no_act_is_found() -> None:
    named = {
        "ledger.record": frozenset({"ui/screens/ficha/presenter.py"}),
        "snapshot.finish": frozenset({"app/exchange_commands.py"}),
    }
    parts = Exempt("", "services", ("ledger.record",))
    program = Exempt("", "program", ("snapshot.finish",))
    anyone = Exempt("", "anyone", ("ledger.record",))
    assert len(_wrong_callers(parts, named)) == 1
    assert len(_wrong_callers(program, named)) == 1
    assert not _wrong_callers(anyone, named)
    assert named_from()["referrals.issue"] == {"ui/screens/referral/presenter.py"}


def test_the_functions_of_other_rooms_are_there(matrix: Authorisation) -> None:
    named = [name for act in matrix.acts.values() for name in act.elsewhere]
    assert [name for name in named if not stands(name)] == []
    assert len(named) > 5
    assert not stands("app.laptop.Laptop.give_away")
    assert not stands("app.nowhere.grant")


def test_the_roles_are_those_that_forms_tasks_and_the_lock_screen_know(
    matrix: Authorisation, definitions: Definitions
) -> None:
    sections = [each for form in definitions.forms.values() for each in form.sections]
    assert {role for each in sections for role in each.filled_by} <= matrix.roles.keys()
    for term in definitions.catalogues["rol"].terms:
        if term.code != "equipo":
            assert matrix.roles[term.code].title == term.label


def test_every_role_with_an_account_may_do_something_and_no_other(matrix: Authorisation) -> None:
    granted = {role for act in matrix.acts.values() for role, _ in act.grants}
    assert granted == {role.code for role in matrix.roles.values() if role.has_account}


def test_every_row_says_why_and_how_certain_it_is(matrix: Authorisation) -> None:
    for act in matrix.acts.values():
        assert act.reason and act.title
        assert act.source.certainty == ("high" if act.id == "see_refuge_place" else "design")
