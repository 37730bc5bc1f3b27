"""Pictures of every page, taken from the real window over a real laptop, without a screen.

For the demo and for people's eyes: what nobody looks at goes wrong unseen.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from PySide6.QtCore import (
    QCoreApplication,
    QDeadlineTimer,
    QEventLoop,
    QMessageLogContext,
    QSize,
    QTimer,
    QtMsgType,
    qInstallMessageHandler,
)
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QApplication

from app.domain.change import RecordId
from app.services import referral_answers
from app.services.read_models import ReferralRow
from app.services.workplace import Door, Threads
from ui.application import MainWindow
from ui.runtime.task_runner import TaskRunner
from ui.runtime.text import Texts
from ui.runtime.theme import apply_theme

__all__ = ["LARGE", "SMALL", "take_pictures"]

LARGE: Final = QSize(1366, 768)
SMALL: Final = QSize(1024, 600)

_PATIENCE_MS: Final = 20_000
_PAPER_MS: Final = 350
"""Longer than the pause after which a paper is drawn anew."""

_NAMES: Final = {
    "plan": "tareas",
    "records": "anotar",
    "risk": "riesgo",
    "intake": "nueva-atencion",
    "referrals": "derivaciones",
    "sync": "sincronizacion",
    "conflicts": "por-revisar",
    "calendar": "calendario",
    "machine": "este-equipo",
    "staff": "personas",
    "devices": "equipos",
    "access": "pedir-acceso",
    "sheets": "hojas",
    "backup": "copia",
    "audit": "registro",
    "closing": "cierre",
    "refused": "no-recibido",
    "team": "equipo-del-caso",
    "saw": "quien-vio",
}

_OF_NO_CASE: Final = (
    *("intake", "referrals", "sync", "refused", "conflicts", "calendar"),
    *("machine", "staff", "devices", "sheets", "backup", "audit", "closing", "access"),
)

_PULSE_MS: Final = 15
_ROUNDS: Final = 6
"""Of questions to the disk that follow from each other's answers."""


class PictureNotTaken(RuntimeError):
    """A page did not show in time: a bug."""


def take_pictures(
    door_of: Callable[[Threads], Door],
    passphrase: str,
    out: Path,
    *,
    whole: bool = False,
    only: str | None = None,
) -> int:
    """Take a picture of each page into ``out``; return how many.

    ``whole`` takes every step of the ficha at both sizes in every language: for people who check
    the screens. ``only`` names one page (``conflicts``, …). Needs an application without a screen
    (``QT_QPA_PLATFORM=offscreen``) or one.
    """
    qInstallMessageHandler(_say)
    application = QApplication.instance() or QApplication(["Qispi"])
    assert isinstance(application, QApplication)
    apply_theme(application)
    texts = Texts("es")
    texts.install()
    runner = TaskRunner()
    window = MainWindow(
        door_of(runner),
        runner,
        texts,
        idle_minutes=60,
        end=lambda _: None,
        syncs_alone=False,
    )
    album = _Album(window, runner, texts, out)
    try:
        album.open(passphrase)
        if only is not None:
            album.fill_with(only)
        else:
            album.fill(whole=whole)
    finally:
        window.end(0)
        runner.close()
    return album.count


def _say(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
    """Say what Qt has to say, but what it says of every window on a platform without a screen."""
    del kind, context
    if "propagateSizeHints" not in text:
        sys.stderr.write(f"{text}\n")


class _Album:
    def __init__(self, window: MainWindow, runner: TaskRunner, texts: Texts, out: Path) -> None:
        self._window = window
        self._runner = runner
        self._texts = texts
        self._out = out
        self._lock_screen = QPixmap()
        self.count = 0

    def open(self, passphrase: str) -> None:
        """Unlock."""
        self._out.mkdir(parents=True, exist_ok=True)
        self._size(LARGE)
        self._window.show()
        self._rest()
        self._lock_screen = self._window.grab()
        self._window.lock_page.presenter.unlock(passphrase)
        self._until(lambda: self._window.shell is not None)

    def fill_with(self, page: str) -> None:
        """Visit one page."""
        self._go(page)
        self._take(_NAMES[page])

    def fill(self, *, whole: bool) -> None:
        """Visit the pages."""
        self._keep(self._lock_screen, "bloqueo")
        for size in (LARGE, SMALL) if whole else (LARGE,):
            self._size(size)
            for code in ("es", "quy", "agr") if whole else ("es",):
                self._texts.switch(code)
                self._pages("" if not whole else f"{size.width()}-{code}-", whole=whole)
        if not whole:
            self._size(SMALL)
            for code in ("quy", "agr"):
                self._texts.switch(code)
                self._go("cases")
                self._take(f"casos-1024-{code}")
            self._texts.switch("es")

    def _pages(self, prefix: str, *, whole: bool) -> None:
        shell = self._window.shell
        assert shell is not None
        self._go("today")
        self._take(f"{prefix}hoy")
        self._go("cases")
        self._take(f"{prefix}casos")
        shell.search.setText("nunkui")
        shell.search.textEdited.emit("nunkui")
        self._rest()
        self._take(f"{prefix}busqueda")
        case = self._case()
        shell.search.clear()
        self._go("ficha", case_id=case)
        steps = len(shell.ficha.presenter.steps)
        for step in range(steps) if whole else (2, 6, 12):
            shell.ficha.presenter.go(step)
            self._rest()
            self._take(f"{prefix}ficha-{step + 1:02}")
        for page in ("plan", "records", "risk", "team", "saw"):
            self._go(page, case_id=case)
            self._take(f"{prefix}{_NAMES[page]}")
        self._go("papers", case_id=case)
        self._wait_for_paper()
        self._take(f"{prefix}imprimir")
        self._go("referral", **self._referral_of(case))
        self._wait_for_paper()
        self._take(f"{prefix}derivar")
        for page in _OF_NO_CASE:
            self._go(page)
            self._take(f"{prefix}{_NAMES[page]}")
        self._go("blank")
        self._wait_for_paper()
        self._take(f"{prefix}ficha-en-blanco")

    def _case(self) -> RecordId:
        shell = self._window.shell
        assert shell is not None
        row = shell.cases.chosen
        if row is None:
            raise PictureNotTaken("no case was found")
        return row.case_id

    def _referral_of(self, case_id: RecordId) -> dict[str, object]:
        """Return what opens the case's first referral, or a new one when it has none."""
        shell = self._window.shell
        assert shell is not None
        found: list[tuple[ReferralRow, ...]] = []
        self._runner.on_storage(
            lambda uow: referral_answers.of_case(uow, shell.workplace.desk, case_id),
            found.append,
            lambda _: None,
        )
        self._until(lambda: bool(found))
        return {"referral_id": found[0][0].referral_id} if found[0] else {"case_id": case_id}

    def _go(self, page: str, **arguments: object) -> None:
        shell = self._window.shell
        assert shell is not None
        shell.go(page, arguments)
        self._rest()

    def _size(self, size: QSize) -> None:
        self._window.resize(size)

    def _take(self, name: str) -> None:
        self._keep(self._window.grab(), name)

    def _keep(self, picture: QPixmap, name: str) -> None:
        if not picture.save(str(self._out / f"{name}.png")):
            raise PictureNotTaken(name)
        self.count += 1

    def _rest(self) -> None:
        """Let everything queued arrive and be drawn."""
        for _ in range(_ROUNDS):
            self._runner.drain()
            QCoreApplication.sendPostedEvents()
            QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents)

    def _wait_for_paper(self) -> None:
        pause = QDeadlineTimer(_PAPER_MS)
        self._until(pause.hasExpired)

    def _until(self, holds: Callable[[], bool]) -> None:
        patience = QDeadlineTimer(_PATIENCE_MS)
        pulse = QTimer()  # wakes the wait below: what is waited for may send no event
        pulse.start(_PULSE_MS)
        while not holds():
            QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
            if patience.hasExpired():
                raise PictureNotTaken("nothing came")
        self._rest()
