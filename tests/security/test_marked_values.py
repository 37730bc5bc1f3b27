"""Z: a case full of marked values, and every door that shows something, opened by everybody in turn:
no mark comes out at one to whom its field is closed. Nothing is listed that a door must hide: what
is closed is asked of the rule itself, for the person and the case as they stand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.domain.change import RecordId
from app.domain.errors import DomainError
from app.domain.records import Kind, Name
from app.services import (
    access,
    agenda,
    attachments,
    case_records,
    casework,
    conflict_drafts,
    conflicts,
    ficha_sheet,
    figures,
    forms,
    handover,
    intake,
    joined,
    letters,
    official_export,
    people,
    referral_answers,
    referrals,
    register,
    risk,
    settled,
    sync_facts,
    task_view,
    teams,
)
from app.services.intake import Intake
from app.services.official_export import Days
from app.services.ports import Desk, UnitOfWork
from app.services.read_models import CaseFilter, CentreProfile
from app.services.register import Wanted
from app.services.work_ports import AgendaFilter
from tests.security.test_closed_cases import PEOPLE, PROBE, Centre, meet, new_case, person
from tests.security.test_closed_cases import centre as centre

Door = Callable[[UnitOfWork, Desk], object]

MARKS = {
    "informant_name": "Zinformante Marca",
    "relato": "Zrelato marcado",
    "violence_history": "Zhistoria marcada",
    "strengths": "Zfortaleza marcada",
    "risk_reason": "Zmotivo marcado",
    "psychological_assessment": "Zpsicologica marcada",
    "shelter_entered_on": "2026-11-13",
    "social_assessment": "Zsocial marcada",
    "legal_assessment": "Zlegal marcada",
    "closing_note": "Zcierre marcado",
}
"""By field of the ficha; each stands nowhere else."""

SHOWN_AS = {"shelter_entered_on": ("2026-11-13", "13/11/2026", "2026, 11, 13")}
NOTE = "Znota marcada"
SCAN = "Zfoto marcada"
SCENES = ("open", "others'", "reserved", "blocked")
PROFILE = CentreProfile("CEM Inventado", "", "", "", "", "")


@pytest.fixture
def marked(centre: Centre) -> RecordId:
    """The case, opened by Ana, with a mark in each field that some may not read."""
    case_id = new_case(centre)
    for field_id, value in MARKS.items():
        centre.run(
            "Ana",
            lambda uow, desk, f=field_id, v=value: forms.set_field(  # type: ignore[misc]
                uow, desk, forms.FICHA, case_id, f, v
            ),
        )
    centre.run(
        "Ana", lambda uow, desk: case_records.begin(uow, desk, "nota", case_id, {"text": NOTE})
    )
    centre.run(
        "Ana",
        lambda uow, desk: attachments.attach(uow, desk, case_id, case_id, b"%PDF-1.4 x", SCAN),
    )
    meet(centre, case_id)
    centre.run("Ana", lambda uow, desk: handover.give(uow, desk, shift="", note=""))
    return case_id


def set_scene(centre: Centre, case_id: RecordId, scene: str, name: str) -> None:
    """Make the case what a scene says it is to somebody."""
    if scene == "others'":
        team = [person("Ana")]
        centre.run("Ana", lambda uow, desk: teams.set_team(uow, desk, case_id, team, None))
    elif scene == "reserved":
        centre.run("Ana", lambda uow, desk: teams.reserve(uow, desk, case_id))
    elif scene == "blocked":
        centre.run("Ana", lambda uow, desk: teams.block(uow, desk, case_id, person(name)))


def doors(centre: Centre, case_id: RecordId, folder: Path) -> Iterator[tuple[str, Door]]:
    """Yield every door that shows something of cases, by name."""
    held = centre.run("Ana", lambda uow, _: uow.records.fields(case_id))
    survivor = RecordId(str(held[Name.SURVIVOR].value))
    (referral,) = centre.run(
        "Ana", lambda uow, _: uow.records.referring(Kind.REFERRAL, Name.CASE, case_id)
    )
    definitions = centre.desk.definitions
    typed = Intake(typed={"names": "Otra"} | dict.fromkeys(MARKS, "Otro"), survivor=survivor)
    yield "ficha", lambda uow, desk: forms.form_file(uow, desk, forms.FICHA, case_id).fields
    for form_id in definitions.forms:
        yield (
            f"records {form_id}",
            lambda uow, desk, f=form_id: case_records.list_records(uow, desk, f, case_id),  # type: ignore[misc]
        )
    yield "note", lambda uow, desk: forms.form_file(uow, desk, "nota", _note(uow, case_id)).fields
    yield "paper", lambda uow, desk: ficha_sheet.filled(uow, desk, case_id, PROFILE)
    yield (
        "paper with narrative",
        lambda uow, desk: ficha_sheet.filled(uow, desk, case_id, PROFILE, with_narrative=True),
    )
    for letter in definitions.letters:
        yield (
            f"letter {letter}",
            lambda uow, desk, one=letter: letters.draft(uow, desk, case_id, one),  # type: ignore[misc]
        )
    yield "referral", lambda uow, desk: referrals.sheet(uow, desk, referral, PROFILE, ("es",))
    yield "referrals", lambda uow, desk: referral_answers.of_case(uow, desk, case_id)
    yield "ageing", lambda uow, desk: referral_answers.ageing(uow, desk)
    yield "plan", lambda uow, desk: task_view.plan_view(uow, desk, case_id)
    yield "risk", lambda uow, desk: risk.risk_history(uow, desk, case_id)
    yield "agenda", lambda uow, desk: agenda.agenda(uow, desk, AgendaFilter())
    yield "hand-overs", lambda uow, _: handover.handovers(uow, 9)
    yield "list", lambda uow, _: casework.list_cases(uow, CaseFilter(), 0, 9)
    for mark in (*MARKS.values(), NOTE, SCAN):
        yield f"search {mark}", lambda uow, _, m=mark: casework.search_cases(uow, m, 9)  # type: ignore[misc]
    yield "search", lambda uow, _: casework.search_cases(uow, "nantip", 9)
    yield "before a call", lambda uow, desk: casework.contact_notes(uow, desk, case_id)
    yield "people", lambda uow, desk: people.find_people(uow, desk, PROBE)
    yield "differences", lambda uow, desk: intake.differences(uow, desk, typed)
    yield "conflicts", lambda uow, desk: conflicts.list_conflicts(uow, desk)
    yield "joined", lambda uow, desk: joined.list_joined(uow, desk)
    yield "settled", lambda uow, desk: settled.list_settled(uow, desk)
    yield "left texts", lambda uow, desk: conflict_drafts.left_texts(uow, desk)
    yield "scans", lambda uow, _: attachments.list_of(uow, case_id)
    yield "team", lambda uow, desk: teams.people_of(uow, desk, case_id)
    yield "who saw", lambda uow, desk: register.who_saw(uow, desk, case_id)
    yield "register", lambda uow, desk: register.register(uow, desk, Wanted())
    yield "sync", lambda uow, _: sync_facts.sync_view(uow)
    yield "figures", lambda uow, desk: figures.figures_of_own(uow, desk)
    for name, more in (("", {}), (" extended", {"is_extended": True})):
        yield (
            f"file{name}",
            lambda uow, desk, n=name, m=more: _file(uow, desk, folder / f"f{n}.csv", m),  # type: ignore[misc]
        )


def _note(uow: UnitOfWork, case_id: RecordId) -> RecordId:
    (note,) = uow.records.referring(Kind.NOTE, Name.CASE, case_id)
    return note


def _file(uow: UnitOfWork, desk: Desk, target: Path, more: dict[str, Any]) -> str:
    official_export.export_own(uow, desk, target, days=Days(), **more)
    return target.read_text(encoding="utf-8")


def closed_marks(centre: Centre, name: str, case_id: RecordId) -> set[str]:
    """Return the marks of fields that somebody may not read now."""
    desk = centre.as_(name)
    form = desk.definitions.form(forms.FICHA)
    with centre.store.unit() as uow:
        reach = access.reach_of(uow, desk, case_id)
        keys = {field_id: form.get(field_id) for field_id in MARKS}
        held = uow.records.fields(case_id)
        found: set[str] = set()
        for field_id, one in keys.items():
            assert one is not None and one.field in held, field_id
            if reach.closed(one.kind, one.field, held) is not None:
                found.update(SHOWN_AS.get(field_id, (MARKS[field_id],)))
        note = _note(uow, case_id)
        if reach.closed(Kind.NOTE, "text", uow.records.fields(note)) is not None:
            found.add(NOTE)
        if not reach.may("see_attachment"):
            found.add(SCAN)
        return found


def shown(centre: Centre, name: str, door: Door) -> str:
    """Return all that comes out of a door, or nothing where it is shut."""
    try:
        return repr(centre.run(name, door))
    except DomainError:
        return ""


@pytest.mark.parametrize("scene", SCENES)
@pytest.mark.parametrize("name", [one for one in PEOPLE if one != "Ana"])
def test_no_mark_comes_out_where_its_field_is_closed(
    centre: Centre, marked: RecordId, scene: str, name: str, tmp_path: Path
) -> None:
    """(Z1, Z5) Of a blocked case not even the number. Control: to Ana each mark comes out."""
    set_scene(centre, marked, scene, name)
    closed = closed_marks(centre, name, marked)
    if scene == "blocked":
        code = centre.run("Ana", lambda uow, _: uow.records.fields(marked)[Name.CODE].value)
        closed |= {str(code), marked}
    out = [
        (door, mark)
        for door, work in doors(centre, marked, tmp_path)
        for found in [shown(centre, name, work)]
        for mark in closed
        if mark in found
    ]
    assert out == []


def test_each_mark_comes_out_to_who_may_read_all(
    centre: Centre, marked: RecordId, tmp_path: Path
) -> None:
    """(control of Z1, Z5)"""
    assert closed_marks(centre, "Ana", marked) == set()
    every = "".join(shown(centre, "Ana", work) for _, work in doors(centre, marked, tmp_path))
    missing = [one for one in (*MARKS.values(), NOTE, SCAN) if one not in every]
    assert missing == []


def test_every_door_is_open_to_who_may_read_all(
    centre: Centre, marked: RecordId, tmp_path: Path
) -> None:
    """(control of Z1) A door that is shut to her, too, would prove nothing: printing the narrative
    asks her for a reason, and neither a case nor what is of the centre
    is a record of a case."""
    no_list = {f"records {one}" for one in ("ficha", "entrega", "distancia", "calendario")}
    shut = set()
    for name, work in doors(centre, marked, tmp_path):
        try:
            centre.run("Ana", work)
        except DomainError:
            shut.add(name)
    assert shut - no_list <= {"paper with narrative"}
