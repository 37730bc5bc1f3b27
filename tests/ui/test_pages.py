"""Every page fits the small screen, names its controls, and survives longer words."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QAbstractButton, QLabel, QScrollArea, QWidget

from app.domain.change import RecordId
from app.services import forms
from app.services.ports import Desk, UnitOfWork
from tests.support.every import EVERY
from tests.support.pseudo import pseudo
from tests.support.windows import SMALL, Screen, shown_children
from ui.runtime.theme import COLOURS, CONTRAST_PAIRS, contrast
from ui.screens.ficha.view import FichaPage
from ui.screens.records.view import RecordsPage
from ui.screens.risk.view import RiskPage
from ui.screens.today.view import TodayPage

VARIANTS = [
    # Spanish fits wherever the last fits: word by word it is shorter.
    *([pytest.param(("es", None), id="es")] if EVERY else []),
    pytest.param(("quy", None), id="quy"),
    pytest.param(("agr", None), id="agr"),
    pytest.param(("es", pseudo), id="longer"),
]
everywhere = pytest.mark.parametrize("screen", VARIANTS, indirect=True)

OF_A_CASE = ("ficha", "plan", "records", "risk", "referral", "papers", "saw")
CASE = {
    "names": "Nantip",
    "surname_1": "Ejemplo",
    "EDAD_VICTIMA": 34,
    "document_number": "9999901",
    "document_type": "dni",
    "never_call": True,
    "NIVEL_DE_RIESGO_VICTIMA": "3",
    "relato": "Relato inventado.",
}


def _denounce(uow: UnitOfWork, desk: Desk, case_id: RecordId) -> None:
    """Write down a denuncia, so that there are tasks and one of them is overdue."""
    values = {"code": "denuncia_recibida", "happened_on": "2026-11-20", "happened_at": "09:00"}
    forms.open_record(uow, desk, "suceso", case_id, values)
    uow.commit()


def _choose_what_a_letter_claims(screen: Screen, page: TodayPage) -> None:
    """Choose the first task that offers its letter: the panel holds most then."""
    for row in range(page.table.model().rowCount()):
        page.table.selectRow(row)
        screen.settle()
        if page.panel.task is not None and page.panel.task.claim_document:
            return
    raise AssertionError("no letter claims any task")


def visit(screen: Screen) -> Iterator[tuple[str, QWidget]]:
    """Yield every page as it shows, and every step of the ficha."""
    case_id = screen.new_case(**CASE)
    screen.run(lambda uow: _denounce(uow, screen.desk, case_id))
    for name in screen.shell.page_names:
        arguments = {"case_id": case_id} if name in OF_A_CASE else {}
        page = screen.go(name, **arguments)
        if isinstance(page, FichaPage):
            for step in range(len(page.presenter.steps)):
                page.presenter.go(step)
                screen.settle()
                yield f"ficha {step + 1}", screen.window
        elif isinstance(page, TodayPage):
            yield name, screen.window
            _choose_what_a_letter_claims(screen, page)
            yield "today: claimed", screen.window
        elif isinstance(page, RiskPage):
            yield name, screen.window
            page.presenter.new_valuation()
            screen.settle()
            yield "risk: valuation", screen.window
            page.presenter.new_fvr()
            screen.settle()
            page.presenter.fvr.edit("instrument", "FVR-PAREJA")
            page.flush()
            screen.settle()
            yield "risk: instrument", screen.window
        elif isinstance(page, RecordsPage):
            for section in page.presenter.sections:
                page.presenter.choose_list(section)
                page.presenter.add()
                screen.settle()
                yield f"records: {section.id}", screen.window
        else:
            yield name, screen.window


@everywhere
def test_every_page_fits_a_small_screen_names_its_controls_and_tells_nothing_in_its_title(
    screen: Screen,
):
    """One visit for all three: a page takes longer to come than to be looked at."""
    for name, window in visit(screen):
        check_fit(name, window)
        check_names(name, window)
        assert {one.windowTitle() for one in window.findChildren(QWidget)} <= {"", "Qispi"}, name
        assert window.windowTitle() == "Qispi", name


def check_fit(name: str, window: QWidget) -> None:
    """Fail when something does not fit 1024 × 600 or scrolls sideways."""
    assert (window.width(), window.height()) == (SMALL.width(), SMALL.height()), name
    least = window.minimumSizeHint()
    assert least.width() <= SMALL.width(), f"{name}: {least.width()} wide"
    assert least.height() <= SMALL.height(), f"{name}: {least.height()} high"
    for area in shown_children(window):
        if isinstance(area, QScrollArea) and area.widget() is not None:
            inside = area.widget().minimumSizeHint().width()
            assert inside <= area.viewport().width(), f"{name}: scrolls sideways"
    assert cut_off(window) == [], name


def check_names(name: str, window: QWidget) -> None:
    """Fail when a control has no name for a screen reader."""
    for one in shown_children(window):
        if one.focusPolicy() & Qt.FocusPolicy.TabFocus and one.isEnabled():
            spoken = QAccessible.queryAccessibleInterface(one)
            text = spoken.text(QAccessible.Text.Name) if spoken else ""
            assert text.strip(), f"{name}: {one} {one.objectName()} is nameless"


def cut_off(window: QWidget) -> list[str]:
    """Return what does not fit into the place it was given."""
    found = []
    for one in shown_children(window):
        place = one.parentWidget()
        if place is None or one.window() is not window:
            continue
        right = one.mapTo(window, QPoint(one.width(), 0)).x()
        if right > window.width():
            found.append(f"{one} ends at {right}")
        if one.toolTip() or (isinstance(one, QAbstractButton) and not one.text()):
            continue  # shortened on purpose: the whole is in the tool tip
        if isinstance(one, QLabel) and not one.wordWrap() and one.sizeHint().width() > one.width():
            found.append(f"«{one.text()}» needs {one.sizeHint().width()}, has {one.width()}")
        if isinstance(one, QAbstractButton) and one.minimumSizeHint().width() > one.width():
            found.append(f"button «{one.text()}» is cut")
        if isinstance(one, QLabel) and one.wordWrap() and one.text():
            needed = one.heightForWidth(one.width())
            if needed > one.height() + 1:
                found.append(f"«{one.text()[:40]}» needs {needed} lines high, has {one.height()}")
    return found


def test_colours_that_stand_on_each_other_can_be_told_apart():
    for first, second, least in CONTRAST_PAIRS:
        assert contrast(COLOURS[first], COLOURS[second]) >= least, (first, second)
