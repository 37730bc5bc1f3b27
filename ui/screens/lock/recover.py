"""A laptop made of a backup, at a first start: where the stick is, and the words of its time."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.i18n import N_
from app.services.backup_messages import AGREES_TO_OLDER, ASKS_FIRST
from app.services.backup_ports import BackupProgress
from ui.runtime.text import Texts
from ui.screens.lock.presenter import LockPresenter
from ui.widgets.file_dialog import ask_folder
from ui.widgets.pieces import button, label
from ui.widgets.secret_line import SecretLine
from ui.widgets.stick_progress import StickProgress

__all__ = ["RecoverPanel"]


_WRONG_STICK: Final = frozenset(
    {
        "backup_none",
        "backup_unfinished",
        "backup_damaged",
        "backup_altered",
        "backup_damaged_beside_older",
        "backup_altered_beside_older",
        "backup_stick_bad",
        "restore_stick_gone",
        "stick_is_laptop",
    }
)
"""Behind these no words open what was chosen as a backup: another stick, or another folder of this
one, may hold one."""


class RecoverPanel(QWidget):
    """What has to be known to recover a laptop.

    Signals:
        by_sheets: nobody has the words, but two sheets; carries the folder of the backup.
        changed: a stick was chosen, or something was typed: what was refused was something else.
    """

    by_sheets = Signal(object)
    changed = Signal()

    def __init__(self, texts: Texts, presenter: LockPresenter) -> None:
        super().__init__()
        self._texts = texts
        self._presenter = presenter
        self.place: Path | None = None
        self._column = column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(5)
        explained = label()
        texts.bind(
            explained,
            "setText",
            N_(
                "Para una computadora nueva, cuando la otra se perdió o se rompió. Todo lo que "
                "había el día de la copia queda en esta, cifrado igual."
            ),
        )
        self.choose = button("", "usb")
        texts.bind(self.choose, "setText", N_("Elegir la memoria con la copia…"))
        self.choose.clicked.connect(self.ask)
        self._chosen = label("muted")
        self._chosen.hide()
        ask = label()
        texts.bind(ask, "setText", N_("Sus palabras, las de cuando se hizo la copia"))
        self.secret = SecretLine(texts)
        ask.setBuddy(self.secret.line)
        texts.bind(
            self.secret.line,
            "setAccessibleName",
            N_("Sus palabras, las de cuando se hizo la copia"),
        )
        self.secret.line.textEdited.connect(lambda _: self.changed.emit())
        self.agree = button("", "check")
        texts.bind(self.agree, "setText", AGREES_TO_OLDER)
        self.agree.clicked.connect(lambda: self.go(is_agreed=True))
        self.agree.hide()
        self.changed.connect(self.agree.hide)
        self.changed.connect(presenter.forget_told)
        self.sheets = button("link", "file-text")
        texts.bind(self.sheets, "setText", N_("No recuerdo las palabras: con dos hojas"))
        self.sheets.clicked.connect(self._go_by_sheets)
        self.progress = StickProgress(texts, has_stop=False)
        for one in (
            explained,
            self.choose,
            self._chosen,
            ask,
            self.secret,
            self.agree,
            self.sheets,
            self.progress,
        ):
            column.addWidget(one)
        texts.changed.connect(self._say)

    @property
    def lines(self) -> list[QWidget]:
        """What is filled in, one after the other."""
        return [self.choose, self.secret.line]

    @property
    def stops(self) -> tuple[QWidget, ...]:
        """Where Tab stops, in the order of reading."""
        return (self.choose, self.secret.line, self.secret.eye, self.agree, self.sheets)

    def line_of(self, message_id: str) -> QWidget:
        """Return where the keyboard goes behind a refusal: mostly to the words. Behind what asks
        whether an older backup shall be restored, to the stick, of which another may be newer; and
        behind a stick that no words open."""
        is_of_stick = message_id == ASKS_FIRST or message_id in _WRONG_STICK
        return self.choose if is_of_stick else self.secret.line

    def ask(self) -> None:
        """Ask where the stick is."""
        self._ask(self.take)

    def take(self, place: Path) -> None:
        """Use this folder."""
        self.place = place
        self.changed.emit()
        self._say()
        self.secret.line.setFocus()

    def go(self, *, is_agreed: bool = False) -> None:
        """Recover from what was chosen, by what was typed. ``is_agreed``: from the older backup
        that was told."""
        self._presenter.recover(self.place, self.secret.line.text(), is_agreed=is_agreed)

    def begin(self) -> None:
        """It is being tried."""
        if self.agree.hasFocus():
            self.secret.line.setFocus()  # another Enter does nothing there
        self.agree.hide()
        self.progress.begin()

    def show_refusal(self, message_id: str) -> None:
        """It did not go on; perhaps because of the stick, or to be agreed to."""
        self.progress.end()
        self.agree.setVisible(message_id == ASKS_FIRST)
        if message_id in _WRONG_STICK:
            self.refuse_place()

    def refuse_place(self) -> None:
        """What lies in this folder opens nothing: whoever goes on chooses another one."""
        self.place = None
        self._chosen.hide()

    def put_below(self, remark: QWidget) -> None:
        """Put a remark below the words."""
        self._column.removeWidget(remark)
        self._column.insertWidget(self._column.indexOf(self.secret) + 1, remark)

    def show_progress(self, progress: BackupProgress) -> None:
        """It goes on."""
        self.progress.show_progress(progress)

    def forget(self) -> None:
        """Keep nothing of what was typed."""
        self.secret.forget()

    def _ask(self, chosen: Callable[[Path], None]) -> None:
        texts = self._texts
        title = texts(N_("Elija la memoria con la copia"))
        ask_folder(self, title, texts(N_("Usar esta")), chosen)

    def _go_by_sheets(self) -> None:
        if self.place is None:
            self._ask(self.go_by_sheets)
        else:
            self.go_by_sheets(self.place)

    def go_by_sheets(self, place: Path) -> None:
        """Use this folder, and two sheets."""
        self.take(place)
        self.by_sheets.emit(place)

    def _say(self) -> None:
        if self.place is not None:
            # Only the end of the path: a folder's name may be anybody's.
            name = self.place.name or str(self.place)
            self._chosen.setText(self._texts(N_("Elegida: {name}"), name=name))
            self._chosen.show()
