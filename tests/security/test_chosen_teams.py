"""Z: choosing between two values of who attends a case, or bringing one back, is no way around what
is asked of whoever forms its team. Each refusal has beside it somebody to whom the same is open."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.domain.errors import DomainError
from app.domain.permission import Relation
from app.domain.records import Kind, Name
from app.domain.value import Value, set_value
from app.services import conflicts, joined, teams
from app.services.ports import Desk, FieldKey, UnitOfWork
from tests.security.test_closed_cases import Centre, person
from tests.security.test_closed_cases import centre as centre
from tests.security.test_doors import beside, heads
from tests.security.test_team_edges import (
    a_case_of,
    arrives,
    ask,
    forms,
    keep_out,
    leaves,
    lets_herself_in,
    relation,
    team_of,
)


def chooses(centre: Centre, who: str, key: FieldKey, value: Value) -> None:
    there = heads(centre, key)
    centre.run(who, lambda uow, desk: conflicts.settle(uow, desk, key, value, there))


def brings_back(centre: Centre, who: str, key: FieldKey, value: Value) -> None:
    def work(uow: UnitOfWork, desk: Desk) -> None:
        (wanted, *_) = (one for one in uow.changes.history(key) if one.value == value)
        joined.bring_back(uow, desk, key, wanted.id)

    centre.run(who, work)


def of(*names: str) -> Value:
    return set_value([person(one) for one in names])


def undoes(centre: Centre, who: str, key: FieldKey) -> None:
    (last,) = heads(centre, key)
    centre.run(who, lambda uow, desk: conflicts.undo_settlement(uow, desk, key, last))


Way = Callable[[Centre, str, FieldKey, Value], None]
WAYS = (chooses, brings_back)


@pytest.mark.parametrize("way", WAYS)
def test_whoever_let_herself_into_a_case_in_reserve_does_not_open_it_by_choosing(
    centre: Centre, way: Way
) -> None:
    """Nor makes its door hers by choosing that it stays. Control: who may from outside does."""
    case_id = a_case_of("Carla", centre)
    key = FieldKey(Kind.CASE, case_id, Name.RESERVED)
    arrives(centre, Kind.CASE, case_id, {Name.RESERVED: False})
    centre.run("Carla", lambda uow, desk: teams.reserve(uow, desk, case_id))
    lets_herself_in(centre, "Beto", case_id, "Beto", "Carla")
    ask(centre, "Beto", case_id, ["open_reserve"])
    for value in (False, True):
        with pytest.raises(DomainError, match="reserve_keeps_team"):
            way(centre, "Beto", key, value)
    with pytest.raises(DomainError, match="reserve_keeps_team"):
        keep_out(centre, "Beto", case_id, "Carla")
    assert relation(centre, "Dora", case_id) is Relation.RESERVED
    ask(centre, "Elsa", case_id, ["open_reserve", "settle_conflict"])
    way(centre, "Elsa", key, False)
    assert relation(centre, "Dora", case_id) is Relation.CENTRE


@pytest.mark.parametrize("way", WAYS)
def test_nor_does_she_take_anybody_out_of_it_by_choosing(centre: Centre, way: Way) -> None:
    """Nor keep anybody out of it. Control: whoever attended it chooses."""
    case_id = a_case_of("Beto", centre)
    forms(centre, "Beto", case_id, "Elsa")
    keep_out(centre, "Elsa", case_id, "Carla")
    centre.run("Elsa", lambda uow, desk: teams.lift_block(uow, desk, case_id, person("Carla")))
    forms(centre, "Elsa", case_id, "Carla")
    centre.run("Carla", lambda uow, desk: teams.reserve(uow, desk, case_id))
    lets_herself_in(centre, "Beto", case_id, "Beto", "Carla")
    ask(centre, "Beto", case_id, ["lift_block"])
    ask(centre, "Carla", case_id, ["lift_block"])
    for name, value in ((Name.TEAM, of("Beto")), (Name.BLOCKED, of("Carla"))):
        with pytest.raises(DomainError, match="reserve_keeps_team"):
            way(centre, "Beto", FieldKey(Kind.CASE, case_id, name), value)
    assert team_of(centre, case_id) == ["Beto", "Carla"]
    way(centre, "Carla", FieldKey(Kind.CASE, case_id, Name.TEAM), of("Carla"))
    assert team_of(centre, case_id) == ["Carla"]


@pytest.mark.parametrize("way", WAYS)
def test_what_else_the_case_says_she_chooses_as_whoever_attends_it(
    centre: Centre, way: Way
) -> None:
    case_id = a_case_of("Carla", centre, is_in_reserve=True)
    key = FieldKey(Kind.CASE, case_id, "relato")
    arrives(centre, Kind.CASE, case_id, {"relato": "relato inventado"})
    beside(centre, key, "otro relato")
    lets_herself_in(centre, "Beto", case_id, "Beto", "Carla")
    before = heads(centre, key)
    way(centre, "Beto", key, "otro relato")
    assert heads(centre, key) != before


def test_what_was_decided_of_its_door_she_does_not_open_again(centre: Centre) -> None:
    """Both values would be hers then. Control: whoever attended it does."""
    case_id = a_case_of("Carla", centre, is_in_reserve=True)
    key = FieldKey(Kind.CASE, case_id, Name.RESERVED)
    beside(centre, key, False)
    lets_herself_in(centre, "Beto", case_id, "Beto", "Carla")
    ask(centre, "Beto", case_id, ["open_reserve"])
    ask(centre, "Carla", case_id, ["open_reserve"])
    chooses(centre, "Carla", key, True)
    with pytest.raises(DomainError, match="reserve_keeps_team"):
        undoes(centre, "Beto", key)
    undoes(centre, "Carla", key)


@pytest.mark.parametrize("way", WAYS)
def test_nobody_who_is_kept_from_a_case_is_put_in_its_team_by_choosing(
    centre: Centre, way: Way
) -> None:
    """Nor is a case in reserve left to nobody. Control: to somebody who attends it is."""
    case_id = a_case_of("Carla", centre)
    key = FieldKey(Kind.CASE, case_id, Name.TEAM)
    for team in (["Dora"], ["Beto"], ["Ana"], ["Carla"]):
        forms(centre, "Elsa", case_id, *team)
    keep_out(centre, "Carla", case_id, "Beto")
    with pytest.raises(DomainError, match="team_blocked") as fault:
        way(centre, "Carla", key, of("Beto"))
    assert fault.value.parameters == {"names": "Beto"}
    leaves(centre, "Dora")
    centre.run("Carla", lambda uow, desk: teams.reserve(uow, desk, case_id))
    with pytest.raises(DomainError, match="team_reserved"):
        way(centre, "Carla", key, of("Dora"))
    blocked = FieldKey(Kind.CASE, case_id, Name.BLOCKED)
    ask(centre, "Carla", case_id, ["lift_block"])
    with pytest.raises(DomainError, match="team_blocked"):
        chooses(centre, "Carla", blocked, of("Beto", "Carla"))
    assert team_of(centre, case_id) == ["Carla"]
    way(centre, "Carla", key, of("Ana"))
    assert team_of(centre, case_id) == ["Ana"]


def test_nor_is_it_put_behind_its_door_again_with_nobody_in_its_team(centre: Centre) -> None:
    """By opening again what was decided, or bringing it back: who alone attended it left meanwhile.
    Control: once somebody attends it, it is."""
    case_id = a_case_of("Carla", centre, is_in_reserve=True)
    key = FieldKey(Kind.CASE, case_id, Name.RESERVED)
    beside(centre, key, False)
    ask(centre, "Elsa", case_id, ["open_reserve", "settle_conflict"])
    chooses(centre, "Elsa", key, False)
    leaves(centre, "Carla")
    with pytest.raises(DomainError, match="team_reserved"):
        undoes(centre, "Elsa", key)
    with pytest.raises(DomainError, match="team_reserved"):
        brings_back(centre, "Elsa", key, True)
    assert relation(centre, "Dora", case_id) is Relation.CENTRE
    forms(centre, "Elsa", case_id, "Dora")
    undoes(centre, "Elsa", key)
    assert relation(centre, "Dora", case_id) is Relation.ASSIGNED
