"""*Copia de seguridad*: when the last one was made, a button that makes one, and the trial."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from app.domain.errors import QispiError
from app.i18n import N_
from app.services.backup_ports import BackupProgress, BackupReport
from app.services.backups import KEEP, BackupState
from ui.runtime.page import Page, ScreenContext
from ui.screens.backup.presenter import BackupPresenter
from ui.screens.backup.words import how_it_stands, made_words, tried_words
from ui.widgets.file_dialog import ask_folder
from ui.widgets.gate import Gate
from ui.widgets.pieces import Box, button, card, holds_focus, label, scrolling, set_tone
from ui.widgets.refusals import pressed_words
from ui.widgets.secret_line import SecretLine
from ui.widgets.stick_progress import StickProgress

__all__ = ["BackupPage"]

_ABOUT: Final = N_(
    "Conecte una memoria USB o un disco. La copia lleva todo lo de este equipo, también los "
    "adjuntos y el registro, cifrado con las mismas llaves. Quien mire la memoria ve que es una "
    "copia de Qispi, y ningún caso. Puede seguir trabajando mientras se hace; si el equipo se "
    "bloquea antes de terminar, no queda hecha."
)
_KEEP: Final = N_(
    "Se abre con las palabras de quienes usan este equipo hoy, también después de que alguien se "
    "vaya: guárdela bajo llave, lejos de la laptop. En cada memoria quedan las cuatro últimas. "
    "Lleva también cómo abrirla con dos hojas de recuperación cuando este programa ya no esté."
)
_TRIAL: Final = N_(
    "Abre la copia más nueva de la memoria con sus palabras, las de cuando se hizo, y la lee "
    "entera. No cambia nada."
)

Words = Callable[[], tuple[str, str, str]]
"""Gives a tone, a heading and sentences."""


class BackupPage(Page):
    """The page of backups."""

    def __init__(self, context: ScreenContext) -> None:
        super().__init__(context)
        self.presenter = BackupPresenter(context.runner, context.workplace, self)
        self._state: BackupState | None = None
        self._ended: Words | None = None
        page = QVBoxLayout(self)
        page.setContentsMargins(16, 10, 16, 10)
        page.setSpacing(8)
        title = label("title")
        self.texts.bind(title, "setText", N_("Copia de seguridad"))
        page.addWidget(title)
        self.gate = Gate(self, "backup", (KEEP,))
        page.addWidget(self.gate)
        # Of it all only this scrolls: the title stays.
        inside = QWidget()
        inside.setObjectName("page")
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        self.stands = Box("info")
        self.stands.hide()
        column.addWidget(self.stands)
        self.ended = Box("ok")
        self.ended.hide()
        column.addWidget(self.ended)
        column.addWidget(self._make_maker())
        self.progress = StickProgress(self.texts)
        self.progress.stop_wanted.connect(self.presenter.cancel)
        column.addWidget(self.progress)
        column.addWidget(self._make_trial())
        column.addStretch(1)
        page.addWidget(scrolling(inside), 1)
        self.gate.guard(KEEP, self.secret)
        self.gate.turned.connect(self._fit)
        self.texts.changed.connect(self._retranslate)

    @property
    def first_stop(self) -> QWidget:
        """What makes one."""
        return self.make

    def open(self, **arguments: object) -> None:
        """Show how it stands."""
        del arguments
        if not self.presenter.is_running:
            self.ended.hide()
            self._ended = None
        self.refresh()

    def refresh(self) -> None:
        """Records changed: something more is not in the last one. Or a role did."""
        self.gate.look()
        self.presenter.look()

    def flush(self) -> None:
        """Words that were typed do not stay on a page that goes away."""
        self.secret.forget()

    # What the presenter shows.

    def show_state(self, state: BackupState) -> None:
        """Say when the last one was made and tried."""
        self._state = state
        if self.context.workplace.is_practice:
            said = self.texts(N_("Aquí se practica: no hay nada de qué hacer una copia."))
            self._say(self.stands, ("info", said, ""))
            return
        self._say(self.stands, how_it_stands(self.texts, state))

    def show_begun(self) -> None:
        """One is being made or tried."""
        self.ended.hide()
        self._ended = None
        self._fit()
        self.progress.begin()
        self.progress.stop.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_progress(self, progress: BackupProgress) -> None:
        """How far that is."""
        self.progress.show_progress(progress)

    def show_made(self, report: BackupReport) -> None:
        """One was made, or not."""
        self._end(lambda: made_words(self.texts, report), self.make)

    def show_tried(self, report: BackupReport) -> None:
        """One was tried, or did not open."""
        if report.made is not None:
            self.secret.forget()
        is_typed_wrong = report.fault is not None and report.fault.message_id in (
            "passphrase_wrong",
            "trial_incomplete",
        )
        self._end(
            lambda: tried_words(self.texts, report),
            self.secret.line if is_typed_wrong else self.try_out,
        )

    def show_fault(self, fault: QispiError) -> None:
        """Something could not be read."""
        self.failed.emit(pressed_words(self.texts, fault))

    # The frame.

    def _make_maker(self) -> QFrame:
        frame, column = card()
        for words in (_ABOUT, _KEEP):
            said = label()
            self.texts.bind(said, "setText", words)
            column.addWidget(said)
        self.make = button("primary", "usb")
        self.texts.bind(self.make, "setText", N_("Hacer una copia…"))
        self.make.clicked.connect(self._ask_where_to)
        column.addWidget(self.make, 0, Qt.AlignmentFlag.AlignLeft)
        return frame

    def _make_trial(self) -> QFrame:
        frame, column = card()
        heading = label("heading")
        self.texts.bind(heading, "setText", N_("Probar la copia"))
        said = label()
        self.texts.bind(said, "setText", _TRIAL)
        ask = label()
        self.texts.bind(ask, "setText", N_("Sus palabras"))
        self.secret = SecretLine(self.texts)
        ask.setBuddy(self.secret.line)
        self.texts.bind(self.secret.line, "setAccessibleName", N_("Sus palabras"))
        self.try_out = button("", "search")
        self.texts.bind(self.try_out, "setText", N_("Probar la copia…"))
        self.try_out.clicked.connect(self._ask_where_from)
        row = QHBoxLayout()
        row.addWidget(self.secret, 1)
        row.addWidget(self.try_out)
        for one in (heading, said, ask):
            column.addWidget(one)
        column.addLayout(row)
        return frame

    def _ask_where_to(self) -> None:
        title = self.texts(N_("Elija la memoria USB o el disco"))
        ask_folder(self, title, self.texts(N_("Usar esta")), self.presenter.make)

    def _ask_where_from(self) -> None:
        words = self.secret.line.text()
        title = self.texts(N_("Elija la memoria con la copia"))
        accept = self.texts(N_("Usar esta"))
        ask_folder(self, title, accept, lambda place: self.presenter.try_out(place, words))

    def _end(self, words: Words, then: QWidget) -> None:
        had_focus = holds_focus(self.progress)
        self.progress.end()
        self._fit()
        self._ended = words
        self._say(self.ended, words())
        if had_focus or then is self.secret.line:
            then.setFocus(Qt.FocusReason.OtherFocusReason)

    def _fit(self) -> None:
        for one in (self.make, self.try_out):
            one.setEnabled(self.gate.allows(KEEP) and not self.presenter.is_running)

    def _say(self, box: Box, words: tuple[str, str, str]) -> None:
        tone, heading, said = words
        set_tone(box, tone)
        box.say(heading, said)
        box.show()

    def _retranslate(self) -> None:
        if self._state is not None:
            self.show_state(self._state)
        if self._ended is not None:
            self._say(self.ended, self._ended())
