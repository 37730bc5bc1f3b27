"""Windows: the session was locked or left, or the laptop goes to sleep, by the messages that the
system sends to the window."""

from __future__ import annotations

import ctypes
import sys
from ctypes import wintypes
from typing import Final

from PySide6.QtCore import QAbstractNativeEventFilter, QByteArray, QCoreApplication, QObject, Signal
from PySide6.QtWidgets import QWidget

__all__ = ["WindowsSession"]

_MESSAGES: Final = frozenset({b"windows_generic_MSG", b"windows_dispatcher_MSG"})

_WM_POWERBROADCAST: Final = 0x0218
_WM_WTSSESSION_CHANGE: Final = 0x02B1
_AWAY: Final = frozenset(
    {
        (_WM_POWERBROADCAST, 0x4),  # PBT_APMSUSPEND
        (_WM_WTSSESSION_CHANGE, 0x2),  # WTS_CONSOLE_DISCONNECT: another user took the screen
        (_WM_WTSSESSION_CHANGE, 0x4),  # WTS_REMOTE_DISCONNECT
        (_WM_WTSSESSION_CHANGE, 0x6),  # WTS_SESSION_LOGOFF
        (_WM_WTSSESSION_CHANGE, 0x7),  # WTS_SESSION_LOCK
    }
)
_NOTIFY_FOR_THIS_SESSION: Final = 0


class WindowsSession(QObject):
    """Watches from its making until :meth:`stop`. GUI thread.

    Signals:
        away: the session was locked or left, or the laptop goes to sleep. At once, within the
            system's own message: Windows waits for no one else.
    """

    away = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.heard = _Messages(self)
        application = QCoreApplication.instance()
        assert application is not None
        application.installNativeEventFilter(self.heard)

    @classmethod
    def over(cls, window: QWidget) -> WindowsSession:  # untried: no Windows was at hand
        """Return the watch that hears the messages of this window."""
        if sys.platform == "win32":
            # What is refused is left: the idle lock is there.
            ctypes.WinDLL("wtsapi32").WTSRegisterSessionNotification(
                wintypes.HWND(int(window.winId())), _NOTIFY_FOR_THIS_SESSION
            )
        return cls()

    def stop(self) -> None:
        """Tell no longer."""
        application = QCoreApplication.instance()
        if application is not None:
            application.removeNativeEventFilter(self.heard)

    def hear(self, kind: bytes, address: int) -> None:
        """Look at a native message of the system, which lies at this address."""
        if kind not in _MESSAGES:
            return
        message = wintypes.MSG.from_address(address)
        if (message.message, message.wParam) in _AWAY:
            self.away.emit()


class _Messages(QAbstractNativeEventFilter):
    def __init__(self, session: WindowsSession) -> None:
        super().__init__()
        self._session = session

    def nativeEventFilter(
        self, kind: QByteArray | bytes | bytearray | memoryview, message: int
    ) -> object:
        """Override QAbstractNativeEventFilter::nativeEventFilter: nothing is swallowed."""
        said = kind.data() if isinstance(kind, QByteArray) else kind
        self._session.hear(bytes(said), int(message))
        return False, 0
