"""The window over a given laptop, in a process of its own, to see what memory it holds.

``python -m bench.window DATA``, passphrase on the standard input. The window is the one that people
get, and it is unlocked as they unlock it; only nobody sits before it.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Final

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from app.bootstrap import LaptopDoor
from app.settings import load_settings
from ui.application import MainWindow
from ui.runtime.task_runner import TaskRunner
from ui.runtime.text import Texts
from ui.runtime.theme import apply_theme

__all__ = ["main"]

_LOOK_MS: Final = 50
_SETTLED_AFTER_LOOKS: Final = 40
_GIVEN_UP_MS: Final = 60_000


class _Watch:
    """Waits until the list shows and the window has come to rest, and then ends it."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self.figures: dict[str, float] = {}
        self._looks = 0
        self._timer = QTimer()
        self._timer.setInterval(_LOOK_MS)
        self._timer.timeout.connect(self._look)
        self._timer.start()

    def _look(self) -> None:
        shell = self._window.shell
        if shell is None:
            return
        if shell.page is shell.today:
            shell.go("cases", {})  # the window opens on the agenda; the list is what is measured
        rows = shell.cases.table.model().rowCount()
        if not rows:
            return
        self._looks += 1
        if self._looks == _SETTLED_AFTER_LOOKS:
            self._timer.stop()
            self.figures = {
                "listed_mb": _kib("VmRSS") / 1024,
                "peak_mb": _kib("VmHWM") / 1024,
                "rows": rows,
            }
            self._window.end(0)


def main(data: Path, passphrase: str) -> dict[str, float]:
    """Open the window, unlock it, and return what it held when it had come to rest."""
    application = QApplication(["bench"])
    application.setQuitOnLastWindowClosed(False)
    apply_theme(application)
    texts = Texts("es")
    texts.install()
    runner = TaskRunner()
    settings = load_settings(data)
    window = MainWindow(
        LaptopDoor(settings, runner),
        runner,
        texts,
        idle_minutes=settings.idle_lock_minutes,
        end=application.exit,
    )
    watch = _Watch(window)
    runner.bug.connect(lambda place: _give_up(f"a bug at {place}"))
    QTimer.singleShot(_GIVEN_UP_MS, lambda: _give_up("the list does not show"))
    window.show()
    window.lock_page.presenter.unlock(passphrase)
    application.exec()
    runner.close()
    return watch.figures


def _give_up(reason: str) -> None:
    print(reason, file=sys.stderr, flush=True)
    # Threads may wait for what never comes.
    os._exit(1)


def _kib(name: str) -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1])
    raise RuntimeError(name)


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), sys.stdin.read())))
