"""The bar at the top: the name of the centre has what room there is."""

from __future__ import annotations

import dataclasses

import pytest
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from tests.support.windows import CENTRE, Screen, themed
from ui.runtime.text import Texts
from ui.top_bar import TopBar

NAME = "Centro Emergencia Mujer y Familia de la Comisaría"


def test_the_name_of_a_centre_is_cut_only_where_there_is_no_room(
    qapp: QApplication, qtbot: QtBot
) -> None:
    themed(qapp)
    bar = TopBar(Texts("es"), NAME)
    qtbot.addWidget(bar)
    bar.show()
    bar.resize(1366, 48)
    (shown,) = (one for one in bar.findChildren(QLabel) if one.toolTip() == NAME)
    assert shown.text() == NAME
    bar.resize(1024, 48)
    assert shown.text().endswith("…")
    assert bar.search.width() > bar.width() / 4
    bar.resize(1366, 48)
    assert shown.text() == NAME


@pytest.mark.parametrize("language", ["es", "quy", "agr"])
def test_a_window_that_was_wide_goes_back_to_the_smallest_screen(
    screen: Screen, language: str
) -> None:
    """As after a projector: else the way out in haste stands half beside the screen. Control: what
    is cut of the name says so, and where there is room again it is whole as far as before."""
    workplace = screen.shell.workplace
    centre = dataclasses.replace(CENTRE, name=f"{NAME} de la Provincia Inventada")
    screen.window.enter(dataclasses.replace(workplace, centre=centre, is_practice=True))
    screen.settle()
    screen.texts.switch(language)
    (bar,) = screen.shell.findChildren(TopBar)
    (shown,) = (one for one in bar.findChildren(QLabel) if one.toolTip() == centre.name)
    whole = []
    for width in (1366, 1024, 1366):
        screen.window.resize(width, 600)
        screen.settle()
        assert screen.window.width() == width
        assert shown.text().endswith("…")
        assert shown.width() >= shown.sizeHint().width(), "nothing of it is cut unsaid"
        whole.append(shown.text())
    assert whole[0] == whole[2]
