"""The window over a given laptop is unlocked, somebody types, and locks it by the key; in a process
of its own.

``python -m bench.locking DATA``, passphrase on the standard input; prints what it took.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Final

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.bootstrap import LaptopDoor
from app.settings import load_settings
from bench.memory import forget_peak, peak_mb
from ui.application import MainWindow
from ui.runtime.task_runner import TaskRunner
from ui.runtime.text import Texts
from ui.runtime.theme import apply_theme
from ui.shell import Shell

__all__ = ["main"]

_LOOK_MS: Final = 20
_GIVEN_UP_MS: Final = 60_000
_TYPED: Final = "Nant"


class _Person(QObject):
    """Opens, goes to a new ficha, types half a name, and locks."""

    def __init__(self, window: MainWindow, words: str) -> None:
        super().__init__()
        self.figures: dict[str, float] = {}
        self._window = window
        self._words = words
        self._steps = iter(
            (self._unlock, self._opened, self._begin, self._open, self._go, self._type)
        )
        self._step = next(self._steps)
        self._began = self._worked = 0.0
        self._before: object = None
        window.installEventFilter(self)
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_MS)
        self._timer.timeout.connect(self._go_on)
        self._timer.start()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Override QObject::eventFilter: nothing shows from here on."""
        if watched is self._window and event.type() == QEvent.Type.Hide:
            self.figures.setdefault("black_ms", self.since_ms())
        return False

    @property
    def step(self) -> str:
        """What is waited for."""
        return self._step.__name__

    def since_ms(self) -> float:
        """Return the milliseconds since the last thing began."""
        return (time.perf_counter() - self._began) * 1000

    def _go_on(self) -> None:
        if self._step(self._window.shell):
            following = next(self._steps, None)
            if following is None:
                self._timer.stop()
            else:
                self._step = following

    def _unlock(self, _: Shell | None) -> bool:
        self._window.lock_page.opened.connect(self._note_opened)
        forget_peak()
        self._began, self._worked = time.perf_counter(), time.process_time()
        self._window.lock_page.presenter.unlock(self._words)
        return True

    def _note_opened(self) -> None:
        # Connected behind what shows the program: its window is made.
        worked = (time.process_time() - self._worked) * 1000
        self.figures |= {
            "unlock_ms": self.since_ms(),
            "unlock_cpu_ms": worked,
            "peak_mb": peak_mb(),
        }

    def _opened(self, shell: Shell | None) -> bool:
        if shell is None:
            return False
        # The second time it opens where one was typing.
        self._before = self._file(shell) if shell.page is shell.ficha else None
        return self._before is not None or QApplication.focusWidget() is shell.today.table

    @staticmethod
    def _file(shell: Shell) -> object:
        file = shell.ficha.presenter.file
        return None if file is None else file.case_id

    def _begin(self, shell: Shell | None) -> bool:
        assert shell is not None
        QTest.keyClick(shell, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
        return True

    def _open(self, shell: Shell | None) -> bool:
        if shell is None or shell.page is not shell.intake:
            return False
        QTest.keyClick(shell, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        return True

    def _go(self, shell: Shell | None) -> bool:
        if shell is None or shell.page is not shell.ficha or self._file(shell) == self._before:
            return False
        shell.ficha.presenter.go_to_field("names")
        return True

    def _type(self, _: Shell | None) -> bool:
        line = QApplication.focusWidget()
        if line is None or line.accessibleName() != "Nombres":
            return False
        QTest.keyClicks(line, _TYPED)
        self._began = time.perf_counter()
        QTest.keyClick(line, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
        return True


def main(data: Path, words: str) -> dict[str, float]:
    """Open the window and let somebody work and lock; return what it took, in ms and MB."""
    application = QApplication(["bench"])
    application.setQuitOnLastWindowClosed(False)
    apply_theme(application)
    texts = Texts("es")
    texts.install()
    runner = TaskRunner()
    settings = load_settings(data)
    people: list[_Person] = []

    def end(code: int) -> None:
        people[0].figures["gone_ms"] = people[0].since_ms()
        application.exit(code)

    window = MainWindow(
        LaptopDoor(settings, runner),
        runner,
        texts,
        idle_minutes=settings.idle_lock_minutes,
        end=end,
        syncs_alone=False,
    )
    people.append(_Person(window, words))
    runner.bug.connect(lambda place: _give_up(f"a bug at {place}"))
    QTimer.singleShot(_GIVEN_UP_MS, lambda: _give_up(f"no end of {people[0].step}"))
    window.show()
    application.exec()
    runner.close()
    return people[0].figures


def _give_up(reason: str) -> None:
    print(reason, file=sys.stderr, flush=True)
    # Threads may wait for what never comes.
    os._exit(1)


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), sys.stdin.read())))
