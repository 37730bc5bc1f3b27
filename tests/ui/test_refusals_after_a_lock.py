"""A lock takes what stands above the pages off the screen, and the process that showed it ends: what
was refused and not seen is said again to the same person once she entered, and to nobody else."""

from __future__ import annotations

import dataclasses

import pytest

from app.domain.change import AuthorId, RecordId
from app.domain.errors import EnvironmentFault
from app.domain.records import Kind, Name
from app.services import casework, unread
from app.services.forms import change_fields
from app.services.ports import Actor, FieldKey, UnitOfWork
from app.services.read_models import ResumePoint
from tests.support.laptops import EVERY_SERVICE
from tests.support.windows import Screen, slow_disk
from tests.ui.test_closed_meanwhile import write
from tests.ui.test_refused_decisions import allow_writing, chosen, done, number_of
from ui.screens.ficha.view import FichaPage
from ui.screens.plan.view import PlanPage

ANA, BETO = RecordId("a1" * 16), RecordId("b1" * 16)
NAMES = {ANA: "Ana Inventada", BETO: "Beto Inventado"}
REFUSED = "Esto no se pudo hacer."
BEFORE = "De la última vez: {}"


def enters(screen: Screen, person: RecordId) -> None:
    """Let somebody work here, as after an unlock."""
    roles = EVERY_SERVICE
    actor = Actor(AuthorId(person), NAMES[person], roles[0], roles)
    desk = dataclasses.replace(screen.desk, actor=actor)
    screen.store.work_at(desk)
    screen.window.enter(dataclasses.replace(screen.shell.workplace, desk=desk))
    screen.settle()


@pytest.fixture
def case_id(screen: Screen) -> RecordId:
    """A case, at which Ana looks."""

    def introduce(uow: UnitOfWork) -> None:
        for person, name in NAMES.items():
            said = {"name": name, "role": EVERY_SERVICE[0], "roles": tuple(sorted(EVERY_SERVICE))}
            keys = {FieldKey(Kind.PERSON, person, one): each for one, each in said.items()}
            change_fields(uow, screen.desk, keys)
        uow.commit()

    screen.run(introduce)
    made = screen.new_case(names="Nantip", surname_1="Ejemplo")
    enters(screen, ANA)
    return made


def test_what_was_refused_before_a_lock_is_said_to_her_again_until_it_was_seen(
    screen: Screen, case_id: RecordId
) -> None:
    """Of which case: none shows by then. However often it is locked."""
    said = BEFORE.format(f"{number_of(screen, case_id)} · {REFUSED}")
    page = screen.go("plan", case_id=case_id)
    page.failed.emit(REFUSED)
    screen.settle()
    for _ in range(2):
        enters(screen, ANA)
        assert screen.shell.alert_words == said
        assert screen.shell.notices.failed_seen.isVisible()
    screen.shell.notices.failed_seen.click()
    screen.settle()
    enters(screen, ANA)
    assert screen.shell.alert_words == ""


def test_a_decision_that_was_refused_once_she_had_gone_is_said_when_she_comes_back(
    screen: Screen, case_id: RecordId
) -> None:
    """The laptop locked itself while nobody looked."""
    page = screen.go("plan", case_id=case_id)
    assert isinstance(page, PlanPage)
    task = chosen(screen, page, 0)
    whole = screen.shell.workplace.open_unit

    def broken() -> UnitOfWork:
        raise ZeroDivisionError

    with slow_disk(screen):
        screen.runner.use(broken)
        done(page)
        screen.runner.use(whole)
    enters(screen, ANA)
    named = f"{number_of(screen, case_id)} · {task.title}: No se anotó."
    assert screen.shell.alert_words.startswith(BEFORE.format(named))


def test_nobody_else_is_told_what_was_refused_to_her(screen: Screen, case_id: RecordId) -> None:
    """Who was at the laptop before is nobody's to know, nor in which case. What is refused to the
    other takes nothing of hers away."""
    screen.go("plan", case_id=case_id).failed.emit(REFUSED)
    screen.settle()
    enters(screen, BETO)
    assert screen.shell.alert_words == ""
    screen.shell.today.failed.emit("Otra cosa.")
    screen.settle()
    enters(screen, ANA)
    assert REFUSED in screen.shell.alert_words
    assert "Otra cosa." not in screen.shell.alert_words


def test_it_is_said_also_where_she_returns_to_the_field_in_which_she_typed(
    screen: Screen, case_id: RecordId
) -> None:
    """The program takes her there: it was not seen by that."""
    screen.go("plan", case_id=case_id).failed.emit(REFUSED)
    screen.settle()
    place = ResumePoint(case_id, "ficha", "contacto", "safe_hours")
    screen.run(lambda uow: casework.remember_place(uow, place))
    enters(screen, ANA)
    assert isinstance(screen.page, FichaPage)
    assert screen.shell.alert_words == BEFORE.format(f"{number_of(screen, case_id)} · {REFUSED}")


def test_what_is_refused_again_is_said_once(screen: Screen, case_id: RecordId) -> None:
    """As of now. Control: what was over before the lock is not said again."""
    screen.shell.today.failed.emit(REFUSED)
    screen.shell.today.failed.emit("Otra cosa.")
    screen.settle()
    enters(screen, ANA)
    screen.shell.today.failed.emit(REFUSED)
    assert screen.shell.alert_words == f"{BEFORE.format('Otra cosa.')}\n{REFUSED}"
    screen.go("plan", case_id=case_id)
    screen.settle()
    enters(screen, ANA)
    assert screen.shell.alert_words == ""


def test_what_the_disk_did_not_keep_either_is_kept_when_it_locks(
    screen: Screen, case_id: RecordId
) -> None:
    """There is room again by then: the pages save once more, and so does this."""
    screen.go("plan", case_id=case_id)
    allow_writing(screen, may_write=False)
    screen.page.failed.emit(REFUSED)
    screen.settle()
    allow_writing(screen, may_write=True)
    screen.shell.stop()
    enters(screen, ANA)
    assert REFUSED in screen.shell.alert_words


def test_what_the_disk_refused_before_is_not_kept_over_what_it_took_since(
    screen: Screen, case_id: RecordId
) -> None:
    """Both were on their way when the first was refused."""
    whole = screen.shell.workplace.open_unit

    def full() -> UnitOfWork:
        raise EnvironmentFault("disk_full")

    page = screen.go("plan", case_id=case_id)
    with slow_disk(screen):
        screen.runner.use(full)
        page.failed.emit(REFUSED)
        screen.runner.use(whole)
        page.failed.emit("Otra cosa.")
    screen.shell.stop()
    enters(screen, ANA)
    assert "Otra cosa." in screen.shell.alert_words


def test_it_is_kept_behind_what_cannot_wait_when_the_laptop_closes(
    screen: Screen, case_id: RecordId
) -> None:
    """The held key comes before all that. Control: that it is kept is seen above."""
    screen.go("plan", case_id=case_id)
    allow_writing(screen, may_write=False)
    screen.page.failed.emit(REFUSED)
    screen.settle()
    allow_writing(screen, may_write=True)
    desk, kept = screen.shell.workplace.desk, []
    screen.window.end(0, before=lambda uow: kept.append(unread.refusals(uow, desk)))
    assert kept == [()]


def test_of_a_case_that_she_is_kept_from_since_nothing_is_said_again(
    screen: Screen, case_id: RecordId
) -> None:
    """To her it is not there. Control: of one that is in reserve its number is nobody's secret, and
    what is of no case is said."""
    other, page = screen.new_case(names="Zoila"), screen.go("plan", case_id=case_id)
    in_reserve, of_none = f"{number_of(screen, other)} · {REFUSED}", f"Personas · {REFUSED}"
    page.failed.emit(REFUSED)
    for said in (in_reserve, of_none):
        screen.shell.today.failed.emit(said)
    screen.settle()
    write(screen, Kind.CASE, case_id, **{Name.BLOCKED: (ANA,)})
    write(screen, Kind.CASE, other, **{Name.TEAM: (BETO,), Name.RESERVED: True})
    enters(screen, ANA)
    told = [BEFORE.format(one) for one in (in_reserve, of_none)]
    assert screen.shell.alert_words.split("\n") == told


def test_where_it_could_not_be_read_what_was_kept_what_is_refused_next_is_kept(
    screen: Screen, case_id: RecordId
) -> None:
    """The disk answers again by then."""
    place, is_read = screen.shell.workplace, False

    def open_unit() -> UnitOfWork:
        if is_read:
            return place.open_unit()
        raise EnvironmentFault("disk_failing")

    screen.window.enter(dataclasses.replace(place, open_unit=open_unit))
    screen.settle()
    is_read = True
    screen.shell.today.failed.emit(REFUSED)
    screen.settle()
    enters(screen, ANA)
    assert REFUSED in screen.shell.alert_words
