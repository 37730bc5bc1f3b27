"""What the screen calls saved is on the disk; what is typed never leaves the screen before."""

from __future__ import annotations

import threading

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QCheckBox, QLineEdit, QPlainTextEdit, QScrollArea

from app.domain.change import AuthorId
from app.domain.form import TEXT_LENGTH_MAX
from app.services import casework, conflicts, forms
from app.services.ports import UnitOfWork
from app.services.read_models import ResumePoint
from tests.support.laptops import make_desk
from tests.support.windows import Screen, shown_children
from ui.application import EXIT_LOCK_UNSAVED
from ui.screens.ficha.view import FichaPage
from ui.widgets.pieces import Box


def open_at(screen: Screen, case_id: str, field_id: str) -> QLineEdit:
    page = screen.go("ficha", case_id=case_id)
    assert isinstance(page, FichaPage)
    page.presenter.go_to_field(field_id)
    screen.settle()
    line = QApplication.focusWidget()
    assert isinstance(line, QLineEdit)
    return line


def remark(screen: Screen, field_id: str) -> str:
    fields = screen.shell.ficha.fields
    assert fields is not None
    row = fields.row(field_id)
    assert row is not None
    return row.remark.text()


def test_a_field_is_saved_when_it_is_left(screen: Screen):
    case_id = screen.new_case()
    line = open_at(screen, case_id, "names")
    QTest.keyClicks(line, "Nantip")
    assert screen.stored(case_id, "names") is None
    QTest.keyClick(line, Qt.Key.Key_Tab)
    screen.settle()
    assert screen.stored(case_id, "names") == "Nantip"
    assert "Todo guardado" in screen.shell.saved_words


def test_a_field_is_saved_after_a_rest(screen: Screen):
    case_id = screen.new_case()
    QTest.keyClicks(open_at(screen, case_id, "names"), "Nantip")
    screen.until(lambda: screen.stored(case_id, "names") == "Nantip")


def test_what_does_not_fit_is_saved_and_named_beside_the_field(screen: Screen):
    case_id = screen.new_case(VICTIMA_CUENTA_DNI="1", document_type="dni")
    line = open_at(screen, case_id, "document_number")
    QTest.keyClicks(line, "4412887")
    QTest.keyClick(line, Qt.Key.Key_Tab)
    screen.settle()
    assert screen.stored(case_id, "document_number") == "4412887"
    assert "8" in remark(screen, "document_number")
    assert "7" in remark(screen, "document_number")


def test_a_date_that_does_not_exist_stays_as_it_was_typed(screen: Screen):
    """(I10)"""
    case_id = screen.new_case()
    line = open_at(screen, case_id, "birth_date")
    QTest.keyClicks(line, "31/02/1990")
    QTest.keyClick(line, Qt.Key.Key_Tab)
    screen.settle()
    assert line.text() == "31/02/1990"
    assert screen.stored(case_id, "birth_date") == "31/02/1990"
    assert "La fecha no existe" in remark(screen, "birth_date")


def allow_writing(screen: Screen, *, may_write: bool) -> None:
    def pragma() -> None:
        with screen.store._engine.connect() as connection:
            driver = connection.connection.driver_connection
            assert driver is not None
            driver.cursor().execute(f"PRAGMA query_only = {'OFF' if may_write else 'ON'}")

    screen.runner.on_storage_thread(pragma).result()


def test_a_disk_that_refuses_leaves_the_text_on_the_screen_and_saves_it_later(screen: Screen):
    case_id = screen.new_case()
    line = open_at(screen, case_id, "names")
    allow_writing(screen, may_write=False)
    QTest.keyClicks(line, "Nantip")
    QTest.keyClick(line, Qt.Key.Key_Tab)
    screen.settle()
    assert line.text() == "Nantip"
    assert "No está guardado" in remark(screen, "names")
    assert screen.shell.saved_words == "No está guardado"
    assert "no se puede escribir en el disco" in screen.shell.alert_words

    allow_writing(screen, may_write=True)
    screen.until(lambda: screen.stored(case_id, "names") == "Nantip")  # by its own timer
    screen.settle()
    assert remark(screen, "names") == ""
    assert "Todo guardado" in screen.shell.saved_words
    assert screen.shell.alert_words == ""


def test_locking_with_refused_text_asks_once_and_then_locks(screen: Screen):
    case_id = screen.new_case()
    line = open_at(screen, case_id, "names")
    allow_writing(screen, may_write=False)
    QTest.keyClicks(line, "Nantip")
    screen.window.lock()
    assert screen.exits == []
    assert screen.window.isVisible()
    assert "se pierde" in screen.shell.alert_words
    screen.window.lock()
    assert screen.exits == [EXIT_LOCK_UNSAVED]


def test_closing_the_window_with_refused_text_asks_once_and_then_closes(screen: Screen):
    case_id = screen.new_case()
    line = open_at(screen, case_id, "names")
    allow_writing(screen, may_write=False)
    QTest.keyClicks(line, "Nantip")
    screen.window.close()
    assert screen.exits == []
    assert "se pierde" in screen.shell.alert_words
    screen.window.close()
    assert screen.exits == [0]


def test_once_the_vault_is_closed_nothing_is_tried_again(
    screen: Screen, caplog: pytest.LogCaptureFixture
):
    case_id = screen.new_case()
    line = open_at(screen, case_id, "names")
    allow_writing(screen, may_write=False)
    QTest.keyClicks(line, "Nantip")
    screen.window.close()
    screen.window.close()
    assert screen.exits == [0]
    screen.shell.ficha.presenter.form.retry()  # as its timer does, if it is due just now
    screen.settle()
    assert [one for one in caplog.records if one.name == "qispi.bug"] == []


def test_what_was_saved_since_the_warning_is_warned_of_anew(screen: Screen):
    case_id = screen.new_case()
    line = open_at(screen, case_id, "names")
    allow_writing(screen, may_write=False)
    QTest.keyClicks(line, "Nantip")
    screen.window.lock()
    allow_writing(screen, may_write=True)
    screen.until(lambda: screen.stored(case_id, "names") == "Nantip")
    screen.settle()
    allow_writing(screen, may_write=False)
    QTest.keyClicks(line, " Inventada")
    screen.window.lock()
    assert screen.exits == []


def test_text_that_the_disk_refused_keeps_its_ficha_on_the_screen(screen: Screen):
    first, second = screen.new_case(), screen.new_case()
    line = open_at(screen, first, "names")
    allow_writing(screen, may_write=False)
    QTest.keyClicks(line, "Nantip")
    QTest.keyClick(line, Qt.Key.Key_Tab)
    screen.settle()
    screen.go("cases")
    screen.go("ficha", case_id=second)
    assert screen.shell.ficha.presenter.file is not None
    assert screen.shell.ficha.presenter.file.case_id == first
    assert "igue en la pantalla" in screen.shell.alert_words

    allow_writing(screen, may_write=True)
    screen.until(lambda: screen.stored(first, "names") == "Nantip")
    screen.go("ficha", case_id=second)
    assert screen.shell.ficha.presenter.file.case_id == second
    assert screen.stored(second, "names") is None


def test_while_another_ficha_is_on_its_way_nothing_can_be_typed_into_the_one_before(
    screen: Screen,
):
    first, second = screen.new_case(), screen.new_case()
    open_at(screen, first, "safe_hours")
    may_go_on = threading.Event()
    screen.runner.on_storage_thread(lambda: may_go_on.wait(60))
    screen.shell.go("ficha", {"case_id": second})
    assert screen.shell.ficha.fields is None
    focused = QApplication.focusWidget()
    if focused is not None:
        QTest.keyClicks(focused, "martes 8 h")
    may_go_on.set()
    screen.settle()
    assert screen.shell.ficha.presenter.file is not None
    assert screen.shell.ficha.presenter.file.case_id == second
    assert screen.stored(first, "safe_hours") is None
    assert screen.run(casework.resume_place) != ResumePoint(
        second, "ficha", "contacto", "safe_hours"
    )


def test_text_that_a_rule_refuses_says_why_and_is_not_called_saved(screen: Screen):
    case_id = screen.new_case()
    page = screen.go("ficha", case_id=case_id)
    assert isinstance(page, FichaPage)
    page.presenter.go_to_field("relato")
    screen.settle()
    box = QApplication.focusWidget()
    assert isinstance(box, QPlainTextEdit)
    box.setPlainText("x" * (TEXT_LENGTH_MAX + 1))
    QTest.keyClick(box, Qt.Key.Key_Tab, Qt.KeyboardModifier.ControlModifier)
    page.flush()
    screen.settle()
    assert screen.stored(case_id, "relato") is None
    assert "No está guardado" in remark(screen, "relato")
    assert f"{TEXT_LENGTH_MAX}" in remark(screen, "relato").replace(",", "")
    assert screen.shell.saved_words == "No está guardado"
    assert len(box.toPlainText()) == TEXT_LENGTH_MAX + 1
    box.setPlainText("Relato inventado.")
    page.flush()
    screen.settle()
    assert screen.stored(case_id, "relato") == "Relato inventado."
    assert remark(screen, "relato") == ""


def other_laptop(uow: UnitOfWork, case_id: str, field_id: str, value: str) -> None:
    """Bring a change of another laptop in, made without seeing anything of this one's."""
    desk = make_desk(seed=9, letter="B", author="b0")
    assert desk.actor.id == AuthorId("b0" * 16)
    forms.set_field(uow, desk, forms.FICHA, case_id, field_id, value, seen=())


def test_a_value_that_arrives_while_one_types_waits_beside_the_typed_text(screen: Screen):
    case_id = screen.new_case()
    line = open_at(screen, case_id, "safe_hours")
    QTest.keyClicks(line, "lunes")
    screen.run(lambda uow: other_laptop(uow, case_id, "safe_hours", "viernes"))
    screen.shell.records_changed()
    screen.runner.drain()
    screen.settle()
    assert line.text() == "lunes"
    assert "sigue lo que usted escribe" in remark(screen, "safe_hours")
    QTest.keyClick(line, Qt.Key.Key_Tab)
    screen.settle()
    both = screen.run(lambda uow: conflicts.list_conflicts(uow, screen.desk))
    assert {one.value for one in both[0].values} == {"lunes", "viernes"}
    assert "Los dos se conservan" in remark(screen, "safe_hours")


@pytest.mark.parametrize(
    ("field_id", "here", "there", "words"),
    [
        ("NIVEL_DE_RIESGO_VICTIMA", "1", "3", "el más prudente"),
        ("NIVEL_DE_RIESGO_VICTIMA", "3", "1", "el más prudente"),
        ("risk_reason", "Uno inventado.", "Otro inventado.", "el más reciente"),
    ],
)
def test_beside_a_field_with_two_values_it_says_which_of_them_shows(
    screen: Screen, field_id: str, here: str, there: str, words: str
):
    case_id = screen.new_case(**{field_id: here})
    screen.run(lambda uow: other_laptop(uow, case_id, field_id, there))
    page = screen.go("ficha", case_id=case_id)
    assert isinstance(page, FichaPage)
    page.presenter.go_to_field(field_id)
    screen.settle()
    assert screen.stored(case_id, field_id) in ("3", "Uno inventado.", "Otro inventado.")
    assert f"Los dos se conservan; mientras tanto se muestra {words}" in remark(screen, field_id)


def paste(line: QLineEdit, text: str) -> None:
    QApplication.clipboard().setText(text)
    QTest.keyClick(line, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)


def test_a_long_paste_is_kept_whole_with_a_remark(screen: Screen):
    """(I9) Control: a short one is kept without a remark."""
    case_id = screen.new_case()
    line = open_at(screen, case_id, "safe_hours")
    paste(line, "lunes")
    QTest.keyClick(line, Qt.Key.Key_Tab)
    screen.settle()
    assert screen.stored(case_id, "safe_hours") == "lunes"
    assert remark(screen, "safe_hours") == ""
    line = open_at(screen, case_id, "safe_hours")
    line.selectAll()
    long = "lunes por la mañana; " * 30
    assert len(long) > 500
    paste(line, long)
    QTest.keyClick(line, Qt.Key.Key_Tab)
    screen.settle()
    assert screen.stored(case_id, "safe_hours") == long.strip()
    assert "caben 80 caracteres" in remark(screen, "safe_hours")
    screen.go("cases")
    assert open_at(screen, case_id, "safe_hours").text() == long.strip()


def test_a_paste_beyond_every_limit_is_refused_by_name_and_stays_on_the_screen(screen: Screen):
    """(I9)"""
    case_id = screen.new_case()
    line = open_at(screen, case_id, "safe_hours")
    beyond = "ñ" * (TEXT_LENGTH_MAX + 1)
    paste(line, beyond)
    QTest.keyClick(line, Qt.Key.Key_Tab)
    screen.settle()
    assert line.text() == beyond
    assert screen.stored(case_id, "safe_hours") is None
    assert f"caben {TEXT_LENGTH_MAX} caracteres" in remark(screen, "safe_hours")


def test_a_birth_date_that_has_not_come_is_saved_with_a_remark(screen: Screen):
    case_id = screen.new_case()
    line = open_at(screen, case_id, "birth_date")
    QTest.keyClicks(line, "5/4/2028")
    QTest.keyClick(line, Qt.Key.Key_Tab)
    screen.settle()
    assert screen.stored(case_id, "birth_date") == "2028-04-05"
    assert "posterior a hoy" in remark(screen, "birth_date")


def test_two_digits_of_a_birth_year_are_never_a_year_to_come(screen: Screen):
    case_id = screen.new_case()
    line = open_at(screen, case_id, "birth_date")
    QTest.keyClicks(line, "5/4/28")
    QTest.keyClick(line, Qt.Key.Key_Tab)
    screen.settle()
    assert line.text() == "05/04/1928"
    assert screen.stored(case_id, "birth_date") == "1928-04-05"
    assert remark(screen, "birth_date") == ""


def test_a_value_that_arrives_while_nobody_types_shows(screen: Screen):
    case_id = screen.new_case()
    line = open_at(screen, case_id, "safe_hours")
    screen.run(lambda uow: other_laptop(uow, case_id, "safe_hours", "viernes"))
    screen.shell.records_changed()
    screen.settle()
    assert line.text() == "viernes"


def test_after_a_power_cut_the_same_step_and_field_return(screen: Screen):
    case_id = screen.new_case()
    open_at(screen, case_id, "safe_hours")
    place = screen.run(casework.resume_place)
    assert place == ResumePoint(case_id, "ficha", "contacto", "safe_hours")
    screen.go("today")

    screen.run(lambda uow: casework.remember_place(uow, place))
    screen.shell.start()
    screen.settle()
    assert screen.page is screen.shell.ficha
    focused = QApplication.focusWidget()
    assert focused is not None
    assert focused.accessibleName() == "Horario seguro"


def test_leaving_the_ficha_on_purpose_forgets_the_place(screen: Screen):
    open_at(screen, screen.new_case(), "safe_hours")
    screen.go("cases")
    assert screen.run(casework.resume_place) is None


def test_a_conflict_settled_on_the_screen_is_closed_on_the_disk(screen: Screen):
    case_id = screen.new_case(safe_hours="lunes")
    screen.run(lambda uow: other_laptop(uow, case_id, "safe_hours", "viernes"))
    page = screen.go("conflicts")
    assert page is screen.shell.conflicts
    screen.shell.conflicts.choose("viernes")
    screen.settle()
    assert screen.run(lambda uow: conflicts.list_conflicts(uow, screen.desk)) == ()
    assert screen.stored(case_id, "safe_hours") == "viernes"


def writing_of(screen: Screen) -> QLineEdit:
    (line,) = [
        one
        for one in screen.shell.conflicts.findChildren(QLineEdit)
        if one.accessibleName() == "Horario seguro"
    ]
    return line


def test_a_text_written_to_join_two_values_is_there_again_whatever_came_between(screen: Screen):
    case_id = screen.new_case(safe_hours="lunes")
    screen.run(lambda uow: other_laptop(uow, case_id, "safe_hours", "viernes"))
    screen.go("conflicts")
    line = writing_of(screen)
    line.selectAll()
    QTest.keyClicks(line, "lunes y viernes")
    assert screen.shell.is_busy
    screen.go("cases")
    screen.go("conflicts")
    assert writing_of(screen).text() == "lunes y viernes"
    screen.texts.switch("quy")
    screen.settle()
    (line,) = [
        one
        for one in screen.shell.conflicts.findChildren(QLineEdit)
        if one.isVisibleTo(screen.page)
    ]
    assert line.text() == "lunes y viernes"
    assert not screen.shell.is_busy
    screen.shell.conflicts.presenter.settle(line.text())
    screen.settle()
    assert screen.stored(case_id, "safe_hours") == "lunes y viernes"
    assert screen.run(lambda uow: conflicts.list_conflicts(uow, screen.desk)) == ()


def test_a_disk_that_refuses_leaves_the_joined_text_on_the_screen(screen: Screen):
    case_id = screen.new_case(safe_hours="lunes")
    screen.run(lambda uow: other_laptop(uow, case_id, "safe_hours", "viernes"))
    screen.go("conflicts")
    line = writing_of(screen)
    line.selectAll()
    QTest.keyClicks(line, "lunes y viernes")
    allow_writing(screen, may_write=False)
    screen.shell.conflicts.presenter.settle("lunes y viernes")
    screen.settle()
    assert writing_of(screen).text() == "lunes y viernes"
    assert screen.shell.is_busy
    screen.window.lock()
    assert screen.exits == []
    allow_writing(screen, may_write=True)


def test_a_press_ticks_the_box_under_the_pointer_also_where_a_list_goes_on_below(screen: Screen):
    case_id = screen.new_case(DISCAPACIDAD_VICTIMA="1")
    page = screen.go("ficha", case_id=case_id)
    assert isinstance(page, FichaPage)
    page.presenter.go_to_field("vulnerabilities")
    screen.settle()
    area = next(one for one in page.findChildren(QScrollArea) if one.isVisibleTo(page))
    assert page.fields is not None
    row = page.fields.row("vulnerabilities")
    assert row is not None
    assert row.height() < area.viewport().height()
    boxes = [one for one in shown_children(row) if isinstance(one, QCheckBox)]
    screen.shell.search.setFocus()
    # The list begins on the screen and goes on below its edge.
    top = row.mapTo(area.widget(), QPoint(0, 0)).y()
    area.verticalScrollBar().setValue(top - area.viewport().height() + row.height() // 2)
    screen.settle()
    edge = area.mapTo(screen.window, QPoint(0, area.height())).y()
    pressed = [one for one in boxes if one.mapTo(screen.window, one.rect().center()).y() < edge][-1]
    assert pressed is not boxes[-1]
    at = pressed.mapTo(screen.window, pressed.rect().center())
    QTest.mousePress(screen.window.windowHandle(), Qt.MouseButton.LeftButton, pos=at)
    screen.settle()
    QTest.mouseRelease(screen.window.windowHandle(), Qt.MouseButton.LeftButton, pos=at)
    screen.settle()
    assert [one for one in boxes if one.isChecked()] == [pressed]


def test_what_is_typed_after_a_return_follows_what_stands_there(screen: Screen):
    case_id = screen.new_case(safe_hours="lunes")
    line = open_at(screen, case_id, "safe_hours")
    QTest.keyClicks(line, " y martes")
    screen.shell.flush()
    screen.settle()
    assert screen.stored(case_id, "safe_hours") == "lunes y martes"


def test_the_card_beside_the_ficha_never_says_saved_while_something_is_not(screen: Screen):
    case_id = screen.new_case()
    line = open_at(screen, case_id, "names")

    def card() -> str:
        boxes = screen.shell.ficha.rail.findChildren(Box)
        return " ".join(one.accessibleName() for one in boxes if one.isVisibleTo(screen.page))

    QTest.keyClicks(line, "Nan")
    assert "Escribiendo" in card()
    screen.shell.flush()
    screen.settle()
    assert "Guardado a las" in card()
    allow_writing(screen, may_write=False)
    QTest.keyClicks(line, "tip")
    QTest.keyClick(line, Qt.Key.Key_Tab)
    screen.settle()
    assert "No está guardado" in card()
    assert "Guardado a las" not in card()
    allow_writing(screen, may_write=True)


def _refused_text(screen: Screen) -> str:
    """A ficha in which stands what a rule refuses; return its case."""
    case_id = screen.new_case()
    page = screen.go("ficha", case_id=case_id)
    assert isinstance(page, FichaPage)
    page.presenter.form.edit("relato", "x" * (TEXT_LENGTH_MAX + 1))
    page.flush()
    screen.settle()
    assert "No está guardado" in screen.shell.saved_words
    return case_id


def test_what_is_saved_on_another_page_does_not_say_that_all_is(screen: Screen):
    """Control: once it was mended, it does."""
    case_id = _refused_text(screen)
    alert = screen.shell.alert_words
    assert alert
    team = screen.go("team", case_id=case_id)
    team.typing.emit()
    team.saved.emit(screen.desk.clock.now_ms())
    assert screen.shell.saved_words == "No está guardado"
    assert alert in screen.shell.alert_words

    ficha = screen.go("ficha", case_id=case_id)
    assert isinstance(ficha, FichaPage)
    ficha.presenter.form.edit("relato", "Relato inventado.")
    ficha.flush()
    screen.settle()
    assert "Todo guardado" in screen.shell.saved_words
    assert screen.shell.alert_words == ""


def test_what_fails_beside_it_does_not_take_away_that_a_text_is_not_saved(screen: Screen):
    """Control: what failed goes by itself once something else is done."""
    case_id = _refused_text(screen)
    alert = screen.shell.alert_words
    page = screen.go("plan", case_id=case_id)
    page.failed.emit("Esto no se pudo hacer.")
    assert alert in screen.shell.alert_words
    assert "Esto no se pudo hacer." in screen.shell.alert_words
    screen.go("cases")
    assert alert in screen.shell.alert_words
    assert "Esto no se pudo hacer." not in screen.shell.alert_words
