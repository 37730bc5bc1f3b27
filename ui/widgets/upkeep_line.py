"""One quiet line: what this laptop or its people are due for, and the way there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.i18n import N_
from app.services.messages import sentence
from app.services.upkeep import BACKUP, Due
from ui.runtime.text import Texts
from ui.widgets.pieces import Box, button, set_tone

__all__ = ["UpkeepLine", "upkeep_words"]


def upkeep_words(texts: Texts, due: Due) -> str:
    """Return the sentence of one thing that is due."""
    if due.page == BACKUP and due.days is not None:
        return texts.plural(
            N_("Hace {count} día que no se hace una copia."),
            N_("Hace {count} días que no se hace una copia."),
            due.days,
        )
    return sentence(due.message_id, {}, texts)


_SHORT: Final[Mapping[str, str]] = {
    "own_words_due": N_("Elija palabras que solo usted sepa."),
    "backup_never": N_("Todavía no hay copia de este equipo."),
    "backup_before_joining": N_("La copia es de antes de unirse al centro."),
    "damaged_left": N_("Queda una base de datos dañada por borrar."),
    "epoch_due": N_("Bloquee y vuelva a entrar: alguien se fue."),
    "sheets_missing_due": N_("Faltan las hojas de recuperación."),
    "sheets_used_due": N_("Haga un juego nuevo de hojas."),
    "sheets_drill_due": N_("Toca el ensayo de las hojas."),
    "roles_review_due": N_("Toca revisar los roles."),
    "roles_review_restored": N_("Revise quién abre este equipo."),
    "centre_access_opened": N_("Alguien pidió acceso a lo del centro."),
    "people_left_open": N_("Alguien que se fue abre este equipo."),
}
"""What fits into one line of a small screen; the page *Este equipo* says the whole."""


class UpkeepLine(QWidget):
    """The line: the most pressing thing, and how many more there are. It takes no room while
    nothing is due, nor beside news, which press more.

    Signals:
        wanted: carries the page on which it is seen to, and the arguments of its ``open``.
        counted: how many things are due.
    """

    wanted = Signal(str, dict)
    counted = Signal(int)

    def __init__(self, texts: Texts) -> None:
        super().__init__()
        self._texts = texts
        self._due: list[Due] = []
        self._gives_way = False
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self.box = Box("info", is_row=True)
        self.box.sentence.setWordWrap(False)
        self.go = button("link", "chevron-right")
        texts.bind(self.go, "setText", N_("Ver"))
        self.go.clicked.connect(self._go)
        self.box.buttons.addWidget(self.go)
        column.addWidget(self.box)
        self.hide()
        texts.changed.connect(self._say)

    def show_due(self, due: Sequence[Due]) -> None:
        """Show what is due."""
        self._due = list(due)
        self._say()
        self.counted.emit(len(self._due))

    def _go(self) -> None:
        first = self._due[0]
        begins = {"own_words": True} if first.message_id == "own_words_due" else {}
        self.wanted.emit(first.page, begins)

    def give_way(self, gives: bool) -> None:
        """Let something that presses more have the room."""
        self._gives_way = gives
        self.setVisible(bool(self._due) and not gives)

    def _say(self) -> None:
        if self._due:
            first, more = self._due[0], len(self._due) - 1
            short = _SHORT.get(first.message_id)
            said = upkeep_words(self._texts, first) if short is None else self._texts(short)
            if more:
                others = self._texts.plural(N_("Y {count} más."), N_("Y {count} más."), more)
                said = f"{said} {others}"
            set_tone(self.box, "quiet" if first.is_quiet else "info")
            self.box.say("", said)
        # Shown last: a box without its words is higher for a moment, and the window grows with it.
        self.give_way(self._gives_way)
