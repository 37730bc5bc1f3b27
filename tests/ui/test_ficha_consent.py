"""A *no* to being attended is respected: the ficha says what it means, and goes on saving."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel

from tests.support.windows import SMALL, Screen, shown_children
from tests.ui.test_pages import cut_off

REFUSED = "No acepta que se la registre"


def rail_words(screen: Screen) -> str:
    rail = screen.shell.ficha.rail
    return "\n".join(one.text() for one in shown_children(rail) if isinstance(one, QLabel))


def answer(screen: Screen, field_id: str, value: str) -> None:
    form = screen.shell.ficha.presenter.form
    form.edit(field_id, value)
    form.leave(field_id)
    screen.settle()


def test_a_no_is_said_beside_the_ficha_as_soon_as_it_is_answered_and_as_long_as_it_stands(
    screen: Screen,
) -> None:
    screen.go("ficha", case_id=screen.new_case())
    assert REFUSED not in rail_words(screen)
    answer(screen, "attention_consent", "0")
    assert REFUSED in rail_words(screen)
    assert "anote solo lo mínimo" in rail_words(screen)
    assert "Puede volver cuando quiera." in rail_words(screen)
    answer(screen, "attention_consent", "1")
    assert REFUSED not in rail_words(screen)


def test_a_no_keeps_nothing_from_being_saved(screen: Screen) -> None:
    case_id = screen.new_case(attention_consent="0")
    screen.go("ficha", case_id=case_id)
    assert REFUSED in rail_words(screen)
    answer(screen, "CEM", "CEM Inventado")
    assert screen.stored(case_id, "CEM") == "CEM Inventado"


def test_what_is_said_of_a_no_fits_a_small_screen(screen: Screen) -> None:
    screen.go("ficha", case_id=screen.new_case(attention_consent="0"))
    assert screen.window.minimumSizeHint().width() <= SMALL.width()
    assert cut_off(screen.window) == []
