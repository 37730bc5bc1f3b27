"""The window: the lock screen first, the program behind it, and nothing left when it locks."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import (
    QCoreApplication,
    QMessageLogContext,
    QSize,
    QTimer,
    QtMsgType,
    qInstallMessageHandler,
)
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QApplication, QMainWindow, QWidget

from app.domain.errors import QispiError
from ui.runtime.clipboard_guard import ClipboardGuard
from ui.runtime.held_key import HeldKey
from ui.runtime.hourly_seal import HourlySeal
from ui.runtime.idle_lock import IdleLock
from ui.runtime.session_watch import SessionWatch, watch_session
from ui.runtime.task_runner import TaskRunner
from ui.runtime.text import Texts
from ui.runtime.theme import apply_theme, dress
from ui.screens.lock.view import LockPage
from ui.widgets.pages import Pages

if TYPE_CHECKING:
    from app.services.ports import UnitOfWork
    from app.services.workplace import Door, Threads, Workplace
    from ui.screens.recovery.view import RecoveryPage
    from ui.shell import Shell

__all__ = [
    "EXIT_LOCK",
    "EXIT_LOCK_LEFT",
    "EXIT_LOCK_LEFT_UNSAVED",
    "EXIT_LOCK_UNSAVED",
    "EXIT_QUICKLY",
    "MainWindow",
    "run",
]

EXIT_LOCK: Final = 10
"""Locked: the process that held keys ends, and the lock screen shows again."""

EXIT_LOCK_UNSAVED: Final = 12
"""Locked although the disk had refused text: the lock screen must not say that it was saved."""

EXIT_QUICKLY: Final = 11
"""Left in haste: nothing shows again by itself."""

EXIT_LOCK_LEFT: Final = 13
"""Locked because a colleague wrote that who worked here left: the lock screen says so."""

EXIT_LOCK_LEFT_UNSAVED: Final = 14
"""The same, and what she had typed last could not be saved."""

_UNSAVED: Final = {EXIT_LOCK: EXIT_LOCK_UNSAVED, EXIT_LOCK_LEFT: EXIT_LOCK_LEFT_UNSAVED}
_LEFT: Final = "access_left"
"""The reason for which whoever left is refused: nothing that showed before stays in sight."""

_LOG: Final = logging.getLogger("qispi.window")
_TITLE: Final = "Qispi"
"""Neutral on purpose: it stands in the task bar."""

_FLUSH_ROUNDS: Final = 4
_LOOK_MS: Final = 500
_ROOMY: Final = QSize(1440, 900)
"""On a smaller screen the window takes all of it, as after every lock: nothing lies outside."""


class MainWindow(QMainWindow):
    """The one window. It ends the process to lock, after everything typed is on the disk."""

    def __init__(
        self,
        door: Door,
        runner: TaskRunner,
        texts: Texts,
        *,
        idle_minutes: int,
        end: Callable[[int], None],
        syncs_alone: bool = True,
        was_saved: bool = False,
        has_left: bool = False,
        watch: Callable[[QWidget], SessionWatch | None] = lambda _: None,
    ) -> None:
        """``watch`` begins to look whether the person goes away, once the vault is open."""
        super().__init__()
        dress(self)
        self.setWindowTitle(_TITLE)
        self.resize(1366, 740)
        self._runner = runner
        self._texts = texts
        self._idle_minutes = idle_minutes
        self._end = end
        self._syncs_alone = syncs_alone
        self._watch = watch
        self._watches: list[IdleLock | HourlySeal | HeldKey | ClipboardGuard | SessionWatch] = []
        self._has_warned = False
        self._is_ending = False
        self._exit_code = 0
        self.shell: Shell | None = None
        self.recovery_page: RecoveryPage | None = None
        self._stack = Pages()
        self.setCentralWidget(self._stack)
        self.lock_page = LockPage(runner, door, texts, was_saved=was_saved, has_left=has_left)
        self.lock_page.opened.connect(self.enter)
        self.lock_page.sheets_wanted.connect(lambda place: self._open_by_sheets(door, place))
        self._stack.addWidget(self.lock_page)
        self.lock_page.presenter.start()

    def enter(self, workplace: Workplace) -> None:
        """Show the program: the vault is open."""
        # The screens, the PDF view and the print system are loaded once the vault opens: the
        # lock screen must not wait for them.
        from ui.shell import Shell

        self._runner.use(workplace.open_unit)
        shell = Shell(workplace, self._runner, self._texts, syncs_alone=self._syncs_alone)
        shell.lock_wanted.connect(self.lock)
        shell.exit_wanted.connect(self.exit_quickly)
        shell.closing_wanted.connect(self.close_until_sheets)
        shell.all_saved.connect(self._forget_warning)
        shell.notices.show_tries(workplace.failed.count, workplace.failed.last_ms)
        self.shell = shell
        self._stack.addWidget(shell)
        self._stack.setCurrentWidget(shell)
        if self.recovery_page is not None:
            self.recovery_page.forget()
        idle = IdleLock(self._idle_minutes, workplace.desk.clock.now_ms)
        idle.due.connect(lambda: self.end(EXIT_LOCK))
        idle.minutes_left.connect(shell.show_minutes_left)
        idle.watch()
        sealing = HourlySeal(self._runner, workplace.seal)
        self._watches = [idle, sealing, self._make_held_key(), ClipboardGuard()]
        session = self._watch(self)
        if session is not None:
            session.away.connect(lambda: self.end(EXIT_LOCK))
            self._watches.append(session)
        self._runner.refused.connect(self._keep_out_who_left)
        shell.start()
        idle.tick()

    def _make_held_key(self) -> HeldKey:
        """Whatever becomes of the key, nothing shows from the moment in which it is pressed."""
        key, blank = HeldKey(), QWidget()
        self._stack.addWidget(blank)
        key.pressed.connect(lambda: self._vanish(but=self))
        key.pressed.connect(lambda: self._stack.setCurrentWidget(blank))
        key.released.connect(self.exit_quickly)
        key.held.connect(lambda: self.close_until_sheets(by_key=True))
        return key

    def _open_by_sheets(self, door: Door, backup: Path | None) -> None:
        """Show the way in for who has two recovery sheets, and maybe a backup."""
        from ui.screens.recovery.view import RecoveryPage  # the lock screen must not wait for it

        if self.recovery_page is None:
            page = RecoveryPage(self._runner, door, self._texts)
            page.opened.connect(self.enter)
            page.left.connect(self._back_to_the_lock)
            page.backup_refused.connect(self.lock_page.refuse_backup)
            # It has the key, or showed a machine without a laptop: a new process shows the lock.
            page.left_opened.connect(self._back_to_another_lock)
            self._stack.addWidget(page)
            self.recovery_page = page
        self._stack.setCurrentWidget(self.recovery_page)
        self.recovery_page.open(backup)

    def _back_to_another_lock(self) -> None:
        if self.shell is None:
            self.end(EXIT_LOCK_UNSAVED)

    def _back_to_the_lock(self) -> None:
        if self.shell is not None:
            return  # it is open: what looks locked has to be locked
        self._stack.setCurrentWidget(self.lock_page)
        self.lock_page.focus()

    def lock(self) -> None:
        """Lock. What the disk refused would be lost: the first press says so, the second locks."""
        self._leave(EXIT_LOCK)

    def _keep_out_who_left(self, reason: str) -> None:
        shell = self.shell
        if reason != _LEFT or shell is None:
            return
        has_shown = bool(shell.sync.said)
        if has_shown or not shell.workplace.sync.is_enrolled:
            # Behind the answer itself: what could not be saved counts as that by then.
            self._runner.post(lambda: self.end(EXIT_LOCK_LEFT))
        elif self._stack.currentWidget() is shell:
            self._show_left(shell)

    def _show_left(self, shell: Shell) -> None:
        """Where it was so before she came, a colleague may have mended it since."""
        from ui.screens.left.view import LeftPage  # once in a laptop's life, if ever

        page = LeftPage(self._runner, self._texts, shell.workplace)
        page.lock_wanted.connect(lambda: self.end(EXIT_LOCK_LEFT))
        page.let_in.connect(lambda: self._stack.setCurrentWidget(shell))
        page.let_in.connect(lambda: shell.go("today", {}))  # what she had gone to stands empty
        page.let_in.connect(shell.notices.forget_failed)  # what was closed behind the page
        page.let_in.connect(shell.start)
        self._stack.addWidget(page)
        self._stack.setCurrentWidget(page)
        page.region_button.setFocus()

    def exit_quickly(self) -> None:
        """Leave in haste: the window is gone first, everything else follows."""
        self.end(EXIT_QUICKLY)

    def close_until_sheets(self, *, by_key: bool = False) -> None:
        """Leave in haste, so that from now on two recovery sheets alone open this laptop. Where
        they cannot, or the key was not switched on, it is leaving in haste and no more."""
        from app.services import panic  # the lock screen must not wait for it

        shell = self.shell
        assert shell is not None
        place = shell.workplace
        self.end(
            EXIT_QUICKLY,
            before=lambda uow: panic.close(uow, place.desk, place.sheets, by_key=by_key),
        )

    def end(self, code: int, *, before: Callable[[UnitOfWork], None] | None = None) -> None:
        """Hide, commit what is typed, close the vault, and end the process. ``before``: what comes
        before all that on the storage thread; a refusal stops nothing."""
        if self._is_ending:
            return
        self._is_ending = True
        self._vanish()
        # Whatever breaks on the way, all of it is done and the process ends: one that holds keys
        # does not stay behind a hidden window. What is entered last is done first.
        with contextlib.ExitStack() as rest:
            rest.callback(lambda: self._end(self._exit_code))
            rest.callback(self._close_vault)
            rest.callback(self._save, code, before)
            for one in self._watches:
                rest.callback(one.stop)
            self._exit_code = _UNSAVED.get(code, code)

    def _save(self, code: int, before: Callable[[UnitOfWork], None] | None) -> None:
        """Commit what is typed; the process ends with this code when all of it was."""
        shell = self.shell
        if shell is None:
            self._exit_code = code
            return
        if before is not None:
            self._runner.on_storage(
                before,
                lambda _: None,
                lambda fault: _LOG.warning("refused %s", fault.message_id),
            )
        shell.stop()
        shell.workplace.sync.cancel()
        self._settle()
        if shell.is_busy:
            _LOG.warning("closed_unsaved")
        elif not shell.workplace.is_practice:  # of which the next lock screen says nothing
            self._exit_code = code

    def _close_vault(self) -> None:
        self._runner.stop()
        if self.shell is None:
            return
        try:
            self._runner.last_on_storage_thread(self.shell.workplace.close).result()
        except QispiError as fault:
            # The write-ahead log keeps what was committed; the next start reads it.
            _LOG.warning("close_refused %s", fault.message_id)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Override QWidget::closeEvent: closing the window ends the program, saved."""
        event.ignore()
        self._leave(0)

    def _leave(self, code: int) -> None:
        shell = self.shell
        if shell is not None and not self._has_warned:
            self._vanish()  # while the disk takes its time nobody reads over her shoulder
            self._settle()
            if shell.is_busy:
                self._has_warned = True
                self.show()
                shell.warn_unsaved()
                return
        self.end(code)

    def _vanish(self, but: QWidget | None = None) -> None:
        """Take every window off the screen: a dialog that is open stays behind by itself."""
        for one in QApplication.topLevelWidgets():
            if one is not but:
                one.hide()

    def _forget_warning(self) -> None:
        self._has_warned = False

    def _settle(self) -> None:
        """Commit whatever is typed, and whatever was typed while that was being committed."""
        shell = self.shell
        assert shell is not None
        for _ in range(_FLUSH_ROUNDS):
            shell.flush()
            self._runner.drain()
            QCoreApplication.sendPostedEvents(self._runner)
            if not shell.is_busy:
                return


def run(
    door_of: Callable[[Threads], Door],
    *,
    language: str,
    idle_minutes: int,
    ends_at_first_paint: bool = False,
    was_saved: bool = False,
    has_left: bool = False,
    must_end: Callable[[], bool] = bool,
    tell_bugs: Callable[[Callable[[str], None]], None] | None = None,
) -> int:
    """Show the window until it ends; return 0 or one of the exit codes above.

    ``was_saved``: the lock screen may say that what was typed before is on the disk. ``has_left``:
    it says that whoever worked here is written to have left the centre. ``must_end`` is asked twice
    a second: the system, or who started the program, wants it closed, saved.
    ``tell_bugs`` takes what is to be called, on any thread, with the place of an exception that
    nobody caught. ``ends_at_first_paint`` is for measurements: it ends once the lock screen was
    drawn.
    """
    qInstallMessageHandler(_note_message)
    application = QApplication([_TITLE])
    application.setApplicationName(_TITLE)
    application.setQuitOnLastWindowClosed(False)
    apply_theme(application)
    texts = Texts(language)
    texts.install()
    runner = TaskRunner()
    if tell_bugs is not None:
        tell_bugs(lambda place: runner.post(lambda: runner.bug.emit(place)))
    door = door_of(runner)
    window = MainWindow(
        door,
        runner,
        texts,
        idle_minutes=idle_minutes,
        end=application.exit,
        was_saved=was_saved,
        has_left=has_left,
        watch=watch_session,
    )
    if ends_at_first_paint:
        # One turn of the loop later: then the frame was handed to the screen.
        window.lock_page.painted.connect(lambda: QTimer.singleShot(0, lambda: window.end(0)))
    else:
        window.lock_page.painted.connect(lambda: _load_ahead(runner, door.pieces_ahead()))
    told = QTimer(window)
    told.setInterval(_LOOK_MS)
    told.timeout.connect(lambda: window.end(0) if must_end() else None)
    told.start()
    screen = application.primaryScreen().availableSize()
    if screen.width() <= _ROOMY.width() or screen.height() <= _ROOMY.height():
        window.showMaximized()
    else:
        window.show()
    code = application.exec()
    runner.close()
    return code


def _load_ahead(threads: Threads, pieces: Iterator[Callable[[], object]]) -> None:
    """Load a piece on the storage thread, and the next behind whatever was asked of it meanwhile:
    the letters and the words wait for one piece at most."""

    def go_on() -> None:
        piece = next(pieces, None)
        if piece is not None:
            piece()
            threads.on_storage_thread(go_on)

    threads.on_storage_thread(go_on)


def _note_message(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
    """Log that Qt said something, by kind and category. Its text may carry a path or what was
    typed, and the desktop keeps what programs print."""
    del text
    if kind not in (QtMsgType.QtDebugMsg, QtMsgType.QtInfoMsg):
        extra = {"kind": kind.name, "reason": context.category or ""}
        logging.getLogger("qispi.qt").warning("qt_message", extra=extra)
