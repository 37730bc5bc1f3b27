"""One of the values that met, as a card: who wrote it, then what it says, then what was unseen."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QVBoxLayout

from app.i18n import N_
from ui.runtime.text import Texts
from ui.screens.conflicts.long_text import LongText
from ui.screens.conflicts.words import Told
from ui.widgets.options import radio_option
from ui.widgets.pieces import label

__all__ = ["ChoiceCard"]


class ChoiceCard(QFrame):
    """The card of a value. Its button goes into the group of all values."""

    def __init__(self, texts: Texts, told: Told) -> None:
        super().__init__()
        self.setObjectName("card")
        self._told = told
        column = QVBoxLayout(self)
        column.setSpacing(3)
        column.setContentsMargins(12, 8, 12, 8)
        self._option = radio_option(told.written)
        self._option.words.setProperty("role", "strong")
        self.button = self._option.button
        column.addWidget(self._option)
        for line in told.also:
            self._say(column, line)
        if told.excerpt.begins_alike:
            self._say(column, texts(N_("Empieza igual que otro. Aquí se distinguen:")))
        self.text = LongText(
            texts,
            told.excerpt.text,
            told.excerpt.text if told.excerpt.is_whole else told.whole,
            role="heading" if told.is_brief else "",
            about=told.written,
        )
        self.text.pressed.connect(self._press)
        self.text.turned.connect(self._name_button)
        column.addWidget(self.text)
        for line in told.lines:
            self._say(column, line)
        column.addStretch()
        self._name_button()

    def _say(self, column: QVBoxLayout, said: str) -> None:
        line = label("muted")
        line.setText(said)
        column.addWidget(line)

    def _press(self) -> None:
        self.button.setFocus(Qt.FocusReason.MouseFocusReason)
        self.button.click()

    def _name_button(self) -> None:
        told = self._told
        first = [told.written, self.text.shown]
        if told.is_brief:  # of a long text one would wait for who wrote it
            first.reverse()
        self.button.setAccessibleName(". ".join((*first, *told.also, *told.lines)))
