"""A case that is closed to who looks while she looks goes from her screen: a colleague blocked her
at another laptop, or put it in reserve, and a synchronisation brought that."""

from __future__ import annotations

import dataclasses

import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QLineEdit

from app.domain.change import AuthorId, RecordId
from app.domain.form import TEXT_LENGTH_MAX, FieldType
from app.domain.records import Kind, Name
from app.domain.value import Value
from app.services import register
from app.services.forms import change_fields
from app.services.ports import Actor, FieldKey, UnitOfWork
from tests.support.laptops import EVERY_SERVICE
from tests.support.windows import Screen, shown_children, slow_disk
from ui.forms.open_form import OpenForm
from ui.runtime.page import Page
from ui.screens.ficha.view import FichaPage
from ui.screens.records.view import RecordsPage
from ui.screens.referral.view import ReferralPage
from ui.screens.risk.view import RiskPage
from ui.screens.team.view import TeamPage
from ui.screens.today.view import TodayPage
from ui.widgets.case_bar import CaseBar

ANA, BETO = RecordId("a1" * 16), RecordId("b1" * 16)
PEOPLE = {ANA: ("Ana Inventada", EVERY_SERVICE), BETO: ("Beto Inventado", ("social",))}
OF_A_CASE = ("ficha", "plan", "records", "risk", "referral", "papers", "team", "saw")


def write(screen: Screen, kind: str, record: RecordId, **values: Value) -> None:
    def work(uow: UnitOfWork) -> None:
        keys = {FieldKey(kind, record, name): value for name, value in values.items()}
        change_fields(uow, screen.desk, keys)
        uow.commit()

    screen.run(work)


def arrives(screen: Screen, case_id: RecordId, **values: Value) -> None:
    """A synchronisation brings what somebody wrote of a case elsewhere."""
    write(screen, Kind.CASE, case_id, **values)
    screen.shell.records_changed()
    screen.settle()


@pytest.fixture
def case_id(screen: Screen) -> RecordId:
    """A case, at which Beto looks."""
    for person, (name, roles) in PEOPLE.items():
        write(screen, Kind.PERSON, person, name=name, role=roles[0], roles=tuple(sorted(roles)))
    made = screen.new_case(names="Nantip", surname_1="Ejemplo")
    name, roles = PEOPLE[BETO]
    desk = dataclasses.replace(screen.desk, actor=Actor(AuthorId(BETO), name, roles[0], roles))
    screen.store.work_at(desk)
    screen.window.enter(dataclasses.replace(screen.shell.workplace, desk=desk))
    screen.settle()
    return made


def said(page: Page) -> str:
    shown = [one for one in shown_children(page) if isinstance(one, QLabel | QLineEdit)]
    return "\n".join(one.text() for one in shown)


@pytest.mark.parametrize("name", OF_A_CASE)
def test_a_case_of_which_she_may_not_know_goes_from_her_screen(
    screen: Screen, case_id: RecordId, name: str
) -> None:
    """Control: what else arrives of it leaves her where she is."""
    page = screen.go(name, case_id=case_id)
    arrives(screen, case_id, **{Name.RESPONSIBLE: ANA})
    assert screen.page is page

    arrives(screen, case_id, **{Name.BLOCKED: (BETO,)})
    assert screen.page is not page
    assert "Nantip" not in said(screen.page)
    assert "Ese registro ya no está" in screen.shell.alert_words


@pytest.mark.parametrize("name", [one for one in OF_A_CASE if one not in ("team", "saw")])
def test_a_case_that_opens_with_a_reason_now_leads_to_where_it_is_asked_for(
    screen: Screen, case_id: RecordId, name: str
) -> None:
    page = screen.go(name, case_id=case_id)
    arrives(screen, case_id, **{Name.TEAM: (ANA,), Name.RESERVED: True})
    assert screen.page is not page
    assert isinstance(screen.page, TeamPage)
    assert screen.page.ask.isVisible()


def form_of(screen: Screen, page: Page) -> OpenForm:
    """The form of a page of a case, one begun where none is open by itself."""
    if isinstance(page, RecordsPage):
        page.presenter.add()
    elif isinstance(page, RiskPage):
        page.presenter.new_valuation()
    screen.settle()
    if isinstance(page, RiskPage):
        return page.presenter.valuation
    assert isinstance(page, FichaPage | RecordsPage | ReferralPage)
    return page.presenter.form


@pytest.mark.parametrize("name", ["ficha", "records", "risk", "referral"])
def test_what_was_typed_last_in_a_case_that_closed_holds_up_no_other(
    screen: Screen, case_id: RecordId, name: str
) -> None:
    """It can be saved no more: kept, it would bring the closed case back to the screen, and the
    page would open no other until the program ends. That it is lost is said."""
    other = screen.new_case(names="Zoila", surname_1="Quinto")
    page = screen.go(name, case_id=case_id)
    form = form_of(screen, page)
    wide = (FieldType.NARRATIVE, FieldType.TEXT)
    field = next(one.id for one in form.form.fields() if one.type in wide)
    form.edit(field, "Lo que dijo Nantip")
    arrives(screen, case_id, **{Name.BLOCKED: (BETO,)})
    assert "Ese registro ya no está" in screen.shell.alert_words
    assert "Lo último que escribió no se guardó" in screen.shell.alert_words
    assert not screen.shell.is_busy

    page = screen.go(name, case_id=other)
    bar = next(one for one in page.findChildren(CaseBar))
    assert (bar.person, "Nantip" in said(page)) == ("Z. Q.", False)
    form = form_of(screen, page)
    form.edit(field, "Lo que dijo Zoila")
    form.commit_all()
    screen.settle()
    assert not screen.shell.is_busy


def typed_and_refused(screen: Screen, page: Page) -> tuple[OpenForm, str]:
    """Type in a page of a case; what closes it came already, and nobody was told yet."""
    form = form_of(screen, page)
    wide = (FieldType.NARRATIVE, FieldType.TEXT)
    field = next(one.id for one in form.form.fields() if one.type in wide)
    form.edit(field, "Lo que dijo Nantip")
    return form, field


@pytest.mark.parametrize("by_way_of", ["today", ""])
@pytest.mark.parametrize("name", ["ficha", "records", "risk", "referral"])
def test_what_was_refused_while_she_went_on_brings_no_closed_case_back(
    screen: Screen, case_id: RecordId, name: str, by_way_of: str
) -> None:
    """While it is received nobody is told: she goes to another page, or another case, and what she
    typed is refused behind it."""
    other = screen.new_case(names="Zoila", surname_1="Quinto")
    typed_and_refused(screen, screen.go(name, case_id=case_id))
    write(screen, Kind.CASE, case_id, **{Name.BLOCKED: (BETO,)})
    screen.go(by_way_of or name, case_id=other)
    assert "Ese registro ya no está" in screen.shell.alert_words
    assert "Lo último que escribió no se guardó" in screen.shell.alert_words
    assert not screen.shell.is_busy

    page = screen.go(name, case_id=other)
    bar = next(one for one in page.findChildren(CaseBar))
    assert (bar.person, "Nantip" in said(page)) == ("Z. Q.", False)


def goes_in_with_a_reason(screen: Screen, page: TeamPage) -> None:
    """Ask at the door of a case for all that may be asked for."""
    page.presenter.ask([one.act for one in page._found.asked] if page._found else [], "De turno")
    screen.settle()


@pytest.mark.parametrize("name", ["ficha", "records", "risk", "referral"])
def test_what_was_refused_behind_a_door_leads_to_that_door(
    screen: Screen, case_id: RecordId, name: str
) -> None:
    """To that of its case, not of the one that was wanted."""
    other = screen.new_case(names="Zoila", surname_1="Quinto")
    form, field = typed_and_refused(screen, screen.go(name, case_id=case_id))
    write(screen, Kind.CASE, case_id, **{Name.TEAM: (ANA,), Name.RESERVED: True})
    page = screen.go(name, case_id=other)
    assert isinstance(page, TeamPage)
    assert page.presenter.case_id == case_id
    goes_in_with_a_reason(screen, page)
    screen.go(name, case_id=case_id)
    assert not screen.shell.is_busy
    assert form.values()[field] == "Lo que dijo Nantip"


@pytest.mark.parametrize("name", ["ficha", "records", "risk", "referral"])
def test_what_a_case_that_was_let_go_answers_late_takes_no_word_from_what_was_said_of_it(
    screen: Screen, case_id: RecordId, name: str
) -> None:
    page = screen.go(name, case_id=case_id)
    typed_and_refused(screen, page)
    write(screen, Kind.CASE, case_id, **{Name.BLOCKED: (BETO,)})
    with slow_disk(screen):
        page.look_where()
        page.refresh()
    assert "Lo último que escribió no se guardó" in screen.shell.alert_words


def test_a_line_that_was_being_typed_in_goes_quietly_with_its_case(
    screen: Screen, case_id: RecordId
) -> None:
    page = screen.go("ficha", case_id=case_id)
    assert isinstance(page, FichaPage)
    page.presenter.go_to_field("district")
    screen.settle()
    assert page.fields is not None
    row = page.fields.row("district")
    assert row is not None
    (line,) = row.editor.focus_widgets[:1]
    line.setFocus()
    QTest.keyClicks(line, "Bagua Grande")
    arrives(screen, case_id, **{Name.BLOCKED: (BETO,)})
    assert screen.page is screen.shell.cases
    assert not screen.shell.is_busy


def views(screen: Screen, case_id: RecordId) -> int:
    """Return how often the register says that somebody saw a case."""
    page = screen.run(lambda uow: register.who_saw(uow, screen.desk, case_id))
    return sum(one.action == "view" for one in page.rows)


def test_who_is_led_to_the_door_of_another_case_is_not_written_to_have_seen_this_one(
    screen: Screen, case_id: RecordId
) -> None:
    """It stands behind the door. Control: whoever opens it has."""
    closed = screen.new_case(names="Zoila", surname_1="Quinto")
    write(screen, Kind.CASE, closed, **{Name.TEAM: (ANA,), Name.RESERVED: True})

    def forget(uow: UnitOfWork) -> None:
        uow.local.put(f"viewed/{BETO}/{case_id}", None)  # as if it were long ago
        uow.commit()

    screen.go("ficha", case_id=case_id)
    before = views(screen, case_id)
    assert before > 0
    screen.run(forget)
    screen.go("ficha", case_id=closed)
    assert isinstance(screen.page, TeamPage)
    assert views(screen, case_id) == before
    screen.go("ficha", case_id=case_id)
    assert views(screen, case_id) == before + 1


@pytest.mark.parametrize("name", ["ficha", "referral"])
def test_who_went_elsewhere_before_a_case_came_is_not_written_to_have_seen_it(
    screen: Screen, case_id: RecordId, name: str
) -> None:
    """Control: gone to again, it is seen, and noted once."""
    with slow_disk(screen):
        screen.shell.go(name, {"case_id": case_id})
        screen.shell.go("cases", {})
    assert views(screen, case_id) == 0
    screen.go(name, case_id=case_id)
    assert views(screen, case_id) == 1


@pytest.mark.parametrize("name", ["ficha", "records", "risk", "referral"])
def test_what_was_typed_last_is_saved_once_she_said_why_she_must_go_in(
    screen: Screen, case_id: RecordId, name: str
) -> None:
    form = form_of(screen, screen.go(name, case_id=case_id))
    wide = (FieldType.NARRATIVE, FieldType.TEXT)
    field = next(one.id for one in form.form.fields() if one.type in wide)
    form.edit(field, "Lo que dijo Nantip")
    arrives(screen, case_id, **{Name.TEAM: (ANA,), Name.RESERVED: True})
    page = screen.page
    assert isinstance(page, TeamPage)
    assert screen.shell.is_busy
    goes_in_with_a_reason(screen, page)
    screen.go(name, case_id=case_id)
    assert not screen.shell.is_busy
    assert form.values()[field] == "Lo que dijo Nantip"


def test_a_task_of_a_case_that_closed_is_not_told_any_more(
    screen: Screen, case_id: RecordId
) -> None:
    """Its row says that there is one. Control: before, it is told, and other news leave it."""
    screen.go("plan", case_id=case_id)  # its tasks are worked out
    page = screen.go("today")
    assert isinstance(page, TodayPage)
    task = page.panel.task
    assert task is not None
    assert task.case_id == case_id
    arrives(screen, case_id, **{Name.RESPONSIBLE: ANA})
    assert page.panel.task is not None
    arrives(screen, case_id, **{Name.TEAM: (ANA,), Name.RESERVED: True})
    assert page.chosen is not None
    assert page.chosen.task.case_id == case_id
    assert page.panel.task is None
    assert screen.texts(task.title) not in said(page)


def test_a_case_that_does_not_open_takes_nobody_to_the_door_of_the_next(
    screen: Screen, case_id: RecordId
) -> None:
    closed = screen.new_case(names="Zoila", surname_1="Quinto")
    write(screen, Kind.CASE, closed, **{Name.TEAM: (ANA,), Name.RESERVED: True})
    with slow_disk(screen):
        screen.shell.go("ficha", {"case_id": closed})
        screen.shell.go("ficha", {"case_id": case_id})
    assert isinstance(screen.page, FichaPage)
    bar = next(one for one in screen.page.findChildren(CaseBar))
    assert bar.person == "N. E."
    assert screen.shell.alert_words == ""


def test_a_case_behind_a_door_that_a_refused_text_keeps_from_opening_says_so_of_neither(
    screen: Screen, case_id: RecordId
) -> None:
    """That this one is closed, above the other that stays, would have her write a reason there."""
    closed = screen.new_case(names="Zoila", surname_1="Quinto")
    write(screen, Kind.CASE, closed, **{Name.TEAM: (ANA,), Name.RESERVED: True})
    page = screen.go("ficha", case_id=case_id)
    assert isinstance(page, FichaPage)
    page.presenter.form.edit("relato", "x" * (TEXT_LENGTH_MAX + 1))
    assert screen.go("ficha", case_id=closed) is page
    assert "No se abrió lo que pidió" in screen.shell.alert_words
    assert "Pedir acceso" not in screen.shell.alert_words

    page.presenter.form.edit("relato", "Relato inventado.")
    page = screen.go("ficha", case_id=closed)  # type: ignore[assignment]
    assert isinstance(page, TeamPage)
    assert page.presenter.case_id == closed
