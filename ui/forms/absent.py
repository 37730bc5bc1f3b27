"""*No sabe*, *no quiere responder*, *no se preguntó*: answers of their own, never a blank."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QMenu, QToolButton, QWidget

from app.domain.value import Absent
from app.i18n import N_
from app.services.display import ABSENT_WORDS
from ui.runtime.icons import icon
from ui.runtime.text import Texts

__all__ = ["NO_ANSWER", "AbsentButton", "with_button"]

NO_ANSWER: Final = N_("Sin respuesta: no sabe, no quiere (Alt+flecha abajo)")


class AbsentButton(QToolButton):
    """A small button beside a line, with the reasons why there is no answer.

    Signals:
        picked: an :class:`Absent` reason, or None to make the field blank.
    """

    picked = Signal(object)

    def __init__(self, reasons: tuple[Absent, ...], texts: Texts) -> None:
        super().__init__()
        self._texts = texts
        self.setIcon(icon("circle-question-mark", "muted"))
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self)
        for reason in reasons:
            self._add(menu, ABSENT_WORDS[reason], reason)
        self._add(menu, N_("Dejar en blanco"), None)
        self.setMenu(menu)
        # One stop of Tab a question: the keys of the line open the menu.
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        texts.bind(self, "setToolTip", NO_ANSWER)
        texts.bind(self, "setAccessibleName", NO_ANSWER)

    def serve(self, line: QLineEdit) -> None:
        """Open with Alt and the arrow down, as a list does, while the line has the focus."""
        keys = QShortcut(QKeySequence("Alt+Down"), line)
        keys.setContext(Qt.ShortcutContext.WidgetShortcut)
        keys.activated.connect(self.showMenu)

    @staticmethod
    def words(reason: Absent) -> str:
        """Return the Spanish words of a reason: a message id."""
        return ABSENT_WORDS[reason]

    def _add(self, menu: QMenu, msgid: str, reason: Absent | None) -> None:
        action = QAction(menu)
        self._texts.bind(action, "setText", msgid)
        action.triggered.connect(lambda: self.picked.emit(reason))
        menu.addAction(action)


def with_button(field: QWidget, button: QWidget) -> QWidget:
    """Return the field with the button at its right."""
    row = QWidget()
    line = QHBoxLayout(row)
    line.setContentsMargins(0, 0, 0, 0)
    line.setSpacing(3)
    line.addWidget(field, 1)
    line.addWidget(button)
    return row
