"""The line at the foot: synchronisation in a sentence, what is saved, when the program locks."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy

from app.i18n import N_
from ui.runtime.text import Texts
from ui.widgets.pieces import label, set_tip

__all__ = ["StatusBar"]


class _Sentence(QLabel):
    """The status sentence: where it has no room the middle gives way, since the state stands at its
    beginning and what waits at its end. The tool tip and the screen reader have it whole."""

    def __init__(self) -> None:
        super().__init__()
        self._said = ""
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setMinimumWidth(80)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def say(self, said: str) -> None:
        """Say this."""
        self._said = said
        set_tip(self, said)
        self.setAccessibleName(said)
        self._shorten()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Override QWidget::resizeEvent."""
        super().resizeEvent(event)
        self._shorten()

    def _shorten(self) -> None:
        elide = Qt.TextElideMode.ElideMiddle
        self.setText(self.fontMetrics().elidedText(self._said, elide, self.width()))


class StatusBar(QFrame):
    """The line; it says its words again when the language changes."""

    def __init__(self, texts: Texts) -> None:
        super().__init__()
        self.setObjectName("statusbar")
        self._texts = texts
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 4, 12, 4)
        row.setSpacing(12)
        self._status = _Sentence()
        self._saved = label("muted", wraps=False)
        self._lock_left = label("muted", wraps=False)
        row.addWidget(self._status, 1)
        row.addWidget(self._saved)
        row.addWidget(self._lock_left)
        self._minutes = -1
        texts.changed.connect(self._say_minutes)

    @property
    def saved_words(self) -> str:
        """What it says of saving."""
        return self._saved.text()

    def show_status(self, said: str) -> None:
        """Say how synchronisation stands."""
        self._status.say(said)

    def show_saved(self, said: str) -> None:
        """Say what is on the disk."""
        self._saved.setText(said)

    def show_all_saved(self, time: str, *, is_practice: bool) -> None:
        """Say that everything typed is on the disk since then; in practice nothing ever is, and the
        sentence beside it says so."""
        said = self._texts(N_("Todo guardado en este equipo · {time}"), time=time)
        self.show_saved("" if is_practice else said)

    def show_minutes(self, minutes: int) -> None:
        """Say when the program locks itself."""
        self._minutes = minutes
        self._say_minutes()

    def _say_minutes(self) -> None:
        if self._minutes >= 0:
            said = N_("Se bloquea sola en {count} min")
            self._lock_left.setText(self._texts(said, count=self._minutes))
