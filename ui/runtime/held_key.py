"""A key that does one thing when it is pressed and another when it is held for seconds."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent

from ui.runtime.window_filter import WindowFilter

__all__ = ["HELD_MS", "HeldKey"]

HELD_MS: Final = 3_000
"""So long nobody holds a key by chance."""

_KEY: Final = Qt.Key.Key_F12
_WITH: Final = Qt.KeyboardModifier.ControlModifier


class HeldKey(WindowFilter):
    """Ctrl+F12, in whichever window has the keyboard.

    Signals:
        pressed: it was pressed just now.
        released: it was let go before its time, or the window lost the keyboard.
        held: it was held all the time. Behind it nothing more is told.
    """

    pressed = Signal()
    released = Signal()
    held = Signal()

    def __init__(self, *, held_ms: int = HELD_MS) -> None:
        super().__init__()
        self._is_down = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(held_ms)
        self._timer.timeout.connect(self._hold)
        self.watch()
        self._application.applicationStateChanged.connect(self._look)

    def stop(self) -> None:
        """Watch no longer."""
        self._timer.stop()
        self._is_down = False
        self.stop_watching()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Override QObject::eventFilter: the key itself reaches nobody else."""
        del watched
        if not isinstance(event, QKeyEvent) or event.key() not in (_KEY, Qt.Key.Key_Control):
            return False
        is_it = event.key() == _KEY and event.modifiers() == _WITH
        # As it is held, a keyboard sends the key again and again, on X11 its release, too.
        if event.type() == QEvent.Type.KeyRelease and not event.isAutoRepeat():
            self._let_go()
        elif event.type() == QEvent.Type.KeyPress and is_it and not event.isAutoRepeat():
            self._press()
        return is_it or (self._is_down and event.key() == _KEY)

    def _press(self) -> None:
        if not self._is_down:
            self._is_down = True
            self._timer.start()
            self.pressed.emit()

    def _let_go(self) -> None:
        if self._is_down:
            self._is_down = False
            self._timer.stop()
            self.released.emit()

    def _look(self, state: Qt.ApplicationState) -> None:
        if state is not Qt.ApplicationState.ApplicationActive:
            self._let_go()

    def _hold(self) -> None:
        if self._is_down:
            self._is_down = False
            self.held.emit()
