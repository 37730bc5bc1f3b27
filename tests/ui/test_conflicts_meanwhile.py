"""What happens on the page of the conflicts while somebody is choosing or writing there."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPlainTextEdit, QPushButton, QRadioButton, QWidget

from app.domain.change import RecordId
from app.domain.records import Kind
from app.services import case_records, conflicts
from app.services.conflict_drafts import draft
from app.services.forms import FICHA, change_fields, set_field
from app.services.ports import FieldKey, UnitOfWork
from tests.support.windows import Screen, shown_children
from tests.ui.test_conflicts_page import OTHER, choose, met, options, press, words

OURS, THEIRS = "Lo que oyó esta laptop inventada.", "Lo que oyó la otra laptop inventada."
JOINED = "Un texto inventado que junta los dos."


def _focus() -> QWidget:
    found = QApplication.focusWidget()
    assert found is not None
    return found


def _chosen(screen: Screen) -> list[str]:
    return [one.accessibleName() for one in options(screen) if one.isChecked()]


def _editor(screen: Screen) -> QPlainTextEdit:
    (found,) = [
        one
        for one in shown_children(screen.page)
        if isinstance(one, QPlainTextEdit) and not one.isReadOnly()
    ]
    return found


def _write(screen: Screen, text: str) -> None:
    """Write another text over the one that stands in the card of another answer."""
    editor = _editor(screen)
    editor.setFocus()
    QTest.keyClick(editor, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(editor, Qt.Key.Key_Delete)
    QTest.keyClicks(editor, text)


def _left(screen: Screen) -> str:
    """What stands on the page of a text that was not used."""
    found = [
        one.toPlainText()
        for one in shown_children(screen.page)
        if isinstance(one, QPlainTextEdit) and one.isReadOnly()
    ]
    return found[0] if found else ""


def _key(screen: Screen, case_id: RecordId) -> FieldKey:
    rows = screen.run(lambda uow: conflicts.list_conflicts(uow, screen.desk))
    (row,) = [one for one in rows if one.case_id == case_id]
    return FieldKey(row.kind, row.record_id, row.field)


def _settle_elsewhere(screen: Screen, case_id: RecordId, value: str) -> None:
    """A colleague's decision about the same question arrives."""

    def decide(uow: UnitOfWork) -> None:
        rows = conflicts.list_conflicts(uow, screen.desk)
        (row,) = [one for one in rows if one.case_id == case_id]
        seen = tuple(one.change_id for one in row.values)
        set_field(uow, OTHER, FICHA, case_id, "relato", value, seen=seen)

    screen.run(decide)


def _save(screen: Screen) -> None:
    QTest.keyClick(screen.page, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)


# A late answer.


def test_a_choice_that_is_made_before_a_late_answer_comes_stays(screen: Screen) -> None:
    met(screen, "relato", "Antes", OURS, THEIRS)
    screen.go("conflicts")
    met(screen, "safe_hours", "lunes", "martes", "viernes")
    screen.page.refresh()
    option = next(one for one in options(screen) if THEIRS in one.accessibleName())
    option.setFocus()
    QTest.keyClick(option, Qt.Key.Key_Space)
    screen.settle()
    assert any(THEIRS in one for one in _chosen(screen))


def test_what_is_typed_before_a_late_answer_comes_stays(screen: Screen) -> None:
    met(screen, "relato", "Antes", OURS, THEIRS)
    screen.go("conflicts")
    met(screen, "safe_hours", "lunes", "martes", "viernes")
    screen.page.refresh()
    _write(screen, JOINED)
    screen.settle()
    assert _editor(screen).toPlainText() == JOINED
    assert _focus() is _editor(screen)


def test_a_graver_question_that_comes_does_not_take_the_place_of_the_one_that_shows(
    screen: Screen,
) -> None:
    met(screen, "relato", "Antes", OURS, THEIRS)
    screen.go("conflicts")
    met(screen, "safe_hours", "lunes", "martes", "viernes")
    screen.page.refresh()
    screen.settle()
    assert THEIRS in words(screen)
    assert "Revisar 2 de 2" in words(screen)
    assert "viernes" not in words(screen)


def test_records_that_changed_elsewhere_leave_the_keyboard_where_it_is_on_the_page(
    screen: Screen,
) -> None:
    met(screen, "relato", "Antes", OURS, THEIRS)
    screen.go("conflicts")
    assert isinstance(_focus(), QRadioButton), "the keyboard begins at the values"
    (ficha,) = [
        one
        for one in shown_children(screen.page)
        if isinstance(one, QPushButton) and one.text() == "Abrir ficha"
    ]
    for wanted in (ficha, options(screen)[1]):
        wanted.setFocus()
        screen.page.refresh()
        screen.settle()
        assert _focus() is wanted, "nothing of what shows has changed"
    options(screen)[1].setFocus()
    met(screen, "safe_hours", "lunes", "martes", "viernes")
    screen.page.refresh()
    screen.settle()
    assert _focus() is options(screen)[1]


def test_an_answer_that_comes_when_somebody_types_elsewhere_leaves_her_the_keyboard(
    screen: Screen,
) -> None:
    met(screen, "relato", "Antes", OURS, THEIRS)
    met(screen, "safe_hours", "lunes", "martes", "viernes")
    screen.go("conflicts")
    choose(screen, "martes")
    _save(screen)
    screen.shell.go("cases", {})
    screen.shell.search.setFocus()
    QTest.keyClicks(_focus(), "Na")
    screen.settle()
    assert _focus() is screen.shell.search
    QTest.keyClicks(_focus(), "nt")
    assert screen.shell.search.text() == "Nant"


def test_who_searches_while_the_page_opens_goes_on_searching(screen: Screen) -> None:
    met(screen, "relato", "Antes", OURS, THEIRS)
    screen.shell.go("conflicts", {})
    screen.shell.search.setFocus()
    screen.settle()
    assert _focus() is screen.shell.search


# What is emptied again.


def test_a_text_that_is_emptied_again_is_nothing_unsaved(screen: Screen) -> None:
    case_id = met(screen, "relato", "Antes", OURS, THEIRS)
    screen.go("conflicts")
    _write(screen, JOINED)
    screen.shell.flush()
    screen.settle()
    key = _key(screen, case_id)
    kept = screen.run(lambda uow: draft(uow, key))
    assert kept is not None
    assert kept.text == JOINED
    _write(screen, "x")
    QTest.keyClick(_editor(screen), Qt.Key.Key_Backspace)
    screen.shell.flush()
    screen.settle()
    assert not screen.shell.is_busy
    assert screen.run(lambda uow: draft(uow, key)) is None, "what was kept holds no more"


# Somebody else decides first.


def test_a_text_is_not_lost_when_somebody_else_decided_first(screen: Screen) -> None:
    case_id = met(screen, "relato", "Antes", OURS, THEIRS)
    screen.go("conflicts")
    _write(screen, JOINED)
    _settle_elsewhere(screen, case_id, "Decidido en la otra laptop.")
    _save(screen)
    screen.settle()
    assert "Nada por revisar" in words(screen)
    assert _left(screen) == JOINED
    assert "Otro equipo decidió este dato antes" in words(screen)
    press(screen, "Anotar en el caso")
    assert _left(screen) == ""
    assert screen.page.isAncestorOf(_focus()), "the keyboard stays on the page"
    assert screen.stored(case_id, "relato") == "Decidido en la otra laptop."
    (note,) = screen.run(lambda uow: case_records.list_records(uow, screen.desk, "nota", case_id))
    assert screen.run(lambda uow: uow.records.fields(note.id)["text"].value) == JOINED


def test_a_text_that_was_left_is_there_when_the_page_opens_again_until_nobody_needs_it(
    screen: Screen,
) -> None:
    case_id = met(screen, "relato", "Antes", OURS, THEIRS)
    screen.go("conflicts")
    _write(screen, JOINED)
    screen.go("today")
    _settle_elsewhere(screen, case_id, "Decidido en la otra laptop.")
    met(screen, "safe_hours", "lunes", "martes", "viernes")
    screen.go("conflicts")
    assert _left(screen) == JOINED
    assert "viernes" in words(screen), "the other question shows beside it"
    choose(screen, "martes")
    press(screen, "Ya no hace falta")
    assert _left(screen) == JOINED, "it stands nowhere else: one press is not enough"
    press(screen, "¿Quitar el texto? Pulse otra vez")
    assert _left(screen) == ""
    assert any(one.startswith("martes") for one in _chosen(screen)), "the choice beside it stays"
    screen.go("today")
    screen.go("conflicts")
    assert _left(screen) == ""


def test_a_text_that_was_written_before_another_decision_is_not_chosen_by_itself(
    screen: Screen,
) -> None:
    case_id = met(screen, "relato", "Antes", OURS, THEIRS)
    screen.go("conflicts")
    _write(screen, JOINED)
    screen.go("today")
    screen.go("conflicts")
    assert len(_chosen(screen)) == 1, "one goes on where one was"
    screen.go("today")
    key = _key(screen, case_id)
    _settle_elsewhere(screen, case_id, "Decidido en la otra laptop.")
    (decision,) = screen.run(lambda uow: uow.changes.heads(key))
    screen.run(lambda uow: conflicts.undo_settlement(uow, OTHER, key, decision.id))
    screen.go("conflicts")
    assert _editor(screen).toPlainText() == JOINED
    assert _chosen(screen) == []
    assert "Esto se empezó a escribir ante otros valores" in words(screen)


def test_a_text_of_no_case_that_was_left_is_copied(screen: Screen) -> None:
    key = FieldKey(Kind.HANDOVER, RecordId("7c" * 16), "note")

    def both(uow: UnitOfWork) -> None:
        change_fields(uow, screen.desk, {key: OURS})
        change_fields(uow, OTHER, {key: THEIRS}, seen=())
        uow.commit()

    def settled(uow: UnitOfWork) -> None:
        heads = tuple(one.id for one in uow.changes.heads(key))
        change_fields(uow, OTHER, {key: "Decidido en la otra laptop."}, seen=heads)
        uow.commit()

    screen.run(both)
    screen.go("conflicts")
    _write(screen, JOINED)
    screen.go("today")
    screen.run(settled)
    screen.go("conflicts")
    assert _left(screen) == JOINED
    shown = [one.text() for one in shown_children(screen.page) if isinstance(one, QPushButton)]
    assert "Anotar en el caso" not in shown
    press(screen, "Copiar el texto")
    assert QApplication.clipboard().text() == JOINED
