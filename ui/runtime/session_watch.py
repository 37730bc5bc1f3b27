"""Whether the person went away from the laptop, as the system tells it: it was locked, somebody
else took the screen, it goes to sleep, the lid was closed.

Without it the program locks all the same, by the minutes and by the clock that jumped
(:mod:`ui.runtime.idle_lock`): what the system does not tell is no fault.
"""

from __future__ import annotations

import sys
from typing import Protocol

from PySide6.QtCore import SignalInstance
from PySide6.QtWidgets import QWidget

__all__ = ["SessionWatch", "watch_session"]


class SessionWatch(Protocol):
    """Tells once or more often. GUI thread."""

    @property
    def away(self) -> SignalInstance:
        """Emitted when nobody is in front of the screen any more."""

    def stop(self) -> None:
        """Tell no longer: the vault closes. The system is kept from sleeping until the process has
        ended, where it lets itself be kept."""


def watch_session(window: QWidget) -> SessionWatch | None:
    """Return what watches on this system, or None where nothing does. GUI thread; ``window`` is the
    one that shows."""
    # Here, not above: the lock screen must not wait for either.
    if sys.platform == "win32":
        from ui.runtime.windows_session import WindowsSession

        return WindowsSession.over(window)
    if sys.platform == "linux":
        from ui.runtime.bus_session import BusSession

        return BusSession.of_this_user()
    return None
