"""Words that were typed do not stay on a page that was left, nor does the eye that showed them stay
open for whoever types the next ones."""

from __future__ import annotations

import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit

from tests.support.windows import Screen
from ui.screens.backup.view import BackupPage
from ui.screens.staff.view import StaffPage
from ui.widgets.five_words import FiveWords
from ui.widgets.secret_line import SecretLine

HIDDEN = QLineEdit.EchoMode.Password


def _line(screen: Screen, name: str) -> SecretLine:
    page = screen.go(name, **({"own_words": True} if name == "staff" else {}))
    if isinstance(page, StaffPage):
        return page.own_panel.current
    assert isinstance(page, BackupPage)
    return page.secret


@pytest.mark.parametrize("name", ["staff", "backup"])
def test_words_and_the_open_eye_do_not_outlive_the_page(screen: Screen, name: str) -> None:
    """Control: as long as one stays, both do."""
    line = _line(screen, name)
    line.eye.setChecked(True)
    QTest.keyClicks(line.line, "cinco palabras inventadas")
    screen.shell.records_changed()
    screen.settle()
    assert (line.line.text(), line.line.echoMode()) == (
        "cinco palabras inventadas",
        QLineEdit.EchoMode.Normal,
    )

    screen.go("today")
    assert line.line.text() == ""
    assert _line(screen, name) is line
    assert (line.line.text(), line.line.echoMode(), line.eye.isChecked()) == ("", HIDDEN, False)


def test_other_words_are_proved_in_a_line_that_hides_again(screen: Screen) -> None:
    five = FiveWords(screen.texts)
    five.show_words("uno dos tres cuatro cinco")
    five.secret.eye.setChecked(True)
    five.show_words("seis siete ocho nueve diez")
    assert five.line.echoMode() == HIDDEN
