"""The right half of *Sincronización*: a run in its named steps, and the stick."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from app.i18n import N_
from app.services.messages import sentence
from app.services.read_models import SyncProgress, SyncReport, SyncStep
from ui.runtime.text import Texts
from ui.screens.sync.steps import (
    BY_NETWORK,
    BY_STICK,
    DONE,
    FAILED,
    IN_PART,
    LATER_ON,
    STOPPED,
    StepList,
)
from ui.screens.sync.stick_part import StickPart
from ui.widgets.pieces import button, label

__all__ = ["RunPanel", "kilobytes"]

_CANCELLED: Final = "sync_cancelled"
_NOT_ENROLLED: Final = "sync_not_enrolled"
_KIB: Final = 1024
_TWO_MINUTES: Final = 120
_WHOLE: Final = 1_000
"""What the bar counts to: it has no room for the bytes of a stick."""

_READY: Final = N_("Así se sincroniza")
_RUNNING: Final = N_("Sincronizando…")
_STOPPING: Final = N_("Deteniendo…")
_STOPPING_STICK: Final = N_("Deteniendo… No retire la memoria todavía")
_ALREADY: Final = N_("Ya se está sincronizando: no hace falta otra")
_QUEUED_STICK: Final = N_("La memoria sigue apenas termine lo que está en curso: no la retire")
_QUEUED: Final = N_("Apenas termine con la memoria, se sincroniza por internet")
_ENDED: Final = N_("Terminó la sincronización")
_WRITTEN: Final = N_("Listo: lleve la memoria al otro equipo")
_NOTHING_NEW: Final = N_("Listo: la memoria ya tenía todo lo de este equipo")
_SPOILT: Final = N_(
    "Parte de la memoria no se pudo leer: pásela otra vez por el equipo de donde vino."
)
_UNTIL: Final = N_("Cuenta como recibido cuando la región lo confirme.")
_BYTES_BY_NETWORK: Final = N_("{up} KB enviados, {down} KB recibidos")
_BYTES_BY_STICK: Final = N_("{up} KB escritos, {down} KB leídos")
_NOT_YET: Final = N_("Todavía no se puede sincronizar")
_CUT: Final = N_("No se completó; no se perdió nada")
_STOPPED: Final = N_("Se detuvo; no se perdió nada")
_CUT_UNSURE: Final = N_("No se completó; no se borró nada")
_STOPPED_UNSURE: Final = N_("Se detuvo; no se borró nada")
_ARRIVED: Final = N_("Lo escrito ya llegó; lo demás sigue la próxima vez")
_LANE_STOPPED: Final = N_("Se detuvo lo que iba sin prisa. La próxima vez sigue donde quedó.")


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

    def __init__(self, texts: Texts, *, is_practice: bool = False) -> None:
        super().__init__()
        self.setObjectName("card")
        self._texts = texts
        self._report: SyncReport | None = None
        self._is_damage_known = False
        self._words: Callable[[], str] = lambda: texts(_READY)
        self._is_stick = False
        self._told_above: str | None = None
        self._after_stop: QWidget | None = None
        outer = QVBoxLayout(self)
        outer.setContentsMargins(4, 4, 4, 4)
        # How far a run is, what ends it and what helps without a network stay in sight; the steps
        # between scroll.
        outer.addLayout(self._make_head())
        outer.addLayout(self._make_progress())
        self._steps = StepList(texts, is_practice=is_practice)
        outer.addWidget(self._steps, 1)
        self.stick = StickPart(texts)
        self.stick.wanted.connect(self.stick_wanted)
        self.stick.chosen.connect(self.stick_chosen)
        outer.addWidget(self.stick)
        texts.changed.connect(self._retranslate)

    def begin(self, *, is_stick: bool) -> None:
        """A run begins."""
        self._report = None
        self._is_stick = is_stick
        self._steps.begin(BY_STICK if is_stick else BY_NETWORK)
        self._bar.setRange(0, 0)
        self._bar.show()
        self._after_stop = None
        self._stop.setEnabled(True)
        self._stop.show()
        if self.window().focusWidget() is self.stick.choose:
            self._stop.setFocus(Qt.FocusReason.OtherFocusReason)
        self.stick.begin()
        self._say_amount("")
        self._say(lambda: self._texts(_RUNNING))

    def show_progress(self, progress: SyncProgress) -> None:
        """A run goes on."""
        self._steps.come_to(progress.step)
        done, total = progress.done_bytes, progress.total_bytes
        if done >= total and progress.total_entries:
            # All of this side went: what comes is what is left.
            done, total = progress.done_entries, progress.total_entries
        self._bar.setRange(0, _WHOLE if total else 0)
        self._bar.setValue(min(done, total) * _WHOLE // total if total else 0)
        self._say_amount(self._how_far(progress))

    def show_report(self, report: SyncReport, at_ms: int, *, is_damage_known: bool = False) -> None:
        """A run ended at a time. What is said of a stick stays until the next one: a run by
        network that begins by itself says nothing about it. ``is_damage_known``: nobody knows what
        is left of what was saved, whatever ended the run."""
        self._report = report
        self._is_damage_known = is_damage_known
        self._bar.hide()
        self.stick.end()
        if self._has_keyboard():
            self.stick.choose.setFocus(Qt.FocusReason.OtherFocusReason)
        self._stop.hide()
        if self._is_stick:
            self.stick.tell(report, at_ms)
        self._say(self._how_it_ended)
        self._say_report()
        if report.failure is not None:
            self._steps.end_at_current(STOPPED if report.failure == _CANCELLED else FAILED)
        else:
            self._steps.end_well(LATER_ON if _has_more_later(report) else DONE)
            if self._is_stick and report.spoilt:
                self._steps.qualify(SyncStep.RECEIVE, IN_PART)

    def leave_out(self, failure: str | None) -> None:
        """The page says already why the last try failed: it is not said twice."""
        self._told_above = failure
        if self._report is not None and self._report.failure is not None:
            self._say_report()

    def say_running(self) -> None:
        """Somebody asks for a run while such a one goes on."""
        self._say(lambda: self._texts(_ALREADY))

    def say_queued(self, *, is_stick: bool) -> None:
        """Somebody asks for a run while one of another kind goes on: it waits behind it."""
        self._say(lambda: self._texts(_QUEUED_STICK if is_stick else _QUEUED))

    def choose_stick(self) -> None:
        """Ask where the stick is."""
        self.stick.ask()

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

    def _stop_now(self) -> None:
        """A thin link ends what it is at first: it is said at once that it will."""
        is_stick = self._is_stick
        self._say(lambda: self._texts(_STOPPING_STICK if is_stick else _STOPPING))
        has_keyboard = self.window().focusWidget() is self._stop
        self._stop.setEnabled(False)
        # Where the keyboard went from it is nowhere that somebody chose.
        self._after_stop = self.window().focusWidget() if has_keyboard else None
        self.stop_wanted.emit()

    def _has_keyboard(self) -> bool:
        """Whether the keyboard is where the end of a run concerns it: who types on another page, or
        reads beside, goes on."""
        focused = self.window().focusWidget()
        if focused is None or not self.isVisible():
            return False
        is_here = self._is_stick and self.isAncestorOf(focused)
        return is_here or focused in (self._stop, self._after_stop)

    def _how_far(self, progress: SyncProgress) -> str:
        if self._is_stick:
            return self._how_far_on_stick(progress)
        said = []
        is_lane = progress.step is SyncStep.LANE  # whose bytes go up and come down
        if is_lane and progress.total_bytes and progress.total_entries > 1:
            said.append(
                self._texts(
                    N_("Adjunto {number} de {total}"),
                    number=progress.done_entries,
                    total=progress.total_entries,
                )
            )
        # Only what moves is told: mostly that is one line, on a small screen too.
        is_coming = not is_lane and progress.total_entries > 0
        if progress.total_bytes and not (is_coming and progress.done_bytes >= progress.total_bytes):
            said.append(
                self._texts(
                    N_("{done} de {total} KB") if is_lane else N_("Subida: {done} de {total} KB"),
                    done=kilobytes(progress.done_bytes),
                    total=kilobytes(progress.total_bytes),
                )
            )
        is_only_sending = progress.step is SyncStep.SEND and bool(said) and not is_coming
        if progress.down and not is_lane and not is_only_sending:
            down = self._texts(N_("Bajada: {down} KB"), down=kilobytes(progress.down))
            if is_coming:
                down += " " + self._texts(
                    N_("(paquete {done} de {total})"),
                    done=progress.done_entries,
                    total=progress.total_entries,
                )
            said.append(down)
        if progress.seconds_left is not None:
            said.append(self._left(progress.seconds_left))
        return " · ".join(said)

    def _how_far_on_stick(self, progress: SyncProgress) -> str:
        if not progress.total_bytes:
            return ""
        said = [
            self._texts(
                N_("{done} de {total} archivos"),
                done=progress.done_entries,
                total=progress.total_entries,
            ),
            self._texts(
                N_("{done} de {total} KB"),
                done=kilobytes(progress.done_bytes),
                total=kilobytes(progress.total_bytes),
            ),
        ]
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

    def _say_amount(self, said: str) -> None:
        self._amount.setText(said)
        self._amount.setVisible(bool(said))

    def _say(self, words: Callable[[], str]) -> None:
        """Head the panel with these words, in whatever language."""
        self._words = words
        self._heading.setText(words())

    def _how_it_ended(self) -> str:
        report, texts = self._report, self._texts
        assert report is not None, "asked for behind a run"
        if report.failure == _NOT_ENROLLED:
            return texts(_NOT_YET)
        if report.is_level and (report.failure is not None or _has_more_later(report)):
            if not report.attachments_left:
                return texts(_ARRIVED)
            return texts.plural(
                N_("Lo escrito ya llegó; queda {count} adjunto por enviar"),
                N_("Lo escrito ya llegó; quedan {count} adjuntos por enviar"),
                report.attachments_left,
            )
        if report.failure is not None:
            if report.failure == _CANCELLED:
                return texts(_STOPPED_UNSURE if self._is_damage_known else _STOPPED)
            return texts(_CUT_UNSURE if self._is_damage_known else _CUT)
        if not self._is_stick:
            return texts(_ENDED)
        if report.spoilt:
            return texts(_SPOILT)
        if report.attachments_left:
            return texts.plural(
                N_("Listo: lleve la memoria; queda {count} adjunto del centro para la próxima vez"),
                N_(
                    "Listo: lleve la memoria; quedan {count} adjuntos del centro para la próxima "
                    "vez"
                ),
                report.attachments_left,
            )
        return texts(_WRITTEN if report.bytes_up else _NOTHING_NEW)

    def _say_report(self) -> None:
        report = self._report
        if report is None:
            return
        is_stick = self._is_stick
        if report.failure is not None:
            why = sentence(report.failure, {}, self._texts)
            if report.is_level and report.failure == _CANCELLED:
                why = self._texts(_LANE_STOPPED)
            # Of a stick it is told beside its button.
            is_told = is_stick or report.failure == self._told_above
            self._say_amount("" if is_told else why)
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
            said.append(self._set_aside(report.set_aside))
        counts = " · ".join(said)
        if is_stick:
            counts = f"{self._texts(_UNTIL)} {counts}"
        self._say_amount(counts)

    def _set_aside(self, count: int) -> str:
        if self._is_stick:
            return self._texts.plural(
                N_("{count} archivo que no se pudo usar"),
                N_("{count} archivos que no se pudieron usar"),
                count,
            )
        return self._texts.plural(
            N_("{count} paquete apartado"), N_("{count} paquetes apartados"), count
        )

    def _retranslate(self) -> None:
        self._steps.retranslate()
        self._say(self._words)
        self._say_report()
        self.stick.retranslate()


def _has_more_later(report: SyncReport) -> bool:
    """Whether something that travels behind the records goes on at the next synchronisation."""
    return report.is_lane_cut or report.attachments_left > 0
