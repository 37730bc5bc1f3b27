"""Z: what is closed to somebody is in no list, no count and no form of hers, and opens with a reason
where the matrix says so. Each refusal has beside it somebody to whom the same is open."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import TypeVar

import pytest

from app.domain.change import AuthorId, RecordId, new_change
from app.domain.errors import DomainError
from app.domain.records import Kind, Name
from app.domain.stamp import Stamp
from app.services import (
    agenda,
    case_records,
    case_ties,
    casework,
    conflicts,
    forms,
    handover,
    ledger,
    people,
    referral_answers,
    referrals,
    risk,
    sync_facts,
    tasks,
    teams,
)
from app.services.access_records import GRANTED_FOR_MS
from app.services.people_models import PersonProbe
from app.services.ports import Actor, Desk, FieldKey, UnitOfWork
from app.services.read_models import CaseFilter
from app.services.work_ports import AgendaFilter
from db.store import Store, memory_store
from tests.support.laptops import EVERY_SERVICE, definitions, make_desk

T = TypeVar("T")
RELATION = "Relato Inventado"
PROBE = PersonProbe(names="Nantip", surname_1="Etsa")


@dataclasses.dataclass
class Centre:
    """One laptop at which several people work in turn."""

    store: Store
    desk: Desk

    def as_(self, name: str) -> Desk:
        """Let somebody sit down."""
        roles = PEOPLE[name]
        actor = Actor(AuthorId(person(name)), name, roles[0], roles)
        desk = dataclasses.replace(self.desk, actor=actor)
        self.store.work_at(desk)
        return desk

    def run(self, name: str, work: Callable[[UnitOfWork, Desk], T]) -> T:
        """Let somebody do something."""
        desk = self.as_(name)
        with self.store.unit() as uow:
            return work(uow, desk)


PEOPLE = {
    "Ana": EVERY_SERVICE,
    "Beto": ("social",),
    "Carla": ("psicologia",),
    "Dora": ("admision",),
    "Elsa": ("coordinacion",),
    "Fani": ("sar",),
    "Gina": ("soporte",),
}


def person(name: str) -> RecordId:
    return RecordId(f"{sorted(PEOPLE).index(name) + 1:02x}" * 16)


@pytest.fixture
def centre() -> Iterator[Centre]:
    made = Centre(memory_store(definitions().registry), make_desk())
    for name, roles in PEOPLE.items():

        def introduce(uow: UnitOfWork, desk: Desk, roles: tuple[str, ...] = roles) -> None:
            who = RecordId(desk.actor.id)
            values = {"name": desk.actor.name, "role": roles[0], "roles": tuple(sorted(roles))}
            keys = {FieldKey(Kind.PERSON, who, one): said for one, said in values.items()}
            forms.change_fields(uow, desk, keys)
            uow.commit()

        made.run(name, introduce)
    yield made
    made.store.close()


def new_case(centre: Centre, **more: str) -> RecordId:
    """Open the case of an invented person, with a severe risk and a referral."""
    case_id = centre.run("Ana", lambda uow, desk: casework.open_case(uow, desk))
    typed = {"names": "Nantip", "surname_1": "Etsa", "EDAD_VICTIMA": 31, **more}
    typed |= {"NIVEL_DE_RIESGO_VICTIMA": "3", "psychological_assessment": RELATION}
    for field_id, value in typed.items():
        centre.run(
            "Ana",
            lambda uow, desk, f=field_id, v=value: forms.set_field(  # type: ignore[misc]
                uow, desk, forms.FICHA, case_id, f, v
            ),
        )
    referral = centre.run("Ana", lambda uow, desk: referrals.open_referral(uow, desk, case_id))
    issued = {"issued_on": "2026-11-20", "state": referrals.ISSUED, "institution": "comisaria"}

    def issue(uow: UnitOfWork, desk: Desk) -> None:
        keys = {FieldKey(Kind.REFERRAL, referral, one): said for one, said in issued.items()}
        forms.change_fields(uow, desk, keys)
        uow.commit()

    centre.run("Ana", issue)
    return case_id


def everything(centre: Centre, name: str, case_id: RecordId) -> dict[str, object]:
    """Return where a case shows to somebody, by list."""
    desk = centre.as_(name)
    with centre.store.unit() as uow:
        code = str(uow.records.fields(case_id)[Name.CODE].value)
        listed = casework.list_cases(uow, CaseFilter(), 0, 50)
        severe = casework.list_cases(uow, CaseFilter(risk_level="3"), 0, 50)
        found = casework.search_cases(uow, "nantip", 50)
        by_code = casework.search_cases(uow, code, 50)
        tasks_ = agenda.agenda(uow, desk, AgendaFilter())
        ageing = referral_answers.ageing(uow, desk)
        given = handover.handovers(uow, 9)
        waiting = sync_facts.sync_view(uow).waiting
        matches = people.find_people(uow, desk, PROBE)
        return {
            "list": [one.case_id for one in listed],
            "count": casework.count_cases(uow, CaseFilter()),
            "severe": [one.case_id for one in severe],
            "severe count": casework.count_cases(uow, CaseFilter(risk_level="3")),
            "search": [one.case_id for one in (*found, *by_code)],
            "agenda": [one.task.case_id for one in tasks_.rows],
            "agenda counts": tasks_.counts.open,
            "referrals": [one.referral.case_id for one in ageing],
            "referral count": referral_answers.count_open(uow),
            "handover": [item.case_code for one in given for item in one.items],
            "waiting": [one.case_code for one in waiting if one.case_code],
            "people": [one.case_id for match in matches for one in match.cases],
            "conflicts": conflicts.count(uow),
        }


def meet(centre: Centre, case_id: RecordId) -> None:
    """Let another laptop have written something else into the case."""
    desk = centre.as_("Ana")
    with centre.store.unit() as uow:
        held = uow.records.fields(case_id)
        key = FieldKey(Kind.CASE, case_id, "psychological_assessment")
        assert key.field in held
        other = new_change(
            desk.definitions.registry,
            kind=key.kind,
            record_id=case_id,
            field=key.field,
            value="Otra Inventada",
            stamp=Stamp(desk.clock.now_ms(), b"12345678", 1),
            author=AuthorId(person("Carla")),
            bases=(),
        )
        ledger.record(uow, desk.definitions, [other], is_own=False)
        uow.commit()


def test_a_case_that_somebody_is_blocked_for_is_nowhere(centre: Centre) -> None:
    """(Z1, Z5) Control: before the block it is in each of these places."""
    case_id = new_case(centre)
    meet(centre, case_id)
    centre.run("Ana", lambda uow, desk: handover.give(uow, desk, shift="", note=""))
    for name in ("Beto", "Elsa", "Carla"):
        shown = everything(centre, name, case_id)
        unseen = {key for key, found in shown.items() if not found}
        assert unseen == (set() if name == "Carla" else {"conflicts"}), name  # her service's part
        centre.run(
            "Ana",
            lambda uow, desk, name=name: teams.block(uow, desk, case_id, person(name)),  # type: ignore[misc]
        )
        gone = everything(centre, name, case_id)
        assert {key: found for key, found in gone.items() if found} == {}, name


@pytest.mark.parametrize(
    "work",
    [
        lambda uow, desk, one: forms.form_file(uow, desk, forms.FICHA, one),
        lambda uow, desk, one: forms.set_field(uow, desk, forms.FICHA, one, "names", "X"),
        lambda uow, desk, one: risk.open_valuation(uow, desk, one),
        lambda uow, desk, one: referrals.open_referral(uow, desk, one),
        lambda uow, desk, one: tasks.case_plan(uow, desk, one),
        lambda uow, desk, one: casework.contact_notes(uow, desk, one),
        lambda uow, desk, one: teams.people_of(uow, desk, one),
        lambda uow, desk, one: teams.open_access(uow, desk, one, ["open_file"], "Porque sí"),
        lambda uow, desk, one: teams.lift_block(uow, desk, one, person("Elsa")),
    ],
)
def test_to_whoever_is_blocked_a_case_is_not_there(
    centre: Centre, work: Callable[[UnitOfWork, Desk, RecordId], object]
) -> None:
    """(Z1)"""
    case_id = new_case(centre)
    centre.run("Ana", lambda uow, desk: teams.block(uow, desk, case_id, person("Elsa")))
    with pytest.raises(DomainError, match="record_unknown"):
        centre.run("Elsa", lambda uow, desk: work(uow, desk, case_id))
    assert centre.run("Ana", lambda uow, _: uow.audit.details("refused", case_id, 9))


def test_a_block_is_lifted_by_coordination_that_is_not_blocked(centre: Centre) -> None:
    case_id = new_case(centre)
    centre.run("Beto", lambda uow, desk: teams.block(uow, desk, case_id, person("Beto")))
    with pytest.raises(DomainError, match="record_unknown"):
        centre.run("Beto", lambda uow, desk: teams.lift_block(uow, desk, case_id, person("Beto")))
    with pytest.raises(DomainError, match="access_role"):
        centre.run("Dora", lambda uow, desk: teams.lift_block(uow, desk, case_id, person("Beto")))
    centre.run("Elsa", lambda uow, desk: teams.lift_block(uow, desk, case_id, person("Beto")))
    assert everything(centre, "Beto", case_id)["list"] == [case_id]


def test_the_last_who_may_act_on_a_case_is_not_blocked(centre: Centre) -> None:
    case_id = new_case(centre)
    for name in ("Beto", "Carla", "Dora", "Elsa", "Fani"):
        centre.run(
            "Ana",
            lambda uow, desk, name=name: teams.block(uow, desk, case_id, person(name)),  # type: ignore[misc]
        )
    with pytest.raises(DomainError, match="block_leaves_nobody"):
        centre.run("Ana", lambda uow, desk: teams.block(uow, desk, case_id, person("Ana")))
    assert everything(centre, "Ana", case_id)["list"] == [case_id]


def test_of_a_case_in_reserve_others_see_that_it_is_there_and_who_attends(centre: Centre) -> None:
    """(Z5) Control: the one who attends sees her name."""
    case_id = new_case(centre)
    centre.run("Ana", lambda uow, desk: teams.reserve(uow, desk, case_id))
    desk = centre.as_("Beto")
    with centre.store.unit() as uow:
        (row,) = casework.list_cases(uow, CaseFilter(), 0, 9)
        (found,) = casework.search_cases(uow, "nantip", 9)
        assert (row.is_only_known, row.person, row.risk_level, row.district) == (
            True,
            "",
            None,
            None,
        )
        assert found == row
        assert casework.list_cases(uow, CaseFilter(risk_level="3"), 0, 9) == ()
        assert casework.count_cases(uow, CaseFilter(risk_level="3")) == 0
        assert casework.count_cases(uow, CaseFilter()) == 1
        rows = agenda.agenda(uow, desk, AgendaFilter()).rows
        assert {one.title for one in rows} == {agenda.RESERVED}
        assert {(one.person, one.task.risk, bool(one.case_code)) for one in rows} == {("", 0, True)}
        (match,) = people.find_people(uow, desk, PROBE)
        assert (match.name, match.age, match.reasons) == (people.IN_RESERVE, None, ())
        said = teams.people_of(uow, desk, case_id)
        assert [(one.name, one.is_in_team) for one in said.people] == [("Ana", True)]
        assert said.code == row.code
    with pytest.raises(DomainError, match="access_reason"):
        centre.run("Beto", lambda uow, desk: forms.form_file(uow, desk, forms.FICHA, case_id))
    assert centre.run("Ana", lambda uow, _: casework.list_cases(uow, CaseFilter(), 0, 9))[0].person


def test_a_reason_opens_for_a_shift_and_the_team_is_shown_it(centre: Centre) -> None:
    """(Z1, Z4) Control: with the reason it opens, and behind the shift no more."""
    case_id = new_case(centre)
    centre.run("Ana", lambda uow, desk: teams.reserve(uow, desk, case_id))
    with pytest.raises(DomainError, match="access_needs_reason"):
        centre.run(
            "Beto", lambda uow, desk: teams.open_access(uow, desk, case_id, ["open_file"], " ")
        )
    centre.run(
        "Beto",
        lambda uow, desk: teams.open_access(uow, desk, case_id, ["open_file"], "Ana no está"),
    )
    file = centre.run("Beto", lambda uow, desk: forms.form_file(uow, desk, forms.FICHA, case_id))
    assert file.fields["names"].value == "Nantip"
    (came,) = centre.run("Ana", lambda uow, desk: teams.people_of(uow, desk, case_id)).came
    assert (came.name, came.reason) == ("Beto", "Ana no está")
    assert "Abrir el expediente: identificación y sección A" in came.acts
    assert "Ver el relato y las apreciaciones, salvo la psicológica" not in came.acts
    centre.run("Beto", lambda uow, desk: tasks.case_plan(uow, desk, case_id))
    centre.desk.clock.ms += GRANTED_FOR_MS  # type: ignore[attr-defined]
    with pytest.raises(DomainError, match="access_reason"):
        centre.run("Beto", lambda uow, desk: forms.form_file(uow, desk, forms.FICHA, case_id))


@pytest.mark.parametrize("name", ["Beto", "Carla", "Dora", "Elsa", "Fani"])
def test_whoever_is_there_values_the_risk_and_refers_to_the_last_field(
    centre: Centre, name: str
) -> None:
    case_id = new_case(centre)
    valuation = centre.run(name, lambda uow, desk: risk.open_valuation(uow, desk, case_id))
    referral = centre.run(name, lambda uow, desk: referrals.open_referral(uow, desk, case_id))
    for form_id, record_id in (("valoracion", valuation), (forms.REFERRAL_FORM, referral)):
        file = centre.run(
            name,
            lambda uow, desk, f=form_id, one=record_id: forms.form_file(uow, desk, f, one),  # type: ignore[misc]
        )
        shut = [one for one, view in file.fields.items() if view.closed or view.locked]
        assert shut == [], form_id
    centre.run(
        name, lambda uow, desk: forms.set_field(uow, desk, "valoracion", valuation, "level", "3")
    )
    centre.run(
        name,
        lambda uow, desk: referrals.set_field(uow, desk, referral, "institution", "comisaria"),
    )


def test_a_reason_alone_opens_what_cannot_wait(centre: Centre) -> None:
    case_id = new_case(centre)
    centre.run("Ana", lambda uow, desk: teams.reserve(uow, desk, case_id))
    for name in ("Beto", "Carla", "Dora", "Elsa", "Fani"):
        with pytest.raises(DomainError, match="access_reason"):
            centre.run(name, lambda uow, desk: referrals.open_referral(uow, desk, case_id))
        centre.run(name, lambda uow, desk: teams.open_access(uow, desk, case_id, [], "Urgente"))
        centre.run(name, lambda uow, desk: referrals.open_referral(uow, desk, case_id))
        centre.run(name, lambda uow, desk: risk.open_valuation(uow, desk, case_id))
        with pytest.raises(DomainError, match="access_reason"):
            centre.run(name, lambda uow, desk: forms.form_file(uow, desk, forms.FICHA, case_id))
    with pytest.raises(DomainError, match="access_team"):
        centre.run("Gina", lambda uow, desk: teams.open_access(uow, desk, case_id, [], "Urgente"))


def test_no_reason_opens_what_the_matrix_does_not(centre: Centre) -> None:
    """(Z1)"""
    case_id = new_case(centre)
    with pytest.raises(DomainError, match="access_not_to_ask"):
        centre.run(
            "Dora",
            lambda uow, desk: teams.open_access(uow, desk, case_id, ["see_psychological"], "X"),
        )
    centre.run(
        "Beto",
        lambda uow, desk: teams.open_access(uow, desk, case_id, ["see_psychological"], "Informe"),
    )
    file = centre.run("Beto", lambda uow, desk: forms.form_file(uow, desk, forms.FICHA, case_id))
    assert file.fields["psychological_assessment"].value == RELATION


def test_of_a_form_each_service_reads_its_part(centre: Centre) -> None:
    """(Z1)"""
    case_id = new_case(centre)

    def assessment(name: str) -> tuple[object, object]:
        file = centre.run(name, lambda uow, desk: forms.form_file(uow, desk, forms.FICHA, case_id))
        view = file.fields["psychological_assessment"]
        return view.value, view.closed.may_ask if view.closed else None

    assert assessment("Carla") == (RELATION, None)
    assert assessment("Beto") == (None, True)
    assert assessment("Dora") == (None, False)


def test_what_cannot_wait_is_done_in_others_cases_and_the_team_sees_who(centre: Centre) -> None:
    case_id = new_case(centre)
    team = [person("Carla")]
    centre.run("Elsa", lambda uow, desk: teams.set_team(uow, desk, case_id, team, None))
    for name in ("Beto", "Dora", "Elsa", "Fani"):
        centre.run(name, lambda uow, desk: referrals.open_referral(uow, desk, case_id))
        centre.run(name, lambda uow, desk: referrals.open_referral(uow, desk, case_id))
    came = centre.run("Carla", lambda uow, desk: teams.people_of(uow, desk, case_id)).came
    assert sorted(one.name for one in came) == ["Beto", "Dora", "Elsa", "Fani"]
    assert {one.reason for one in came} == {""}


def test_support_sees_how_much_waits_and_of_no_case(centre: Centre) -> None:
    case_id = new_case(centre)
    view = centre.run("Gina", lambda uow, _: sync_facts.sync_view(uow))
    assert view.waiting_changes > 0
    assert view.waiting == ()
    with pytest.raises(DomainError, match="access_role"):
        centre.run("Gina", lambda uow, _: casework.list_cases(uow, CaseFilter(), 0, 9))
    with pytest.raises(DomainError, match="access_role"):
        centre.run("Gina", lambda uow, desk: forms.form_file(uow, desk, forms.FICHA, case_id))


def test_a_list_is_whole_page_by_page_with_what_is_closed(centre: Centre) -> None:
    cases = [new_case(centre) for _ in range(7)]
    for one in cases[:2]:
        centre.run("Ana", lambda uow, desk, one=one: teams.block(uow, desk, one, person("Beto")))  # type: ignore[misc]
    for one in cases[2:4]:
        centre.run("Ana", lambda uow, desk, one=one: teams.reserve(uow, desk, one))  # type: ignore[misc]
    centre.as_("Beto")
    with centre.store.unit() as uow:
        pages = [casework.list_cases(uow, CaseFilter(), at, 2) for at in range(0, 8, 2)]
        count = casework.count_cases(uow, CaseFilter())
    rows = [row for page in pages for row in page]
    assert [len(page) for page in pages] == [2, 2, 1, 0]
    assert count == len(rows) == 5
    assert {row.case_id for row in rows} == set(cases[2:])
    assert [row.is_only_known for row in rows] == [False, False, False, True, True]


def test_a_rebuild_and_a_file_of_before_know_who_is_blocked(centre: Centre) -> None:
    case_id = new_case(centre)
    centre.run("Ana", lambda uow, desk: teams.block(uow, desk, case_id, person("Beto")))
    with centre.store.unit() as uow:
        ledger.rebuild(uow, definitions())
        uow.commit()
    assert everything(centre, "Beto", case_id)["list"] == []
    with centre.store.unit() as uow:
        uow.ties.clear()
        case_ties.bring_up_to_date(uow)
    assert everything(centre, "Beto", case_id)["list"] == []


def test_notes_of_work_are_read_by_whoever_wrote_them(centre: Centre) -> None:
    case_id = new_case(centre)
    note = centre.run(
        "Dora",
        lambda uow, desk: case_records.begin(uow, desk, "nota", case_id, {"text": "Llamó su tía"}),
    )
    other = centre.run(
        "Beto",
        lambda uow, desk: case_records.begin(uow, desk, "nota", case_id, {"text": "Visita"}),
    )

    def text(name: str, record_id: RecordId) -> object:
        file = centre.run(name, lambda uow, desk: forms.form_file(uow, desk, "nota", record_id))
        return file.fields["note_text"].value

    assert text("Dora", note) == "Llamó su tía"
    assert text("Dora", other) is None
    assert text("Beto", note) == "Llamó su tía"
