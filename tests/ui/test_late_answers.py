"""What the disk answers late is told of what it was asked for, once, and hides nothing that shows
once only."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QCheckBox, QLabel, QListWidget, QPushButton

from app.domain.change import RecordId
from app.domain.records import Kind
from app.services import casework
from app.services.forms import change_fields
from app.services.ports import FieldKey, UnitOfWork
from tests.support.windows import Screen, shown_children, slow_disk
from ui.screens.audit.view import AuditPage
from ui.screens.intake.view import IntakePage
from ui.screens.papers.view import PapersPage
from ui.screens.saw.view import SawPage
from ui.screens.sheets.view import SheetsPage


def said(page: object) -> str:
    widgets = shown_children(page)  # type: ignore[arg-type]
    return "\n".join(one.text() for one in widgets if isinstance(one, QLabel))


def test_who_saw_a_case_is_listed_once_however_often_it_was_asked(screen: Screen) -> None:
    case_id = screen.new_case(names="Nantip")
    for _ in range(3):
        screen.run(lambda uow: casework.note_view(uow, screen.desk, case_id))
    page = screen.go("saw", case_id=case_id)
    assert isinstance(page, SawPage)
    once = page.table.model().rowCount()
    with slow_disk(screen):
        page.open(case_id=case_id)
        page.open(case_id=case_id)
    assert page.table.model().rowCount() == once


def test_the_words_of_an_export_outlive_a_check(screen: Screen, tmp_path: Path) -> None:
    """They show once: whoever lost them opens the file never."""
    page = screen.go("audit")
    assert isinstance(page, AuditPage)
    with slow_disk(screen):
        page.presenter.check()
        page.presenter.export(tmp_path / "registro.csv.age", screen.texts)
        page.presenter.check()
    page.presenter.check()
    screen.settle()
    assert "Se abre con estas palabras" in said(page)
    assert "íntegro" in said(page).lower()


def _work_as(screen: Screen, role: str) -> None:
    person = RecordId(screen.desk.actor.id)
    wanted = {"name": "Ana Inventada", "role": role, "roles": (role,)}

    def write(uow: UnitOfWork) -> None:
        change_fields(
            uow,
            screen.desk,
            {FieldKey(Kind.PERSON, person, one): each for one, each in wanted.items()},
        )
        uow.commit()

    screen.run(write)
    screen.shell.records_changed()
    screen.settle()


def test_whose_role_went_reads_the_register_no_longer(screen: Screen) -> None:
    """Control: as long as she has it, what shows stays."""
    _work_as(screen, "auditoria")
    page = screen.go("audit")
    assert isinstance(page, AuditPage)
    before = page.table.model().rowCount()
    assert before > 0
    screen.shell.records_changed()
    screen.settle()
    assert page.table.model().rowCount() == before

    _work_as(screen, "admision")
    assert page.table.model().rowCount() == 0
    assert "No es de su servicio" in said(page)

    _work_as(screen, "auditoria")
    assert page.table.model().rowCount() >= before


def test_a_paper_leaves_as_it_shows(screen: Screen) -> None:
    """While another one is drawn, or could not be, none leaves: not under the other one's name
    either. Control: once it shows, it may."""
    page = screen.go("papers", case_id=screen.new_case(names="Nantip"))
    assert isinstance(page, PapersPage)
    leave = [one for one in shown_children(page) if isinstance(one, QPushButton)]
    leave = [one for one in leave if one.text() in ("Imprimir", "Guardar PDF…")]
    leave = [one for one in leave if not one.isCheckable()]
    assert [one.isEnabled() for one in leave] == [True, True]
    (papers,) = page.findChildren(QListWidget)
    with slow_disk(screen):
        papers.setCurrentRow(1)
        assert [one.isEnabled() for one in leave] == [False, False]
    assert [one.isEnabled() for one in leave] == [True, True]
    (narrative,) = page.findChildren(QCheckBox)
    papers.setCurrentRow(0)
    screen.settle()
    with slow_disk(screen):
        narrative.click()
        assert [one.isEnabled() for one in leave] == [False, False]


@pytest.mark.parametrize("types", [True, False])
def test_nothing_on_a_page_that_was_left_takes_the_keyboard(screen: Screen, types: bool) -> None:
    """Whatever answers late, in the page or in the part of one that shows no more."""
    screen.go("cases")
    page = screen.go("intake")
    assert isinstance(page, IntakePage)
    line = page.editors["names"].focus_widgets[0]
    line.setFocus()
    if not types:
        line.clearFocus()
    screen.shell.cases.table.setFocus()
    focused = QApplication.focusWidget()
    assert focused is (line if types else page)
    QTest.keyClicks(focused, "Nantip")
    assert page.presenter.typed == ({"names": "Nantip"} if types else {})

    sheets = screen.go("sheets")
    assert isinstance(sheets, SheetsPage)
    sheets.pair.first_stop.setFocus()
    focused = QApplication.focusWidget()
    assert focused is not None
    assert focused.isVisible()
