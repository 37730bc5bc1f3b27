"""Once an hour of work, what was typed is sealed into a batch, though no network is near.

A sealed batch stands in a second file beside the database, and a damaged database is made anew from
it: what can be lost is then the work of an hour. Nothing shows; it costs some milliseconds on the
storage thread, between two saves.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QObject, QTimer

from ui.runtime.task_runner import TaskRunner

__all__ = ["HourlySeal"]

HOUR_MS: Final = 60 * 60_000


class HourlySeal(QObject):
    """Runs from its making until :meth:`stop`. GUI thread."""

    def __init__(
        self, runner: TaskRunner, seal: Callable[[], int], *, every_ms: int = HOUR_MS
    ) -> None:
        """``seal`` makes one batch on the storage thread, and returns 0 when nothing waits."""
        super().__init__()
        self._runner = runner
        self._seal = seal
        self._timer = QTimer(self)
        self._timer.setInterval(every_ms)
        self._timer.timeout.connect(self._ask)
        self._timer.start()

    def stop(self) -> None:
        """Begin nothing more: the vault is about to close."""
        self._timer.stop()

    def _ask(self) -> None:
        # What the disk refuses is tried again in an hour, and at every synchronisation.
        self._runner.ask(self._seal, self._sealed, lambda _: None)

    def _sealed(self, count: int) -> None:
        if count and self._timer.isActive():
            self._ask()
