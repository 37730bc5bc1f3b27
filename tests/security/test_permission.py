"""The rule: nobody unless the matrix says so, nearer ties never less, a block above every role."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, permutations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.datafiles.authorisation import read_authorisation
from app.definitions import load
from app.domain.form import Field, FieldType, Section
from app.domain.permission import (
    NOBODY,
    WIDER,
    Access,
    Act,
    Answer,
    Relation,
    Ties,
    act_to_read,
    act_to_write,
    allowed,
    may_read,
    may_write,
    relation_of,
)
from app.resources import data_root

DEFINITIONS = load()
MATRIX = read_authorisation(data_root(), DEFINITIONS.forms)
ACTS = sorted(MATRIX.acts)
ROLES = sorted(MATRIX.roles)
ATTENDING = [one.code for one in MATRIX.roles.values() if one.attends]
FROM_AFAR = ("promocion", "auditoria", "supervision_regional", "soporte", "interprete")

some_roles = st.lists(st.sampled_from([*ROLES, "nobody_knows"]), max_size=4, unique=True)
some_act = st.sampled_from([*ACTS, "no_such_act"])
some_relation = st.sampled_from(list(Relation))
some_ties = st.builds(
    Ties,
    is_of_centre=st.booleans(),
    answers_for_it=st.booleans(),
    is_in_team=st.booleans(),
    has_team=st.booleans(),
    is_reserved=st.booleans(),
    is_blocked=st.booleans(),
)


def _access(role: str, act: str, relation: Relation) -> Access:
    return allowed(MATRIX, (role,), act, relation).access


def test_each_answer_is_what_its_row_says_and_else_no() -> None:
    """(Z1, Z2)"""
    said = 0
    for act, role, relation in product(ACTS, ROLES, Relation):
        row = MATRIX.acts[act].grants.get((role, relation), Access.NO)
        assert _access(role, act, relation) is row
        said += row is not Access.NO
    assert said > 500


def test_a_row_without_answers_lets_nobody() -> None:
    """(Z2)"""
    empty = {name: replace(act, grants={}) for name, act in MATRIX.acts.items()}
    closed = replace(MATRIX, acts=empty)
    for act, role, relation in product(ACTS, ROLES, Relation):
        assert allowed(closed, (role,), act, relation) == NOBODY


def test_who_is_locked_out_or_was_removed_may_do_nothing() -> None:
    """(Z1)"""
    for act, relation in product(ACTS, Relation):
        assert allowed(MATRIX, (), act, relation) == NOBODY
        assert allowed(MATRIX, ("administrador",), act, relation) == NOBODY


def test_an_unknown_act_is_let_to_nobody() -> None:
    """(Z2)"""
    for relation in Relation:
        assert allowed(MATRIX, ROLES, "no_such_act", relation) == NOBODY


def test_a_role_that_the_list_lost_allows_nothing_though_rows_name_it() -> None:
    """(Z2) Control: with the role in the list it is allowed."""
    without = {code: one for code, one in MATRIX.roles.items() if code != "legal"}
    assert allowed(replace(MATRIX, roles=without), ("legal",), "refer", Relation.OWN) == NOBODY
    assert allowed(MATRIX, ("legal",), "refer", Relation.OWN).access is Access.YES


def test_a_block_beats_every_role_and_all_roles_together() -> None:
    for act in ACTS:
        assert allowed(MATRIX, ROLES, act, Relation.BLOCKED) == NOBODY


def test_a_block_holds_though_a_matrix_were_to_allow_it() -> None:
    """(Z1) Control: with the same planted matrix it is allowed where there is no block."""
    grants = {("legal", relation): Access.YES for relation in Relation}
    planted = replace(MATRIX, acts={"refer": replace(MATRIX.acts["refer"], grants=grants)})
    assert allowed(planted, ("legal",), "refer", Relation.RESERVED).access is Access.YES
    assert allowed(planted, ("legal",), "refer", Relation.BLOCKED) == NOBODY


@given(some_ties)
def test_who_is_blocked_is_so_whatever_else_binds_her(ties: Ties) -> None:
    assert (relation_of(ties) is Relation.BLOCKED) == ties.is_blocked


@given(some_ties)
def test_nobody_of_another_centre_comes_nearer_by_other_facts(ties: Ties) -> None:
    far = replace(ties, is_of_centre=False, is_blocked=False)
    assert relation_of(far) is Relation.OTHER_CENTRE


@given(some_ties, some_roles, some_act)
def test_putting_in_reserve_never_gives_and_joining_the_team_never_takes(
    ties: Ties, roles: list[str], act: str
) -> None:
    def reach(which: Ties) -> Access:
        return allowed(MATRIX, roles, act, relation_of(which)).access

    assert reach(replace(ties, is_reserved=True)) <= reach(replace(ties, is_reserved=False))
    with_team = replace(ties, has_team=True)
    assert reach(replace(with_team, is_in_team=True)) >= reach(replace(with_team, is_in_team=False))
    assert reach(replace(ties, is_blocked=True)) is Access.NO


def test_the_relations_are_those_of_the_facts() -> None:
    here = Ties(is_of_centre=True)
    assert relation_of(here) is Relation.ASSIGNED, "a case without a team is everybody's"
    assert relation_of(replace(here, has_team=True)) is Relation.CENTRE
    assert relation_of(replace(here, has_team=True, is_in_team=True)) is Relation.ASSIGNED
    assert relation_of(replace(here, has_team=True, answers_for_it=True)) is Relation.OWN
    assert relation_of(replace(here, is_reserved=True)) is Relation.RESERVED
    in_team = replace(here, has_team=True, is_in_team=True, is_reserved=True)
    assert relation_of(in_team) is Relation.ASSIGNED


def test_nearer_ties_allow_at_least_as_much() -> None:
    for act, role, (relation, wider) in product(ACTS, ROLES, WIDER.items()):
        assert _access(role, act, relation) <= _access(role, act, wider), (act, role, relation)


@given(some_roles, some_act, some_relation)
def test_several_roles_allow_the_most_that_any_of_them_does(
    roles: list[str], act: str, relation: Relation
) -> None:
    answer = allowed(MATRIX, roles, act, relation)
    singly = [allowed(MATRIX, (role,), act, relation).access for role in roles]
    assert answer.access == max(singly, default=Access.NO)
    if answer.access is Access.NO:
        assert answer == NOBODY
    else:
        first = next(
            role for role, access in zip(roles, singly, strict=True) if access == max(singly)
        )
        assert answer.role == first


def test_the_order_of_roles_changes_the_name_in_the_audit_and_nothing_else() -> None:
    for act, relation in product(ACTS, Relation):
        found = {
            allowed(MATRIX, several, act, relation).access
            for several in permutations(("admision", "social", "coordinacion"))
        }
        assert len(found) == 1
    first = allowed(MATRIX, ("social", "legal"), "refer", Relation.OWN)
    assert first == Answer(Access.YES, "social")
    assert allowed(MATRIX, ("legal", "social"), "refer", Relation.OWN).role == "legal"


def test_no_urgent_act_is_closed_to_anybody_of_the_centre_who_attends() -> None:
    urgent = [act for act in MATRIX.acts.values() if act.is_urgent]
    assert {"register", "refer", "print_paper", "answer_clock", "reach_her"} <= {
        act.id for act in urgent
    }
    for act, role in product(urgent, ATTENDING):
        for near in (Relation.OWN, Relation.ASSIGNED, Relation.CENTRE):
            assert _access(role, act.id, near) is Access.YES
        if act.is_about_case:
            assert _access(role, act.id, Relation.RESERVED) >= Access.EXCEPTIONAL


def test_a_stand_in_who_acts_with_urgency_is_shown_to_the_team() -> None:
    assert allowed(MATRIX, ("social",), "refer", Relation.CENTRE).tells_team
    assert not allowed(MATRIX, ("social",), "refer", Relation.ASSIGNED).tells_team
    for act, role, relation in product(ACTS, ROLES, Relation):
        answer = allowed(MATRIX, (role,), act, relation)
        if answer.access is Access.EXCEPTIONAL:
            assert answer.tells_team


def test_who_does_not_attend_opens_no_case() -> None:
    # Auditing reads who saw a case, by numbers; nothing else about a case is for any of them. Who
    # keeps the machines may ask for what is of the centre; of a case no reason opens anything.
    apart = {("who_saw", "auditoria"), ("ask_access", "soporte")}
    for act, role, relation in product(MATRIX.acts.values(), FROM_AFAR, Relation):
        if act.is_about_case and (act.id, role) not in apart:
            assert _access(role, act.id, relation) is Access.NO


def test_nobody_of_another_centre_may_do_anything_with_a_case() -> None:
    for act, role in product(ACTS, ROLES):
        assert _access(role, act, Relation.OTHER_CENTRE) is Access.NO


def test_all_roles_together_do_not_lead_to_a_refuge() -> None:
    for relation in Relation:
        assert allowed(MATRIX, ROLES, "see_refuge_place", relation) == NOBODY


def test_only_psychology_of_the_team_reads_the_psychological_part_without_a_reason() -> None:
    for role, relation in product(ROLES, Relation):
        is_hers = role == "psicologia" and relation in (Relation.OWN, Relation.ASSIGNED)
        assert (_access(role, "see_psychological", relation) is Access.YES) == is_hers
        if role != "psicologia":
            assert _access(role, "write_psychological", relation) is Access.NO
    assert all(_access("admision", "see_psychological", one) is Access.NO for one in Relation)


def test_two_people_of_a_small_centre_can_do_for_each_other_all_that_cannot_wait() -> None:
    for pair in combinations(["admision", "psicologia", "social", "legal", "coordinacion"], 2):
        for act in ("write_own_section", "write_other_section", "assign_team", "manage_devices"):
            assert allowed(MATRIX, pair, act, Relation.CENTRE).access >= Access.EXCEPTIONAL


def _section(form: str, section: str) -> Section:
    return next(one for one in DEFINITIONS.forms[form].sections if one.id == section)


def _field(name: str) -> Field:
    found = DEFINITIONS.forms["ficha"].get(name)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("section", "name", "act"),
    [
        ("persona", "names", "open_file"),
        ("admision", "informant_name", "see_informant"),
        ("hechos", "relato", "see_narrative"),
        ("hechos", "TIPO_VIOLENCIA", "see_section"),
        ("apreciacion", "psychological_assessment", "see_psychological"),
        ("riesgo", "risk_reason", "see_work_notes"),
        ("social", "shelter_entered_on", "see_refuge"),
        ("social", "social_assessment", "see_narrative"),
        ("legal", "legal_assessment", "see_narrative"),
    ],
)
def test_each_part_of_the_ficha_is_read_by_its_own_act(section: str, name: str, act: str) -> None:
    part = _section("ficha", section)
    assert act_to_read(MATRIX, part, _field(name)) == act


def test_every_text_that_tells_what_happened_is_closed_to_admission() -> None:
    closed = 0
    for section in DEFINITIONS.forms["ficha"].sections:
        for one in section.fields:
            if one.type is FieldType.NARRATIVE:
                closed += 1
                for relation in Relation:
                    answer = may_read(MATRIX, ("admision",), section, one, relation)
                    assert answer.access < Access.YES
    assert closed > 5


def test_a_part_is_written_by_who_fills_it_and_with_more_care_by_others() -> None:
    legal = _section("ficha", "legal")
    stage = _field("legal_stage")
    assert act_to_write(MATRIX, "legal", legal, stage) == "write_own_section"
    assert act_to_write(MATRIX, "social", legal, stage) == "write_other_section"
    for role, access in (("legal", Access.YES), ("social", Access.EXCEPTIONAL)):
        assert may_write(MATRIX, (role,), legal, stage, Relation.CENTRE).access is access
    both = may_write(MATRIX, ("social", "legal"), legal, stage, Relation.CENTRE)
    assert both == Answer(Access.YES, "legal", tells_team=True)
    assert may_write(MATRIX, ROLES, legal, stage, Relation.BLOCKED) == NOBODY


def test_closing_and_the_psychological_part_have_their_own_question() -> None:
    closing = _section("ficha", "cierre")
    closed_on = _field("closed_on")
    assert may_write(MATRIX, ("legal",), closing, closed_on, Relation.CENTRE) == NOBODY
    assert (
        may_write(MATRIX, ("coordinacion",), closing, closed_on, Relation.CENTRE).access
        is Access.YES
    )
    own = _section("ficha", "apreciacion")
    text = _field("psychological_assessment")
    assert may_write(MATRIX, ("legal", "social"), own, text, Relation.OWN) == NOBODY
    assert may_write(MATRIX, ("psicologia",), own, text, Relation.CENTRE).access is Access.YES


def test_what_is_about_no_case_has_one_answer_in_the_own_centre() -> None:
    def answers(act: Act, role: str) -> set[Access]:
        near = (Relation.OWN, Relation.ASSIGNED, Relation.CENTRE)
        return {_access(role, act.id, relation) for relation in near}

    for act, role in product(MATRIX.acts.values(), ROLES):
        if not act.is_about_case:
            assert len(answers(act, role)) == 1
            assert _access(role, act.id, Relation.RESERVED) is Access.NO
