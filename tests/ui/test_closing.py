"""The window closes while a synchronisation goes on: it waits for no network, and that is no bug of
the program for its log."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.bootstrap import LaptopDoor, workplace_of
from app.domain.errors import DomainError, EnvironmentFault
from app.settings import Settings
from sync.client.control import SyncRuns
from tests.support.stations import RegionPlace, open_again, set_up
from tests.support.windows import themed
from ui.application import MainWindow
from ui.runtime.task_runner import TaskRunner
from ui.runtime.text import Texts

LONG = 20
"""Seconds; it takes a moment."""


class ThinLink:
    """A link on which nothing comes, until it is cut."""

    def __init__(self) -> None:
        self.is_asked = threading.Event()
        self.is_cut = threading.Event()

    def exchange(self, _ask: object) -> NoReturn:
        """Wait, and say that nobody answered."""
        self.is_asked.set()
        assert self.is_cut.wait(LONG)
        raise EnvironmentFault("server_unreachable")

    roster = lane = exchange

    def close(self) -> None:
        """Nothing stands."""


@dataclasses.dataclass(slots=True)
class Closing:
    """A window whose synchronisation waits for its link."""

    runner: TaskRunner
    window: MainWindow
    link: ThinLink
    exits: list[int]

    def cut(self) -> None:
        """Cut the link, and wait until the run is told of it and came to its end."""
        is_behind = threading.Event()
        self.runner.on_network(is_behind.set)
        self.link.is_cut.set()
        assert is_behind.wait(LONG)

    def cut_behind_the_end(self) -> None:
        """The same, once the threads were let go."""
        self.runner.close()
        self.link.is_cut.set()
        for one in threading.enumerate():
            if one.name.startswith("network"):
                one.join(LONG)


def _synchronising(place: Path) -> Closing:
    region = RegionPlace.make(place)
    region.url = "https://127.0.0.1:9"
    runner, link, exits = TaskRunner(), ThinLink(), []
    folder = region.new_folder()

    def open_it():
        laptop = set_up(folder)
        return laptop.accept(*region.grant_first(*laptop.request()))

    laptop = runner.on_storage_thread(open_it).result()
    assert laptop.keys is not None
    assert laptop.envelope is not None
    runs = SyncRuns(
        desk=laptop.desk,
        envelope=laptop.envelope,
        keys=laptop.keys,
        threads=runner,
        open_unit=laptop.store.unit,
        transport_of=lambda _counted: link,
    )
    door = LaptopDoor(Settings(folder), runner)
    window = MainWindow(
        door, runner, Texts("es"), idle_minutes=5, end=exits.append, syncs_alone=False
    )
    window.enter(dataclasses.replace(workplace_of(laptop, runner), sync=runs))
    window.show()
    assert window.shell is not None
    window.shell.sync.sync_now()
    return Closing(runner, window, link, exits)


@pytest.mark.parametrize("cut", [Closing.cut, Closing.cut_behind_the_end])
def test_a_run_that_outlives_the_vault_is_no_bug_for_the_log(
    qapp: QApplication,
    qtbot: QtBot,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    cut: Callable[[Closing], None],
) -> None:
    themed(qapp)
    open_one = _synchronising(tmp_path)
    qtbot.waitUntil(open_one.link.is_asked.is_set, timeout=LONG * 1_000)
    open_one.window.close()
    assert open_one.exits == [0], "it waits for no network"
    cut(open_one)
    open_one.runner.close()
    assert [one.name for one in caplog.records if one.name == "qispi.bug"] == []
    open_again(tmp_path / "laptop-1").close()
    open_one.window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def test_behind_the_last_work_the_storage_thread_refuses_in_words(qapp: QApplication) -> None:
    del qapp
    runner = TaskRunner()
    assert runner.on_storage_thread(lambda: 1).result() == 1
    assert runner.last_on_storage_thread(lambda: 2).result() == 2
    for _ in range(2):
        with pytest.raises(DomainError, match="sync_cancelled"):
            runner.on_storage_thread(lambda: 3).result()
        runner.close()
