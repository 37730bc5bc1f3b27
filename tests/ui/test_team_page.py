"""Who attends a case, and the door for whoever must go in and says why, as people work with it."""

from __future__ import annotations

import dataclasses

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QCheckBox, QLabel, QWidget

from app.domain.change import AuthorId, RecordId
from app.domain.records import Kind, Name
from app.domain.value import set_value
from app.services import teams
from app.services.case_ties import is_reserved
from app.services.forms import change_fields
from app.services.ports import Actor, FieldKey, UnitOfWork
from app.services.values import stored_codes
from tests.support.laptops import EVERY_SERVICE
from tests.support.windows import Screen, shown_children, slow_disk
from tests.ui.test_saving import allow_writing
from ui.screens.cases.columns import ONLY_KNOWN
from ui.screens.cases.view import CasesPage
from ui.screens.ficha.view import FichaPage
from ui.screens.team.view import TeamPage
from ui.widgets.pieces import CheckableButton

PEOPLE = {"Ana Inventada": EVERY_SERVICE, "Beto Inventado": ("social",)}
ASSESSMENT = "psychological_assessment"


def person(name: str) -> RecordId:
    return RecordId(f"{list(PEOPLE).index(name) + 1:02x}" * 16)


def sit_down(screen: Screen, name: str) -> None:
    """Let somebody work at the desk, as after an unlock."""
    actor = Actor(AuthorId(person(name)), name, PEOPLE[name][0], PEOPLE[name])
    desk = dataclasses.replace(screen.desk, actor=actor)
    screen.store.work_at(desk)
    workplace = dataclasses.replace(screen.shell.workplace, desk=desk)
    screen.window.enter(workplace)
    screen.settle()


@pytest.fixture
def case_id(screen: Screen) -> RecordId:
    def introduce(uow: UnitOfWork) -> None:
        for name, roles in PEOPLE.items():
            said = {"name": name, "role": roles[0], "roles": tuple(sorted(roles))}
            keys = {FieldKey(Kind.PERSON, person(name), one): each for one, each in said.items()}
            change_fields(uow, screen.desk, keys)
        uow.commit()

    screen.run(introduce)
    made = screen.new_case(names="Nantip", psychological_assessment="Inventada")
    sit_down(screen, "Ana Inventada")
    return made


def said(page: object) -> str:
    widgets = shown_children(page)  # type: ignore[arg-type]
    return "\n".join(one.text() for one in widgets if isinstance(one, QLabel))


def team_page(screen: Screen, case_id: RecordId) -> TeamPage:
    page = screen.go("team", case_id=case_id)
    assert isinstance(page, TeamPage)
    return page


def test_a_team_is_made_and_a_case_put_in_reserve(screen: Screen, case_id: RecordId) -> None:
    page = team_page(screen, case_id)
    assert "es de todo el centro" in said(page)
    page.team.tick(person("Ana Inventada"), is_in_team=True)
    page.team.responsible.setCurrentText("Ana Inventada")
    screen.bot.mouseClick(page.team.save, Qt.MouseButton.LeftButton)
    screen.settle()
    assert "es de todo el centro" not in said(page)
    screen.bot.mouseClick(page.reserve, Qt.MouseButton.LeftButton)
    screen.settle()
    found = screen.run(lambda uow: teams.people_of(uow, screen.desk, case_id))
    assert found.is_reserved
    assert page.reserve.text() == "Levantar la reserva"


def test_a_case_in_reserve_whose_only_colleague_left_is_not_said_to_be_everybodys(
    screen: Screen, case_id: RecordId
) -> None:
    """Nobody sees more than its number: somebody has to go in with a reason and give it a team."""
    beto = person("Beto Inventado")
    screen.run(lambda uow: teams.set_team(uow, screen.desk, case_id, [beto], beto))
    screen.run(lambda uow: teams.reserve(uow, screen.desk, case_id))
    told = "Está en reserva y ya nadie lo atiende"
    page = team_page(screen, case_id)
    assert told not in said(page)
    leaves_the_centre(screen, beto)
    page = team_page(screen, case_id)
    screen.settle()
    assert told in said(page)
    assert "es de todo el centro" not in said(page)


def test_its_heading_says_of_which_case_it_is_also_of_one_that_is_closed_to_her(
    screen: Screen, case_id: RecordId
) -> None:
    """By its number, as those of the other pages do. Of a case in reserve the centre sees no more,
    and its bar no initials. Control: who attends it sees both, and of the next case nothing is said
    before it is there."""
    code = screen.run(lambda uow: teams.people_of(uow, screen.desk, case_id)).code
    ana = person("Ana Inventada")
    page = team_page(screen, case_id)
    assert f"Equipo del caso · {code}" in said(page).split("\n")
    assert "N." in said(page).split("\n")
    screen.run(lambda uow: teams.set_team(uow, screen.desk, case_id, [ana], ana))
    screen.run(lambda uow: teams.reserve(uow, screen.desk, case_id))
    other = screen.new_case(names="Zoila")

    sit_down(screen, "Beto Inventado")
    page = team_page(screen, case_id)
    assert f"Equipo del caso · {code}" in said(page).split("\n")
    assert "N." not in said(page).split("\n")
    screen.texts.switch("quy")
    screen.texts.switch("es")
    assert f"Equipo del caso · {code}" in said(page).split("\n")
    with slow_disk(screen):
        screen.shell.go("team", {"case_id": other})
        assert code not in said(page)
        assert "Equipo del caso" in said(page).split("\n")


UNKNOWN = RecordId("7e" * 16)
"""A colleague who was written into the team on another laptop, and is not known here yet."""


def attended(screen: Screen, case_id: RecordId, *team: RecordId, reserved: bool = False) -> None:
    """Write who attends a case as it arrives from another laptop."""
    values = {Name.TEAM: set_value({str(one) for one in team}), Name.RESERVED: reserved}

    def write(uow: UnitOfWork) -> None:
        keys = {FieldKey(Kind.CASE, case_id, name): value for name, value in values.items()}
        change_fields(uow, screen.desk, keys)
        uow.commit()

    screen.run(write)


def leaves_the_centre(screen: Screen, person: RecordId) -> None:
    def leave(uow: UnitOfWork) -> None:
        change_fields(uow, screen.desk, {FieldKey(Kind.PERSON, person, "left_on"): "2026-06-01"})
        uow.commit()

    screen.run(leave)


@pytest.mark.parametrize("reserved", [False, True])
def test_a_case_of_a_colleague_who_is_not_known_here_yet_is_said_to_be_hers(
    screen: Screen, case_id: RecordId, reserved: bool
) -> None:
    """It is neither everybody's nor nobody's; how many there are is said beside those who are
    known, too."""
    attended(screen, case_id, UNKNOWN, reserved=reserved)
    page = team_page(screen, case_id)
    assert "hay 1 colega que esta laptop todavía no conoce" in said(page)
    assert "es de todo el centro" not in said(page)
    assert "nadie lo atiende" not in said(page)
    beside = RecordId("7f" * 16)
    attended(screen, case_id, UNKNOWN, beside, person("Ana Inventada"), reserved=reserved)
    page = team_page(screen, case_id)
    assert "hay 2 colegas que esta laptop todavía no conoce" in said(page)


def test_a_case_whose_only_colleague_left_is_not_said_to_be_everybodys_though_it_is_in_no_reserve(
    screen: Screen, case_id: RecordId
) -> None:
    """To others it opens with a reason. Control: where somebody else attends it, nothing is
    said."""
    beto, ana = person("Beto Inventado"), person("Ana Inventada")
    attended(screen, case_id, beto)
    leaves_the_centre(screen, beto)
    page = team_page(screen, case_id)
    assert "es de todo el centro" not in said(page)
    assert "Quien lo atendía ya no está" in said(page)
    attended(screen, case_id, beto, ana)
    page = team_page(screen, case_id)
    assert "ya no está" not in said(page)


def test_who_stands_in_goes_in_with_a_reason_and_the_team_reads_it(
    screen: Screen, case_id: RecordId
) -> None:
    page = team_page(screen, case_id)
    screen.bot.mouseClick(page.reserve, Qt.MouseButton.LeftButton)
    screen.settle()

    sit_down(screen, "Beto Inventado")
    cases = screen.go("cases")
    assert isinstance(cases, CasesPage)
    texts = [cases.table.model().index(0, at).data() for at in range(7)]
    assert ONLY_KNOWN in texts and not any("Nantip" in str(one) for one in texts)
    screen.go("ficha", case_id=case_id)
    page = screen.page  # type: ignore[assignment]
    assert isinstance(page, TeamPage)
    assert page.ask.isVisible()
    page.ask.reason.setText("Ana está de viaje")
    page.ask.tick("see_work_notes")
    screen.bot.keyClick(page.ask.reason, Qt.Key.Key_Return)
    screen.settle()
    ficha = screen.page
    assert isinstance(ficha, FichaPage)
    assert ficha.presenter.form.binding("names").typed == "Nantip"

    sit_down(screen, "Ana Inventada")
    # Why comes first: what it opened is a long list, and at 1024 × 600 its end is out of sight.
    assert "Beto Inventado: «Ana está de viaje»" in said(team_page(screen, case_id))
    ficha = screen.go("ficha", case_id=case_id)
    chips = [one.text() for one in shown_children(ficha) if isinstance(one, CheckableButton)]
    assert "Equipo · 1" in chips


def test_a_reason_without_anything_ticked_asks_what_is_wanted(
    screen: Screen, case_id: RecordId
) -> None:
    """It does not say that a reason opens nothing. Control: with a tick it opens; the words beside
    a box tick it too."""
    page = team_page(screen, case_id)
    box = page.ask.findChildren(QCheckBox)[0]
    (words,) = [one for one in page.ask.findChildren(QLabel) if one.buddy() is box]
    if box.isChecked():
        box.click()
    page.ask.reason.setText("Ana está de viaje")
    screen.bot.keyClick(page.ask.reason, Qt.Key.Key_Return)
    screen.settle()
    assert "Marque en la lista" in screen.shell.alert_words
    assert "No se hizo nada" not in screen.shell.alert_words
    screen.bot.mouseClick(words, Qt.MouseButton.LeftButton)
    assert box.isChecked()
    screen.bot.mouseClick(page.ask.go, Qt.MouseButton.LeftButton)
    screen.until(lambda: screen.page is not page)
    assert screen.shell.alert_words == ""


def test_without_a_reason_nothing_opens(screen: Screen, case_id: RecordId) -> None:
    sit_down(screen, "Beto Inventado")
    page = team_page(screen, case_id)
    screen.bot.mouseClick(page.ask.go, Qt.MouseButton.LeftButton)
    screen.settle()
    assert "Escriba por qué" in screen.shell.alert_words


def test_what_another_service_fills_is_said_to_be_so_and_has_no_editor(
    screen: Screen, case_id: RecordId
) -> None:
    """(Z5)"""
    sit_down(screen, "Beto Inventado")
    page = screen.go("ficha", case_id=case_id)
    assert isinstance(page, FichaPage)
    steps = [one.id for one in page.presenter.steps]
    page.presenter.go(steps.index("apreciacion"))
    screen.settle()
    assert page.fields is not None
    row = page.fields.row(ASSESSMENT)
    assert row is not None
    assert row.editor.isHidden()
    assert "No corresponde a su servicio" in row.shut.text()

    sit_down(screen, "Ana Inventada")
    page = screen.go("ficha", case_id=case_id)
    assert isinstance(page, FichaPage)
    page.presenter.go(steps.index("apreciacion"))
    screen.settle()
    assert page.fields is not None
    row = page.fields.row(ASSESSMENT)
    assert row is not None and not row.editor.isHidden() and row.shut.isHidden()


def test_the_blocked_person_finds_no_case_and_nobody_is_left_alone(
    screen: Screen, case_id: RecordId
) -> None:
    page = team_page(screen, case_id)
    page.block.choose(person("Beto Inventado"))
    screen.bot.mouseClick(page.block.go, Qt.MouseButton.LeftButton)
    screen.settle()
    assert "No lo ve: Beto Inventado" in said(page)
    page.block.choose(person("Ana Inventada"))
    screen.bot.mouseClick(page.block.go, Qt.MouseButton.LeftButton)
    screen.settle()
    assert "no queda nadie que pueda atender" in screen.shell.alert_words

    sit_down(screen, "Beto Inventado")
    cases = screen.go("cases")
    assert isinstance(cases, CasesPage)
    assert cases.table.model().rowCount() == 0


def test_whom_to_keep_from_a_case_is_chosen_by_nobody_else_and_two_of_a_name_are_told_apart(
    screen: Screen, case_id: RecordId, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One press too many blocks nobody, and the wrong one of two is not blocked for the other."""

    def namesake(uow: UnitOfWork) -> None:
        said = {"name": "Beto Inventado", "role": "legal", "roles": ("legal",)}
        keys = {FieldKey(Kind.PERSON, RecordId("03" * 16), one): each for one, each in said.items()}
        change_fields(uow, screen.desk, keys)
        uow.commit()

    screen.run(namesake)
    page = team_page(screen, case_id)
    assert page.block.person.currentIndex() < 0
    assert not page.block.go.isEnabled()
    listed = ["Ana Inventada", "Beto Inventado · Trabajo social", "Beto Inventado · Legal"]
    for one, before in ((page.block.person, []), (page.team.responsible, ["Nadie en particular"])):
        assert sorted(one.itemText(at) for at in range(one.count())) == sorted([*before, *listed])
    page.block.choose(RecordId("03" * 16))
    assert "Es usted misma" not in said(page)
    screen.bot.mouseClick(page.block.go, Qt.MouseButton.LeftButton)
    screen.settle()
    assert "No lo ve: Beto Inventado · Legal" in said(page)
    assert page.block.go.text() == "Levantar el bloqueo"


def test_whoever_keeps_herself_from_a_case_is_told_who_lifts_it_and_leaves_its_page(
    screen: Screen, case_id: RecordId
) -> None:
    page = team_page(screen, case_id)
    page.block.choose(person("Ana Inventada"))
    assert "Es usted misma: dejará de ver el caso, y solo otra persona puede levantarlo" in said(
        page
    )
    screen.bot.mouseClick(page.block.go, Qt.MouseButton.LeftButton)
    screen.settle()
    assert isinstance(screen.page, CasesPage)
    assert "ya no está en este equipo" not in said(screen.shell)


def test_whoever_alone_attends_a_case_is_told_to_name_another_before_she_keeps_herself_from_it(
    screen: Screen, case_id: RecordId
) -> None:
    """Without a team it would be everybody's, or in reserve nobody's. Control: with a colleague who
    is not kept from it there is one, also one who is not known here yet, and of another person it
    is no matter of hers."""
    ana, beto = person("Ana Inventada"), person("Beto Inventado")
    alone = "Nadie más atiende este caso: ponga antes a otra persona en el equipo."

    def tells(team: list[RecordId], chosen: RecordId) -> bool:
        values = {Name.TEAM: set_value(team), Name.RESPONSIBLE: ana}

        def arrives(uow: UnitOfWork) -> None:  # elsewhere nobody knew of the block yet
            keys = {FieldKey(Kind.CASE, case_id, name): said for name, said in values.items()}
            with uow.access.inside():
                change_fields(uow, screen.desk, keys)
            uow.commit()

        screen.run(arrives)
        page = team_page(screen, case_id)
        page.block.choose(chosen)
        return alone in said(page)

    assert tells([ana], ana)
    assert not tells([ana, beto], ana)
    assert not tells([ana, RecordId("ee" * 16)], ana)
    assert not tells([ana], beto)
    screen.run(lambda uow: teams.block(uow, screen.desk, case_id, beto))
    assert tells([ana, beto], ana), "he is written there and kept from it"
    page = team_page(screen, case_id)
    page.block.choose(ana)
    assert page.block.go.isEnabled(), "pressed, it is refused with a reason"


def test_below_her_name_stands_what_she_is_and_no_code(
    screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also of who is of no service that the lock screen asks for."""
    for role, words in (("sar", "Servicio de Atención Rural"), ("auditoria", "Auditoría")):
        monkeypatch.setitem(PEOPLE, "Beto Inventado", (role,))
        sit_down(screen, "Beto Inventado")
        shown = [one.text() for one in shown_children(screen.shell) if isinstance(one, QLabel)]
        assert words in shown
        assert role not in shown


ALONE = "Nadie más atiende este caso, y no se deja sin equipo"


def refused_block(screen: Screen, case_id: RecordId) -> TeamPage:
    """Return the page of a case that she attends alone, herself chosen to be kept from it."""
    ana = person("Ana Inventada")
    screen.run(lambda uow: teams.set_team(uow, screen.desk, case_id, [ana], None))
    page = team_page(screen, case_id)
    page.block.choose(ana)
    return page


@pytest.mark.parametrize("then", ["", "cases", "team"])
def test_that_nobody_was_kept_out_is_said_wherever_she_is_by_then(
    screen: Screen, case_id: RecordId, then: str
) -> None:
    """Else she thinks that somebody is kept from the case who is not; nor is it said of the case
    that shows. Control: whoever waits needs no number."""
    other = screen.new_case(names="Zoila")
    page = refused_block(screen, case_id)
    code = screen.run(lambda uow: teams.people_of(uow, screen.desk, case_id)).code
    with slow_disk(screen):
        page.block.go.click()
        if then:
            screen.shell.go(then, {"case_id": other})
    alert = screen.shell.alert_words
    assert ALONE in alert
    assert (code in alert) is bool(then)


def test_a_case_in_reserve_whose_people_left_is_given_a_team_by_whoever_says_why(
    screen: Screen, case_id: RecordId
) -> None:
    """Else nobody attends it until somebody opens it to all: to form its team is ticked for her.
    Control: before she says why, nobody is there to be ticked."""
    ana, beto = person("Ana Inventada"), person("Beto Inventado")
    screen.run(lambda uow: teams.set_team(uow, screen.desk, case_id, [ana], None))
    screen.run(lambda uow: teams.reserve(uow, screen.desk, case_id))
    sit_down(screen, "Beto Inventado")
    leaves_the_centre(screen, ana)
    page = team_page(screen, case_id)
    assert "ya nadie lo atiende" in said(page)
    assert not [one for one in shown_children(page.team) if isinstance(one, QCheckBox)]
    assert "Lo ve el equipo del caso" in said(page), "who came in is not told her, and not «Nadie»"
    page.ask.reason.setText("Ana se fue")
    page.ask.go.click()
    screen.settle()
    page = team_page(screen, case_id)
    page.team.tick(beto, is_in_team=True)
    screen.bot.mouseClick(page.team.save, Qt.MouseButton.LeftButton)
    screen.settle()
    assert "ya nadie lo atiende" not in said(page)
    held = screen.run(lambda uow: uow.records.fields(case_id))
    assert stored_codes(held, Name.TEAM) == (beto,)
    assert is_reserved(held), "and nobody opened it to all"


@pytest.mark.parametrize(
    ("role", "is_reserved", "told"),
    [
        ("social", True, "Entre con un motivo"),
        ("admision", True, "Pida a una colega"),
        ("social", False, "entre antes con un motivo"),
        ("sar", False, "Pida a una colega"),
    ],
)
def test_of_a_case_that_nobody_attends_who_can_form_no_team_is_told_whom_to_ask(
    screen: Screen,
    case_id: RecordId,
    monkeypatch: pytest.MonkeyPatch,
    role: str,
    is_reserved: bool,
    told: str,
) -> None:
    """Control: whoever can by a reason is told to give it."""
    ana = person("Ana Inventada")
    attended(screen, case_id, ana, reserved=is_reserved)
    leaves_the_centre(screen, ana)
    monkeypatch.setitem(PEOPLE, "Beto Inventado", (role,))
    beto = person("Beto Inventado")

    def write(uow: UnitOfWork) -> None:
        said = {"role": role, "roles": (role,)}
        keys = {FieldKey(Kind.PERSON, beto, one): each for one, each in said.items()}
        change_fields(uow, screen.desk, keys)
        uow.commit()

    screen.run(write)
    sit_down(screen, "Beto Inventado")
    assert told in said(team_page(screen, case_id))


def test_whoever_may_not_form_the_team_sees_only_who_is_in_it(
    screen: Screen, case_id: RecordId
) -> None:
    """A box that cannot be ticked looks like one that can. Control: whoever may sees all."""
    ana = person("Ana Inventada")
    screen.run(lambda uow: teams.set_team(uow, screen.desk, case_id, [ana], None))
    page = team_page(screen, case_id)
    assert len([one for one in shown_children(page.team) if isinstance(one, QCheckBox)]) > 1
    sit_down(screen, "Beto Inventado")
    page = team_page(screen, case_id)
    (box,) = (one for one in shown_children(page.team) if isinstance(one, QCheckBox))
    assert box.isChecked()
    assert not box.isEnabled()
    assert "Ana Inventada" in said(page.team)


def test_a_reason_for_one_case_takes_nobody_into_another(screen: Screen, case_id: RecordId) -> None:
    """Nor does it clear what is being said of that one."""
    other = screen.new_case(names="Zoila")
    for one in (case_id, other):
        screen.run(lambda uow, c=one: teams.reserve(uow, screen.desk, c))  # type: ignore[misc]
    sit_down(screen, "Beto Inventado")
    team_page(screen, other)
    page = team_page(screen, case_id)
    page.ask.reason.setText("Ana está de viaje")
    with slow_disk(screen):
        page.ask.go.click()
        screen.shell.go("team", {"case_id": other})
        page.ask.reason.setText("Otro motivo")
    assert screen.page is page
    assert page.ask.reason.text() == "Otro motivo"
    assert not screen.run(lambda uow: teams.people_of(uow, screen.desk, other)).came


def test_that_nobody_was_kept_out_is_not_said_to_be_saved_later(
    screen: Screen, case_id: RecordId
) -> None:
    """She would think that somebody is kept from the case once there is room. Control: pressed
    again, she is."""
    page = team_page(screen, case_id)
    page.block.choose(person("Beto Inventado"))
    told = "No se anotó. No se puede escribir en el disco. Avise a su coordinación."
    allow_writing(screen, may_write=False)
    page.block.go.click()
    screen.settle()
    assert screen.shell.alert_words == told
    with slow_disk(screen):
        page.block.go.click()
        screen.shell.go("cases", {})
    assert screen.shell.alert_words.split("\n")[0].endswith(f" · {told}")
    allow_writing(screen, may_write=True)
    page = team_page(screen, case_id)
    page.block.choose(person("Beto Inventado"))
    page.block.go.click()
    screen.settle()
    assert "No lo ve: Beto Inventado" in said(page)


def test_a_refusal_on_the_page_stays_while_something_else_is_saved(
    screen: Screen, case_id: RecordId
) -> None:
    """All were pressed before any was answered, and one more was refused. Control: what she presses
    then takes them away."""
    page = refused_block(screen, case_id)
    with slow_disk(screen):
        page.block.go.click()
        page.reserve.click()
        page.ask.go.click()
    assert screen.run(lambda uow: teams.people_of(uow, screen.desk, case_id)).is_reserved
    assert ALONE in screen.shell.alert_words
    assert "Escriba por qué" in screen.shell.alert_words
    page.reserve.click()
    screen.settle()
    assert ALONE not in screen.shell.alert_words


def test_that_nobody_was_kept_out_is_said_again_when_it_was_locked_before_she_saw_it(
    screen: Screen, case_id: RecordId
) -> None:
    """Control: what she saw is not."""
    page = refused_block(screen, case_id)
    code = screen.run(lambda uow: teams.people_of(uow, screen.desk, case_id)).code
    page.block.go.click()
    screen.settle()
    sit_down(screen, "Ana Inventada")
    assert f"De la última vez: {code} · {ALONE}" in screen.shell.alert_words
    screen.shell.notices.failed_seen.click()
    screen.settle()
    sit_down(screen, "Ana Inventada")
    assert screen.shell.alert_words == ""


def focused() -> QWidget:
    where = QApplication.focusWidget()
    assert where is not None
    return where


def test_the_team_is_ticked_before_it_is_saved_also_by_keyboard(
    screen: Screen, case_id: RecordId
) -> None:
    """By Tab, as it reads: who saves at the first stop would save nobody. Also once the people are
    shown anew. Control: what is asked for with a reason comes behind all of it."""
    page = team_page(screen, case_id)
    for _ in range(2):
        page.refresh()
        screen.settle()
        boxes = page.team.findChildren(QCheckBox)
        shown = [one for one in boxes if one.isVisibleTo(page)]
        assert len(shown) == len(PEOPLE)
        at: QWidget = shown[0]
        at.setFocus()
        for stop in (*shown[1:], page.team.responsible, page.team.save, page.reserve):
            QTest.keyClick(at, Qt.Key.Key_Tab)
            at = focused()
            assert at is stop
    asked = page.ask.findChildren(QCheckBox)[0]
    for _ in range(30):
        QTest.keyClick(at, Qt.Key.Key_Tab)
        at = focused()
        if at in (asked, shown[0]):
            break
    assert at is asked
