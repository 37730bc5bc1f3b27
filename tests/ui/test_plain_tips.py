"""What stands in a record reads as it was written, in tool tips, too: Qt takes a text that looks
like markup for it, hides what is in brackets and looks for the picture that it speaks of."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QHelpEvent, QTextDocument
from PySide6.QtGui import Qt as QtText
from PySide6.QtWidgets import QApplication, QLabel, QToolTip, QWidget

from tests.support.windows import Screen, shown_children
from ui.widgets.pieces import plain_tip, set_tip
from ui.widgets.row_table import RowTable

NAME = '<img src="//198.51.100.7/foto.png">Nantip'
WRITTEN = (
    NAME,
    "Nantip &lt;b&gt;",
    "<b>Nantip</b> y\notra   línea",
    "<!doctype html>Nantip",
    "3 < 4, 5 > 4 & «así»",
)


def shown_tip(widget: QWidget) -> QLabel:
    """The tool tip as Qt shows it."""
    place = QPoint(3, 3)
    event = QHelpEvent(QEvent.Type.ToolTip, place, widget.mapToGlobal(place))
    QApplication.sendEvent(widget, event)
    (tip,) = [
        one
        for one in QApplication.topLevelWidgets()
        if isinstance(one, QLabel) and one.windowType() is Qt.WindowType.ToolTip
        if one.isVisible()
    ]
    return tip


def as_read(text: str) -> str:
    """What a person reads of a text that Qt shows."""
    if not QtText.mightBeRichText(text):
        return text
    document = QTextDocument()
    document.setHtml(text)
    return document.toPlainText().replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize("text", WRITTEN)
def test_a_tip_reads_as_it_was_written(text: str) -> None:
    assert as_read(plain_tip(text)) == text
    assert "<img" not in plain_tip(text)


def test_an_ordinary_tip_stays_as_it_is() -> None:
    assert plain_tip("N. E. · «Equipo»") == "N. E. · «Equipo»"


def test_qt_shows_a_name_that_looks_like_markup_as_it_was_written(screen: Screen) -> None:
    """Control: set without the house's way, Qt hides it."""
    box = QLabel("x", screen.page)
    box.show()
    box.setToolTip(NAME)
    assert as_read(shown_tip(box).text()) != NAME
    QToolTip.hideText()
    screen.until(lambda: not QToolTip.isVisible())
    set_tip(box, NAME)
    assert as_read(shown_tip(box).text()) == NAME
    QToolTip.hideText()


def test_no_page_of_a_case_takes_her_name_for_markup(screen: Screen) -> None:
    case_id = screen.new_case(alias=NAME, names=NAME)
    seen = 0
    for name in ("cases", "today", "ficha", "plan", "records", "risk", "referral", "papers"):
        page = screen.go(name, **({} if name in ("cases", "today") else {"case_id": case_id}))
        for one in shown_children(page):
            tip = one.toolTip()
            assert "<img" not in tip, name
            seen += "Nantip" in tip
        for table in page.findChildren(RowTable):
            model = table.model()
            for row in range(model.rowCount()):
                for column in range(model.columnCount()):
                    tip = model.index(row, column).data(Qt.ItemDataRole.ToolTipRole)
                    assert "<img" not in str(tip), name
    assert seen


def test_every_tip_goes_the_house_s_way() -> None:
    rooms = Path(__file__).parents[2] / "ui"
    straight = [
        path.relative_to(rooms).as_posix()
        for path in sorted(rooms.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        if node.func.attr == "setToolTip"
    ]
    assert straight == ["widgets/pieces.py"]
