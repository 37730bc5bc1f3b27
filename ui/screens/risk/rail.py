"""Beside what is being filled in: score, warnings, how risk went, and the attachments."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from PySide6.QtCore import Signal, SignalInstance
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.domain.definitions import Definitions
from app.domain.risk import RiskWarning
from app.i18n import N_, NC_
from app.services.risk_models import FvrRow, RiskHistory, ValuationRow
from ui.runtime.text import Texts
from ui.screens.risk.attachments_card import AttachmentsCard
from ui.screens.risk.presenter import RiskPicture
from ui.screens.risk.score_card import ScoreCard
from ui.screens.risk.words import EVOLUTIONS, day_words, instrument_level, own_level
from ui.widgets.pieces import Box, button, card, label

__all__ = ["RiskRail"]

_TARGET: Final = 34
"""What is pressed is at least so high."""

_ADVICE: Final = NC_("safety", "El programa avisa: nunca cambia el nivel. Decide usted.")


_CLOSED: Final = N_(
    "No corresponde a su servicio, y por eso no se ve aquí. Puede valorar el riesgo y adjuntar; "
    "para ver lo de antes, pida acceso en «Equipo»."
)


class RiskRail(QWidget):
    """The column at the right of the page.

    Signals:
        valuation_chosen: the id of a valuation of the history; that of the case for the first one.
        fvr_chosen: the id of a transcription.
    """

    valuation_chosen = Signal(str)
    fvr_chosen = Signal(str)

    def __init__(self, texts: Texts, definitions: Definitions) -> None:
        super().__init__()
        self.setObjectName("page")
        self._texts = texts
        self._definitions = definitions
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 4, 0)
        column.setSpacing(8)
        self.score = ScoreCard(texts, definitions)
        self.score.hide()
        self.warning = Box("warning")
        self.warning.hide()
        self.closed = Box("info")
        self.closed.hide()
        self.attachments = AttachmentsCard(texts)
        column.addWidget(self.score)
        column.addWidget(self.warning)
        column.addWidget(self.closed)
        column.addWidget(self._make_history())
        column.addWidget(self.attachments)
        column.addStretch()

    def show_risk(self, picture: RiskPicture) -> None:
        """Show what the disk holds."""
        if not picture.is_history_closed:
            self._show_warnings(picture.warnings)
        self._show_history(picture.history)
        self._show_closed(picture)
        self.attachments.show_rows(picture.attachments)

    def _show_closed(self, picture: RiskPicture) -> None:
        """Say what of it is not hers who looks: an empty list would say that there is nothing."""
        said = [N_("Cómo fue el riesgo")] * picture.is_history_closed
        said += [N_("Las fotos y los documentos")] * picture.are_attachments_closed
        words = " · ".join(self._texts(one) for one in said)
        self.closed.say(words, self._texts(_CLOSED))
        self.closed.setVisible(bool(said))
        if picture.is_history_closed:
            self._current.setText("")

    def show_nothing(self) -> None:
        """Another case is on its way."""
        self.closed.hide()
        self.score.hide()
        self.warning.hide()
        self._current.setText("")
        self.attachments.show_other_case()
        for list_ in (self._valuations, self._instruments):
            _empty(list_)

    def _make_history(self) -> QWidget:
        frame, column = card(spacing=3, margin=10)
        title = label("strong")
        self._texts.bind(title, "setText", N_("Cómo va el riesgo"))
        self._current = label("heading")
        own = label("muted")
        self._texts.bind(own, "setText", N_("Valoraciones del CEM"))
        official = label("muted")
        self._texts.bind(official, "setText", N_("FVR de la autoridad, copiadas aquí"))
        self._valuations, self._instruments = QVBoxLayout(), QVBoxLayout()
        for list_ in (self._valuations, self._instruments):
            list_.setSpacing(2)
        column.addWidget(title)
        column.addWidget(self._current)
        column.addWidget(own)
        column.addLayout(self._valuations)
        column.addWidget(official)
        column.addLayout(self._instruments)
        return frame

    def _show_warnings(self, found: Iterable[RiskWarning]) -> None:
        said = []
        for one in found:
            because = "; ".join(self._texts(words) for words in one.because)
            words = self._texts(one.text)
            said.append(f"▲ {words} ({because})" if because else f"▲ {words}")
        self.warning.setVisible(bool(said))
        advice = self._texts(_ADVICE)
        self.warning.say(self._texts(N_("Revise el nivel")), "\n".join((*said, advice)))

    def _show_history(self, history: RiskHistory) -> None:
        self._current.setText(
            self._texts(
                NC_("safety", "Nivel que vale hoy: {level}"),
                level=own_level(self._texts, history.current),
            )
        )
        _empty(self._valuations)
        for row in history.valuations:
            self._valuations.addWidget(self._valuation(row))
        _empty(self._instruments)
        for one in history.instruments:
            self._instruments.addWidget(self._fvr(one))
        if not history.instruments:
            none = label()
            none.setText(self._texts(N_("Todavía no se copió ninguna.")))
            self._instruments.addWidget(none)

    def _valuation(self, row: ValuationRow) -> QWidget:
        parts = [day_words(self._texts, row.on), own_level(self._texts, row.level)]
        if row.evolution is not None:
            parts.append(self._texts(EVOLUTIONS[row.evolution]))
        if row.is_first:
            parts.append(self._texts(N_("en la ficha")))
        if row.moment:
            moments = self._definitions.catalogues["momento_valoracion"]
            parts.append(self._texts(moments.label(row.moment)))
        if row.level and not row.has_reason:
            parts.append(self._texts(N_("sin motivo")))
        return self._entry(
            parts,
            row.by,
            is_conflict=row.is_conflict,
            chosen=self.valuation_chosen,
            id_=row.record_id,
        )

    def _fvr(self, row: FvrRow) -> QWidget:
        parts = [
            day_words(self._texts, row.on),
            instrument_level(self._texts, self._definitions, row.level),
        ]
        if row.evolution is not None:
            parts.append(self._texts(EVOLUTIONS[row.evolution]))
        if row.reading.score is not None:
            score = row.reading.score
            parts.append(
                self._texts(
                    N_("{points} de {maximum} puntos"), points=score.points, maximum=score.maximum
                )
            )
            if not score.is_complete:
                parts.append(self._texts(N_("incompleta")))
        if row.reading.is_rehearsal:
            parts.append(self._texts(N_("ensayo")))
        elif row.applied_by:
            whom = self._definitions.catalogues["quien_aplica_fvr"].label(row.applied_by)
            parts.append(self._texts(whom))
        if row.reading.differs:
            parts.append(self._texts(N_("el papel dice otra cosa")))
        return self._entry(
            parts, row.by, is_conflict=row.is_conflict, chosen=self.fvr_chosen, id_=row.record_id
        )

    def _entry(
        self, parts: list[str], by: str, *, is_conflict: bool, chosen: SignalInstance, id_: str
    ) -> QWidget:
        """Return a line of the history: what it says, and the button that opens it."""
        entry = QWidget()
        column = QVBoxLayout(entry)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        words = label()
        if is_conflict:
            parts = [*parts, self._texts(N_("dos equipos no coinciden"))]
        words.setText(" · ".join(one for one in (*parts, by) if one))
        look = button("link")
        look.setMinimumHeight(_TARGET)
        look.setText(self._texts(N_("Abrir")))
        look.setAccessibleName(f"{look.text()}: {words.text()}")
        look.clicked.connect(lambda: chosen.emit(id_))
        column.addWidget(words)
        column.addWidget(look)
        return entry


def _empty(column: QVBoxLayout) -> None:
    while (item := column.takeAt(0)) is not None:
        widget = item.widget()
        if widget is not None:
            widget.hide()
            widget.deleteLater()
