"""*Copia de seguridad* over a real laptop and a folder for a stick, and the way back at a first
start, as somebody goes it who has a new computer and the stick."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.backups import BackupRuns
from app.bootstrap import LaptopDoor, workplace_of
from app.laptop import Laptop
from app.services import casework
from app.settings import Settings
from db.backup_found import found_backups
from db.backup_manifest import MANIFEST_NAME
from tests.storage.test_backup_left import cut_off, stuck
from tests.support.storage import PASSPHRASE
from tests.support.windows import SMALL, set_up_here, shown_children, themed
from ui.application import MainWindow
from ui.runtime.task_runner import TaskRunner
from ui.runtime.text import Texts
from ui.screens.backup.view import BackupPage
from ui.screens.lock.recover import RecoverPanel
from ui.screens.today.view import TodayPage


@dataclass
class Where:
    """Whether the system says that the stick lies on the laptop's own disk."""

    is_here: bool = False


@dataclass
class Desk:
    """Somebody at an unlocked laptop on disk, with a stick beside it."""

    bot: QtBot
    window: MainWindow
    runner: TaskRunner
    laptop: Laptop
    folder: Path
    stick: Path
    where: Where

    def open_case(self) -> None:
        def work() -> None:
            with self.laptop.store.unit() as uow:
                casework.open_case(uow, self.laptop.desk)

        self.runner.on_storage_thread(work).result()

    def page(self) -> BackupPage:
        assert self.window.shell is not None
        self.window.shell.go("backup", {})
        self.settle()
        page = self.window.shell.page
        assert isinstance(page, BackupPage)
        return page

    def today(self) -> TodayPage:
        assert self.window.shell is not None
        self.window.shell.go("today", {})
        self.settle()
        page = self.window.shell.page
        assert isinstance(page, TodayPage)
        return page

    def settle(self) -> None:
        for _ in range(6):
            self.runner.drain()
            QCoreApplication.processEvents()

    def until(self, holds: Callable[[], bool]) -> None:
        self.bot.waitUntil(holds, timeout=30_000)


def words(widget: QWidget) -> str:
    return "\n".join(
        text
        for one in shown_children(widget)
        if (text := one.accessibleName() or getattr(one, "text", str)())
    )


@pytest.fixture
def desk(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> Iterator[Desk]:
    themed(qapp)
    runner = TaskRunner()
    folder, stick = tmp_path / "data", tmp_path / "stick"
    stick.mkdir()
    laptop = runner.on_storage_thread(lambda: set_up_here(folder)).result()
    door = LaptopDoor(Settings(folder), runner)
    window = MainWindow(
        door, runner, Texts("es"), idle_minutes=5, end=lambda _: None, syncs_alone=False
    )
    window.resize(SMALL)
    where = Where()
    runs = BackupRuns(laptop, runner, on_one_disk=lambda *_: where.is_here)
    window.enter(replace(workplace_of(laptop, runner, folder), backups=runs))
    with qtbot.waitActive(window, timeout=60_000):
        window.show()
    made = Desk(qtbot, window, runner, laptop, folder, stick, where)
    made.settle()
    yield made
    window.end(0)
    runner.close()
    window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def test_a_half_one_that_cannot_be_taken_away_is_said_behind_the_next_and_counts_as_none(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Control: where nothing stays, nothing is said."""
    page = desk.page()
    page.presenter.make(desk.stick)
    desk.until(lambda: "Copia hecha" in words(page))
    assert "a medio hacer" not in words(page)
    (made,) = found_backups(desk.stick)
    half = cut_off(made.folder, "respaldo-2020-01-01-BC")
    monkeypatch.setattr(os, "unlink", stuck(half, errno.EIO))
    page.presenter.make(desk.stick)
    desk.until(lambda: not page.presenter.is_running)
    assert "Copia hecha" in words(page)
    assert f"a medio hacer en esa memoria y no se pudo quitar ({half.name})" in words(page)
    assert "no sirve ni cuenta como copia" in words(page)
    assert len(found_backups(desk.stick)) == 2


def test_one_is_made_noted_and_tried_and_the_reminder_goes(desk: Desk) -> None:
    desk.open_case()
    today = desk.today()
    assert today.upkeep.isVisibleTo(today)
    assert "Todavía no hay copia de este equipo." in words(today)
    page = desk.page()
    page.presenter.make(desk.stick)
    desk.until(lambda: page.ended.isVisibleTo(page))
    assert "Copia hecha" in words(page) and "en este mismo disco" not in words(page)
    desk.until(lambda: "La última copia es del" in words(page))
    (found,) = found_backups(desk.stick)
    assert found.manifest.facts.changes > 0

    page.secret.line.setText("otras cinco palabras bien distintas")
    page.presenter.try_out(desk.stick, page.secret.line.text())
    desk.until(lambda: "La copia no se pudo probar" in words(page))
    assert page.secret.line.text(), "what was typed stays, for another try at once"
    page.presenter.try_out(desk.stick, PASSPHRASE)
    desk.until(lambda: "La copia se abre y está completa" in words(page))
    assert page.secret.line.text() == ""
    desk.until(lambda: "La última prueba fue" in words(page))
    today = desk.today()
    assert not today.upkeep.isVisibleTo(today)


def test_one_on_the_laptops_own_disk_is_said_and_the_reminder_stays(desk: Desk) -> None:
    """It is lost with the laptop. Control: one on a stick is not said so."""
    desk.open_case()
    desk.where.is_here = True
    page = desk.page()
    page.presenter.make(desk.stick)
    desk.until(lambda: page.ended.isVisibleTo(page))
    assert "en este mismo disco" in words(page) and "no cuenta" in words(page)
    desk.settle()
    assert "Todavía no se hizo ninguna copia" not in words(page), "one was, a moment ago"
    assert "Todavía no hay ninguna copia de este equipo fuera de su disco" in words(page)
    today = desk.today()
    assert today.upkeep.isVisibleTo(today)
    desk.where.is_here = False
    page = desk.page()
    page.presenter.make(desk.stick)
    desk.until(lambda: "La última copia es del" in words(page))
    assert "en este mismo disco" not in words(page)


def test_a_trial_says_what_lies_beside_and_cannot_be_read(desk: Desk) -> None:
    """Control: with none such nothing is said."""
    desk.open_case()
    page = desk.page()
    for count in (1, 2):
        page.presenter.make(desk.stick)
        desk.until(lambda count=count: len(found_backups(desk.stick)) == count)  # type: ignore[misc]
        desk.until(lambda: not page.presenter.is_running)
    page.presenter.try_out(desk.stick, PASSPHRASE)
    desk.until(lambda: "La copia se abre y está completa" in words(page))
    assert "Hay además" not in words(page)
    newer, older = (one.folder for one in found_backups(desk.stick))
    (newer / MANIFEST_NAME).write_bytes(b"{}")
    page.presenter.try_out(desk.stick, PASSPHRASE)
    desk.until(lambda: "Hay además una copia dañada" in words(page))
    assert newer.name in page.ended.accessibleName() and older.name in page.ended.accessibleName()


def test_what_a_stick_does_is_said_and_the_next_try_works(desk: Desk) -> None:
    desk.open_case()
    page = desk.page()
    page.presenter.make(desk.stick / "gone")
    desk.until(lambda: page.ended.isVisibleTo(page))
    assert "La memoria ya no está o no responde" in words(page)
    page.presenter.make(desk.folder)
    desk.until(lambda: "datos de un equipo" in words(page))
    page.presenter.try_out(desk.stick, PASSPHRASE)
    desk.until(lambda: "no hay ninguna copia de Qispi" in words(page))
    page.presenter.try_out(desk.stick, "")
    assert "Escriba primero sus palabras" in words(page)
    page.presenter.make(desk.stick)
    desk.until(lambda: "Copia hecha" in words(page))
    assert page.make.isEnabled() and not page.progress.isVisibleTo(page)


def test_who_stops_it_hears_that_nothing_was_made(desk: Desk) -> None:
    page = desk.page()
    page.presenter.make(desk.stick)
    page.progress.stop.click()
    desk.until(lambda: page.ended.isVisibleTo(page))
    assert "Se detuvo" in words(page)
    assert list(desk.stick.iterdir()) == []


def test_on_a_new_computer_the_laptop_is_there_again(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path
) -> None:
    """From the first start, by keyboard, with words that are wrong once; a copy of a newer program
    lies beside, which is said before the other one is taken."""
    themed(qapp)
    stick, new = tmp_path / "stick", tmp_path / "new"
    stick.mkdir()
    old = TaskRunner()
    laptop = old.on_storage_thread(lambda: set_up_here(tmp_path / "old")).result()

    def fill() -> None:
        with laptop.store.unit() as uow:
            casework.open_case(uow, laptop.desk)

    old.on_storage_thread(fill).result()
    reports: list[object] = []
    BackupRuns(laptop, old).make(stick, lambda _: None, reports.append)
    qtbot.waitUntil(lambda: bool(reports), timeout=30_000)
    (made,) = found_backups(stick)
    newer = Path(shutil.copytree(made.folder, stick / "respaldo-2026-12-31-BC")) / MANIFEST_NAME
    newer.write_bytes(newer.read_bytes().replace(b'"version":3', b'"version":4'))
    old.on_storage_thread(laptop.close).result()
    old.close()

    runner = TaskRunner()
    window = MainWindow(
        LaptopDoor(Settings(new, notes=tmp_path / "profile"), runner),
        runner,
        Texts("es"),
        idle_minutes=5,
        end=lambda _: None,
        syncs_alone=False,
    )
    window.resize(SMALL)
    with qtbot.waitActive(window, timeout=60_000):
        window.show()
    qtbot.waitUntil(lambda: "Primer uso de este equipo" in words(window), timeout=60_000)
    (way,) = [
        one
        for one in shown_children(window)
        if isinstance(one, QPushButton) and one.text() == "Recuperar de una copia…"
    ]
    way.setFocus()
    QTest.keyClick(way, Qt.Key.Key_Return)
    (panel,) = window.findChildren(RecoverPanel)
    assert panel.isVisibleTo(window)
    assert window.focusWidget() is panel.choose
    panel.secret.line.setFocus()
    QTest.keyClicks(panel.secret.line, "nada")
    QTest.keyClick(panel.secret.line, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "Elija la memoria con la copia" in words(window), timeout=60_000)
    panel.take(stick)
    assert "Elegida: stick" in words(window)
    panel.secret.line.setFocus()
    QTest.keyClick(panel.secret.line, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "palabras no son correctas" in words(window), timeout=30_000)
    assert not (new / "llaves.json").exists()
    panel.secret.line.setText(PASSPHRASE)
    QTest.keyClick(panel.secret.line, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "este programa no puede leer" in words(window), timeout=60_000)
    assert newer.parent.name in words(window) and made.folder.name in words(window)
    assert not (new / "llaves.json").exists()
    assert window.focusWidget() is panel.choose, "an Enter agrees to nothing"
    panel.agree.setFocus()
    QTest.keyClick(panel.agree, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.shell is not None, timeout=60_000)
    assert (new / "llaves.json").exists()
    runner.drain()
    window.end(0)
    runner.close()
    window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def test_who_changes_her_mind_sets_a_new_laptop_up(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path
) -> None:
    themed(qapp)
    runner = TaskRunner()
    door = LaptopDoor(Settings(tmp_path / "new"), runner)
    window = MainWindow(
        door, runner, Texts("es"), idle_minutes=5, end=lambda _: None, syncs_alone=False
    )
    window.resize(SMALL)
    with qtbot.waitActive(window, timeout=60_000):
        window.show()
    qtbot.waitUntil(lambda: "Primer uso de este equipo" in words(window), timeout=60_000)
    for shows, label in ((True, "Recuperar de una copia…"), (False, "Es un equipo nuevo")):
        (way,) = [
            one
            for one in shown_children(window)
            if isinstance(one, QPushButton) and one.text() == label
        ]
        way.click()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        assert bool(window.findChildren(RecoverPanel)) is shows
    assert "Nombre del centro" in words(window)
    runner.drain()
    window.end(0)
    runner.close()
    window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def test_the_register_has_one_name(checkout: Path) -> None:
    """It is *Registro* in the menu: whoever reads of another thing looks for it in vain."""
    places = [checkout / one for one in ("app", "ui", "docs/manual")]
    sources = [file for one in places for file in one.rglob("*") if file.suffix in (".py", ".md")]
    assert len(sources) > 100, "the control"
    assert [one.name for one in sources if "itácora" in one.read_text("utf-8")] == []
