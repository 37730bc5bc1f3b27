"""The right half of *Sincronización*: a run in five named steps, and the stick."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QVBoxLayout,
    QWidget,
)

from app.i18n import N_
from app.services.messages import sentence
from app.services.read_models import SyncProgress, SyncReport, SyncStep
from ui.runtime.text import Texts
from ui.widgets.pieces import button, chip, label, restyle, scrolling

__all__ = ["RunPanel", "kilobytes"]

_STEPS: Final = (
    (SyncStep.PREPARE, N_("Preparar y cifrar lo que espera")),
    (SyncStep.CONNECT, N_("Conectar con la región")),
    (SyncStep.SEND, N_("Enviar cambios")),
    (SyncStep.RECEIVE, N_("Recibir cambios")),
    (SyncStep.VERIFY, N_("Comprobar que todo llegó")),
)
_DONE: Final = N_("listo")
_NOW: Final = N_("en curso")
_LATER: Final = N_("espera")
_KIB: Final = 1024

_READY: Final = N_("Así se sincroniza")
_RUNNING: Final = N_("Sincronizando…")
_ENDED: Final = N_("Terminó la sincronización")
_CUT: Final = N_("No se completó; no se perdió nada")


def kilobytes(size: int) -> str:
    """Return a size in KB of 1,024 bytes, with one decimal."""
    return f"{size / _KIB:,.1f}"


class RunPanel(QFrame):
    """The panel.

    Signals:
        stop_wanted: end the run at the next safe point.
        stick_chosen: carries the folder of a stick, as a Path.
    """

    stop_wanted = Signal()
    stick_chosen = Signal(object)

    def __init__(self, texts: Texts) -> None:
        super().__init__()
        self.setObjectName("card")
        self._texts = texts
        self._report: SyncReport | None = None
        self._state = _READY
        self._chips: dict[SyncStep, QLabel] = {}
        self._words: list[tuple[QLabel, int, str]] = []
        content = QWidget()
        content.setObjectName("fields")
        self._column = QVBoxLayout(content)
        self._column.setSpacing(6)
        self._column.setContentsMargins(8, 8, 8, 6)
        self._make_steps()
        self._make_progress()
        self._make_stick()
        self._column.addStretch()
        outer = QVBoxLayout(self)
        outer.setContentsMargins(4, 4, 4, 4)
        outer.addWidget(scrolling(content))
        texts.changed.connect(self._retranslate)

    def begin(self) -> None:
        """A run begins."""
        self._report = None
        for step, _ in _STEPS:
            self._mark(step, _LATER)
        self._bar.setRange(0, 0)
        self._bar.show()
        self._stop.show()
        self._stick.setEnabled(False)
        self._say_amount("")
        self._say_state(_RUNNING)

    def show_progress(self, progress: SyncProgress) -> None:
        """A run goes on."""
        order = [step for step, _ in _STEPS]
        current = order.index(progress.step)
        for number, step in enumerate(order):
            self._mark(step, _DONE if number < current else _NOW if number == current else _LATER)
        total = progress.total_bytes
        self._bar.setRange(0, total or 0)
        self._bar.setValue(min(progress.done_bytes, total))
        said = ""
        if total:
            said = self._texts(
                N_("{done} de {total} KB"),
                done=kilobytes(progress.done_bytes),
                total=kilobytes(total),
            )
        if progress.seconds_left is not None:
            said += " · " + self._texts.plural(
                N_("falta {count} segundo"), N_("faltan {count} segundos"), progress.seconds_left
            )
        self._say_amount(said)

    def show_report(self, report: SyncReport) -> None:
        """A run ended."""
        self._report = report
        self._bar.hide()
        self._stop.hide()
        self._stick.setEnabled(True)
        if report.failure is None:
            for step, _ in _STEPS:
                self._mark(step, _DONE)
        self._say_state(_ENDED if report.failure is None else _CUT)
        self._say_report()

    def _make_steps(self) -> None:
        self._heading = label("heading")
        self._heading.setText(self._texts(_READY))
        self._column.addWidget(self._heading)
        for number, (step, msgid) in enumerate(_STEPS, start=1):
            row = QHBoxLayout()
            state = chip("plain")
            state.setMinimumWidth(66)
            state.setAlignment(Qt.AlignmentFlag.AlignCenter)
            words = label()
            words.setText(f"{number}. {self._texts(msgid)}")
            self._words.append((words, number, msgid))
            self._chips[step] = state
            row.addWidget(state)
            row.addWidget(words, 1)
            self._column.addLayout(row)
            self._mark(step, _LATER)

    def _make_progress(self) -> None:
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.hide()
        self._texts.bind(self._bar, "setAccessibleName", N_("Avance"))
        self._amount = label("muted")
        self._amount.hide()
        self._stop = button("", "x")
        self._stop.hide()
        self._texts.bind(self._stop, "setText", N_("Detener"))
        self._stop.clicked.connect(self.stop_wanted)
        safe = label("muted")
        self._texts.bind(
            safe, "setText", N_("Puede seguir trabajando, cerrar o apagar: no se pierde nada.")
        )
        self._column.addWidget(self._bar)
        self._column.addWidget(self._amount)
        self._column.addWidget(safe)
        self._column.addWidget(self._stop, 0, Qt.AlignmentFlag.AlignLeft)

    def _make_stick(self) -> None:
        self._column.addSpacing(6)
        heading = label("heading")
        self._texts.bind(heading, "setText", N_("¿Sin internet? Use una memoria USB"))
        explained = label()
        self._texts.bind(
            explained,
            "setText",
            N_(
                "Lleva los cambios cifrados a otro equipo del centro y trae los suyos. "
                "Nadie más puede abrirlos."
            ),
        )
        self._stick = button("", "usb")
        self._texts.bind(self._stick, "setText", N_("Elegir la memoria USB…"))
        self._stick.clicked.connect(self._choose_stick)
        self._column.addWidget(heading)
        self._column.addWidget(explained)
        self._column.addWidget(self._stick, 0, Qt.AlignmentFlag.AlignLeft)

    def _mark(self, step: SyncStep, msgid: str) -> None:
        state = self._chips[step]
        kind = {_DONE: "ok", _NOW: "info"}.get(msgid, "plain")
        state.setProperty("state", msgid)
        state.setText(self._texts(msgid))
        if state.property("chip") != kind:
            state.setProperty("chip", kind)
            restyle(state)

    def _choose_stick(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, self._texts(N_("Memoria USB")))
        if folder:
            self.stick_chosen.emit(Path(folder))

    def _say_amount(self, said: str) -> None:
        self._amount.setText(said)
        self._amount.setVisible(bool(said))

    def _say_state(self, msgid: str) -> None:
        self._state = msgid
        self._heading.setText(self._texts(msgid))

    def _say_report(self) -> None:
        report = self._report
        if report is None:
            return
        if report.failure is not None:
            self._say_amount(sentence(report.failure, {}, self._texts))
            return
        said = [
            self._texts.plural(
                N_("Se recibió {count} cambio"),
                N_("Se recibieron {count} cambios"),
                report.changes_received,
            ),
            self._texts(
                N_("{up} KB enviados, {down} KB recibidos"),
                up=kilobytes(report.bytes_up),
                down=kilobytes(report.bytes_down),
            ),
        ]
        if report.set_aside:
            said.append(
                self._texts.plural(
                    N_("{count} paquete apartado"),
                    N_("{count} paquetes apartados"),
                    report.set_aside,
                )
            )
        self._say_amount(" · ".join(said))

    def _retranslate(self) -> None:
        for state in self._chips.values():
            state.setText(self._texts(str(state.property("state"))))
        for words, number, msgid in self._words:
            words.setText(f"{number}. {self._texts(msgid)}")
        self._say_state(self._state)
        self._say_report()
