"""*Abrir con dos hojas*: the way in from the lock screen when nobody remembers the words; and from
a first start, where a laptop is made of a backup of which nobody has them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.domain.errors import QispiError
from app.i18n import N_
from app.services.backup_messages import AGREES_TO_OLDER, ASKS_FIRST
from app.services.backup_ports import BackupProgress
from app.services.staff import StaffMember
from app.services.workplace import Door, Workplace
from ui.runtime.task_runner import TaskRunner
from ui.runtime.text import Texts
from ui.screens.recovery.presenter import RecoveryPresenter
from ui.screens.recovery.who_part import WhoPart
from ui.widgets.busy_line import BusyLine
from ui.widgets.pieces import Box, button, card, label, scrolling, set_tone
from ui.widgets.refusals import pressed_words
from ui.widgets.sheet_rows import SheetRows
from ui.widgets.stick_progress import StickProgress

__all__ = ["RecoveryPage"]

_WIDTH: Final = 860
_WITHOUT: Final = N_(
    "Si otra persona entra en este equipo, quien coordina le da palabras nuevas. Si nadie entra, "
    "una copia de seguridad se abre en otra computadora, con las palabras de cuando se hizo."
)
_ASKED: Final = N_(
    "Este equipo se abre con dos hojas del juego {name}. Escriba las cinco filas de cada una. "
    "Mayúsculas, espacios y guiones no importan; no hay letra O, ni I, ni L: son cero y uno. "
    "Con un lector de códigos, léalo en la primera fila."
)
_ASKED_OF_BACKUP: Final = N_(
    "La copia se abre con dos hojas del juego {name}, el de cuando se hizo. Escriba las cinco "
    "filas de cada una. Mayúsculas, espacios y guiones no importan; no hay letra O, ni I, ni L: "
    "son cero y uno. Con un lector de códigos, léalo en la primera fila."
)
_LEFT_ALONE_MS: Final = 10 * 60 * 1000
"""After so long without a key nothing that was typed shows any more."""


class RecoveryPage(QWidget):
    """The page: first the sheets, then who is there and her words.

    Signals:
        opened: carries the :class:`Workplace`.
        left: back to the lock screen.
        backup_refused: no sheets open what was chosen as a backup.
        left_opened: the same, but the sheets opened the laptop, or made one, or are being tried:
            the process that has its key, or gets it, is to end.
    """

    opened = Signal(object)
    left = Signal()
    left_opened = Signal()
    backup_refused = Signal()

    def __init__(self, runner: TaskRunner, door: Door, texts: Texts) -> None:
        super().__init__()
        self.setObjectName("page")
        self.texts = texts
        self.presenter = RecoveryPresenter(runner, door, self)
        self._set_name = ""
        self._place: Path | None = None
        self._fault: QispiError | None = None
        page = QVBoxLayout(self)
        page.setContentsMargins(16, 12, 16, 10)
        middle = QWidget()
        middle.setObjectName("page")
        whole = QVBoxLayout(middle)  # height to spare stays below the card
        whole.setContentsMargins(0, 0, 0, 0)
        row = QHBoxLayout()
        whole.addLayout(row)
        whole.addStretch(1)
        row.addStretch()
        frame, column = card(margin=16)
        frame.setMaximumWidth(_WIDTH)
        row.addWidget(frame, 1)
        row.addStretch()
        self._title = label("title")
        column.addWidget(self._title)
        self._explained = label()
        column.addWidget(self._explained)
        self._message = Box("warning")
        self._message.hide()
        column.addWidget(self._message)
        self.agree = button("", "check")
        texts.bind(self.agree, "setText", AGREES_TO_OLDER)
        self.agree.clicked.connect(lambda: self._look(is_agreed=True))
        self.agree.hide()
        self._message.buttons.addWidget(self.agree)
        self._message.buttons.addStretch()
        self._rows = QWidget()
        both = QHBoxLayout(self._rows)
        both.setContentsMargins(0, 0, 0, 0)
        both.setSpacing(16)
        self.sheets = (SheetRows(texts, N_("Primera hoja")), SheetRows(texts, N_("Segunda hoja")))
        for sheet in self.sheets:
            beside = QVBoxLayout()
            beside.addWidget(sheet)
            beside.addStretch()
            both.addLayout(beside, 1)
        column.addWidget(self._rows)
        self.who = WhoPart(texts)
        self.who.another.connect(self.presenter.draw)
        self.who.done.connect(self._go)
        column.addWidget(self.who)
        self.progress = StickProgress(texts, has_stop=False)
        column.addWidget(self.progress)
        self.busy = BusyLine(texts)
        column.addWidget(self.busy)
        column.addLayout(self._make_foot())
        self._area = scrolling(middle)
        page.addWidget(self._area, 1)
        self._connect()
        texts.changed.connect(self._say)

    def _connect(self) -> None:
        """Let each step lead to the next, and nobody leave it open."""
        self.left_alone = QTimer(self)
        self.left_alone.setSingleShot(True)
        self.left_alone.setInterval(_LEFT_ALONE_MS)
        self.left_alone.timeout.connect(self._leave)
        for sheet in self.sheets:
            sheet.changed.connect(self.left_alone.start)
            sheet.changed.connect(self._unsay)
        self.who.five.line.textEdited.connect(lambda _: self.left_alone.start())
        self.sheets[0].done.connect(lambda: self._go_into(self.sheets[1].lines[0]))
        self.sheets[1].done.connect(self._go)

    @property
    def message(self) -> str:
        """What is said; empty while nothing is."""
        return "" if self._message.isHidden() else self._message.accessibleName()

    def open(self, place: Path | None = None) -> None:
        """Begin anew. ``place``: of which backup this laptop is made first."""
        self.forget()
        self._place = place
        self._set_name = ""
        self.left_alone.start()
        self._rows.hide()
        self.who.hide()
        self.go_button.hide()
        self._say()
        self.presenter.start(place)

    def forget(self) -> None:
        """Keep nothing of what was typed or drawn."""
        self.presenter.forget()
        self._fault = None
        self._message.hide()
        self._end_busy()
        self.left_alone.stop()
        for sheet in self.sheets:
            sheet.clear()
        self.who.forget()

    # What the presenter shows.

    def show_sheets(self, set_name: str) -> None:
        """Ask for two sheets of this set."""
        self._set_name = set_name
        self._rows.show()
        self.go_button.show()
        self._say()
        self._go_into(self.sheets[0].lines[0])

    def show_none(self, fault: QispiError) -> None:
        """No sheets open this laptop: say why."""
        self._set_name = ""
        if self._place is not None:
            self.backup_refused.emit()
        self.show_refusal(fault)
        self._go_into(self.leave_button)

    def show_busy(self) -> None:
        """Something takes a second."""
        self._fault = None
        self._message.hide()
        self.go_button.setEnabled(False)
        if self._is_making or not self.who.isHidden():
            # What opens or is made meanwhile has somebody in front of it.
            self.left_alone.stop()
            self.leave_button.setEnabled(False)
            self.who.five.other.setEnabled(False)
        if self._is_making:
            self.progress.begin()
            return
        tries = N_("Comprobando las dos hojas…")
        enters = N_("Abriendo el equipo con las palabras nuevas: puede tardar unos segundos…")
        self.busy.begin(tries if self.who.isHidden() else enters)
        self._area.ensureWidgetVisible(self.busy)

    def show_making(self, progress: BackupProgress) -> None:
        """The laptop is being made of a backup: how far that is."""
        self.progress.show_progress(progress)

    def show_people(self, people: Sequence[StaffMember]) -> None:
        """The sheets open it: ask who is there."""
        for sheet in self.sheets:
            sheet.clear()
        self._rows.hide()
        self.who.begin(people)
        self.who.show()
        self._end_busy()
        self._say()
        self._go_into(self.who.first_stop)

    def show_words(self, words: str) -> None:
        """Show the words that she shall have."""
        self.who.five.show_words(words)

    def show_refusal(self, fault: QispiError) -> None:
        """It did not work: say why."""
        self._fault = fault
        self._end_busy()
        self._say()
        if fault.message_id == ASKS_FIRST:
            self._go_into(self.sheets[0].lines[0])  # not what agrees: Enter is soon pressed again
        self._area.ensureWidgetVisible(self._message)

    def enter(self, workplace: Workplace) -> None:
        """It is open: what was typed is forgotten."""
        self.forget()
        self.opened.emit(workplace)

    # What happens.

    @property
    def _is_making(self) -> bool:
        """Whether two sheets, once they fit, make a laptop of a backup."""
        return self._place is not None and self.who.isHidden()

    def _end_busy(self) -> None:
        self.go_button.setEnabled(True)
        self.leave_button.setEnabled(True)
        self.who.five.other.setEnabled(True)
        self.progress.end()
        self.busy.end()
        self.left_alone.start()

    def _unsay(self) -> None:
        """What was refused is typed anew: it is not said beside that any more, nor agreed to."""
        self.presenter.forget_told()
        if self._fault is not None:
            self._fault = None
            self._say()

    def _make_foot(self) -> QHBoxLayout:
        foot = QHBoxLayout()
        self.leave_button = button("", "chevron-left")
        self.texts.bind(self.leave_button, "setText", N_("Volver"))
        self.leave_button.clicked.connect(self._leave)
        foot.addWidget(self.leave_button)
        foot.addStretch()
        self.go_button = button("primary", "check")
        self.go_button.clicked.connect(self._go)
        foot.addWidget(self.go_button)
        return foot

    def _leave(self) -> None:
        was_opened = self.presenter.is_trying or not self.who.isHidden()
        self.forget()
        if was_opened:
            self.left_opened.emit()
        elif self._place is None:
            self.left.emit()
        else:
            self.presenter.look_whether_made()

    def show_left(self, *, is_made: bool) -> None:
        """Nobody goes on; whether the laptop was made of the backup."""
        (self.left_opened if is_made else self.left).emit()

    def _go(self) -> None:
        if not self.go_button.isEnabled():
            return
        if not self.who.isHidden():
            self.presenter.enter(self.who.who(), self.who.five.words, self.who.five.typed())
            return
        self._look()

    def _look(self, *, is_agreed: bool = False) -> None:
        second, first = (sheet.check() for sheet in reversed(self.sheets))
        if first and second:
            rows = (self.sheets[0].rows, self.sheets[1].rows)
            self.presenter.look(*rows, is_agreed=is_agreed)

    def _go_into(self, widget: QWidget) -> None:
        widget.setFocus(Qt.FocusReason.OtherFocusReason)
        self._area.ensureWidgetVisible(widget)

    def _say(self) -> None:
        texts = self.texts
        title = N_("Abrir con dos hojas") if self._place is None else N_("Recuperar con dos hojas")
        self._title.setText(texts(title))
        if not self.who.isHidden():
            said = texts(
                N_(
                    "Las hojas abren este equipo, y quedó anotado. Diga quién es: recibe cinco "
                    "palabras nuevas. Después haga un juego nuevo de hojas."
                )
            )
        elif self._set_name:
            said = texts(_ASKED if self._place is None else _ASKED_OF_BACKUP, name=self._set_name)
        else:
            is_bare = self._fault is not None and self._fault.message_id == "sheets_none"
            said = texts(_WITHOUT) if is_bare and self._place is None else ""
        self._explained.setText(said)
        self._explained.setVisible(bool(said))
        self.go_button.setText(texts(N_("Seguir") if self.who.isHidden() else N_("Entrar")))
        fault = self._fault
        set_tone(self._message, "warning")
        self._message.say("", pressed_words(texts, fault) if fault else "")
        self._message.setVisible(fault is not None)
        self.agree.setVisible(fault is not None and fault.message_id == ASKS_FIRST)
