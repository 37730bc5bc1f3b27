"""Z: each question of the rule, answered both ways: what somebody sees, writes or is told then.

Beside each refusal stands somebody, or a moment, to whom the same is open.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import date

import pytest

from app.domain.change import RecordId
from app.domain.errors import DomainError
from app.domain.permission import Access, Relation
from app.domain.records import Kind
from app.domain.work_calendar import DaySort
from app.services import (
    access,
    attachments,
    casework,
    forms,
    people,
    referral_answers,
    referrals,
    register,
    risk,
    teams,
    work_calendar,
)
from app.services.access_records import GRANTED_FOR_MS
from app.services.form_models import Closed
from app.services.ports import Desk, FieldKey, UnitOfWork
from app.services.read_models import CaseFilter
from db.store import memory_store
from tests.security.test_closed_cases import PROBE, Centre, new_case, person
from tests.security.test_closed_cases import centre as centre
from tests.support.centres import PROFILE
from tests.support.laptops import Laptop, definitions, make_desk

Work = Callable[[UnitOfWork, Desk], object]
JPEG = b"\xff\xd8\xff\xe0 una foto inventada"
NARRATIVE = "strengths"
POINTS = "points_on_paper"


def changes(centre: Centre) -> int:
    return centre.run("Ana", lambda uow, _: uow.changes.count())


def refused(centre: Centre, name: str, work: Work) -> str:
    """Return with which words somebody is refused, and nothing was written."""
    before = changes(centre)
    with pytest.raises(DomainError) as fault:
        centre.run(name, work)
    assert changes(centre) == before
    return fault.value.message_id


def of_carla(centre: Centre) -> RecordId:
    """Return a case that Carla attends."""
    case_id = new_case(centre)
    team = [person("Carla")]
    centre.run("Elsa", lambda uow, desk: teams.set_team(uow, desk, case_id, team, None))
    return case_id


def reserved(centre: Centre) -> RecordId:
    case_id = new_case(centre)
    centre.run("Ana", lambda uow, desk: teams.reserve(uow, desk, case_id))
    return case_id


# --- whoever brought it ----------------------------------------------------------------------


def attached(centre: Centre, name: str, case_id: RecordId) -> RecordId:
    fvr = centre.run(name, lambda uow, desk: risk.open_fvr(uow, desk, case_id))
    return centre.run(name, lambda uow, desk: attachments.attach(uow, desk, fvr, case_id, JPEG, ""))


def look(attachment: RecordId) -> Work:
    return lambda uow, desk: attachments.content_of(uow, desk, attachment)


def test_a_photo_is_seen_by_whoever_attached_it_and_not_by_her_alone(centre: Centre) -> None:
    """(Z1) Admission sees none without a reason, but for her own."""
    case_id = new_case(centre)
    hers, other = attached(centre, "Dora", case_id), attached(centre, "Beto", case_id)
    assert centre.run("Dora", look(hers)) == JPEG
    assert refused(centre, "Dora", look(other)) == "access_reason"
    assert centre.run("Carla", look(hers)) == centre.run("Carla", look(other)) == JPEG
    take_back = lambda uow, desk: attachments.withdraw(uow, desk, other)  # noqa: E731
    assert refused(centre, "Dora", take_back) == "access_reason"
    centre.run("Dora", lambda uow, desk: attachments.withdraw(uow, desk, hers))


def test_to_whoever_is_blocked_also_her_own_photo_is_not_there(centre: Centre) -> None:
    """(Z1)"""
    case_id = new_case(centre)
    hers = attached(centre, "Dora", case_id)
    assert centre.run("Dora", look(hers)) == JPEG
    centre.run("Ana", lambda uow, desk: teams.block(uow, desk, case_id, person("Dora")))
    assert refused(centre, "Dora", look(hers)) == "record_unknown"


def test_what_is_no_photo_is_not_there(centre: Centre) -> None:
    nothing = RecordId("dd" * 16)
    assert refused(centre, "Carla", look(nothing)) == "record_unknown"


# --- a field of a case that others attend ----------------------------------------------------


def write(case_id: RecordId, field_id: str, value: str | None) -> Work:
    return lambda uow, desk: forms.set_field(uow, desk, forms.FICHA, case_id, field_id, value)


def test_what_she_may_not_read_she_writes_where_nothing_stands(centre: Centre) -> None:
    """(Z1) Of a case of others; where nobody shares the work out it is hers as well."""
    case_id = of_carla(centre)
    centre.run("Carla", write(case_id, NARRATIVE, "Cuenta con su hermana"))
    assert refused(centre, "Beto", write(case_id, NARRATIVE, "X")) == "access_reason"
    centre.run("Carla", write(case_id, NARRATIVE, None))
    centre.run("Beto", write(case_id, NARRATIVE, "Tiene trabajo"))
    everybodys = new_case(centre)
    centre.run("Carla", write(everybodys, NARRATIVE, "Cuenta con su hermana"))
    centre.run("Beto", write(everybodys, NARRATIVE, "X"))


def test_within_what_cannot_wait_no_field_is_asked_about(centre: Centre) -> None:
    """Admission fills in the paper of a colleague, which it may not read. Control: by the form of
    the case it is a field like others."""
    case_id = new_case(centre)
    fvr = centre.run("Beto", lambda uow, desk: risk.open_fvr(uow, desk, case_id))

    def points(value: int) -> Work:
        return lambda uow, desk: risk.set_fvr_field(uow, desk, fvr, POINTS, value)

    centre.run("Beto", points(12))
    by_form = lambda uow, desk: forms.set_field(uow, desk, "fvr", fvr, POINTS, 14)  # noqa: E731
    assert refused(centre, "Dora", by_form) == "access_reason"
    centre.run("Dora", points(13))
    file = centre.run("Beto", lambda uow, desk: forms.form_file(uow, desk, "fvr", fvr))
    assert file.fields[POINTS].value == 13


# --- who is told -----------------------------------------------------------------------------


def test_the_team_is_told_of_what_somebody_did_and_not_that_she_looked(centre: Centre) -> None:
    case_id = of_carla(centre)
    (sent,) = centre.run("Carla", lambda uow, desk: referral_answers.of_case(uow, desk, case_id))
    one = sent.referral_id

    def came() -> tuple[teams.Came, ...]:
        return centre.run("Carla", lambda uow, desk: teams.people_of(uow, desk, case_id)).came

    before = {each.name for each in came()}

    def look_at_all(uow: UnitOfWork, desk: Desk) -> None:
        referrals.why_not(uow, desk, one)
        referrals.cautions(uow, desk, one)
        referrals.sheet(uow, desk, one, PROFILE, ("es",))
        casework.note_view(uow, desk, case_id)  # as a page does: it commits

    centre.run("Beto", look_at_all)
    assert {each.name for each in came()} == before
    centre.run("Beto", lambda uow, desk: referrals.open_like(uow, desk, one))
    (told,) = (each for each in came() if each.name == "Beto")
    assert told.acts == (definitions().authorisation.acts["refer"].title,)
    assert told.reason == ""


def test_the_audit_names_the_role_of_each_act_and_what_a_reason_opened() -> None:
    """(A) Also of two acts of one unit: coordination opens the reserve, social work the file."""
    store = memory_store(definitions().registry)
    laptop = Laptop(store, make_desk(roles=("social", "coordinacion")))
    case_id, desk = laptop.open_case(), laptop.desk

    def both(uow: UnitOfWork) -> None:
        teams.reserve(uow, desk, case_id)
        teams.open_reserve(uow, desk, case_id)
        casework.note_view(uow, desk, case_id)

    laptop.run(both)
    page = laptop.run(lambda uow: register.who_saw(uow, desk, case_id))
    social, coordination = "Trabajo social", "Coordinación"
    rows = [(one.action, one.role) for one in page.rows if one.action in ("view", "edit")]
    assert rows[0] == ("view", social)
    assert rows[1] == ("edit", coordination)
    assert set(rows[2:]) == {("edit", social)}
    store.close()


def test_the_register_says_what_a_reason_opened(centre: Centre) -> None:
    case_id = reserved(centre)
    asked = lambda uow, desk: teams.open_access(uow, desk, case_id, ["open_file"], "X")  # noqa: E731
    centre.run("Beto", asked)
    page = centre.run("Elsa", lambda uow, desk: register.register(uow, desk, register.Wanted()))
    (row,) = (one for one in page.rows if one.action == "access")
    matrix = definitions().authorisation
    assert matrix.acts["open_file"].title in row.detail or "open_file" in row.detail


def test_a_record_that_says_a_name_and_no_role_takes_none_away() -> None:
    """As where a newer program writes them elsewhere. Control: one that says another role does."""
    store = memory_store(definitions().registry)
    laptop = Laptop(store, make_desk(roles=("psicologia", "legal")))
    desk, she = laptop.desk, RecordId(laptop.desk.actor.id)

    def say(name: str, value: str) -> None:
        def write(uow: UnitOfWork) -> None:
            forms.change_fields(uow, desk, {FieldKey(Kind.PERSON, she, name): value})
            uow.commit()

        laptop.run(write)

    say("name", "Persona Inventada")
    case_id = laptop.open_case()
    assert laptop.fill(case_id, psychological_assessment="Texto Inventado") == []
    alert = lambda uow: access.may(uow, desk, "repeat_alert", case_id)  # noqa: E731
    assert laptop.run(alert) is None, "as legal, her second role"
    say("role", "soporte")
    assert laptop.run(alert) == Closed("repeat_alert", may_ask=False)
    with pytest.raises(DomainError, match="access_role"):
        laptop.open_case()
    store.close()


# --- lists, and what is of the centre --------------------------------------------------------


def test_a_reason_shows_her_in_the_search_for_a_shift(centre: Centre) -> None:
    """(Z5)"""
    case_id = reserved(centre)

    def name() -> list[str]:
        found = centre.run("Beto", lambda uow, desk: people.find_people(uow, desk, PROBE))
        return [one.name for one in found]

    assert name() == [people.IN_RESERVE]
    centre.run("Beto", lambda uow, desk: teams.open_access(uow, desk, case_id, [], "Urgente"))
    assert name() == ["Nantip Etsa"]
    centre.desk.clock.ms += GRANTED_FOR_MS  # type: ignore[attr-defined]
    assert name() == [people.IN_RESERVE]


def test_somebody_of_several_cases_shows_by_those_that_are_not_hidden(centre: Centre) -> None:
    """(Z5) Nobody shows whose cases are all hidden."""
    first, second = new_case(centre), new_case(centre)

    def found() -> set[tuple[RecordId, ...]]:
        matches = centre.run("Beto", lambda uow, desk: people.find_people(uow, desk, PROBE))
        return {tuple(each.case_id for each in one.cases) for one in matches}

    assert found() == {(first,), (second,)}
    for one, left in ((first, {(second,)}), (second, set())):
        centre.run("Ana", lambda uow, desk, one=one: teams.block(uow, desk, one, person("Beto")))  # type: ignore[misc]
        assert found() == left


def test_a_reserve_that_was_opened_is_none(centre: Centre) -> None:
    case_id = reserved(centre)
    see = lambda uow, desk: forms.form_file(uow, desk, forms.FICHA, case_id)  # noqa: E731
    assert refused(centre, "Beto", see) == "access_reason"
    centre.run("Ana", lambda uow, desk: teams.open_reserve(uow, desk, case_id))
    assert centre.run("Beto", see).fields["names"].value == "Nantip"


def test_what_is_of_the_centre_needs_a_reason_and_none_of_a_case(centre: Centre) -> None:
    """A holiday. Control: coordination writes one without."""
    case_id = reserved(centre)

    def holiday(day: int) -> Work:
        on = date(2026, 12, day)
        return lambda uow, desk: work_calendar.add_day(
            uow, desk, on, DaySort.NON_WORKING, reason="Fiesta inventada"
        )

    assert refused(centre, "Beto", holiday(14)) == "access_reason_centre"
    centre.run("Elsa", holiday(14))
    centre.run("Beto", lambda uow, desk: teams.open_access(uow, desk, None, ["keep_calendar"], "X"))
    centre.run("Beto", holiday(15))

    def open_to(name: str) -> Closed | None:
        return centre.run(name, lambda uow, desk: access.may(uow, desk, "see_figures", case_id))

    assert open_to("Elsa") is None, "whatever case stands beside it"
    assert open_to("Beto") == Closed("see_figures", may_ask=True)


def test_what_no_row_names_is_open_to_nobody(centre: Centre) -> None:
    """(Z2)"""
    case_id = new_case(centre)
    for about in (None, case_id):
        closed = centre.run("Ana", lambda uow, desk, one=about: access.may(uow, desk, "x", one))  # type: ignore[misc]
        assert closed == Closed("x", may_ask=False)


def test_a_list_of_what_is_only_known_to_be_there_is_shown_as_such(centre: Centre) -> None:
    """A matrix in which social work knows of cases, and no more than that."""
    case_id = new_case(centre)
    matrix = definitions().authorisation
    row = matrix.acts["list_cases"]
    known = {
        at: Access.EXISTS if at[0] == "social" and at[1] is not Relation.BLOCKED else far
        for at, far in row.grants.items()
    }
    acts = {**matrix.acts, "list_cases": dataclasses.replace(row, grants=known)}
    other = dataclasses.replace(definitions(), authorisation=dataclasses.replace(matrix, acts=acts))

    def listed(uow: UnitOfWork, desk: Desk) -> list[RecordId]:
        narrow = dataclasses.replace(desk, definitions=other)
        assert access.may(uow, narrow, "list_cases") is None
        assert access.may(uow, narrow, "list_cases", case_id) is not None
        return [one.case_id for one in casework.list_cases(uow, CaseFilter(), 0, 9)]

    assert centre.run("Beto", listed) == [case_id]


def test_a_refusal_says_who_may(centre: Centre) -> None:
    """Those alone whom the matrix lets, by their titles."""
    case_id = new_case(centre)
    with pytest.raises(DomainError) as fault:
        centre.run("Dora", lambda uow, desk: people.repeat_alert(uow, desk, case_id))
    matrix = definitions().authorisation
    said = {matrix.roles[one].title for one in ("legal", "coordinacion")}
    assert fault.value.message_id == "access_role"
    assert set(str(fault.value.parameters["who"]).split(", ")) == said
    assert fault.value.parameters["what"] == matrix.acts["repeat_alert"].title


def test_outside_the_team_a_refusal_says_that_the_team_may(centre: Centre) -> None:
    """Control: to whom it is closed in every case the same says whose it is."""
    case_id = reserved(centre)
    told = lambda uow, desk: register.who_saw(uow, desk, case_id)  # noqa: E731
    assert refused(centre, "Beto", told) == "access_team"
    assert centre.run("Ana", told).rows
    assert refused(centre, "Fani", told) == "access_role"
