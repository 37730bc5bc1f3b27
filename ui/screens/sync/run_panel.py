"""The right half of *Sincronización*: a run in its named steps, and the stick."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
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
from ui.widgets.file_dialog import ask_folder
from ui.widgets.pieces import button, chip, label, restyle
from ui.widgets.reading_area import ReadingArea

__all__ = ["RunPanel", "kilobytes"]

_Steps = tuple[tuple[SyncStep, str], ...]
_BY_NETWORK: Final[_Steps] = (
    (SyncStep.PREPARE, N_("Preparar y cifrar lo que espera")),
    (SyncStep.CONNECT, N_("Conectar con la región")),
    (SyncStep.SEND, N_("Enviar cambios")),
    (SyncStep.RECEIVE, N_("Recibir cambios")),
    (SyncStep.VERIFY, N_("Comprobar que todo llegó")),
    (SyncStep.LANE, N_("Adjuntos e historial, sin prisa")),
)
_BY_STICK: Final[_Steps] = (
    (SyncStep.PREPARE, N_("Preparar y cifrar lo que espera")),
    (SyncStep.CONNECT, N_("Abrir la memoria")),
    (SyncStep.RECEIVE, N_("Leer la memoria")),
    (SyncStep.SEND, N_("Escribir en la memoria")),
)
_DONE: Final = N_("listo")
_NOW: Final = N_("en curso")
_LATER: Final = N_("espera")
_FAILED: Final = N_("no se pudo")
_STOPPED: Final = N_("se detuvo")
_KINDS: Final = {_DONE: "ok", _NOW: "info", _FAILED: "warning", _STOPPED: "warning"}
_CANCELLED: Final = "sync_cancelled"
_NOT_ENROLLED: Final = "sync_not_enrolled"
_KIB: Final = 1024
_TWO_MINUTES: Final = 120
_ONE_STEP: Final = 28
"""How high in pixels the steps are at least: they give way to what must be in sight."""

_READY: Final = N_("Así se sincroniza")
_RUNNING: Final = N_("Sincronizando…")
_STOPPING: Final = N_("Deteniendo…")
_ALREADY: Final = N_("Ya se está sincronizando: no hace falta otra")
_ENDED: Final = N_("Terminó la sincronización")
_WRITTEN: Final = N_("Listo: lleve la memoria al otro equipo")
_NOTHING_NEW: Final = N_("Listo: la memoria ya tenía todo lo de este equipo")
_STICK_ENDED: Final = N_(
    "{time} · La memoria quedó lista: expúlsela y llévela al otro equipo, o vuelva a pasarla por "
    "aquí cuando regrese."
)
_STICK_CUT: Final = N_("{time} · La memoria no quedó completa: {why} Vuelva a pasarla.")
_UNTIL: Final = N_("Cuenta como recibido cuando la región lo confirme.")
_BYTES_BY_NETWORK: Final = N_("{up} KB enviados, {down} KB recibidos")
_BYTES_BY_STICK: Final = N_("{up} KB escritos, {down} KB leídos")
_NOT_YET: Final = N_("Todavía no se puede sincronizar")
_CUT: Final = N_("No se completó; no se perdió nada")


def kilobytes(size: int) -> str:
    """Return a size in KB of 1,024 bytes, with one decimal."""
    return f"{size / _KIB:,.1f}"


class RunPanel(QFrame):
    """The panel.

    Signals:
        stop_wanted: end the run at the next safe point.
        stick_wanted: a stick should be used.
        stick_chosen: carries the folder of a stick, as a Path.
    """

    stop_wanted = Signal()
    stick_wanted = Signal()
    stick_chosen = Signal(object)

    def __init__(self, texts: Texts) -> None:
        super().__init__()
        self.setObjectName("card")
        self._texts = texts
        self._report: SyncReport | None = None
        self._of_stick: tuple[SyncReport, int] | None = None
        self._state = _READY
        self._steps = _BY_NETWORK
        self._current: SyncStep | None = None
        self._rows: list[tuple[QLabel, QLabel]] = []
        content = QWidget()
        content.setObjectName("fields")
        self._column = QVBoxLayout(content)
        self._column.setSpacing(6)
        self._column.setContentsMargins(8, 8, 8, 6)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(4, 4, 4, 4)
        # How far a run is, what ends it and what helps without a network stay in sight; the steps
        # between scroll.
        outer.addLayout(self._make_head())
        outer.addLayout(self._make_progress())
        self._area = ReadingArea(content)
        texts.bind(self._area, "setAccessibleName", N_("Pasos"))
        self._area.setMinimumHeight(_ONE_STEP)
        outer.addWidget(self._area, 1)
        outer.addLayout(self._make_stick())
        self._make_steps()
        safe = label("muted")
        texts.bind(
            safe, "setText", N_("Puede seguir trabajando, cerrar o apagar: no se pierde nada.")
        )
        self._column.addWidget(safe)
        self._column.addStretch()
        texts.changed.connect(self._retranslate)

    def begin(self, *, is_stick: bool) -> None:
        """A run begins."""
        self._report = None
        self._current = None
        self._steps = _BY_STICK if is_stick else _BY_NETWORK
        self._say_steps()
        for step, _ in self._steps:
            self._mark(step, _LATER)
        self._bar.setRange(0, 0)
        self._bar.show()
        self._stop.show()
        if self.window().focusWidget() is self._stick:
            self._stop.setFocus(Qt.FocusReason.OtherFocusReason)
        self._stick.setEnabled(False)
        self._explained.hide()  # its room is for how far the run is
        self._say_amount("")
        self._say_state(_RUNNING)

    def show_progress(self, progress: SyncProgress) -> None:
        """A run goes on."""
        self._current = progress.step
        order = [step for step, _ in self._steps]
        current = order.index(progress.step)
        for number, step in enumerate(order):
            self._mark(step, _DONE if number < current else _NOW if number == current else _LATER)
        done, total = progress.done_bytes, progress.total_bytes
        if done >= total and progress.total_entries:
            # All of this side went: what comes is what is left.
            done, total = progress.done_entries, progress.total_entries
        self._bar.setRange(0, total or 0)
        self._bar.setValue(min(done, total))
        self._say_amount(self._how_far(progress))
        self._area.ensureWidgetVisible(self._rows[current][1], 0, 0)

    def show_report(self, report: SyncReport, at_ms: int) -> None:
        """A run ended at a time. What is said of a stick stays until the next one: a run by
        network that begins by itself says nothing about it."""
        self._report = report
        self._bar.hide()
        self._stick.setEnabled(True)
        if self.window().focusWidget() is self._stop:
            self._stick.setFocus(Qt.FocusReason.OtherFocusReason)
        self._stop.hide()
        self._explained.setVisible(self._of_stick is None)
        if self._steps is _BY_STICK:
            self._of_stick = (report, at_ms)
            self._say_of_stick()
            self._stick.setFocus(Qt.FocusReason.OtherFocusReason)
        if report.failure is None:
            for step, _ in self._steps:
                self._mark(step, _DONE)
            self._say_state(self._how_it_ended(report))
        else:
            if self._current is not None:
                is_stopped = report.failure == _CANCELLED
                self._mark(self._current, _STOPPED if is_stopped else _FAILED)
            self._say_state(_NOT_YET if report.failure == _NOT_ENROLLED else _CUT)
        self._say_report()

    def say_running(self) -> None:
        """Somebody asks for a run while one goes on."""
        self._say_state(_ALREADY)

    def choose_stick(self) -> None:
        """Ask where the stick is."""
        texts = self._texts
        ask_folder(
            self, texts(N_("Elija la memoria USB")), texts(N_("Usar esta")), self.stick_chosen.emit
        )

    def _make_head(self) -> QHBoxLayout:
        head = QHBoxLayout()
        head.setContentsMargins(8, 4, 8, 0)
        head.setSpacing(6)
        self._heading = label("heading")
        self._heading.setText(self._texts(_READY))
        self._stop = button("", "x")
        self._stop.hide()
        self._texts.bind(self._stop, "setText", N_("Detener"))
        self._stop.clicked.connect(self._stop_now)
        head.addWidget(self._heading, 1)
        head.addWidget(self._stop, 0, Qt.AlignmentFlag.AlignTop)
        return head

    def _make_steps(self) -> None:
        for _ in self._steps:
            row = QHBoxLayout()
            state = chip("plain")
            state.setMinimumWidth(84)
            state.setAlignment(Qt.AlignmentFlag.AlignCenter)
            words = label()
            self._rows.append((state, words))
            row.addWidget(state)
            row.addWidget(words, 1)
            self._column.addLayout(row)
        self._say_steps()
        for step, _ in self._steps:
            self._mark(step, _LATER)

    def _make_progress(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setContentsMargins(8, 0, 8, 0)
        column.setSpacing(3)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.hide()
        self._texts.bind(self._bar, "setAccessibleName", N_("Avance"))
        self._amount = label("muted")
        self._amount.hide()
        column.addWidget(self._bar)
        column.addWidget(self._amount)
        return column

    def _make_stick(self) -> QVBoxLayout:
        foot = QVBoxLayout()
        foot.setContentsMargins(8, 2, 8, 2)
        foot.setSpacing(3)
        heading = label("heading")
        self._texts.bind(heading, "setText", N_("¿Sin internet? Use una memoria USB"))
        self._explained = label()
        self._texts.bind(
            self._explained,
            "setText",
            N_(
                "Lleva los cambios cifrados a otro equipo del centro y trae los suyos. "
                "Nadie más puede abrirlos."
            ),
        )
        self._stick = button("", "usb")
        self._texts.bind(self._stick, "setText", N_("Elegir la memoria USB…"))
        self._stick.clicked.connect(self.stick_wanted)
        self._stick_said = label()
        self._stick_said.hide()
        foot.addWidget(heading)
        foot.addWidget(self._explained)
        foot.addWidget(self._stick_said)
        foot.addWidget(self._stick, 0, Qt.AlignmentFlag.AlignLeft)
        return foot

    def _stop_now(self) -> None:
        """A thin link ends what it is at first: it is said at once that it will."""
        self._say_state(_STOPPING)
        self.stop_wanted.emit()

    def _say_of_stick(self) -> None:
        if self._of_stick is None:
            return
        report, at_ms = self._of_stick
        time = self._texts.language.format_datetime_ms(at_ms)
        if report.failure is None:
            said = self._texts(_STICK_ENDED, time=time)
        else:
            said = self._texts(_STICK_CUT, time=time, why=sentence(report.failure, {}, self._texts))
        self._stick_said.setText(said)
        # Whoever used one knows what it is for: how it went takes that place.
        self._explained.hide()
        self._stick_said.show()

    def _mark(self, step: SyncStep, msgid: str) -> None:
        order = [one for one, _ in self._steps]
        state, _ = self._rows[order.index(step)]
        kind = _KINDS.get(msgid, "plain")
        state.setProperty("state", msgid)
        state.setText(self._texts(msgid))
        if state.property("chip") != kind:
            state.setProperty("chip", kind)
            restyle(state)

    def _how_far(self, progress: SyncProgress) -> str:
        if self._steps is _BY_STICK:  # which counts files
            return (
                ""
                if not progress.total_bytes
                else self._texts(
                    N_("{done} de {total} archivos"),
                    done=progress.done_bytes,
                    total=progress.total_bytes,
                )
            )
        said = []
        is_lane = progress.step is SyncStep.LANE  # whose bytes go up and come down
        if progress.total_bytes:
            said.append(
                self._texts(
                    N_("{done} de {total} KB") if is_lane else N_("Subida: {done} de {total} KB"),
                    done=kilobytes(progress.done_bytes),
                    total=kilobytes(progress.total_bytes),
                )
            )
        if progress.down and not is_lane:
            down = self._texts(N_("Bajada: {down} KB"), down=kilobytes(progress.down))
            if progress.total_entries:
                down += " " + self._texts(
                    N_("(paquete {done} de {total})"),
                    done=progress.done_entries,
                    total=progress.total_entries,
                )
            said.append(down)
        if progress.seconds_left is not None:
            said.append(self._left(progress.seconds_left))
        return " · ".join(said)

    def _left(self, seconds: int) -> str:
        if seconds < _TWO_MINUTES:
            return self._texts.plural(
                N_("falta {count} segundo"), N_("faltan {count} segundos"), seconds
            )
        return self._texts.plural(
            N_("falta {count} minuto"), N_("faltan {count} minutos"), round(seconds / 60)
        )

    def _say_steps(self) -> None:
        for place, (state, words) in enumerate(self._rows):
            is_shown = place < len(self._steps)
            state.setVisible(is_shown)
            words.setVisible(is_shown)
            if is_shown:
                words.setText(f"{place + 1}. {self._texts(self._steps[place][1])}")

    def _say_amount(self, said: str) -> None:
        self._amount.setText(said)
        self._amount.setVisible(bool(said))

    def _say_state(self, msgid: str) -> None:
        self._state = msgid
        self._heading.setText(self._texts(msgid))

    def _how_it_ended(self, report: SyncReport) -> str:
        if self._steps is not _BY_STICK:
            return _ENDED
        return _WRITTEN if report.bytes_up else _NOTHING_NEW

    def _say_report(self) -> None:
        report = self._report
        if report is None:
            return
        is_stick = self._steps is _BY_STICK
        if report.failure is not None:
            # Of a stick it is told beside its button.
            self._say_amount("" if is_stick else sentence(report.failure, {}, self._texts))
            return
        said = [
            self._texts.plural(
                N_("Se recibió {count} cambio"),
                N_("Se recibieron {count} cambios"),
                report.changes_received,
            ),
            self._texts(
                _BYTES_BY_STICK if is_stick else _BYTES_BY_NETWORK,
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
        counts = " · ".join(said)
        if is_stick:
            counts = f"{self._texts(_UNTIL)} {counts}"
        self._say_amount(counts)

    def _retranslate(self) -> None:
        for state, _ in self._rows:
            state.setText(self._texts(str(state.property("state"))))
        self._say_steps()
        self._say_state(self._state)
        self._say_report()
        self._say_of_stick()
