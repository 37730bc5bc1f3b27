"""The page of risk, through the real window: typed, pressed, saved, and said in words."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QLabel,
    QPushButton,
    QWidget,
)

from app.domain.change import RecordId
from app.domain.records import Kind, Name
from app.domain.value import Absent, Value
from app.services import attachments, forms, risk
from app.services.ports import FieldKey, UnitOfWork
from tests.support import bad_files
from tests.support.windows import Screen, shown_children
from tests.ui.test_pages import check_fit
from ui.screens.risk.items import ItemRow
from ui.screens.risk.view import RiskPage

PDF = bad_files.plain_pdf()


def opened(screen: Screen, **values: Value) -> tuple[RiskPage, RecordId]:
    case_id = screen.new_case(**values)
    page = screen.go("risk", case_id=case_id)
    assert isinstance(page, RiskPage)
    return page, case_id


def press(screen: Screen, words: str) -> None:
    """Press the button with these words."""
    found = [
        one
        for one in shown_children(screen.page)
        if isinstance(one, QPushButton) and one.text() == words and one.isEnabled()
    ]
    assert found, words
    found[0].click()
    screen.settle()


def copying(screen: Screen, page: RiskPage) -> None:
    """Begin to copy the instrument of couple violence."""
    press(screen, "Transcribir FVR")
    choose(screen, page, "instrument", "Mujeres víctimas de violencia de pareja")


def choose(screen: Screen, page: RiskPage, field_id: str, words: str) -> None:
    """Choose an entry of a list, as a person does."""
    assert page.editor is not None
    row = page.editor.row(field_id)
    assert row is not None
    box = row.findChild(QComboBox)
    assert box is not None
    number = box.findText(words)
    assert number >= 0, words
    box.setCurrentIndex(number)
    box.activated.emit(number)
    screen.settle()


def question(page: RiskPage, field_id: str) -> ItemRow:
    assert page.editor is not None
    row = page.editor.row(field_id)
    assert isinstance(row, ItemRow)
    return row


def focused_question(page: RiskPage) -> str:
    focus = QApplication.focusWidget()
    assert page.editor is not None
    for part in page.editor.item_lists:
        for one in part.findChildren(ItemRow):
            if focus in one.editor.focus_widgets:
                return one.item.number
    return ""


def key(screen: Screen, which: Qt.Key) -> None:
    focus = QApplication.focusWidget()
    assert isinstance(focus, QWidget)
    QTest.keyClick(focus, which)
    screen.settle()


def stored(screen: Screen, page: RiskPage) -> dict[str, Value]:
    record_id, form = page.presenter.record_id, page.presenter.form
    assert record_id is not None
    assert form is not None
    return screen.run(lambda uow: forms.form_file(uow, screen.desk, form.form.id, record_id).values)


def test_it_says_that_the_fvr_is_applied_by_others(screen: Screen) -> None:
    page, _ = opened(screen)
    press(screen, "Transcribir FVR")

    said = " ".join(one.accessibleName() for one in shown_children(page))

    assert "La FVR la aplica la Policía, la Fiscalía o el Juzgado" in said
    assert "Aquí se copia" in said


def test_the_ficha_leads_here_and_back(screen: Screen) -> None:
    case_id = screen.new_case()
    screen.go("ficha", case_id=case_id)

    press(screen, "Riesgo")
    assert screen.page is screen.shell.findChild(RiskPage)
    press(screen, "Ficha")

    assert screen.page is screen.shell.ficha


def test_digits_answer_arrows_move_and_the_score_is_live(screen: Screen) -> None:
    page, _ = opened(screen)
    copying(screen, page)
    question(page, "pareja_1").editor.stop.setFocus()
    screen.settle()

    for number in ("1", "2", "3"):
        assert focused_question(page) == number
        if number != "3":
            key(screen, Qt.Key.Key_1)  # Sí
        key(screen, Qt.Key.Key_Down)
    assert focused_question(page) == "4"
    key(screen, Qt.Key.Key_2)  # No
    key(screen, Qt.Key.Key_Up)
    assert focused_question(page) == "3"

    values = stored(screen, page)
    assert (values["pareja_1"], values["pareja_2"], values["pareja_4"]) == ("1", "1", "0")
    assert "pareja_3" not in values  # nothing is answered by moving
    words = page.rail.score.words
    assert "10 de 37" in words
    assert "Faltan 16 preguntas: el puntaje solo puede subir." in words
    assert "Puede llegar a ▲" in words
    assert "+5  2. ¿Él tiene un arma" in words
    assert question(page, "pareja_4").points.text() == "+4"


def test_the_arrow_goes_on_from_one_part_to_the_next(screen: Screen) -> None:
    page, _ = opened(screen)
    copying(screen, page)
    question(page, "pareja_10").editor.stop.setFocus()

    key(screen, Qt.Key.Key_Down)
    assert focused_question(page) == "11"
    key(screen, Qt.Key.Key_Up)
    assert focused_question(page) == "10"


def test_an_answer_is_taken_back_by_backspace_or_by_pressing_it_again(screen: Screen) -> None:
    page, _ = opened(screen)
    copying(screen, page)
    row = question(page, "pareja_6")
    first = row.editor.focus_widgets[0]
    assert isinstance(first, QAbstractButton)

    first.click()
    screen.settle()
    assert stored(screen, page)["pareja_6"] == "1"
    first.click()
    screen.settle()
    assert stored(screen, page)["pareja_6"] is None
    row.editor.stop.setFocus()
    key(screen, Qt.Key.Key_1)
    key(screen, Qt.Key.Key_Backspace)
    assert stored(screen, page)["pareja_6"] is None
    assert row.points.text() == "—"


def test_not_knowing_is_an_answer_that_stays_open(screen: Screen) -> None:
    page, _ = opened(screen)
    copying(screen, page)
    question(page, "pareja_2").editor.stop.setFocus()

    key(screen, Qt.Key.Key_3)  # No sabe

    assert stored(screen, page)["pareja_2"] is Absent.UNKNOWN
    assert "1 respuesta no se sabe: no es «no»" in page.rail.score.words


def test_one_stop_of_tab_a_question(screen: Screen) -> None:
    page, _ = opened(screen)
    copying(screen, page)
    question(page, "pareja_1").editor.stop.setFocus()

    for number in ("1", "2", "3", "4"):
        assert focused_question(page) == number
        key(screen, Qt.Key.Key_Tab)


def test_a_sub_question_shows_only_where_it_belongs(screen: Screen) -> None:
    page, _ = opened(screen)
    copying(screen, page)

    assert question(page, "pareja_5a").isHidden()
    question(page, "pareja_5").editor.stop.setFocus()
    key(screen, Qt.Key.Key_1)

    assert not question(page, "pareja_5a").isHidden()


def test_another_instrument_shows_no_questions_and_says_why(screen: Screen) -> None:
    page, _ = opened(screen)
    press(screen, "Transcribir FVR")
    choose(screen, page, "instrument", "Personas adultas mayores víctimas de violencia familiar")

    assert page.editor is not None
    assert all(not one.isVisibleTo(page) for one in page.editor.item_lists)
    said = " ".join(one.accessibleName() for one in shown_children(page))
    assert "Sus preguntas oficiales no están en este programa" in said
    assert "de 37" not in page.rail.score.words


def test_what_the_paper_and_its_answers_say_is_compared_and_kept(screen: Screen) -> None:
    page, _ = opened(screen)
    copying(screen, page)
    for field_id in ("pareja_2", "pareja_5"):
        question(page, field_id).editor.stop.setFocus()
        key(screen, Qt.Key.Key_1)
    assert page.rail.score.remarks == ""

    choose(screen, page, "fvr_paper_level", "Leve (riesgo variable)")

    assert "El papel y las respuestas no dan lo mismo" in page.rail.score.remarks
    assert stored(screen, page)["fvr_paper_level"] == "leve"
    assert "8 de 37" in page.rail.score.words


def test_a_new_valuation_is_warned_of_saved_and_stands_in_the_history(screen: Screen) -> None:
    page, case_id = opened(
        screen, NIVEL_DE_RIESGO_VICTIMA="3", risk_valued_on="2026-11-02", risk_reason="Inventado."
    )
    press(screen, "Nueva valoración del CEM")
    choose(screen, page, "level", "Riesgo Leve")

    assert "El nivel bajó respecto de la valoración anterior" in page.rail.warning.accessibleName()
    assert "nunca cambia el nivel" in page.rail.warning.accessibleName()
    assert stored(screen, page)["level"] == "1"
    found = screen.run(lambda uow: risk.risk_history(uow, screen.desk, case_id))
    assert found.current == "1"
    said = " ".join(
        one.accessibleName() for one in shown_children(page) if isinstance(one, QPushButton)
    )
    assert "● LEVE · ↓ bajó" in said
    assert "▲ SEVERO · en la ficha" in said
    assert "Persona Inventada" not in screen.window.windowTitle()


def test_a_red_factor_of_the_ficha_warns_before_anything_is_opened(screen: Screen) -> None:
    page, _ = opened(screen, NIVEL_DE_RIESGO_VICTIMA="1", perpetrator_factors=("amenaza_muerte",))

    assert not page.rail.warning.isHidden()
    assert "Amenazas de muerte" in page.rail.warning.accessibleName()


def test_what_was_begun_is_found_again_from_the_history(screen: Screen) -> None:
    page, case_id = opened(screen)
    copying(screen, page)
    question(page, "pareja_9").editor.stop.setFocus()
    key(screen, Qt.Key.Key_1)
    screen.go("cases")

    screen.go("risk", case_id=case_id)
    assert page.editor is None
    look = [
        one
        for one in shown_children(page)
        if isinstance(one, QPushButton) and "2 de 37 puntos" in one.accessibleName()
    ]
    look[0].click()
    screen.settle()

    assert question(page, "pareja_9").editor.value() == "1"


def test_a_transcription_of_another_case_is_taken_back_by_two_presses(screen: Screen) -> None:
    page, case_id = opened(screen)
    copying(screen, page)
    press(screen, "Quitar: no es de este caso")
    assert page.editor is not None

    press(screen, "Presione otra vez para quitarla de este caso")

    assert page.editor is None
    found = screen.run(lambda uow: risk.risk_history(uow, screen.desk, case_id))
    assert found.instruments == ()


def test_a_photographed_paper_is_attached_to_what_is_open(screen: Screen, tmp_path: Path) -> None:
    page, case_id = opened(screen)
    copying(screen, page)
    chosen = tmp_path / "nombre-de-una-persona.pdf"
    chosen.write_bytes(PDF)
    page.rail.attachments.description.setText("Hoja 1")

    page.presenter.attach(chosen, page.rail.attachments.description.text())
    screen.until(lambda: not page.presenter.is_attaching)
    screen.settle()

    (row,) = screen.run(lambda uow: attachments.list_of(uow, case_id))
    assert row.record_id == page.presenter.record_id
    assert row.description == "Hoja 1"
    said = " ".join(
        one.accessibleName() for one in shown_children(page) if isinstance(one, QPushButton)
    )
    assert "Hoja 1 · PDF · 1 KB" in said
    assert "nombre-de-una-persona" not in said
    assert page.rail.attachments.description.text() == ""


def test_what_asks_before_an_attachment_is_taken_out_fits_a_small_screen(
    screen: Screen, tmp_path: Path
) -> None:
    page, case_id = opened(screen)
    chosen = tmp_path / "papel.pdf"
    chosen.write_bytes(PDF)
    page.presenter.attach(chosen, "Hoja 1")
    screen.until(lambda: not page.presenter.is_attaching)
    screen.settle()
    check_fit("attachment", screen.shell)

    press(screen, "Quitar")
    check_fit("attachment asked", screen.shell)
    said = " ".join(one.text() for one in shown_children(page) if isinstance(one, QLabel))
    assert "¿Quitarlo de este caso?" in said
    press(screen, "Sí, quitar")

    assert screen.run(lambda uow: attachments.list_of(uow, case_id)) == ()


def test_what_is_no_picture_is_refused_in_words(screen: Screen, tmp_path: Path) -> None:
    page, case_id = opened(screen)
    chosen = tmp_path / "programa.exe"
    chosen.write_bytes(b"MZ nada")

    page.presenter.attach(chosen, "")
    screen.until(lambda: not page.presenter.is_attaching)
    screen.settle()

    assert "No es una foto (JPEG o PNG) ni un PDF" in said_by(page)
    assert screen.run(lambda uow: attachments.list_of(uow, case_id)) == ()


def test_a_photographed_paper_of_another_laptop_is_asked_for(screen: Screen) -> None:
    page, case_id = opened(screen)
    attachment_id = screen.desk.ids.new_record_id()
    values: dict[str, Value] = {
        Name.CASE: case_id,
        "sha256": "ab" * 32,
        "media_type": "application/pdf",
        "size": 2_048,
        "description": "Hoja 1",
    }

    def arrives(uow: UnitOfWork) -> None:
        keys = {FieldKey(Kind.ATTACHMENT, attachment_id, one): said for one, said in values.items()}
        forms.change_fields(uow, screen.desk, keys)
        uow.commit()

    screen.run(arrives)
    page.presenter.look()
    screen.settle()
    assert "▲ está en otro equipo, aquí no" in said_by(page)

    press(screen, "Traer ahora")
    screen.settle()

    (row,) = screen.run(lambda uow: attachments.list_of(uow, case_id))
    assert (row.has_content, row.is_wanted) == (False, True)
    assert "en camino: llega con la próxima sincronización" in said_by(page)
    assert "Traer ahora" not in said_by(page)


def said_by(page: RiskPage) -> str:
    labels = (one for one in shown_children(page.rail) if isinstance(one, QLabel))
    buttons = (one for one in shown_children(page.rail) if isinstance(one, QPushButton))
    return " ".join(one.text() for one in (*labels, *buttons))


@pytest.mark.parametrize("opens", ["nothing", "valuation", "fvr"])
def test_another_case_shows_nothing_of_the_one_before(screen: Screen, opens: str) -> None:
    page, _ = opened(screen, NIVEL_DE_RIESGO_VICTIMA="3")
    if opens == "valuation":
        press(screen, "Nueva valoración del CEM")
    elif opens == "fvr":
        copying(screen, page)

    other = screen.new_case()
    screen.go("risk", case_id=other)

    assert page.editor is None
    assert page.presenter.case_id == other
    assert page.rail.warning.isHidden()
    words = " ".join(getattr(one, "text", str)() for one in shown_children(page.rail))
    assert "SEVERO" not in words
