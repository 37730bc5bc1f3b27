"""The bar at the top: whose centre it is, the search, the language, the two ways out."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QLineEdit

from app.i18n import LANGUAGES, N_, name_of
from ui.navigation import WIDTH
from ui.runtime.icons import icon
from ui.runtime.text import Texts
from ui.widgets.pieces import button, chip, label, set_tip

__all__ = ["TopBar"]

_NAME_SHARE: Final = 0.27
"""So much of the bar the name of the centre has, at most: "Centro Emergencia Mujer y Familia" of a
place stands whole on a screen of 1366."""


class TopBar(QFrame):
    """The bar.

    Signals:
        searched: carries what stands in the search box, at every key.
        results_wanted: go to what was found.
        language_chosen: carries a code of :data:`app.i18n.LANGUAGES`.
        lock_wanted: lock now.
        exit_wanted: leave in haste.
    """

    searched = Signal(str)
    results_wanted = Signal()
    language_chosen = Signal(str)
    lock_wanted = Signal()
    exit_wanted = Signal()

    def __init__(self, texts: Texts, centre_name: str, *, is_practice: bool = False) -> None:
        super().__init__()
        self.setObjectName("bar")
        self._texts = texts
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 6, 12, 6)
        row.setSpacing(8)
        self._name = centre_name
        self._centre = label("strong", wraps=False)
        set_tip(self._centre, centre_name)
        row.addWidget(self._centre)
        if is_practice:
            told = chip("warning")
            texts.bind(told, "setText", N_("Práctica: nada se guarda"))
            row.addWidget(told)
        self.search = self._make_search()
        row.addWidget(self.search, 1)
        row.addWidget(self._make_languages())
        lock = button("", "lock")
        texts.bind(lock, "setText", N_("Bloquear"))
        lock.clicked.connect(self.lock_wanted)
        leave = button("danger", "log-out")
        texts.bind(leave, "setText", N_("Salida rápida"))
        leave.clicked.connect(self.exit_wanted)
        row.addWidget(lock)
        row.addWidget(leave)
        texts.changed.connect(self._show_language)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Override QWidget::resizeEvent: the name of the centre is cut where there is no room."""
        super().resizeEvent(event)
        least = WIDTH - 20
        room = max(least, round(self.width() * _NAME_SHARE))
        # What shows of it in a wide window does not keep the window from a small screen.
        whole = self._centre.fontMetrics().horizontalAdvance(self._name)
        self._centre.setMinimumWidth(min(least, whole))
        self._centre.setText(
            self._centre.fontMetrics().elidedText(self._name, Qt.TextElideMode.ElideRight, room)
        )

    def focus_search(self) -> None:
        """Put the focus into the search box, what stands there marked."""
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def _make_search(self) -> QLineEdit:
        search = _SearchLine()
        search.addAction(icon("search", "muted"), QLineEdit.ActionPosition.LeadingPosition)
        search.setClearButtonEnabled(True)
        self._texts.bind(
            search,
            "setPlaceholderText",
            N_("Buscar por nombre, documento, teléfono o n.º de caso (Ctrl+K)"),
        )
        self._texts.bind(search, "setAccessibleName", N_("Buscar casos"))
        search.textEdited.connect(self.searched)
        search.down.connect(self.results_wanted)
        return search

    def _make_languages(self) -> QComboBox:
        self._languages = QComboBox()
        for code in LANGUAGES:
            self._languages.addItem(name_of(code), code)
        self._show_language()
        self._languages.activated.connect(
            lambda: self.language_chosen.emit(str(self._languages.currentData()))
        )
        self._texts.bind(self._languages, "setAccessibleName", N_("Idioma"))
        return self._languages

    def _show_language(self) -> None:
        self._languages.setCurrentIndex(LANGUAGES.index(self._texts.language.code))


class _SearchLine(QLineEdit):
    """The search box: Down and Enter go to what was found.

    Signals:
        down: go to what was found.
    """

    down = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Override QLineEdit::keyPressEvent."""
        if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.down.emit()
        else:
            super().keyPressEvent(event)
