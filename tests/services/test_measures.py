"""Measures and events, written by their forms, start and stop what the law asks."""

from __future__ import annotations

from datetime import datetime

import pytest

from app.domain.change import RecordId
from app.domain.deadline import Due, Unknown
from app.domain.facts import LIMA
from app.domain.pathway import Task, TaskState
from app.domain.records import Kind
from app.domain.value import Absent, Value
from app.services import forms, tasks
from app.services.ports import FieldKey, UnitOfWork
from tests.support.laptops import Laptop

EXECUTION = "R-30364/10"
PERIODIC = "R-30364/11"
APPEAL = "R-30364/9"


def _add(laptop: Laptop, form_id: str, case_id: RecordId, **values: Value) -> RecordId:
    def work(uow: UnitOfWork) -> RecordId:
        record_id = forms.open_record(uow, laptop.desk, form_id, case_id, values)
        uow.commit()
        return record_id

    return laptop.run(work)


def _set(laptop: Laptop, record_id: RecordId, **values: Value) -> None:
    def work(uow: UnitOfWork) -> None:
        changes = {FieldKey(Kind.MEASURE, record_id, name): one for name, one in values.items()}
        forms.change_fields(uow, laptop.desk, changes)
        uow.commit()

    laptop.run(work)


def _tasks(laptop: Laptop, case_id: RecordId, rule: str) -> list[Task]:
    plan = laptop.run(lambda uow: tasks.case_plan(uow, laptop.desk, case_id))
    return [one for one in plan.tasks if one.key.startswith(f"{rule}/") or one.key == rule]


@pytest.fixture
def case_id(laptop: Laptop) -> RecordId:
    """A case with a denuncia and a FVR that came out severe."""
    found = laptop.open_case()
    _add(
        laptop, "suceso", found,
        code="denuncia_recibida", happened_on="2026-03-06", happened_at="22:30",
    )  # fmt: skip
    _add(laptop, "fvr", found, level="severo", applied_on="2026-03-06")
    return found


def test_a_measure_that_was_notified_starts_the_reports_on_it(
    laptop: Laptop, case_id: RecordId
) -> None:
    measure = _add(
        laptop, "medida", case_id,
        type="retiro_agresor", given_on="2026-03-09", notified_on="2026-03-09",
    )  # fmt: skip

    (execution,) = _tasks(laptop, case_id, EXECUTION)
    (periodic,) = _tasks(laptop, case_id, PERIODIC)

    assert execution.key == f"{EXECUTION}/{measure}"
    assert isinstance(execution.due, Due)
    assert execution.due_at == datetime(2026, 3, 16, 23, 59, tzinfo=LIMA)
    assert periodic.due_at == datetime(2026, 6, 9, 23, 59, tzinfo=LIMA)


def test_a_measure_whose_notification_nobody_knows_has_a_term_that_cannot_be_told(
    laptop: Laptop, case_id: RecordId
) -> None:
    _add(
        laptop, "medida", case_id,
        type="retiro_agresor", given_on="2026-03-09", notified_on=Absent.UNKNOWN,
    )  # fmt: skip

    (execution,) = _tasks(laptop, case_id, EXECUTION)

    assert isinstance(execution.due, Unknown)
    assert execution.due.missing == ("medida_notificada",)


def test_the_report_on_one_measure_does_not_close_that_of_another(
    laptop: Laptop, case_id: RecordId
) -> None:
    one, other = (
        _add(laptop, "medida", case_id, type=kind, given_on="2026-03-09", notified_on=day)
        for kind, day in (("retiro_agresor", "2026-03-09"), ("armas", "2026-03-11"))
    )

    _set(laptop, one, execution_report_on="2026-03-12")

    states = {task.key: task.state for task in _tasks(laptop, case_id, EXECUTION)}
    assert states == {
        f"{EXECUTION}/{one}": TaskState.DONE,
        f"{EXECUTION}/{other}": TaskState.OPEN,
    }


def test_a_measure_that_ended_is_watched_no_longer(laptop: Laptop, case_id: RecordId) -> None:
    measure = _add(
        laptop, "medida", case_id,
        type="retiro_agresor", given_on="2026-03-09", notified_on="2026-03-09",
    )  # fmt: skip

    _set(laptop, measure, ended_on="2026-05-01", end_reason="(motivo inventado)")

    assert [task.state for task in _tasks(laptop, case_id, PERIODIC)] == [TaskState.NOT_NEEDED]


def test_the_appeal_counts_from_the_day_on_which_she_was_notified(
    laptop: Laptop, case_id: RecordId
) -> None:
    measure = _add(laptop, "medida", case_id, type="retiro_agresor", given_on="2026-03-09")
    (unknown,) = _tasks(laptop, case_id, APPEAL)
    assert isinstance(unknown.due, Unknown)

    _set(laptop, measure, party_notified_on="2026-03-10")

    (appeal,) = _tasks(laptop, case_id, APPEAL)
    assert appeal.due_at == datetime(2026, 3, 13, 23, 59, tzinfo=LIMA)


def test_each_breach_has_its_own_twenty_four_hours(laptop: Laptop, case_id: RecordId) -> None:
    first, second = (
        _add(
            laptop, "suceso", case_id,
            code="incumplimiento_conocido", happened_on="2026-03-14", happened_at=hour,
        )
        for hour in ("10:00", "20:00")
    )  # fmt: skip
    _add(
        laptop, "suceso", case_id,
        code="incumplimiento_comunicado", happened_on="2026-03-14", happened_at="12:00",
    )  # fmt: skip

    found = {task.key: task for task in _tasks(laptop, case_id, "R-30364/12")}

    assert found[f"R-30364/12/{first}"].state is TaskState.DONE
    still = found[f"R-30364/12/{second}"]
    assert still.state is TaskState.OPEN
    assert still.due_at == datetime(2026, 3, 15, 20, 0, tzinfo=LIMA)
    assert still.rule.documents == ("oficio_incumplimiento",)
