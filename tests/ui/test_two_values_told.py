"""What the ficha and the list of cases say of fields with several values and of doubled numbers."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QTableView

from app.domain.change import RecordId
from app.domain.records import Kind, Name
from app.domain.value import Value
from app.services import conflicts
from app.services.forms import FICHA, change_fields, set_field
from app.services.ports import FieldKey, UnitOfWork
from tests.support.laptops import make_desk
from tests.support.pseudo import pseudo
from tests.support.windows import Screen, shown_children
from tests.ui.test_pages import check_fit

OTHER = make_desk(seed=7, letter="B", author="b0", ms=1_795_712_460_000)


def meet(screen: Screen, case_id: RecordId, **values: Value) -> None:
    """Let a colleague's laptop write fields without having seen what stands in them."""

    def write(uow: UnitOfWork) -> None:
        for field_id, value in values.items():
            set_field(uow, OTHER, FICHA, case_id, field_id, value, seen=())

    screen.run(write)


def give_number_of(screen: Screen, one: RecordId, other: RecordId) -> None:
    """Let the second case bear the number of the first, as a copy of a laptop may give it."""

    def copy(uow: UnitOfWork) -> None:
        code = uow.records.fields(one)[Name.CODE].value
        change_fields(uow, OTHER, {FieldKey(Kind.CASE, other, Name.CODE): code})
        uow.commit()

    screen.run(copy)


def words(screen: Screen) -> str:
    return "\n".join(one.text() for one in shown_children(screen.page) if isinstance(one, QLabel))


def test_the_ficha_and_the_list_count_the_fields_with_two_values(screen: Screen) -> None:
    case_id = screen.new_case(names="Flor", safe_hours="lunes", address="Jr. Uno", relato="Uno")
    meet(screen, case_id, safe_hours="martes")
    for page, arguments in (("ficha", {"case_id": case_id}), ("cases", {})):
        screen.go(page, **arguments)
        assert "1 dato tiene dos valores" in words(screen), page
    meet(screen, case_id, address="Jr. Dos", relato="Dos")
    for page, arguments in (("ficha", {"case_id": case_id}), ("cases", {})):
        screen.go("today")
        screen.go(page, **arguments)
        assert "3 datos tienen dos valores" in words(screen), page


def test_fields_of_other_cases_are_not_counted(screen: Screen) -> None:
    one = screen.new_case(safe_hours="lunes")
    other = screen.new_case(safe_hours="lunes")
    meet(screen, one, safe_hours="martes")
    counts = [
        screen.run(lambda uow, c=case: conflicts.count_of(uow, c))  # type: ignore[misc]
        for case in (one, other)
    ]
    assert counts == [1, 0]


def test_a_number_that_two_cases_bear_is_marked_in_the_list_and_in_words(screen: Screen) -> None:
    one, other = screen.new_case(names="Flor"), screen.new_case(names="Sol")
    screen.new_case(names="Luz")
    give_number_of(screen, one, other)
    screen.go("cases")
    (table,) = [one for one in shown_children(screen.page) if isinstance(one, QTableView)]
    model = table.model()
    rows = [model.index(number, 1) for number in range(model.rowCount())]
    marked = [one for one in rows if str(one.data()).endswith("×2")]
    assert len(marked) == 2
    assert len(rows) == 3
    for cell in marked:
        said = str(cell.data(Qt.ItemDataRole.AccessibleTextRole))
        assert "Otro caso lleva el mismo número" in said
        width = table.fontMetrics().horizontalAdvance(str(cell.data())) + 8
        assert width <= table.columnWidth(1), "all of it shows on the small screen"
    table.selectRow(marked[0].row())
    screen.settle()
    assert "Otro caso lleva el mismo número" in words(screen)


@pytest.mark.parametrize("screen", [("es", None), ("es", pseudo)], indirect=True)
def test_every_page_of_a_case_says_that_another_one_bears_its_number(screen: Screen) -> None:
    one, other, alone = (screen.new_case(names=name) for name in ("Flor", "Sol", "Luz"))
    give_number_of(screen, one, other)
    told = screen.texts(
        "{code} ×2: otro caso lleva este número. Si este se abrió después, escriba «bis» junto al "
        "número en sus papeles.",
        code="2026-A0001",
    )
    for page in ("ficha", "plan", "records", "risk", "referral", "papers"):
        for case_id in (one, other):
            screen.go(page, case_id=case_id)
            assert told in words(screen), page
            check_fit(page, screen.window)
        screen.go(page, case_id=alone)
        assert "×2" not in words(screen), page


def test_a_number_that_turns_out_to_be_doubled_is_told_where_one_is(screen: Screen) -> None:
    one, other = screen.new_case(names="Flor"), screen.new_case(names="Sol")
    screen.go("ficha", case_id=one)
    assert "×2" not in words(screen)
    give_number_of(screen, one, other)
    screen.shell.records_changed()
    screen.settle()
    assert "2026-A0001 ×2" in words(screen)
