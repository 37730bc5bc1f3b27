"""*Pedir acceso*: acts of the centre that open with a reason, who is told, and what is open now."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.domain.errors import QispiError
from app.i18n import N_
from app.services.centre_access import CentreAccess, Opening
from ui.runtime.page import Page, ScreenContext
from ui.screens.access.presenter import AccessPresenter
from ui.widgets.ask_panel import AskPanel
from ui.widgets.pieces import Box, button, card, label, scrolling, set_tone
from ui.widgets.reading_area import ReadingArea
from ui.widgets.refusals import pressed_words

__all__ = ["AccessPage"]

_TOLD: Final = N_(
    "Se abre al momento y por un turno de doce horas. Todo el centro lee quién lo abrió y por qué: "
    "no escriba nombres de quienes se atiende."
)
_NOTHING: Final = N_(
    "No hay nada que pedir: lo del centro que se abre con un motivo ya está abierto para usted, o "
    "no corresponde a su servicio."
)


class AccessPage(Page):
    """The page of what opens with a reason and is of no case."""

    def __init__(self, context: ScreenContext) -> None:
        super().__init__(context)
        self.presenter = AccessPresenter(context.runner, context.workplace.desk, self)
        self._found: CentreAccess | None = None
        self._came_from = ""
        page = QVBoxLayout(self)
        page.setContentsMargins(16, 10, 16, 10)
        page.setSpacing(8)
        title = label("title")
        self.texts.bind(title, "setText", N_("Pedir acceso a lo del centro"))
        page.addWidget(title)
        self._said = Box("ok", is_row=True)
        self._back = button("primary", "chevron-left")
        self.texts.bind(self._back, "setText", N_("Volver a lo que hacía"))
        self._back.clicked.connect(lambda: self.navigate.emit(self._came_from, {}))
        self._said.buttons.addWidget(self._back)
        self._said.hide()
        page.addWidget(self._said)
        body = QHBoxLayout()
        body.setSpacing(10)
        body.addWidget(scrolling(self._make_left()), 1)
        self.reading = ReadingArea(self._make_right())
        self.reading.setProperty("on", "page")
        self.texts.bind(self.reading, "setAccessibleName", N_("Qué está abierto y quién lo ve"))
        body.addWidget(self.reading, 1)
        page.addLayout(body, 1)
        self.texts.changed.connect(self._show)

    @property
    def first_stop(self) -> QWidget:
        """The reason."""
        return self.ask.reason

    @property
    def message(self) -> str:
        """What is said at the top; empty while nothing is."""
        return "" if self._said.isHidden() else self._said.accessibleName()

    def open(self, **arguments: object) -> None:
        """Show what can be asked for; the ``acts`` are ticked, and ``back`` is the page to which it
        goes on once they are open."""
        acts = arguments.get("acts")
        self.ask.begin([str(one) for one in acts] if isinstance(acts, Iterable) else ())
        self._came_from = str(arguments.get("back", ""))
        self._said.hide()
        self.presenter.look()

    def refresh(self) -> None:
        """Records changed elsewhere."""
        self.presenter.look()

    # What the presenter shows.

    def show_access(self, found: CentreAccess) -> None:
        """Show what opens with a reason, and what was opened."""
        self._found = found
        self._show()

    def show_opened(self) -> None:
        """What was asked for is open now."""
        self.ask.begin(())
        self.saved.emit(self.context.workplace.desk.clock.now_ms())
        self._say("ok", self.texts(N_("Ya está abierto para usted, y todo el centro lo ve.")))
        self._back.setVisible(bool(self._came_from))
        if self._came_from:
            self._back.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_fault(self, fault: QispiError) -> None:
        """Something could not be done."""
        self._say("warning", pressed_words(self.texts, fault))
        if fault.message_id == "access_needs_reason":
            self.ask.reason.setFocus(Qt.FocusReason.OtherFocusReason)

    # The frame.

    def _make_left(self) -> QWidget:
        left = QWidget()
        left.setObjectName("page")
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 4, 0)
        column.setSpacing(8)
        self.ask = AskPanel(self.texts, _TOLD)
        self.ask.hide()
        self.ask.wanted.connect(self.presenter.ask)
        column.addWidget(self.ask)
        self._nothing = Box("info")
        self.texts.bind(self._nothing.sentence, "setText", _NOTHING)
        self.texts.bind(self._nothing, "setAccessibleName", _NOTHING)
        self._nothing.heading.hide()
        self._nothing.hide()
        column.addWidget(self._nothing)
        column.addStretch()
        return left

    def _make_right(self) -> QWidget:
        right = QWidget()
        right.setObjectName("page")
        column = QVBoxLayout(right)
        column.setContentsMargins(0, 0, 4, 0)
        column.setSpacing(8)
        self.open_now = self._card(column, N_("Abierto ahora"))
        self.before = self._card(column, N_("En los últimos siete días"))
        self.told = self._card(column, N_("Quién lo ve"))
        column.addStretch()
        return right

    def _card(self, column: QVBoxLayout, words: str) -> QLabel:
        frame, inner = card()
        heading, said = label("heading"), label()
        self.texts.bind(heading, "setText", words)
        inner.addWidget(heading)
        inner.addWidget(said)
        column.addWidget(frame)
        return said

    # What happens.

    def _show(self) -> None:
        found = self._found
        if found is None:
            return
        self.ask.show_asked(found.asked)
        self._nothing.setVisible(not found.asked)
        for said, is_open in ((self.open_now, True), (self.before, False)):
            lines = [self._line(one) for one in found.openings if one.is_open is is_open]
            said.setText("\n\n".join(lines) or self.texts(N_("Nada.")))
        names = ", ".join(found.told)
        nobody = N_("Hoy no hay nadie más en el centro: lo verá quien llegue, y la auditoría.")
        self.told.setText(names or self.texts(nobody))

    def _line(self, one: Opening) -> str:
        when = self.texts.language.format_datetime_ms
        acts = "; ".join(self.texts(act) for act in one.acts)
        said = N_("{name}: {acts}. Desde el {begin} hasta el {end}. «{reason}»")
        return self.texts(
            said,
            name=one.name,
            acts=acts,
            begin=when(one.from_ms),
            end=when(one.until_ms),
            reason=one.reason,
        )

    def _say(self, tone: str, said: str) -> None:
        set_tone(self._said, tone)
        self._said.say("", said)
        self._back.hide()
        self._said.show()
