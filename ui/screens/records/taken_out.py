"""What was taken out of the list last, above it: with a way back, or that it is there again."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.i18n import N_
from ui.runtime.text import Texts
from ui.widgets.pieces import Box, button

__all__ = ["TakenOut"]


class TakenOut(QWidget):
    """Says that a record was taken out and can be put back, or came back by itself.

    Signals:
        undo_wanted: it shall be put back.
    """

    undo_wanted = Signal()

    def __init__(self, texts: Texts) -> None:
        super().__init__()
        self._out = Box("ok")
        back = button("link")
        texts.bind(back, "setText", N_("Deshacer"))
        back.clicked.connect(self.undo_wanted)
        self._out.buttons.addWidget(back)
        self._out.buttons.addStretch()
        texts.bind(
            self._out.sentence,
            "setText",
            N_("Se quitó de la lista. No se perdió: puede deshacerlo."),
        )
        self._back = Box("info")
        texts.bind(
            self._back.sentence,
            "setText",
            N_(
                "Lo que quitó está otra vez en la lista: en otro equipo escribieron en ello sin"
                " saber que se quitaba. No se perdió nada. Si no va, quítelo otra vez."
            ),
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        for box in (self._out, self._back):
            box.heading.hide()
            column.addWidget(box)
        self.show_state(is_out=False, came_back=False)

    def show_state(self, *, is_out: bool, came_back: bool) -> None:
        """Say the one, the other, or nothing."""
        self._out.setVisible(is_out)
        self._back.setVisible(came_back and not is_out)
        self.setVisible(is_out or came_back)
