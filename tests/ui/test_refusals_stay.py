"""What is said above the pages of something that was refused stands until it can have been read:
what the program saves by itself takes away only that something was not saved."""

from __future__ import annotations

import dataclasses

import pytest
from PySide6.QtCore import Qt
from PySide6.QtPrintSupport import QPrinterInfo
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QFileDialog, QLabel, QLineEdit

from app.domain.change import AuthorId, RecordId
from app.domain.form import TEXT_LENGTH_MAX
from app.domain.records import Kind
from app.services import teams
from app.services.forms import change_fields
from app.services.messages import sentence
from app.services.ports import Actor, FieldKey, UnitOfWork
from tests.support.windows import SMALL, Screen, shown_children, slow_disk
from tests.ui.test_conflicts_page import choose, met
from tests.ui.test_referral import ACCEPTED, type_in
from tests.ui.test_refused_decisions import chosen, done, number_of
from ui.runtime.page import Page
from ui.screens.calendar.view import CalendarPage
from ui.screens.ficha.view import FichaPage
from ui.screens.plan.view import PlanPage
from ui.screens.referral.view import ReferralPage
from ui.screens.team.view import TeamPage

ANA = RecordId("01" * 16)
REFUSED = "No se bloqueó a nadie"
"""Of the refusal to keep herself from a case that nobody else could attend."""


@pytest.fixture
def case_id(screen: Screen) -> RecordId:
    """A case that Ana, who works at the desk, attends alone."""
    said = {"name": "Ana Inventada", "role": "coordinacion", "roles": ("coordinacion", "social")}

    def introduce(uow: UnitOfWork) -> None:
        keys = {FieldKey(Kind.PERSON, ANA, name): value for name, value in said.items()}
        change_fields(uow, screen.desk, keys)
        uow.commit()

    screen.run(introduce)
    made = screen.new_case(names="Nantip")
    screen.run(lambda uow: teams.set_team(uow, screen.desk, made, [ANA], None))
    roles = ("coordinacion", "social")
    desk = dataclasses.replace(
        screen.desk, actor=Actor(AuthorId(ANA), "Ana Inventada", roles[0], roles)
    )
    screen.store.work_at(desk)
    screen.window.enter(dataclasses.replace(screen.shell.workplace, desk=desk))
    screen.settle()
    return made


def team_page(screen: Screen, case_id: RecordId) -> TeamPage:
    page = screen.go("team", case_id=case_id)
    assert isinstance(page, TeamPage)
    return page


def refused_elsewhere(screen: Screen, case_id: RecordId, then: str) -> None:
    """Keep herself from her case, which is refused once she is on another page."""
    page = team_page(screen, case_id)
    page.block.choose(ANA)
    other = screen.new_case(names="Zoila")
    with slow_disk(screen):
        page.block.go.click()
        screen.shell.go(then, {"case_id": other})
    assert REFUSED in screen.shell.alert_words


def type_a_field(screen: Screen, words: str) -> None:
    page = screen.page
    assert isinstance(page, FichaPage)
    page.presenter.go_to_field("names")
    screen.settle()
    line = QApplication.focusWidget()
    assert isinstance(line, QLineEdit)
    line.clear()
    QTest.keyClicks(line, words)
    QTest.keyClick(line, Qt.Key.Key_Tab)
    screen.settle()


def test_what_is_typed_and_saved_does_not_take_a_refusal_away(
    screen: Screen, case_id: RecordId
) -> None:
    """She would think that somebody is kept from the case who is not."""
    refused_elsewhere(screen, case_id, "ficha")
    type_a_field(screen, "Zoila Rosa")
    assert "Todo guardado" in screen.shell.saved_words
    assert REFUSED in screen.shell.alert_words
    screen.texts.switch("quy")  # nor does a change of language
    screen.texts.switch("es")
    assert REFUSED in screen.shell.alert_words


@pytest.mark.parametrize("how", ["seen", "left"])
def test_a_refusal_goes_once_she_says_that_she_saw_it_or_goes_on(
    screen: Screen, case_id: RecordId, how: str
) -> None:
    refused_elsewhere(screen, case_id, "ficha")
    seen = screen.shell.notices.failed_seen
    assert seen.isVisible()
    if how == "seen":
        seen.click()
    else:
        screen.go("cases")
    assert screen.shell.alert_words == ""
    assert not seen.isVisible()


def test_what_else_was_done_in_the_case_she_left_does_not_take_a_refusal_away(
    screen: Screen, case_id: RecordId
) -> None:
    """Both were asked for before she went on to the people of another case."""
    page = team_page(screen, case_id)
    page.block.choose(ANA)
    other = screen.new_case(names="Zoila")
    with slow_disk(screen):
        page.block.go.click()
        page.reserve.click()
        screen.shell.go("team", {"case_id": other})
    assert screen.run(lambda uow: teams.people_of(uow, screen.desk, case_id)).is_reserved
    assert REFUSED in screen.shell.alert_words


def test_what_she_asks_for_then_takes_it_away(screen: Screen, case_id: RecordId) -> None:
    refused_elsewhere(screen, case_id, "team")
    page = screen.page
    assert isinstance(page, TeamPage)
    page.reserve.click()
    screen.settle()
    assert screen.shell.alert_words == ""


def test_a_text_that_cannot_be_saved_is_said_beside_a_refusal_not_instead(
    screen: Screen, case_id: RecordId
) -> None:
    """That a text is not saved cannot be ticked off, and goes once it is."""
    refused_elsewhere(screen, case_id, "ficha")
    page = screen.page
    assert isinstance(page, FichaPage)
    page.presenter.form.edit("relato", "x" * (TEXT_LENGTH_MAX + 1))
    page.flush()
    screen.settle()
    assert "No está guardado" in screen.shell.saved_words
    assert REFUSED in screen.shell.alert_words
    screen.shell.notices.failed_seen.click()
    assert REFUSED not in screen.shell.alert_words
    assert screen.shell.alert_words, "the text still is not on the disk"
    assert not screen.shell.notices.failed_seen.isVisible()
    page.presenter.form.edit("relato", "Relato inventado.")
    page.flush()
    screen.settle()
    assert screen.shell.alert_words == ""


def test_two_that_were_refused_on_two_pages_are_both_said(
    screen: Screen, case_id: RecordId
) -> None:
    refused_elsewhere(screen, case_id, "plan")
    screen.page.failed.emit("Esto no se pudo hacer.")
    assert REFUSED in screen.shell.alert_words
    assert "Esto no se pudo hacer." in screen.shell.alert_words


@pytest.mark.parametrize("name", ["plan", "cases"])
def test_that_something_is_saved_says_nothing_of_what_failed(
    screen: Screen, case_id: RecordId, name: str
) -> None:
    """On the same page or another: it need not be what she had asked for."""
    page = screen.go("plan", case_id=case_id)
    said = sentence("disk_full", {}, str)
    page.failed.emit(said)
    saves = page if name == "plan" else screen.shell.cases
    saves.saved.emit(screen.desk.clock.now_ms())
    assert screen.shell.alert_words == said


BUG = "Algo falló en el programa"


def fails_by_a_bug(screen: Screen) -> None:
    """Something ends as nobody expected, for which no page asked."""

    def broken(_: UnitOfWork) -> None:
        raise ZeroDivisionError

    screen.runner.on_storage(broken, lambda _: None, lambda _: None)
    screen.settle()


def test_what_is_saved_does_not_take_a_bug_away(screen: Screen, case_id: RecordId) -> None:
    """She is to tell it to support. It can be ticked off, and goes as every refusal does."""
    screen.go("ficha", case_id=case_id)
    fails_by_a_bug(screen)
    assert BUG in screen.shell.alert_words
    type_a_field(screen, "Nantip Rosa")
    assert "Todo guardado" in screen.shell.saved_words
    assert BUG in screen.shell.alert_words
    screen.shell.notices.failed_seen.click()
    assert screen.shell.alert_words == ""


def test_a_bug_is_said_beside_a_text_that_is_not_saved_not_instead(
    screen: Screen, case_id: RecordId
) -> None:
    page = screen.go("ficha", case_id=case_id)
    assert isinstance(page, FichaPage)
    page.presenter.form.edit("relato", "x" * (TEXT_LENGTH_MAX + 1))
    page.flush()
    screen.settle()
    unsaved = screen.shell.alert_words
    assert unsaved
    fails_by_a_bug(screen)
    assert screen.shell.alert_words.startswith(f"{unsaved}\n{BUG}")
    screen.shell.notices.failed_seen.click()
    assert screen.shell.alert_words == unsaved


@pytest.mark.parametrize("then", ["plan", "cases"])
def test_a_bug_that_a_page_tells_of_is_said_once(
    screen: Screen, case_id: RecordId, then: str
) -> None:
    """By the page, which says what was not done by it: also from behind another. Control: one of
    which no page tells is said all the same."""
    page = screen.go("plan", case_id=case_id)
    assert isinstance(page, PlanPage)
    task = chosen(screen, page, 0)
    named = f"{number_of(screen, case_id)} · {task.title}: No se anotó. {BUG}"
    whole = screen.shell.workplace.open_unit

    def broken() -> UnitOfWork:
        raise ZeroDivisionError

    with slow_disk(screen):
        screen.runner.use(broken)
        done(page)
        screen.runner.use(whole)
        screen.shell.go(then, {"case_id": case_id} if then == "plan" else {})
    assert screen.shell.alert_words.startswith(named)
    assert screen.shell.alert_words.count(BUG) == 1

    screen.shell.notices.failed_seen.click()
    assert screen.shell.alert_words == ""
    fails_by_a_bug(screen)
    assert screen.shell.alert_words.startswith(BUG)


def test_two_pages_that_the_same_bug_met_both_say_so(screen: Screen, case_id: RecordId) -> None:
    """What was not done is not the same."""
    page = screen.go("ficha", case_id=case_id)
    said = sentence("bug", {"place": "app/inventado.py:1"}, str)
    screen.runner.bug.emit("app/inventado.py:1")
    page.failed.emit(f"Personas · {said}")
    screen.runner.bug.emit("app/inventado.py:1")
    page.failed.emit(f"Equipos · {said}")
    assert screen.shell.alert_words == f"Personas · {said}\nEquipos · {said}"


def test_two_that_were_refused_on_one_page_are_both_said(screen: Screen, case_id: RecordId) -> None:
    """Of a paper that she left: its PDF lies open, and then the printer takes none. Both are read
    once, however often they are said, the last of it at the end, of which case, and go at once."""
    number = number_of(screen, case_id)
    page = screen.go("papers", case_id=case_id)
    screen.go("today")
    for one in ("Queda un PDF abierto.", "No se imprimió.", "Queda un PDF abierto."):
        page.failed.emit(one)
    said = f"{number} · No se imprimió.\n{number} · Queda un PDF abierto."
    assert screen.shell.alert_words == said
    screen.shell.notices.failed_seen.click()
    assert screen.shell.alert_words == ""


def test_what_was_said_again_is_not_lost_to_what_came_after_it(
    screen: Screen, case_id: RecordId
) -> None:
    """As much is said at once as is read whole; the rest waits, and is counted."""
    page = screen.go("ficha", case_id=case_id)
    for one in ("A.", "B.", "C.", "A.", "D."):
        page.failed.emit(one)
    more = "Hay {} avisos más. Presione «Visto» para leerlos."
    assert screen.shell.alert_words == f"A.\nD. {more.format(2)}"
    page.failed.emit("E.")
    assert screen.shell.alert_words == f"D.\nE. {more.format(3)}"
    screen.shell.notices.failed_seen.click()
    assert screen.shell.alert_words == "B.\nC.\nA."
    screen.shell.notices.failed_seen.click()
    assert screen.shell.alert_words == ""


@pytest.mark.parametrize("how", ["goes on", "begins"])
def test_what_waits_to_be_read_comes_up_on_the_next_page(
    screen: Screen, case_id: RecordId, how: str
) -> None:
    """She went on, or began something else, before she could have read it. Above another page it
    is said of which case it speaks."""
    number = number_of(screen, case_id)
    page = screen.go("ficha", case_id=case_id)
    for one in ("A.", "B.", "C.", "D."):
        page.failed.emit(one)
    if how == "begins":
        page.begun.emit()
    else:
        screen.go("cases")
    named = "" if how == "begins" else f"{number} · "
    assert screen.shell.alert_words == f"{named}A.\n{named}B."


@pytest.mark.parametrize("name", ["ficha", "calendar"])
def test_however_much_was_refused_the_last_of_it_is_read_whole(
    screen: Screen, case_id: RecordId, name: str
) -> None:
    """Also on the small screen, and what she works on still has its room."""
    page = screen.go(name, case_id=case_id)
    for number in range(40):
        page.failed.emit(f"Intento {number}: {'no se pudo hacer lo que usted pidió ' * 6}.")
    screen.settle()
    assert "Intento 39:" in screen.shell.alert_words
    assert screen.window.size() == SMALL
    labels = [one for one in shown_children(screen.shell.notices) if isinstance(one, QLabel)]
    assert labels
    for one in labels:
        assert one.height() >= one.heightForWidth(one.width())
    assert page.height() >= SMALL.height() // 2


BEFORE = "Esto no se pudo hacer."


def refuses(screen: Screen, page: Page) -> None:
    """Something could not be done, on a page on which something was typed before: what it saves by
    itself does not take that away."""
    page.typing.emit()
    page.failed.emit(BEFORE)
    page.saved.emit(screen.desk.clock.now_ms())
    assert screen.shell.alert_words == BEFORE


def presses(screen: Screen, page: Page, words: str) -> None:
    """Press a button after something was refused: that is over."""
    refuses(screen, page)
    (found,) = [
        one
        for one in shown_children(page)
        if isinstance(one, QAbstractButton) and one.text() == words and one.isEnabled()
    ]
    found.click()
    screen.settle()
    assert screen.shell.alert_words == "", words


def test_what_is_done_in_the_lists_of_a_case_is_what_was_refused_before(
    screen: Screen, case_id: RecordId
) -> None:
    page = screen.go("records", case_id=case_id, form_id="nota")
    for words in ("Añadir", "Quitar de la lista", "Deshacer"):
        presses(screen, page, words)


def test_what_is_done_in_the_calendar_is_what_was_refused_before(
    screen: Screen, case_id: RecordId
) -> None:
    del case_id  # whose fixture gives her the role that keeps it
    page = screen.go("calendar")
    assert isinstance(page, CalendarPage)
    for last in ("Descartar", "Añadir (Ctrl+Enter)"):
        page.days.begin(
            {"day": "2026-12-01", "sort": "feriado_local", "reason": "Fiesta inventada"}
        )
        screen.settle()
        presses(screen, page, last)
    page.days.choose(lambda row: row.record_id is not None)
    presses(screen, page, "Quitar")
    presses(screen, page, "Deshacer")


def test_what_is_decided_of_two_values_is_what_was_refused_before(screen: Screen) -> None:
    met(screen, "safe_hours", "lunes", "martes", "viernes")
    page = screen.go("conflicts")
    choose(screen, "martes")
    presses(screen, page, "Guardar decisión (Ctrl+Enter)")
    (decided,) = [
        one
        for one in shown_children(page)
        if isinstance(one, QAbstractButton) and one.text() == "Decidido"
    ]
    decided.click()
    screen.settle()
    presses(screen, page, "Deshacer la decisión")


def test_a_referral_that_is_printed_is_the_one_that_was_refused_before(
    screen: Screen, case_id: RecordId, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And one that is written."""
    monkeypatch.setattr(QPrinterInfo, "availablePrinterNames", list)
    screen.fill(case_id, safe_phone="999 000 001")
    page = screen.go("referral", case_id=case_id)
    assert isinstance(page, ReferralPage)
    type_in(screen, page, **ACCEPTED)
    for words in ("Imprimir 2 copias", "Guardar PDF…"):
        presses(screen, page, words)
    for dialog in page.findChildren(QFileDialog):
        dialog.reject()


def test_what_a_case_of_another_centre_proposes_is_taken_anew(
    screen: Screen, case_id: RecordId
) -> None:
    screen.fill(case_id, origin_folio="DER-0001")
    presses(screen, screen.go("ficha", case_id=case_id), "Usar lo propuesto")
