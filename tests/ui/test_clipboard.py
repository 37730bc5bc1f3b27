"""What was copied in the program is in no clipboard behind its time, behind the lock and behind the
end, and what others copied stays. L10."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QMimeData, QObject, Signal
from PySide6.QtGui import QClipboard
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from app.bootstrap import LaptopDoor, workplace_of
from app.settings import Settings
from tests.support.stations import set_up
from ui.application import EXIT_LOCK, EXIT_QUICKLY, MainWindow
from ui.runtime.clipboard_guard import STAYS_MS, UNRECORDED, ClipboardGuard
from ui.runtime.task_runner import TaskRunner
from ui.runtime.text import Texts

NAME = "Nantu Tsamajain"
HERE, MARKED = QClipboard.Mode.Clipboard, QClipboard.Mode.Selection
MODES = pytest.mark.parametrize("mode", [HERE, MARKED])


class Shared(QObject):
    """A clipboard of a system with X11, and who put there what lies in its two places."""

    changed = Signal(QClipboard.Mode)

    def __init__(self) -> None:
        super().__init__()
        self._data: dict[QClipboard.Mode, QMimeData] = {}
        self._is_ours: dict[QClipboard.Mode, bool] = {}

    def supportsSelection(self) -> bool:
        return True

    def ownsClipboard(self) -> bool:
        return self._is_ours.get(HERE, False)

    def ownsSelection(self) -> bool:
        return self._is_ours.get(MARKED, False)

    def mimeData(self, mode: QClipboard.Mode) -> QMimeData | None:
        return self._data.get(mode)

    def setMimeData(self, data: QMimeData, mode: QClipboard.Mode) -> None:
        self._put(data, mode, is_ours=True)

    def clear(self, mode: QClipboard.Mode) -> None:
        self._put(QMimeData(), mode, is_ours=True)

    # What the test does.

    def copied(self, text: str, mode: QClipboard.Mode) -> None:
        """Somebody copied it in the program."""
        self._put(_text(text), mode, is_ours=True)

    def copied_elsewhere(self, text: str, mode: QClipboard.Mode) -> None:
        """Another program put it there, by itself or because it keeps a history."""
        self._put(_text(text), mode, is_ours=False)

    def text(self, mode: QClipboard.Mode) -> str:
        data = self._data.get(mode)
        return data.text() if data is not None else ""

    def _put(self, data: QMimeData, mode: QClipboard.Mode, *, is_ours: bool) -> None:
        self._data[mode] = data
        self._is_ours[mode] = is_ours
        self.changed.emit(mode)


def _text(text: str) -> QMimeData:
    data = QMimeData()
    data.setText(text)
    return data


@pytest.fixture
def shared(qapp: QApplication) -> Shared:
    del qapp
    return Shared()


@MODES
def test_what_was_copied_or_marked_goes_after_its_time(
    shared: Shared, mode: QClipboard.Mode, qtbot: QtBot
) -> None:
    """(L10) Control: while nobody watches it stays"""
    assert STAYS_MS == 20_000
    guard = ClipboardGuard(shared, stays_ms=50)
    shared.copied(NAME, mode)
    assert shared.text(mode) == NAME, "it can be pasted"
    qtbot.waitUntil(lambda: shared.text(mode) == "", timeout=60_000)
    guard.stop()
    shared.copied(NAME, mode)
    qtbot.wait(200)
    assert shared.text(mode) == NAME, "the control: nobody watches"


@MODES
def test_what_a_history_of_the_clipboard_took_over_goes_too(
    shared: Shared, mode: QClipboard.Mode
) -> None:
    """(L10) Control: the same text goes from nowhere when it was not copied in here"""
    guard = ClipboardGuard(shared)
    shared.copied_elsewhere(NAME, mode)
    guard.stop()
    assert shared.text(mode) == NAME, "the control"
    guard = ClipboardGuard(shared)
    shared.copied(NAME, mode)
    shared.copied_elsewhere(NAME, mode)
    guard.stop()
    assert shared.text(mode) == ""


@MODES
def test_it_goes_after_its_time_also_from_who_took_it_over(
    shared: Shared, mode: QClipboard.Mode, qtbot: QtBot
) -> None:
    """(L10)"""
    guard = ClipboardGuard(shared, stays_ms=50)
    shared.copied(NAME, mode)
    shared.copied_elsewhere(NAME, mode)
    qtbot.waitUntil(lambda: shared.text(mode) == "", timeout=60_000)
    guard.stop()


@MODES
def test_what_another_program_copied_stays(
    shared: Shared, mode: QClipboard.Mode, qtbot: QtBot
) -> None:
    """(L10) Control: what was copied before it would have gone"""
    guard = ClipboardGuard(shared, stays_ms=20)
    shared.copied(NAME, mode)
    shared.copied_elsewhere("of another program", mode)
    qtbot.wait(200)
    assert shared.text(mode) == "of another program"
    guard.stop()
    assert shared.text(mode) == "of another program"


@MODES
def test_a_history_is_told_not_to_keep_it(shared: Shared, mode: QClipboard.Mode) -> None:
    guard = ClipboardGuard(shared)
    shared.copied(NAME, mode)
    data = shared.mimeData(mode)
    assert data is not None and data.text() == NAME
    told = {name: data.data(name).data() for name in UNRECORDED}
    assert told == UNRECORDED
    guard.stop()
    shared.copied_elsewhere("of another program", mode)
    untouched = shared.mimeData(mode)
    assert untouched is not None and not any(map(untouched.hasFormat, UNRECORDED)), "the control"


@pytest.fixture
def window(qapp: QApplication, tmp_path: Path) -> Iterator[tuple[MainWindow, list[int]]]:
    del qapp
    runner, exits = TaskRunner(), list[int]()
    laptop = runner.on_storage_thread(lambda: set_up(tmp_path / "data")).result()
    made = MainWindow(
        LaptopDoor(Settings(tmp_path / "data"), runner),
        runner,
        Texts("es"),
        idle_minutes=5,
        end=exits.append,
        syncs_alone=False,
    )
    made.enter(workplace_of(laptop, runner, tmp_path / "data"))
    yield made, exits
    made.end(0)
    runner.close()
    made.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def _shut(window: MainWindow) -> None:
    window.close()


LEAVINGS: list[tuple[Callable[[MainWindow], None], int]] = [
    (MainWindow.lock, EXIT_LOCK),
    (MainWindow.exit_quickly, EXIT_QUICKLY),
    (_shut, 0),
]


@pytest.mark.parametrize(("leave", "code"), LEAVINGS, ids=["locked", "in haste", "closed"])
def test_however_the_program_is_left_nothing_of_it_is_in_the_clipboard(
    window: tuple[MainWindow, list[int]],
    leave: Callable[[MainWindow], None],
    code: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """(L10) Control: it is there until then"""
    # The platform without a screen never says whose its clipboard is.
    monkeypatch.setattr(QClipboard, "ownsClipboard", lambda _: True)
    clipboard = QApplication.clipboard()
    line = QLineEdit(NAME)
    line.selectAll()
    line.copy()
    assert clipboard.text() == NAME, "the control"
    leave(window[0])
    assert window[1] == [code]
    assert clipboard.text() == ""
