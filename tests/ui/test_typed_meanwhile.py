"""What somebody types beside a page that looks, opens or hands over is neither taken away nor left
for the next one to read."""

from __future__ import annotations

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QLineEdit, QPushButton

from app.services import forms
from tests.support.windows import Screen, shown_children, slow_disk
from tests.ui.test_saving import allow_writing
from ui.runtime.page import Page
from ui.screens.intake.view import IntakePage
from ui.screens.today.view import TodayPage


def said(page: Page) -> str:
    return "\n".join(one.text() for one in shown_children(page) if isinstance(one, QLabel))


def press(page: Page, words: str) -> None:
    (one,) = [
        one
        for one in shown_children(page)
        if isinstance(one, QPushButton) and one.text() in (words, f"{words} (Ctrl+Enter)")
    ]
    one.click()


def line_of(page: Page, name: str) -> QLineEdit:
    (line,) = [
        one
        for one in shown_children(page)
        if isinstance(one, QLineEdit) and one.accessibleName() == name
    ]
    return line


def receiving(screen: Screen, names: str) -> IntakePage:
    page = screen.go("intake")
    assert isinstance(page, IntakePage)
    QTest.keyClicks(page.editors["names"].focus_widgets[0], names)
    return page


def test_who_was_looked_for_before_does_not_show_for_who_came_in_since(screen: Screen) -> None:
    """Control: as long as nobody else came in, she shows."""
    screen.new_case(names="Nantip", surname_1="Ejemplo", surname_2="Wajai")
    page = receiving(screen, "Nantip")
    QTest.keyClicks(page.editors["surname_1"].focus_widgets[0], "Ejemplo")
    screen.until(lambda: not page.is_busy)
    screen.settle()
    assert "Wajai" in said(page)

    screen.go("today")
    screen.go("intake")
    with slow_disk(screen):
        page.presenter.look()
        press(page, "Es otra persona: empezar de nuevo")
    assert "Wajai" not in said(page)
    assert page.presenter.typed == {}


def test_nothing_typed_is_lost_while_a_ficha_is_being_opened(screen: Screen) -> None:
    page = receiving(screen, "Nan")
    with slow_disk(screen):
        press(page, "Abrir ficha nueva")
        focused = QApplication.focusWidget()
        if focused is not None and page.isAncestorOf(focused) and focused.isEnabled():
            QTest.keyClicks(focused, "tip")
        typed = page.presenter.typed.get("names")
        press(page, "Cancelar")  # too late: it is being opened
    screen.until(lambda: screen.page is screen.shell.ficha)
    screen.settle()
    file = screen.shell.ficha.presenter.file
    assert file is not None
    assert file.fields["names"].value == typed

    assert receiving(screen, "Zoila").editors["names"].value() == "Zoila"


def test_a_ficha_that_was_not_opened_leaves_the_page_to_be_gone_on_with(screen: Screen) -> None:
    page = receiving(screen, "Nantip")
    allow_writing(screen, may_write=False)
    press(page, "Abrir ficha nueva")
    screen.settle()
    assert screen.page is page
    line = page.editors["names"].focus_widgets[0]
    assert line.isEnabled()
    assert page.editors["names"].value() == "Nantip"
    allow_writing(screen, may_write=True)
    press(page, "Abrir ficha nueva")
    screen.until(lambda: screen.page is screen.shell.ficha)
    screen.settle()
    case_id = screen.shell.ficha.presenter.file
    assert case_id is not None
    file = screen.run(lambda uow: forms.form_file(uow, screen.desk, forms.FICHA, case_id.case_id))
    assert file.fields["names"].value == "Nantip"


NOTE = "Lo que debe saber quien recibe, sin nombres"


def handing_over(screen: Screen) -> tuple[TodayPage, QLineEdit]:
    page = screen.go("today")
    assert isinstance(page, TodayPage)
    press(page, "Entregar el turno")
    line = line_of(page, NOTE)
    QTest.keyClicks(line, "Revisar a las ocho")
    return page, line


def test_a_note_for_the_next_shift_outlives_what_arrives_meanwhile(screen: Screen) -> None:
    page, line = handing_over(screen)
    (shift,) = [
        one
        for one in shown_children(page)
        if isinstance(one, QComboBox) and one.accessibleName() == "Turno que entrega"
    ]
    shift.setCurrentIndex(shift.count() - 1)
    chosen = shift.currentText()
    screen.shell.records_changed()
    screen.settle()
    assert line.isVisibleTo(page)
    assert (line.text(), shift.currentText()) == ("Revisar a las ocho", chosen)


def test_a_note_that_the_disk_refuses_stays(screen: Screen) -> None:
    """Control: once it is written it goes."""
    page, line = handing_over(screen)
    allow_writing(screen, may_write=False)
    press(page, "Entregar")
    screen.settle()
    assert line.isVisibleTo(page)
    assert line.text() == "Revisar a las ocho"

    allow_writing(screen, may_write=True)
    press(page, "Entregar")
    screen.settle()
    assert not line.isVisibleTo(page)
    assert line.text() == ""
    assert "«Revisar a las ocho»" in said(page)


def test_what_is_typed_on_while_a_shift_is_handed_over_stays(screen: Screen) -> None:
    page, line = handing_over(screen)
    with slow_disk(screen):
        press(page, "Entregar")
        QTest.keyClicks(line, "; llamar a las nueve")
    assert line.isVisibleTo(page)
    assert line.text() == "Revisar a las ocho; llamar a las nueve"
    assert "«Revisar a las ocho»" in said(page)
