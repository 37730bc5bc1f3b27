"""A deadline that is not answered is not taken for one that is: of a decision that was refused it is
said of which task of which case, whatever else is decided meanwhile."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit

from app.domain.change import RecordId
from app.domain.errors import EnvironmentFault
from app.domain.pathway import TaskState
from app.domain.records import Name
from app.services import case_records, forms, tasks
from app.services.messages import sentence
from app.services.ports import UnitOfWork
from app.services.task_view import PlanView, TaskView, plan_view
from tests.support.windows import Screen, shown_children, slow_disk
from ui.screens.plan.view import PlanPage
from ui.screens.today.decisions import Choice
from ui.screens.today.view import TodayPage
from ui.screens.today.words import refusal_words

LATER = "31/12/2026"
"""A day that has not come yet: nothing is done on it."""

NOTHING = "No se anotó."
"""Said of every decision that was refused: the foot says meanwhile that all is saved, which it is."""

REFUSED = f"{NOTHING} {sentence('task_done_in_future', {}, str)}"


@pytest.fixture
def case_id(screen: Screen) -> RecordId:
    """A case with several tasks."""
    return screen.new_case(names="Nantip")


def opened(screen: Screen, name: str, case_id: RecordId) -> PlanPage | TodayPage:
    """Go to *Plan* or *Hoy*."""
    page = screen.go(name, **({"case_id": case_id} if name == "plan" else {}))
    assert isinstance(page, PlanPage | TodayPage)
    assert page.table.model().rowCount() > 1
    return page


def chosen(screen: Screen, page: PlanPage | TodayPage, number: int) -> TaskView:
    """Choose a task of the list."""
    page.table.selectRow(number)
    screen.settle()
    assert page.panel.task is not None
    return page.panel.task


def done(page: PlanPage | TodayPage, day: str = "") -> None:
    """Say that the task that shows was done, on the day that the program proposes or another."""
    page.panel.choose(Choice.DONE)
    (line,) = [one for one in shown_children(page.panel) if one.accessibleName() == "Día"]
    assert isinstance(line, QLineEdit)
    if day:
        line.clear()
        QTest.keyClicks(line, day)
    QTest.keyClick(line, Qt.Key.Key_Return)


def plan_of(screen: Screen, case_id: RecordId) -> PlanView:
    return screen.run(lambda uow: plan_view(uow, screen.desk, case_id))


def allow_writing(screen: Screen, *, may_write: bool) -> None:
    """Let the disk take what is written, or refuse it."""

    def pragma() -> None:
        with screen.store._engine.connect() as connection:
            driver = connection.connection.driver_connection
            assert driver is not None
            driver.cursor().execute(f"PRAGMA query_only = {'OFF' if may_write else 'ON'}")

    screen.runner.on_storage_thread(pragma).result()


def state_of(screen: Screen, task: TaskView) -> TaskState:
    plan = screen.run(lambda uow: tasks.case_plan(uow, screen.desk, task.case_id))
    found = plan.task(task.key)
    assert found is not None
    return found.state


def number_of(screen: Screen, case_id: RecordId) -> str:
    """The number of a case, as people call it."""
    return str(screen.run(lambda uow: uow.records.fields(case_id)[Name.CODE].value))


@pytest.mark.parametrize("days", [(LATER, ""), ("", LATER)])
def test_a_decision_that_is_saved_takes_no_refused_one_away(
    screen: Screen, case_id: RecordId, days: tuple[str, str]
) -> None:
    """Both were pressed before the disk answered, whichever of them is refused: she would believe
    that both deadlines are answered. Which of them is not is said."""
    page = opened(screen, "plan", case_id)
    pressed = []
    with slow_disk(screen):
        for number, day in enumerate(days):
            page.table.selectRow(number)
            assert page.panel.task is not None
            pressed.append(page.panel.task)
            done(page, day)
    states = [state_of(screen, one) for one in pressed]
    assert states.count(TaskState.DONE) == 1
    refused = pressed[1 - states.index(TaskState.DONE)]
    assert screen.shell.alert_words == (
        f"{number_of(screen, case_id)} · {refused.title}: {REFUSED}"
    )


@pytest.mark.parametrize("name", ["plan", "today"])
def test_what_is_pressed_again_takes_away_what_was_refused_before_and_not_after(
    screen: Screen, case_id: RecordId, name: str
) -> None:
    """On *Hoy* a task comes from the disk before it is decided: only the same one is pressed twice
    while the disk is at something else."""
    page = opened(screen, name, case_id)
    task = chosen(screen, page, 0)
    done(page, LATER)
    screen.settle()
    assert REFUSED in screen.shell.alert_words
    with slow_disk(screen):
        done(page, LATER)
        assert screen.shell.alert_words == ""
        done(page)
    assert state_of(screen, task) is TaskState.DONE
    assert REFUSED in screen.shell.alert_words


@pytest.mark.parametrize("name", ["plan", "today"])
def test_a_refused_decision_is_said_with_its_case_and_its_task(
    screen: Screen, case_id: RecordId, name: str
) -> None:
    """She is at the tasks of another case by then."""
    other = screen.new_case(names="Zoila")
    page = opened(screen, name, case_id)
    task = chosen(screen, page, 0)
    with slow_disk(screen):
        done(page, LATER)
        away = other if task.case_id == case_id else case_id
        screen.shell.go("plan", {"case_id": away})
    assert isinstance(screen.page, PlanPage)
    assert screen.page.presenter.case_id == away
    code = number_of(screen, task.case_id)
    assert code != number_of(screen, away)
    assert screen.shell.alert_words == f"{code} · {task.title}: {REFUSED}"


@pytest.mark.parametrize("name", ["plan", "today"])
def test_that_a_task_is_gone_is_said_to_whoever_decided_about_it(
    screen: Screen, case_id: RecordId, name: str
) -> None:
    """And the list shows it no more."""

    def receive(uow: UnitOfWork) -> RecordId:
        values = {
            "code": "denuncia_recibida",
            "happened_on": "2026-11-23",
            "happened_at": "09:00",
        }
        made = forms.open_record(uow, screen.desk, "suceso", case_id, values)
        uow.commit()
        return made

    before = {one.key for one in plan_of(screen, case_id).tasks}
    event = screen.run(receive)
    page = opened(screen, name, case_id)
    rows = range(page.table.model().rowCount())
    task = next(one for one in (chosen(screen, page, n) for n in rows) if one.key not in before)
    screen.run(lambda uow: case_records.discard(uow, screen.desk, event))
    done(page)
    screen.settle()
    said = f"{NOTHING} {sentence('task_unknown', {}, str)}"
    assert screen.shell.alert_words == f"{number_of(screen, case_id)} · {task.title}: {said}"
    assert page.chosen is not None
    rows = range(page.table.model().rowCount())
    assert task.key not in {chosen(screen, page, n).key for n in rows}


def test_a_decision_that_the_disk_refused_is_decided_again_and_does_not_wait(
    screen: Screen, case_id: RecordId
) -> None:
    """What is typed is tried again by itself once there is room, a decision is not: nothing of it
    is promised, nor is it said twice that it was not noted. Control: pressed again, it is noted."""
    page = opened(screen, "plan", case_id)
    task = chosen(screen, page, 0)
    named = f"{number_of(screen, case_id)} · {task.title}"
    allow_writing(screen, may_write=False)
    done(page)
    screen.settle()
    assert screen.shell.alert_words == (
        f"{named}: {NOTHING} No se puede escribir en el disco. Avise a su coordinación."
    )
    allow_writing(screen, may_write=True)
    done(page)
    screen.settle()
    assert state_of(screen, task) is TaskState.DONE
    for fault in ("disk_full", "disk_read_only", "disk_failing"):
        said = refusal_words(screen.texts, EnvironmentFault(fault), "", task)
        assert said.startswith(f"{task.title}: {NOTHING} ")
        assert "guardó" not in said
        assert "se volverá a guardar solo" not in said
        assert "sigue en la pantalla" not in said  # another case may show by then


def test_a_case_that_could_not_be_read_is_not_said_above_the_next_one(
    screen: Screen, case_id: RecordId
) -> None:
    """She went on before the disk answered. Control: of the one that she wants it is said."""
    unknown = RecordId("f" * 32)
    with slow_disk(screen):
        screen.shell.go("plan", {"case_id": unknown})
        screen.shell.go("plan", {"case_id": case_id})
    assert screen.shell.alert_words == ""
    screen.go("plan", case_id=unknown)
    assert screen.shell.alert_words == sentence("record_unknown", {}, str)
