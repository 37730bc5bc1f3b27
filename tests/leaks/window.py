"""An evening at the real window: ``python -m tests.leaks.window FOLDER lock`` opens the laptop by
its words, types markers into a new ficha, copies them, searches for them, visits every page, and
locks; ``stay`` says ``ready`` instead and waits, to be killed while a name stands half typed on the
screen.
"""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.bootstrap import LaptopDoor
from app.hardening import harden, tell_bugs
from app.logs import start_logging
from app.services.workplace import Door, Threads
from app.settings import Settings
from app.window import leave
from tests.support.one_day import PEOPLE
from tests.support.supervised_desk import Person
from ui.application import EXIT_LOCK, run
from ui.shell import Shell

__all__ = ["main"]

_ONE = PEOPLE[-1]
_LOOK_MS = 400
_OF_A_CASE = ("ficha", "plan", "records", "referral", "risk", "team", "papers", "saw")


def _press(letter: str) -> None:
    line = QApplication.focusWidget()
    assert line is not None
    key = getattr(Qt.Key, f"Key_{letter}")
    QTest.keyClick(line, key, Qt.KeyboardModifier.ControlModifier)


def _put(text: str) -> None:
    """Paste it over what stands in the line: keys of a test know no Ñ."""
    QApplication.clipboard().setText(text)
    _press("A")
    _press("V")


def _visit_every_page(shell: Shell) -> None:
    """Look at each page with the case that was just written, as long as it takes to draw it."""
    file = shell.ficha.presenter.file
    assert file is not None
    for name in shell.page_names:
        shell.go(name, {"case_id": file.case_id} if name in _OF_A_CASE else {})
        QTest.qWait(_LOOK_MS)
        assert shell.isVisible(), f"the page {name} ended the program"


def main(folder: Path, *, locks: bool) -> None:
    """Show the window as the program does, and work at it."""
    harden()
    start_logging(Settings(folder).log_file)
    person: list[Person] = []

    def then(shell: Shell) -> None:
        _put(_ONE.name)
        shell.ficha.presenter.go_to_field("relato")
        _put(_ONE.story)
        _press("A")
        _press("C")
        shell.flush()
        _press("F")
        _put(_ONE.document)
        if locks:
            _visit_every_page(shell)
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        if locks:
            shell.lock_wanted.emit()

    def door_of(threads: Threads) -> Door:
        person.append(Person("N", then))
        return LaptopDoor(Settings(folder), threads)

    code = run(door_of, language="es", idle_minutes=5, tell_bugs=tell_bugs)
    leave(0 if code == EXIT_LOCK else 1)


if __name__ == "__main__":
    main(Path(sys.argv[1]), locks=sys.argv[2] == "lock")
