"""What was taken out of the list last, above it: with a way back."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.i18n import N_
from ui.runtime.text import Texts
from ui.widgets.pieces import Box, button

__all__ = ["TakenOut"]


class TakenOut(QWidget):
    """Says that a record was taken out and can be put back.

    Signals:
        undo_wanted: it shall be put back.
    """

    undo_wanted = Signal()

    def __init__(self, texts: Texts) -> None:
        super().__init__()
        box = Box("ok")
        back = button("link")
        texts.bind(back, "setText", N_("Deshacer"))
        back.clicked.connect(self.undo_wanted)
        box.buttons.addWidget(back)
        box.buttons.addStretch()
        texts.bind(
            box.sentence,
            "setText",
            N_("Se quitó de la lista. No se perdió: puede deshacerlo."),
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        box.heading.hide()
        column.addWidget(box)
        self.hide()
