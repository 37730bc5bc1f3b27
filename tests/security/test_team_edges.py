"""Z: what is no case and nobody of the centre, and accounts that belong to nobody."""

from __future__ import annotations

import pytest

from app.domain.change import RecordId
from app.domain.errors import DomainError
from app.domain.permission import Relation
from app.domain.records import Kind, Name
from app.domain.value import Value, set_value
from app.services import access, accounts, teams
from app.services.accounts import ACCOUNTS, Account
from app.services.forms import change_fields
from app.services.ports import Desk, FieldKey, UnitOfWork
from app.services.values import stored_codes
from tests.security.test_closed_cases import PEOPLE, Centre, new_case, person
from tests.security.test_closed_cases import centre as centre
from tests.security.test_doors import beside

NOBODY = RecordId("ee" * 16)
NO_CASE = RecordId("dd" * 16)


def refused(centre: Centre, work: object) -> str:
    before = centre.run("Ana", lambda uow, _: uow.changes.count())
    with pytest.raises(DomainError) as fault:
        centre.run("Ana", work)  # type: ignore[arg-type]
    assert centre.run("Ana", lambda uow, _: uow.changes.count()) == before
    return fault.value.message_id


def test_what_is_no_case_has_no_team(centre: Centre) -> None:
    """Control: a case has one."""
    case_id = new_case(centre)
    assert centre.run("Ana", lambda uow, desk: teams.people_of(uow, desk, case_id)).people
    centre.run("Ana", lambda uow, desk: teams.set_team(uow, desk, case_id, [person("Beto")], None))
    for work in (
        lambda uow, desk: teams.people_of(uow, desk, NO_CASE),
        lambda uow, desk: teams.set_team(uow, desk, NO_CASE, [person("Beto")], None),
        lambda uow, desk: teams.open_reserve(uow, desk, NO_CASE),
    ):
        assert refused(centre, work) == "record_unknown"


def test_who_is_not_of_the_centre_is_of_no_team_and_blocked_for_nothing(centre: Centre) -> None:
    case_id = new_case(centre)
    for work in (
        lambda uow, desk: teams.set_team(uow, desk, case_id, [NOBODY], None),
        lambda uow, desk: teams.set_team(uow, desk, case_id, [], NOBODY),
        lambda uow, desk: teams.block(uow, desk, case_id, NOBODY),
    ):
        assert refused(centre, work) == "person_unknown"


def attend(centre: Centre, case_id: RecordId) -> list[str]:
    there = centre.run("Ana", lambda uow, desk: teams.people_of(uow, desk, case_id)).people
    return [one.name for one in there if one.is_in_team or one.is_responsible]


@pytest.mark.parametrize("responsible", [None, "Ana", "Beto"])
def test_who_is_blocked_attends_it_no_longer_and_somebody_does(
    centre: Centre, responsible: str | None
) -> None:
    """Else it says that she attends it, and nobody does. Control: until then she does."""
    case_id = new_case(centre)
    answers = person(responsible) if responsible else None
    centre.run(
        "Ana", lambda uow, desk: teams.set_team(uow, desk, case_id, [person("Beto")], answers)
    )
    assert "Beto" in attend(centre, case_id)

    centre.run("Ana", lambda uow, desk: teams.block(uow, desk, case_id, person("Beto")))

    assert attend(centre, case_id) == ["Ana"]
    assert centre.run("Carla", lambda uow, desk: access.reach_of(uow, desk, case_id)).relation is (
        Relation.CENTRE
    ), "it did not become everybody's"


def test_who_attends_it_with_others_leaves_it_to_them(centre: Centre) -> None:
    case_id = new_case(centre)
    team = [person("Beto"), person("Carla")]
    centre.run("Ana", lambda uow, desk: teams.set_team(uow, desk, case_id, team, person("Beto")))

    centre.run("Ana", lambda uow, desk: teams.block(uow, desk, case_id, person("Beto")))

    assert attend(centre, case_id) == ["Carla"]


@pytest.mark.parametrize("is_in_reserve", [False, True])
def test_who_attends_it_alone_names_another_before_she_keeps_herself_from_it(
    centre: Centre, is_in_reserve: bool
) -> None:
    """Without a team it would be everybody's, or in reserve nobody's. Control: with a team that is
    not hers alone she does."""
    case_id = new_case(centre)
    ana = person("Ana")
    centre.run("Ana", lambda uow, desk: teams.set_team(uow, desk, case_id, [ana], ana))
    if is_in_reserve:
        centre.run("Ana", lambda uow, desk: teams.reserve(uow, desk, case_id))

    assert refused(centre, lambda uow, desk: teams.block(uow, desk, case_id, ana)) == (
        "block_leaves_no_team"
    )

    assert attend(centre, case_id) == ["Ana"], "nothing was written"
    team = [ana, person("Beto")]
    centre.run("Ana", lambda uow, desk: teams.set_team(uow, desk, case_id, team, ana))
    centre.run("Ana", lambda uow, desk: teams.block(uow, desk, case_id, ana))
    there = centre.run("Beto", lambda uow, desk: teams.people_of(uow, desk, case_id)).people
    assert [one.name for one in there if one.is_in_team or one.is_responsible] == ["Beto"]


def test_who_was_blocked_and_stands_in_the_team_counts_as_nobody(centre: Centre) -> None:
    """A version of before left her there: with the other kept from it, too, nobody would attend
    it."""
    case_id = new_case(centre)
    centre.run("Ana", lambda uow, desk: teams.block(uow, desk, case_id, person("Carla")))
    before = {Name.TEAM: set_value([person("Carla"), person("Beto")])}
    arrives(centre, Kind.CASE, case_id, before)

    centre.run("Ana", lambda uow, desk: teams.block(uow, desk, case_id, person("Beto")))

    assert attend(centre, case_id) == ["Ana"]


def arrives(centre: Centre, kind: str, record: RecordId, values: dict[str, Value]) -> None:
    """Let something be written elsewhere, where nobody here is asked."""

    def write(uow: UnitOfWork, desk: Desk) -> None:
        with uow.access.inside():
            change_fields(uow, desk, {FieldKey(kind, record, k): v for k, v in values.items()})
            uow.commit()

    centre.run("Elsa", write)


def relation(centre: Centre, name: str, case_id: RecordId) -> Relation:
    return centre.run(name, lambda uow, desk: access.reach_of(uow, desk, case_id)).relation


def test_nobody_comes_into_a_team_by_keeping_a_colleague_from_the_case(centre: Centre) -> None:
    """She would read all of it, and who attended it does not know that it is there. Control: who
    gave her reason to form the team, too, is of it."""
    for asked, attends in (([], ["Ana", "Elsa"]), (["assign_team"], ["Beto"])):
        case_id = a_case_of("Carla", centre)
        ask(centre, "Beto", case_id, asked)
        keep_out(centre, "Beto", case_id, "Carla")
        stands = Relation.ASSIGNED if asked else Relation.CENTRE
        assert relation(centre, "Beto", case_id) is stands
        assert team_of(centre, case_id) == attends


def test_into_a_case_in_reserve_nobody_comes_unasked(centre: Centre) -> None:
    """It may be in reserve because of whoever would. Control: once somebody else is of its team,
    who gave her reason, another colleague keeps the first one out."""
    case_id = a_case_of("Carla", centre, is_in_reserve=True)
    ask(centre, "Beto", case_id, ["block_person"])
    with pytest.raises(DomainError, match="block_leaves_no_team"):
        keep_out(centre, "Beto", case_id, "Carla")
    assert team_of(centre, case_id) == ["Carla"]
    assert relation(centre, "Carla", case_id) is Relation.ASSIGNED
    lets_herself_in(centre, "Elsa", case_id, "Carla", "Elsa")
    keep_out(centre, "Beto", case_id, "Carla")
    assert team_of(centre, case_id) == ["Elsa"]


def test_whoever_let_herself_into_a_case_in_reserve_takes_nobody_out_of_it(centre: Centre) -> None:
    """It may be in reserve because of her, and whoever attended it would not know that it is there.
    Control: she puts others in, and takes herself out again; whoever attended it takes out whom she
    likes, and so does she once it is in reserve no more."""
    case_id = a_case_of("Carla", centre, is_in_reserve=True)
    ask(centre, "Beto", case_id, ["assign_team"])
    with pytest.raises(DomainError, match="reserve_keeps_team"):
        keep_out(centre, "Beto", case_id, "Carla")
    for team in (["Beto"], ["Beto", "Elsa"]):
        with pytest.raises(DomainError, match="reserve_keeps_team"):
            forms(centre, "Beto", case_id, *team)
    assert team_of(centre, case_id) == ["Carla"]
    forms(centre, "Beto", case_id, "Beto", "Carla", "Elsa")
    for out in ("Carla", "Elsa"):
        with pytest.raises(DomainError, match="reserve_keeps_team"):
            keep_out(centre, "Beto", case_id, out)
    assert team_of(centre, case_id) == ["Beto", "Carla", "Elsa"]
    keep_out(centre, "Beto", case_id, "Dora")
    forms(centre, "Beto", case_id, "Carla", "Elsa")
    forms(centre, "Carla", case_id, "Beto")
    ask(centre, "Elsa", case_id, ["open_reserve"])
    centre.run("Elsa", lambda uow, desk: teams.open_reserve(uow, desk, case_id))
    forms(centre, "Beto", case_id, "Ana")
    assert team_of(centre, case_id) == ["Ana"]


def test_nor_does_she_open_its_door_to_all_and_close_it_behind_her(centre: Centre) -> None:
    """Control: whoever is of its team without a reason of her own does, and so does whoever may from
    outside, and says why."""
    case_id = a_case_of("Carla", centre, is_in_reserve=True)
    lets_herself_in(centre, "Beto", case_id, "Beto", "Carla")
    ask(centre, "Beto", case_id, ["open_reserve"])
    with pytest.raises(DomainError, match="reserve_keeps_team"):
        centre.run("Beto", lambda uow, desk: teams.open_reserve(uow, desk, case_id))
    centre.run("Beto", lambda uow, desk: teams.reserve(uow, desk, case_id))
    with pytest.raises(DomainError, match="reserve_keeps_team"):
        keep_out(centre, "Beto", case_id, "Carla")
    assert relation(centre, "Elsa", case_id) is Relation.RESERVED
    for who in ("Carla", "Elsa"):
        ask(centre, who, case_id, ["open_reserve"])
        centre.run(who, lambda uow, desk: teams.open_reserve(uow, desk, case_id))
        assert relation(centre, "Elsa", case_id) is Relation.CENTRE
        centre.run("Carla", lambda uow, desk: teams.reserve(uow, desk, case_id))


def test_who_coordinates_no_more_opens_no_door_from_inside(centre: Centre) -> None:
    """What her record says now counts, not what she entered with. Control: until then she does."""
    for roles, opens in ((("coordinacion",), True), (("social",), False)):
        case_id = a_case_of("Carla", centre, is_in_reserve=True)
        lets_herself_in(centre, "Elsa", case_id, "Elsa", "Carla")
        said: dict[str, Value] = {accounts.ROLE: roles[0], accounts.ROLES: roles}
        arrives(centre, Kind.PERSON, person("Elsa"), said)
        if opens:
            centre.run("Elsa", lambda uow, desk, one=case_id: teams.open_reserve(uow, desk, one))
            continue
        ask(centre, "Elsa", case_id, ["open_reserve"])
        with pytest.raises(DomainError, match="reserve_keeps_team"):
            centre.run("Elsa", lambda uow, desk, one=case_id: teams.open_reserve(uow, desk, one))


def test_whoever_put_it_in_reserve_herself_keeps_out_whom_she_must(centre: Centre) -> None:
    """She came with a reason while it was open, and learned later who the other one is. Control: in
    reserve by the other one she does not."""
    for who in ("Beto", "Carla"):
        case_id = a_case_of("Carla", centre)
        lets_herself_in(centre, "Beto", case_id, "Beto", "Carla")
        centre.run(who, lambda uow, desk, one=case_id: teams.reserve(uow, desk, one))
        if who == "Beto":
            keep_out(centre, "Beto", case_id, "Carla")
            assert team_of(centre, case_id) == ["Beto"]
            continue
        with pytest.raises(DomainError, match="reserve_keeps_team"):
            keep_out(centre, "Beto", case_id, "Carla")


def test_nor_does_she_let_in_who_is_kept_from_it(centre: Centre) -> None:
    """Control: whoever is of its team without a reason of her own does, and so does whoever may
    from outside, and says why."""
    case_id = a_case_of("Carla", centre, is_in_reserve=True)
    keep_out(centre, "Carla", case_id, "Dora")
    lets_herself_in(centre, "Beto", case_id, "Beto", "Carla")
    ask(centre, "Beto", case_id, ["lift_block"])
    lift = lambda uow, desk: teams.lift_block(uow, desk, case_id, person("Dora"))  # noqa: E731
    with pytest.raises(DomainError, match="reserve_keeps_team"):
        centre.run("Beto", lift)
    for who in ("Carla", "Elsa"):
        assert relation(centre, "Dora", case_id) is Relation.BLOCKED
        ask(centre, who, case_id, ["lift_block"])
        centre.run(who, lift)
        assert relation(centre, "Dora", case_id) is Relation.RESERVED
        keep_out(centre, "Carla", case_id, "Dora")


@pytest.mark.parametrize("how", ["unseen", "opened elsewhere", "alone"])
def test_a_door_that_somebody_else_closed_is_not_hers_because_she_closed_it_too(
    centre: Centre, how: str
) -> None:
    """She did so on a laptop that had not seen it, or while another one had opened it. Control: of
    a door that she alone closed it is asked as of hers."""
    case_id = a_case_of("Carla", centre)
    key = FieldKey(Kind.CASE, case_id, Name.RESERVED)
    lets_herself_in(centre, "Beto", case_id, "Beto", "Carla")
    if how == "opened elsewhere":
        centre.run("Carla", lambda uow, desk: teams.reserve(uow, desk, case_id))
        beside(centre, key, False, author="Elsa")
    centre.run("Beto", lambda uow, desk: teams.reserve(uow, desk, case_id))
    if how == "unseen":
        beside(centre, key, True, author="Carla")
    assert relation(centre, "Dora", case_id) is Relation.RESERVED
    if how == "alone":
        keep_out(centre, "Beto", case_id, "Carla")
        assert team_of(centre, case_id) == ["Beto"]
        return
    with pytest.raises(DomainError, match="reserve_keeps_team"):
        keep_out(centre, "Beto", case_id, "Carla")


def test_a_case_is_left_alone_where_nobody_attends_it_who_works_here(centre: Centre) -> None:
    """Control: somebody does, answers for it, or may, for her record has not come."""
    carla = person("Carla")
    for team, responsible, left in (
        ([], None, True),
        ([carla], None, False),
        ([], carla, False),
        ([NOBODY], None, False),
    ):
        case_id = new_case(centre)
        said = {Name.TEAM: set_value(team), Name.RESPONSIBLE: responsible}
        arrives(centre, Kind.CASE, case_id, said)
        shown = centre.run("Ana", lambda uow, desk, one=case_id: teams.people_of(uow, desk, one))
        assert shown.is_left_alone is left


@pytest.mark.parametrize("answers", [False, True])
def test_a_case_whose_only_colleague_is_kept_from_it_is_left_alone(
    centre: Centre, answers: bool
) -> None:
    """One laptop put her in its team while another one kept her out: to her it is not there, and
    nobody would look for somebody else. That she is kept out nobody is told by it. Control: beside
    somebody else nothing of it shows."""
    carla, dora = person("Carla"), person("Dora")
    case_id = a_case_of("Carla", centre, is_in_reserve=True)
    values: dict[str, Value] = {Name.BLOCKED: set_value([carla])}
    if answers:
        values |= {Name.RESPONSIBLE: carla}
    arrives(centre, Kind.CASE, case_id, values)
    shown = centre.run("Beto", lambda uow, desk: teams.people_of(uow, desk, case_id))
    assert shown.is_left_alone
    assert (shown.people, shown.left) == ((), 1)
    arrives(centre, Kind.CASE, case_id, {Name.TEAM: set_value([carla, dora])})
    shown = centre.run("Beto", lambda uow, desk: teams.people_of(uow, desk, case_id))
    assert not shown.is_left_alone
    assert [one.name for one in shown.people] == ["Dora"]


def test_a_colleague_who_is_kept_from_a_case_attends_it_no_more_for_not_being_known_here_yet(
    centre: Centre,
) -> None:
    """Her name comes with the next synchronisation, and she comes to the case with none. Control:
    one who is not kept from it is waited for."""
    stranger, other = "dd" * 16, "ee" * 16
    case_id = a_case_of("Carla", centre, is_in_reserve=True)
    team: dict[str, Value] = {Name.TEAM: set_value([stranger])}
    arrives(centre, Kind.CASE, case_id, team | {Name.BLOCKED: set_value([stranger])})
    shown = centre.run("Beto", lambda uow, desk: teams.people_of(uow, desk, case_id))
    assert shown.is_left_alone
    assert (shown.left, shown.unknown) == (1, 0)
    arrives(centre, Kind.CASE, case_id, {Name.TEAM: set_value([stranger, other])})
    shown = centre.run("Beto", lambda uow, desk: teams.people_of(uow, desk, case_id))
    assert not shown.is_left_alone
    assert (shown.left, shown.unknown) == (1, 1)


def test_who_is_kept_from_a_case_and_not_known_here_is_out_of_its_team_once_it_is_formed(
    centre: Centre,
) -> None:
    """As anybody else who is kept from it: else choosing between two values of it is refused
    because of her, whom no page shows. Control: one who is not kept from it stays."""
    stranger, other = "dd" * 16, "ee" * 16
    case_id = a_case_of("Carla", centre)
    said: dict[str, Value] = {Name.TEAM: set_value([person("Carla"), stranger, other])}
    arrives(centre, Kind.CASE, case_id, said | {Name.BLOCKED: set_value([stranger])})
    forms(centre, "Carla", case_id, "Carla")
    held = centre.run("Carla", lambda uow, _: uow.records.fields(case_id))
    assert set(stored_codes(held, Name.TEAM)) == {person("Carla"), other}


def test_of_those_who_left_whoever_let_herself_in_keeps_nobody(centre: Centre) -> None:
    """Control: who works there still stays."""
    case_id = a_case_of("Carla", centre, is_in_reserve=True)
    leaves(centre, "Carla")
    lets_herself_in(centre, "Beto", case_id, "Beto")
    assert team_of(centre, case_id) == ["Beto"]
    comes_back(centre, "Carla")
    lets_herself_in(centre, "Elsa", case_id, "Beto", "Elsa")
    with pytest.raises(DomainError, match="reserve_keeps_team"):
        forms(centre, "Elsa", case_id, "Elsa")


def lets_herself_in(centre: Centre, who: str, case_id: RecordId, *team: str) -> None:
    """Let somebody give a reason to form the team of a case, and form it."""
    ask(centre, who, case_id, ["assign_team"])
    forms(centre, who, case_id, *team)


def forms(centre: Centre, who: str, case_id: RecordId, *team: str) -> None:
    people = [person(one) for one in team]
    centre.run(who, lambda uow, desk: teams.set_team(uow, desk, case_id, people, None))


def test_nor_by_keeping_out_one_after_the_other_all_who_form_teams(centre: Centre) -> None:
    """The last of them stays, until somebody gives her reason. Control: she who does comes in."""
    case_id = a_case_of("Elsa", centre)
    leaves(centre, "Ana")
    keep_out(centre, "Beto", case_id, "Elsa")
    assert relation(centre, "Elsa", case_id) is Relation.BLOCKED
    assert team_of(centre, case_id) == ["Dora"]
    for one in ("Beto", "Fani"):
        with pytest.raises(DomainError, match="block_leaves_no_team"):
            keep_out(centre, one, case_id, "Dora")
        assert relation(centre, one, case_id) is Relation.CENTRE
    assert team_of(centre, case_id) == ["Dora"]
    ask(centre, "Beto", case_id, ["assign_team"])
    keep_out(centre, "Beto", case_id, "Dora")
    assert team_of(centre, case_id) == ["Beto"]


def test_nor_by_keeping_out_even_all_who_could_have_formed_it(centre: Centre) -> None:
    """The case is in reserve because of her who does. Whoever she kept out could form the team:
    that they can no more is her doing, and no door that cannot wait. Control: those before the last
    one are kept out, for somebody else attends it."""
    for who, is_in_reserve in (("Dora", True), ("Fani", False)):
        case_id = new_case(centre)
        attends = ["Ana", "Beto", "Carla", "Elsa"]
        team = [person(one) for one in attends]
        centre.run(
            "Elsa", lambda uow, desk, one=case_id, t=team: teams.set_team(uow, desk, one, t, None)
        )
        if is_in_reserve:
            centre.run("Elsa", lambda uow, desk, one=case_id: teams.reserve(uow, desk, one))
        ask(centre, who, case_id, ["block_person"] if is_in_reserve else [])
        for one in attends[:-1]:
            keep_out(centre, who, case_id, one)
        keep_out(centre, who, case_id, "Fani" if who == "Dora" else "Dora")
        with pytest.raises(DomainError, match="block_leaves_no_team"):
            keep_out(centre, who, case_id, "Elsa")
        assert team_of(centre, case_id) == ["Elsa"]
        stands = Relation.RESERVED if is_in_reserve else Relation.CENTRE
        assert relation(centre, who, case_id) is stands


def test_a_door_that_cannot_wait_is_closed_by_whoever_is_there(centre: Centre) -> None:
    """In a centre of two nobody else could form the team, and the one to be kept out is the only
    one to ask. Control: with a third who could, that one is asked."""
    case_id = a_case_of("Elsa", centre)
    for one in ("Ana", "Beto", "Carla", "Dora"):
        leaves(centre, one)
    comes_back(centre, "Carla")
    with pytest.raises(DomainError, match="block_leaves_no_team"):
        keep_out(centre, "Fani", case_id, "Elsa")
    assert team_of(centre, case_id) == ["Elsa"]
    leaves(centre, "Carla")
    keep_out(centre, "Fani", case_id, "Elsa")
    assert relation(centre, "Elsa", case_id) is Relation.BLOCKED
    assert team_of(centre, case_id) == ["Fani"]


@pytest.mark.parametrize("who", ["Dora", "Fani"])
def test_in_a_centre_of_two_a_case_in_reserve_stays_her_colleagues(
    centre: Centre, who: str
) -> None:
    """Nobody else is there whom the door could be closed to. Control: what cannot wait she does,
    and says why."""
    case_id = a_case_of("Elsa", centre, is_in_reserve=True)
    for one in {"Ana", "Beto", "Carla", "Dora", "Fani"} - {who}:
        leaves(centre, one)
    ask(centre, who, case_id, ["block_person"])
    with pytest.raises(DomainError, match="block_leaves_no_team"):
        keep_out(centre, who, case_id, "Elsa")
    assert team_of(centre, case_id) == ["Elsa"]
    assert relation(centre, who, case_id) is Relation.RESERVED


@pytest.mark.parametrize("asked", [["assign_team"], ["block_person"]])
def test_whoever_gave_her_reason_is_shown_whom_to_put_in_or_to_keep_out(
    centre: Centre, asked: list[str]
) -> None:
    """A case in reserve whose people left could be given a team by nobody else than by opening it
    to all. Control: before she says why, the team is shown, and nobody of it is there."""
    case_id = a_case_of("Carla", centre, is_in_reserve=True)
    centre.run("Carla", lambda uow, desk: teams.block(uow, desk, case_id, person("Dora")))
    leaves(centre, "Carla")
    shown = centre.run("Beto", lambda uow, desk: teams.people_of(uow, desk, case_id))
    assert (shown.people, shown.left) == ((), 1)
    ask(centre, "Beto", case_id, asked)
    shown = centre.run("Beto", lambda uow, desk: teams.people_of(uow, desk, case_id))
    assert [one.name for one in shown.people] == ["Ana", "Beto", "Dora", "Elsa", "Fani", "Gina"]
    assert not any(one.is_blocked for one in shown.people), "whom it does not exist for is not told"


def test_whoever_may_lift_a_block_is_shown_whose_there_are(centre: Centre) -> None:
    """Control: who may only put one is not."""
    case_id = a_case_of("Carla", centre, is_in_reserve=True)
    centre.run("Carla", lambda uow, desk: teams.block(uow, desk, case_id, person("Dora")))
    for who, acts, told in (("Beto", ["block_person"], []), ("Elsa", ["lift_block"], ["Dora"])):
        ask(centre, who, case_id, acts)
        shown = centre.run(who, lambda uow, desk: teams.people_of(uow, desk, case_id))
        assert [one.name for one in shown.people if one.is_blocked] == told
        assert len(shown.people) == len(PEOPLE)


def test_a_case_that_nobody_attends_any_more_is_not_put_in_reserve_for_somebody_else(
    centre: Centre,
) -> None:
    """The door may be closed because of the one colleague who would be let in. Control: whoever may
    form the team, or gave her reason to, is behind the door."""
    for who, asked in (("Beto", ["assign_team"]), ("Dora", [])):
        case_id = a_case_of("Carla", centre)
        leaves(centre, "Carla")
        if asked:
            with pytest.raises(DomainError, match="reserve_leaves_no_team"):
                centre.run(who, lambda uow, desk, one=case_id: teams.reserve(uow, desk, one))
            assert relation(centre, "Dora", case_id) is Relation.CENTRE, "nothing was written"
        ask(centre, who, case_id, asked)
        centre.run(who, lambda uow, desk, one=case_id: teams.reserve(uow, desk, one))
        assert relation(centre, who, case_id) is Relation.ASSIGNED
        assert relation(centre, "Elsa", case_id) is Relation.RESERVED
        comes_back(centre, "Carla")


def test_whoever_puts_a_case_of_everybody_in_reserve_is_behind_its_door(centre: Centre) -> None:
    """Also who forms no teams. Control: until then it is everybody's."""
    case_id = new_case(centre)
    assert relation(centre, "Beto", case_id) is Relation.ASSIGNED
    centre.run("Fani", lambda uow, desk: teams.reserve(uow, desk, case_id))
    assert team_of(centre, case_id) == ["Fani"]
    assert relation(centre, "Beto", case_id) is Relation.RESERVED


def test_what_names_nobody_in_a_team_keeps_it_from_being_written_no_more(centre: Centre) -> None:
    """Another laptop's program may write anything."""
    case_id = new_case(centre)
    arrives(centre, Kind.CASE, case_id, {Name.TEAM: set_value(["otra cosa", person("Carla")])})
    centre.run("Ana", lambda uow, desk: teams.set_team(uow, desk, case_id, [person("Beto")], None))
    held = centre.run("Ana", lambda uow, _: uow.records.fields(case_id))
    assert stored_codes(held, Name.TEAM) == (person("Beto"),)


def comes_back(centre: Centre, name: str) -> None:
    arrives(centre, Kind.PERSON, person(name), {accounts.LEFT_ON: None})


def leaves(centre: Centre, name: str) -> None:
    arrives(centre, Kind.PERSON, person(name), {accounts.LEFT_ON: "2026-11-20"})


def a_case_of(name: str, centre: Centre, *, is_in_reserve: bool = False) -> RecordId:
    case_id, team = new_case(centre), [person(name)]
    centre.run("Ana", lambda uow, desk: teams.set_team(uow, desk, case_id, team, None))
    if is_in_reserve:
        centre.run(name, lambda uow, desk: teams.reserve(uow, desk, case_id))
    return case_id


def ask(centre: Centre, name: str, case_id: RecordId, acts: list[str]) -> None:
    if acts:
        centre.run(name, lambda uow, desk: teams.open_access(uow, desk, case_id, acts, "Motivo"))


def keep_out(centre: Centre, name: str, case_id: RecordId, whom: str) -> None:
    centre.run(name, lambda uow, desk: teams.block(uow, desk, case_id, person(whom)))


def team_of(centre: Centre, case_id: RecordId) -> list[str]:
    held = centre.run("Ana", lambda uow, _: uow.records.fields(case_id))
    team = stored_codes(held, Name.TEAM)
    return [name for name in sorted(PEOPLE) if person(name) in team]


@pytest.mark.parametrize("answers", [None, "Beto"])
def test_who_left_the_centre_attends_nothing(centre: Centre, answers: str | None) -> None:
    """A case in reserve that is left to her alone is behind its door for everybody: who keeps
    herself from it names another first, and who keeps a colleague from it attends it. Control:
    until she leaves it is hers."""
    case_id = new_case(centre)
    team = [person("Ana"), person("Beto"), person("Carla")]
    who = person(answers) if answers else None
    centre.run("Ana", lambda uow, desk: teams.set_team(uow, desk, case_id, team, who))
    centre.run("Ana", lambda uow, desk: teams.reserve(uow, desk, case_id))
    assert relation(centre, "Beto", case_id) in (Relation.OWN, Relation.ASSIGNED)
    arrives(centre, Kind.PERSON, person("Beto"), {accounts.LEFT_ON: "2026-11-20"})
    centre.run("Ana", lambda uow, desk: teams.block(uow, desk, case_id, person("Carla")))

    assert refused(centre, lambda uow, desk: teams.block(uow, desk, case_id, person("Ana"))) == (
        "block_leaves_no_team"
    )

    arrives(centre, Kind.CASE, case_id, {Name.TEAM: set_value([person("Beto"), person("Dora")])})
    centre.run("Dora", lambda uow, desk: teams.block(uow, desk, case_id, person("Elsa")))
    arrives(centre, Kind.CASE, case_id, {Name.RESERVED: False})
    centre.run("Ana", lambda uow, desk: teams.block(uow, desk, case_id, person("Dora")))
    assert attend(centre, case_id) == ["Ana"]


def test_nobody_who_is_kept_from_a_case_is_put_in_its_team(centre: Centre) -> None:
    """It would look attended, and she does not know that it is there. Control: once the block is
    lifted she is."""
    case_id = new_case(centre)
    beto, carla = person("Beto"), person("Carla")
    centre.run("Ana", lambda uow, desk: teams.block(uow, desk, case_id, carla))
    for team, answers in (([beto, carla], None), ([beto], carla), ([carla], beto)):
        with pytest.raises(DomainError, match="team_blocked") as fault:
            centre.run(
                "Ana",
                lambda uow, desk, t=team, a=answers: teams.set_team(  # type: ignore[misc]
                    uow, desk, case_id, t, a
                ),
            )
        assert fault.value.parameters == {"names": "Carla"}
    assert attend(centre, case_id) == []
    centre.run("Ana", lambda uow, desk: teams.lift_block(uow, desk, case_id, carla))
    centre.run("Ana", lambda uow, desk: teams.set_team(uow, desk, case_id, [carla], None))
    assert attend(centre, case_id) == ["Carla"]


@pytest.mark.parametrize("answers", [None, "Beto"])
def test_a_colleague_who_is_not_known_here_yet_stays_in_the_team(
    centre: Centre, answers: str | None
) -> None:
    """Her record comes behind the case's, and the page shows only who is known. Control: who is
    known, and is not ticked, goes."""
    case_id = new_case(centre)
    arrives(
        centre,
        Kind.CASE,
        case_id,
        {Name.TEAM: set_value([NOBODY, person("Carla")]), Name.RESPONSIBLE: NOBODY},
    )
    chosen = person(answers) if answers else None
    centre.run(
        "Ana", lambda uow, desk: teams.set_team(uow, desk, case_id, [person("Beto")], chosen)
    )
    held = centre.run("Ana", lambda uow, _: uow.records.fields(case_id))
    assert set(stored_codes(held, Name.TEAM)) == {NOBODY, person("Beto")}
    assert held[Name.RESPONSIBLE].value == (chosen or NOBODY)


@pytest.mark.parametrize("came", [{}, {"role": "social"}])
def test_a_colleague_who_is_not_known_here_yet_attends_a_case(
    centre: Centre, came: dict[str, Value]
) -> None:
    """Her record comes behind the case's, or what came of it says no name: nobody is put in beside
    her, and nobody is refused because of it. Control: of somebody who left it is the other way."""
    case_id = a_case_of("Carla", centre)
    arrives(centre, Kind.PERSON, NOBODY, came)
    arrives(centre, Kind.CASE, case_id, {Name.TEAM: set_value([NOBODY, person("Carla")])})
    keep_out(centre, "Beto", case_id, "Carla")
    held = centre.run("Ana", lambda uow, _: uow.records.fields(case_id))
    assert stored_codes(held, Name.TEAM) == (NOBODY,)
    centre.run("Beto", lambda uow, desk: teams.reserve(uow, desk, case_id))
    held = centre.run("Ana", lambda uow, _: uow.records.fields(case_id))
    assert stored_codes(held, Name.TEAM) == (NOBODY,)
    assert relation(centre, "Beto", case_id) is Relation.RESERVED
    shown = centre.run("Ana", lambda uow, desk: teams.people_of(uow, desk, case_id))
    assert (shown.left, shown.unknown) == (0, 1)
    arrives(centre, Kind.CASE, case_id, {Name.TEAM: set_value([NOBODY, person("Ana")])})
    centre.run("Ana", lambda uow, desk: teams.set_team(uow, desk, case_id, [], None))
    held = centre.run("Ana", lambda uow, _: uow.records.fields(case_id))
    assert stored_codes(held, Name.TEAM) == (NOBODY,), "it is left to her"


def test_what_is_nobody_at_all_attends_nothing(centre: Centre) -> None:
    """Control: somebody of whom nothing came yet does."""
    case_id, another = new_case(centre), new_case(centre)
    for one, told in ((another, (1, 0)), (NOBODY, (0, 1))):
        arrives(centre, Kind.CASE, case_id, {Name.TEAM: set_value([one])})
        shown = centre.run("Ana", lambda uow, desk: teams.people_of(uow, desk, case_id))
        assert (shown.left, shown.unknown) == told


@pytest.mark.parametrize("left", [[], ["Gina"]])
def test_a_case_in_reserve_is_left_to_somebody_who_attends(centre: Centre, left: list[str]) -> None:
    """Nor is it put in reserve for nobody. Control: out of reserve its team may be taken away."""
    case_id = new_case(centre)
    team = [person(one) for one in left]
    centre.run("Ana", lambda uow, desk: teams.set_team(uow, desk, case_id, team, None))
    centre.run("Ana", lambda uow, desk: teams.reserve(uow, desk, case_id))
    assert relation(centre, "Ana", case_id) is Relation.ASSIGNED
    assert refused(centre, lambda uow, desk: teams.set_team(uow, desk, case_id, team, None)) == (
        "team_reserved"
    )
    assert "Ana" in attend(centre, case_id)


def test_a_reason_that_opens_nothing_is_not_written(centre: Centre) -> None:
    assert refused(centre, lambda uow, desk: teams.open_access(uow, desk, None, [], "x")) == (
        "access_not_to_ask"
    )


def test_a_reason_is_a_line(centre: Centre) -> None:
    case_id = new_case(centre)
    centre.run("Ana", lambda uow, desk: teams.reserve(uow, desk, case_id))
    for reason, why in (
        (" ", "access_needs_reason"),
        ("x" * (teams.REASON_MAX + 1), "text_too_long"),
    ):
        with pytest.raises(DomainError, match=why):
            centre.run(
                "Beto",
                lambda uow, desk, reason=reason: teams.open_access(  # type: ignore[misc]
                    uow, desk, case_id, ["open_file"], reason
                ),
            )
    line = "x" * teams.REASON_MAX
    centre.run("Beto", lambda uow, desk: teams.open_access(uow, desk, case_id, ["open_file"], line))


def test_accounts_that_cannot_be_read_are_damage(centre: Centre) -> None:
    """Nobody is let in as somebody else. Control: what was kept is read."""
    one = Account(b"s" * 16, person("Ana"), 5)
    centre.run("Ana", lambda uow, _: (accounts.keep(uow, [one]), uow.commit()))
    assert centre.run("Ana", lambda uow, _: accounts.accounts_of(uow)) == (one,)
    for content in (b"[1]", b'[["zz", "a", 1, false, null]]', b"{"):
        centre.run("Ana", lambda uow, _, c=content: (uow.local.put(ACCOUNTS, c), uow.commit()))  # type: ignore[misc]
        with pytest.raises(DomainError, match="file_damaged"):
            centre.run("Ana", lambda uow, _: accounts.accounts_of(uow))


def test_whoever_has_no_name_is_nobody(centre: Centre) -> None:
    assert centre.run("Ana", lambda uow, _: accounts.named(uow, person("Beto"))) is not None
    assert centre.run("Ana", lambda uow, _: accounts.named(uow, NOBODY)) is None


@pytest.mark.parametrize(
    ("entered", "adopted"),
    [
        (b"old+", True),
        (b"old+++", True),
        (b"old" + 40 * b"+", False),
        (b"new", False),
        (b"her", False),
        (b"gone+", False),
    ],
    ids=["words anew", "three times", "too often", "of nobody", "known", "of whoever left"],
)
def test_a_slot_that_nobody_knows_is_given_to_whose_former_it_comes_after(
    centre: Centre, entered: bytes, adopted: bool
) -> None:
    held = [
        Account(b"her", person("Ana"), 5),
        Account(b"old", person("Beto"), 5),
        Account(b"gone", person("Carla"), 5, ended_ms=7),
    ]
    centre.run("Ana", lambda uow, _: (accounts.keep(uow, held), uow.commit()))

    def adopt(uow, desk) -> bool:
        is_written = accounts.adopt(uow, desk.actor, entered, lambda one: one + b"+", 9)
        uow.commit()
        return is_written

    assert centre.run("Ana", adopt) is adopted
    there = centre.run("Ana", lambda uow, _: accounts.accounts_of(uow))
    assert [one.person for one in there if one.slot == entered] == (
        [person("Beto")] if adopted else [person("Ana")] if entered == b"her" else []
    )
