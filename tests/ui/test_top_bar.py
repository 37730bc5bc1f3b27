"""The bar at the top: the name of the centre has what room there is."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from tests.support.windows import themed
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
