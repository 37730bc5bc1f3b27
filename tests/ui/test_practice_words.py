"""In practice no page says that something is kept: whoever took it for the program would lose a
case that she believes to be saved."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from app.bootstrap import LaptopDoor
from app.settings import Settings
from tests.support.windows import SMALL, Screen, shown_children, themed
from ui.application import MainWindow
from ui.runtime.task_runner import TaskRunner
from ui.runtime.text import Texts

PROMISES = ("guardado en este equipo", "Se guarda solo", "Guardado a las", "no se pierde nada")


@pytest.fixture
def practice(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> Iterator[Screen]:
    """The window of somebody who practises."""
    themed(qapp)
    runner, texts, exits = TaskRunner(), Texts("es"), list[int]()
    door = LaptopDoor(Settings(tmp_path / "data"), runner)
    window = MainWindow(door, runner, texts, idle_minutes=5, end=exits.append, syncs_alone=False)
    window.resize(SMALL)
    place = runner.on_storage_thread(door.practice).result()
    window.enter(place)
    with qtbot.waitActive(window, timeout=60_000):
        window.show()
    store = place.open_unit.__self__  # type: ignore[attr-defined]  # the bound method's own
    made = Screen(qtbot, window, runner, texts, place.desk, store, exits)
    made.settle()
    yield made
    window.end(0)
    runner.close()
    window.deleteLater()


def promised(screen: Screen) -> list[str]:
    """Return what the window says that is kept."""
    said = [one.text() for one in shown_children(screen.window) if isinstance(one, QLabel)]
    return [one for one in said if any(promise in one for promise in PROMISES)]


def typed_into_a_ficha(screen: Screen) -> None:
    """Open a case, type, and wait until that is where the program puts it."""
    case_id = screen.new_case()
    screen.go("ficha", case_id=case_id)
    screen.shell.ficha.presenter.form.edit("names", "Nombre Inventado")
    screen.shell.ficha.presenter.form.commit("names")
    screen.until(lambda: screen.stored(case_id, "names") == "Nombre Inventado")
    screen.settle()


def test_in_practice_nothing_is_said_to_be_saved(practice: Screen) -> None:
    practice.go("ficha", case_id=practice.new_case())
    assert promised(practice) == []
    typed_into_a_ficha(practice)
    assert promised(practice) == []
    practice.go("sync")
    assert promised(practice) == []


def test_of_what_is_kept_it_is_said(screen: Screen) -> None:
    typed_into_a_ficha(screen)
    assert len(promised(screen)) > 1
    screen.go("sync")
    assert any("no se pierde nada" in one for one in promised(screen))


@pytest.mark.parametrize("name", ["sheets", "closing"])
def test_in_practice_it_is_not_said_that_the_real_laptop_has_no_sheets(
    practice: Screen, name: str
) -> None:
    practice.go(name)
    said = [one.text() for one in shown_children(practice.page) if isinstance(one, QLabel)]
    assert [one for one in said if "La práctica no tiene hojas de recuperación" in one]
    assert not [one for one in said if one.startswith("Este equipo")]


@pytest.mark.parametrize("name", ["sheets", "closing"])
def test_outside_practice_it_is_said_of_this_laptop(screen: Screen, name: str) -> None:
    screen.go(name)
    said = [one.text() for one in shown_children(screen.page) if isinstance(one, QLabel)]
    assert [one for one in said if one.startswith("Este equipo")]
