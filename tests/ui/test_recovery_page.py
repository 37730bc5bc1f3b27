"""Nobody remembers the words: from the lock screen, with two sheets, to the open program (K7)."""

from __future__ import annotations

import shutil
import threading
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from app.backups import BackupRuns
from app.bootstrap import Direct, LaptopDoor
from app.clock import SystemClock
from app.crypto.passphrase import SMALL_MACHINE
from app.domain.change import RecordId
from app.ids import SystemIds
from app.opening import open_laptop, set_up_laptop
from app.services import recovery_sheets
from app.services.staff import StaffMember
from app.settings import Settings
from db import key_slots
from db.folder import VAULT_NAME
from db.key_file import KeyFile
from db.sheet_keys import VaultSheets, open_by_sheets
from db.vault import BOUNDS
from tests.support.pseudo import pseudo
from tests.support.storage import PASSPHRASE
from tests.support.windows import CENTRE, SMALL, shown_children, themed
from tests.ui.test_pages import check_names, cut_off
from ui.application import EXIT_LOCK_UNSAVED, MainWindow
from ui.runtime.task_runner import TaskRunner
from ui.runtime.text import Texts
from ui.screens.lock.recover import RecoverPanel
from ui.screens.recovery.view import RecoveryPage
from ui.screens.recovery.who_part import WhoPart

Rows = dict[int, tuple[str, ...]]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Rows]:
    """The folder of a closed laptop that three sheets open, and their rows; made once."""
    folder, clock = tmp_path_factory.mktemp("made") / "data", SystemClock()
    laptop = set_up_laptop(
        folder,
        PASSPHRASE,
        person="Ana Inventada",
        role="coordinacion",
        centre=CENTRE,
        clock=clock,
        ids=SystemIds(clock),
        cost=SMALL_MACHINE,
    )
    keys = VaultSheets(folder / VAULT_NAME, laptop)
    with laptop.store.unit() as uow:
        making = recovery_sheets.draw(uow, laptop.desk, keys)
        rows = {one.number: one.rows for one in making.drawn.sheets}
        typed = {one.number: rows[one.number][one.row - 1] for one in making.asked}
        recovery_sheets.keep(uow, laptop.desk, keys, making, typed)
    laptop.close()
    return folder, rows


@dataclass
class Locked:
    """Somebody with sheets in front of a locked laptop."""

    bot: QtBot
    folder: Path
    rows: Rows
    window: MainWindow
    runner: TaskRunner
    exits: list[int]

    @property
    def page(self) -> RecoveryPage:
        assert self.window.recovery_page is not None
        return self.window.recovery_page

    def settle(self) -> None:
        for _ in range(4):
            self.runner.drain()
            QCoreApplication.sendPostedEvents()
            QCoreApplication.processEvents()

    def begin(self) -> RecoveryPage:
        self.settle()
        self.window.lock_page.by_sheets.click()
        self.settle()
        return self.page

    def type_pair(self, one: int, other: int) -> None:
        for number, sheet in zip((one, other), self.page.sheets, strict=True):
            for row, line in zip(self.rows[number], sheet.lines, strict=True):
                line.setFocus()
                line.clear()
                QTest.keyClicks(line, row.lower().replace(" ", ""))
        QTest.keyClick(self.page.sheets[1].lines[4], Qt.Key.Key_Return)
        self.settle()

    def prove(self) -> str:
        """Type the words that show, and go on; return them. Who nobody said is the first."""
        if self.page.who.chosen.currentIndex() < 0:
            self.page.who.chosen.setCurrentIndex(0)
        five = self.page.who.five
        words = five.words
        assert len(words.split()) == 5
        five.line.setFocus()
        QTest.keyClicks(five.line, bare(words))
        QTest.keyClick(five.line, Qt.Key.Key_Return)
        return words


def bare(words: str) -> str:
    """Words as somebody types them who has no accents on the keyboard."""
    signs = unicodedata.normalize("NFD", words)
    return "".join(sign for sign in signs if not unicodedata.combining(sign))


@pytest.fixture
def locked(
    qapp: QApplication,
    qtbot: QtBot,
    tmp_path: Path,
    made: tuple[Path, Rows],
    request: pytest.FixtureRequest,
) -> Iterator[Locked]:
    themed(qapp)
    folder, rows = made
    copy = Path(shutil.copytree(folder, tmp_path / "data"))
    language, wrap = getattr(request, "param", ("es", None))
    runner, exits = TaskRunner(), list[int]()
    door = LaptopDoor(Settings(copy), runner, memory=lambda: 2 << 30)
    window = MainWindow(
        door, runner, Texts(language, wrap), idle_minutes=5, end=exits.append, syncs_alone=False
    )
    window.resize(SMALL)
    with qtbot.waitActive(window, timeout=60_000):
        window.show()
    yield Locked(qtbot, copy, rows, window, runner, exits)
    window.end(0)
    runner.close()
    window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def test_two_sheets_lead_from_the_lock_screen_into_the_program(locked: Locked) -> None:
    page = locked.begin()
    assert page.sheets[0].lines[0].hasFocus()
    locked.type_pair(2, 3)
    assert page.sheets[0].rows == ("", "", "", "", "")  # what was typed shows no longer
    assert [page.who.chosen.itemText(at) for at in range(2)] == ["Ana Inventada", "Otra persona"]
    assert not page.who.name.isVisibleTo(page)
    words = locked.prove()
    locked.bot.waitUntil(lambda: locked.window.shell is not None, timeout=60_000)
    shell = locked.window.shell
    assert shell is not None
    assert shell.workplace.desk.actor.name == "Ana Inventada"
    locked.window.end(0)
    clock = SystemClock()
    open_laptop(locked.folder, words, clock, SystemIds(clock)).close()


def test_a_wrong_row_is_named_and_one_sheet_twice_is_told(locked: Locked) -> None:
    page = locked.begin()
    locked.type_pair(1, 1)
    assert "dos veces la misma hoja" in page.message
    page.leave_button.click()
    page = locked.begin()
    page.sheets[0].lines[2].setText("0000")
    page.go_button.click()
    assert "Fila 1" in page.sheets[0].remark
    assert page.sheets[0].lines[0].hasFocus()
    locked.type_pair(1, 2)
    assert page.message == ""
    assert page.who.isVisibleTo(page)


def test_of_two_wrong_rows_both_are_marked_and_the_remark_says_of_which_sheet(
    locked: Locked,
) -> None:
    page = locked.begin()
    sheet = page.sheets[1]
    for line, row in zip(sheet.lines, locked.rows[2], strict=True):
        line.setText(row)
    for place in (2, 4):
        sheet.lines[place - 1].setText("0000 0000 0000 0000 · 99")
    for line in sheet.lines:
        line.editingFinished.emit()
    marks = [line.accessibleDescription() for line in sheet.lines]
    assert marks == ["Coincide", "No coincide", "Coincide", "No coincide", "Coincide"]
    assert sheet.remark.startswith("Segunda hoja. Fila 4:")
    assert page.sheets[0].remark == ""


def test_while_two_sheets_are_tried_it_is_said_and_the_window_stays_alive(locked: Locked) -> None:
    """Control: before and behind it nothing is said. And what was refused goes with the typing."""
    page = locked.begin()
    assert page.busy.words == ""
    locked.type_pair(1, 1)
    assert "dos veces la misma hoja" in page.message
    for line, row in zip(page.sheets[1].lines, locked.rows[2], strict=True):
        line.setText(row)
    page.sheets[1].lines[4].textEdited.emit(locked.rows[2][4])
    assert page.message == ""
    gate = threading.Event()
    locked.runner.on_storage_thread(gate.wait)  # as long as it takes
    try:
        page.go_button.click()
        assert page.busy.words == "Comprobando las dos hojas…"
        assert not page.go_button.isEnabled()
        assert page.leave_button.isEnabled()
        locked.window.lock_page.texts.switch("agr")  # its events are seen to
        locked.window.lock_page.texts.switch("es")
        assert page.busy.isVisible()
    finally:
        gate.set()
    locked.settle()
    assert page.busy.words == ""
    assert page.who.isVisibleTo(page)


def test_words_that_were_not_learnt_or_nobody_in_particular_open_nothing(locked: Locked) -> None:
    page = locked.begin()
    locked.type_pair(1, 3)
    page.who.chosen.setCurrentIndex(1)
    locked.prove()
    locked.settle()
    assert "Escriba el nombre" in page.message
    page.who.name.setText("Beto Inventado")
    page.who.five.line.setText("no son estas palabras de aquí")
    page.go_button.click()
    locked.settle()
    assert locked.window.shell is None
    assert "no son las palabras" in page.message
    page.who.five.line.clear()
    assert page.who.five.other.isEnabled()
    locked.prove()
    # Others would show now as if they were hers, and those that she proved are.
    assert not page.who.five.other.isEnabled()
    locked.bot.waitUntil(lambda: locked.window.shell is not None, timeout=60_000)
    assert locked.window.shell is not None
    assert locked.window.shell.workplace.desk.actor.name == "Beto Inventado"


def test_nobody_is_chosen_for_her(locked: Locked) -> None:
    """Or whoever goes on too soon enters as a colleague, whose own words open nothing any more."""
    page = locked.begin()
    locked.type_pair(1, 3)
    five = page.who.five
    five.line.setFocus()
    QTest.keyClicks(five.line, bare(five.words))
    page.go_button.click()
    locked.settle()
    assert locked.window.shell is None
    assert "elija su nombre" in page.message
    page.who.chosen.setCurrentIndex(0)
    page.go_button.click()
    locked.bot.waitUntil(lambda: locked.window.shell is not None, timeout=60_000)


def test_two_of_one_name_are_told_apart_by_what_they_are(qapp: QApplication) -> None:
    """Or one of them takes the words of the other, and works under her."""
    who = WhoPart(Texts("es"))
    people = [
        StaffMember(RecordId("01" * 16), "Ana Inventada", ("social", "coordinacion")),
        StaffMember(RecordId("02" * 16), "Ana Inventada", ("psicologia",)),
        StaffMember(RecordId("03" * 16), "Beto Inventado", ("legal",)),
    ]
    who.begin(people)
    assert [who.chosen.itemText(at) for at in range(who.chosen.count())] == [
        "Ana Inventada · Trabajo social, Coordinación",
        "Ana Inventada · Psicología",
        "Beto Inventado",
        "Otra persona",
    ]
    who.chosen.setCurrentIndex(1)
    chosen = who.who()
    assert chosen is not None
    assert (chosen.name, chosen.known) == ("Ana Inventada", RecordId("02" * 16))
    who.deleteLater()


def test_after_the_panic_key_the_sheets_lead_in(locked: Locked) -> None:
    path = locked.folder / VAULT_NAME
    file = key_slots.without_people(KeyFile.from_bytes(path.read_bytes(), BOUNDS))
    path.write_bytes(file.to_bytes())
    locked.begin()
    locked.type_pair(1, 2)
    locked.prove()
    locked.bot.waitUntil(lambda: locked.window.shell is not None, timeout=60_000)


def test_a_laptop_without_sheets_says_so_and_one_goes_back(locked: Locked) -> None:
    path = locked.folder / VAULT_NAME
    file = KeyFile.from_bytes(path.read_bytes(), BOUNDS)
    bare = KeyFile(file.id, file.generation, file.slots, None, file.mac)
    path.write_bytes(bare.to_bytes())
    page = locked.begin()
    assert "todavía no tiene hojas" in page.message
    # Nor is that the end: what else there is stands beside it.
    said = " ".join(one.text() for one in shown_children(page) if isinstance(one, QLabel))
    assert "quien coordina le da palabras nuevas" in said and "una copia de seguridad" in said
    assert not page.sheets[0].isVisibleTo(page)
    assert page.leave_button.hasFocus()
    page.leave_button.click()
    locked.settle()
    assert locked.window.centralWidget().currentWidget() is locked.window.lock_page  # type: ignore[attr-defined]


def test_what_was_typed_is_gone_when_nobody_goes_on(locked: Locked) -> None:
    """Control: begun again, the two open it as before."""
    page = locked.begin()
    for row, line in zip(locked.rows[1], page.sheets[0].lines, strict=True):
        line.setText(row)
    page.left_alone.timeout.emit()
    locked.settle()
    assert locked.window.centralWidget().currentWidget() is locked.window.lock_page  # type: ignore[attr-defined]
    assert page.sheets[0].rows == ("", "", "", "", "")
    locked.begin()
    locked.type_pair(1, 2)
    assert page.who.isVisibleTo(page)


@pytest.mark.parametrize("how", ["goes back", "is away"])
def test_who_goes_no_further_than_the_sheets_leaves_no_process_that_had_the_key(
    locked: Locked, how: str
) -> None:
    """(L4) They opened the laptop, and nobody comes in: a new process shows the lock."""
    page = locked.begin()
    locked.type_pair(1, 2)
    assert page.who.isVisibleTo(page)
    if how == "goes back":
        page.leave_button.click()
    else:
        page.left_alone.timeout.emit()
    assert not locked.window.isVisible()
    assert locked.exits == [EXIT_LOCK_UNSAVED]
    assert page.who.five.words == ""
    assert page.who.chosen.count() == 0


@pytest.mark.parametrize("begins", [False, True])
@pytest.mark.parametrize("how", ["goes back", "is away"])
def test_who_goes_back_while_two_sheets_are_tried_leaves_no_process_that_gets_the_key(
    locked: Locked, how: str, begins: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """(L4) What did not begin yet never does; behind what did, the process ends."""
    page = locked.begin()
    began, gate, opens = threading.Event(), threading.Event(), []

    def looking(*rows: object, **bounds: object) -> object:
        began.set()
        gate.wait(60)
        opens.append(rows)
        return open_by_sheets(*rows, **bounds)  # type: ignore[arg-type]

    monkeypatch.setattr("app.sheet_opening.open_by_sheets", looking)
    for number, sheet in zip((1, 2), page.sheets, strict=True):
        for row, line in zip(locked.rows[number], sheet.lines, strict=True):
            line.setText(row)
    if not begins:
        locked.runner.on_storage_thread(gate.wait)
    try:
        page.go_button.click()
        if begins:
            assert began.wait(60)
        if how == "goes back":
            page.leave_button.click()
        else:
            page.left_alone.timeout.emit()
        assert not locked.window.isVisible()
        assert locked.exits == [EXIT_LOCK_UNSAVED]
    finally:
        gate.set()
    locked.settle()
    assert len(opens) == begins
    assert page.sheets[0].rows == ("", "", "", "", "")
    assert page.who.chosen.count() == 0


@pytest.mark.parametrize(
    "locked",
    [
        pytest.param(("es", None), id="es"),
        pytest.param(("agr", None), id="agr"),
        pytest.param(("es", pseudo), id="longer"),
    ],
    indirect=True,
)
def test_each_step_fits_a_small_screen_and_names_its_controls(locked: Locked) -> None:
    page = locked.begin()
    for name in ("sheets", "who", "new"):
        if name == "who":
            locked.type_pair(1, 2)
        elif name == "new":
            page.who.chosen.setCurrentIndex(1)
        locked.settle()
        assert cut_off(locked.window) == [], name
        check_names(name, locked.window)
        assert locked.window.minimumSizeHint().width() <= SMALL.width()
        assert (locked.window.width(), locked.window.height()) == (SMALL.width(), SMALL.height())


@dataclass
class AtFirstStart(Locked):
    """Somebody with sheets and a stick, in front of a computer without a laptop."""

    stick: Path

    def to_sheets(self) -> RecoveryPage:
        """Go from the first start to the sheets, by keyboard; return the page."""
        says = "Primer uso de este equipo"
        self.bot.waitUntil(lambda: says in shown_words(self.window), timeout=60_000)
        press(self.window, "Recuperar de una copia…")
        (panel,) = self.window.findChildren(RecoverPanel)
        panel.take(self.stick)
        press(self.window, "No recuerdo las palabras: con dos hojas")
        self.settle()
        return self.page


def press(window: MainWindow, label: str) -> None:
    (found,) = [
        one
        for one in shown_children(window)
        if isinstance(one, QPushButton) and one.text() == label
    ]
    found.setFocus()
    QTest.keyClick(found, Qt.Key.Key_Return)


def shown_words(window: MainWindow) -> str:
    return "\n".join(
        one.accessibleName() or getattr(one, "text", str)() for one in shown_children(window)
    )


@pytest.fixture
def at_first_start(
    locked: Locked, qtbot: QtBot, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[AtFirstStart]:
    stick = tmp_path / "stick"
    stick.mkdir()
    clock = SystemClock()
    laptop = open_laptop(locked.folder, PASSPHRASE, clock, SystemIds(clock))
    BackupRuns(laptop, Direct()).make(stick, lambda _: None, lambda _: None)
    laptop.close()
    language, wrap = getattr(request, "param", ("es", None))
    runner, ends = TaskRunner(), list[int]()
    folder = tmp_path / "new"
    window = MainWindow(
        LaptopDoor(Settings(folder), runner, memory=lambda: 2 << 30),
        runner,
        Texts(language, wrap),
        idle_minutes=5,
        end=ends.append,
        syncs_alone=False,
    )
    window.resize(SMALL)
    with qtbot.waitActive(window, timeout=60_000):
        window.show()
    yield AtFirstStart(qtbot, folder, locked.rows, window, runner, ends, stick)
    window.end(0)
    runner.close()
    window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def test_two_sheets_lead_from_a_stick_into_the_program(at_first_start: AtFirstStart) -> None:
    """Of a backup, where nobody has the words of its day (K7)."""
    page = at_first_start.to_sheets()
    assert cut_off(at_first_start.window) == []
    check_names("sheets of a backup", at_first_start.window)
    assert "Recuperar con dos hojas" in shown_words(at_first_start.window)
    assert "el de cuando se hizo" in shown_words(at_first_start.window)
    at_first_start.type_pair(1, 1)
    assert "dos veces la misma hoja" in page.message
    assert not (at_first_start.folder / VAULT_NAME).exists()
    at_first_start.type_pair(3, 1)
    assert (at_first_start.folder / VAULT_NAME).exists()
    assert page.who.chosen.itemText(0) == "Ana Inventada"
    words = at_first_start.prove()
    window = at_first_start.window
    at_first_start.bot.waitUntil(lambda: window.shell is not None, timeout=60_000)
    window.end(0)
    clock = SystemClock()
    open_laptop(at_first_start.folder, words, clock, SystemIds(clock)).close()


def test_what_was_refused_of_one_stick_is_not_said_of_the_next(
    at_first_start: AtFirstStart,
) -> None:
    window = at_first_start.window
    at_first_start.settle()
    press(window, "Recuperar de una copia…")
    press(window, "Recuperar (Enter)")
    assert "Elija la memoria con la copia" in shown_words(window)
    (panel,) = window.findChildren(RecoverPanel)
    panel.take(at_first_start.stick)
    assert "Elija la memoria con la copia y" not in shown_words(window)


@pytest.mark.parametrize("by_words", [True, False])
def test_after_a_wrong_stick_another_one_is_asked_for(
    at_first_start: AtFirstStart,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    by_words: bool,
) -> None:
    """Whoever has two sheets is not led to the stick again that holds no backup."""
    wrong = tmp_path / "wrong"
    wrong.mkdir()
    right, at_first_start.stick = at_first_start.stick, wrong
    window = at_first_start.window
    if by_words:
        at_first_start.bot.waitUntil(
            lambda: "Primer uso de este equipo" in shown_words(window), timeout=60_000
        )
        press(window, "Recuperar de una copia…")
        (panel,) = window.findChildren(RecoverPanel)
        panel.take(wrong)
        panel.secret.line.setText("una palabra cualquiera")
        press(window, "Recuperar (Enter)")
        at_first_start.bot.waitUntil(panel.sheets.isEnabled, timeout=60_000)
    else:
        page = at_first_start.to_sheets()
        assert page.message
        page.leave_button.click()
        at_first_start.settle()
        (panel,) = window.findChildren(RecoverPanel)
    monkeypatch.setattr(
        "ui.screens.lock.recover.ask_folder", lambda _, __, ___, chosen: chosen(right)
    )
    press(window, "No recuerdo las palabras: con dos hojas")
    at_first_start.settle()
    assert panel.place == right
    assert "el de cuando se hizo" in shown_words(window)


def test_behind_a_damaged_backup_the_older_one_beside_it_is_named_and_chosen(
    at_first_start: AtFirstStart,
) -> None:
    """That its database is damaged is found only once it was chosen."""
    (newest,) = at_first_start.stick.iterdir()
    older = Path(shutil.copytree(newest, newest.with_name("respaldo-2020-01-01-BC")))
    content = bytearray((newest / "datos.001").read_bytes())
    content[len(content) // 2] ^= 1
    (newest / "datos.001").write_bytes(content)
    window = at_first_start.window
    at_first_start.settle()
    press(window, "Recuperar de una copia…")
    (panel,) = window.findChildren(RecoverPanel)
    panel.take(at_first_start.stick)
    panel.secret.line.setText(PASSPHRASE)
    press(window, "Recuperar (Enter)")
    at_first_start.bot.waitUntil(panel.sheets.isEnabled, timeout=60_000)
    assert f"La copia {newest.name} está dañada" in shown_words(window)
    assert f"una más antigua: {older.name}." in shown_words(window)
    assert panel.place is None
    panel.take(older)
    panel.secret.line.setText(PASSPHRASE)
    press(window, "Recuperar (Enter)")
    at_first_start.bot.waitUntil(lambda: window.shell is not None, timeout=60_000)


def test_who_goes_back_before_it_is_made_is_at_the_first_start_again(
    at_first_start: AtFirstStart,
) -> None:
    page = at_first_start.to_sheets()
    page.leave_button.click()
    at_first_start.settle()
    window = at_first_start.window
    assert window.centralWidget().currentWidget() is window.lock_page  # type: ignore[attr-defined]
    assert window.isVisible()


def test_who_goes_away_once_it_is_made_finds_it_locked(at_first_start: AtFirstStart) -> None:
    page = at_first_start.to_sheets()
    at_first_start.type_pair(1, 2)
    page.leave_button.click()
    at_first_start.settle()
    assert not at_first_start.window.isVisible()  # the process ends, and a new one shows the lock
