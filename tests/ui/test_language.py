"""The language changes while the program runs, and nothing typed is touched."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QPushButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from app.i18n import load
from app.services import preferences
from tests.support.laptops import definitions
from tests.support.windows import Screen, open_screen, shown_children
from ui.runtime.text import Texts
from ui.screens.devices.view import DevicesPage
from ui.screens.ficha.view import FichaPage
from ui.screens.staff.view import StaffPage


@pytest.mark.parametrize("code", ["quy", "agr"])
def test_another_language_keeps_what_is_half_typed(screen: Screen, code: str):
    case_id = screen.new_case()
    page = screen.go("ficha", case_id=case_id)
    assert isinstance(page, FichaPage)
    page.presenter.go_to_field("names")
    screen.settle()
    line = QApplication.focusWidget()
    assert isinstance(line, QLineEdit)
    QTest.keyClicks(line, "Nunkui")

    _choose(screen, code)

    assert screen.texts.language.code == code
    assert screen.stored(case_id, "names") == "Nunkui"
    line = QApplication.focusWidget()
    assert isinstance(line, QLineEdit)
    assert line.text() == "Nunkui"
    assert screen.run(preferences.language) == code


@pytest.mark.parametrize("code", ["quy", "agr"])
def test_words_that_are_translated_show_translated(screen: Screen, code: str):
    wanted = load(code).gettext("Bloquear")
    assert wanted != "Bloquear"
    _choose(screen, code)
    assert wanted in _buttons(screen)
    assert "Bloquear" not in _buttons(screen)
    _choose(screen, "es")
    assert "Bloquear" in _buttons(screen)


@pytest.mark.parametrize("screen", [("es", None), ("quy", None), ("agr", None)], indirect=True)
def test_questions_of_consent_without_approved_translation_ask_for_an_interpreter(screen: Screen):
    case_id = screen.new_case()
    page = screen.go("ficha", case_id=case_id)
    assert isinstance(page, FichaPage)
    asked = {}
    for step, section in enumerate(page.presenter.steps):
        page.presenter.go(step)
        screen.settle()
        asked[section.id] = "no tienen traducción aprobada" in " ".join(_words(page))
    gated = {one.id for one in page.presenter.steps if list(one.gated_texts())}
    assert {"contacto", "riesgo", "denuncia"} < gated
    wanted = set() if screen.texts.language.is_source else gated
    assert {name for name, is_asked in asked.items() if is_asked} == wanted


def _words(page: QWidget) -> list[str]:
    return [one.text() for one in shown_children(page) if isinstance(one, QLabel)]


def _buttons(screen: Screen) -> set[str]:
    return {one.text() for one in screen.window.findChildren(QPushButton)}


def _choose(screen: Screen, code: str) -> None:
    (languages,) = [one for one in screen.shell.findChildren(QComboBox) if one.findData("quy") >= 0]
    languages.setFocus()
    while str(languages.currentData()) != code:
        up = languages.findData(code) < languages.currentIndex()
        QTest.keyClick(languages, Qt.Key.Key_Up if up else Qt.Key.Key_Down)
    languages.activated.emit(languages.currentIndex())
    screen.settle()


def test_what_follows_the_language_is_let_go_with_its_widget(qapp: QApplication) -> None:
    """Each step of a ficha makes its fields anew: a day of work shows thousands. Control: what is
    there still follows."""
    texts = Texts("es")
    stays = QLabel()
    texts.bind(stays, "setText", "Casos")
    for _ in range(20_000):
        texts.bind(QLabel(), "setText", "Casos")
    assert texts.bound < 5_000
    texts.switch("quy")
    assert stays.text() == texts("Casos")
    assert texts.bound < 5_000


def test_what_was_told_a_moment_ago_is_told_in_the_language_chosen_since(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path
) -> None:
    said: list[Texts] = []
    texts = Texts("es", lambda words: f"{words} [{said[0].language.code}]" if said else words)
    said.append(texts)
    with open_screen(qapp, qtbot, tmp_path, texts, definitions()) as screen:
        staff, devices = screen.go("staff"), screen.go("devices")
        assert isinstance(staff, StaffPage)
        assert isinstance(devices, DevicesPage)
        staff.show_ended("Ana", left=False)
        devices.show_revoked("B")
        for code in ("es", "agr"):
            texts.switch(code)
            screen.settle()
            for page, told in ((staff, "Ana ya no abre"), (devices, "Equipo B dado de baja")):
                (shown,) = [one.text() for one in page.findChildren(QLabel) if told in one.text()]
                assert shown.endswith(f"[{code}]")
