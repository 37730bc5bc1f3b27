"""The centre's calendar through the real window: added, refused, taken back, and counted with."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QLabel, QLineEdit

from app.domain.change import RecordId
from app.domain.facts import LIMA
from app.domain.value import Value
from app.domain.work_calendar import DaySort
from app.services import agenda, forms, work_calendar
from app.services.calendar_draft import draft
from app.services.messages import sentence
from app.services.ports import UnitOfWork
from app.services.work_calendar import CALENDAR_FORM, CalendarRow, Distance
from app.services.work_ports import AgendaFilter
from tests.support.pseudo import pseudo
from tests.support.windows import SMALL, Screen, shown_children, slow_disk
from tests.ui.test_keyboard import reached_by_tab
from tests.ui.test_pages import cut_off
from tests.ui.test_saving import allow_writing
from ui.screens.calendar.part import Part
from ui.screens.calendar.view import CalendarPage

NIEVA, RIO_SANTIAGO = "010401", "010403"
NIEVA_WORDS = "Nieva, Condorcanqui, Amazonas"
HOLIDAY = "Feriado regional o local"
SUSPENDED = "Plazos suspendidos"
# The list under a line of districts is a window that this plug-in cannot raise.
pytestmark = pytest.mark.qt_log_ignore(
    r"This plugin does not support (grabbing|raise)", extend=True
)

CONTROL = Qt.KeyboardModifier.ControlModifier


def opened(screen: Screen) -> CalendarPage:
    page = screen.go("calendar")
    assert isinstance(page, CalendarPage)
    return page


def press(screen: Screen, words: str) -> None:
    """Press the button that shows with these words."""
    found = [
        one
        for one in shown_children(screen.page)
        if isinstance(one, QAbstractButton) and one.text().startswith(words) and one.isEnabled()
    ]
    assert found, words
    found[0].click()
    screen.settle()


def focus_on(screen: Screen, part: Part[CalendarRow] | Part[Distance], name: str) -> None:
    part.entry.row(name).editor.focus_widgets[0].setFocus()
    screen.settle()


def write(screen: Screen, part: Part[CalendarRow] | Part[Distance], values: dict[str, str]) -> None:
    """Fill in fields as a person does: lines are typed, an entry of a list is chosen."""
    for name, text in values.items():
        focus_on(screen, part, name)
        box = part.entry.row(name).editor.focus_widgets[0]
        if isinstance(box, QComboBox):
            number = box.findText(text)
            assert number >= 0, text
            box.setCurrentIndex(number)
            box.activated.emit(number)
        else:
            assert isinstance(box, QLineEdit)
            box.selectAll()
            QTest.keyClicks(box, text)
    screen.settle()


def add(screen: Screen, page: CalendarPage, **values: str) -> None:
    press(screen, "Añadir día")
    write(screen, page.days, values)
    press(screen, "Añadir (Ctrl+Enter)")


def own(screen: Screen, year: int = 2026) -> list[CalendarRow]:
    rows = screen.run(lambda uow: work_calendar.list_days(uow, screen.desk, year))
    return [one for one in rows if one.record_id is not None]


def distances(screen: Screen) -> tuple[Distance, ...]:
    return screen.run(work_calendar.list_distances)


def said(screen: Screen) -> str:
    return "\n".join(one.text() for one in shown_children(screen.page) if isinstance(one, QLabel))


def choose(screen: Screen, page: CalendarPage, day: date) -> None:
    page.days.choose(lambda row: row.first == day)
    screen.settle()


def test_why_a_day_counts_as_it_does_is_read_whole_on_the_smallest_screen(screen: Screen) -> None:
    screen.window.resize(SMALL)
    table = opened(screen).days.table
    assert table.model().rowCount() > 10
    for column in range(3):
        assert table.sizeHintForColumn(column) <= table.columnWidth(column)


def test_it_says_what_this_changes_and_what_was_not_obtained(screen: Screen) -> None:
    opened(screen)
    assert "Mueve los plazos de todos los casos" in said(screen)

    press(screen, "Término de la distancia")

    assert "El cuadro oficial del Poder Judicial no se pudo obtener" in said(screen)
    assert "Un distrito sin anotar no es cero: no se sabe." in said(screen)
    assert "Todavía no hay ninguna distancia anotada" in said(screen)


def test_the_holidays_of_the_nation_show_by_name_and_cannot_be_taken_away(screen: Screen) -> None:
    page = opened(screen)
    choose(screen, page, date(2026, 7, 28))

    assert "martes 28/07/2026" in said(screen)
    assert "Día de la Independencia" in said(screen)
    assert "Viene con el programa y aquí no se cambia." in said(screen)
    buttons = [one.text() for one in shown_children(page) if isinstance(one, QAbstractButton)]
    assert "Quitar" not in buttons

    press(screen, "Ese día se trabaja")
    press(screen, "Añadir (Ctrl+Enter)")

    (row,) = own(screen)
    assert (row.first, row.sort) == (date(2026, 7, 28), DaySort.WORKING.value)


def test_a_day_is_added_by_keyboard_alone(screen: Screen) -> None:
    page = opened(screen)
    page.days.table.setFocus()
    begin = next(
        one
        for one in shown_children(page)
        if isinstance(one, QAbstractButton) and one.text() == "Añadir día"
    )
    for _ in range(6):
        if QApplication.focusWidget() is begin:
            break
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)  # type: ignore[arg-type]
    assert QApplication.focusWidget() is begin
    QTest.keyClick(begin, Qt.Key.Key_Space)
    screen.settle()

    def here(text: str = "", key: Qt.Key = Qt.Key.Key_Tab) -> None:
        focus = QApplication.focusWidget()
        assert focus is not None
        QTest.keyClicks(focus, text)
        QTest.keyClick(focus, key)
        screen.settle()

    here("30/11/2026")
    here()  # a single day
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Down)  # type: ignore[arg-type]
    here()
    here(NIEVA_WORDS)
    here("Aniversario inventado")
    QTest.keyClicks(QApplication.focusWidget(), "Ordenanza inventada")  # type: ignore[arg-type]
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return, CONTROL)  # type: ignore[arg-type]
    screen.settle()

    (row,) = own(screen)
    assert (row.first, row.last, row.sort) == (
        date(2026, 11, 30),
        date(2026, 11, 30),
        DaySort.HOLIDAY.value,
    )
    assert (row.district, row.reason) == (NIEVA, "Aniversario inventado")
    assert row.legal_basis == "Ordenanza inventada"
    assert not page.days.is_writing
    assert page.days.chosen == row
    for words in ("lunes 30/11/2026", HOLIDAY, NIEVA_WORDS, "Ordenanza inventada"):
        assert words in said(screen)
    assert "No cuenta como día hábil" in said(screen)


@pytest.mark.parametrize("part", ["days", "distances"])
@pytest.mark.parametrize("is_writing", [False, True])
def test_every_control_is_reached_by_tab(screen: Screen, part: str, *, is_writing: bool) -> None:
    page = opened(screen)
    screen.run(lambda uow: work_calendar.set_distance(uow, screen.desk, NIEVA, 4, source=""))
    page.open(part=part)
    screen.settle()
    if is_writing:
        (page.days if part == "days" else page.distances).begin({})
        screen.settle()

    screen.shell.search.setFocus()
    reached = reached_by_tab(screen)

    wanted = {
        one
        for one in shown_children(page)
        if one.focusPolicy() & Qt.FocusPolicy.TabFocus
        and one.isEnabled()
        # Qt reaches a group of exclusive buttons once, and the arrows do the rest.
        and not (one.property("kind") == "chip" and not one.property("checked"))
    }
    assert wanted <= reached, [str(one) for one in wanted - reached]


def test_days_in_a_row_show_from_and_to_in_both_their_years(screen: Screen) -> None:
    page = opened(screen)
    add(screen, page, day="28/12/2026", last_day="04/01/2027", sort=SUSPENDED)

    assert "Del lunes 28/12/2026 al lunes 04/01/2027" in said(screen)
    assert "Los plazos en días se detienen. Los plazos en horas siguen." in said(screen)
    assert "▲ Sin norma anotada" in said(screen)
    assert len(own(screen, 2026)) == len(own(screen, 2027)) == 1


def test_a_day_of_another_year_is_shown_where_it_was_put(screen: Screen) -> None:
    page = opened(screen)
    add(screen, page, day="16/02/2041", sort=HOLIDAY)

    assert page.presenter.year == 2041
    assert page.days.chosen == own(screen, 2041)[0]
    years = next(one for one in shown_children(page) if isinstance(one, QComboBox))
    assert years.currentText() == "2041"


def test_another_year_is_chosen(screen: Screen) -> None:
    page = opened(screen)
    years = next(one for one in shown_children(page) if isinstance(one, QComboBox))
    number = years.findText("2022")
    years.setCurrentIndex(number)
    years.activated.emit(number)
    screen.settle()

    assert {row.first.year for row in page.days.rows if row.first} == {2022}


@pytest.mark.parametrize(
    ("values", "beside", "words"),
    [
        pytest.param({"day": "30/11/2026"}, "sort", "Falta este dato.", id="no sort"),
        pytest.param({"sort": HOLIDAY}, "day", "Falta este dato.", id="no day"),
        pytest.param(
            {"day": "31/11/2026", "sort": HOLIDAY}, "day", "La fecha no existe.", id="no such day"
        ),
        pytest.param(
            {"day": "30/11/2026", "last_day": "29/11/2026", "sort": HOLIDAY},
            "last_day",
            "El último día está antes del primero.",
            id="reversed",
        ),
        pytest.param(
            {"day": "30/11/2026", "last_day": "30/11/2028", "sort": SUSPENDED},
            "last_day",
            "Son demasiados días seguidos: caben 366. Revise el año.",
            id="too many",
        ),
        pytest.param(
            {"day": "30/11/2026", "sort": HOLIDAY, "district": "Ningun Lugar"},
            "district",
            "Ese distrito no está en la lista del INEI.",
            id="no such district",
        ),
    ],
)
def test_what_does_not_fit_is_said_beside_its_field(
    screen: Screen, values: dict[str, str], beside: str, words: str
) -> None:
    page = opened(screen)
    add(screen, page, **values)

    row = page.days.entry.row(beside)
    assert words in row.remark.text()
    assert not row.remark.isHidden()
    assert words in row.editor.focus_widgets[0].accessibleDescription()
    assert QApplication.focusWidget() in row.editor.focus_widgets
    assert own(screen) == []
    assert page.days.is_writing

    write(screen, page.days, {"day": "30/11/2026", "sort": HOLIDAY})
    for name in ("last_day", "district"):
        if name in values:
            focus_on(screen, page.days, name)
            line = page.days.entry.row(name).editor.focus_widgets[0]
            assert isinstance(line, QLineEdit)
            line.selectAll()
            QTest.keyClick(line, Qt.Key.Key_Delete)
    press(screen, "Añadir (Ctrl+Enter)")
    assert [one.first for one in own(screen)] == [date(2026, 11, 30)]


def test_what_was_taken_back_is_undone_one_by_one(screen: Screen) -> None:
    page = opened(screen)
    add(screen, page, day="30/11/2026", sort=HOLIDAY, reason="Primero inventado")
    add(screen, page, day="02/12/2026", sort=HOLIDAY, reason="Segundo inventado")
    before = own(screen)
    for one in before:
        assert one.first is not None
        choose(screen, page, one.first)
        press(screen, "Quitar")
    assert own(screen) == []
    assert "Se quitaron 2 anotaciones. No se perdieron" in said(screen)

    press(screen, "Deshacer")
    assert [one.reason for one in own(screen)] == ["Segundo inventado"]
    press(screen, "Deshacer")

    assert own(screen) == before
    assert "Se quit" not in said(screen)


def test_what_is_half_written_counts_for_nothing_and_is_not_lost(screen: Screen) -> None:
    page = opened(screen)
    press(screen, "Añadir día")
    write(screen, page.days, {"day": "30/11/2026", "sort": HOLIDAY, "reason": "A medias"})
    screen.go("cases")
    assert not page.is_busy
    assert own(screen) == []
    assert screen.run(lambda uow: draft(uow, CALENDAR_FORM)) == {
        "day": "2026-11-30",
        "sort": DaySort.HOLIDAY.value,
        "reason": "A medias",
    }

    page.days.end()  # as if the program had been started anew
    opened(screen)
    assert page.days.is_writing
    press(screen, "Añadir (Ctrl+Enter)")

    assert [one.reason for one in own(screen)] == ["A medias"]
    assert screen.run(lambda uow: draft(uow, CALENDAR_FORM)) is None


def test_what_is_not_wanted_is_discarded_for_good(screen: Screen) -> None:
    page = opened(screen)
    press(screen, "Añadir día")
    write(screen, page.days, {"reason": "No era"})
    press(screen, "Descartar")

    screen.go("cases")
    opened(screen)

    assert not page.days.is_writing
    assert screen.run(lambda uow: draft(uow, CALENDAR_FORM)) is None


def test_what_is_typed_stays_when_records_change_or_the_language_does(screen: Screen) -> None:
    page = opened(screen)
    press(screen, "Añadir día")
    write(screen, page.days, {"day": "30/11/2026", "reason": "Sigue escrito"})

    page.refresh()
    screen.settle()
    screen.texts.switch("quy")
    screen.settle()

    assert page.days.entry.values() == {"day": "2026-11-30", "reason": "Sigue escrito"}
    assert page.days.is_writing


def test_a_distance_is_written_corrected_and_taken_back(screen: Screen) -> None:
    page = opened(screen)
    press(screen, "Término de la distancia")
    press(screen, "Anotar distancia")
    write(
        screen,
        page.distances,
        {"district": NIEVA_WORDS, "days": "4", "source": "Cuadro inventado 3"},
    )
    press(screen, "Anotar (Ctrl+Enter)")
    (row,) = distances(screen)
    assert (row.district, row.days, row.source) == (NIEVA, 4, "Cuadro inventado 3")
    assert "Término de la distancia: 4 días" in said(screen)

    press(screen, "Corregir")
    write(screen, page.distances, {"days": "2", "valid_from": "01/01/2027"})
    press(screen, "Anotar (Ctrl+Enter)")
    (row,) = distances(screen)
    assert (row.days, row.valid_from) == (2, date(2027, 1, 1))
    assert "▲ Todavía no vale: hasta ese día la distancia es «no se sabe»." in said(screen)

    press(screen, "Quitar")
    assert distances(screen) == ()
    press(screen, "Deshacer")
    assert distances(screen) == (row,)


def test_a_distance_that_does_not_fit_is_refused_in_words(screen: Screen) -> None:
    page = opened(screen)
    press(screen, "Término de la distancia")
    press(screen, "Anotar distancia")
    write(screen, page.distances, {"days": "61"})
    press(screen, "Anotar (Ctrl+Enter)")

    assert "Falta este dato." in page.distances.entry.row("district").remark.text()
    assert "No puede ser mayor que 60." in page.distances.entry.row("days").remark.text()
    assert distances(screen) == ()


def due_of_the_appeal(screen: Screen, case_id: RecordId) -> datetime:
    """The term of the appeal as the agenda of the centre has it: three working days."""
    found = screen.run(lambda uow: agenda.agenda(uow, screen.desk, AgendaFilter()))
    (row,) = (
        one
        for one in found.rows
        if one.task.case_id == case_id and "APELACION" in one.rule.deadlines
    )
    assert row.task.due_ms is not None
    return datetime.fromtimestamp(row.task.due_ms / 1000, LIMA)


def notified(screen: Screen, district: str) -> RecordId:
    """A case of that district in which a resolution was notified on Thursday 26 November."""
    case_id = screen.new_case(event_district=district)

    def work(uow: UnitOfWork) -> None:
        for code in ("denuncia_recibida", "resolucion_notificada"):
            values: dict[str, Value] = {"code": code, "happened_on": "2026-11-26"}
            forms.open_record(uow, screen.desk, "suceso", case_id, values)
        uow.commit()

    screen.run(work)
    return case_id


def test_a_local_holiday_moves_the_terms_of_the_agenda_and_taking_it_back_does_too(
    screen: Screen,
) -> None:
    here, elsewhere = notified(screen, NIEVA), notified(screen, RIO_SANTIAGO)
    page = opened(screen)
    tuesday, wednesday = date(2026, 12, 1), date(2026, 12, 2)
    assert due_of_the_appeal(screen, here).date() == tuesday

    add(screen, page, day="30/11/2026", sort=HOLIDAY, district=NIEVA_WORDS)
    assert due_of_the_appeal(screen, here).date() == wednesday
    assert due_of_the_appeal(screen, elsewhere).date() == tuesday

    press(screen, "Quitar")
    assert due_of_the_appeal(screen, here).date() == tuesday
    press(screen, "Deshacer")
    assert due_of_the_appeal(screen, here).date() == wednesday


@pytest.mark.parametrize(
    "screen",
    [
        pytest.param(("es", None), id="es"),
        pytest.param(("quy", None), id="quy"),
        pytest.param(("agr", None), id="agr"),
        pytest.param(("es", pseudo), id="longer"),
    ],
    indirect=True,
)
def test_it_fits_the_small_screen_while_something_is_written_and_undone(screen: Screen) -> None:
    page = opened(screen)
    record_id = screen.run(
        lambda uow: work_calendar.add_day(
            uow,
            screen.desk,
            date(2026, 12, 28),
            DaySort.SUSPENDED,
            last=date(2027, 1, 4),
            district=NIEVA,
            reason="Huelga inventada",
        )
    )
    screen.run(lambda uow: work_calendar.set_distance(uow, screen.desk, RIO_SANTIAGO, 4, source=""))
    for part in (page.days, page.distances):
        page.open(part="distances" if part is page.distances else "days")
        screen.settle()
        part.choose(lambda row: row.record_id is not None)
        check_fit(screen)
        part.begin({})
        screen.settle()
        part.submitted.emit({})  # every needed answer is remarked
        screen.settle()
        check_fit(screen)
    page.presenter.remove(CALENDAR_FORM, record_id)
    screen.settle()
    check_fit(screen)


def check_fit(screen: Screen) -> None:
    screen.settle()
    least = screen.window.minimumSizeHint()
    assert least.width() <= SMALL.width()
    assert least.height() <= SMALL.height()
    assert (screen.window.width(), screen.window.height()) == (SMALL.width(), SMALL.height())
    assert cut_off(screen.window) == []
    for part in shown_children(screen.page):
        if isinstance(part, QLabel):
            assert part.text() != "None"


REFUSED = "No se puede escribir en el disco. Avise a su coordinación."


def test_what_is_half_written_is_said_not_to_be_on_the_disk_until_it_is(screen: Screen) -> None:
    """Whoever reads that it is saved, or that it is being typed, locks the laptop and loses it."""
    page = opened(screen)
    press(screen, "Añadir día")
    allow_writing(screen, may_write=False)
    write(screen, page.days, {"reason": "A medias"})
    page.flush()
    screen.settle()
    assert screen.shell.alert_words == sentence("disk_read_only", {}, str)
    assert screen.shell.saved_words == "No está guardado"
    assert not screen.shell.notices.failed_seen.isVisible(), "nobody ticks it off"

    allow_writing(screen, may_write=True)
    page.flush()
    screen.settle()
    assert screen.shell.alert_words == ""
    assert screen.run(lambda uow: draft(uow, CALENDAR_FORM)) == {"reason": "A medias"}


def test_a_day_that_was_not_taken_back_is_told_of_the_calendar_wherever_she_went(
    screen: Screen,
) -> None:
    """It waits for nothing. Control: on the page itself it needs no name."""
    page = opened(screen)
    press(screen, "Añadir día")
    write(screen, page.days, {"day": "30/11/2026", "sort": HOLIDAY, "reason": "Fiesta inventada"})
    press(screen, "Añadir (Ctrl+Enter)")
    allow_writing(screen, may_write=False)
    press(screen, "Quitar")
    assert screen.shell.alert_words == REFUSED
    with slow_disk(screen):
        page.days.removed.emit(page.days.chosen)
        screen.shell.go("today", {})
    assert f"Calendario de plazos · {REFUSED}" in screen.shell.alert_words.split("\n")
    allow_writing(screen, may_write=True)
    assert [one.reason for one in own(screen)] == ["Fiesta inventada"]
