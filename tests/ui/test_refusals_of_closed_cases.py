"""What was refused in a case that closes by itself is not taken along unsaid, nor said of the case
that shows next."""

from __future__ import annotations

import pytest
from PySide6.QtTest import QTest

from app.domain.change import RecordId
from app.domain.records import Kind, Name
from tests.support.windows import Screen, slow_disk
from tests.ui.test_closed_meanwhile import (
    ANA,
    BETO,
    OF_A_CASE,
    arrives,
    case_id,
    typed_and_refused,
    write,
)
from tests.ui.test_intake import begin, press
from tests.ui.test_intake import write as type_in
from tests.ui.test_refused_decisions import number_of
from tests.ui.test_saving import allow_writing
from ui.screens.ficha.view import FichaPage
from ui.screens.team.view import TeamPage

__all__ = ["case_id"]

REFUSED = "Esto no se pudo hacer."


@pytest.mark.parametrize("name", OF_A_CASE)
def test_what_was_refused_in_a_case_that_goes_from_the_screen_is_still_said_of_it(
    screen: Screen, case_id: RecordId, name: str
) -> None:
    """She could not have read it yet. Control: once she goes on by herself, it was seen."""
    number = number_of(screen, case_id)
    page = screen.go(name, case_id=case_id)
    page.failed.emit(REFUSED)
    assert screen.shell.alert_words == REFUSED
    arrives(screen, case_id, **{Name.BLOCKED: (BETO,)})
    assert screen.page is screen.shell.cases
    refused, gone = screen.shell.alert_words.split("\n")
    assert refused == f"{number} · {REFUSED}"
    assert gone.startswith(f"{number} · Ese registro ya no está")
    screen.go("today")
    assert screen.shell.alert_words == ""


@pytest.mark.parametrize("name", [one for one in OF_A_CASE if one not in ("team", "saw")])
def test_what_was_refused_in_a_case_that_opens_with_a_reason_now_is_said_at_its_door(
    screen: Screen, case_id: RecordId, name: str
) -> None:
    page = screen.go(name, case_id=case_id)
    page.failed.emit(REFUSED)
    arrives(screen, case_id, **{Name.TEAM: (ANA,), Name.RESERVED: True})
    assert isinstance(screen.page, TeamPage)
    assert f"{number_of(screen, case_id)} · {REFUSED}" in screen.shell.alert_words.split("\n")


def test_a_case_that_goes_behind_another_is_named_where_it_is_told(
    screen: Screen, case_id: RecordId
) -> None:
    """Above the other case it would be said of that one."""
    number = number_of(screen, case_id)
    other = screen.new_case(names="Zoila", surname_1="Quinto")
    page = screen.go("ficha", case_id=case_id)
    typed_and_refused(screen, page)
    write(screen, Kind.CASE, case_id, **{Name.BLOCKED: (BETO,)})
    screen.go("plan", case_id=other)
    assert f"{number} · Ese registro ya no está" in screen.shell.alert_words


def test_a_refusal_is_told_of_its_case_where_the_same_page_shows_the_next(
    screen: Screen, case_id: RecordId
) -> None:
    number = number_of(screen, case_id)
    other = screen.new_case(names="Zoila", surname_1="Quinto")
    page = screen.go("plan", case_id=case_id)
    page.failed.emit(REFUSED)
    screen.go("plan", case_id=other)
    assert screen.shell.alert_words == f"{number} · {REFUSED}"


def test_a_refusal_that_arrives_behind_another_case_is_told_of_its_own(
    screen: Screen, case_id: RecordId
) -> None:
    """Control: one that names its case already names it once."""
    number = number_of(screen, case_id)
    other = screen.new_case(names="Zoila", surname_1="Quinto")
    page = screen.go("plan", case_id=case_id)
    screen.go("ficha", case_id=other)
    page.failed.emit(REFUSED)
    page.failed.emit(f"{number} · Una tarea: {REFUSED}")
    assert screen.shell.alert_words.split("\n") == [
        f"{number} · {REFUSED}",
        f"{number} · Una tarea: {REFUSED}",
    ]


def test_a_refusal_of_the_case_before_is_not_told_of_the_next_one_too(
    screen: Screen, case_id: RecordId
) -> None:
    """It came while the next one showed, and was told of the one before."""
    number = number_of(screen, case_id)
    other = screen.new_case(names="Zoila", surname_1="Quinto")
    page = screen.go("team", case_id=case_id)
    screen.go("team", case_id=other)
    page.failed.emit(f"{number} · {REFUSED}")
    arrives(screen, other, **{Name.BLOCKED: (BETO,)})
    assert f"{number} · {REFUSED}" in screen.shell.alert_words.split("\n")


def test_what_was_refused_while_a_ficha_was_opened_is_said_above_it(screen: Screen) -> None:
    """An answer takes her there: it does not count as seen. Control: what was refused before she
    pressed is over."""
    page = begin(screen)
    type_in(screen, page, names="Nantip")
    allow_writing(screen, may_write=False)
    press(screen, page, "Abrir ficha nueva")
    allow_writing(screen, may_write=True)
    assert "no se abrió ninguna ficha" in screen.shell.alert_words
    with slow_disk(screen):
        press_only(page)
        page.failed.emit(REFUSED)
    screen.settle()
    assert isinstance(screen.page, FichaPage)
    assert screen.shell.alert_words == REFUSED


def press_only(page: object) -> None:
    page._open.click()  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", ["ficha", "risk", "referral"])
def test_what_can_be_saved_no_more_is_not_said_for_ever_to_wait_for_the_disk(
    screen: Screen, case_id: RecordId, name: str
) -> None:
    """It stood above every page, of no case, and nobody could tick it off. That it was lost is
    said of its case."""
    page = screen.go(name, case_id=case_id)
    typed_and_refused(screen, page)
    allow_writing(screen, may_write=False)
    screen.shell.flush()
    screen.settle()
    allow_writing(screen, may_write=True)
    assert screen.shell.saved_words == "No está guardado"
    arrives(screen, case_id, **{Name.BLOCKED: (BETO,)})
    (lost,) = screen.shell.alert_words.split("\n")
    assert lost.startswith(f"{number_of(screen, case_id)} · Ese registro ya no está")
    assert lost.endswith("Lo último que escribió no se guardó.")
    assert screen.shell.saved_words == ""
    screen.go("today")
    assert screen.shell.alert_words == ""


def test_what_another_page_could_not_save_stays_said_beside_what_is_lost(screen: Screen) -> None:
    """It waits for the disk. Control: once it is there, nothing is said."""
    intake, ficha = begin(screen), screen.shell.ficha
    allow_writing(screen, may_write=False)
    QTest.keyClicks(intake.editors["names"].focus_widgets[0], "Zoila")
    screen.shell.flush()
    screen.settle()
    said = screen.shell.alert_words
    assert "Lo que escribió sigue en la pantalla" in said
    ficha.not_saved.emit("")
    assert screen.shell.alert_words == said
    assert screen.shell.saved_words == "No está guardado"
    allow_writing(screen, may_write=True)
    screen.shell.flush()
    screen.settle()
    assert "Lo que escribió sigue en la pantalla" not in screen.shell.alert_words
