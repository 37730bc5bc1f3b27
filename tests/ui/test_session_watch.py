"""The laptop locks when the system says that the person went away; and by itself where nobody says
so. K8 and L4 of the plan of verification: nothing of what was there is left open."""

from __future__ import annotations

import ctypes
import itertools
import os
import select
import shutil
from collections.abc import Callable, Iterator
from ctypes import wintypes
from dataclasses import dataclass
from pathlib import Path

import pytest
from PySide6.QtCore import QByteArray, QCoreApplication
from PySide6.QtDBus import QDBusConnection
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.support.fake_buses import SESSION_PATH, Desktop, bus, desktop_on
from ui.runtime.bus_session import BusSession
from ui.runtime.windows_session import WindowsSession

MANAGER = ("/org/freedesktop/login1", "org.freedesktop.login1.Manager")
SESSION = "org.freedesktop.login1.Session"
SAVER = ("/org/freedesktop/ScreenSaver", "org.freedesktop.ScreenSaver")
needs_bus = pytest.mark.skipif(shutil.which("dbus-daemon") is None, reason="no dbus-daemon")
_numbers = itertools.count()


@dataclass(slots=True)
class Watched:
    """A watch, what the desktop around it says, and how often the watch told."""

    bot: QtBot
    desktop: Desktop
    watch: BusSession
    told: list[None]

    def until_quiet(self) -> None:
        """Wait until all that was said has arrived, and what it made be asked was answered."""
        for _ in range(3):
            asked = len(self.desktop.manager.inhibited)
            probe = BusSession(self.watch._system, None)
            self.bot.waitUntil(
                lambda n=asked: len(self.desktop.manager.inhibited) > n, timeout=60_000
            )
            probe.stop()

    def change(self, **values: bool) -> None:
        """Something changes in the session."""
        self.desktop.change(self.desktop.session, SESSION_PATH, SESSION, **values)

    def lid(self, **values: bool) -> None:
        """Something changes of the power."""
        path = "/org/freedesktop/UPower"
        self.desktop.change(self.desktop.power, path, "org.freedesktop.UPower", **values)


def watched(qtbot: QtBot, address: str, desktop: Desktop) -> Watched:
    connection = QDBusConnection.connectToBus(address, f"watch-{next(_numbers)}")
    watch = BusSession(connection, connection)
    told: list[None] = []
    watch.away.connect(lambda: told.append(None))
    made = Watched(qtbot, desktop, watch, told)
    made.until_quiet()
    return made


@pytest.fixture
def around(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> Iterator[Watched]:
    """A watch on a bus on which a desktop speaks."""
    del qapp
    with bus(tmp_path) as address, desktop_on(address) as desktop:
        made = watched(qtbot, address, desktop)
        assert made.told == []
        yield made
        made.watch.stop()


GOES_AWAY: dict[str, Callable[[Watched], None]] = {
    "sleep": lambda one: one.desktop.say(*MANAGER, "PrepareForSleep", True),
    "lock": lambda one: one.desktop.say(SESSION_PATH, SESSION, "Lock"),
    "locked by the desktop": lambda one: one.change(LockedHint=True),
    "another user": lambda one: one.change(Active=False),
    "lid": lambda one: one.lid(LidIsClosed=True),
    "screen saver": lambda one: one.desktop.say(*SAVER, "ActiveChanged", True),
}
STAYS: dict[str, Callable[[Watched], None]] = {
    "wakes up": lambda one: one.desktop.say(*MANAGER, "PrepareForSleep", False),
    "unlocked": lambda one: one.desktop.say(SESSION_PATH, SESSION, "Unlock"),
    "another session": lambda one: one.desktop.say(SESSION_PATH + "9", SESSION, "Lock"),
    "plugged in": lambda one: one.lid(),
    "idle hint": lambda one: one.change(),
    "screen saver ends": lambda one: one.desktop.say(*SAVER, "ActiveChanged", False),
}


@needs_bus
@pytest.mark.parametrize("goes", GOES_AWAY.values(), ids=GOES_AWAY)
def test_it_is_told_once_the_person_went_away(
    around: Watched, goes: Callable[[Watched], None]
) -> None:
    goes(around)
    around.bot.waitUntil(lambda: around.told == [None], timeout=60_000)


@needs_bus
@pytest.mark.parametrize("stays", STAYS.values(), ids=STAYS)
def test_what_else_the_desktop_says_is_no_reason(
    around: Watched, stays: Callable[[Watched], None]
) -> None:
    stays(around)
    around.until_quiet()
    assert around.told == []


@needs_bus
def test_a_lid_that_was_closed_from_the_start_keeps_nobody_from_work(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path
) -> None:
    del qapp
    with bus(tmp_path) as address, desktop_on(address) as desktop:
        desktop.power.values["LidIsClosed"] = True
        one = watched(qtbot, address, desktop)
        one.lid()
        one.until_quiet()
        assert one.told == []
        one.lid(LidIsClosed=False)
        one.until_quiet()
        one.lid(LidIsClosed=True)
        qtbot.waitUntil(lambda: one.told == [None], timeout=60_000)
        one.watch.stop()


@needs_bus
def test_the_laptop_waits_with_sleeping_until_the_process_has_ended(around: Watched) -> None:
    manager = around.desktop.manager
    assert manager.inhibited[0] == ("sleep", "Qispi", "Guardar", "delay")
    manager.only_theirs()
    around.watch.stop()
    assert not select.select([manager.reads], [], [], 0)[0], "it is held behind the stop"
    os.close(manager.reads)


@needs_bus
def test_behind_the_stop_nothing_is_told(around: Watched) -> None:
    around.watch.stop()
    GOES_AWAY["sleep"](around)
    around.until_quiet()
    assert around.told == []


@needs_bus
@pytest.mark.parametrize("is_there", [True, False], ids=["nobody on the bus", "no bus"])
def test_where_nobody_tells_anything_nothing_is_amiss(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path, is_there: bool
) -> None:
    del qapp, qtbot
    with bus(tmp_path) as address:
        where = address if is_there else f"unix:path={tmp_path}/nowhere"
        connection = QDBusConnection.connectToBus(where, f"watch-{next(_numbers)}")
        assert connection.isConnected() is is_there
        watch = BusSession(connection, None)
        for _ in range(20):
            QCoreApplication.processEvents()
        watch.stop()


@pytest.mark.parametrize(
    ("number", "what", "is_away"),
    [
        (0x02B1, 0x7, True),
        (0x02B1, 0x2, True),
        (0x02B1, 0x4, True),
        (0x02B1, 0x6, True),
        (0x0218, 0x4, True),
        (0x02B1, 0x8, False),  # unlocked
        (0x02B1, 0x1, False),  # the screen is this user's again
        (0x0218, 0x7, False),  # woke up
        (0x0218, 0xA, False),  # the battery
        (0x0100, 0x7, False),  # a key
    ],
)
def test_on_windows_the_messages_of_the_system_are_told_apart(
    qapp: QApplication, number: int, what: int, is_away: bool
) -> None:
    del qapp
    watch, told = WindowsSession(), []
    watch.away.connect(lambda: told.append(None))
    message = wintypes.MSG(message=number, wParam=what)
    for kind in (QByteArray(b"windows_generic_MSG"), QByteArray(b"xcb_generic_event_t")):
        answer = watch.heard.nativeEventFilter(kind, ctypes.addressof(message))
        assert answer == (False, 0), "Qt has it, too"
    watch.stop()
    assert told == ([None] if is_away else [])
