"""*Hojas de recuperación*: a set is made from paper, tried, and kept by three people (K7)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.services import recovery_sheets
from app.services.ports import UnitOfWork
from app.services.recovery_sheets import Custody
from app.services.sheet_ports import PaperSheet
from db import key_slots
from db.sheet_keys import VaultSheets
from db.vault import Entered
from tests.support.laptops import definitions
from tests.support.pseudo import pseudo
from tests.support.storage import CHEAP, PASSPHRASE
from tests.support.windows import Screen, open_screen, shown_children, slow_disk
from tests.ui.test_pages import check_fit, check_names
from ui.runtime.text import Texts
from ui.screens.sheets.view import SheetsPage
from ui.screens.today.view import TodayPage


@dataclass
class Held:
    """What holds the vault of an open laptop."""

    vault: Entered | None


@pytest.fixture
def vault(tmp_path: Path) -> VaultSheets:
    """A vault on disk that somebody opened."""
    file, opened = key_slots.new_file(PASSPHRASE, cost=CHEAP, draw=_draw)
    path = tmp_path / "llaves.json"
    return VaultSheets(path, Held(Entered(file, opened, is_kept=False).keep(path)))


def _draw(count: int) -> bytes:
    import secrets

    return secrets.token_bytes(count)


@pytest.fixture
def screen(
    qapp: QApplication,
    qtbot: QtBot,
    tmp_path: Path,
    vault: VaultSheets,
    request: pytest.FixtureRequest,
) -> Iterator[Screen]:
    language, wrap = getattr(request, "param", ("es", None))
    texts = Texts(language, wrap)
    with open_screen(qapp, qtbot, tmp_path, texts, definitions(), vault) as made:
        yield made


def opened(screen: Screen) -> SheetsPage:
    page = screen.go("sheets")
    assert isinstance(page, SheetsPage)
    return page


def begun(screen: Screen, page: SheetsPage) -> dict[int, PaperSheet]:
    """Begin a set; return its sheets, as they are printed."""
    page.make_button.click()
    screen.settle()
    making = page.presenter.making
    assert making is not None
    return {one.number: one for one in making.drawn.sheets}


def made(screen: Screen, page: SheetsPage) -> dict[int, PaperSheet]:
    sheets = begun(screen, page)
    fill_in_proofs(page, sheets)
    page.making.keep_button.click()
    screen.settle()
    return sheets


def fill_in_proofs(page: SheetsPage, sheets: dict[int, PaperSheet]) -> None:
    making = page.presenter.making
    assert making is not None
    page.making.read_button.click()
    for one, line in zip(making.asked, page.making.lines, strict=True):
        line.setText(sheets[one.number].rows[one.row - 1].lower())


def type_pair(page: SheetsPage, one: PaperSheet, other: PaperSheet) -> None:
    for rows, sheet in zip((one.rows, other.rows), page.pair.sheets, strict=True):
        for row, line in zip(rows, sheet.lines, strict=True):
            line.setFocus()
            line.clear()
            QTest.keyClicks(line, row.replace("·", "-"))


def words_on(page: QWidget) -> str:
    return " ".join(
        one.text()  # type: ignore[attr-defined]
        for one in shown_children(page)
        if hasattr(one, "text") and isinstance(one.text(), str)
    )


def test_a_set_is_printed_read_back_and_opens_from_then_on(
    screen: Screen, vault: VaultSheets
) -> None:
    page = opened(screen)
    assert "todavía no tiene hojas" in words_on(page)
    assert not page.drill_button.isEnabled()
    sheets = begun(screen, page)
    assert page.making.print_button.isEnabled()
    assert page.making.preview.page_count == 1
    assert vault.set_name == ""
    fill_in_proofs(page, sheets)
    assert page.making.preview.page_count == 0  # what is read back is the paper, not the screen
    assert page.making.lines[0].hasFocus()
    wrong = page.making.lines[1]
    wrong.setText("0" * 18)
    page.making.keep_button.click()
    screen.settle()
    assert "Hoja B" in page.message
    assert vault.set_name == ""
    fill_in_proofs(page, sheets)
    page.making.keep_button.click()
    screen.settle()
    assert vault.set_name in page.message
    assert vault.set_name != ""
    assert page.drill_button.isEnabled()


def test_a_set_that_is_given_up_changes_nothing_and_leaves_nothing_on_the_screen(
    screen: Screen, vault: VaultSheets
) -> None:
    page = opened(screen)
    sheets = begun(screen, page)
    fill_in_proofs(page, sheets)
    page.making.leave_button.click()
    screen.settle()
    assert "No cambió nada" in page.message
    assert vault.set_name == ""
    assert page.presenter.making is None
    assert page.making.preview.page_count == 0
    assert [line.text() for line in page.making.lines] == ["", "", ""]
    begun(screen, page)
    opened(screen)  # gone to again: it is given up, too
    assert page.presenter.making is None


def test_what_is_answered_late_takes_nobody_from_where_she_went_meanwhile(
    screen: Screen, vault: VaultSheets
) -> None:
    """Control: who waits for it is led there."""
    page = opened(screen)
    sheets = made(screen, page)
    name = vault.set_name
    with slow_disk(screen):
        page.make_button.click()
        page.drill_button.click()
        type_pair(page, sheets[1], sheets[2])
    assert page.pair.isVisible()
    assert page.pair.sheets[1].rows[4] != ""
    assert page.presenter.making is None
    with slow_disk(screen):
        page.pair.leave_button.click()
        page.make_button.click()
        page.open()
    assert not page.making.isVisible()
    page.drill_button.click()
    type_pair(page, sheets[1], sheets[2])
    with slow_disk(screen):
        page.pair.try_button.click()
        page.pair.leave_button.click()
        page.make_button.click()
    assert page.making.isVisible()
    assert page.presenter.making is not None
    assert page.making.preview.page_count == 1
    assert vault.set_name == name
    page.open()
    screen.settle()
    assert "hojas A+B" in words_on(page), "it was tried all the same"


def test_the_drill_says_row_by_row_what_is_wrong_then_that_they_open(screen: Screen) -> None:
    page = opened(screen)
    sheets = made(screen, page)
    page.drill_button.click()
    screen.settle()
    assert page.pair.sheets[0].lines[0].hasFocus()
    type_pair(page, sheets[1], sheets[3])
    second = page.pair.sheets[1]
    second.lines[3].setText("0000 0000 0000 0000 · 00")
    page.pair.try_button.click()
    screen.settle()
    assert second.remark.startswith("Segunda hoja. Fila 4:")
    assert second.lines[3].hasFocus()
    assert page.pair.sheets[0].remark == ""
    type_pair(page, sheets[1], sheets[3])
    assert second.remark == ""
    assert second.is_right
    page.pair.try_button.setFocus()
    page.pair.try_button.click()
    assert not screen.shell._bar.search.hasFocus(), "a row that is typed on would show there"
    assert page.pair.busy.words == "Comprobando las dos hojas…"
    assert not page.pair.try_button.isEnabled()
    screen.settle()
    assert page.pair.busy.words == ""
    assert "hojas A+C abren este equipo" in page.message
    assert "hojas A+C" in words_on(page)
    assert page.drill_button.hasFocus()
    assert [line.text() for one in page.pair.sheets for line in one.lines] == [""] * 10


def test_rows_of_two_sheets_do_not_stay_behind_a_page_that_is_opened_anew(screen: Screen) -> None:
    """Two of them open the laptop, and what is being tried is answered later."""
    page = opened(screen)
    sheets = made(screen, page)
    page.drill_button.click()
    type_pair(page, sheets[1], sheets[3])
    with slow_disk(screen):
        page.pair.try_button.click()
        page.open()
    assert "hojas A+C abren este equipo" in page.message
    assert [line.text() for one in page.pair.sheets for line in one.lines] == [""] * 10


def test_one_sheet_twice_or_of_a_set_of_before_is_told(screen: Screen) -> None:
    page = opened(screen)
    old = made(screen, page)
    new = made(screen, page)
    page.drill_button.click()
    for one, other, said in (
        (new[1], new[1], "dos veces la misma hoja"),
        (old[1], old[2], "no abren este equipo"),
        (old[1], new[2], "no son del mismo juego"),
    ):
        type_pair(page, one, other)
        page.pair.try_button.click()
        screen.settle()
        assert said in page.message
        assert page.pair.try_button.isEnabled()
    page.pair.sheets[0].lines[1].setText("0000 0000 0000 0000 · 00")
    page.pair.try_button.click()
    screen.settle()
    assert page.pair.sheets[0].remark.startswith("Primera hoja. Fila 2:")
    assert page.message == ""  # of the rows that stood there before
    page.pair.leave_button.click()
    # The backups of before are opened by the sheets of before alone.
    assert "haga una copia nueva y después destruya sus tres hojas" in words_on(page)


@pytest.mark.parametrize("then", ["", "cases"])
def test_that_two_sheets_open_nothing_is_said_wherever_she_is_by_then(
    screen: Screen, then: str
) -> None:
    """Control: whoever waits for it reads it there."""
    page = opened(screen)
    old = made(screen, page)
    made(screen, page)
    page.drill_button.click()
    type_pair(page, old[1], old[2])
    with slow_disk(screen):
        page.pair.try_button.click()
        if then:
            screen.shell.go(then, {})
    assert "no abren este equipo" in (screen.shell.alert_words if then else page.message)
    assert bool(screen.shell.alert_words) is bool(then)


def test_a_code_reader_fills_all_five_rows(screen: Screen) -> None:
    page = opened(screen)
    sheets = made(screen, page)
    page.drill_button.click()
    first = page.pair.sheets[0]
    signs = "".join(sheets[2].rows).replace(" ", "").replace("·", "")
    QTest.keyClicks(first.lines[0], signs)
    assert first.is_right
    QTest.keyClick(first.lines[4], Qt.Key.Key_Return)
    assert page.pair.sheets[1].lines[0].hasFocus()


def test_who_keeps_them_is_noted(screen: Screen) -> None:
    page = opened(screen)
    assert not page.custody.isVisibleTo(page)
    made(screen, page)
    page.custody.lines[2][0].setText("Persona Inventada")
    page.custody.lines[2][1].setText("Sede")
    page.custody.note_button.click()
    screen.settle()
    assert page.message == "Anotado."
    opened(screen)
    assert page.custody.lines[2][0].text() == "Persona Inventada"
    state = page._state
    assert state is not None
    assert state.custody[2] == Custody("Persona Inventada", "Sede")


def test_no_sheet_is_said_to_stay_where_the_laptop_is(screen: Screen) -> None:
    """As each sheet itself says: away from the laptop, and from the other two."""
    said = words_on(opened(screen).custody)
    assert "Ninguna se queda donde está el equipo" in said
    assert "en el centro" not in said


@pytest.mark.parametrize(
    "kept",
    [
        (("Ana Inventada", ""), ("Beto Inventado", ""), ("ana  inventada", "")),
        (("Ana Inventada", "Sede"), ("Beto Inventado", "Archivador"), ("Carla", "archivador")),
    ],
)
def test_two_sheets_in_one_hand_or_place_are_noted_and_said_to_be(
    screen: Screen, kept: tuple[tuple[str, str], ...]
) -> None:
    """It is the truth, so it is written; but whoever takes that envelope opens the laptop."""
    page = opened(screen)
    made(screen, page)
    for lines, said in zip(page.custody.lines, kept, strict=True):
        for line, text in zip(lines, said, strict=True):
            line.setText(text)
    page.custody.note_button.click()
    screen.settle()
    assert page.message.startswith("Anotado. Pero dos hojas están con la misma persona")
    opened(screen)
    assert page.custody.lines[2][0].text() == kept[2][0]


def test_today_says_quietly_that_they_were_used_and_leads_there(screen: Screen) -> None:
    page = opened(screen)
    made(screen, page)
    today = screen.go("today")
    assert isinstance(today, TodayPage)
    assert not today.upkeep.isVisibleTo(today)

    def note(uow: UnitOfWork) -> None:
        recovery_sheets.note_opened(uow, screen.desk, "", (1, 2))
        uow.commit()

    screen.run(note)
    today = screen.go("today")
    assert isinstance(today, TodayPage)
    assert "Haga un juego nuevo" in today.upkeep.box.accessibleName()
    check_fit("today: sheets", screen.window)
    today.upkeep.go.click()
    screen.settle()
    assert isinstance(screen.page, SheetsPage)


def test_the_set_of_another_laptop_is_taken_over(
    screen: Screen, tmp_path: Path, vault: VaultSheets
) -> None:
    file, entered = key_slots.new_file(PASSPHRASE, cost=CHEAP, draw=_draw)
    other = VaultSheets(tmp_path / "otro.json", Held(Entered(file, entered)))
    drawn = other.draw()
    page = opened(screen)
    page.adopt_button.click()
    type_pair(page, drawn.sheets[0], drawn.sheets[1])
    page.pair.try_button.click()
    screen.settle()
    assert drawn.name in page.message
    assert vault.set_name == drawn.name


@pytest.mark.parametrize(
    "screen",
    [
        pytest.param(("es", None), id="es"),
        pytest.param(("agr", None), id="agr"),
        pytest.param(("es", pseudo), id="longer"),
    ],
    indirect=True,
)
def test_each_part_fits_a_small_screen_and_names_its_controls(screen: Screen) -> None:
    page = opened(screen)
    check_fit("sheets: none", screen.window)
    begun(screen, page)
    check_fit("sheets: making", screen.window)
    check_names("sheets: making", screen.window)
    page.making.read_button.click()
    screen.settle()
    check_fit("sheets: reading", screen.window)
    check_names("sheets: reading", screen.window)
    page.making.leave_button.click()
    made(screen, page)
    check_fit("sheets: made", screen.window)
    check_names("sheets: made", screen.window)
    page.drill_button.click()
    screen.settle()
    page.pair.sheets[0].lines[0].setText("0")
    page.pair.try_button.click()
    screen.settle()
    check_fit("sheets: drill", screen.window)
    check_names("sheets: drill", screen.window)


def test_a_set_that_is_being_taken_is_not_given_up_meanwhile(
    screen: Screen, vault: VaultSheets
) -> None:
    """Or its sheets were destroyed because the page said that they open nothing. Pressed twice, it
    is taken once."""
    page = opened(screen)
    sheets = begun(screen, page)
    fill_in_proofs(page, sheets)
    said: list[str] = []
    may_go_on = threading.Event()
    screen.runner.on_storage_thread(lambda: may_go_on.wait(60))
    page.making.keep_button.click()
    page.making.keep_button.click()
    page.making.leave_button.click()
    said.append(page.message)
    page.open()
    said.append(page.message)
    may_go_on.set()
    screen.settle()
    assert not any("no abren nada" in one for one in said)
    assert vault.set_name != ""
    assert vault.set_name in page.message
    assert "ya abre este equipo" in page.message


def test_who_keeps_them_is_not_lost_by_leaving_the_page_or_by_a_drill(screen: Screen) -> None:
    """(Nothing typed is.) Control: what nobody typed is not noted."""
    page = opened(screen)
    sheets = made(screen, page)
    line = page.custody.lines[2][0]
    line.setFocus()
    QTest.keyClicks(line, "Persona Inventada")
    page.drill_button.click()
    type_pair(page, sheets[1], sheets[2])
    page.pair.try_button.click()
    screen.settle()
    assert line.text() == "Persona Inventada"
    assert page.is_busy
    screen.go("today")
    assert not page.is_busy
    opened(screen)
    assert line.text() == "Persona Inventada"
    state = page._state
    assert state is not None
    assert state.custody[2] == Custody("Persona Inventada", "")
    assert state.custody[0] == Custody()

    screen.shell.warn_unsaved()  # as where the disk refused it when she wanted to lock
    QTest.keyClicks(line, " Ejemplo")
    page.custody.note_button.click()
    screen.settle()
    assert screen.shell.alert_words == ""
