"""What is said above the fields of what was kept: that they hold what was typed before, and that
somebody else was typed of whom there is no ficha."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.i18n import N_
from ui.runtime.text import Texts
from ui.widgets.pieces import Box, button

__all__ = ["KeptPart"]


class KeptPart(QWidget):
    """Two boxes, each only where there is something to say.

    Signals:
        anew: it is somebody else: who is in the fields waits her turn.
        other: go on with the one that is offered.
    """

    anew = Signal()
    other = Signal()

    def __init__(self, texts: Texts) -> None:
        super().__init__()
        self._texts = texts
        self._others: tuple[str, ...] = ()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self._recovered = Box("info")
        anew = button("link")
        texts.bind(anew, "setText", N_("Es otra persona: empezar de nuevo"))
        anew.clicked.connect(self.anew)
        self._recovered.buttons.addWidget(anew)
        self._recovered.buttons.addStretch()
        self._beside = Box("info", is_row=True)
        go = button("link", "chevron-right")
        texts.bind(go, "setText", N_("Seguir con esa"))
        go.clicked.connect(self.other)
        self._beside.buttons.addWidget(go)
        for one in (self._recovered, self._beside):
            one.hide()
            column.addWidget(one)
        self.hide()
        texts.changed.connect(self._say)

    @property
    def is_recovered(self) -> bool:
        """Whether it is said that the fields hold what was typed before."""
        return not self._recovered.isHidden()

    def show_recovered(self, is_recovered: bool) -> None:
        """Say that the fields hold what was typed before, or no more."""
        self._recovered.setVisible(is_recovered)
        self._say()

    def show_others(self, others: Sequence[str]) -> None:
        """Offer the first of these, by name as far as she has one."""
        self._others = tuple(others)
        self._beside.setVisible(bool(others))
        self._say()

    def _say(self) -> None:
        texts = self._texts
        self._recovered.say(
            texts(N_("Recuperado: aquí está lo que escribió antes de abrir la ficha."))
        )
        if self._others:
            name, more = self._others[0], len(self._others) - 1
            said = texts(N_("Otra atención quedó escrita y sin ficha; está guardada."))
            if name:
                named = N_("La atención de {name} quedó escrita y sin ficha; está guardada.")
                said = texts(named, name=name)
            if more:
                others = texts.plural(N_("Y {count} más."), N_("Y {count} más."), more)
                said = f"{said} {others}"
            self._beside.say("", said)
        # The boxes themselves: what is inside a hidden widget is not visible.
        self.setHidden(self._recovered.isHidden() and self._beside.isHidden())
