"""What people do reaches a window of the system first: there it is watched."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication, QWindow

__all__ = ["WindowFilter"]


class WindowFilter(QObject):
    """An event filter of every window of the program: of keys, the mouse and touches it sees all.

    One of the whole application would be asked, in Python, for every event of every widget: for a
    page that opens these are tens of thousands, and a sixth of the time until it shows.
    """

    def __init__(self) -> None:
        super().__init__()
        self._is_watching = False

    def watch(self) -> None:
        """Watch every window there is, and from now on each that gets the keyboard. GUI thread."""
        self._is_watching = True
        self._application.focusWindowChanged.connect(self._watch_one)
        self.watch_new()

    def watch_new(self) -> None:
        """Watch the windows that came since and never had the keyboard: a list that hangs open.
        Nothing before :meth:`watch`."""
        if not self._is_watching:
            return
        for window in QGuiApplication.allWindows():
            window.installEventFilter(self)

    def stop_watching(self) -> None:
        """Watch no window any longer."""
        if not self._is_watching:
            return
        self._is_watching = False
        self._application.focusWindowChanged.disconnect(self._watch_one)
        for window in QGuiApplication.allWindows():
            window.removeEventFilter(self)

    @property
    def _application(self) -> QGuiApplication:
        application = QGuiApplication.instance()
        assert isinstance(application, QGuiApplication)
        return application

    def _watch_one(self, window: QWindow | None) -> None:
        if window is not None:
            window.installEventFilter(self)
