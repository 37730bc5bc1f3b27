"""What the paper of another CEM says, to open the linked ficha here."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from app.i18n import N_
from app.services.transfers import Origin
from ui.runtime.text import Texts
from ui.widgets.pieces import Box, button, label

__all__ = ["OriginPanel"]

_LENGTH_MAX = 80


class OriginPanel(QFrame):
    """Five boxes and two buttons.

    Signals:
        entered: open the ficha; carries the :class:`Origin`.
        closed: never mind.
    """

    entered = Signal(object)
    closed = Signal()

    def __init__(self, texts: Texts) -> None:
        super().__init__()
        self.setObjectName("card")
        self._texts = texts
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 8)
        column.setSpacing(6)
        said = label("muted")
        texts.bind(
            said,
            "setText",
            N_(
                "Copie los datos de la ficha de derivación que ella trae. La condición no se llena "
                "sola: usted la elige."
            ),
        )
        column.addWidget(said)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(12)
        self._boxes = [
            self._box(*place, msgid)
            for place, msgid in (
                ((0, 0, 2), N_("CEM que deriva")),
                ((0, 2, 1), N_("N.º de la derivación")),
                ((0, 3, 1), N_("Código de control")),
                ((1, 0, 2), N_("Código del caso en ese CEM")),
                ((1, 2, 2), N_("N.º de la ficha de ese CEM, si consta")),
            )
        ]
        for number in range(4):
            self._grid.setColumnStretch(number, 1)
        column.addLayout(self._grid)
        self._refusal = Box("warning")
        self._refusal.hide()
        column.addWidget(self._refusal)
        row = QHBoxLayout()
        row.addStretch()
        never_mind = button()
        texts.bind(never_mind, "setText", N_("Cancelar"))
        never_mind.clicked.connect(self.closed)
        self.open = button("primary", "folder-open")
        texts.bind(self.open, "setText", N_("Abrir ficha enlazada"))
        self.open.clicked.connect(self._enter)
        row.addWidget(never_mind)
        row.addWidget(self.open)
        column.addLayout(row)

    def begin(self) -> None:
        """Show empty boxes."""
        for box in self._boxes:
            box.clear()
        self._refusal.hide()
        self.show()
        self._boxes[0].setFocus(Qt.FocusReason.OtherFocusReason)

    def refuse(self, said: str) -> None:
        """Say what does not fit; what was typed stays."""
        self._refusal.say("", said)
        self._refusal.show()

    def fill(self, *texts: str) -> None:
        """Type these texts, in the order of the boxes."""
        for box, text in zip(self._boxes, texts, strict=True):
            box.setText(text)

    def _box(self, row: int, column: int, span: int, msgid: str) -> QLineEdit:
        holder = QWidget()
        holder.setObjectName("fields")
        inside = QVBoxLayout(holder)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(2)
        said = label()
        box = QLineEdit()
        box.setMaxLength(_LENGTH_MAX)
        box.returnPressed.connect(self._enter)
        said.setBuddy(box)
        self._texts.bind(said, "setText", msgid)
        self._texts.bind(box, "setAccessibleName", msgid)
        inside.addWidget(said)
        inside.addWidget(box)
        inside.addStretch()
        self._grid.addWidget(holder, row, column, 1, span)
        return box

    def _enter(self) -> None:
        self.entered.emit(Origin(*(box.text() for box in self._boxes)))
