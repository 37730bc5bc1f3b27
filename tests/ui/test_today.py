"""The agenda, the tasks of a case and its records, as somebody uses them in the window."""

from __future__ import annotations

from datetime import datetime, time

import pytest
from PySide6.QtCore import Qt

from app.domain.change import RecordId
from app.domain.facts import LIMA
from app.domain.pathway import TaskState
from app.services import backups, forms, tasks
from app.services.agenda import agenda
from app.services.backup_ports import TriedBackup
from app.services.ports import UnitOfWork
from app.services.task_view import TaskView
from app.services.work_ports import AgendaFilter
from tests.support.windows import Screen, shown_children
from ui.forms.choice_editors import FinderEditor
from ui.screens.plan.view import PlanPage
from ui.screens.records.view import RecordsPage
from ui.screens.today.decisions import Choice
from ui.screens.today.view import TodayPage
from ui.widgets.pieces import CheckableButton


@pytest.fixture
def denounced(screen: Screen) -> RecordId:
    """A severe case whose police report is overdue."""
    case_id = screen.new_case(names="Nantip", surname_1="Ejemplo", NIVEL_DE_RIESGO_VICTIMA="3")

    def receive(uow: UnitOfWork) -> None:
        values = {
            "code": "denuncia_recibida",
            "happened_on": "2026-11-23",
            "happened_at": "09:00",
        }
        forms.open_record(uow, screen.desk, "suceso", case_id, values)
        uow.commit()

    screen.run(receive)
    return case_id


def _today(screen: Screen) -> TodayPage:
    page = screen.go("today")
    assert isinstance(page, TodayPage)
    return page


def _choose(screen: Screen, page: TodayPage, deadline: str) -> TaskView:
    rows = screen.run(lambda uow: agenda(uow, screen.desk, AgendaFilter())).rows
    number = next(n for n, one in enumerate(rows) if deadline in one.rule.deadlines)
    page.table.selectRow(number)
    screen.settle()
    assert page.panel.task is not None
    return page.panel.task


def test_the_agenda_names_the_most_urgent_task_and_whose_clock_ran_out(
    screen: Screen, denounced: RecordId
) -> None:
    page = _today(screen)
    task = _choose(screen, page, "PNP_INFORME")

    assert task.case_id == denounced
    assert task.is_overdue
    assert task.by
    assert task.claim_document
    model = page.table.model()
    first = model.index(0, 0).data(Qt.ItemDataRole.DisplayRole)
    assert first.startswith("▲ Venció")


def test_a_task_is_done_from_the_panel_by_keyboard(screen: Screen, denounced: RecordId) -> None:
    page = _today(screen)
    task = _choose(screen, page, "PNP_INFORME")

    page.panel.choose(Choice.DONE)
    screen.bot.keyClick(page.panel._day, Qt.Key.Key_Return)
    screen.settle()

    plan = screen.run(lambda uow: tasks.case_plan(uow, screen.desk, denounced))
    done = plan.task(task.key)
    assert done is not None
    assert done.state is TaskState.DONE


def test_postponing_without_a_reason_says_so_beside_the_field(
    screen: Screen, denounced: RecordId
) -> None:
    page = _today(screen)
    task = _choose(screen, page, "PNP_INFORME")

    page.panel.choose(Choice.POSTPONE)
    screen.bot.keyClicks(page.panel._day, "30/11/2026")
    screen.bot.keyClick(page.panel._day, Qt.Key.Key_Return)
    screen.settle()

    assert page.panel._remark.isVisible()
    plan = screen.run(lambda uow: tasks.case_plan(uow, screen.desk, denounced))
    assert plan.task(task.key).decision is None  # type: ignore[union-attr]


def test_the_overdue_letter_is_one_step_away(screen: Screen, denounced: RecordId) -> None:
    page = _today(screen)
    _choose(screen, page, "PNP_INFORME")

    page.panel._claim.click()
    screen.settle()

    assert screen.page is not page
    assert screen.shell.page_names  # the paper page shows, with the letter chosen
    assert type(screen.page).__name__ == "PapersPage"


def test_the_plan_of_a_case_shows_also_what_is_settled(screen: Screen, denounced: RecordId) -> None:
    page = screen.go("plan", case_id=denounced)
    assert isinstance(page, PlanPage)
    open_only = page.table.model().rowCount()

    page.presenter.show_settled(True)

    assert page.table.model().rowCount() > open_only


def test_an_event_that_is_written_down_moves_the_plan(screen: Screen) -> None:
    case_id = screen.new_case(names="Nantip", surname_1="Ejemplo")
    page = screen.go("records", case_id=case_id, form_id="suceso", values={"code": "desaparicion"})
    assert isinstance(page, RecordsPage)

    assert page.presenter.record_id is not None
    assert page.table.model().rowCount() == 1
    plan = screen.run(lambda uow: tasks.case_plan(uow, screen.desk, case_id))
    assert "R-DESAPARICION" in [one.id for one in plan.pathways]


def test_a_record_taken_from_its_list_can_be_put_back(screen: Screen) -> None:
    case_id = screen.new_case(names="Nantip", surname_1="Ejemplo")
    page = screen.go("records", case_id=case_id, form_id="suceso", values={"code": "desaparicion"})
    assert isinstance(page, RecordsPage)

    page.presenter.discard()
    screen.settle()
    assert page.table.model().rowCount() == 0
    page.presenter.restore()
    screen.settle()

    assert page.table.model().rowCount() == 1


def test_a_shift_is_handed_over_and_taken(screen: Screen, denounced: RecordId) -> None:
    page = _today(screen)

    page.presenter.give("3", "Revisar el caso severo")
    screen.settle()
    given = page.handover._latest
    assert given is not None
    assert given.items
    # Whoever takes over can read all of it.
    page.handover._see.click()
    assert page.handover._items.text().count("\n") == len(given.items) - 1
    assert page.handover._items.isVisible()
    page.presenter.take(given.record_id)
    screen.settle()

    latest = page.handover._latest
    assert latest is not None
    assert latest.taken_by == screen.desk.actor.name


def test_what_ran_out_stands_first_among_the_tasks_of_a_case(
    screen: Screen, denounced: RecordId
) -> None:
    page = screen.go("plan", case_id=denounced)
    assert isinstance(page, PlanPage)
    shown = [page._model.row(number) for number in range(page._model.rowCount())]
    late = [one is not None and one.is_overdue for one in shown]
    assert any(late)
    assert late == sorted(late, reverse=True)


def test_the_list_says_of_a_task_that_it_was_put_off(screen: Screen, denounced: RecordId) -> None:
    page = screen.go("plan", case_id=denounced)
    assert isinstance(page, PlanPage)
    page.panel.choose(Choice.POSTPONE)
    screen.bot.keyClicks(page.panel._day, "30/11/2026")
    screen.bot.keyClicks(page.panel._reason, "Sin movilidad")
    screen.bot.keyClick(page.panel._reason, Qt.Key.Key_Return)
    screen.settle()
    words = page.table.model().index(0, 1).data(Qt.ItemDataRole.DisplayRole)
    assert words.startswith("Pospuesta hasta el 30/11/2026 · ")


def test_a_task_is_counted_once_and_on_every_page(screen: Screen) -> None:
    screen.new_case(names="Nantip")
    counted: list[int] = []
    screen.shell.today.counted.connect(counted.append)
    screen.go("cases")
    screen.shell.sync.presenter.look()
    screen.settle()
    found = screen.run(lambda uow: agenda(uow, screen.desk, AgendaFilter()))
    presses = [
        one
        for one in found.rows
        if one.is_overdue
        or one.task.is_urgent
        or (one.task.due_ms is not None and one.task.due_ms <= _end_of_day(screen))
    ]
    assert counted
    assert counted[-1] == len(presses)


def _end_of_day(screen: Screen) -> int:
    return int(datetime.combine(screen.desk.clock.today(), time.max, LIMA).timestamp() * 1000)


def test_the_records_say_whose_they_are_before_one_is_opened(screen: Screen) -> None:
    first = screen.new_case(names="Nantip")
    second = screen.new_case(names="Urpi")
    page = screen.go("records", case_id=first, form_id="suceso", values={"code": "desaparicion"})
    assert isinstance(page, RecordsPage)
    code = page._title.text()
    assert code.startswith("Anotar · ")

    page.open(case_id=second)
    assert page._title.text() == "Anotar"  # never the case of before
    screen.settle()

    assert page._title.text().startswith("Anotar · ")
    assert page._title.text() != code


def test_the_arrows_go_through_the_records_and_enter_goes_into_one(screen: Screen) -> None:
    case_id = screen.new_case(names="Nantip")
    page = screen.go("records", case_id=case_id, form_id="suceso", values={"code": "desaparicion"})
    assert isinstance(page, RecordsPage)
    page.presenter.add({"code": "denuncia_recibida"})
    screen.settle()
    page.table.setFocus()
    opened = page.presenter.record_id

    screen.bot.keyClick(page.table, Qt.Key.Key_Up)
    screen.settle()
    assert page.presenter.record_id != opened
    assert page.table.hasFocus()
    screen.bot.keyClick(page.table, Qt.Key.Key_Return)
    screen.settle()
    assert page.fields[0].focused == "event_code"

    page._discard.click()
    screen.settle()
    assert page.table.hasFocus()


def test_what_is_being_looked_up_in_a_list_is_not_an_answer_yet(
    screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    case_id = screen.new_case(names="Nantip")
    page = screen.go("records", case_id=case_id, form_id="suceso", values={})
    assert isinstance(page, RecordsPage)
    fields = page.fields[0]
    row = fields.row("event_code")
    assert row is not None
    assert isinstance(row.editor, FinderEditor)
    with monkeypatch.context() as the_list:  # a screen that is none opens no list
        the_list.setattr(FinderEditor, "is_choosing", property(lambda _: True))
        row.editor.line.setText("denuncia")
        row.editor.edited.emit()
        fields._rested()
        screen.settle()
        assert row.remark.text() == ""
        assert page.presenter.is_busy

        row.editor.left.emit()
        screen.settle()
        assert row.remark.text().startswith("▲")
        assert not page.presenter.is_busy


@pytest.mark.parametrize("goes_on", [True, False])
def test_what_this_laptop_is_due_for_is_counted_whatever_page_shows(
    screen: Screen, goes_on: bool
) -> None:
    """The count at *Este equipo* falls once it is seen to, there or while one works elsewhere."""
    screen.new_case(names="Nantip")
    screen.go("today")
    screen.go("backup")
    assert due_count(screen) == "1", "the control: no backup was made yet"

    def made(uow: UnitOfWork) -> None:
        now_ms = screen.desk.clock.now_ms()
        backups.note_made(
            uow, screen.desk, TriedBackup("copia", now_ms, 1, "1", 9, 0, 0, 0, False), is_apart=True
        )
        uow.commit()

    screen.run(made)
    if goes_on:
        screen.go("machine")
    else:
        screen.shell.sync.presenter.look()
    screen.settle()
    assert due_count(screen) == ""


def due_count(screen: Screen) -> str:
    (line,) = [
        one
        for one in shown_children(screen.window)
        if isinstance(one, CheckableButton) and one.text() == "Este equipo"
    ]
    return line.accessibleDescription()
