"""What a page shows of one case is never done to another, nor told under another's name: while the
disk takes its time, when it refuses, and when something typed keeps a form on the screen."""

from __future__ import annotations

from typing import NoReturn

import pytest
from PySide6.QtWidgets import QAbstractItemView, QLabel, QLineEdit, QPlainTextEdit, QPushButton

from app.domain.change import RecordId
from app.domain.errors import EnvironmentFault
from app.domain.form import TEXT_LENGTH_MAX, FieldType, Form
from app.services import referrals, teams
from app.services.forms import change_fields
from app.services.ports import FieldKey, UnitOfWork
from tests.support.windows import Screen, shown_children, slow_disk
from ui.runtime.page import Page
from ui.screens.ficha.view import FichaPage
from ui.screens.records.view import RecordsPage
from ui.screens.risk.view import RiskPage
from ui.screens.team.view import TeamPage
from ui.screens.today.decisions import Choice
from ui.screens.today.view import TodayPage
from ui.widgets.case_bar import CaseBar

OF_A_CASE = ("ficha", "plan", "records", "risk", "referral", "papers", "team", "saw")
COLLEAGUE = RecordId("b7" * 16)
TOO_LONG = "x" * (TEXT_LENGTH_MAX + 1)
BEFORE = {"names": "Nantip", "surname_1": "Ejemplo"}
AFTER = {"names": "Zoila", "surname_1": "Quinto"}


def said(page: Page) -> str:
    """Everything that can be read on a page."""
    kinds = (QLabel, QLineEdit, QPushButton)
    return "\n".join(one.text() for one in shown_children(page) if isinstance(one, kinds))


def named(page: Page) -> str:
    """Whose case the bar of a page says that it is."""
    bar = next(one for one in page.findChildren(CaseBar))
    return bar.person


def code_of(screen: Screen, case_id: RecordId) -> str:
    return str(screen.run(lambda uow: uow.records.fields(case_id)["code"].value))


def rows(page: Page) -> int:
    tables = [one for one in shown_children(page) if isinstance(one, QAbstractItemView)]
    return sum(one.model().rowCount() for one in tables)


def _refuse() -> NoReturn:
    raise EnvironmentFault("disk_failing")


def _narrative(form: Form) -> str:
    return next(one.id for one in form.fields() if one.type is FieldType.NARRATIVE)


def _note(screen: Screen, page: RecordsPage) -> RecordId:
    page.presenter.add()
    screen.settle()
    assert page.presenter.record_id is not None
    return page.presenter.record_id


def _boxes(page: Page) -> list[QPlainTextEdit]:
    return [one for one in shown_children(page) if isinstance(one, QPlainTextEdit)]


@pytest.fixture
def before(screen: Screen) -> RecordId:
    return screen.new_case(**BEFORE)


@pytest.fixture
def after(screen: Screen) -> RecordId:
    return screen.new_case(**AFTER)


@pytest.mark.parametrize("name", OF_A_CASE)
def test_while_another_case_is_on_its_way_nothing_of_the_one_before_stands_under_its_name(
    screen: Screen, before: RecordId, after: RecordId, name: str
) -> None:
    page = screen.go(name, case_id=before)
    if isinstance(page, RecordsPage):
        _note(screen, page)
    code = code_of(screen, before)
    assert named(page) == "N. E."

    with slow_disk(screen):
        screen.shell.go(name, {"case_id": after})
        if isinstance(page, RecordsPage):
            assert rows(page) == (1 if named(page) == "N. E." else 0)
        shows_before = code in said(page) or "Nantip" in said(page)
        assert named(page) == ("N. E." if shows_before else "")
    assert (named(page), code in said(page)) == ("Z. Q.", False)


@pytest.mark.parametrize("name", ["plan", "records", "team", "saw", "papers"])
def test_of_a_case_that_could_not_be_read_nothing_of_the_one_before_is_offered(
    screen: Screen, before: RecordId, after: RecordId, name: str
) -> None:
    page = screen.go(name, case_id=before)
    code = code_of(screen, before)
    screen.runner.use(_refuse)
    screen.go(name, case_id=after)
    assert code not in said(page)
    if name != "papers":  # of which there are the same of every case
        assert rows(page) == 0
    if isinstance(page, TeamPage):
        offered = (page.team.save, page.block.go, page.reserve)
        assert not any(one.isEnabled() for one in offered)


def test_a_reason_is_for_the_case_for_which_it_was_typed(
    screen: Screen, before: RecordId, after: RecordId
) -> None:
    page = screen.go("team", case_id=before)
    assert isinstance(page, TeamPage)
    page.ask.reason.setText("Nantip volvió y su psicóloga está de viaje")
    screen.go("team", case_id=after)
    assert page.ask.reason.text() == ""


def test_a_ficha_that_stays_because_of_its_text_stays_under_its_name(
    screen: Screen, before: RecordId, after: RecordId
) -> None:
    screen.run(lambda uow: referrals.open_referral(uow, screen.desk, before))
    page = screen.go("ficha", case_id=before)
    assert isinstance(page, FichaPage)
    assert "Borrador" in said(page)
    page.presenter.form.edit("relato", TOO_LONG)
    screen.go("ficha", case_id=after)
    assert page.presenter.file is not None
    assert page.presenter.file.case_id == before
    assert (named(page), code_of(screen, before) in said(page)) == ("N. E.", True)
    assert "Borrador" in said(page)


def test_a_valuation_that_stays_because_of_its_text_stays_under_its_name(
    screen: Screen, before: RecordId, after: RecordId
) -> None:
    page = screen.go("risk", case_id=before)
    assert isinstance(page, RiskPage)
    page.presenter.new_valuation()
    screen.settle()
    form = page.presenter.valuation
    form.edit(_narrative(form.form), TOO_LONG)
    screen.go("risk", case_id=after)
    assert form.unsaved
    assert page.presenter.case_id == before
    assert named(page) == "N. E."


def test_a_record_whose_text_was_refused_stays_on_the_screen_until_it_is_mended(
    screen: Screen, before: RecordId
) -> None:
    page = screen.go("records", case_id=before, form_id="nota")
    assert isinstance(page, RecordsPage)
    first = _note(screen, page)
    second = _note(screen, page)
    page.presenter.choose(first)
    screen.settle()
    _boxes(page)[0].setPlainText(TOO_LONG)
    page.presenter.choose(second)
    screen.settle()
    assert page.presenter.record_id == first
    assert [one.toPlainText() for one in _boxes(page)] == [TOO_LONG]

    lists = [one for one in page.presenter.sections if one.many != "nota"]
    page.presenter.choose_list(lists[0])
    screen.settle()
    assert page.presenter.record_id == first
    assert [one.toPlainText() for one in _boxes(page)] == [TOO_LONG]

    _boxes(page)[0].setPlainText("Lo que cabe.")
    page.flush()
    screen.settle()
    page.presenter.choose(second)
    screen.settle()
    assert page.presenter.record_id == second


def _agenda(screen: Screen, *cases: RecordId) -> TodayPage:
    """The agenda, on which the tasks of these cases stand."""
    for one in cases:
        screen.go("plan", case_id=one)  # its tasks are worked out
    page = screen.go("today")
    assert isinstance(page, TodayPage)
    screen.settle()
    return page


def _choose(page: TodayPage, case_id: RecordId, key: str = "") -> str:
    """Choose the first task of a case, or the one with this key; return its key."""
    for number in range(page.table.model().rowCount()):
        page.table.selectRow(number)
        row = page.chosen
        if row is not None and row.task.case_id == case_id and key in ("", row.task.key):
            return row.task.key
    raise AssertionError("no such task")


def test_what_is_typed_about_the_task_of_one_case_is_not_said_of_another(
    screen: Screen, before: RecordId, after: RecordId
) -> None:
    page = _agenda(screen, before, after)
    key = _choose(page, before)
    screen.settle()
    page.panel.choose(Choice.NOT_NEEDED)
    (line,) = [one for one in shown_children(page.panel) if one.accessibleName() == "Motivo"]
    assert isinstance(line, QLineEdit)
    line.setText("Nantip se fue a otro distrito")
    _choose(page, after, key)
    screen.settle()
    assert page.panel.task is not None
    assert page.panel.task.case_id == after
    assert line.text() == ""


def test_a_task_that_is_on_its_way_leaves_nothing_of_the_one_before_to_decide(
    screen: Screen, before: RecordId, after: RecordId
) -> None:
    page = _agenda(screen, before, after)
    _choose(page, before)
    screen.settle()
    with slow_disk(screen):
        _choose(page, after)
        assert page.panel.task is None
    assert page.panel.task is not None
    assert page.panel.task.case_id == after


@pytest.fixture
def colleague(screen: Screen) -> RecordId:
    def introduce(uow: UnitOfWork) -> None:
        said = {"name": "Beto Inventado", "role": "social"}
        keys = {FieldKey("person", COLLEAGUE, one): each for one, each in said.items()}
        change_fields(uow, screen.desk, keys)
        uow.commit()

    screen.run(introduce)
    return COLLEAGUE


def test_a_team_that_was_ticked_and_not_saved_yet_outlives_what_arrives_meanwhile(
    screen: Screen, before: RecordId, after: RecordId, colleague: RecordId
) -> None:
    """A synchronisation that begins by itself ticks nobody off again. Control: of another case
    nothing is ticked."""
    page = screen.go("team", case_id=before)
    assert isinstance(page, TeamPage)
    page.team.tick(colleague, is_in_team=True)
    page.team.responsible.setCurrentText("Beto Inventado")
    screen.shell.records_changed()
    screen.settle()
    assert page.team.responsible.currentText() == "Beto Inventado"
    page.team.save.click()
    screen.settle()
    found = screen.run(lambda uow: teams.people_of(uow, screen.desk, before))
    assert [one.id for one in found.people if one.is_in_team] == [colleague]
    assert [one.id for one in found.people if one.is_responsible] == [colleague]

    screen.go("team", case_id=after)
    assert page.team.responsible.currentData() is None


def test_a_team_that_was_ticked_and_left_unsaved_shows_as_it_is(
    screen: Screen, before: RecordId, colleague: RecordId
) -> None:
    """Ticked, she would seem to be in it, and not be."""
    page = screen.go("team", case_id=before)
    assert isinstance(page, TeamPage)
    page.team.tick(colleague, is_in_team=True)
    page.team.responsible.setCurrentText("Beto Inventado")
    screen.go("ficha", case_id=before)
    screen.go("team", case_id=before)
    assert not page.team._boxes[colleague].isChecked()
    assert page.team.responsible.currentData() is None


def test_a_team_that_is_not_known_yet_is_not_written(screen: Screen, before: RecordId) -> None:
    with slow_disk(screen):
        screen.shell.go("team", {"case_id": before})
        page = screen.page
        assert isinstance(page, TeamPage)
        assert not page.team.save.isEnabled()
    assert page.team.save.isEnabled()


def test_what_an_attachment_is_called_is_for_the_case_for_which_it_was_typed(
    screen: Screen, before: RecordId, after: RecordId
) -> None:
    page = screen.go("risk", case_id=before)
    assert isinstance(page, RiskPage)
    page.rail.attachments.description.setText("Denuncia de Nantip, hoja 1")
    screen.go("ficha", case_id=before)
    screen.go("risk", case_id=before)
    assert page.rail.attachments.description.text() == "Denuncia de Nantip, hoja 1"
    screen.go("risk", case_id=after)
    assert page.rail.attachments.description.text() == ""
