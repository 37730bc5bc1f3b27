"""Which older backup would be restored is told, and who presses again has read it: once something
else was chosen or typed, or something else was said, nobody has. Hours later somebody else sits
there."""

from __future__ import annotations

import shutil

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from db.folder import VAULT_NAME
from tests.storage.test_backup_altered import of_a_newer_program
from tests.support.storage import PASSPHRASE
from tests.ui.test_recovery_page import AtFirstStart, press, shown_words
from tests.ui.test_recovery_page import at_first_start as at_first_start
from tests.ui.test_recovery_page import locked as locked
from tests.ui.test_recovery_page import made as made
from ui.screens.lock.recover import RecoverPanel

ASKS = "Para recuperar esa copia, pulse otra vez el mismo botón."


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
    told.bot.waitUntil(panel.sheets.isEnabled, timeout=20_000)
    told.settle()


@pytest.mark.parametrize("does", ["types", "chooses", "leaves the words out"])
def test_who_did_not_read_it_is_told(told: AtFirstStart, does: str) -> None:
    """Control: who presses again at once has the laptop."""
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
    press(told.window, "Recuperar (Enter)")
    told.bot.waitUntil(lambda: ASKS in shown_words(told.window), timeout=20_000)
    assert not (told.folder / VAULT_NAME).exists()
    press(told.window, "Recuperar (Enter)")
    told.bot.waitUntil(lambda: told.window.shell is not None, timeout=20_000)


def test_who_types_a_row_anew_is_told(told: AtFirstStart) -> None:
    """By two sheets. Control: who goes on at once has the laptop."""
    page = told.to_sheets()
    told.type_pair(3, 1)
    assert ASKS in page.message
    told.type_pair(3, 1)
    assert ASKS in page.message
    assert not (told.folder / VAULT_NAME).exists()
    page.go_button.click()
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
    told.bot.waitUntil(lambda: ASKS in shown_words(told.window), timeout=20_000)
    assert not (told.folder / VAULT_NAME).exists()
