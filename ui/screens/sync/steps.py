"""The named steps of a run, each with how it stands; before a run, what will be done."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.i18n import N_
from app.services.read_models import SyncStep
from ui.runtime.text import Texts
from ui.widgets.pieces import chip, label, restyle
from ui.widgets.reading_area import ReadingArea

__all__ = [
    "BY_NETWORK",
    "BY_STICK",
    "DONE",
    "FAILED",
    "IN_PART",
    "LATER_ON",
    "STOPPED",
    "StepList",
]

Steps = tuple[tuple[SyncStep, str], ...]
BY_NETWORK: Final[Steps] = (
    (SyncStep.PREPARE, N_("Preparar y cifrar lo que espera")),
    (SyncStep.CONNECT, N_("Conectar con la región")),
    (SyncStep.SEND, N_("Enviar cambios")),
    (SyncStep.RECEIVE, N_("Recibir cambios")),
    (SyncStep.VERIFY, N_("Comprobar que todo llegó")),
    (SyncStep.LANE, N_("Adjuntos e historial, sin prisa")),
)
BY_STICK: Final[Steps] = (
    (SyncStep.PREPARE, N_("Preparar y cifrar lo que espera")),
    (SyncStep.CONNECT, N_("Abrir la memoria")),
    (SyncStep.RECEIVE, N_("Leer la memoria")),
    (SyncStep.SEND, N_("Escribir en la memoria")),
)
DONE: Final = N_("listo")
NOW: Final = N_("en curso")
LATER: Final = N_("espera")
LATER_ON: Final = N_("sigue luego")
FAILED: Final = N_("no se pudo")
IN_PART: Final = N_("en parte")
STOPPED: Final = N_("se detuvo")
NOT_BEGUN: Final = N_("no empezó")
_KINDS: Final = {
    DONE: "ok",
    NOW: "info",
    LATER_ON: "info",
    FAILED: "warning",
    IN_PART: "warning",
    STOPPED: "warning",
}
_SAFE: Final = N_("Puede seguir trabajando, cerrar o apagar: no se pierde nada.")
_LEAVE_IN: Final = N_("Puede seguir trabajando. No retire la memoria hasta que termine.")
_ONE_STEP: Final = 28
"""How high in pixels the steps are at least: they give way to what must be in sight."""


class StepList(ReadingArea):
    """The list; it scrolls, and the step that matters stays in sight."""

    def __init__(self, texts: Texts, *, is_practice: bool = False) -> None:
        """``is_practice``: nothing is kept here, so nothing is promised."""
        content = QWidget()
        content.setObjectName("fields")
        super().__init__(content)
        self._texts = texts
        self._steps = BY_NETWORK
        self._has_begun = False
        self._is_going = False
        self._current: SyncStep | None = None
        self._in_sight: int | None = None
        self._rows: list[tuple[QLabel, QLabel]] = []
        texts.bind(self, "setAccessibleName", N_("Pasos"))
        self.setMinimumHeight(_ONE_STEP)
        column = QVBoxLayout(content)
        # So close that on a small screen all of them and what is safe are in sight at once.
        column.setSpacing(2)
        column.setContentsMargins(8, 2, 8, 2)
        for _ in self._steps:
            column.addLayout(self._make_row())
        self._safe = label("muted")
        column.addWidget(self._safe)
        self._safe.setVisible(not is_practice)
        column.addStretch()
        self.verticalScrollBar().rangeChanged.connect(self._scroll)
        self._say()

    def begin(self, steps: Steps) -> None:
        """A run of these steps begins."""
        self._steps = steps
        self._has_begun = True
        self._is_going = True
        self._current = None
        self._say()
        for step, _ in steps:
            self._mark(step, LATER)
        self._keep_in_sight(steps[0][0])

    def come_to(self, step: SyncStep) -> None:
        """The run comes to a step; one that it does not have is passed over."""
        order = [one for one, _ in self._steps]
        if step not in order:
            return
        self._current = step
        current = order.index(step)
        for number, one in enumerate(order):
            self._mark(one, DONE if number < current else NOW if number == current else LATER)
        self._keep_in_sight(step)

    def end_well(self, last: str = DONE) -> None:
        """The run ended; ``last`` is how the last step stands."""
        self._end()
        for step, _ in self._steps:
            self._mark(step, DONE)
        self._mark(self._steps[-1][0], last)
        self._keep_in_sight(self._steps[0 if last == DONE else -1][0])

    def qualify(self, step: SyncStep, how: str) -> None:
        """The run ended, and this step was not done as the others were."""
        self._mark(step, how)
        self._keep_in_sight(step)

    def end_at_current(self, how: str) -> None:
        """The run ended in the step it was at: the later ones did not begin."""
        self._end()
        order = [one for one, _ in self._steps]
        if self._current is not None:
            self._mark(self._current, how)
            self._keep_in_sight(self._current)
            order = order[order.index(self._current) + 1 :]
        elif not self._has_begun:
            return
        for step in order:
            self._mark(step, NOT_BEGUN)

    def retranslate(self) -> None:
        """Say it in the language of now."""
        for state, _ in self._rows:
            state.setText(self._texts(str(state.property("state") or "")))
        self._say()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Override QWidget::resizeEvent."""
        super().resizeEvent(event)
        self._scroll()

    def _make_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        state = chip("plain")
        state.setMinimumWidth(96)  # all of them alike, in every language
        state.setAlignment(Qt.AlignmentFlag.AlignCenter)
        state.hide()
        words = label()
        self._rows.append((state, words))
        row.addWidget(state)
        row.addWidget(words, 1)
        return row

    def _keep_in_sight(self, step: SyncStep) -> None:
        """Scroll to a step, and again when the room for the steps changes."""
        order = [one for one, _ in self._steps]
        self._in_sight = order.index(step)
        self._scroll()

    def _scroll(self) -> None:
        """Have the step that matters in sight, with as many whole ones before it as there is room
        for: none is cut through."""
        if self._in_sight is None:
            return
        tops = [min(one.y() for one in row) for row in self._rows]
        low = max(one.geometry().bottom() for one in self._rows[self._in_sight]) + 1
        room = self.viewport().height()
        first = next((at for at, top in enumerate(tops) if low - top <= room), self._in_sight)
        self.verticalScrollBar().setValue(tops[first] if first else 0)

    def _mark(self, step: SyncStep, msgid: str) -> None:
        order = [one for one, _ in self._steps]
        state, _ = self._rows[order.index(step)]
        kind = _KINDS.get(msgid, "plain")
        state.setProperty("state", msgid)
        state.setText(self._texts(msgid))
        state.show()
        if state.property("chip") != kind:
            state.setProperty("chip", kind)
            restyle(state)

    def _end(self) -> None:
        self._is_going = False
        self._say()

    def _say(self) -> None:
        is_stick_in_use = self._is_going and self._steps is BY_STICK
        self._safe.setText(self._texts(_LEAVE_IN if is_stick_in_use else _SAFE))
        for place, (state, words) in enumerate(self._rows):
            is_shown = place < len(self._steps)
            state.setVisible(is_shown and bool(state.property("state")))
            words.setVisible(is_shown)
            if is_shown:
                words.setText(f"{place + 1}. {self._texts(self._steps[place][1])}")
