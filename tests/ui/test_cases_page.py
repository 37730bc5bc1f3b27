"""The filters of *Casos* say what they show, and the words beside the list follow them."""

from __future__ import annotations

import dataclasses

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from app.services import casework
from tests.support.windows import Screen, shown_children
from ui.runtime.page import Page
from ui.widgets.pieces import Box, CheckableButton


def _chips(page: Page) -> dict[str, CheckableButton]:
    return {one.text(): one for one in shown_children(page) if isinstance(one, CheckableButton)}


def _words(page: Page) -> str:
    return "\n".join(one.text() for one in shown_children(page) if isinstance(one, QLabel))


def test_the_filter_that_hides_nothing_says_of_what_it_shows_all(screen: Screen) -> None:
    chips = _chips(screen.go("cases"))
    assert [words for words, chip in chips.items() if chip.isChecked()] == ["Todos los casos"]


def test_a_filter_that_lets_nothing_through_does_not_say_that_there_are_no_cases(
    screen: Screen,
) -> None:
    screen.new_case(names="Nantip")
    page = screen.go("cases")
    assert "1 caso en este equipo" in _words(page)

    screen.bot.mouseClick(_chips(page)["▲ Severo"], Qt.MouseButton.LeftButton)
    screen.settle()
    assert "Todavía no hay casos aquí" not in _words(page)
    assert "0 casos en este equipo" not in _words(page)
    told = [one.accessibleName() for one in shown_children(page) if isinstance(one, Box)]
    assert told == ["Ningún caso coincide «Todos los casos» muestra otra vez la lista entera."]

    screen.bot.mouseClick(_chips(page)["Todos los casos"], Qt.MouseButton.LeftButton)
    screen.settle()
    assert "1 caso en este equipo" in _words(page)


def test_the_number_of_a_laptop_of_no_centre_yet_shows_whole(screen: Screen) -> None:
    """Cut, all its cases read the same: on the list and on *Hoy*."""
    desk = dataclasses.replace(screen.desk, device_letter="WWWW")
    screen.run(lambda uow: casework.open_case(uow, desk))
    for name, column in (("cases", 1), ("today", 4)):
        table = screen.go(name).table  # type: ignore[attr-defined]
        screen.until(lambda t=table: t.model().rowCount() > 0)
        assert "WWWW" in table.model().index(0, column).data()
        assert table.columnWidth(column) >= table.sizeHintForColumn(column)
