"""*Anotar*: what was taken out of a list can be put back, and what came back by itself says so."""

from __future__ import annotations

from PySide6.QtWidgets import QAbstractButton, QLabel

from app.domain.change import RecordId
from app.services import case_records, forms
from app.services.ports import FieldKey, UnitOfWork
from tests.support.windows import Screen, shown_children
from ui.screens.records.view import RecordsPage

OUT = "Se quitó de la lista. No se perdió: puede deshacerlo."


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
    said = " ".join(_said(page))
    assert OUT not in said
    assert "Lo que quitó está otra vez en la lista" in said


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
