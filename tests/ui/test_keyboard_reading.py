"""What is longer than its place is read by the keyboard, too: each area that scrolls has a stop of
Tab in it, or is one."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QScrollArea, QWidget

from app.domain.change import RecordId
from app.domain.work_calendar import DaySort
from app.services import work_calendar
from tests.support.windows import Screen, shown_children
from ui.screens.calendar.view import CalendarPage
from ui.screens.cases.view import CasesPage
from ui.screens.plan.view import PlanPage
from ui.screens.today.view import TodayPage


def _stops(area: QScrollArea) -> bool:
    """Whether the keyboard comes to an area, or into it."""
    inside = [one for one in area.widget().findChildren(QWidget) if one.isVisibleTo(area)]
    tab = Qt.FocusPolicy.TabFocus
    return any(bool(one.focusPolicy() & tab) for one in (area, *inside))


def unreachable(page: QWidget) -> list[str]:
    """The areas of a page of which no keyboard reads the rest."""
    return [
        f"in {type(one.parentWidget()).__name__}"
        for one in shown_children(page)
        if isinstance(one, QScrollArea) and one.verticalScrollBar().maximum() > 0
        if not _stops(one)
    ]


@pytest.fixture
def case_id(screen: Screen) -> RecordId:
    return screen.new_case(
        names="Nantip",
        surname_1="Ejemplo",
        never_call=True,
        safe_phone="999 000 001",
        leave_message="0",
        safe_hours="Los lunes por la mañana, cuando él está en la chacra de su hermano",
        community="Comunidad Inventada de los tres ríos, anexo de abajo, pasando la escuela",
        interpreter_needed="1",
        EDAD_VICTIMA=34,
    )


def test_a_task_is_read_to_its_end(screen: Screen, case_id: RecordId) -> None:
    seen = 0
    for page in (screen.go("plan", case_id=case_id), screen.go("today")):
        assert isinstance(page, PlanPage | TodayPage)
        for number in range(page.table.model().rowCount()):
            page.table.selectRow(number)
            screen.settle()
            assert unreachable(page) == []
            seen += page.panel.reading.verticalScrollBar().maximum() > 0
    assert seen
    area = page.panel.reading
    assert area.accessibleName()
    area.setFocus()
    before = area.verticalScrollBar().value()
    QTest.keyClick(area, Qt.Key.Key_Down)
    if area.verticalScrollBar().maximum():
        assert area.verticalScrollBar().value() > before


def test_what_must_be_known_of_a_case_is_read_to_its_end(screen: Screen, case_id: RecordId) -> None:
    page = screen.go("cases")
    assert isinstance(page, CasesPage)
    said = [one.text() for one in shown_children(page) if isinstance(one, QLabel)]
    assert any("chacra" in one for one in said)
    assert page.reading.verticalScrollBar().maximum() > 0
    assert unreachable(page) == []


def test_a_hand_over_is_read_to_its_end(screen: Screen) -> None:
    for _ in range(8):
        screen.go("plan", case_id=screen.new_case(names="Nantip", NIVEL_DE_RIESGO_VICTIMA="3"))
    page = screen.go("today")
    assert isinstance(page, TodayPage)
    page.presenter.give("3", "")
    screen.settle()
    (see,) = [
        one for one in shown_children(page) if getattr(one, "text", str)() == "Ver la entrega"
    ]
    see.click()  # type: ignore[attr-defined]
    screen.settle()
    (read,) = page.handover.findChildren(QScrollArea)
    assert read.verticalScrollBar().maximum() > 0
    assert unreachable(page) == []


def test_a_day_of_the_calendar_is_read_to_its_end(screen: Screen) -> None:
    screen.run(
        lambda uow: work_calendar.add_day(
            uow,
            screen.desk,
            screen.desk.clock.today(),
            DaySort.SUSPENDED,
            reason="Fiesta patronal inventada de la comunidad y de sus siete anexos " * 4,
            legal_basis="Resolución inventada de la municipalidad distrital, artículo único " * 3,
        )
    )
    page = screen.go("calendar")
    assert isinstance(page, CalendarPage)
    seen = 0
    for number in range(page.days.table.model().rowCount()):
        page.days.table.selectRow(number)
        screen.settle()
        assert unreachable(page) == []
        seen += page.days.reading.verticalScrollBar().maximum() > 0
    assert seen
    assert page.days.reading.accessibleName() not in ("", page.days.table.accessibleName())
