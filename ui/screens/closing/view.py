"""*Cerrar todo hasta que lleguen las hojas*: what it does, what it costs, the words that do it."""

from __future__ import annotations

from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from app.domain.errors import QispiError
from app.i18n import N_
from app.services.panic import Closing
from ui.runtime.page import Page, ScreenContext
from ui.screens.closing.presenter import WORDS, ClosingPresenter, is_meant
from ui.widgets.gate import Gate
from ui.widgets.pieces import Box, button, card, label, scrolling, set_tone
from ui.widgets.practice import NO_SHEETS_HERE
from ui.widgets.refusals import pressed_words

__all__ = ["ClosingPage"]

_SWITCH = "keep_sheets"


class ClosingPage(Page):
    """The page on which a laptop is closed, and its key switched on."""

    def __init__(self, context: ScreenContext) -> None:
        super().__init__(context)
        self.presenter = ClosingPresenter(context.runner, context.workplace, self)
        self._closing: Closing | None = None
        page = QVBoxLayout(self)
        page.setContentsMargins(16, 10, 16, 10)
        page.setSpacing(8)
        title = label("title")
        self.texts.bind(title, "setText", N_("Cerrar todo hasta que lleguen las hojas"))
        page.addWidget(title)
        self._message = Box("warning")
        self._message.hide()
        page.addWidget(self._message)
        self.gate = Gate(self, "closing", (_SWITCH,))
        self.gate.turned.connect(self._say)
        page.addWidget(self.gate)
        content = QWidget()
        content.setObjectName("page")
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 6, 0)
        column.setSpacing(10)
        column.addWidget(self._make_now())
        column.addWidget(self._make_key())
        column.addStretch()
        page.addWidget(scrolling(content), 1)
        self.texts.changed.connect(self._say)

    @property
    def first_stop(self) -> QWidget:
        """Where the keyboard begins: not in the line, where nothing shall be typed by chance."""
        return self.sheets_button

    @property
    def message(self) -> str:
        """What is said at the top; empty while nothing is."""
        return "" if self._message.isHidden() else self._message.accessibleName()

    @property
    def facts(self) -> str:
        """What is said of the sheets; empty while it is not known."""
        return self._facts.text()

    def open(self, **arguments: object) -> None:
        """Show how it stands."""
        del arguments
        self._message.hide()
        self.confirmation.clear()
        self.gate.look()
        self.presenter.open()

    def refresh(self) -> None:
        """Records changed: roles, or what is open with a reason."""
        self.gate.look()

    # What the presenter shows.

    def show_closing(self, closing: Closing) -> None:
        """Show how it stands."""
        self._closing = closing
        self._say()

    def show_fault(self, fault: QispiError) -> None:
        """Something could not be done. Who went on would count on a key that closes nothing."""
        said = pressed_words(self.texts, fault)
        set_tone(self._message, "warning")
        self._message.say("", said)
        self._message.show()
        if not self.isVisible():
            self.failed.emit(said)

    # The frame.

    def _make_now(self) -> QWidget:
        frame, column = card()
        for role, msgid in (
            (
                "",
                N_(
                    "Para cuando alguien obliga a abrir este equipo. Desde ese momento ningunas "
                    "palabras lo abren, tampoco las suyas: solo dos hojas de recuperación."
                ),
            ),
            (
                "",
                N_(
                    "No se borra nada y lo escrito queda guardado. Pero nadie trabaja aquí hasta "
                    "que se junten dos hojas: puede tardar días."
                ),
            ),
            (
                "muted",
                N_(
                    "Las copias de seguridad ya hechas se siguen abriendo con las palabras: "
                    "guárdelas en otro lugar."
                ),
            ),
        ):
            said = label(role)
            self.texts.bind(said, "setText", msgid)
            column.addWidget(said)
        self._facts = label("strong")
        column.addWidget(self._facts)
        asked = label()
        self.texts.bind(asked, "setText", N_("Para cerrar, escriba: {words}"), words=WORDS)
        column.addWidget(asked)
        self.confirmation = QLineEdit()
        asked.setBuddy(self.confirmation)
        self.texts.bind(
            self.confirmation, "setAccessibleName", N_("Para cerrar, escriba: {words}"), words=WORDS
        )
        self.close_button = button("danger", "lock")
        self.texts.bind(self.close_button, "setText", N_("Cerrar todo ahora"))
        self.close_button.setEnabled(False)
        self.close_button.clicked.connect(self._close)
        self.confirmation.textChanged.connect(self._fit)
        self.sheets_button = button("link")
        self.texts.bind(self.sheets_button, "setText", N_("Hojas de recuperación"))
        self.sheets_button.clicked.connect(lambda: self.navigate.emit("sheets", {}))
        row = QHBoxLayout()
        row.addWidget(self.confirmation, 1)
        row.addWidget(self.close_button)
        row.addStretch(1)
        column.addLayout(row)
        below = QHBoxLayout()
        below.addWidget(self.sheets_button)
        below.addStretch(1)
        column.addLayout(below)
        return frame

    def _make_key(self) -> QWidget:
        frame, column = card()
        heading = label("heading")
        self.texts.bind(heading, "setText", N_("Con una tecla: Ctrl+F12"))
        column.addWidget(heading)
        said = label()
        self.texts.bind(
            said,
            "setText",
            N_(
                "Al apretarla, la pantalla queda vacía enseguida. Si la suelta, es una salida "
                "rápida y nada más. Si la mantiene tres segundos y está activada aquí, cierra "
                "todo."
            ),
        )
        column.addWidget(said)
        self.key = QCheckBox()
        self.texts.bind(self.key, "setText", N_("Activada en este equipo"))
        self.key.clicked.connect(lambda is_on: self.presenter.switch_key(is_on=is_on))
        column.addWidget(self.key)
        return frame

    # What happens.

    def _say(self) -> None:
        closing, texts = self._closing, self.texts
        if closing is None:
            return
        if self.context.workplace.is_practice:
            said = texts(NO_SHEETS_HERE)
        elif closing.set_name:
            said = texts(N_("Lo abrirán dos hojas del juego {name}."), name=closing.set_name)
        else:
            said = texts(
                N_(
                    "Este equipo no tiene hojas de recuperación: si se cerrara, nadie lo abriría "
                    "nunca. Por eso no se puede, y la tecla solo sale rápido."
                )
            )
        self._facts.setText(said)
        self.key.setChecked(closing.key_is_on)
        may_switch = bool(closing.set_name) or closing.key_is_on
        self.key.setEnabled(may_switch and self.gate.allows(_SWITCH))
        self.confirmation.setEnabled(bool(closing.set_name))
        self._fit()

    def _fit(self) -> None:
        has_sheets = self._closing is not None and bool(self._closing.set_name)
        self.close_button.setEnabled(has_sheets and is_meant(self.confirmation.text()))

    def _close(self) -> None:
        if is_meant(self.confirmation.text()):
            self.closing_wanted.emit()
