"""How far something is that is written to a stick or read from one: a bar, a sentence, a stop."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from app.i18n import N_
from app.services.backup_ports import BackupProgress, BackupStep
from ui.runtime.text import Texts
from ui.widgets.pieces import button, label

__all__ = ["StickProgress"]

_WHOLE: Final = 1_000
_MIB: Final = 1 << 20
_TWO_MINUTES: Final = 120
_STEPS: Final = {
    BackupStep.WRITE: N_("Escribiendo: {done} de {total} MB. No retire la memoria."),
    BackupStep.READ: N_("Leyendo y comprobando: {done} de {total} MB. No retire la memoria."),
}


class StickProgress(QWidget):
    """The bar.

    Signals:
        stop_wanted: end it.
    """

    stop_wanted = Signal()

    def __init__(self, texts: Texts, *, has_stop: bool = True) -> None:
        super().__init__()
        self._texts = texts
        self._shown: BackupProgress | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        self._said = label()
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        texts.bind(self._bar, "setAccessibleName", N_("Cuánto falta"))
        self.stop = button("", "x")
        texts.bind(self.stop, "setText", N_("Detener"))
        self.stop.clicked.connect(self._stop)
        if not has_stop:  # to show what has no parent yet would make it a window of its own
            self.stop.hide()
        row = QHBoxLayout()
        row.addWidget(self._bar, 1)
        row.addWidget(self.stop)
        column.addWidget(self._said)
        column.addLayout(row)
        self.hide()
        texts.changed.connect(self._say)

    def begin(self) -> None:
        """It begins."""
        self._shown = None
        self._bar.setRange(0, 0)
        self.stop.setEnabled(True)
        self._say()
        self.show()

    def show_progress(self, progress: BackupProgress) -> None:
        """It goes on."""
        self._shown = progress
        self._bar.setRange(0, _WHOLE)
        self._bar.setValue(progress.done * _WHOLE // max(1, progress.total))
        self._say()

    def end(self) -> None:
        """It ended."""
        self.hide()

    def _stop(self) -> None:
        self.stop.setEnabled(False)
        self._said.setText(self._texts(N_("Deteniendo… No retire la memoria todavía")))
        self.stop_wanted.emit()

    def _say(self) -> None:
        if not self.stop.isEnabled():
            return
        one, texts = self._shown, self._texts
        if one is None:
            self._said.setText(texts(N_("Empezando… No retire la memoria.")))
            return
        said = texts(_STEPS[one.step], done=one.done // _MIB, total=max(1, -(-one.total // _MIB)))
        if one.seconds_left is not None:
            said += " " + (
                texts.plural(
                    N_("Falta {count} segundo."),
                    N_("Faltan unos {count} segundos."),
                    one.seconds_left,
                )
                if one.seconds_left < _TWO_MINUTES
                else texts.plural(
                    N_("Falta {count} minuto."),
                    N_("Faltan unos {count} minutos."),
                    round(one.seconds_left / 60),
                )
            )
        self._said.setText(said)
