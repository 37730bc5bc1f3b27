"""Five words that the program drew: shown, learnt, and typed once as a proof."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from app.i18n import N_
from ui.runtime.text import Texts
from ui.widgets.pieces import button, label
from ui.widgets.secret_line import SecretLine

__all__ = ["FiveWords"]

_HIDDEN: Final = "•••••"


class FiveWords(QWidget):
    """Shows five words, and a line for typing them. Whoever begins to type sees them no longer:
    what is only copied is not learnt.

    Signals:
        another: other words are wanted.
    """

    another = Signal()

    def __init__(self, texts: Texts) -> None:
        super().__init__()
        self._texts = texts
        self.words = ""
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(5)
        self._advice = label()
        texts.bind(
            self._advice,
            "setText",
            N_(
                "Estas cinco palabras son la llave de quien las usa, y nadie puede recuperarlas. "
                "Apréndalas; si las anota, guarde el papel lejos de este equipo y sin decir para "
                "qué son. Bastan cuatro letras de cada una; las tildes no hacen falta."
            ),
        )
        self._board = QFrame()
        self._board.setObjectName("words")
        board = QVBoxLayout(self._board)
        board.setContentsMargins(12, 8, 12, 8)
        self._shown = label("heading")
        board.addWidget(self._shown)
        below = QHBoxLayout()
        below.addStretch()
        board.addLayout(below)
        self.again = button("link", "eye")
        texts.bind(self.again, "setText", N_("Ver otra vez"))
        self.again.clicked.connect(lambda: self._hide(on=False))
        below.addWidget(self.again)
        self.other = button("", "refresh-cw")
        texts.bind(self.other, "setText", N_("Otras palabras"))
        self.other.clicked.connect(self.another)
        below.addWidget(self.other)
        self._ask = label()
        texts.bind(self._ask, "setText", N_("Escríbalas, para comprobar que las sabe"))
        self.secret = SecretLine(texts)
        self.line = self.secret.line
        self._ask.setBuddy(self.line)
        texts.bind(self.line, "setAccessibleName", N_("Escríbalas, para comprobar que las sabe"))
        self.line.textEdited.connect(self._typed)
        for one in (self._advice, self._board, self._ask, self.secret):
            column.addWidget(one)
        self._hide(on=False)

    @property
    def stops(self) -> tuple[QWidget, ...]:
        """Where Tab stops, in the order of reading."""
        return (self.again, self.other, self.line, self.secret.eye)

    def show_words(self, words: str) -> None:
        """Show these words; what was typed is forgotten."""
        self.words = words
        self.secret.forget()
        self._hide(on=False)

    def forget(self) -> None:
        """Keep nothing of them on the screen."""
        self.show_words("")

    def typed(self) -> str:
        """Return what was typed as the proof."""
        return self.line.text()

    def _typed(self, text: str) -> None:
        if text:
            self._hide(on=True)

    def _hide(self, *, on: bool) -> None:
        words = self.words.split()
        shown = [_HIDDEN if on else one for one in words]
        # A number stays beside its word.
        self._shown.setText(
            "   ".join(f"{at}\N{NO-BREAK SPACE}{one}" for at, one in enumerate(shown, 1))
        )
        self.again.setVisible(on)
