"""The main job by keyboard alone."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QTableView, QWidget

from app.services import casework
from app.services.read_models import CaseFilter
from tests.support.windows import Screen, shown_children
from ui.application import EXIT_LOCK, EXIT_QUICKLY
from ui.screens.today.decisions import Choice
from ui.screens.today.view import TodayPage

CONTROL = Qt.KeyboardModifier.ControlModifier
STOPS = 400


def focus() -> QWidget:
    found = QApplication.focusWidget()
    assert found is not None
    return found


def press(key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    QTest.keyClick(focus(), key, modifier)


def type_text(text: str) -> None:
    QTest.keyClicks(focus(), text)


def reached_by_tab(screen: Screen) -> set[QWidget]:
    reached: set[QWidget] = set()
    for _ in range(STOPS):
        reached.add(focus())
        press(Qt.Key.Key_Tab)
        if focus() in reached and len(reached) > 3:
            break
    return reached


OF_A_CASE = ("ficha", "plan", "records", "risk", "referral", "papers")


def test_every_control_of_every_page_is_reached_by_tab(screen: Screen):
    case_id = screen.new_case(names="Nantip", NIVEL_DE_RIESGO_VICTIMA="3")
    for name in screen.shell.page_names:
        arguments = {"case_id": case_id} if name in OF_A_CASE else {}
        screen.go(name, **arguments)
        screen.shell.search.setFocus()
        reached = reached_by_tab(screen)
        wanted = {
            one
            for one in shown_children(screen.window)
            if one.focusPolicy() & Qt.FocusPolicy.TabFocus
            and one.isEnabled()
            # Qt reaches a group of exclusive buttons once, and the arrows do the rest.
            and not (one.property("kind") == "chip" and not one.isChecked())
        }
        assert not wanted - reached, (name, [str(one) for one in wanted - reached])


def test_a_case_is_opened_typed_and_saved_without_a_mouse(screen: Screen):
    screen.go("cases")
    press(Qt.Key.Key_N, CONTROL)
    screen.settle()
    assert screen.page is screen.shell.intake
    press(Qt.Key.Key_Return, CONTROL)
    screen.until(lambda: screen.page is screen.shell.ficha)
    screen.settle()
    for _ in range(3):
        press(Qt.Key.Key_PageDown, CONTROL)
        screen.settle()
    assert focus().accessibleName() == "Nombres"
    type_text("Nantip")
    press(Qt.Key.Key_Tab)
    screen.settle()
    case_id = screen.run(lambda uow: casework.list_cases(uow, CaseFilter(), 0, 1))[0].case_id
    assert screen.stored(case_id, "names") == "Nantip"


def test_a_case_is_found_and_opened_without_a_mouse(screen: Screen):
    screen.new_case(names="Urpi", surname_1="Quispe")
    wanted = screen.new_case(names="Nunkui", surname_1="Inventada")
    screen.go("sync")
    press(Qt.Key.Key_K, CONTROL)
    assert isinstance(focus(), QLineEdit)
    type_text("nunk")
    screen.settle()
    press(Qt.Key.Key_Down)
    assert isinstance(focus(), QTableView)
    press(Qt.Key.Key_Return)
    screen.settle()
    file = screen.shell.ficha.presenter.file
    assert file is not None
    assert file.case_id == wanted


def test_locking_by_key_saves_what_stands_half_typed(screen: Screen):
    case_id = screen.new_case()
    screen.go("ficha", case_id=case_id)
    screen.shell.ficha.presenter.go_to_field("names")
    screen.settle()
    type_text("Nant")
    stored: list[object] = []
    close = screen.shell.workplace.close
    object.__setattr__(
        screen.shell.workplace,
        "close",
        lambda: (stored.append(held_in(screen, case_id)), close())[1],
    )
    press(Qt.Key.Key_L, CONTROL)
    assert screen.exits == [EXIT_LOCK]
    assert not screen.window.isVisible()
    assert stored == ["Nant"]


def held_in(screen: Screen, case_id: str) -> object:
    with screen.store.unit() as uow:
        rows = casework.list_cases(uow, CaseFilter(), 0, 10)
        survivor = uow.records.links([rows[0].case_id])[rows[0].case_id]
        held = [uow.records.fields(one).get("names") for one in survivor]
    return next(one.value for one in held if one is not None)


def test_the_quick_exit_hides_the_window_at_once(screen: Screen):
    screen.go("cases")
    press(Qt.Key.Key_F12)
    assert screen.exits == [EXIT_QUICKLY]
    assert not screen.window.isVisible()


def test_enter_presses_the_button_that_holds_the_focus(screen: Screen):
    screen.new_case(names="Nantip", NIVEL_DE_RIESGO_VICTIMA="3")
    page = screen.go("today")
    assert isinstance(page, TodayPage)
    page.panel.choose(Choice.ASSIGN)
    press(Qt.Key.Key_Tab)
    assert focus() is page.panel._save
    press(Qt.Key.Key_Return)
    screen.settle()
    assert not page.panel._save.isVisible()


@pytest.mark.parametrize("name", ["today", "cases", "plan", "records", "papers"])
def test_a_page_is_opened_with_the_keyboard_in_it(screen: Screen, name: str):
    case_id = screen.new_case(names="Nantip")
    screen.go("ficha", case_id=case_id)
    page = screen.go(name, **({"case_id": case_id} if name in OF_A_CASE else {}))
    assert page.first_stop is not None
    assert focus() is page.first_stop


def test_what_is_being_searched_keeps_the_keyboard(screen: Screen):
    screen.new_case(names="Nantip")
    screen.go("today")
    press(Qt.Key.Key_K, CONTROL)
    type_text("nan")
    screen.settle()
    assert screen.page is screen.shell.cases
    assert focus() is screen.shell.search


def test_after_a_decision_the_keyboard_is_in_the_list_of_tasks(screen: Screen):
    screen.new_case(names="Nantip", NIVEL_DE_RIESGO_VICTIMA="3")
    page = screen.go("today")
    assert isinstance(page, TodayPage)
    page.panel.choose(Choice.DONE)
    press(Qt.Key.Key_Return)
    screen.settle()
    assert focus() is page.table
    page.panel.choose(Choice.POSTPONE)
    screen.bot.mouseClick(page.panel._cancel, Qt.MouseButton.LeftButton)
    assert focus() is page.panel._done
