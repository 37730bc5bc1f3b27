"""What is typed is saved by itself once the disk takes it again; what is pressed is not, and nobody
is told so of it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.domain.change import RecordId
from app.services import conflicts, intake
from app.services.messages import sentence
from tests.support.windows import Screen, slow_disk
from tests.ui.test_conflicts_page import choose, met
from tests.ui.test_conflicts_page import press as press_here
from tests.ui.test_intake import begin, cases, press, said, write
from tests.ui.test_refused_decisions import number_of
from tests.ui.test_saving import allow_writing, writing_of

REFUSED = "No se puede escribir en el disco. Avise a su coordinación."
TYPED = sentence("disk_read_only", {}, str)
"""Of what is typed: it stays on the screen."""

DECIDE = "Guardar decisión (Ctrl+Enter)"


def of_hours(screen: Screen, case_id: RecordId) -> str:
    return f"{number_of(screen, case_id)} · Horario seguro: No se anotó."


def test_a_decision_of_two_values_that_the_disk_refused_is_decided_again(screen: Screen) -> None:
    """It is told of which case and field: the next question shows by then. Control: pressed again,
    it is decided."""
    case_id = met(screen, "safe_hours", "lunes", "martes", "viernes")
    named = of_hours(screen, case_id)
    screen.go("conflicts")
    choose(screen, "martes")
    allow_writing(screen, may_write=False)
    press_here(screen, DECIDE)
    assert screen.shell.alert_words == f"{named} {REFUSED}"
    assert screen.shell.notices.failed_seen.isVisible()

    allow_writing(screen, may_write=True)
    press_here(screen, DECIDE)
    assert screen.shell.alert_words == ""
    assert screen.stored(case_id, "safe_hours") == "martes"


def test_what_was_pressed_about_two_values_and_refused_is_told_wherever_she_went(
    screen: Screen,
) -> None:
    case_id = met(screen, "safe_hours", "lunes", "martes", "viernes")
    named = of_hours(screen, case_id)
    screen.go("conflicts")
    choose(screen, "martes")
    allow_writing(screen, may_write=False)
    with slow_disk(screen):
        QTest.keyClick(screen.page, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        screen.shell.go("plan", {"case_id": case_id})
    assert f"{named} {REFUSED}" in screen.shell.alert_words.split("\n")
    allow_writing(screen, may_write=True)


def test_a_decision_that_could_not_be_undone_is_told_of_its_case(screen: Screen) -> None:
    case_id = met(screen, "safe_hours", "lunes", "martes", "viernes")
    named = of_hours(screen, case_id)
    screen.go("conflicts")
    choose(screen, "martes")
    press_here(screen, DECIDE)
    press_here(screen, "Decidido")
    allow_writing(screen, may_write=False)
    press_here(screen, "Deshacer la decisión")
    assert screen.shell.alert_words == f"{named} {REFUSED}"
    allow_writing(screen, may_write=True)


def test_a_text_that_joins_two_values_is_still_said_to_stay_on_the_screen(screen: Screen) -> None:
    """It is typed, and goes to the disk with the next save. Control: once it did, nothing is
    said."""
    met(screen, "safe_hours", "lunes", "martes", "viernes")
    screen.go("conflicts")
    line = writing_of(screen)
    line.selectAll()
    allow_writing(screen, may_write=False)
    QTest.keyClicks(line, "martes y viernes")
    screen.shell.flush()
    screen.settle()
    assert screen.shell.alert_words == TYPED
    assert screen.shell.saved_words == "No está guardado"

    allow_writing(screen, may_write=True)
    screen.shell.flush()
    screen.settle()
    assert screen.shell.alert_words == ""
    assert screen.run(lambda uow: conflicts.count(uow)) == 1


def test_a_ficha_that_the_disk_did_not_open_is_not_said_to_come_by_itself(screen: Screen) -> None:
    """What was typed of her is kept; the ficha is opened when it is pressed again."""
    page = begin(screen)
    write(screen, page, names="Nantip")
    allow_writing(screen, may_write=False)
    press(screen, page, "Abrir ficha nueva")
    assert screen.shell.alert_words == f"Nueva atención: no se abrió ninguna ficha. {REFUSED}"
    assert screen.shell.notices.failed_seen.isVisible()

    allow_writing(screen, may_write=True)
    assert cases(screen) == 0
    press(screen, page, "Abrir ficha nueva")
    screen.until(lambda: cases(screen) == 1)
    screen.settle()
    assert screen.shell.alert_words == ""


def test_what_was_typed_last_before_a_ficha_that_did_not_open_is_tried_again(
    screen: Screen,
) -> None:
    """It was not on the disk yet when she pressed: of that it is said that it stays there."""
    page = begin(screen)
    allow_writing(screen, may_write=False)
    QTest.keyClicks(page.editors["names"].focus_widgets[0], "Nantip")
    QTest.keyClick(page, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    screen.settle()
    screen.settle()
    told = screen.shell.alert_words.split("\n")
    assert told == [TYPED, f"Nueva atención: no se abrió ninguna ficha. {REFUSED}"]
    assert screen.shell.is_busy

    allow_writing(screen, may_write=True)
    screen.shell.flush()
    screen.settle()
    assert not screen.shell.is_busy
    kept = screen.run(lambda uow: intake.draft(uow, screen.desk))
    assert kept.typed == {"names": "Nantip"}


def test_what_could_not_be_forgotten_of_her_is_told_where_she_went(screen: Screen) -> None:
    """She cancelled: what was typed of her still is on the disk, and shows the next time."""
    page = begin(screen)
    write(screen, page, names="Nantip")
    allow_writing(screen, may_write=False)
    press(screen, page, "Cancelar")
    assert screen.page is screen.shell.cases
    stays = "Nueva atención: lo escrito no se quitó; aparecerá al volver."
    assert f"{stays} {REFUSED}" in screen.shell.alert_words.split("\n")
    assert "No está guardado" not in screen.shell.saved_words
    allow_writing(screen, may_write=True)


def test_what_is_typed_of_her_is_still_said_to_stay_on_the_screen(screen: Screen) -> None:
    """It goes to the disk with the next save. That nobody could be looked for is said apart: who
    believes that she is not on file opens a second ficha."""
    page = begin(screen)
    allow_writing(screen, may_write=False)
    QTest.keyClicks(page.editors["names"].focus_widgets[0], "Nantip")
    looked = "Nueva atención: no se pudo buscar si ya figura."
    screen.until(lambda: looked in screen.shell.alert_words)
    assert screen.shell.alert_words.split("\n") == [TYPED, f"{looked} {REFUSED}"]
    assert screen.shell.saved_words == "No está guardado"

    allow_writing(screen, may_write=True)
    page.flush()
    screen.settle()
    assert screen.shell.alert_words == f"{looked} {REFUSED}"


def test_where_nobody_could_be_looked_for_it_is_not_said_that_nobody_is_on_file(
    screen: Screen,
) -> None:
    """What was typed since was not looked for: who believes it opens a second ficha. Control: once
    it can be looked for again, it is said."""
    page = begin(screen)
    write(screen, page, names="Nantip")
    nobody, unsearched = "No se encontró a nadie parecido", "No se pudo buscar si ya figura."
    assert nobody in said(page)
    allow_writing(screen, may_write=False)
    QTest.keyClicks(page.editors["surname_1"].focus_widgets[0], "Ejemplo")
    screen.until(lambda: "no se pudo buscar" in screen.shell.alert_words)
    assert nobody not in said(page)
    assert unsearched in said(page)

    allow_writing(screen, may_write=True)
    page.refresh()
    screen.settle()
    screen.settle()
    assert nobody in said(page)
    assert unsearched not in said(page)
