"""A text that somebody wrote to join several values when somebody else settled the question."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPlainTextEdit, QVBoxLayout, QWidget

from app.i18n import N_
from app.services.conflict_drafts import LeftText
from ui.runtime.text import Texts
from ui.widgets.pieces import Box, button

__all__ = ["LeftPart"]

_LINES: Final = 2
"""So high is it; a longer text scrolls."""


class LeftPart(QWidget):
    """The first of such texts, whole, to be read and marked with the keyboard, and what can be done
    with it; hidden where there is none.

    Signals:
        note_wanted: put it into a note of its case; carries the :class:`LeftText`.
        forget_wanted: nobody has a use for it; carries the :class:`LeftText`.
    """

    note_wanted = Signal(object)
    forget_wanted = Signal(object)

    def __init__(self, texts: Texts) -> None:
        super().__init__()
        self._texts = texts
        self._left: tuple[LeftText, ...] = ()
        self._is_sure = False
        self._box = Box("warning", is_row=True)
        self._whole = QPlainTextEdit()
        self._whole.setReadOnly(True)
        self._whole.setTabChangesFocus(True)
        texts.bind(self._whole, "setAccessibleName", N_("El texto que quedó sin usar"))
        self._note = button("", "file-text")
        texts.bind(self._note, "setText", N_("Anotar en el caso"))
        self._note.clicked.connect(self._put_into_note)
        self._copy = button("")
        texts.bind(self._copy, "setText", N_("Copiar el texto"))
        self._copy.clicked.connect(self._copy_text)
        self._forget = button("")
        self._forget.clicked.connect(self._forget_it)
        for one in (self._note, self._copy, self._forget):
            self._box.buttons.addWidget(one)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self._box)
        column.addWidget(self._whole)
        self.hide()
        texts.changed.connect(self._say)

    def show_texts(self, left: tuple[LeftText, ...]) -> None:
        """Show these; what is being read stays as it is."""
        if left == self._left:
            return
        self._left = left
        self._is_sure = False
        self.setVisible(bool(left))
        if left:
            self._whole.setPlainText(left[0].text)
            high = self._whole.fontMetrics().lineSpacing() * _LINES
            self._whole.setFixedHeight(high + 2 * self._whole.frameWidth() + 10)
            self._note.setVisible(left[0].can_note)
            self._copy.setVisible(not left[0].can_note)
        self._say()

    def _say(self) -> None:
        if not self._left:
            return
        sure = N_("¿Quitar el texto? Pulse otra vez")
        self._forget.setText(self._texts(sure if self._is_sure else N_("Ya no hace falta")))
        first, texts = self._left[0], self._texts
        where = " · ".join(one for one in (first.case_code, texts(first.label)) if one)
        said = texts(
            N_("Otro equipo decidió este dato antes. Lo que se escribía aquí no se perdió:")
        )
        more = len(self._left) - 1
        if more:
            counted = texts.plural(
                N_("Después de este hay {count} texto más."),
                N_("Después de este hay {count} textos más."),
                more,
            )
            said = f"{counted} {said}"
        self._box.say(texts(N_("Texto sin usar: {where}"), where=where), said)

    def _put_into_note(self) -> None:
        if self._left:
            self.note_wanted.emit(self._left[0])

    def _forget_it(self) -> None:
        """At the second press: it stands nowhere else."""
        if self._is_sure and self._left:
            self.forget_wanted.emit(self._left[0])
        self._is_sure = True
        self._say()

    def _copy_text(self) -> None:
        self._whole.selectAll()
        self._whole.copy()
