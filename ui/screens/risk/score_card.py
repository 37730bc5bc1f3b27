"""What a transcription scores, in words and on a gauge; an open sheet is never just called mild."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.domain.definitions import Definitions
from app.domain.instrument import Instrument, Score
from app.i18n import N_, NC_
from app.services import risk
from app.services.messages import sentence
from app.services.risk_models import FvrReading
from ui.runtime.text import Texts
from ui.screens.risk.gauge import Gauge
from ui.screens.risk.words import instrument_level
from ui.widgets.pieces import Box, card, label

__all__ = ["ScoreCard"]


class ScoreCard(QWidget):
    """The score of the transcription that is open."""

    def __init__(self, texts: Texts, definitions: Definitions) -> None:
        super().__init__()
        self._texts = texts
        self._definitions = definitions
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(8)
        frame, column = card(spacing=3, margin=10)
        self._title = label("strong")
        self._points = label("title")
        self._level = label("heading")
        self._gauge = Gauge()
        self._open = label()
        self._why_title = label("strong")
        self._why = label("muted")
        for one in (
            self._title, self._points, self._level, self._gauge, self._open, self._why_title,
            self._why,
        ):  # fmt: skip
            column.addWidget(one)
        self._remark = Box("warning")
        whole.addWidget(frame)
        whole.addWidget(self._remark)

    @property
    def words(self) -> str:
        """Everything it says, for a screen reader and for tests."""
        shown = (self._title, self._points, self._level, self._open, self._why_title, self._why)
        return " ".join(one.text() for one in shown if not one.isHidden())

    @property
    def remarks(self) -> str:
        """What it says does not fit; empty when nothing does."""
        return "" if self._remark.isHidden() else self._remark.accessibleName()

    def show_reading(self, instrument: Instrument | None, reading: FvrReading) -> None:
        """Show what a transcription says by now."""
        self._show_remarks(reading)
        score = reading.score
        for one in (self._points, self._gauge, self._open, self._why_title, self._why):
            one.setVisible(score is not None)
        if instrument is None or score is None:
            self._show_paper(instrument, reading)
            return
        self._title.setText(
            self._texts(N_("Ensayo: puntaje hasta ahora"))
            if reading.is_rehearsal
            else self._texts(N_("Puntaje de la copia"))
        )
        self._points.setText(
            self._texts(N_("{points} de {maximum}"), points=score.points, maximum=score.maximum)
        )
        self._level.setText(self._level_words(score))
        self._gauge.show_score(instrument, score, dict(self._definitions.risk.instrument_levels))
        self._open.setText(self._open_words(score))
        self._why_title.setText(self._texts(N_("Por qué este puntaje")))
        self._why.setText(self._why_words(score))
        self.setAccessibleName(self.words)

    def _show_paper(self, instrument: Instrument | None, reading: FvrReading) -> None:
        self._title.setText(self._texts(N_("Resultado")))
        if instrument is None:
            self._level.setText(self._texts(N_("Elija el instrumento.")))
        else:
            self._level.setText(instrument_level(self._texts, self._definitions, reading.gravest))
        self.setAccessibleName(self.words)

    def _show_remarks(self, reading: FvrReading) -> None:
        said = " ".join(sentence(one, {}, self._texts) for one in risk.remarks_of(reading))
        self._remark.setVisible(bool(said))
        self._remark.say("", said)

    def _level_words(self, score: Score) -> str:
        first = instrument_level(self._texts, self._definitions, score.level)
        if not score.may_reach_another_level:
            return first
        last = instrument_level(self._texts, self._definitions, score.highest_level)
        return self._texts(
            NC_("safety", "Puede llegar a {highest}. Por ahora, al menos {level}."),
            highest=last,
            level=first,
        )

    def _open_words(self, score: Score) -> str:
        said = []
        if score.unanswered:
            said.append(
                self._texts.plural(
                    N_("Falta {count} pregunta: el puntaje solo puede subir."),
                    N_("Faltan {count} preguntas: el puntaje solo puede subir."),
                    len(score.unanswered),
                )
            )
        if score.not_known:
            said.append(
                self._texts.plural(
                    N_("{count} respuesta no se sabe: no es «no» y puede subir el puntaje."),
                    N_("{count} respuestas no se saben: no son «no» y pueden subir el puntaje."),
                    len(score.not_known),
                )
            )
        return " ".join(said) or self._texts(N_("No falta ninguna pregunta."))

    def _why_words(self, score: Score) -> str:
        if not score.reasons:
            return self._texts(N_("Ninguna respuesta suma todavía."))
        return "\n".join(
            f"+{one.points}  {one.number}. {self._texts(one.text)}" for one in score.reasons
        )
