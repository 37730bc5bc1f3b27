"""The steps of the ficha: those of the section at hand as numbers, the others as their letter."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication, QPushButton

from tests.support.windows import Screen, shown_children
from ui.screens.ficha.step_row import StepRow, groups_of


def row_of(screen: Screen) -> list[QPushButton]:
    (row,) = [one for one in shown_children(screen.page) if isinstance(one, StepRow)]
    return [one for one in shown_children(row) if isinstance(one, QPushButton)]


def words_of(screen: Screen) -> list[str]:
    return [one.text().removesuffix(" ✓") for one in row_of(screen)]


def test_the_section_at_hand_shows_its_steps_and_the_others_their_letter(screen: Screen):
    page = screen.go("ficha", case_id=screen.new_case())
    presenter = page.presenter
    assert words_of(screen)[:3] == ["1", "A", "B"]
    presenter.go(1)
    screen.settle()
    groups = groups_of(presenter.steps)
    of_a = next(one for one in groups if one.code == "A")
    numbers = [str(one + 1) for one in range(of_a.first, of_a.first + of_a.count)]
    assert words_of(screen)[: of_a.count + 2] == ["1", *numbers, "B"]
    (pressed,) = [one for one in row_of(screen) if one.isChecked()]
    assert pressed.text().startswith("2")


def test_a_letter_leads_to_the_first_step_of_its_section(screen: Screen):
    page = screen.go("ficha", case_id=screen.new_case())
    letter = next(one for one in row_of(screen) if one.text().startswith("C"))
    letter.click()
    screen.settle()
    assert page.presenter.section.id == "redes"


def test_every_step_says_its_title_and_whether_something_is_missing(screen: Screen):
    page = screen.go("ficha", case_id=screen.new_case())
    assert "Consentimiento y encabezado" in row_of(screen)[0].accessibleName()
    assert "Hechos de violencia" in next(
        one.accessibleName() for one in row_of(screen) if one.text().startswith("B")
    )
    assert all("para validar" in one.accessibleName() for one in row_of(screen))
    steps = page.presenter.steps
    assert sum(group.count for group in groups_of(steps)) == len(steps)


def test_the_section_on_the_kit_shows_once_there_was_sexual_violence(screen: Screen):
    page = screen.go("ficha", case_id=screen.new_case())
    assert "F" not in words_of(screen)
    page.presenter.form.edit("TIPO_VIOLENCIA", "3")
    screen.settle()
    assert "F" in words_of(screen)


def test_a_step_in_which_nothing_is_written_gets_no_tick(screen: Screen):
    page = screen.go("ficha", case_id=screen.new_case())
    page.presenter.go_to_field("route")
    screen.settle()
    (own,) = [one for one in row_of(screen) if one.isChecked()]
    assert own.text() == "8"  # nothing in it is compulsory, and nothing was asked
    assert "nada falta para validar" in own.accessibleName()

    page.presenter.form.edit("route", "Dos horas por el río")
    page.presenter.go(page.presenter.step)
    screen.settle()

    assert own.text() == "8 ✓"


def test_a_step_that_is_a_list_has_the_focus_on_the_way_to_it(screen: Screen):
    """And not in the search box, where what is typed leaves the page. Control: a step of fields has
    it in its first one."""
    page = screen.go("ficha", case_id=screen.new_case())

    def lists() -> list[int]:
        steps = page.presenter.steps
        return [at for at, one in enumerate(steps) if one.many and not one.fields]

    for step, wanted in ((lists()[0], "Ver la lista y anotar"), (1, "")):
        page.presenter.go(step)
        screen.settle()
        focus = QApplication.focusWidget()
        assert page.isAncestorOf(focus)
        assert (focus.text() if isinstance(focus, QPushButton) else "") == wanted
