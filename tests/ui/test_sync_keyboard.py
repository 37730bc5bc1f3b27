"""*Sincronización* and what could not be used, by keyboard alone."""

from __future__ import annotations

import dataclasses

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QFileDialog, QWidget

from app.services.read_models import SyncProgress, SyncReport, SyncStep
from app.services.sync_facts import sync_view
from tests.support.windows import Screen, shown_children
from tests.ui.test_sync_in_sight import is_in_sight
from tests.ui.test_sync_page import happen
from ui.screens.refused.view import RefusedPage
from ui.screens.sync.steps import StepList
from ui.screens.sync.view import SyncPage
from ui.widgets.reading_area import ReadingArea

IN_ORDER = [
    "Sincronizar ahora (F5)",
    "Revisar",
    "Qué pasó y qué espera",
    *("Ya avisé", "Ya avisé", "Ya lo leí"),
    "Paquetes apartados",
    "Ver, imprimir o exportar",
    "Por enviar, por urgencia",
    "Cambios por enviar",
    "Archivos que no se usaron",
    "Ver cada uno",
    "Guardar aparte",
    "Pasos",
    "Elegir la memoria USB…",
]
STOPS = 60
ENDED = SyncReport(
    failure=None, batches_sent=0, batches_received=0, changes_received=0,
    set_aside=0, bytes_up=0, bytes_down=0, duration_ms=0,
)  # fmt: skip


def _focus() -> QWidget:
    found = QApplication.focusWidget()
    assert found is not None
    return found


def _name(one: QWidget) -> str:
    return one.text() if isinstance(one, QAbstractButton) else one.accessibleName()


def _walk(screen: Screen, key: Qt.Key) -> list[QWidget]:
    """Go round once from the search box; return the stops on the page."""
    screen.shell.search.setFocus()
    stops = []
    for _ in range(STOPS):
        QTest.keyClick(_focus(), key)
        if _focus() is screen.shell.search:
            break
        if screen.page.isAncestorOf(_focus()):
            stops.append(_focus())
            assert is_in_sight(_focus()), _name(_focus())
    else:
        pytest.fail("the keyboard never came round")
    return stops


@pytest.fixture
def page(screen: Screen) -> SyncPage:
    """The page with everything on it that it can have, and room for some of its steps alone, as
    where letters are larger."""
    screen.new_case(names="Nantip")
    screen.run(lambda uow: happen(uow, screen))
    screen.go("sync")
    found = screen.shell.sync
    found.show_view(dataclasses.replace(screen.run(sync_view), conflicts=2))
    (steps,) = found.findChildren(StepList)
    steps.setMaximumHeight(steps.minimumHeight() * 2)
    screen.settle()
    return found


@pytest.mark.usefixtures("page")
def test_what_was_answered_is_a_stop_where_it_stands(screen: Screen) -> None:
    facts = screen.shell.sync._left.facts
    facts._open.buttons[0].click()
    screen.settle()
    names = [_name(one) for one in _walk(screen, Qt.Key.Key_Tab)]
    begins = names.index("Qué pasó y qué espera")
    told = ["Ya avisé", "Ya lo leí", "Ver 1 aviso ya atendido", "Paquetes apartados"]
    assert names[begins + 1 : begins + 5] == told


@pytest.mark.usefixtures("page")
def test_tab_goes_the_way_of_reading_and_back_and_what_it_reaches_is_in_sight(
    screen: Screen,
) -> None:
    assert _name(_focus()) == IN_ORDER[0], "the keyboard begins in the page"
    assert [_name(one) for one in _walk(screen, Qt.Key.Key_Tab)] == IN_ORDER
    assert [_name(one) for one in _walk(screen, Qt.Key.Key_Backtab)] == IN_ORDER[::-1]


def test_what_is_only_read_is_scrolled_by_keys_and_shows_that_it_has_the_keyboard(
    page: SyncPage,
) -> None:
    areas = [one for one in shown_children(page) if isinstance(one, ReadingArea)]
    assert len(areas) == 2
    for area in areas:
        bar = area.verticalScrollBar()
        bar.setValue(0)
        page._now.setFocus()
        before = area.grab().toImage()
        area.setFocus(Qt.FocusReason.TabFocusReason)
        assert area.grab().toImage() != before, "no ring"
        for _ in range(20):
            QTest.keyClick(area, Qt.Key.Key_PageDown)
        assert bar.value() == bar.maximum() > 0
        for _ in range(80):
            QTest.keyClick(area, Qt.Key.Key_Up)
        assert bar.value() == 0


def test_enter_opens_what_could_not_be_used_and_back_is_in_the_list_again(
    screen: Screen, page: SyncPage
) -> None:
    table = page._left.refused_table
    table.setFocus()
    QTest.keyClick(table, Qt.Key.Key_Return)
    screen.settle()
    assert isinstance(screen.page, RefusedPage)
    names = [_name(one) for one in _walk(screen, Qt.Key.Key_Tab)]
    assert names[0] == "Sincronización"
    assert {"Guardar PDF…", "Imprimir"} <= set(names)
    assert [_name(one) for one in _walk(screen, Qt.Key.Key_Backtab)] == names[::-1]

    (back,) = [
        one
        for one in shown_children(screen.page)
        if isinstance(one, QAbstractButton) and one.text() == "Sincronización"
    ]
    back.setFocus()
    QTest.keyClick(back, Qt.Key.Key_Space)
    screen.settle()
    assert screen.page is page
    assert _focus() is table
    screen.go("today")
    screen.go("sync")
    assert _name(_focus()) == IN_ORDER[0]


def test_escape_leaves_the_dialog_for_the_stick_and_the_keyboard_is_where_it_was(
    screen: Screen, page: SyncPage
) -> None:
    page._panel.stick.choose.setFocus()
    page._panel.choose_stick()
    screen.settle()
    (dialog,) = [one for one in page.findChildren(QFileDialog) if one.isVisible()]
    screen.until(dialog.isActiveWindow)
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    screen.until(lambda: not page.findChildren(QFileDialog))
    assert screen.window.focusWidget() is page._panel.stick.choose


def test_the_keyboard_is_on_stop_while_the_stick_is_used_and_on_the_stick_after_it(
    screen: Screen, page: SyncPage
) -> None:
    page._panel.stick.choose.setFocus()
    page._panel.begin(is_stick=True)
    page.show_progress(SyncProgress(SyncStep.RECEIVE, 2, 7))
    screen.settle()
    assert _name(_focus()) == "Detener"
    page.show_report(ENDED)
    screen.settle()
    assert _focus() is page._panel.stick.choose


@pytest.mark.parametrize("is_stopped", [False, True])
def test_a_run_by_network_that_ends_leaves_the_keyboard_on_the_page(
    screen: Screen, page: SyncPage, is_stopped: bool
) -> None:
    page._panel.begin(is_stick=False)
    page._panel._stop.setFocus()
    if is_stopped:
        page._panel._stop.click()
    page.show_report(ENDED)
    screen.settle()
    assert _focus() is page._panel.stick.choose


def test_who_types_on_another_page_when_a_stick_is_done_goes_on_typing(
    screen: Screen, page: SyncPage
) -> None:
    wanted: list[bool] = []
    page._panel.stick_wanted.connect(lambda: wanted.append(True))
    page._panel.stick.choose.setFocus()
    page._panel.begin(is_stick=True)
    screen.go("cases")
    screen.shell.search.setFocus()
    QTest.keyClicks(_focus(), "Nan")
    page.show_report(ENDED)
    screen.settle()
    assert _focus() is screen.shell.search
    QTest.keyClicks(_focus(), " t")
    assert screen.shell.search.text() == "Nan t"
    assert not wanted


def test_who_reads_beside_it_when_a_stick_is_done_keeps_the_place(
    screen: Screen, page: SyncPage
) -> None:
    page._panel.begin(is_stick=True)
    page._left.refused_table.setFocus()
    page.show_report(ENDED)
    screen.settle()
    assert _focus() is page._left.refused_table
