"""*Anotar*: what was taken out of a list can be put back, and what came back by itself says so."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QLabel

from app.domain.change import RecordId
from app.services import case_records, forms
from app.services.ports import FieldKey, UnitOfWork
from tests.support.pseudo import pseudo
from tests.support.windows import SMALL, Screen, shown_children
from tests.ui.test_pages import cut_off
from ui.screens.records.view import RecordsPage

OUT = "Se quitó de la lista. No se perdió: puede deshacerlo."
BACK = (
    "Alguien lo quitó de la lista y en otro equipo escribieron en ello sin saberlo: por eso está"
    " aquí. No se perdió nada. Si no va, quítelo otra vez."
)


def _open(screen: Screen, section: str = "nota") -> RecordsPage:
    page = screen.go("records", case_id=screen.new_case(), form_id=section)
    assert isinstance(page, RecordsPage)
    return page


def _press(screen: Screen, page: RecordsPage, words: str) -> None:
    (one,) = [
        one
        for one in shown_children(page)
        if isinstance(one, QAbstractButton)
        if one.text() == words
    ]
    one.click()
    screen.settle()


def _said(page: RecordsPage) -> list[str]:
    return [one.text() for one in shown_children(page) if isinstance(one, QLabel)]


def _rows(page: RecordsPage) -> int:
    return page.table.model().rowCount()


def test_what_is_taken_out_leaves_the_list_and_one_press_brings_it_back(screen: Screen) -> None:
    page = _open(screen)
    _press(screen, page, "Añadir")
    _press(screen, page, "Quitar de la lista")
    assert (_rows(page), OUT in _said(page)) == (0, True)

    _press(screen, page, "Deshacer")
    assert (_rows(page), OUT in _said(page)) == (1, False)


def test_a_record_in_which_a_colleague_wrote_says_why_it_is_in_the_list_again(
    screen: Screen,
) -> None:
    page = _open(screen)
    _press(screen, page, "Añadir")
    record_id = page.presenter.record_id
    assert record_id is not None
    _press(screen, page, "Quitar de la lista")

    def colleague(uow: UnitOfWork) -> None:
        key = FieldKey("note", record_id, "text")
        forms.change_fields(uow, screen.desk, {key: "Lo que otra persona escribió"})
        uow.commit()

    screen.run(colleague)
    screen.shell.records_changed()
    screen.settle()

    assert _rows(page) == 1
    assert OUT not in _said(page)
    assert BACK not in _said(page), "it is said of what is chosen"
    page.table.selectRow(0)
    screen.settle()
    assert BACK in _said(page)
    _press(screen, page, "Quitar de la lista")
    assert (_rows(page), OUT in _said(page), BACK in _said(page)) == (0, True, False)


def _came_back(screen: Screen, case_id: RecordId) -> RecordId:
    """A record that somebody took out on another laptop, in which this one wrote meanwhile."""

    def happen(uow: UnitOfWork) -> RecordId:
        record_id = case_records.begin(uow, screen.desk, "nota", case_id, {"text": "Un dato"})
        case_records.discard(uow, screen.desk, record_id)
        key = FieldKey("note", record_id, "text")
        forms.change_fields(uow, screen.desk, {key: "Lo que otra persona escribió"})
        uow.commit()
        return record_id

    return screen.run(happen)


@pytest.mark.parametrize("screen", [("es", None), ("es", pseudo)], indirect=True)
def test_whoever_chooses_it_reads_why_it_stands_though_the_program_began_anew(
    screen: Screen,
) -> None:
    case_id = screen.new_case()
    back = _came_back(screen, case_id)
    other = screen.run(
        lambda uow: case_records.begin(uow, screen.desk, "nota", case_id, {"text": "Otra"})
    )
    screen.window.resize(SMALL)
    page = screen.go("records", case_id=case_id, form_id="nota")
    assert isinstance(page, RecordsPage)
    said = screen.texts(BACK)
    model = page.table.model()
    spoken = [model.index(row, 0).data(Qt.ItemDataRole.AccessibleTextRole) for row in range(2)]
    assert [said in one for one in spoken] == [True, False]
    shown = []
    for one in (back, other, back):
        page.presenter.choose(one)
        screen.settle()
        shown.append(said in _said(page))
        assert cut_off(screen.window) == []
    assert shown == [True, False, True]
    assert page.table.height() > 2 * page.table.rowHeight(0), "the list still shows"


def test_another_list_says_nothing_of_what_was_taken_out_of_this_one(screen: Screen) -> None:
    page = _open(screen)
    _press(screen, page, "Añadir")
    _press(screen, page, "Quitar de la lista")
    other = next(one for one in page.presenter.sections if one.many != "nota")
    page.presenter.choose_list(other)
    screen.settle()

    assert OUT not in _said(page)
    assert screen.run(
        lambda uow: case_records.list_records(
            uow, screen.desk, "nota", RecordId(page.presenter.case_id or ""), is_discarded=True
        )
    )


def test_a_record_with_a_note_alone_shows_how_the_note_begins(screen: Screen) -> None:
    case_id = screen.new_case(names="Nantip")
    for told in ({"text": "Volvió con su madre.\nTrae el oficio."}, {"about": "Visita"}, {}):
        screen.run(
            lambda uow, values=told: case_records.begin(uow, screen.desk, "nota", case_id, values)  # type: ignore[misc]
        )
    page = screen.go("records", case_id=case_id, form_id="nota")
    assert isinstance(page, RecordsPage)
    model = page.table.model()
    shown = [
        [model.index(row, column).data() for column in range(model.columnCount())]
        for row in range(model.rowCount())
    ]
    assert sorted(shown) == [
        ["Volvió con su madre. Trae el oficio.", "—", "—"],
        ["—", "Visita", "—"],
        ["—", "—", "—"],
    ]


def test_of_a_long_note_the_list_shows_how_it_begins_up_to_a_word(screen: Screen) -> None:
    case_id = screen.new_case(names="Nantip")
    told = " ".join(f"palabra{number}" for number in range(600))
    for text in (told, "x" * 5_000):
        screen.run(
            lambda uow, text=text: case_records.begin(  # type: ignore[misc]
                uow, screen.desk, "nota", case_id, {"text": text}
            )
        )
    page = screen.go("records", case_id=case_id, form_id="nota")
    assert isinstance(page, RecordsPage)
    first, second = (page.table.model().index(row, 0) for row in range(2))
    shown = first.data().removesuffix("…")
    assert told.startswith(shown + " ")
    assert 100 < len(first.data()) <= 121
    assert first.data().endswith("…")
    assert second.data() == "x" * 120 + "…"
    for one in (first, second):
        for role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            assert len(one.data(role)) < 400
