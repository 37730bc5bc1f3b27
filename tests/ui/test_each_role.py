"""Z: whatever her role, every page comes; behind no widget stands what is not hers to read, and what
is closed to her is said in a sentence."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QAbstractListModel, Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QTextEdit,
    QWidget,
)

from app.domain.change import AuthorId
from app.services.ports import Actor
from tests.support.every import EVERY
from tests.support.windows import Screen
from ui.screens.ficha.view import FichaPage

OF_A_CASE = ("ficha", "plan", "records", "risk", "referral", "papers", "team", "saw")
NAME, STORY, ASSESSMENT = "Nantip", "Relato Inventado", "Apreciación Inventada"
READS = {
    "admision": {NAME},
    "psicologia": {NAME, STORY, ASSESSMENT},
    "social": {NAME, STORY},
    "legal": {NAME, STORY},
    "coordinacion": {NAME, STORY},
    "sar": {NAME, STORY},
    "soporte": set(),
    "auditoria": set(),
    "supervision_regional": set(),
    "promocion": set(),
}


def _texts(widget: QWidget) -> Iterator[str]:
    """Yield everything that stands in widgets, whether or not it shows."""
    for one in widget.findChildren(QWidget):
        yield one.accessibleName()
        yield one.accessibleDescription()
        yield one.toolTip()
        if isinstance(one, QLabel | QLineEdit):
            yield one.text()
        elif isinstance(one, QPlainTextEdit | QTextEdit):
            yield one.toPlainText()
        elif isinstance(one, QAbstractItemView):
            model = one.model()
            columns = 1 if isinstance(model, QAbstractListModel) else model.columnCount()
            for row in range(model.rowCount()):
                for column in range(columns):
                    for role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
                        yield str(model.index(row, column).data(role))


def _visit(screen: Screen, case_id: str) -> Iterator[str]:
    """Yield the texts of every page, and of every step of the ficha."""
    for name in screen.shell.page_names:
        screen.go(name, **({"case_id": case_id} if name in OF_A_CASE else {}))
        yield "\n".join(_texts(screen.window))
        page = screen.page
        if isinstance(page, FichaPage) and name == "ficha" and page.presenter.file is not None:
            for step in range(len(page.presenter.steps)):
                page.presenter.go(step)
                screen.settle()
                yield "\n".join(_texts(screen.window))


@pytest.mark.parametrize("role", READS if EVERY else ("admision", "soporte"))
def test_behind_no_widget_stands_what_is_not_hers(
    screen: Screen, role: str, caplog: pytest.LogCaptureFixture
) -> None:
    case_id = screen.new_case(
        names=NAME, relato=STORY, psychological_assessment=ASSESSMENT, safe_hours="lunes"
    )
    actor = Actor(AuthorId("c1" * 16), "Beto Inventado", role, (role,))
    desk = dataclasses.replace(screen.desk, actor=actor)
    screen.store.work_at(desk)
    screen.window.enter(dataclasses.replace(screen.shell.workplace, desk=desk))
    screen.settle()
    with caplog.at_level(logging.ERROR):
        seen = "\n".join(_visit(screen, case_id))
    assert {one for one in (NAME, STORY, ASSESSMENT) if one in seen} == READS[role]
    assert not caplog.records  # nothing came to an end by a bug
    if role == "admision":
        assert "No corresponde a su servicio" in seen
