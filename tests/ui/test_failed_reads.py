"""What a page could not read leaves no empty frame behind: the sentence says what happened."""

from __future__ import annotations

from typing import NoReturn

from PySide6.QtWidgets import QLabel

from tests.support.windows import Screen, shown_children
from ui.widgets.pieces import Box

OF_A_CASE = ("ficha", "plan", "records", "risk", "referral", "papers")


def _fail() -> NoReturn:
    raise RuntimeError


def _empty_boxes(screen: Screen) -> list[str]:
    boxes = [one for one in shown_children(screen.window) if isinstance(one, Box)]
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
        found[name] = _empty_boxes(screen)
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
