"""Which older backup would be restored is told, and one button agrees to it, and nothing else does:
once something else was chosen or typed, or something else was said, nobody has read it. Hours later
somebody else sits there."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from db.folder import VAULT_NAME
from tests.storage.test_backup_altered import of_a_newer_program
from tests.support.storage import PASSPHRASE
from tests.ui.test_recovery_page import AtFirstStart, press, shown_words
from tests.ui.test_recovery_page import at_first_start as at_first_start
from tests.ui.test_recovery_page import locked as locked
from tests.ui.test_recovery_page import made as made
from ui.screens.lock.recover import RecoverPanel

ASKS = "Si es la que quiere, pulse «Recuperar esa copia»."
AGREES = "Recuperar esa copia"


@pytest.fixture
def told(at_first_start: AtFirstStart) -> AtFirstStart:
    """The stick has a backup of a newer program, too."""
    (one,) = at_first_start.stick.iterdir()
    of_a_newer_program(shutil.copytree(one, one.with_name("respaldo-2026-12-31-BC")))
    at_first_start.settle()
    return at_first_start


def begun(told: AtFirstStart) -> RecoverPanel:
    press(told.window, "Recuperar de una copia…")
    (panel,) = told.window.findChildren(RecoverPanel)
    panel.take(told.stick)
    panel.secret.line.setText(PASSPHRASE)
    recover(told, panel)
    assert ASKS in shown_words(told.window)
    return panel


def recover(told: AtFirstStart, panel: RecoverPanel) -> None:
    press(told.window, "Recuperar (Enter)")
    told.bot.waitUntil(panel.sheets.isEnabled, timeout=60_000)
    told.settle()


def hold_enter(told: AtFirstStart, where: QWidget) -> None:
    """Let a key that is down already go on, as a keyboard says it."""
    kind, key, none = QEvent.Type.KeyPress, Qt.Key.Key_Return, Qt.KeyboardModifier.NoModifier
    for _ in range(3):
        QApplication.sendEvent(where, QKeyEvent(kind, key, none, "\r", autorep=True))
        told.settle()


def focused() -> QWidget:
    where = QApplication.focusWidget()
    assert where is not None
    return where


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The titles under which a folder was asked for."""
    titles = list[str]()
    monkeypatch.setattr(
        "ui.screens.lock.recover.ask_folder", lambda _, title, *__: titles.append(title)
    )
    return titles


def test_one_press_of_enter_asks_and_does_not_agree(told: AtFirstStart, asked: list[str]) -> None:
    """However long the key is held down, and wherever. Control: who lets go of it and presses what
    agrees has the laptop."""
    panel = begun(told)
    for where in (focused(), panel.secret.line):
        where.setFocus()
        hold_enter(told, where)
        assert not (told.folder / VAULT_NAME).exists()
        assert ASKS in shown_words(told.window)
    assert asked == []
    press(told.window, AGREES)
    told.bot.waitUntil(lambda: told.window.shell is not None, timeout=60_000)


def test_who_presses_enter_again_without_looking_does_not_agree(
    told: AtFirstStart, asked: list[str]
) -> None:
    """It leads to the stick, of which another one may hold a newer backup."""
    panel = begun(told)
    QTest.keyClick(focused(), Qt.Key.Key_Return)
    told.settle()
    assert not (told.folder / VAULT_NAME).exists()
    assert panel.choose.hasFocus() and asked == ["Elija la memoria con la copia"]


def test_who_tries_her_words_again_is_asked_again_and_agrees_to_nothing(
    told: AtFirstStart,
) -> None:
    """By a new Enter in their line, or by the button that begins. Control: what is there for that
    alone agrees."""
    panel = begun(told)
    for _ in range(2):
        panel.secret.line.setFocus()
        QTest.keyClick(panel.secret.line, Qt.Key.Key_Return)
        told.bot.waitUntil(
            lambda: panel.sheets.isEnabled() or told.window.shell is not None, timeout=60_000
        )
        assert not (told.folder / VAULT_NAME).exists()
        assert ASKS in shown_words(told.window)
        recover(told, panel)
        assert not (told.folder / VAULT_NAME).exists()
        assert ASKS in shown_words(told.window)
    assert not panel.agree.visibleRegion().isEmpty(), "it shows, also on a small screen"
    press(told.window, AGREES)
    told.bot.waitUntil(lambda: told.window.shell is not None, timeout=60_000)


def test_who_goes_on_with_the_same_sheets_is_asked_again_and_agrees_to_nothing(
    told: AtFirstStart,
) -> None:
    """By a new Enter in the last row, or by the button that goes on. Control: what is there for
    that alone agrees."""
    page = told.to_sheets()
    told.type_pair(3, 1)
    assert ASKS in page.message
    page.sheets[1].lines[4].setFocus()
    QTest.keyClick(page.sheets[1].lines[4], Qt.Key.Key_Return)
    told.settle()
    assert not (told.folder / VAULT_NAME).exists()
    assert ASKS in page.message
    page.go_button.click()
    told.settle()
    assert not (told.folder / VAULT_NAME).exists()
    assert ASKS in page.message
    press(told.window, AGREES)
    told.settle()
    assert (told.folder / VAULT_NAME).exists()


def test_enter_in_the_last_row_of_two_sheets_does_not_agree(told: AtFirstStart) -> None:
    """Held down, or pressed again without looking."""
    page = told.to_sheets()
    told.type_pair(3, 1)
    assert ASKS in page.message
    QTest.keyClick(focused(), Qt.Key.Key_Return)
    for where in (focused(), page.sheets[1].lines[4]):
        where.setFocus()
        hold_enter(told, where)
    told.settle()
    assert not (told.folder / VAULT_NAME).exists()
    assert ASKS in page.message


@pytest.mark.parametrize("does", ["types", "chooses", "leaves the words out"])
def test_who_did_not_read_it_is_told(told: AtFirstStart, does: str) -> None:
    """Control: who agrees at once has the laptop."""
    panel = begun(told)
    if does == "types":
        panel.secret.line.setFocus()
        panel.secret.line.end(False)
        QTest.keyClick(panel.secret.line, Qt.Key.Key_A)
        QTest.keyClick(panel.secret.line, Qt.Key.Key_Backspace)
        assert panel.secret.line.text() == PASSPHRASE
    elif does == "chooses":
        panel.take(told.stick)
    else:
        panel.secret.line.setText("")
        recover(told, panel)
        assert "Elija la memoria con la copia y escriba" in shown_words(told.window)
        panel.secret.line.setText(PASSPHRASE)
    assert ASKS not in shown_words(told.window)
    assert panel.agree.isHidden()
    press(told.window, "Recuperar (Enter)")
    told.bot.waitUntil(lambda: ASKS in shown_words(told.window), timeout=60_000)
    assert not (told.folder / VAULT_NAME).exists()
    press(told.window, AGREES)
    told.bot.waitUntil(lambda: told.window.shell is not None, timeout=60_000)


def test_who_types_a_row_anew_is_told(told: AtFirstStart) -> None:
    """By two sheets. Control: who agrees at once has the laptop."""
    page = told.to_sheets()
    told.type_pair(3, 1)
    assert ASKS in page.message
    told.type_pair(3, 1)
    assert ASKS in page.message
    assert not (told.folder / VAULT_NAME).exists()
    page.agree.click()
    told.settle()
    assert (told.folder / VAULT_NAME).exists()


def test_who_goes_back_from_the_sheets_is_told(told: AtFirstStart) -> None:
    page = told.to_sheets()
    told.type_pair(3, 1)
    assert ASKS in page.message
    page.leave_button.click()
    told.settle()
    (panel,) = told.window.findChildren(RecoverPanel)
    panel.secret.line.setText(PASSPHRASE)
    press(told.window, "Recuperar (Enter)")
    told.bot.waitUntil(lambda: ASKS in shown_words(told.window), timeout=60_000)
    assert not (told.folder / VAULT_NAME).exists()


def test_behind_a_stick_that_opens_nothing_the_keyboard_is_where_another_one_is_chosen(
    at_first_start: AtFirstStart, asked: list[str]
) -> None:
    """What is said names the older ones of it, and another Enter in the words would take that
    away. Control: held down, the key asks for none; behind wrong words it stays in them."""
    (older,) = at_first_start.stick.iterdir()
    newer = Path(shutil.copytree(older, older.with_name("respaldo-2026-12-31-BC")))
    piece = newer / "datos.001"
    piece.write_bytes(piece.read_bytes()[:-1] + b"?")
    press(at_first_start.window, "Recuperar de una copia…")
    (panel,) = at_first_start.window.findChildren(RecoverPanel)
    panel.take(at_first_start.stick)
    panel.secret.line.setText("otras palabras")
    recover(at_first_start, panel)
    assert panel.secret.line.hasFocus()
    panel.secret.line.setText(PASSPHRASE)
    recover(at_first_start, panel)
    assert panel.choose.hasFocus()
    hold_enter(at_first_start, focused())
    assert asked == []
    assert older.name in shown_words(at_first_start.window)
    QTest.keyClick(focused(), Qt.Key.Key_Return)
    at_first_start.settle()
    assert asked == ["Elija la memoria con la copia"]
    assert older.name in shown_words(at_first_start.window)
