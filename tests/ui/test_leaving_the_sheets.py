"""Who goes back from the two sheets is at the lock screen, this one's or that of the next process,
whatever answers later; and over an open laptop no lock screen ever shows."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtTest import QTest

from tests.support.storage import PASSPHRASE
from tests.ui.test_recovery_page import Locked, bare, locked, made
from ui.application import EXIT_LOCK_UNSAVED

__all__ = ["locked", "made"]


@contextmanager
def slow_disk(locked: Locked) -> Iterator[None]:
    gate = threading.Event()
    locked.runner.on_storage_thread(lambda: gate.wait(60))
    try:
        yield
    finally:
        gate.set()
        locked.settle()


def type_words(locked: Locked) -> None:
    door = locked.window.lock_page
    door.focus()
    QTest.keyClicks(locked.window.focusWidget(), PASSPHRASE)


def test_who_goes_back_while_two_sheets_are_tried_leaves_nothing_behind(locked: Locked) -> None:
    """The process ends: the next one has the lock screen. Control: before they are tried, and
    when they were refused, it is this one's."""
    page = locked.begin()
    page.leave_button.click()
    assert locked.window.lock_page.isVisible()
    locked.begin()
    locked.type_pair(1, 1)
    page.leave_button.click()
    assert locked.window.lock_page.isVisible()
    locked.begin()
    for number, sheet in zip((1, 2), page.sheets, strict=True):
        for row, line in zip(locked.rows[number], sheet.lines, strict=True):
            line.setText(row)
    with slow_disk(locked):
        page.go_button.click()
        page.leave_button.click()
        assert not locked.window.isVisible()
        assert locked.exits == [EXIT_LOCK_UNSAVED]
    assert page.who.isHidden()
    assert page.who.chosen.count() == 0
    assert page.who.five.words == ""
    assert not page.left_alone.isActive()


def test_who_went_back_before_two_sheets_were_tried_comes_in_by_them(locked: Locked) -> None:
    page = locked.begin()
    page.leave_button.click()
    locked.begin()
    locked.type_pair(1, 2)
    assert page.who.isVisibleTo(page)


def test_no_lock_screen_shows_over_an_open_laptop(locked: Locked) -> None:
    """The clock of a page that was left alone leads back to the lock screen: not out of a program
    that somebody opened by her words meanwhile."""
    locked.settle()
    door = locked.window.lock_page
    with slow_disk(locked):
        type_words(locked)
        door.presenter.unlock(PASSPHRASE)
        door.sheets_wanted.emit(None)
    page = locked.page
    locked.bot.waitUntil(lambda: locked.window.shell is not None, timeout=60_000)
    locked.settle()
    assert not page.left_alone.isActive()
    page.left_alone.timeout.emit()
    locked.settle()
    assert locked.window.shell is not None
    assert locked.window.shell.isVisible()


def test_the_way_by_sheets_is_shut_while_words_are_tried(locked: Locked) -> None:
    """Control: before, and once they were refused, it is open."""
    locked.settle()
    door = locked.window.lock_page
    assert door.by_sheets.isEnabled()
    with slow_disk(locked):
        door.presenter.unlock("no son estas palabras de aquí")
        assert not door.by_sheets.isEnabled()
    locked.bot.waitUntil(door.by_sheets.isEnabled, timeout=60_000)


def test_nobody_goes_back_from_a_laptop_that_is_being_opened(locked: Locked) -> None:
    """It would open with nobody in front of it; and a second time by words."""
    page = locked.begin()
    locked.type_pair(1, 2)
    page.who.chosen.setCurrentIndex(0)
    page.who.five.line.setText(bare(page.who.five.words))
    with slow_disk(locked):
        page.go_button.click()
        assert not page.leave_button.isEnabled()
        assert not page.left_alone.isActive()
    locked.bot.waitUntil(lambda: locked.window.shell is not None, timeout=60_000)
