"""Two sheets typed side by side: for the drill, or to let another laptop's set open this one."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.i18n import N_
from ui.runtime.text import Texts
from ui.widgets.busy_line import BusyLine
from ui.widgets.pieces import button, card, label, scrolling
from ui.widgets.sheet_rows import SheetRows

__all__ = ["PairPart"]

_DRILL = N_(
    "Ensayo de las hojas: hacen falta dos personas, cada una con la suya. Escriban las cinco filas "
    "de cada hoja. El programa dice si abrirían este equipo; no se abre ni se cambia nada."
)
_ADOPT = N_(
    "Si el centro ya tiene hojas de otro equipo, las mismas pueden abrir también este. Escriban "
    "dos de ellas. Si este equipo tenía otro juego, ese deja de abrirlo."
)


class PairPart(QWidget):
    """Two sheets.

    Signals:
        looked: the rows are looked at: what was said before is of others.
        tried: carries the rows of both.
        left: nothing is to be tried.
    """

    looked = Signal()
    tried = Signal(object, object)
    left = Signal()

    def __init__(self, texts: Texts) -> None:
        super().__init__()
        self._texts = texts
        self.adopts = False
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        content = QWidget()
        content.setObjectName("page")
        inside = QVBoxLayout(content)
        inside.setContentsMargins(0, 0, 6, 0)
        self._explained = label()
        inside.addWidget(self._explained)
        hint = label("muted")
        texts.bind(
            hint,
            "setText",
            N_(
                "Mayúsculas, espacios y guiones no importan. No hay letra O, ni I, ni L: son cero "
                "y uno. Con un lector de códigos, léalo en la primera fila."
            ),
        )
        inside.addWidget(hint)
        both = QHBoxLayout()
        self.sheets = (SheetRows(texts, N_("Primera hoja")), SheetRows(texts, N_("Segunda hoja")))
        for sheet in self.sheets:
            frame, inner = card()
            inner.addWidget(sheet)
            inner.addStretch()
            both.addWidget(frame, 1)
        inside.addLayout(both)
        inside.addStretch()
        column.addWidget(scrolling(content), 1)
        self.busy = BusyLine(texts)
        column.addWidget(self.busy)
        foot = QHBoxLayout()
        foot.addStretch()
        self.leave_button = button()
        texts.bind(self.leave_button, "setText", N_("Dejarlo"))
        self.leave_button.clicked.connect(self.left)
        self.try_button = button("primary", "check")
        self.try_button.clicked.connect(self._try)
        foot.addWidget(self.leave_button)
        foot.addWidget(self.try_button)
        column.addLayout(foot)
        self.sheets[0].done.connect(lambda: self.sheets[1].lines[0].setFocus())
        self.sheets[1].done.connect(self._try)
        texts.changed.connect(self._say)
        self._say()

    @property
    def first_stop(self) -> QWidget:
        """Where typing begins."""
        return self.sheets[0].lines[0]

    def begin(self, *, adopts: bool) -> None:
        """Ask for two sheets."""
        self.adopts = adopts
        self.clear()
        self._say()

    def show_busy(self, *, is_busy: bool) -> None:
        """Two sheets are being tried, or were."""
        self.try_button.setEnabled(not is_busy)
        if is_busy:
            self.busy.begin(N_("Comprobando las dos hojas…"))
        else:
            self.busy.end()

    def clear(self) -> None:
        """Forget what was typed."""
        self.show_busy(is_busy=False)
        for sheet in self.sheets:
            sheet.clear()

    def _try(self) -> None:
        if not self.try_button.isEnabled():
            return
        self.looked.emit()
        second, first = (sheet.check() for sheet in reversed(self.sheets))
        if first and second:
            self.tried.emit(self.sheets[0].rows, self.sheets[1].rows)

    def _say(self) -> None:
        self._explained.setText(self._texts(_ADOPT if self.adopts else _DRILL))
        said = N_("Usarlas en este equipo") if self.adopts else N_("Comprobar")
        self.try_button.setText(self._texts(said))
