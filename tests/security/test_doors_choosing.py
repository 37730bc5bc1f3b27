"""Z: choosing between two values, taking out, drafting and having left are no way around a door. Each
refusal has beside it somebody to whom the same is open."""

from __future__ import annotations

from app.domain.records import Kind, Name
from app.services import (
    accounts,
    attachments,
    case_records,
    casework,
    conflict_drafts,
    conflicts,
    forms,
    joined,
    settled,
    teams,
)
from app.services.ports import Desk, FieldKey, UnitOfWork
from tests.security.test_closed_cases import Centre, meet, new_case, person
from tests.security.test_closed_cases import centre as centre
from tests.security.test_doors import beside, both, heads, refused

TEXT = "Borrador Inventado"


def test_roles_are_not_given_by_choosing(centre: Centre) -> None:
    """(Z1, Z3) Control: coordination may."""
    key = FieldKey(Kind.PERSON, person("Dora"), accounts.ROLES)
    there = heads(centre, key)
    wanted = ("admision", "coordinacion")
    for name in ("Dora", "Beto", "Fani"):
        refused(
            centre,
            name,
            lambda uow, desk: conflicts.settle(uow, desk, key, wanted, there),
            "access_role|access_reason_centre",
        )
        refused(
            centre,
            name,
            lambda uow, desk: joined.bring_back(uow, desk, key, there[0]),
            "access_role|access_reason_centre",
        )
    centre.run("Elsa", lambda uow, desk: conflicts.settle(uow, desk, key, wanted, there))
    who = centre.run("Elsa", lambda uow, _: accounts.named(uow, person("Dora")))
    assert who is not None and "coordinacion" in who.roles


def test_a_block_is_not_lifted_nor_a_reserve_opened_by_choosing(centre: Centre) -> None:
    """(Z1) Control: coordination may."""
    case_id = new_case(centre)
    block = FieldKey(Kind.CASE, case_id, Name.BLOCKED)
    reserve = FieldKey(Kind.CASE, case_id, Name.RESERVED)
    team = [person("Dora"), person("Carla"), person("Elsa")]
    centre.run("Elsa", lambda uow, desk: teams.set_team(uow, desk, case_id, team, None))
    centre.run("Ana", lambda uow, desk: teams.block(uow, desk, case_id, person("Beto")))
    centre.run("Dora", lambda uow, desk: teams.reserve(uow, desk, case_id))
    for key, nothing in ((block, None), (reserve, False)):
        there = heads(centre, key)
        refused(
            centre,
            "Dora",
            lambda uow, desk, k=key, n=nothing, t=there: conflicts.settle(uow, desk, k, n, t),
            "access_role|access_team",
        )
        centre.run(
            "Elsa",
            lambda uow, desk, k=key, n=nothing, t=there: conflicts.settle(uow, desk, k, n, t),
        )
        refused(
            centre,
            "Dora",
            lambda uow, desk, k=key, t=there: joined.bring_back(uow, desk, k, t[0]),
            "access_role|access_team",
        )


def test_that_somebody_came_in_is_not_taken_out(centre: Centre) -> None:
    """(Z4) Control: a note is."""
    case_id = new_case(centre)
    centre.run(
        "Elsa", lambda uow, desk: teams.set_team(uow, desk, case_id, [person("Carla")], None)
    )
    centre.run(
        "Beto", lambda uow, desk: teams.open_access(uow, desk, case_id, ["see_narrative"], "Turno")
    )
    (came,) = centre.run(
        "Beto",
        lambda uow, _: [
            one
            for one in uow.records.referring(Kind.ACCESS, Name.CASE, case_id)
            if "reason" in uow.records.fields(one)
        ],
    )
    for name in ("Beto", "Carla"):
        refused(centre, name, lambda uow, desk: case_records.discard(uow, desk, came), "unknown")
        key = FieldKey(Kind.ACCESS, came, "reason")
        there = heads(centre, key)
        refused(
            centre,
            name,
            lambda uow, desk, k=key, t=there: conflicts.settle(uow, desk, k, None, t),
            "unknown",
        )
    note = centre.run(
        "Beto", lambda uow, desk: case_records.begin(uow, desk, "nota", case_id, {"text": "X"})
    )
    centre.run("Beto", lambda uow, desk: case_records.discard(uow, desk, note))
    said = centre.run("Carla", lambda uow, desk: teams.people_of(uow, desk, case_id)).came
    assert "Turno" in {one.reason for one in said}


def test_a_photo_and_a_valuation_are_taken_back_by_their_own_doors_alone(centre: Centre) -> None:
    """(Z1) The list of records is no way around *Retirar una foto*."""
    case_id = new_case(centre)
    photo = centre.run(
        "Carla",
        lambda uow, desk: attachments.attach(uow, desk, case_id, case_id, b"%PDF-1.4 inventado"),
    )
    refused(centre, "Dora", lambda uow, desk: attachments.withdraw(uow, desk, photo), "access_")
    refused(centre, "Dora", lambda uow, desk: case_records.discard(uow, desk, photo), "unknown")
    centre.run("Carla", lambda uow, desk: attachments.withdraw(uow, desk, photo))


def test_of_a_person_with_two_cases_the_closed_one_is_not_named(centre: Centre) -> None:
    """(Z1) Control: to Carla it is named by the first."""
    first = new_case(centre)
    survivor, _ = both(centre, first)
    second = centre.run("Ana", lambda uow, desk: casework.open_case(uow, desk, survivor=survivor))
    key = FieldKey(Kind.SURVIVOR, survivor, "safe_phone")
    centre.run(
        "Ana",
        lambda uow, desk: forms.set_field(uow, desk, forms.FICHA, first, "safe_phone", "999000001"),
    )
    beside(centre, key, "999000002")
    rows = lambda name: [  # noqa: E731
        one.case_id
        for one in centre.run(name, lambda uow, desk: conflicts.list_conflicts(uow, desk))
    ]
    if rows("Beto") == [second]:  # of one instant: whichever is told
        first, second = second, first
    assert rows("Beto") == [first]
    centre.run("Ana", lambda uow, desk: teams.block(uow, desk, first, person("Beto")))
    assert rows("Beto") == [second]
    assert rows("Carla") == [first]
    there = heads(centre, key)
    centre.run("Beto", lambda uow, desk: conflicts.settle(uow, desk, key, "999000001", there))
    done = centre.run("Beto", lambda uow, desk: settled.list_settled(uow, desk))
    assert [one.case_id for one in done] == [second]


def test_a_text_begun_to_join_two_assessments_is_read_by_psychology_alone(centre: Centre) -> None:
    """(Z1)"""
    case_id = new_case(centre)
    meet(centre, case_id)
    key = FieldKey(Kind.CASE, case_id, "psychological_assessment")
    there = heads(centre, key)
    centre.run("Carla", lambda uow, _: conflict_drafts.keep_draft(uow, key, TEXT, there))
    for work in (
        lambda uow, _: conflict_drafts.draft(uow, key),
        lambda uow, _: conflict_drafts.keep_draft(uow, key, "Otro", there),
        lambda uow, _: conflict_drafts.forget_left(uow, key),
        lambda uow, desk: conflict_drafts.note_left(uow, desk, key),
    ):
        for name in ("Beto", "Dora", "Elsa"):
            refused(centre, name, work, "access_")
    kept = centre.run("Carla", lambda uow, _: conflict_drafts.draft(uow, key))
    assert kept is not None and kept.text == TEXT


def test_who_has_left_sees_not_even_what_she_attached(centre: Centre) -> None:
    """Control: while she works here she does, though photos are closed to her."""
    case_id = new_case(centre)
    photo = centre.run(
        "Dora",
        lambda uow, desk: attachments.attach(uow, desk, case_id, case_id, b"%PDF-1.4 inventado"),
    )
    assert centre.run("Dora", lambda uow, desk: attachments.content_of(uow, desk, photo))

    def leave(uow: UnitOfWork, desk: Desk) -> None:
        key = FieldKey(Kind.PERSON, person("Dora"), accounts.LEFT_ON)
        forms.change_fields(uow, desk, {key: "2026-11-20"})
        uow.commit()

    centre.run("Elsa", leave)
    for work in (
        lambda uow, desk: attachments.content_of(uow, desk, photo),
        lambda uow, desk: forms.form_file(uow, desk, forms.FICHA, case_id),
        lambda uow, desk: casework.open_case(uow, desk),
    ):
        refused(centre, "Dora", work, "access_")
