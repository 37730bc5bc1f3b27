"""The tasks of a case: what the facts open and close, and what people decide about them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, TypeVar

import pytest
from sqlalchemy import event

from app.domain.change import RecordId
from app.domain.condition import Answered, Not
from app.domain.errors import DomainError
from app.domain.pathway import TaskState
from app.domain.records import Kind, Name
from app.domain.value import Value
from app.services import agenda, forms, handover, ledger, task_view, tasks
from app.services.ports import Desk, FieldKey, UnitOfWork
from app.services.read_models import CaseFilter
from app.services.tasks import CasePlan
from app.services.work_ports import AgendaFilter
from db.store import memory_store
from tests.support.laptops import Laptop, exchange, make_desk

T = TypeVar("T")


def _add(laptop: Laptop, form_id: str, case_id: RecordId, **values: Value) -> RecordId:
    def work(uow: UnitOfWork) -> RecordId:
        record_id = forms.open_record(uow, laptop.desk, form_id, case_id, values)
        uow.commit()
        return record_id

    return laptop.run(work)


def _plan(laptop: Laptop, case_id: RecordId) -> CasePlan:
    return laptop.run(lambda uow: tasks.case_plan(uow, laptop.desk, case_id))


def _agenda(laptop: Laptop, role: str | None = None) -> agenda.Agenda:
    return laptop.run(lambda uow: agenda.agenda(uow, laptop.desk, AgendaFilter(role)))


def _do(laptop: Laptop, work: Callable[[UnitOfWork], T]) -> T:
    return laptop.run(work)


def _denounced(laptop: Laptop, day: str = "2026-11-23", time: str = "09:00") -> RecordId:
    """A case whose denuncia was received: the police owe their report within 24 hours."""
    case_id = laptop.open_case()
    _add(laptop, "suceso", case_id, code="denuncia_recibida", happened_on=day, happened_at=time)
    return case_id


def _police_report(plan: CasePlan) -> str:
    return next(one.key for one in plan.tasks if "PNP_INFORME" in one.rule.deadlines)


def test_what_happened_opens_a_pathway_and_closes_its_task(laptop: Laptop) -> None:
    case_id = _denounced(laptop)
    key = _police_report(_plan(laptop, case_id))
    assert _plan(laptop, case_id).task(key).state is TaskState.OPEN  # type: ignore[union-attr]

    _add(laptop, "suceso", case_id, code="informe_policial_remitido", happened_on="2026-11-24")

    assert _plan(laptop, case_id).task(key).state is TaskState.DONE  # type: ignore[union-attr]


def test_an_event_taken_back_says_nothing_any_more(laptop: Laptop) -> None:
    case_id = laptop.open_case()
    event = _add(laptop, "suceso", case_id, code="denuncia_recibida", happened_on="2026-11-23")
    assert any("PNP_INFORME" in one.rule.deadlines for one in _plan(laptop, case_id).tasks)

    def take_back(uow: UnitOfWork) -> None:
        forms.change_fields(uow, laptop.desk, {FieldKey(Kind.EVENT, event, Name.TOMBSTONE): True})
        uow.commit()

    laptop.run(take_back)

    assert not any("PNP_INFORME" in one.rule.deadlines for one in _plan(laptop, case_id).tasks)


def test_the_agenda_shows_first_whose_clock_ran_out_and_the_letter_that_claims_it(
    laptop: Laptop,
) -> None:
    case_id = _denounced(laptop)

    rows = _agenda(laptop).rows

    report = next(one for one in rows if "PNP_INFORME" in one.rule.deadlines)
    assert report.task.case_id == case_id
    assert report.is_overdue  # received on the 23rd at nine; now it is noon of the 26th
    assert not report.task.is_own_clock
    assert report.claim_document
    presses = [one.is_overdue or one.task.is_urgent for one in rows]
    assert presses == sorted(presses, reverse=True)


def test_of_what_is_overdue_the_graver_case_comes_first(laptop: Laptop) -> None:
    mild, severe = _denounced(laptop, "2026-11-20"), _denounced(laptop, "2026-11-24")
    laptop.fill(mild, NIVEL_DE_RIESGO_VICTIMA="1")
    laptop.fill(severe, NIVEL_DE_RIESGO_VICTIMA="3")

    overdue = [one.task.case_id for one in _agenda(laptop).rows if one.is_overdue]

    assert overdue.index(severe) < overdue.index(mild)
    assert severe not in overdue[overdue.index(mild) :]


def test_a_task_done_by_hand_leaves_the_agenda_and_comes_back_when_opened_again(
    laptop: Laptop,
) -> None:
    case_id = _denounced(laptop)
    key = _police_report(_plan(laptop, case_id))
    today = laptop.desk.clock.today()

    _do(laptop, lambda uow: tasks.mark_done(uow, laptop.desk, case_id, key, today))
    assert key not in [one.task.key for one in _agenda(laptop).rows]

    _do(laptop, lambda uow: tasks.reopen(uow, laptop.desk, case_id, key, "no era el informe"))
    assert key in [one.task.key for one in _agenda(laptop).rows]


def test_a_task_is_not_postponed_without_a_reason_nor_to_a_day_that_is_over(
    laptop: Laptop,
) -> None:
    case_id = _denounced(laptop)
    key = _police_report(_plan(laptop, case_id))
    today = laptop.desk.clock.today()

    with pytest.raises(DomainError, match="task_needs_reason"):
        _do(
            laptop,
            lambda uow: tasks.postpone(
                uow, laptop.desk, case_id, key, today + timedelta(days=1), "  "
            ),
        )
    with pytest.raises(DomainError, match="task_postponed_to_past"):
        _do(laptop, lambda uow: tasks.postpone(uow, laptop.desk, case_id, key, today, "lluvia"))
    with pytest.raises(DomainError, match="task_unknown"):
        _do(laptop, lambda uow: tasks.assign(uow, laptop.desk, case_id, "nada/1", "legal"))


def test_a_postponed_task_hides_until_its_day_but_not_once_its_term_ran_out(
    laptop: Laptop,
) -> None:
    case_id = _denounced(laptop)
    overdue = _police_report(_plan(laptop, case_id))
    later = next(
        one for one in _agenda(laptop).rows if one.task.due_ms is not None and not one.is_overdue
    ).task.key
    until = laptop.desk.clock.today() + timedelta(days=1)
    for key in (overdue, later):
        _do(
            laptop,
            lambda uow, key=key: tasks.postpone(  # type: ignore[misc]
                uow, laptop.desk, case_id, key, until, "no hay bote"
            ),
        )

    shown = [one.task.key for one in _agenda(laptop).rows]

    assert overdue in shown
    assert later not in shown


def test_a_task_handed_to_another_role_is_in_that_role_s_agenda(laptop: Laptop) -> None:
    case_id = _denounced(laptop)
    key = _police_report(_plan(laptop, case_id))
    assert key in [one.task.key for one in _agenda(laptop, "legal").rows]

    _do(laptop, lambda uow: tasks.assign(uow, laptop.desk, case_id, key, "social"))

    assert key in [one.task.key for one in _agenda(laptop, "social").rows]
    assert key not in [one.task.key for one in _agenda(laptop, "legal").rows]


def test_no_professional_leaves_the_task_open_and_says_so(laptop: Laptop) -> None:
    case_id = _denounced(laptop)
    key = _police_report(_plan(laptop, case_id))

    _do(
        laptop,
        lambda uow: tasks.no_professional(uow, laptop.desk, case_id, key, "plaza sin cubrir"),
    )

    task = _plan(laptop, case_id).task(key)
    assert task is not None
    assert task.state is TaskState.NO_PROFESSIONAL
    assert task.decision is not None
    assert task.decision.reason == "plaza sin cubrir"
    assert key in [one.task.key for one in _agenda(laptop).rows]


def test_two_laptops_that_decide_about_one_task_write_to_one_record(laptop: Laptop) -> None:
    case_id = _denounced(laptop)
    key = _police_report(_plan(laptop, case_id))
    other = Laptop(
        memory_store(laptop.desk.definitions.registry), make_desk(seed=2, letter="B", author="b0")
    )
    exchange(laptop, other)
    today = laptop.desk.clock.today()
    _do(laptop, lambda uow: tasks.mark_done(uow, laptop.desk, case_id, key, today))
    _do(other, lambda uow: tasks.no_professional(uow, other.desk, case_id, key, "nadie hoy"))
    exchange(laptop, other)

    here, there = (_plan(one, case_id).task(key) for one in (laptop, other))

    assert here is not None
    assert there is not None
    assert here.state == there.state == TaskState.NO_PROFESSIONAL  # the more cautious shows
    other.store.close()


def test_a_rebuild_gives_the_same_agenda(laptop: Laptop) -> None:
    case_id = _denounced(laptop)
    laptop.fill(case_id, NIVEL_DE_RIESGO_VICTIMA="3")
    before = [one.task for one in _agenda(laptop).rows]
    assert before

    def again(uow: UnitOfWork) -> None:
        ledger.rebuild(uow, laptop.desk.definitions)
        uow.commit()

    laptop.run(again)

    assert [one.task for one in _agenda(laptop).rows] == before


def test_a_holiday_of_the_centre_marks_every_case_to_be_worked_out_again(laptop: Laptop) -> None:
    _denounced(laptop)
    assert _agenda(laptop).stale == 0

    def holiday(uow: UnitOfWork) -> None:
        forms.open_record(uow, laptop.desk, "calendario", None, {"day": "2026-12-01"})
        uow.commit()

    laptop.run(holiday)

    assert laptop.run(lambda uow: uow.agenda.count_stale()) == 1


def test_a_closed_case_asks_for_nothing(laptop: Laptop) -> None:
    case_id = _denounced(laptop)
    assert _agenda(laptop).rows

    laptop.fill(case_id, closing_reason="plan_cumplido", closed_on="2026-11-26")

    assert _agenda(laptop).rows == ()


def test_the_agenda_shows_initials_and_no_name(laptop: Laptop) -> None:
    case_id = _denounced(laptop)
    laptop.fill(case_id, names="Persona", surname_1="Inventada", surname_2="Ejemplo")

    assert {one.person for one in _agenda(laptop).rows} == {"P. I. E."}


def test_a_hand_over_keeps_what_was_open_whatever_is_done_later(laptop: Laptop) -> None:
    case_id = _denounced(laptop)
    key = _police_report(_plan(laptop, case_id))
    code = laptop.ficha(case_id).case_code
    record_id = _do(
        laptop, lambda uow: handover.give(uow, laptop.desk, shift="3", note="Llamar al río")
    )
    today = laptop.desk.clock.today()
    _do(laptop, lambda uow: tasks.mark_done(uow, laptop.desk, case_id, key, today))

    given = _do(laptop, lambda uow: handover.handovers(uow, 10))

    assert [one.record_id for one in given] == [record_id]
    assert given[0].given_on == date(2026, 11, 26)
    assert given[0].taken_on is None
    assert code in {one.case_code for one in given[0].items}
    assert any(one.due_ms is not None for one in given[0].items)


def test_a_hand_over_is_taken_once(laptop: Laptop) -> None:
    record_id = _do(laptop, lambda uow: handover.give(uow, laptop.desk, shift="1", note=""))
    _do(laptop, lambda uow: handover.take(uow, laptop.desk, record_id))

    with pytest.raises(DomainError, match="handover_taken"):
        _do(laptop, lambda uow: handover.take(uow, laptop.desk, record_id))
    assert _do(laptop, lambda uow: handover.handovers(uow, 1))[0].taken_by == laptop.desk.actor.name


def test_what_is_urgent_because_its_hour_is_not_known_comes_first(laptop: Laptop) -> None:
    """Nobody wrote down when the rape was: the kit is asked for as if within 72 hours."""
    _denounced(laptop, "2026-11-26")
    case_id = laptop.open_case()
    laptop.fill(case_id, sexual_acts=("VIOLACION",), NIVEL_DE_RIESGO_VICTIMA="3")

    found = _agenda(laptop)

    assert found.rows[0].task.case_id == case_id
    assert found.counts.urgent
    kit = [one for one in found.rows if "KIT_72H" in one.rule.deadlines]
    assert kit
    assert all(one.task.is_urgent for one in kit)


def test_a_severe_valuation_starts_the_clocks_of_the_high_risk_protocol(laptop: Laptop) -> None:
    case_id = laptop.open_case()
    laptop.fill(case_id, FECHA_INGRESO="2026-11-20", VINCULO_AGRESOR_VICTIMA="1")
    laptop.fill(case_id, NIVEL_DE_RIESGO_VICTIMA="2")
    assert "R-ALTO-RIESGO" not in [one.id for one in _plan(laptop, case_id).pathways]

    _add(laptop, "valoracion", case_id, level="3", valued_on="2026-11-25", reason="inventada")

    plan = _plan(laptop, case_id)
    assert "R-ALTO-RIESGO" in [one.id for one in plan.pathways]
    since = plan.facts.when("nivel_severo")
    assert [one.moment.day for one in since if one.moment] == [date(2026, 11, 25)]


def test_the_centre_knew_a_case_when_it_opened_the_ficha(laptop: Laptop) -> None:
    case_id = laptop.open_case()

    known = _plan(laptop, case_id).facts.when("conocimiento_cem")

    assert [one.moment.day for one in known if one.moment] == [laptop.desk.clock.today()]


def test_a_role_that_this_release_does_not_know_hides_no_task(laptop: Laptop) -> None:
    case_id = _denounced(laptop)
    key = _police_report(_plan(laptop, case_id))
    role = _plan(laptop, case_id).task(key).role  # type: ignore[union-attr]
    _do(laptop, lambda uow: tasks.assign(uow, laptop.desk, case_id, key, "psicologia"))
    handed_on = FieldKey(Kind.TASK, tasks.task_record_id(case_id, key), tasks.ROLE)

    def newer_program(uow: UnitOfWork) -> None:
        forms.change_fields(uow, laptop.desk, {handed_on: "rol_de_otra_version"})
        uow.commit()

    _do(laptop, newer_program)

    assert _plan(laptop, case_id).task(key).role == role  # type: ignore[union-attr]


def test_a_page_of_the_agenda_asks_as_often_for_many_cases_as_for_one(laptop: Laptop) -> None:
    asked: list[str] = []

    def note(*call: object) -> None:
        asked.append(str(call[2]))

    def page() -> int:
        _agenda(laptop)  # works out what waits
        asked.clear()
        _agenda(laptop)
        return len(asked)

    event.listen(laptop.store._engine, "before_cursor_execute", note)
    _denounced(laptop)
    of_one = page()
    for _ in range(4):
        _denounced(laptop)
    assert page() == of_one


def test_a_valuation_that_arrives_before_its_case_makes_no_row_of_the_list(laptop: Laptop) -> None:
    case_id = laptop.desk.ids.new_record_id()
    valuation = laptop.desk.ids.new_record_id()

    def arrives(uow: UnitOfWork) -> None:
        named = FieldKey(Kind.RISK_VALUATION, valuation, Name.CASE)
        forms.change_fields(uow, laptop.desk, {named: case_id})
        uow.commit()

    _do(laptop, arrives)

    assert laptop.run(lambda uow: uow.cases.count(CaseFilter())) == 0


@pytest.mark.parametrize(("role", "is_told"), [("psicologia", True), ("admision", False)])
def test_a_reserved_task_says_neither_what_it_is_nor_by_which_norm(
    laptop: Laptop, role: str, is_told: bool
) -> None:
    case_id = laptop.open_case()
    actor = dataclasses.replace(laptop.desk.actor, role=role, roles=(role,))
    desk = dataclasses.replace(laptop.desk, actor=actor)
    (rule,) = (one for one in desk.definitions.pathways["R-KIT"].tasks if one.is_sensitive)
    kit = dataclasses.replace(desk.definitions.pathways["R-KIT"], opens_when=Not(Answered("none")))
    sure = dataclasses.replace(rule.source, certainty="high")
    shown = dataclasses.replace(rule, shown_when=None, source=sure)
    pathways = {"R-KIT": dataclasses.replace(kit, tasks=(shown,))}
    desk = dataclasses.replace(
        desk, definitions=dataclasses.replace(desk.definitions, pathways=pathways)
    )

    (task,) = laptop.run(lambda uow: task_view.plan_view(uow, desk, case_id)).tasks

    assert (task.title == rule.title) is is_told
    assert bool(task.note) is is_told
    assert bool(task.basis) is is_told


def test_a_case_that_cannot_be_worked_out_is_set_aside_and_hides_no_other(
    laptop: Laptop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody expects it: the planning of one case fails, as a bug would make it."""
    good, bad = _denounced(laptop), _denounced(laptop)
    whole = agenda.plan_of

    def fails(uow: UnitOfWork, desk: Desk, case_id: RecordId, *more: Any) -> CasePlan:
        if case_id == bad:
            raise ZeroDivisionError
        return whole(uow, desk, case_id, *more)

    with monkeypatch.context() as broken:
        broken.setattr(agenda, "plan_of", fails)
        found = _agenda(laptop)
        assert {one.task.case_id for one in found.rows} == {good}
        assert (found.set_aside, found.stale) == (1, 0)

    laptop.fill(bad, EDAD_VICTIMA=30)  # it changes, and is tried again

    assert {one.task.case_id for one in _agenda(laptop).rows} == {good, bad}
    assert _agenda(laptop).set_aside == 0
