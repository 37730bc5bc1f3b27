"""``python -m tests.support.supervised_desk FOLDER``: the supervisor over a program that opens the
vault by its words, begins to type into a ficha, says the case on the standard output, and goes on.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit

from app.bootstrap import LaptopDoor, workplace_of
from app.ids import SystemIds
from app.lifeline import Lifeline
from app.opening import open_laptop
from app.services.workplace import Door, Threads, Workplace
from app.settings import Settings
from app.supervisor import EXIT_LOCKED, SUPERVISED, supervise
from app.window import leave
from tests.support.storage import CHEAP_BOUNDS, PASSPHRASE
from ui.application import EXIT_LOCK, MainWindow, run
from ui.shell import Shell

__all__ = ["TYPED", "Person", "main"]

TYPED = "Nant"
_SOON_MS = 20


class _CheapDoor(LaptopDoor):
    """The laptop's door; its words cost a test no second."""

    def unlock(self, words: str, tag: str | None = None) -> Workplace:
        ids = SystemIds(self.clock)
        laptop = open_laptop(
            self.settings.data, words, self.clock, ids, tag=tag, bounds=CHEAP_BOUNDS
        )
        return workplace_of(laptop, self.threads)


class Person:
    """Who sits in front of the window: does the next thing as soon as the screen lets her. She
    types into the names of a new case, and goes on with ``then``."""

    def __init__(self, typed: str, then: Callable[[Shell], None]) -> None:
        self._typed, self._then = typed, then
        self._steps = iter(
            (self._unlock, self._begin, self._open_case, self._go_to_names, self._type)
        )
        self._step = next(self._steps)
        self._timer = QTimer()
        self._timer.setInterval(_SOON_MS)
        self._timer.timeout.connect(self._go_on)
        self._timer.start()

    def _go_on(self) -> None:
        (window,) = [one for one in QApplication.topLevelWidgets() if isinstance(one, MainWindow)]
        if self._step(window.shell):
            following = next(self._steps, None)
            if following is None:
                self._timer.stop()
            else:
                self._step = following

    def _unlock(self, shell: Shell | None) -> bool:
        del shell
        line = QApplication.focusWidget()
        if not isinstance(line, QLineEdit):
            return False
        QTest.keyClicks(line, PASSPHRASE)
        QTest.keyClick(line, Qt.Key.Key_Return)
        return True

    def _begin(self, shell: Shell | None) -> bool:
        if shell is None:
            return False
        # Whoever comes back is where she was.
        if shell.page is not shell.ficha and QApplication.focusWidget() is not shell.today.table:
            return False
        QTest.keyClick(shell, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
        return True

    def _open_case(self, shell: Shell | None) -> bool:
        if shell is None or shell.page is not shell.intake:
            return False
        QTest.keyClick(shell, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        return True

    def _go_to_names(self, shell: Shell | None) -> bool:
        if shell is None or shell.page is not shell.ficha or shell.ficha.presenter.file is None:
            return False
        shell.ficha.presenter.go_to_field("names")
        return True

    def _type(self, shell: Shell | None) -> bool:
        line = QApplication.focusWidget()
        if shell is None or line is None or line.accessibleName() != "Nombres":
            # The page may have gone once more to where she had been.
            return self._go_to_names(shell) and False
        QTest.keyClicks(line, self._typed)
        self._then(shell)
        return True


def main(folder: Path) -> None:
    """Show the window as the program does, and type."""
    lifeline = Lifeline(is_supervised=SUPERVISED in sys.argv)
    person: list[Person] = []

    def then(shell: Shell) -> None:
        file = shell.ficha.presenter.file
        print(file.case_id if file else "", flush=True)

    def door_of(threads: Threads) -> Door:
        person.append(Person(TYPED, then))
        return _CheapDoor(Settings(folder), threads)

    code = run(door_of, language="es", idle_minutes=5, must_end=lambda: lifeline.is_cut)
    leave(EXIT_LOCKED if code == EXIT_LOCK else code)


if __name__ == "__main__":
    if SUPERVISED in sys.argv:
        main(Path(sys.argv[1]))
    else:
        program = (sys.executable, "-m", "tests.support.supervised_desk")
        sys.exit(supervise([sys.argv[1]], program))
