"""The stick: what it is for, the button that asks where it is, and how it went the last time."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.i18n import N_
from app.services.messages import sentence
from app.services.read_models import SyncReport
from ui.runtime.text import Texts
from ui.widgets.file_dialog import ask_folder
from ui.widgets.pieces import button, label

__all__ = ["StickPart"]

_ENDED: Final = N_(
    "{time} · La memoria quedó lista: expúlsela y llévela al otro equipo, o vuelva a pasarla por "
    "aquí cuando regrese."
)
_ENDED_IN_PART: Final = N_("{time} · Expulse la memoria y llévela al otro equipo. {left}")
_SPOILT: Final = N_(
    "{time} · Lo demás se leyó y se escribió. Expulse la memoria, pásela por el equipo de donde "
    "vino, que escribe otra vez lo que falta, y tráigala de nuevo aquí."
)
_CUT: Final = N_("{time} · La memoria no quedó completa. {why}")
"""What happened says itself what to do about it."""
_NOT_USED: Final = frozenset({"stick_is_laptop", "stick_gone", "sync_not_enrolled"})
"""Where there was no stick, or is none any more, nothing is said of how it is."""
_STOPPED: Final = N_(
    "{time} · Se detuvo: la memoria no quedó completa. Lo que se leyó y se escribió queda. Vuelva "
    "a pasarla."
)


class StickPart(QWidget):
    """The part.

    Signals:
        wanted: a stick should be used.
        chosen: carries the folder of a stick, as a Path.
    """

    wanted = Signal()
    chosen = Signal(object)

    def __init__(self, texts: Texts) -> None:
        super().__init__()
        self._texts = texts
        self._went: tuple[SyncReport, int] | None = None
        foot = QVBoxLayout(self)
        foot.setContentsMargins(8, 2, 8, 2)
        foot.setSpacing(3)
        heading = label("heading")
        texts.bind(heading, "setText", N_("¿Sin internet? Use una memoria USB"))
        self._explained = label()
        texts.bind(
            self._explained,
            "setText",
            N_(
                "Lleva los cambios cifrados a otro equipo del centro y trae los suyos. "
                "Nadie más puede abrirlos."
            ),
        )
        self.choose = button("", "usb")
        texts.bind(self.choose, "setText", N_("Elegir la memoria USB…"))
        self.choose.clicked.connect(self.wanted)
        self.said = label()
        self.said.hide()
        foot.addWidget(heading)
        foot.addWidget(self._explained)
        foot.addWidget(self.said)
        foot.addWidget(self.choose, 0, Qt.AlignmentFlag.AlignLeft)

    def ask(self) -> None:
        """Ask where the stick is."""
        texts = self._texts
        ask_folder(
            self, texts(N_("Elija la memoria USB")), texts(N_("Usar esta")), self.chosen.emit
        )

    def begin(self) -> None:
        """A run begins, of whatever kind: the room of the words is for how far it is."""
        self.choose.setEnabled(False)
        self._explained.hide()

    def end(self) -> None:
        """A run ended, of whatever kind. Whoever used a stick knows what it is for."""
        self.choose.setEnabled(True)
        self._explained.setVisible(self._went is None)

    def tell(self, report: SyncReport, at_ms: int) -> None:
        """A stick was used at a time: how it went stays said until the next one."""
        self._went = (report, at_ms)
        self.retranslate()

    def retranslate(self) -> None:
        """Say it in the language of now."""
        if self._went is None:
            return
        report, at_ms = self._went
        time = self._texts.language.format_datetime_ms(at_ms)
        if report.failure is None:
            said = f"{self._how_it_went(report, time)} {self._brought(report)}"
        elif report.failure == "sync_cancelled":
            said = self._texts(_STOPPED, time=time)
        else:
            why = sentence(report.failure, {}, self._texts)
            is_used = report.failure not in _NOT_USED
            said = self._texts(_CUT, time=time, why=why) if is_used else f"{time} · {why}"
        self.said.setText(said)
        self._explained.hide()
        self.said.show()

    def _brought(self, report: SyncReport) -> str:
        count = self._texts.plural(
            N_("Se recibió {count} cambio"),
            N_("Se recibieron {count} cambios"),
            report.changes_received,
        )
        return f"{count}."

    def _how_it_went(self, report: SyncReport, time: str) -> str:
        if not report.attachments_left:
            return self._texts(_SPOILT if report.spoilt else _ENDED, time=time)
        # A visit leaves so many that it ends within minutes.
        left = self._texts.plural(
            N_(
                "{count} adjunto del centro (quizá la región ya lo tiene) no entró en esta visita: "
                "va la próxima vez que pase esta memoria por aquí."
            ),
            N_(
                "{count} adjuntos del centro (de todos, también los que la región ya tiene) no "
                "entraron en esta visita: van la próxima vez que pase esta memoria por aquí."
            ),
            report.attachments_left,
        )
        if report.spoilt:
            return f"{self._texts(_SPOILT, time=time)} {left}"
        return self._texts(_ENDED_IN_PART, time=time, left=left)
