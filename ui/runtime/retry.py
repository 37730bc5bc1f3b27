"""What the machine refused is tried again by itself, for as long as it may go better."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QObject, QTimer

__all__ = ["Retry"]

RETRY_MS: Final = 5_000


class Retry(QTimer):
    """Calls ``again`` every few seconds while it is wanted. GUI thread."""

    def __init__(self, parent: QObject, again: Callable[[], None]) -> None:
        super().__init__(parent)
        self.setInterval(RETRY_MS)
        self.timeout.connect(again)

    def want(self, is_wanted: bool) -> None:
        """Begin to try, or leave it."""
        if is_wanted:
            self.start()
        else:
            self.stop()
