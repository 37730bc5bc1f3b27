"""Small widgets that every page is made of."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtGui import QAccessible, QImage
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from ui.widgets.pieces import Box, CheckableButton, button, label


def test_a_box_that_is_higher_than_its_words_keeps_them_together(qtbot: QtBot) -> None:
    box = Box("info")
    qtbot.addWidget(box)
    box.say("Un encabezado", "Y lo que dice la frase.")
    box.resize(400, 300)
    box.show()
    below = box.heading.geometry().bottom()
    assert 0 <= box.sentence.y() - below < 12
    assert box.sentence.height() < 100


def drawn(widget: QWidget) -> QImage:
    widget.resize(widget.sizeHint())
    return widget.grab().toImage()


@pytest.mark.parametrize(
    "make", [button, lambda: CheckableButton("chip"), lambda: label(wraps=False)]
)
def test_an_ampersand_in_a_name_is_a_letter(
    qtbot: QtBot, make: Callable[[], QPushButton | QLabel]
) -> None:
    """And no key. Control: what Qt does by itself."""
    line = QLineEdit()
    qtbot.addWidget(line)
    made, other = make(), make()
    for one, words in (
        (made, "Ana Inventada &Luz Inventada"),
        (other, "Ana Inventada Luz Inventada"),
    ):
        qtbot.addWidget(one)
        one.setText(words)
        if isinstance(one, QLabel):
            one.setBuddy(line)
    assert made.text() == "Ana Inventada &Luz Inventada"
    assert made.sizeHint().width() > other.sizeHint().width()
    assert drawn(made) != drawn(other)
    read = QAccessible.queryAccessibleInterface(made)
    assert read.text(QAccessible.Text.Name) == "Ana Inventada &Luz Inventada"
    if isinstance(made, QPushButton):
        assert made.shortcut().isEmpty()
    plain = QPushButton("Ana Inventada &Luz Inventada")
    qtbot.addWidget(plain)
    assert not plain.shortcut().isEmpty()
