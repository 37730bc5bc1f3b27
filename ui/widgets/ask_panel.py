"""The door with a reason: what is wanted, why, and the button that opens it for a shift."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QCheckBox, QFrame, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from app.i18n import N_
from app.services.teams import REASON_MAX, Asked
from ui.runtime.text import Texts
from ui.widgets.pieces import button, label

__all__ = ["AskPanel", "ticked_row"]


class AskPanel(QFrame):
    """What opens with a reason. Hidden when nothing is closed so.

    Signals:
        wanted: open these acts; carries the reason.
    """

    wanted = Signal(list, str)

    def __init__(self, texts: Texts, note: str, ticked: Collection[str] = ()) -> None:
        """``note``: who is told, a message id; ``ticked``: the acts that are ticked at first."""
        super().__init__()
        self.setObjectName("card")
        self.texts = texts
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 12, 12, 12)
        column.setSpacing(6)
        head, told, ask = label("heading"), label("muted"), label()
        texts.bind(head, "setText", N_("Pedir acceso"))
        texts.bind(told, "setText", note)
        texts.bind(ask, "setText", N_("¿Por qué lo necesita ahora?"))
        self.reason = QLineEdit()
        self.reason.setMaxLength(REASON_MAX)
        texts.bind(self.reason, "setAccessibleName", N_("¿Por qué lo necesita ahora?"))
        self.reason.returnPressed.connect(self._go)
        ask.setBuddy(self.reason)
        self.go = button("primary", "check")
        texts.bind(self.go, "setText", N_("Entrar con este motivo"))
        self.go.clicked.connect(self._go)
        self._urgent = label()
        texts.bind(
            self._urgent,
            "setText",
            N_("Lo urgente se abre siempre: comunicarse, valorar el riesgo, derivar, los plazos."),
        )
        # The button is near the reason: what cannot wait needs no more, and the list is long.
        self._opens = label()
        texts.bind(self._opens, "setText", N_("Con él se abre lo marcado:"))
        for one in (head, told, ask, self.reason, self.go):
            column.addWidget(one)
        for below in (self._urgent, self._opens):
            column.addWidget(below)
        self._rows = QVBoxLayout()
        column.addLayout(self._rows)
        self._first = frozenset(ticked)
        self._boxes: dict[str, QCheckBox] = {}
        self._is_new = True

    def begin(self, ticked: Collection[str]) -> None:
        """Begin afresh, with these acts ticked."""
        self._first, self._is_new = frozenset(ticked), True
        self.reason.clear()

    def ticks_at_first(self, acts: Collection[str]) -> None:
        """List these first, and tick them where she ticked nothing herself yet."""
        self._first = frozenset(acts)

    def show_asked(self, asked: Sequence[Asked], *, opens_urgent: bool = False) -> None:
        """Show what opens with a reason; what was ticked stays so. ``opens_urgent``: what cannot
        wait opens with it."""
        now = {one for one, box in self._boxes.items() if box.isChecked()}
        ticked = self._first if self._is_new else now
        self._is_new = False
        while (item := self._rows.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()  # until it is gone it would show under what comes
                old.deleteLater()
        self._boxes = {}
        for one in sorted(asked, key=lambda one: one.act not in self._first):
            box = QCheckBox()
            box.setChecked(one.act in ticked)
            self._boxes[one.act] = box
            self._rows.addWidget(ticked_row(box, self.texts(one.title)))
        self._urgent.setVisible(opens_urgent)
        self._opens.setVisible(bool(asked))
        self.setVisible(bool(asked) or opens_urgent)

    def tick(self, act: str) -> None:
        """Tick what is wanted."""
        self._boxes[act].setChecked(True)

    def _go(self) -> None:
        acts = [one for one, box in self._boxes.items() if box.isChecked()]
        self.wanted.emit(acts, self.reason.text())


class _Row(QWidget):
    """Ticks its box wherever it is pressed, as the words of a check box do."""

    def __init__(self, box: QCheckBox) -> None:
        super().__init__()
        self._box = box

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Override QWidget::mouseReleaseEvent."""
        if self.rect().contains(event.position().toPoint()):
            self._box.click()


def ticked_row(box: QCheckBox, words: str) -> QWidget:
    """Return a check box whose words go over several lines; it says them to a screen reader."""
    box.setAccessibleName(words)
    row = _Row(box)
    line = QHBoxLayout(row)
    line.setContentsMargins(0, 0, 0, 0)
    said = label()
    said.setText(words)
    said.setBuddy(box)
    line.addWidget(box)
    line.addWidget(said, 1)
    return row
