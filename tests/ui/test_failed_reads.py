"""What a page could not read leaves no empty frame behind: the sentence says what happened."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

import pytest
from PySide6.QtWidgets import QLabel, QWidget

from app.domain.errors import EnvironmentFault
from app.services.read_models import SyncReport
from tests.support.windows import Screen, shown_children
from ui.shell import Shell
from ui.widgets.pieces import Box

OF_A_CASE = ("ficha", "plan", "records", "risk", "referral", "papers")


def _fail() -> NoReturn:
    raise RuntimeError


def _refusing(fault: str) -> Callable[[], NoReturn]:
    def refuse() -> NoReturn:
        raise EnvironmentFault(fault)

    return refuse


def _empty_boxes(window: QWidget) -> list[str]:
    boxes = [one for one in shown_children(window) if isinstance(one, Box)]
    return [
        f"a box of the tone {box.property('tone')} in {type(box.parentWidget()).__name__}"
        for box in boxes
        if not any(isinstance(one, QLabel) and one.text() for one in shown_children(box))
    ]


def test_a_page_whose_first_look_fails_says_so_and_shows_no_empty_box(screen: Screen) -> None:
    case_id = screen.new_case(names="Nantip")
    screen.runner.use(_fail)
    found = {}
    for name in screen.shell.page_names:
        arguments = {"case_id": case_id} if name in OF_A_CASE else {}
        screen.go(name, **arguments)
        found[name] = _empty_boxes(screen.window)
    assert not any(found.values()), found
    assert "Algo falló en el programa" in screen.shell.alert_words


def test_the_list_of_cases_offers_nothing_of_a_case_that_it_could_not_read(screen: Screen) -> None:
    screen.new_case(names="Nantip")
    screen.runner.use(_fail)
    page = screen.go("cases")
    assert "Algo falló en el programa" in screen.shell.alert_words
    said = {one.text() for one in shown_children(page) if hasattr(one, "text")}
    assert not said & {"Abrir ficha", "Derivar", "Revisar los dos valores"}

    screen.runner.use(screen.shell.workplace.open_unit)
    screen.go("cases")
    said = {one.text() for one in shown_children(page) if hasattr(one, "text")}
    assert {"Nantip", "Abrir ficha"} <= said


@pytest.mark.parametrize("name", ["today", "sync"])
def test_where_nothing_could_be_read_from_the_start_no_frame_stands_empty(
    screen: Screen, name: str
) -> None:
    screen.new_case(names="Nantip")
    screen.runner.use(_refusing("file_damaged"))
    shell = Shell(screen.shell.workplace, screen.runner, screen.texts, syncs_alone=False)
    shell.resize(screen.window.size())
    screen.bot.addWidget(shell)
    shell.show()
    shell.start()
    screen.settle()
    shell.go(name, {})
    screen.settle()
    assert shell.alert_words.startswith("Un archivo de este equipo está dañado. No se borró nada.")
    assert _empty_boxes(shell) == []
    said = [one.text() for one in shown_children(shell) if isinstance(one, QLabel)]
    assert "Entrega de turno: todavía no hay ninguna." not in said
    cards = [one for one in shown_children(shell.page) if one.objectName() == "card"]
    assert all(any(_words(one)) for one in cards)


@pytest.mark.parametrize("met", ["file_damaged", "disk_failing"])
@pytest.mark.parametrize(
    ("failure", "heading"),
    [
        ("server_unreachable", "No se completó; no se borró nada"),
        ("sync_cancelled", "Se detuvo; no se borró nada"),
    ],
)
def test_once_damage_was_met_no_run_says_that_nothing_was_lost(
    screen: Screen, met: str, failure: str, heading: str
) -> None:
    ended = _ended(failure)
    page = screen.go("sync")
    screen.shell.sync.show_report(ended)
    assert "no se perdió nada" in "\n".join(_words(page))
    screen.runner.use(_refusing(met))
    screen.go("cases")
    screen.go("sync")
    screen.shell.sync.show_report(ended)
    assert heading in _words(page)
    assert "no se perdió nada" not in "\n".join(_words(page))


@pytest.mark.parametrize("failure", ["file_damaged", "database_damaged", "disk_failing"])
def test_once_a_run_met_damage_no_later_one_says_that_nothing_was_lost(
    screen: Screen, failure: str
) -> None:
    page = screen.go("sync")
    screen.shell.sync.show_report(_ended(failure))
    assert "No se completó; no se borró nada" in _words(page)
    screen.shell.sync.show_report(_ended("server_unreachable"))
    assert "No se completó; no se borró nada" in _words(page)
    assert "no se perdió nada" not in "\n".join(_words(page))


@pytest.mark.parametrize("fault", ["disk_full", "disk_read_only", "file_in_use", "record_unknown"])
def test_what_is_no_damage_leaves_what_was_saved_sure(screen: Screen, fault: str) -> None:
    screen.runner.use(_refusing(fault))
    screen.go("cases")
    page = screen.go("sync")
    screen.shell.sync.show_report(_ended("server_unreachable"))
    assert "No se completó; no se perdió nada" in _words(page)


def _ended(failure: str) -> SyncReport:
    return SyncReport(
        failure=failure, batches_sent=0, batches_received=0, changes_received=0,
        set_aside=0, bytes_up=0, bytes_down=0, duration_ms=1,
    )  # fmt: skip


def _words(widget: QWidget) -> list[str]:
    return [one.text() for one in shown_children(widget) if hasattr(one, "text") and one.text()]


def test_where_nothing_was_typed_no_page_says_that_it_was_not_saved(screen: Screen) -> None:
    case_id = screen.new_case(names="Nantip")
    found = {}
    for name in screen.shell.page_names:
        screen.runner.use(_refusing("disk_failing"))
        arguments = {"case_id": case_id} if name in OF_A_CASE else {}
        screen.go(name, **arguments)
        labels = (one.text() for one in shown_children(screen.window) if isinstance(one, QLabel))
        found[name] = [one for one in labels if "No se guardó" in one]
        screen.runner.use(screen.shell.workplace.open_unit)
        screen.shell.notices.failed_seen.click()
    assert {name: said for name, said in found.items() if said} == {}
