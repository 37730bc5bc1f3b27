"""What a window shows between two answers: of the one before, which came, nothing stands under the
name of the next, whose own is still to come."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from PySide6.QtCore import QCoreApplication

from app.domain.change import RecordId
from app.domain.records import Kind, Name
from app.domain.value import Value
from app.services import handover, referrals
from app.services.forms import change_fields
from app.services.ports import FieldKey, UnitOfWork
from tests.support.laptops import EVERY_SERVICE
from tests.support.windows import Screen, slow_disk
from tests.ui.test_one_case_at_a_time import AFTER, BEFORE, COLLEAGUE, code_of, named, said
from tests.ui.test_typed_meanwhile import handing_over, press
from ui.screens.ficha.view import FichaPage
from ui.screens.referral.view import ReferralPage
from ui.screens.team.view import TeamPage


@contextmanager
def between(
    screen: Screen, first: Callable[[], None], second: Callable[[], None]
) -> Iterator[None]:
    """While the block runs, what ``first`` asked the disk for is answered, and what ``second`` did
    is not."""
    may_begin, is_between, may_go_on = (threading.Event() for _ in range(3))

    def wait_between() -> None:
        is_between.set()
        may_go_on.wait(60)

    screen.runner.on_storage_thread(lambda: may_begin.wait(60))
    first()
    screen.runner.on_storage_thread(wait_between)
    second()
    may_begin.set()
    assert is_between.wait(60)
    QCoreApplication.sendPostedEvents()
    try:
        yield
    finally:
        may_go_on.set()
        screen.settle()


@pytest.fixture
def before(screen: Screen) -> RecordId:
    return screen.new_case(**BEFORE)


@pytest.fixture
def after(screen: Screen) -> RecordId:
    return screen.new_case(**AFTER)


@pytest.mark.parametrize("name", ["plan", "records", "risk", "papers", "team", "saw"])
def test_the_name_of_one_case_does_not_stand_over_the_next(
    screen: Screen, before: RecordId, after: RecordId, name: str
) -> None:
    page = screen.go(name, case_id=after)
    with between(
        screen,
        lambda: screen.shell.go(name, {"case_id": before}),
        lambda: screen.shell.go(name, {"case_id": after}),
    ):
        assert named(page) == ""
    assert named(page) == "Z. Q."


def test_the_steps_of_one_ficha_do_not_show_while_the_next_is_on_its_way(
    screen: Screen, before: RecordId, after: RecordId
) -> None:
    page = screen.go("ficha", case_id=before)
    assert isinstance(page, FichaPage)
    file, code = page.presenter.file, code_of(screen, before)
    assert file is not None
    with slow_disk(screen):
        screen.shell.go("ficha", {"case_id": after})
        page.presenter.go(1)
        page.show_file(file)  # as where something of it was saved on the way
        assert page.fields is None
        assert code not in said(page)
        assert "Nantip" not in said(page)
    assert named(page) == "Z. Q."


def test_the_referrals_of_one_case_do_not_show_beside_the_next(
    screen: Screen, before: RecordId, after: RecordId
) -> None:
    """Control: beside its own they do."""
    screen.run(lambda uow: referrals.open_referral(uow, screen.desk, before))
    page = screen.go("ficha", case_id=before)
    assert isinstance(page, FichaPage)
    assert "Borrador" in said(page)

    def ask() -> None:
        screen.shell.go("ficha", {"case_id": after})
        page.refresh()  # a synchronisation ends just then

    with between(screen, ask, lambda: None):
        assert page.presenter.file is not None
        assert page.presenter.file.case_id == after
        assert "Borrador" not in said(page)


def test_the_paper_of_one_referral_does_not_show_while_the_next_is_on_its_way(
    screen: Screen, before: RecordId, after: RecordId
) -> None:
    other = screen.run(lambda uow: referrals.open_referral(uow, screen.desk, after))
    page = screen.go("referral", case_id=before)
    assert isinstance(page, ReferralPage)
    assert page._preview.page_count == 1
    with between(
        screen,
        page.presenter.draw,
        lambda: screen.shell.go("referral", {"referral_id": other}),
    ):
        assert page._preview.page_count == 0
    assert page._preview.page_count == 1
    assert named(page) == "Z. Q."


def test_who_keeps_herself_from_one_case_stays_at_the_next(
    screen: Screen, before: RecordId, after: RecordId
) -> None:
    own = RecordId(screen.desk.actor.id)

    def share(uow: UnitOfWork) -> None:
        """Whoever attends a case alone does not keep herself from it."""
        values: dict[FieldKey, Value] = {
            FieldKey(Kind.CASE, before, Name.TEAM): tuple(sorted((own, COLLEAGUE)))
        }
        for person in (own, COLLEAGUE):
            said: dict[str, Value] = {
                "name": "Persona Inventada",
                "role": "social",
                "roles": tuple(sorted(EVERY_SERVICE)),
            }
            for name, value in said.items():
                values[FieldKey(Kind.PERSON, person, name)] = value
        change_fields(uow, screen.desk, values)
        uow.commit()

    screen.run(share)
    page = screen.go("team", case_id=before)
    assert isinstance(page, TeamPage)
    with slow_disk(screen):
        page.presenter.block(own, is_blocked=True)
        screen.shell.go("team", {"case_id": after})
    assert screen.page is page
    assert (named(page), page.presenter.case_id) == ("Z. Q.", after)
    fields = screen.run(lambda uow: uow.records.fields(before))
    assert fields[Name.BLOCKED].value == (own,)


def test_a_shift_that_is_pressed_for_twice_is_handed_over_once(screen: Screen) -> None:
    page, _ = handing_over(screen)
    with slow_disk(screen):
        press(page, "Entregar")
        press(page, "Entregar")
    assert len(screen.run(lambda uow: handover.handovers(uow, 5))) == 1
