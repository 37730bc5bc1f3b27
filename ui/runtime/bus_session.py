"""Linux: who is in front of the screen, by the D-Bus of systemd-logind, UPower and screen savers.

Every call is asked and answered later: a bus that hangs holds nothing up. A service, or a whole
bus, that is not there tells nothing, and that is all.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Final

from PySide6.QtCore import SLOT, QObject, Signal, Slot
from PySide6.QtDBus import (
    QDBusConnection,
    QDBusMessage,
    QDBusObjectPath,
    QDBusPendingCallWatcher,
    QDBusVariant,
)

__all__ = ["BusSession"]

_LOGIND: Final = "org.freedesktop.login1"
_LOGIND_PATH: Final = "/org/freedesktop/login1"
_MANAGER: Final = "org.freedesktop.login1.Manager"
_SESSION: Final = "org.freedesktop.login1.Session"
_UPOWER: Final = "org.freedesktop.UPower"
_UPOWER_PATH: Final = "/org/freedesktop/UPower"
_PROPERTIES: Final = "org.freedesktop.DBus.Properties"

_HERE: Final = {"Active": True, "LockedHint": False, "LidIsClosed": False}
"""What each property is while somebody may be in front of the screen."""

_SAVERS: Final = tuple(
    f"org.{desktop}.ScreenSaver" for desktop in ("freedesktop", "gnome", "mate", "cinnamon", "xfce")
)

_SESSION_BUS: Final = "DBUS_SESSION_BUS_ADDRESS"


class BusSession(QObject):
    """Watches from its making until :meth:`stop`. GUI thread.

    Signals:
        away: the session was locked or left, the lid closed, or the laptop goes to sleep.
    """

    away = Signal()

    def __init__(self, system: QDBusConnection, user: QDBusConnection | None) -> None:
        """``system`` and ``user`` are the two buses; the second may be missing."""
        super().__init__()
        self._system = system
        self._is_watching = True
        self._was: dict[str, object] = {}
        self._waiting: set[QDBusPendingCallWatcher] = set()
        self._keeps_awake: object = None
        self._paths = {"LidIsClosed": (_UPOWER, _UPOWER_PATH, _UPOWER)}
        self._listen(
            system, _LOGIND, _LOGIND_PATH, _MANAGER, "PrepareForSleep", "_flag(QDBusMessage)"
        )
        self._listen(system, _UPOWER, _UPOWER_PATH, _PROPERTIES, "PropertiesChanged", "_look()")
        for name in _SAVERS:
            path = "/" + name.replace(".", "/")
            if user is not None:
                self._listen(user, name, path, name, "ActiveChanged", "_flag(QDBusMessage)")
        self._ask(_LOGIND, _LOGIND_PATH, _MANAGER, "GetSession", ["auto"], self._session_found)
        # The lock is done before the laptop sleeps: it waits until this process has ended, or for
        # some seconds. Whoever lists what waits reads the words: they say nothing.
        words = ["sleep", "Qispi", "Guardar", "delay"]
        self._ask(_LOGIND, _LOGIND_PATH, _MANAGER, "Inhibit", words, self._keep)
        self._look()

    @classmethod
    def of_this_user(cls) -> BusSession:
        """Return the watch over the buses of this computer and this user."""
        # Where no bus of the user is named, asking for it would start one.
        user = QDBusConnection.sessionBus() if os.environ.get(_SESSION_BUS) else None
        return cls(QDBusConnection.systemBus(), user)

    def stop(self) -> None:
        """Tell no longer. The laptop is still kept from sleeping: until the process has ended."""
        self._is_watching = False

    # What the buses tell.

    @Slot(QDBusMessage)
    def _flag(self, message: QDBusMessage) -> None:
        """Of what says by its one argument whether it begins or ends."""
        if message.arguments()[:1] == [True]:
            self._tell()

    @Slot()
    def _tell(self) -> None:
        if self._is_watching:
            self.away.emit()

    @Slot()
    def _look(self) -> None:
        """Something changed: see what it is now, which is less to misread than the message."""
        for name, (service, path, interface) in self._paths.items():

            def seen(answer: object, name: str = name) -> None:
                self._seen(name, answer)

            self._ask(service, path, _PROPERTIES, "Get", [interface, name], seen)

    def _seen(self, name: str, answer: object) -> None:
        value = answer.variant() if isinstance(answer, QDBusVariant) else answer
        before = self._was.get(name)
        self._was[name] = value
        # Only what became so: a lid that stays closed beside a large screen keeps nobody from work.
        if before == _HERE[name] and value == (not _HERE[name]):
            self._tell()

    def _session_found(self, answer: object) -> None:
        path = answer.path() if isinstance(answer, QDBusObjectPath) else str(answer)
        for name in ("Active", "LockedHint"):
            self._paths[name] = (_LOGIND, path, _SESSION)
        self._listen(self._system, _LOGIND, path, _SESSION, "Lock", "_tell()")
        self._listen(self._system, _LOGIND, path, _PROPERTIES, "PropertiesChanged", "_look()")
        self._look()

    def _keep(self, answer: object) -> None:
        """Hold what keeps the laptop awake: letting go of it is the end of the process."""
        self._keeps_awake = answer

    # The buses.

    def _listen(
        self, bus: QDBusConnection, service: str, path: str, interface: str, name: str, slot: str
    ) -> None:
        # The stub wants bytes; the binding takes text alone.
        bus.connect(service, path, interface, name, self, SLOT(slot))  # type: ignore[call-overload]

    def _ask(
        self,
        service: str,
        path: str,
        interface: str,
        method: str,
        arguments: list[str],
        done: Callable[[object], None],
    ) -> None:
        """Ask; ``done`` has the answer, if one comes."""
        call = QDBusMessage.createMethodCall(service, path, interface, method)
        call.setArguments(arguments)
        watcher = QDBusPendingCallWatcher(self._system.asyncCall(call))

        def answered(_: object) -> None:
            self._waiting.discard(watcher)
            answer = watcher.reply()
            if answer.type() is QDBusMessage.MessageType.ReplyMessage:
                done(answer.arguments()[0])

        watcher.finished.connect(answered)
        self._waiting.add(watcher)
