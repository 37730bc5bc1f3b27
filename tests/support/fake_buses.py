"""A bus of its own with what a desktop has on it: systemd-logind, UPower and a screen saver, as
their documentation says that they speak. Real ``dbus-daemon``, real QtDBus on both sides."""

from __future__ import annotations

import itertools
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PySide6.QtCore import ClassInfo, Property, QObject, Slot
from PySide6.QtDBus import (
    QDBusConnection,
    QDBusMessage,
    QDBusObjectPath,
    QDBusUnixFileDescriptor,
)

__all__ = ["SESSION_PATH", "Desktop", "bus", "desktop_on"]

SESSION_PATH = "/org/freedesktop/login1/session/_32"
_CONFIG = """<busconfig><type>session</type><listen>unix:dir={folder}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow user="*"/><allow own="*"/><allow eavesdrop="true"/>
<allow send_destination="*" eavesdrop="true"/></policy>
</busconfig>"""
_numbers = itertools.count()


@ClassInfo({"D-Bus Interface": "org.freedesktop.login1.Manager"})
class _Manager(QObject):
    def __init__(self, knows_session: bool) -> None:
        super().__init__()
        self.inhibited: list[tuple[str, ...]] = []
        self._knows_session = knows_session
        self.reads, self._writes = os.pipe()

    @Slot(str, result=QDBusObjectPath)
    def GetSession(self, name: str) -> QDBusObjectPath:
        assert name == "auto"
        return QDBusObjectPath(SESSION_PATH if self._knows_session else "/nowhere")

    @Slot(str, str, str, str, result=QDBusUnixFileDescriptor)
    def Inhibit(self, what: str, who: str, why: str, mode: str) -> QDBusUnixFileDescriptor:
        self.inhibited.append((what, who, why, mode))
        return QDBusUnixFileDescriptor(self._writes)  # which duplicates it

    def only_theirs(self) -> None:
        """Let go of the own end: ``reads`` can be read once the laptop may sleep."""
        os.close(self._writes)
        self._writes = os.open(os.devnull, os.O_RDONLY)  # for who asks later


@ClassInfo({"D-Bus Interface": "org.freedesktop.login1.Session"})
class _Session(QObject):
    def __init__(self) -> None:
        super().__init__()
        self.values = {"Active": True, "LockedHint": False}

    Active = Property(bool, lambda self: self.values["Active"])
    LockedHint = Property(bool, lambda self: self.values["LockedHint"])


@ClassInfo({"D-Bus Interface": "org.freedesktop.UPower"})
class _Power(QObject):
    def __init__(self) -> None:
        super().__init__()
        self.values = {"LidIsClosed": False}

    LidIsClosed = Property(bool, lambda self: self.values["LidIsClosed"])


class Desktop:
    """What a desktop says on the bus."""

    def __init__(self, connection: QDBusConnection, knows_session: bool) -> None:
        self.connection = connection
        self.manager, self.session, self.power = _Manager(knows_session), _Session(), _Power()
        everything = (
            QDBusConnection.RegisterOption.ExportAllSlots
            | QDBusConnection.RegisterOption.ExportAllProperties
        )
        for name in ("login1", "UPower", "ScreenSaver"):
            assert connection.registerService(f"org.freedesktop.{name}")
        for path, one in (
            ("/org/freedesktop/login1", self.manager),
            (SESSION_PATH, self.session),
            ("/org/freedesktop/UPower", self.power),
        ):
            assert connection.registerObject(path, one, everything)

    def say(self, path: str, interface: str, name: str, *arguments: Any) -> None:
        """Send a signal."""
        message = QDBusMessage.createSignal(path, interface, name)
        message.setArguments(list(arguments))
        assert self.connection.send(message)

    def change(self, one: QObject, path: str, interface: str, **values: bool) -> None:
        """Change properties, and say so as a service says it."""
        one.values.update(values)  # type: ignore[attr-defined]
        self.say(
            path, "org.freedesktop.DBus.Properties", "PropertiesChanged", interface, values, []
        )


@contextmanager
def bus(folder: Path) -> Iterator[str]:
    """Give the address of a bus on which nobody is."""
    config = folder / "bus.conf"
    config.write_text(_CONFIG.format(folder=folder))
    with subprocess.Popen(
        ["dbus-daemon", f"--config-file={config}", "--print-address", "--nofork"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as daemon:
        assert daemon.stdout is not None
        try:
            yield daemon.stdout.readline().strip()
        finally:
            daemon.terminate()


@contextmanager
def desktop_on(address: str, *, knows_session: bool = True) -> Iterator[Desktop]:
    """Give a desktop that speaks on a bus."""
    name = f"desktop-{next(_numbers)}"
    connection = QDBusConnection.connectToBus(address, name)
    assert connection.isConnected()
    try:
        yield Desktop(connection, knows_session)
    finally:
        QDBusConnection.disconnectFromBus(name)
