"""What was copied in here does not stay in the clipboard: it goes after twenty seconds, and when
the laptop is locked or left."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QGuiApplication

__all__ = ["STAYS_MS", "ClipboardGuard"]

STAYS_MS: Final = 20_000
"""Long enough to paste it where it was copied for."""


class ClipboardGuard(QObject):
    """Watches from its making until :meth:`stop`. GUI thread. What other programs put there is
    theirs and stays."""

    def __init__(self, *, stays_ms: int = STAYS_MS) -> None:
        super().__init__()
        self._clipboard = QGuiApplication.clipboard()
        self._clipboard.dataChanged.connect(self._look)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(stays_ms)
        self._timer.timeout.connect(self._clear)
        self._look()

    def stop(self) -> None:
        """Watch no longer; what is in there of this program goes at once."""
        self._clipboard.dataChanged.disconnect(self._look)
        self._timer.stop()
        self._clear()

    def _look(self) -> None:
        if self._clipboard.ownsClipboard() and self._clipboard.text():
            self._timer.start()
        else:
            self._timer.stop()

    def _clear(self) -> None:
        if self._clipboard.ownsClipboard():
            self._clipboard.clear()
