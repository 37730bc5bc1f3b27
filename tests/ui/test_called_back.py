"""Whoever was written to have left by mistake comes back once a colleague mended it, though nobody
else opens her laptop; until then nothing of a case shows there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QScrollArea
from pytestqt.qtbot import QtBot

from app.bootstrap import LaptopDoor, workplace_of
from app.demo.actors import Typist
from app.domain.change import RecordId
from app.services import accounts
from app.services.forms import change_fields
from app.services.ports import UnitOfWork
from app.settings import Settings
from sync.client.control import SyncRuns
from sync.client.http_transport import HttpTransport
from tests.support.stations import RegionPlace, open_again, served
from tests.support.windows import SMALL, themed
from ui.application import EXIT_LOCK_LEFT, MainWindow
from ui.runtime.task_runner import TaskRunner
from ui.runtime.text import Texts
from ui.screens.left.view import LeftPage

pytestmark = pytest.mark.timeout(120)
NAME = "Rosa Inventada"


@dataclass(slots=True)
class Centre:
    """A colleague's laptop, and hers, which is closed."""

    bot: QtBot
    colleague: Typist
    folder: Path
    hers: RecordId
    windows: list[tuple[MainWindow, TaskRunner]] = field(default_factory=list)

    def write_left(self, day: str | None) -> None:
        """Let the colleague write that she left, or that she did not."""
        desk = self.colleague.laptop.desk

        def write(uow: UnitOfWork) -> None:
            change_fields(uow, desk, {accounts.key_of(self.hers, accounts.LEFT_ON): day})
            uow.commit()

        self.colleague.run(write)
        assert self.colleague.sync().failure is None

    def enter(self) -> tuple[MainWindow, list[int]]:
        """Let her open her laptop with her words; return the window, and with what it ends."""
        runner, exits = TaskRunner(), list[int]()
        laptop = runner.on_storage_thread(lambda: open_again(self.folder)).result()
        window = MainWindow(
            LaptopDoor(Settings(self.folder), runner),
            runner,
            Texts("es"),
            idle_minutes=5,
            end=exits.append,
            syncs_alone=False,
        )
        self.windows.append((window, runner))
        workplace, keys = workplace_of(laptop, runner, self.folder), laptop.keys
        assert keys is not None and isinstance(workplace.sync, SyncRuns)
        once = replace(
            workplace.sync,
            transport_of=lambda counted: HttpTransport(keys.keyring, counted, tries=1),
        )
        window.resize(SMALL)
        with self.bot.waitActive(window, timeout=60_000):
            window.show()
        self.bot.waitUntil(window.lock_page.by_sheets.isVisible, timeout=60_000)
        window.enter(replace(workplace, sync=once))
        return window, exits

    def close(self) -> None:
        """Close every window."""
        while self.windows:
            window, runner = self.windows.pop()
            window.end(0)
            runner.close()
            window.deleteLater()
            QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def centre(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> Iterator[Centre]:
    themed(qapp)
    region = RegionPlace.make(tmp_path / "region")
    with served(region) as address:
        region.url = f"https://{address}"
        colleague = region.first()
        hers = region.joining_at(colleague, region.new_folder())
        hers.register({"names": NAME})
        assert hers.sync().failure is None
        assert colleague.sync().failure is None
        person, folder = RecordId(hers.laptop.desk.actor.id), region.place / "laptop-2"
        made = Centre(qtbot, colleague, folder, person)
        made.write_left("2026-11-26")
        assert hers.sync().failure is None
        hers.laptop.close()
        yield made
        made.close()
        colleague.laptop.close()


def left_page(centre: Centre, window: MainWindow) -> LeftPage:
    found: list[LeftPage] = []

    def shows() -> bool:
        found[:] = [one for one in window.findChildren(LeftPage) if one.isVisible()]
        return bool(found)

    centre.bot.waitUntil(shows, timeout=60_000)
    return found[0]


def shown(window: MainWindow) -> str:
    return "\n".join(one.text() for one in window.findChildren(QLabel) if one.isVisible())


def test_she_finds_in_the_region_that_it_was_mended_and_works_on(centre: Centre) -> None:
    """Control: before it was mended she stays out, and is told."""
    window, exits = centre.enter()
    page = left_page(centre, window)
    page.region_button.click()
    centre.bot.waitUntil(lambda: "Todavía consta" in page.message, timeout=60_000)
    assert NAME not in shown(window)

    centre.write_left(None)
    page.region_button.click()
    shell = window.shell
    assert shell is not None
    centre.bot.waitUntil(shell.isVisible, timeout=60_000)
    centre.bot.waitUntil(lambda: bool(shell.sync.said), timeout=60_000)
    assert not page.isVisible() and exits == []
    assert shell.alert_words == ""
    assert shell.today.table.hasFocus()
    centre.close()
    window, exits = centre.enter()
    assert window.shell is not None
    again = window.shell.sync
    centre.bot.waitUntil(lambda: bool(again.said), timeout=60_000)
    assert exits == []


def test_she_finds_it_on_a_stick_where_there_is_no_network(centre: Centre, tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    centre.write_left(None)
    assert centre.colleague.use_stick(stick).failure is None
    window, _ = centre.enter()
    page = left_page(centre, window)
    page.presenter.look_on_stick(stick)
    assert window.shell is not None
    centre.bot.waitUntil(window.shell.isVisible, timeout=60_000)


@pytest.mark.parametrize("way", ["button", "keys", "idle"])
def test_until_then_nothing_is_shown_and_it_locks(centre: Centre, way: str) -> None:
    """The page fits a small screen, is reached by the keyboard, and says what went wrong."""
    window, exits = centre.enter()
    page = left_page(centre, window)
    assert window.size() == SMALL
    (area,) = page.findChildren(QScrollArea)
    assert area.horizontalScrollBar().maximum() == 0
    centre.bot.waitUntil(page.region_button.hasFocus, timeout=60_000)
    said = shown(window)
    assert "consta que usted ya no trabaja en él" in said and "CEM" not in said
    page.presenter.look_on_stick(centre.folder)
    centre.bot.waitUntil(lambda: bool(page.message), timeout=60_000)
    assert "Todavía consta" not in page.message, "no stick, but this laptop's own folder"
    if way == "idle":
        window.end(EXIT_LOCK_LEFT)
    elif way == "keys":
        QTest.keyClick(page, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    else:
        QTest.keyClick(page.lock_button, Qt.Key.Key_Space)
    assert exits == [EXIT_LOCK_LEFT]
    assert not window.isVisible()


def test_who_had_gone_on_before_she_was_kept_out_sees_her_cases_once_she_is_let_in(
    centre: Centre,
) -> None:
    """The list was asked for while nothing was hers to read: it would stand empty."""
    window, _ = centre.enter()
    shell = window.shell
    assert shell is not None
    shell.go("cases", {})
    page = left_page(centre, window)
    centre.write_left(None)
    page.region_button.click()
    centre.bot.waitUntil(shell.isVisible, timeout=60_000)
    centre.bot.waitUntil(shell.today.table.hasFocus, timeout=60_000)
    shell.go("cases", {})
    rows = shell.cases.table.model().rowCount
    centre.bot.waitUntil(lambda: rows() == 1, timeout=60_000)
    assert shell.alert_words == ""
