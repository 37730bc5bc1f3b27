"""Z4: a role that a colleague takes or gives counts for whoever is working, from the next thing that
she does, also when it comes from another laptop."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from app.domain.change import RecordId
from app.domain.errors import DomainError
from app.domain.records import Kind
from app.domain.value import Value, set_value
from app.services import access, accounts, forms, ledger
from app.services.ports import FieldKey, UnitOfWork
from db.store import memory_store
from tests.support.laptops import Laptop, definitions, exchange, make_desk

STORY = "Relato Inventado"


@pytest.fixture
def two() -> Iterator[tuple[Laptop, Laptop]]:
    """The laptop of a psychologist, and that of a colleague who does everything."""
    hers = Laptop(memory_store(definitions().registry), make_desk(roles=("psicologia", "legal")))
    other = Laptop(memory_store(definitions().registry), make_desk(seed=2, letter="B", author="b0"))
    write_roles(hers, "psicologia", "legal")
    yield hers, other
    hers.store.close()
    other.store.close()


def write_roles(at: Laptop, *roles: str) -> None:
    """Write on one laptop which roles the psychologist has."""
    person = RecordId("a0" * 16)
    values: dict[str, Value] = {
        accounts.NAME: "Persona Inventada A",
        accounts.ROLE: roles[0],
        accounts.ROLES: set_value(roles),
    }

    def write(uow: UnitOfWork) -> None:
        keys = {FieldKey(Kind.PERSON, person, one): said for one, said in values.items()}
        forms.change_fields(uow, at.desk, keys)
        uow.commit()

    at.run(write)


def assessment(hers: Laptop, case_id: RecordId) -> object:
    return hers.ficha(case_id).fields["psychological_assessment"].value


def written(at: Laptop) -> RecordId:
    case_id = at.open_case()
    at.fill(case_id, psychological_assessment=STORY)
    return case_id


def test_a_role_taken_away_on_another_laptop_counts_at_once(two: tuple[Laptop, Laptop]) -> None:
    """(Z4) Control: before it arrives, and when it is given back, she reads and writes it."""
    hers, other = two
    case_id = written(other)
    exchange(hers, other)
    write_roles(other, "social")
    assert assessment(hers, case_id) == STORY
    exchange(hers, other)
    assert assessment(hers, case_id) is None
    with pytest.raises(DomainError, match="access_"):
        hers.fill(case_id, psychological_assessment="Otro Inventado")
    write_roles(other, "psicologia")
    exchange(hers, other)
    assert assessment(hers, case_id) == STORY
    assert hers.fill(case_id, psychological_assessment="Otro Inventado") == []


@pytest.mark.parametrize(
    "offered",
    [
        lambda uow, one: access.may(uow, one.desk, "see_psychological"),
        lambda uow, one: access.reach_of(uow, one.desk, None).closed(
            Kind.CASE, "psychological_assessment", {}
        ),
    ],
)
def test_what_screens_ask_answers_by_the_roles_of_now(
    two: tuple[Laptop, Laptop], offered: Callable[[UnitOfWork, Laptop], object]
) -> None:
    """(Z4) Control: with the role it is open."""
    hers, _ = two
    assert hers.run(lambda uow: offered(uow, hers)) is None
    write_roles(hers, "admision")
    assert hers.run(lambda uow: offered(uow, hers)) is not None


def test_who_is_written_to_have_left_is_told_that_and_of_no_service(
    two: tuple[Laptop, Laptop],
) -> None:
    """She may have been taken for somebody else: a sentence about services would help nobody.
    Control: what is of another service is said to be."""
    hers, other = two
    case_id = written(hers)
    with pytest.raises(DomainError, match="access_role"):
        hers.run(lambda uow: access.ask(uow, hers.desk, "keep_datasets"))
    exchange(hers, other)
    key = FieldKey(Kind.PERSON, RecordId("a0" * 16), accounts.LEFT_ON)

    def leave(uow: UnitOfWork) -> None:
        forms.change_fields(uow, other.desk, {key: "2026-11-20"})
        uow.commit()

    other.run(leave)
    exchange(hers, other)
    with pytest.raises(DomainError, match="access_left"):
        hers.fill(case_id, psychological_assessment="Otro Inventado")
    with pytest.raises(DomainError, match="access_left"):
        hers.run(lambda uow: access.ask(uow, hers.desk, "enter"))


def test_in_one_unit_the_roles_are_read_once(two: tuple[Laptop, Laptop]) -> None:
    """What is one thing for the person is one answer, also where changes arrive within it."""
    hers, other = two
    exchange(hers, other)
    write_roles(other, "admision")
    came = other.run(lambda uow: uow.changes.pending(1_000))
    with hers.store.unit() as uow:
        before = access.worker(uow, hers.desk).actor.held
        ledger.record(uow, hers.desk.definitions, came, is_own=False)
        assert access.worker(uow, hers.desk).actor.held == before
        uow.commit()
    assert hers.run(lambda uow: access.worker(uow, hers.desk).actor.held) == ("admision",)


def test_where_no_record_says_a_role_those_of_entering_hold() -> None:
    """As on a laptop that was set up and then cut off: else nobody could do anything there."""
    alone = Laptop(memory_store(definitions().registry), make_desk(roles=("psicologia",)))
    case_id = written(alone)
    assert assessment(alone, case_id) == STORY
    alone.store.close()
