"""However the laptop is left (locked by the system, in haste, closed until two sheets come), nothing
shows at once and nothing that was typed is lost. K6, K8, L4."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QLabel, QWidget
from pytestqt.qtbot import QtBot

from app.bootstrap import LaptopDoor, workplace_of
from app.domain.change import RecordId
from app.domain.errors import DomainError
from app.laptop import Laptop
from app.services import casework, forms, panic
from app.services.messages import sentence
from app.services.ports import UnitOfWork
from app.settings import Settings
from app.supervisor import (
    EXIT_LOCKED,
    EXIT_LOCKED_LEFT,
    EXIT_LOCKED_LEFT_UNSAVED,
    EXIT_LOCKED_UNSAVED,
    HAS_LEFT,
    SUPERVISED,
    WAS_SAVED,
    supervise,
)
from db.folder import VAULT_NAME
from db.sheet_keys import VaultSheets
from tests.support.leaver import leave_the_centre
from tests.support.stations import open_again, set_up
from tests.support.storage import CHEAP_BOUNDS
from tests.support.windows import SMALL, themed
from ui.application import (
    EXIT_LOCK,
    EXIT_LOCK_LEFT,
    EXIT_LOCK_LEFT_UNSAVED,
    EXIT_QUICKLY,
    MainWindow,
)
from ui.runtime.held_key import HELD_MS
from ui.runtime.task_runner import TaskRunner
from ui.runtime.text import Texts
from ui.screens.closing.presenter import WORDS
from ui.screens.closing.view import ClosingPage
from ui.screens.ficha.view import FichaPage

TYPED = "Nant"


class Away(QObject):
    """What the system tells of the session."""

    away = Signal()
    is_stopped = False

    def stop(self) -> None:
        self.is_stopped = True


@dataclass(slots=True)
class Work:
    """Somebody at an open laptop who has typed half a name."""

    bot: QtBot
    folder: Path
    laptop: Laptop
    runner: TaskRunner
    window: MainWindow
    session: Away
    case_id: RecordId
    exits: list[int]

    def run(self, work: Callable[[UnitOfWork], object]) -> object:
        def in_a_unit() -> object:
            with self.laptop.store.unit() as uow:
                return work(uow)

        return self.runner.on_storage_thread(in_a_unit).result()

    @property
    def keys(self) -> VaultSheets:
        return VaultSheets(self.folder / VAULT_NAME, self.laptop, CHEAP_BOUNDS)

    def make_sheets(self) -> None:
        keys = self.keys
        keys.keep(keys.draw())

    def switch_key_on(self) -> None:
        self.run(lambda uow: panic.switch_key(uow, self.laptop.desk, self.keys, is_on=True))

    def key(self, kind: QEvent.Type, *, repeats: bool = False) -> None:
        """Press or let go of Ctrl+F12."""
        control = Qt.KeyboardModifier.ControlModifier
        event = QKeyEvent(kind, Qt.Key.Key_F12, control, "", repeats)
        QCoreApplication.sendEvent(QGuiApplication.focusWindow(), event)

    def press(self) -> None:
        """Press it as a keyboard does that repeats, as under X11: with the releases."""
        self.key(QEvent.Type.KeyPress)
        self.key(QEvent.Type.KeyRelease, repeats=True)
        self.key(QEvent.Type.KeyPress, repeats=True)

    def who_opens(self) -> str:
        """Return who opens the laptop now; what was typed is there."""
        try:
            laptop = open_again(self.folder)
        except DomainError as refusal:
            assert refusal.message_id == "vault_by_sheets"
            return "sheets"
        with laptop.store.unit() as uow:
            file = forms.form_file(uow, laptop.desk, forms.FICHA, self.case_id)
            assert uow.audit.verify() is None
        laptop.close()
        assert file.fields["names"].value == TYPED
        return "people"


@pytest.fixture
def work(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> Iterator[Work]:
    themed(qapp)
    folder = tmp_path / "data"
    runner, session = TaskRunner(), Away()
    exits: list[int] = []
    laptop = runner.on_storage_thread(lambda: set_up(folder)).result()
    window = MainWindow(
        LaptopDoor(Settings(folder), runner),
        runner,
        Texts("es"),
        idle_minutes=5,
        end=exits.append,
        syncs_alone=False,
        watch=lambda _: session,
    )
    window.resize(SMALL)
    sheets = VaultSheets(folder / VAULT_NAME, laptop, CHEAP_BOUNDS)
    window.enter(replace(workplace_of(laptop, runner, folder), sheets=sheets))
    with qtbot.waitActive(window, timeout=60_000):
        window.show()
    made = Work(qtbot, folder, laptop, runner, window, session, RecordId(""), exits)
    made.case_id = made.run(lambda uow: casework.open_case(uow, laptop.desk))  # type: ignore[assignment]
    type_half_a_name(made)
    yield made
    window.end(0)
    runner.close()
    window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def type_half_a_name(work: Work) -> None:
    shell = work.window.shell
    assert shell is not None
    shell.go("ficha", {"case_id": work.case_id})
    page = shell.page
    assert isinstance(page, FichaPage)
    work.bot.waitUntil(lambda: page.presenter.file is not None, timeout=60_000)
    page.presenter.go_to_field("names")
    work.bot.waitUntil(lambda: focus().accessibleName() == "Nombres", timeout=60_000)
    QTest.keyClicks(focus(), TYPED)


def focus() -> QWidget:
    found = QApplication.focusWidget()
    assert found is not None
    return found


def test_when_the_system_says_that_the_person_went_away_it_locks_and_saves(work: Work) -> None:
    """(L4)"""
    work.session.away.emit()
    assert work.exits == [EXIT_LOCK]
    assert work.session.is_stopped
    assert not work.window.isVisible()
    assert work.who_opens() == "people"


def test_whatever_breaks_on_the_way_out_the_process_ends(work: Work) -> None:
    """A window that is hidden and holds keys is what nobody looks for. (L4)"""

    def breaks() -> None:
        raise RuntimeError("a bus that is gone")

    work.session.stop = breaks  # type: ignore[method-assign]
    with pytest.raises(RuntimeError, match="gone"):
        work.window.end(EXIT_LOCK)
    assert work.exits == [EXIT_LOCK]
    assert not work.window.isVisible()
    assert work.who_opens() == "people"


def test_a_dialog_that_is_open_vanishes_with_the_window(work: Work) -> None:
    dialog = QDialog(work.window)
    dialog.open()
    assert dialog.isVisible(), "the control"
    work.session.away.emit()
    assert not dialog.isVisible()


def test_nothing_shows_while_what_is_typed_is_being_saved(work: Work) -> None:
    may_go_on, was_hidden = threading.Event(), []
    window = work.window

    def slow_disk() -> None:
        was_hidden.append(may_go_on.wait(60))

    class Looks(QObject):
        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            if event.type() == QEvent.Type.Hide and watched is window:
                may_go_on.set()
            return False

    looks = Looks()
    window.installEventFilter(looks)
    work.runner.on_storage_thread(slow_disk)
    QTest.keyClick(window, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    assert work.exits == [EXIT_LOCK]
    assert was_hidden == [True], "the disk went on once the window was hidden"


def test_the_key_let_go_at_once_is_a_quick_exit(work: Work) -> None:
    work.make_sheets()
    work.switch_key_on()
    work.press()
    assert work.window.isVisible() and work.exits == []
    assert not work.window.shell.isVisible(), "nothing of a case from the first moment"  # type: ignore[union-attr]
    work.key(QEvent.Type.KeyRelease)
    assert work.exits == [EXIT_QUICKLY]
    assert work.who_opens() == "people"


def test_the_key_held_closes_the_laptop_and_what_was_typed_is_there(work: Work) -> None:
    work.make_sheets()
    work.switch_key_on()
    work.press()
    work.bot.waitUntil(lambda: work.exits == [EXIT_QUICKLY], timeout=20 * HELD_MS)
    assert work.who_opens() == "sheets"


@pytest.mark.parametrize("has_sheets", [True, False])
def test_the_key_held_is_a_quick_exit_where_nobody_switched_it_on(
    work: Work, has_sheets: bool, caplog: pytest.LogCaptureFixture
) -> None:
    if has_sheets:
        work.make_sheets()
    work.press()
    work.bot.waitUntil(lambda: work.exits == [EXIT_QUICKLY], timeout=20 * HELD_MS)
    assert work.who_opens() == "people"
    assert "refused panic_key_off" in caplog.text


def test_a_window_that_loses_the_keyboard_has_let_go_of_the_key(work: Work) -> None:
    work.press()
    application = QGuiApplication.instance()
    assert isinstance(application, QGuiApplication)
    application.applicationStateChanged.emit(Qt.ApplicationState.ApplicationInactive)
    assert work.exits == [EXIT_QUICKLY]


def test_other_keys_are_not_this_one(work: Work) -> None:
    for key in (Qt.Key.Key_Control, Qt.Key.Key_F11):
        QTest.keyClick(work.window.windowHandle(), key, Qt.KeyboardModifier.ControlModifier)
    assert work.exits == []
    assert work.window.shell.isVisible()  # type: ignore[union-attr]
    QTest.keyClick(work.window.windowHandle(), Qt.Key.Key_F12)
    assert work.exits == [EXIT_QUICKLY], "without Ctrl it leaves in haste, as ever"


def closing_page(work: Work) -> ClosingPage:
    shell = work.window.shell
    assert shell is not None
    shell.go("closing", {})
    page = shell.page
    assert isinstance(page, ClosingPage)
    work.bot.waitUntil(lambda: bool(page.facts), timeout=60_000)
    return page


def test_the_page_closes_the_laptop_once_its_words_are_typed(work: Work) -> None:
    work.make_sheets()
    page = closing_page(work)
    assert work.keys.set_name in page.facts
    QTest.keyClicks(page.confirmation, WORDS[:-1])
    assert not page.close_button.isEnabled()
    page.close_button.click()
    QTest.keyClick(page.confirmation, Qt.Key.Key_Return)
    assert work.exits == []
    QTest.keyClicks(page.confirmation, WORDS[-1].lower())
    page.close_button.click()
    assert work.exits == [EXIT_QUICKLY]
    assert work.who_opens() == "sheets"


def test_without_sheets_the_page_says_why_it_closes_nothing(work: Work) -> None:
    page = closing_page(work)
    assert "nadie lo abriría nunca" in page.facts
    page.confirmation.setText(WORDS)
    assert not page.close_button.isEnabled() and not page.key.isEnabled()
    page.sheets_button.click()
    assert work.window.shell.page is not page  # type: ignore[union-attr]


def test_the_key_is_switched_on_and_off_on_the_page(work: Work) -> None:
    work.make_sheets()
    page = closing_page(work)
    for is_on in (True, False):
        page.key.click()
        work.bot.waitUntil(
            lambda is_on=is_on: (
                work.run(lambda uow: panic.closing(uow, work.keys).key_is_on) is is_on
            ),
            timeout=60_000,
        )
        assert page.key.isChecked() is is_on


@pytest.mark.parametrize("then", ["", "cases"])
def test_that_the_key_was_not_switched_on_is_said_wherever_she_is_by_then(
    work: Work, then: str
) -> None:
    """Control: whoever waits reads it there."""
    page, shell = closing_page(work), work.window.shell
    assert shell is not None
    page.presenter.switch_key(is_on=True)  # the sheets went a moment ago
    if then:
        shell.go(then, {})
    said = sentence("sheets_none", {}, str)
    work.bot.waitUntil(lambda: page.message == said, timeout=60_000)
    assert (said in shell.alert_words) is bool(then)


def test_whoever_is_written_to_have_left_sees_nothing_any_more_and_reads_why(work: Work) -> None:
    """What she had typed is saved first, and the next lock screen says both."""
    shell = work.window.shell
    assert shell is not None
    shell.go("today", {})
    work.bot.waitUntil(lambda: not shell.is_busy, timeout=60_000)
    work.run(lambda uow: leave_the_centre(uow, work.laptop.desk))
    shell.records_changed()
    work.bot.waitUntil(lambda: work.exits == [EXIT_LOCK_LEFT], timeout=60_000)
    assert not work.window.isVisible()
    laptop = open_again(work.folder)
    with laptop.store.unit() as uow, uow.access.inside():
        file = forms.form_file(uow, laptop.desk, forms.FICHA, work.case_id)
    laptop.close()
    assert file.fields["names"].value == TYPED


def test_what_whoever_left_had_not_saved_is_said_to_be_lost(work: Work) -> None:
    work.run(lambda uow: leave_the_centre(uow, work.laptop.desk))
    assert work.window.shell is not None
    work.window.shell.flush()
    work.bot.waitUntil(lambda: work.exits == [EXIT_LOCK_LEFT_UNSAVED], timeout=60_000)
    assert not work.window.isVisible()


@pytest.mark.parametrize("was_saved", [True, False])
def test_the_lock_screen_says_why_it_locked_whoever_left(
    qtbot: QtBot, tmp_path: Path, was_saved: bool
) -> None:
    set_up(tmp_path / "data").close()
    runner = TaskRunner()
    window = MainWindow(
        LaptopDoor(Settings(tmp_path / "data"), runner),
        runner,
        Texts("es"),
        idle_minutes=5,
        end=lambda _: None,
        was_saved=was_saved,
        has_left=True,
    )
    window.resize(SMALL)
    window.show()
    looked = os.environ.get("QISPI_LOOK")
    qtbot.waitUntil(lambda: window.lock_page.by_sheets.isVisible(), timeout=60_000)
    if looked:
        window.grab().save(f"{looked}/left-{was_saved}.png")
    said = " ".join(one.text() for one in window.findChildren(QLabel) if one.isVisible())
    assert "ya no trabaja en él" in said
    assert ("quedó guardado" in said) is was_saved
    assert ("no se pudo guardar" in said) is not was_saved
    window.end(0)
    runner.close()


@pytest.mark.parametrize(
    ("code", "told"),
    [
        (EXIT_LOCKED, [WAS_SAVED]),
        (EXIT_LOCKED_UNSAVED, []),
        (EXIT_LOCKED_LEFT, [WAS_SAVED, HAS_LEFT]),
        (EXIT_LOCKED_LEFT_UNSAVED, [HAS_LEFT]),
    ],
)
def test_the_next_lock_screen_is_told_why_the_last_process_locked(
    tmp_path: Path, code: int, told: list[str]
) -> None:
    counted = tmp_path / "counted"
    script = f'[ -f {counted} ] || {{ touch {counted}; exit {code}; }}; echo "$@" > {counted}'
    assert supervise([], ("sh", "-c", script, "sh")) == 0
    assert counted.read_text().split() == [SUPERVISED, *told]
