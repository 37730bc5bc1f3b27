"""What is being decided about a task outlives the answer to what was decided about another one, and
what arrives meanwhile."""

from __future__ import annotations

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit

from tests.support.windows import Screen, shown_children, slow_disk
from ui.screens.plan.view import PlanPage
from ui.screens.today.decisions import Choice

REASON = "Se fue a vivir a otro distrito"


def plan(screen: Screen) -> PlanPage:
    page = screen.go("plan", case_id=screen.new_case(names="Nantip"))
    assert isinstance(page, PlanPage)
    assert page.table.model().rowCount() > 1
    page.table.selectRow(0)
    screen.settle()
    return page


def reason(page: PlanPage) -> QLineEdit:
    (line,) = [one for one in shown_children(page.panel) if one.accessibleName() == "Motivo"]
    assert isinstance(line, QLineEdit)
    return line


def role(page: PlanPage) -> QComboBox:
    (box,) = [one for one in shown_children(page.panel) if one.accessibleName() == "A cargo de"]
    assert isinstance(box, QComboBox)
    return box


def test_a_reason_that_is_being_typed_outlives_the_answer_about_another_task(
    screen: Screen,
) -> None:
    """Control: the one that was decided asks no more."""
    page = plan(screen)
    first, second = page.chosen, None
    with slow_disk(screen):
        page.panel.choose(Choice.NOT_NEEDED)
        QTest.keyClicks(reason(page), "No corresponde")
        QTest.keyClick(reason(page), "\r")
        page.table.selectRow(1)
        second = page.chosen
        page.panel.choose(Choice.NOT_NEEDED)
        QTest.keyClicks(reason(page), REASON)
    assert first != second
    assert page.chosen is not None
    assert second is not None
    assert page.chosen.key == second.key
    assert reason(page).text() == REASON
    assert QApplication.focusWidget() is reason(page)

    QTest.keyClick(reason(page), "\r")
    screen.settle()
    assert not [one for one in shown_children(page.panel) if one.accessibleName() == "Motivo"]


def test_the_service_that_was_chosen_outlives_what_arrives_meanwhile(screen: Screen) -> None:
    """It would be given to another one than she chose. Control: asked anew, it is the task's."""
    page = plan(screen)
    task = page.chosen
    assert task is not None
    page.panel.choose(Choice.ASSIGN)
    box = role(page)
    wanted = next(n for n in range(box.count()) if box.itemData(n) != task.role)
    box.setCurrentIndex(wanted)
    code = box.currentData()
    screen.shell.records_changed()
    screen.settle()
    assert role(page).currentData() == code

    page.panel.choose(Choice.ASSIGN)
    assert role(page).currentData() == task.role
