"""Small widgets that every page is made of."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from ui.widgets.pieces import Box


def test_a_box_that_is_higher_than_its_words_keeps_them_together(qtbot: QtBot) -> None:
    box = Box("info")
    qtbot.addWidget(box)
    box.say("Un encabezado", "Y lo que dice la frase.")
    box.resize(400, 300)
    box.show()
    below = box.heading.geometry().bottom()
    assert 0 <= box.sentence.y() - below < 12
    assert box.sentence.height() < 100
