"""Locks when nobody has touched the laptop for a while, after it slept, and after a day's work."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QEvent, QObject, QTimer, Signal

from ui.runtime.window_filter import WindowFilter

__all__ = ["IdleLock"]

TICK_MS: Final = 5_000
SLEPT_MS: Final = 30_000
"""A tick that comes this late means that the laptop slept or its lid was closed."""

OPEN_MS_MAX: Final = 8 * 60 * 60_000
"""So long nobody works without a pause: something touches it that is nobody."""

_TOUCHES: Final = frozenset(
    {
        QEvent.Type.KeyPress,
        QEvent.Type.MouseButtonPress,
        QEvent.Type.MouseMove,
        QEvent.Type.Wheel,
        QEvent.Type.TouchBegin,
    }
)


class IdleLock(WindowFilter):
    """Watches every window, from :meth:`watch` on.

    Signals:
        due: lock now.
        minutes_left: whole minutes until then, when the number changes.
    """

    due = Signal()
    minutes_left = Signal(int)

    def __init__(self, idle_minutes: int, now_ms: Callable[[], int]) -> None:
        super().__init__()
        self._limit_ms = idle_minutes * 60_000
        self._now_ms = now_ms
        self._touched_ms = self._ticked_ms = now_ms()
        self._open_ms = 0
        self._shown = -1
        self._timer = QTimer(self)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self.tick)
        self._timer.start()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Override QObject::eventFilter: any touch puts the clock back; nothing is swallowed."""
        del watched
        if event.type() in _TOUCHES:
            self._touched_ms = self._now_ms()
        return False

    def stop(self) -> None:
        """Watch no longer."""
        self._timer.stop()
        self.stop_watching()

    def tick(self) -> None:
        """Look whether it is time."""
        self.watch_new()
        now = self._now_ms()
        # A clock that was put back says nothing of how long nobody was here: counted from now, it
        # never adds to the minutes.
        self._touched_ms = min(self._touched_ms, now)
        self._open_ms += max(0, now - self._ticked_ms)
        slept = now - self._ticked_ms > SLEPT_MS + TICK_MS
        self._ticked_ms = now
        left_ms = min(self._limit_ms - (now - self._touched_ms), OPEN_MS_MAX - self._open_ms)
        if slept or left_ms <= 0:
            self._timer.stop()
            self.due.emit()
            return
        minutes = -(-left_ms // 60_000)
        if minutes != self._shown:
            self._shown = minutes
            self.minutes_left.emit(minutes)
