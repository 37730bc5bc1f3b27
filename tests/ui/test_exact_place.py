"""The name of a place, typed exactly, is that place once the line is left."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from tests.support.windows import Screen
from ui.forms.choice_editors import FinderEditor
from ui.forms.renderer import FieldRow


def district(screen: Screen, typed: str) -> tuple[FieldRow, FinderEditor]:
    """Type into the district of the ficha, and go elsewhere; return its row and editor."""
    case_id = screen.new_case()
    screen.go("ficha", case_id=case_id)
    screen.shell.ficha.presenter.go_to_field("district")
    screen.settle()
    assert screen.shell.ficha.fields is not None
    row = screen.shell.ficha.fields.row("district")
    assert row is not None
    editor = row.editor
    assert isinstance(editor, FinderEditor)
    QTest.keyClicks(editor.line, typed)
    QTest.keyClick(editor.line, Qt.Key.Key_Escape)  # the list of what was found
    screen.shell.search.setFocus()
    screen.settle()
    return row, editor


@pytest.mark.parametrize(
    ("typed", "code"),
    [("Imaza", "010205"), ("rio santiago ", "010403"), ("IMAZA, Bagua, Amazonas", "010205")],
)
def test_the_only_place_of_a_name_counts_as_picked_when_the_line_is_left(
    screen: Screen, typed: str, code: str
) -> None:
    row, editor = district(screen, typed)
    assert editor.value() == code
    assert row.remark.text() == ""
    screen.until(lambda: not screen.page.is_busy)
    case_id = screen.page.named
    assert case_id is not None
    assert screen.stored(case_id, "district") == code


def test_of_several_places_of_a_name_it_is_said_beside_the_line(screen: Screen) -> None:
    row, editor = district(screen, "Santa Rosa")
    assert editor.value() == "Santa Rosa"
    assert "Hay 10 distritos con ese nombre" in row.remark.text()


def test_what_is_no_place_is_still_named(screen: Screen) -> None:
    row, _ = district(screen, "Xyzlandia")
    assert "no está en la lista del INEI" in row.remark.text()
