"""Z: the decisions of the rule that no row of today's matrix takes, and how long a reason holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from app.clock import FixedClock
from app.domain.change import AuthorId, RecordId, new_change
from app.domain.errors import DomainError
from app.domain.permission import (
    OPEN_FILE,
    SEE_PSYCHOLOGICAL,
    SEE_SECTION,
    WRITE_OTHER_SECTION,
    WRITE_OWN_SECTION,
    Access,
    Act,
    Answer,
    Authorisation,
    Relation,
    act_to_read,
    allowed,
    may_write,
)
from app.domain.records import Kind, Name
from app.domain.value import Value
from app.services import access, case_ties, casework, ledger
from app.services.access_records import (
    ACTS,
    FROM,
    GRANTED_FOR_MS,
    REASON,
    ROLE,
    UNTIL,
    cases_granted,
    grant,
    granted,
    tell_team,
)
from app.services.ports import Desk
from app.services.reach import Reach
from app.services.tie_ports import Tie
from db.store import memory_store
from tests.support.laptops import NOON_MS, Laptop, definitions, make_desk

MATRIX = definitions().authorisation
FICHA = definitions().forms["ficha"]
ACT = "see_section"
ROLE_CODE = "social"
CASE = RecordId("ca" * 16)


# --- the rule ------------------------------------------------------------------------------------


def test_what_a_section_lists_is_read_by_the_act_of_who_fills_it() -> None:
    """Without a field: of what it lists."""
    section = FICHA.sections[0]
    for filled_by, act in (
        (("psicologia",), SEE_PSYCHOLOGICAL),
        (("admision", "social"), OPEN_FILE),
        (("social",), SEE_SECTION),
    ):
        assert act_to_read(MATRIX, replace(section, filled_by=filled_by), None) == act


def _matrix(**grants: Access) -> Authorisation:
    """A matrix in which two acts go so far for one role each."""
    acts = {}
    for name, far in grants.items():
        role = "social" if name == WRITE_OWN_SECTION else "legal"
        given = {(role, Relation.OWN): far}
        acts[name] = replace(MATRIX.acts[ACT], id=name, grants=given, reads=frozenset())
    return replace(MATRIX, acts=acts, _of_reading={}, _of_writing={})


@pytest.mark.parametrize("roles", [("social", "legal"), ("legal", "social")])
def test_of_what_her_roles_may_write_the_most_counts_in_whatever_order(
    roles: tuple[str, ...],
) -> None:
    matrix = _matrix(**{WRITE_OWN_SECTION: Access.YES, WRITE_OTHER_SECTION: Access.EXCEPTIONAL})
    section = replace(FICHA.sections[0], filled_by=("social",))
    answer = may_write(matrix, roles, section, None, Relation.OWN)
    assert (answer.access, answer.role) == (Access.YES, "social")


@pytest.mark.parametrize(
    ("row", "relation", "access", "tells"),
    [
        ({"tells_team": True}, Relation.CENTRE, Access.YES, True),
        ({"tells_team": False}, Relation.CENTRE, Access.YES, False),
        ({"tells_team": True, "is_about_case": False}, Relation.CENTRE, Access.YES, False),
        ({"tells_team": True}, Relation.OWN, Access.YES, False),
        ({"tells_team": True}, Relation.ASSIGNED, Access.YES, False),
        ({"tells_team": True}, Relation.CENTRE, Access.EXISTS, False),
        ({"tells_team": False}, Relation.OWN, Access.EXCEPTIONAL, True),
    ],
)
def test_the_team_is_told_of_what_others_do_and_of_every_reason(
    row: dict[str, bool], relation: Relation, access: Access, tells: bool
) -> None:
    act = Act(
        id="x",
        title="x",
        group="x",
        reason="x",
        source=MATRIX.acts[ACT].source,
        grants={("social", relation): access},
        **row,  # type: ignore[arg-type]
    )
    answer = allowed(replace(MATRIX, acts={"x": act}), ("social",), "x", relation)
    assert answer == Answer(access, "social", tells_team=tells)


# --- a reason, and how long it holds -------------------------------------------------------------


@pytest.fixture
def laptop() -> Iterator[Laptop]:
    one = Laptop(memory_store(definitions().registry), make_desk(roles=("social",)))
    yield one
    one.store.close()


def at(desk: Desk, ms: int) -> Desk:
    """The same desk at another time."""
    return replace(desk, clock=FixedClock(ms))


def held(laptop: Laptop, ms: int, case_id: RecordId | None = CASE) -> frozenset[str]:
    """Return what who works gave a reason for that holds at that time."""
    return laptop.run(lambda uow: granted(uow, at(laptop.desk, ms), case_id))


def given(laptop: Laptop, **changed: Value) -> None:
    """Write a reason as another laptop's program may: with this in it."""
    desk = laptop.desk
    values: dict[str, Value] = {
        Name.CASE: CASE,
        Name.PERSON: desk.actor.id,
        ACTS: (ACT,),
        REASON: "Inventado",
        FROM: NOON_MS,
        UNTIL: NOON_MS + GRANTED_FOR_MS,
        ROLE: ROLE_CODE,
    }
    record_id = desk.ids.new_record_id()
    changes = [
        new_change(
            desk.definitions.registry,
            kind=Kind.ACCESS,
            record_id=record_id,
            field=name,
            value=value,
            stamp=desk.stamper.next(NOON_MS),
            author=desk.actor.id,
            bases=(),
        )
        for name, value in (values | changed).items()
        if value is not None
    ]
    laptop.run(
        lambda uow: (ledger.record(uow, desk.definitions, changes, is_own=False), uow.commit())
    )


def test_a_reason_holds_for_a_shift_and_neither_before_nor_after(laptop: Laptop) -> None:
    laptop.run(lambda uow: grant(uow, laptop.desk, CASE, [ACT], "Inventado") and uow.commit())
    last = NOON_MS + GRANTED_FOR_MS - 1
    for ms, acts in ((NOON_MS, {ACT}), (last, {ACT}), (last + 1, set()), (NOON_MS - 1, set())):
        assert held(laptop, ms) == acts


@pytest.mark.parametrize(
    "changed",
    [
        {Name.PERSON: "b0" * 16},
        {REASON: ""},
        {FROM: None},
        {UNTIL: None},
        {FROM: True},
        {UNTIL: "mañana"},
        {FROM: NOON_MS - GRANTED_FOR_MS, UNTIL: NOON_MS + GRANTED_FOR_MS},
        {Name.CASE: "cb" * 16},
        {Name.CASE: None},
    ],
    ids=str,
)
def test_what_is_no_reason_of_hers_that_holds_opens_nothing(
    laptop: Laptop, changed: dict[str, Value]
) -> None:
    given(laptop, **changed)
    assert held(laptop, NOON_MS) == frozenset()
    given(laptop)
    assert held(laptop, NOON_MS) == {ACT}
    given(laptop)
    assert held(laptop, NOON_MS) == {ACT}, "the control"


def test_a_reason_for_the_centre_opens_no_case_and_one_for_a_case_nothing_else(
    laptop: Laptop,
) -> None:
    given(laptop, **{Name.CASE: None, ACTS: ("see_sync",)})
    given(laptop)
    assert held(laptop, NOON_MS, None) == {"see_sync"}
    assert held(laptop, NOON_MS) == {ACT}
    cases = lambda act: laptop.run(lambda uow: cases_granted(uow, laptop.desk, act))  # noqa: E731
    assert cases(ACT) == {CASE}
    assert cases("see_sync") == frozenset()
    assert cases("open_file") == frozenset()


def test_that_the_team_was_told_is_no_reason_and_is_told_once_a_day(laptop: Laptop) -> None:
    def told(ms: int) -> int:
        desk = at(laptop.desk, ms)
        laptop.run(lambda uow: (tell_team(uow, desk, CASE, ACT, ROLE_CODE), uow.commit()))
        return laptop.run(lambda uow: uow.changes.count())

    first = told(NOON_MS)
    assert told(NOON_MS + 1000) == first
    assert told(NOON_MS + 24 * 60 * 60 * 1000) > first
    assert held(laptop, NOON_MS) == frozenset()


def test_what_she_gave_a_reason_for_is_open_only_where_a_reason_opens() -> None:
    closed = [
        one.id
        for one in MATRIX.acts.values()
        if allowed(MATRIX, (ROLE_CODE,), one.id, Relation.CENTRE).access is not Access.YES
    ]
    asks = [
        one
        for one in closed
        if allowed(MATRIX, (ROLE_CODE,), one, Relation.CENTRE).access is Access.EXCEPTIONAL
    ]
    assert asks and len(asks) < len(closed)
    person = AuthorId("a0" * 16)
    reach = Reach(definitions(), person, (ROLE_CODE,), Relation.CENTRE, frozenset(closed))
    without = Reach(definitions(), person, (ROLE_CODE,), Relation.CENTRE)
    for one in closed:
        assert reach.may(one) == (one in asks)
        assert not without.may(one)


# --- ties ----------------------------------------------------------------------------------------


def test_ties_that_are_up_to_date_are_not_derived_again(laptop: Laptop) -> None:
    """Control: those of a file of before are."""
    case_id = laptop.open_case()
    desk = laptop.desk
    laptop.run(lambda uow: (case_ties.bring_up_to_date(uow), uow.commit()))
    laptop.run(lambda uow: (uow.ties.put(case_id, [(Tie.BLOCKED, desk.actor.id)]), uow.commit()))
    hidden = lambda: laptop.run(  # noqa: E731
        lambda uow: access.seen_by(uow, desk, "list_cases").hidden
    )
    laptop.run(case_ties.bring_up_to_date)
    assert hidden() == {case_id}
    laptop.run(lambda uow: (uow.local.put("case_ties/version", b"0"), uow.commit()))
    laptop.run(case_ties.bring_up_to_date)
    assert hidden() == frozenset()


def test_nobody_works_where_nobody_sits() -> None:
    store = memory_store(definitions().registry)
    with store.unit() as uow, pytest.raises(DomainError, match="access_nobody"):
        casework.open_case(uow, None)  # type: ignore[arg-type]
    store.close()
