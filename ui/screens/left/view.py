"""Instead of the program, for whoever is written to have left the centre: nothing of any case, and
the two ways by which this laptop hears that it was a mistake. Who alone opens it would else be shut
out of it for ever, and what waits in it with her."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.domain.errors import QispiError
from app.i18n import N_
from app.services.workplace import Workplace
from ui.runtime.shortcuts import SHORTCUTS
from ui.runtime.task_runner import TaskRunner
from ui.runtime.text import Texts
from ui.screens.left.presenter import LeftPresenter
from ui.widgets.busy_line import BusyLine
from ui.widgets.file_dialog import ask_folder
from ui.widgets.pieces import Box, button, card, label, scrolling
from ui.widgets.refusals import pressed_words

__all__ = ["LeftPage"]

_WIDTH: Final = 640
_TITLE: Final = N_("En su centro consta que usted ya no trabaja en él")
_WHY: Final = N_(
    "Por eso no se muestra nada. Si es un error, pida a su coordinación que la vuelva a agregar en "
    "otro equipo del centro y que lo sincronice. Después busque aquí ese cambio. Mientras tanto "
    "atienda en papel."
)
_STILL: Final = N_(
    "Todavía consta que usted ya no trabaja en su centro. Puede que el otro equipo no lo haya "
    "enviado aún: llame a su coordinación y pruebe de nuevo."
)
_BUSY: Final = N_("Buscando ese cambio…")


class LeftPage(QWidget):
    """The page.

    Signals:
        let_in: she works here again.
        lock_wanted: lock now.
    """

    let_in = Signal()
    lock_wanted = Signal()

    def __init__(self, runner: TaskRunner, texts: Texts, workplace: Workplace) -> None:
        super().__init__()
        self.setObjectName("page")
        self._texts = texts
        self._fault: QispiError | None = None
        self.presenter = LeftPresenter(runner, workplace, self)
        page = QVBoxLayout(self)
        page.setContentsMargins(16, 12, 16, 10)
        middle = QWidget()
        middle.setObjectName("page")
        row = QHBoxLayout(middle)
        frame, column = card(margin=22)
        frame.setMaximumWidth(_WIDTH)
        row.addStretch()
        row.addWidget(frame, 1, Qt.AlignmentFlag.AlignVCenter)
        row.addStretch()
        title, why = label("title"), label()
        texts.bind(title, "setText", _TITLE)
        texts.bind(why, "setText", _WHY)
        self._message = Box("warning")
        self._message.hide()
        self._busy = BusyLine(texts)
        for one in (title, why, self._message, self._busy):
            column.addWidget(one)
        column.addLayout(self._make_ways())
        page.addWidget(scrolling(middle), 1)
        texts.changed.connect(self._say)

    @property
    def message(self) -> str:
        """What is said of the last search; empty while nothing is."""
        return "" if self._message.isHidden() else self._message.accessibleName()

    # What the presenter shows.

    def show_busy(self) -> None:
        """An exchange goes on."""
        self._message.hide()
        self._busy.begin(_BUSY)
        self._let_search(may_search=False)

    def show_still(self) -> None:
        """It ended, and nothing says that she did not leave."""
        self._end(None)

    def show_fault(self, fault: QispiError) -> None:
        """It could not be done: say why."""
        self._end(fault)

    def enter(self) -> None:
        """She works here again."""
        self._busy.end()
        self.let_in.emit()

    # What happens.

    def _make_ways(self) -> QHBoxLayout:
        ways = QHBoxLayout()
        self.lock_button = button("", "lock")
        self._texts.bind(self.lock_button, "setText", N_("Bloquear"))
        self.lock_button.clicked.connect(self.lock_wanted)
        keys = QShortcut(QKeySequence(SHORTCUTS["lock"].keys), self)  # as on every page
        keys.activated.connect(self.lock_button.click)
        self.stick_button = button("", "usb")
        self._texts.bind(self.stick_button, "setText", N_("Elegir la memoria USB…"))
        self.stick_button.clicked.connect(self._choose_stick)
        self.region_button = button("primary", "refresh-cw")
        self._texts.bind(self.region_button, "setText", N_("Buscar en la región"))
        self.region_button.clicked.connect(self.presenter.look_in_region)
        ways.addWidget(self.lock_button)
        ways.addStretch()
        ways.addWidget(self.stick_button)
        ways.addWidget(self.region_button)
        return ways

    def _choose_stick(self) -> None:
        texts = self._texts
        title, accept = texts(N_("Elija la memoria USB")), texts(N_("Usar esta"))
        ask_folder(self, title, accept, self.presenter.look_on_stick)

    def _end(self, fault: QispiError | None) -> None:
        self._fault = fault
        self._busy.end()
        self._let_search(may_search=True)
        self._message.show()
        self._say()
        self.region_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def _let_search(self, *, may_search: bool) -> None:
        for one in (self.stick_button, self.region_button):
            one.setEnabled(may_search)

    def _say(self) -> None:
        fault = self._fault
        said = self._texts(_STILL)
        if fault is not None:
            said = pressed_words(self._texts, fault)
        if not self._message.isHidden():
            self._message.say("", said)
