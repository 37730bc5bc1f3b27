"""What was asked for before somebody went on answers late: it shows nothing of the case of before
under the name of this one, says nothing there, and takes nobody anywhere."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QLineEdit, QPlainTextEdit

from app.domain.change import RecordId
from app.domain.form import FieldType
from app.services import casework, preferences, referral_answers, referrals
from app.services.messages import sentence
from tests.support.windows import Screen, shown_children, slow_disk
from tests.ui.test_one_case_at_a_time import AFTER, BEFORE, named
from tests.ui.test_referral import ACCEPTED, to_pdf, type_in
from ui.runtime.page import Page
from ui.screens.ficha.view import FichaPage
from ui.screens.intake.view import IntakePage
from ui.screens.records.view import RecordsPage
from ui.screens.referral.view import ReferralPage
from ui.screens.risk.view import RiskPage
from ui.screens.team.view import TeamPage
from ui.widgets.printing import printer_for

STORY = "Nantip contó lo que pasó"


@pytest.fixture
def before(screen: Screen) -> RecordId:
    return screen.new_case(**BEFORE)


@pytest.fixture
def after(screen: Screen) -> RecordId:
    return screen.new_case(**AFTER)


def typed_in(page: Page) -> list[str]:
    boxes = [one for one in shown_children(page) if isinstance(one, QPlainTextEdit)]
    return [one.toPlainText() for one in boxes]


def words(page: Page) -> str:
    return "\n".join(one.text() for one in shown_children(page) if isinstance(one, QLabel))


def noted(screen: Screen, case_id: RecordId) -> tuple[RecordsPage, RecordId]:
    """Return the page of the notes of a case, with two, and the first of them, not open."""
    page = screen.go("records", case_id=case_id, form_id="nota")
    assert isinstance(page, RecordsPage)
    page.presenter.add()
    screen.settle()
    first = page.presenter.record_id
    assert first is not None
    (box,) = [one for one in shown_children(page) if isinstance(one, QPlainTextEdit)]
    box.setPlainText(STORY)
    page.presenter.add()
    screen.settle()
    assert page.presenter.record_id not in (None, first)
    return page, first


def test_a_record_that_is_being_opened_does_not_show_in_another_case(
    screen: Screen, before: RecordId, after: RecordId
) -> None:
    """Control: in its own it does."""
    page, first = noted(screen, before)
    with slow_disk(screen):
        page.presenter.choose(first)
        screen.shell.go("records", {"case_id": after})
    assert (named(page), typed_in(page), page.fields) == ("Z. Q.", [], ())

    screen.go("records", case_id=before, form_id="nota")
    page.presenter.choose(first)
    screen.settle()
    assert typed_in(page) == [STORY]


def test_a_record_that_is_being_opened_does_not_show_in_another_list(
    screen: Screen, before: RecordId
) -> None:
    page, first = noted(screen, before)
    other = next(one for one in page.presenter.sections if one.many != "nota")
    with slow_disk(screen):
        page.presenter.choose(first)
        page.presenter.choose_list(other)
    assert (page.presenter.section, page.presenter.record_id, page.fields) == (other, None, ())


@pytest.mark.parametrize("is_new", [False, True])
def test_a_valuation_that_is_being_opened_does_not_show_in_another_case(
    screen: Screen, before: RecordId, after: RecordId, is_new: bool
) -> None:
    """Control: in its own it does."""
    page = screen.go("risk", case_id=before)
    assert isinstance(page, RiskPage)
    page.presenter.new_valuation()
    screen.settle()
    valuation = page.presenter.record_id
    assert valuation is not None
    screen.go("risk", case_id=before)
    with slow_disk(screen):
        if is_new:
            page.presenter.new_valuation()
        else:
            page.presenter.show_valuation(valuation)
        screen.shell.go("risk", {"case_id": after})
    assert (named(page), page.presenter.record_id, page.editor) == ("Z. Q.", None, None)
    assert "Dos cosas distintas" in words(page)

    screen.go("risk", case_id=before)
    page.presenter.show_valuation(valuation)
    screen.settle()
    assert page.presenter.record_id == valuation


def test_what_goes_from_a_case_takes_nothing_else_off_the_screen(
    screen: Screen, before: RecordId
) -> None:
    page = screen.go("risk", case_id=before)
    assert isinstance(page, RiskPage)
    page.presenter.new_fvr()
    screen.settle()
    copied = page.presenter.record_id
    assert copied is not None
    page.presenter.new_valuation()
    screen.settle()
    with slow_disk(screen):
        page.presenter.show_fvr(copied)
        page.presenter.withdraw()
    assert page.presenter.record_id == copied
    assert page.editor is not None


def new_referral(screen: Screen, case_id: RecordId) -> RecordId:
    return screen.run(lambda uow: referrals.open_referral(uow, screen.desk, case_id))


def test_of_two_referrals_that_are_wanted_the_later_one_shows(
    screen: Screen, before: RecordId, after: RecordId
) -> None:
    mine, other = new_referral(screen, before), new_referral(screen, after)
    with slow_disk(screen):
        screen.shell.go("referral", {"case_id": before})
        screen.shell.go("referral", {"referral_id": other})
    assert named(screen.page) == "Z. Q."
    with slow_disk(screen):
        screen.shell.go("referral", {"referral_id": other})
        screen.shell.go("referral", {"case_id": before})
    assert named(screen.page) == "N. E."
    page = screen.page
    assert isinstance(page, ReferralPage)
    assert page.presenter.form.file is not None
    assert page.presenter.form.file.anchor_id == mine


def ready(screen: Screen, case_id: RecordId) -> ReferralPage:
    screen.fill(case_id, safe_phone="999 000 001")
    page = screen.go("referral", case_id=case_id)
    assert isinstance(page, ReferralPage)
    type_in(screen, page, **ACCEPTED)
    return page


def test_of_a_referral_that_left_nothing_is_said_on_another(
    screen: Screen, before: RecordId, after: RecordId, tmp_path: Path
) -> None:
    """It is printed and noted all the same."""
    other = ready(screen, after).presenter.form.file
    assert other is not None
    page = ready(screen, before)
    target = tmp_path / "dos.pdf"
    page._printer = to_pdf(target)
    shown = page.presenter.form.file
    assert shown is not None
    page.presenter.print()
    screen.runner.drain()
    with slow_disk(screen):
        QCoreApplication.sendPostedEvents()  # all is saved: now it is noted that it leaves
        assert page.presenter.is_leaving
        screen.shell.go("referral", {"referral_id": other.anchor_id})
    assert target.exists()
    rows = screen.run(lambda uow: referral_answers.of_case(uow, screen.desk, before))
    assert [one.state.name for one in rows if one.referral_id == shown.anchor_id] != ["DRAFT"]
    assert named(page) == "Z. Q."
    assert "Enviada a la impresora" not in words(page)
    assert "Lista para salir" in words(page)


def test_that_a_paper_did_not_print_is_said_wherever_she_is_by_then(
    screen: Screen, before: RecordId, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is noted that it left: the page says so no more when she comes back."""
    monkeypatch.setattr("ui.screens.referral.view.draw_pages", lambda _, __: False)
    page = ready(screen, before)
    page._print_on(printer_for(1))
    with slow_disk(screen):
        screen.shell.go("cases", {})
    refused = sentence("printer_refused", {}, str)
    assert refused in screen.shell.alert_words

    screen.go("referral", referral_id=page.presenter.form.file.anchor_id)  # type: ignore[union-attr]
    page._print_on(printer_for(1))
    screen.settle()
    assert refused in words(page)
    assert refused not in screen.shell.alert_words


def test_what_is_typed_in_the_next_referral_does_not_take_that_away(
    screen: Screen, before: RecordId, after: RecordId, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It saves itself within a second, before anybody read it."""
    monkeypatch.setattr("ui.screens.referral.view.draw_pages", lambda _, __: False)
    other = ready(screen, after).presenter.form.file
    assert other is not None
    page = ready(screen, before)
    page._print_on(printer_for(1))
    screen.runner.drain()
    with slow_disk(screen):
        QCoreApplication.sendPostedEvents()  # all is saved: now it is noted that it leaves
        screen.shell.go("referral", {"referral_id": other.anchor_id})
    assert sentence("printer_refused", {}, str) in screen.shell.alert_words
    page.presenter.form.edit("reason", "Otro motivo")
    assert "Escribiendo" in screen.shell.saved_words
    page.presenter.form.leave("reason")
    screen.settle()
    assert "Todo guardado" in screen.shell.saved_words
    assert sentence("printer_refused", {}, str) in screen.shell.alert_words


@pytest.mark.parametrize("then", ["ficha", "cases"])
def test_a_referral_that_is_being_made_takes_nobody_away_who_went_on(
    screen: Screen, before: RecordId, after: RecordId, then: str
) -> None:
    """What is typed on there would stand in it."""
    page = screen.go("ficha", case_id=before)
    assert isinstance(page, FichaPage)
    with slow_disk(screen):
        page.presenter.refer()
        screen.shell.go(then, {"case_id": after} if then == "ficha" else {})
    assert screen.page is screen.shell._page(then, Page)
    page = screen.go("ficha", case_id=before)
    page.presenter.refer()
    screen.settle()
    assert isinstance(screen.page, ReferralPage)


def test_who_goes_in_with_a_reason_and_elsewhere_stays_there(
    screen: Screen, before: RecordId
) -> None:
    """Control: whoever waits is led to the ficha."""
    page = screen.go("team", case_id=before)
    assert isinstance(page, TeamPage)
    with slow_disk(screen):
        page.presenter._do(lambda uow, _: None, page.show_opened)
        screen.shell.go("cases", {})
    assert screen.page is screen.shell.cases
    screen.go("team", case_id=before)
    page.show_opened()
    screen.settle()
    assert screen.page is screen.shell.ficha


def test_what_was_taken_out_can_be_put_back_from_the_next_one(
    screen: Screen, before: RecordId
) -> None:
    page, first = noted(screen, before)
    second = page.presenter.record_id
    assert second is not None
    page.presenter.choose(first)
    screen.settle()
    with slow_disk(screen):
        page.presenter.discard()
        page.presenter.choose(second)
    assert page.presenter.record_id == second
    assert page.presenter.discarded == first
    page.presenter.restore()
    screen.settle()
    assert page.table.model().rowCount() == 2


def test_a_ficha_that_is_being_made_takes_nobody_away_who_went_on(screen: Screen) -> None:
    """Control: whoever waits is led to it."""
    for then in ("cases", ""):
        page = screen.go("intake")
        assert isinstance(page, IntakePage)
        page.presenter.type("names", "Nantip")
        with slow_disk(screen):
            page.presenter.open_ficha()
            if then:
                screen.shell.go(then, {})
        assert screen.page is (screen.shell.cases if then else screen.shell.ficha)


def test_nothing_is_begun_in_the_case_of_before_by_whoever_is_on_her_way_to_another(
    screen: Screen, before: RecordId, after: RecordId
) -> None:
    """The other one opens once what was typed is saved: until then the button is of this one."""
    page = screen.go("risk", case_id=before)
    assert isinstance(page, RiskPage)
    page.presenter.new_valuation()
    screen.settle()
    form = page.presenter.valuation
    field = next(one.id for one in form.form.fields() if one.type is FieldType.NARRATIVE)
    form.edit(field, STORY)
    with slow_disk(screen):
        screen.shell.go("risk", {"case_id": after})
        page.presenter.new_fvr()
    assert named(page) == "Z. Q."
    screen.go("risk", case_id=before)
    picture = page.presenter.picture
    assert picture is not None
    assert not picture.history.instruments


def want_form(screen: Screen, page: Page, name: str, case_id: RecordId) -> None:
    """Ask for a form that takes the keyboard when it comes."""
    if isinstance(page, RecordsPage):
        page.presenter.add()
    elif isinstance(page, RiskPage):
        page.presenter.new_valuation()
    else:
        screen.shell.go(name, {"case_id": case_id})


@pytest.mark.parametrize("name", ["ficha", "records", "risk", "referral"])
def test_a_form_that_comes_late_takes_no_keyboard_from_another_page(
    screen: Screen, before: RecordId, name: str
) -> None:
    """What is typed would be of a case that nobody sees, and saved. Control: whoever waits types in
    it at once."""
    page = screen.go(name, case_id=before) if name in ("records", "risk") else screen.go("today")

    with slow_disk(screen):
        want_form(screen, page, name, before)
        screen.shell.go("cases", {})
    focused = QApplication.focusWidget()
    assert focused is not None
    assert screen.page.isAncestorOf(focused)
    assert focused.isVisible()
    assert screen.run(casework.resume_place) is None

    if name in ("records", "risk"):
        screen.go(name, case_id=before)
    want_form(screen, page, name, before)
    screen.settle()
    focused = QApplication.focusWidget()
    assert focused is not None
    assert screen.page.isAncestorOf(focused)
    assert screen.page is screen.shell._page(name, Page)
    assert isinstance(focused, QLineEdit | QAbstractButton)


@pytest.mark.parametrize("name", ["records", "risk", "referral"])
def test_whoever_comes_back_from_another_window_goes_on_in_her_line(
    screen: Screen, before: RecordId, name: str
) -> None:
    """A form that comes while the window is not the active one waits for the keyboard there."""
    page, beside = screen.go(name, case_id=before), QLineEdit()
    screen.bot.addWidget(beside)
    with slow_disk(screen):
        want_form(screen, page, name, before)
        screen.shell.go("intake", {})
        intake = screen.page
        assert isinstance(intake, IntakePage)
        line = intake.editors["names"].focus_widgets[0]
        line.setFocus()
        beside.show()
        with screen.bot.waitActive(beside):
            beside.activateWindow()
    with screen.bot.waitActive(screen.window):
        screen.window.activateWindow()
    screen.until(line.hasFocus)


def test_whoever_goes_on_before_the_laptop_has_begun_stays_where_she_is(
    screen: Screen, before: RecordId
) -> None:
    """Control: the field somebody was in as the power went is led to when she stays."""
    for goes_on in (True, False):
        page = screen.go("ficha", case_id=before)
        assert isinstance(page, FichaPage)
        page.presenter.go_to_field("surname_1")
        screen.settle()
        assert screen.run(casework.resume_place) is not None
        screen.shell._stack.setCurrentWidget(screen.shell.today)
        with slow_disk(screen):
            screen.shell.start()
            if goes_on:
                screen.shell.go("intake", {})
        assert screen.page is (screen.shell._page("intake", Page) if goes_on else page)


def test_whoever_types_before_the_laptop_has_begun_goes_on_in_her_line(screen: Screen) -> None:
    """In another language each line is made anew. Control: from the next page on it is spoken."""
    screen.run(lambda uow: preferences.remember_language(uow, "quy"))
    screen.shell._stack.setCurrentWidget(screen.shell.today)
    with slow_disk(screen):
        screen.shell.start()
        screen.shell.go("intake", {})
        page = screen.page
        assert isinstance(page, IntakePage)
        line = page.editors["names"].focus_widgets[0]
        line.setFocus()
        QTest.keyClicks(line, "Nan")
    assert line.hasFocus()
    QTest.keyClicks(line, "tip")
    assert page.presenter.typed == {"names": "Nantip"}
    assert screen.texts.language.code == "es"
    screen.go("cases")
    assert screen.texts.language.code == "quy"
    assert page.presenter.typed == {"names": "Nantip"}
